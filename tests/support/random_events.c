// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/random_events.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/incident_kind.h"
#include "sim/scenario/scenario_applies.h"
#include "tests/support/random_values.h"

// When, how often and how long; often round, so that beginnings and ends meet other events.
static void add_times(struct rng_stream *stream, struct text_buffer *text) {
    switch (random_below(stream, 5)) {
    case 0:
        text_buffer_add(text, "at: %u ms, for: %u ms", 10 * random_below(stream, 90),
                        10 * (1 + random_below(stream, 40)));
        return;
    case 1:
        text_buffer_add(text, "every: %u ms, for: %u ms", 200 + 100 * random_below(stream, 5),
                        10 * (1 + random_below(stream, 20)));
        return;
    case 2:
        text_buffer_add(text,
                        "every: {law: exponential, mean: %u ms}, for: {law: exponential, "
                        "mean: %u ms}",
                        50 + 50 * random_below(stream, 10), 1 + random_below(stream, 100));
        return;
    case 3:
        text_buffer_add(text,
                        "at: %u ms, every: 300 ms, for: {law: uniform, min: 0 ms, max: %u ms}",
                        random_below(stream, 900), 1 + random_below(stream, 600));
        return;
    default:
        text_buffer_add(text, "every: {law: uniform, min: 100 ms, max: 300 ms}, for: 50 ms");
        return;
    }
}

static void add_members(struct rng_stream *stream, int32_t workers, struct text_buffer *text) {
    uint32_t some = random_below(stream, (uint32_t)workers);
    switch (random_below(stream, 4)) {
    case 0:
        text_buffer_add(text, "worker: %u", some);
        return;
    case 1:
        text_buffer_add(text, "workers: %u, who: drawn", 1 + some);
        return;
    case 2:
        text_buffer_add(text, "workers: 0..%u%s", some, some > 0 ? ", stagger: 30 ms" : "");
        return;
    default:
        text_buffer_add(text, "workers: 100 %%, together: true");
        return;
    }
}

// Of a random loss of at most 50 % (random_cluster.c) no more than 99 % comes.
static void add_link(struct rng_stream *stream, struct text_buffer *text) {
    static const char *const links[] = {"latency: 5", "bandwidth: 0.25", "loss: 1.4",
                                        "latency: 0.5, bandwidth: 3",
                                        "latency: 40, bandwidth: 0.1, loss: 1.5"};
    text_buffer_add(text, ", %s", links[random_below(stream, sizeof links / sizeof links[0])]);
}

void random_events_add(struct rng_stream *stream, int32_t workers, bool has_server,
                       bool sends_gradients, struct text_buffer *text) {
    uint32_t count = 1 + random_below(stream, 4);
    for (uint32_t i = 0; i < count; i++) {
        enum incident_kind kind = (enum incident_kind)random_below(stream, INCIDENT_KIND_COUNT);
        kind = kind == INCIDENT_SERVER_PAUSE && !has_server ? INCIDENT_CRASH : kind;
        text_buffer_add(text, "%sevent_%u: {event: %s, ", i == 0 ? "{" : ", ", i,
                        incident_kind_names[kind]);
        add_times(stream, text);
        if (kind != INCIDENT_SERVER_PAUSE) {
            text_buffer_add(text, ", ");
            add_members(stream, workers, text);
        }
        if (kind == INCIDENT_SLOWDOWN) {
            text_buffer_add(text, ", slowdown: %u.%u", random_below(stream, 9),
                            1 + random_below(stream, 9));
        }
        if (kind == INCIDENT_LINK) {
            add_link(stream, text);
        }
        if (kind == INCIDENT_CRASH && sends_gradients && random_below(stream, 2) == 0) {
            text_buffer_add(text, ", notice: %u ms", 10 * (1 + random_below(stream, 40)));
        }
        text_buffer_add(text, "}");
    }
    text_buffer_add(text, "}");
}

void random_events_add_missing(struct rng_stream *stream, struct text_buffer *text) {
    switch (random_below(stream, 4)) {
    case 0:
        text_buffer_add(text, "waits");
        return;
    case 1:
        text_buffer_add(text, "goes_on");
        return;
    default:
        text_buffer_add(text, "%u ms", 10 * (1 + random_below(stream, 20)));
        return;
    }
}

void random_events_join(struct rng_stream *stream, const struct scenario *scenario,
                        const char *cluster, char *text, size_t size) {
    const enum policy policy = scenario->training.policy.policy;
    const char *rest = strstr(cluster, "policy:\n") + strlen("policy:\n");
    struct text_buffer events = {0};
    struct text_buffer missing = {0};
    random_events_add(stream, scenario->cluster.workers, applies_server(scenario),
                      policy_table[policy].aggregation != NULL, &events);
    random_events_add_missing(stream, &missing);
    snprintf(text, size, "%.*s  missing: %s\n%s  events: %s\n", (int)(rest - cluster), cluster,
             text_buffer_text(&missing), rest, text_buffer_text(&events));
    text_buffer_clear(&missing);
    text_buffer_clear(&events);
}
