// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_events.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_own_value.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"
#include "sim/scenario/scenario_worker_choice.h"

static const char none[] = "none";

// ---- what happens, or none ----

static enum status read_kind(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_kind_or_none);
    const struct node *node = reading->node;
    if (node->kind == NODE_SCALAR && strcmp(node->text, none) == 0) {
        *(enum incident_kind *)reading->field = INCIDENT_KIND_COUNT;
        return STATUS_OK;
    }
    struct schema_key row = *reading->key;
    struct value_reading inner = *reading;
    row.type = &value_choice;
    inner.key = &row;
    return value_choice.read(&inner);
}

static void write_kind(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    REQUIRE(key->type == &value_kind_or_none);
    if (*(const enum incident_kind *)key_field(key, scenario) < INCIDENT_KIND_COUNT) {
        value_choice.write(key, scenario, buffer);
    } else {
        text_buffer_add(buffer, "%s", none);
    }
}

static void allow_kind(const struct schema_key *key, struct text_buffer *buffer) {
    struct schema_key row = *key;
    row.type = &value_choice;
    text_buffer_add(buffer, "%s, ", none);
    key_write_allowed(&row, buffer);
}

const struct value_type value_kind_or_none = {
    .read = read_kind, .write = write_kind, .allowed = allow_kind};

// ---- what the canonical form has ----

static bool has_workers(const void *entry) {
    return ((const struct incident_plan *)entry)->who.kind != WORKERS_NOT_SAID;
}

static bool is_drawn(const void *entry) {
    return ((const struct incident_plan *)entry)->who.who == WORKERS_DRAWN;
}

static bool is_slow(const void *entry) {
    return ((const struct incident_plan *)entry)->slowdown != 0;
}

static bool has_bandwidth(const void *entry) {
    return ((const struct incident_plan *)entry)->bandwidth.own;
}

static bool has_latency(const void *entry) {
    return ((const struct incident_plan *)entry)->latency.own;
}

static bool has_loss(const void *entry) {
    return ((const struct incident_plan *)entry)->loss.own;
}

static bool has_at(const void *entry) {
    return ((const struct incident_plan *)entry)->at.own;
}

static bool has_every(const void *entry) {
    return ((const struct incident_plan *)entry)->every.own;
}

static bool has_duration(const void *entry) {
    return ((const struct incident_plan *)entry)->duration.own;
}

static bool is_together(const void *entry) {
    return ((const struct incident_plan *)entry)->together;
}

static bool is_staggered(const void *entry) {
    return ((const struct incident_plan *)entry)->stagger_ns > 0;
}

static bool is_told(const void *entry) {
    return ((const struct incident_plan *)entry)->notice_ns > 0;
}

// ---- the keys ----

static const struct named_key event_keys[] = {
    NAMED_KEY(
        incident_plan, "event", kind_or_none, kind, NAMES(incident_kind_names), 0, 0, "none", NULL,
        named_key_always,
        "What happens, in the event called NAME, a word of your own. slowdown: the workers "
        "compute so many times slower, what remains of a gradient under way, too. pause: they "
        "compute nothing and take no message; what they have sent travels on. disconnect: "
        "they compute on, but messages to and from them wait. server_pause: the server "
        "serves nothing; what arrives waits in its queue. crash: the workers lose what they "
        "compute and what they have under way, and start anew when they are back. link: what sets "
        "out "
        "to and from the workers has so many times the bandwidth, the latency or the loss."),
    NAMED_KEY(incident_plan, "workers", workers, who, NO_NAMES, 0, WORKERS_MAX, "none", "worker",
              has_workers,
              "Whom it concerns: a count (the lowest numbers), a share, numbers, or the name of a "
              "group. A server_pause concerns the server, and has none."),
    NAMED_KEY(incident_plan, "worker", worker, who, NO_NAMES, 0, WORKERS_MAX, "none", "workers",
              named_key_never, "`worker: 3` is short for `workers: [3]`, the worker numbered 3."),
    NAMED_KEY(incident_plan, "who", choice, who.who, NAMES(worker_draw_names), 0, 0, "fixed", NULL,
              is_drawn,
              "drawn: of a count or a share, the seed decides who, once for the whole run."),
    NAMED_KEY(incident_plan, "slowdown", number, slowdown, NO_NAMES, 0, INCIDENT_SLOWDOWN_MOST, "0",
              NULL, is_slow,
              "Of a slowdown: computing, delays included, takes so many times longer (at least "
              "0.001)."),
    NAMED_KEY(
        incident_plan, "bandwidth", number_or_none, bandwidth, NO_NAMES, LINK_FACTOR_LEAST,
        LINK_FACTOR_MOST, "none", NULL, has_bandwidth,
        "Of a link: the bandwidth of the workers' own links is so many times what it was. 0.5: "
        "half of it."),
    NAMED_KEY(incident_plan, "latency", number_or_none, latency, NO_NAMES, LINK_FACTOR_LEAST,
              LINK_FACTOR_MOST, "none", NULL, has_latency,
              "Of a link: each latency that is drawn is so many times longer, that of an uplink "
              "included."),
    NAMED_KEY(incident_plan, "loss", number_or_none, loss, NO_NAMES, LINK_FACTOR_LEAST,
              LINK_FACTOR_MOST, "none", NULL, has_loss,
              "Of a link: messages are lost with so many times the probability, which is then at "
              "most 99 %."),
    NAMED_KEY(incident_plan, "at", time_or_none, at, NO_NAMES, 0, 4e18, "none", NULL, has_at,
              "When it happens: once, or, with `every`, the first time."),
    NAMED_KEY(incident_plan, "every", law_or_none, every, NO_NAMES, 1, 0, "none", NULL, has_every,
              "How often it happens. A time counts from one beginning to the next; a law, of which "
              "a span is drawn each time, from an end to the next beginning. The first time: this "
              "long after the start-up, unless `at` says when."),
    NAMED_KEY(incident_plan, "for", law_or_none, duration, NO_NAMES, 0, 0, "none", NULL,
              has_duration,
              "How long it lasts: a time, or a law; none: to the end of the run. It ends at the "
              "latest when it happens again."),
    NAMED_KEY(incident_plan, "together", bool, together, NO_NAMES, 0, 0, "false", NULL, is_together,
              "true: one draw for all of the workers, so that it happens to them at once. false: "
              "each has its own."),
    NAMED_KEY(incident_plan, "stagger", time, stagger_ns, NO_NAMES, 0, 4e18, "0 s", NULL,
              is_staggered,
              "Each of the workers, in the order of their numbers, is so much later than the one "
              "before."),
    NAMED_KEY(incident_plan, "notice", time, notice_ns, NO_NAMES, 0, 4e18, "0 s", NULL, is_told,
              "Of a crash: so long before, the worker is told, and from then on starts no gradient "
              "that would not come in at the server before it."),
};

static const struct incident_plan event_defaults = {.kind = INCIDENT_KIND_COUNT};

static const struct named_map event_map = {
    .what = "event",
    .example = "nap: {event: pause, worker: 3, at: 40 s, for: 10 s}",
    .keys = event_keys,
    .key_count = sizeof event_keys / sizeof event_keys[0],
    .first_offset = offsetof(struct incident_plan_list, entries),
    .entry_size = sizeof(struct incident_plan),
    .most = INCIDENT_PLANS_MAX,
    .defaults = &event_defaults,
};

const struct value_type value_events = {
    .takes = TAKES_MAP,
    .words = "none, or a map as in {nap: {event: pause, worker: 3, at: 40 s, for: 10 s}}",
    .named = &event_map};
