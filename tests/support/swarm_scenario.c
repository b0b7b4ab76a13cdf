// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/training/aggregation.h"
#include "tests/support/random_cluster.h"
#include "tests/support/random_events.h"
#include "tests/support/random_groups.h"
#include "tests/support/random_values.h"

enum { WORKERS_MOST = 64, SPICES_MOST = 6, MUTATIONS_MOST = 3 };

// What random clusters (random_cluster.h) have not. One that a scenario does not take is left out.
static const struct scenario_setting spices[] = {
    {"model", "{name: quadratic, dimension: 3}"},
    {"model", "{name: quadratic, dimension: 40}"},
    {"model", "none"},
    {"training", "{learning_rate: 0.001, momentum: 0.5}"},
    {"training", "{learning_rate: 0.001, momentum: 0.5, momentum_at: worker}"},
    {"training", "{learning_rate: 0.001, momentum: 0.9, nesterov: true, weight_decay: 0.01}"},
    {"training.learning_rate", "0.1"},
    {"training.learning_rate", "1000"}, // diverges
    {"evaluation.every", "0 s"},
    {"evaluation.every", "37 ms"},
    {"log", "{events: false, gradients: true}"},
    {"log.gradients", "true"},
    {"log.samples", "true"},
    {"ties", "random"},
    {"ties", "fifo"},
    {"policy.combine", "sum"},
    {"policy.combine", "mean"},
    {"policy.stale_weight", "inverse"},
    {"policy.stale_weight", "inverse_root"},
    {"policy.local_steps", "3"},
    {"policy.adaptive", "true"},
    {"policy.per", "worker"},
    {"policy.slack", "unlimited"},
    {"policy.late", "finish"},
    {"policy.late", "cancel"},
    {"policy.read", "cached"},
    {"policy.pushed_worker", "continues"},
    {"policy.steps", "2"},
    {"policy.weights", "samples"},
    {"policy.evaluate", "centre"},
    {"policy", "{name: adacomm, steps: 4, adapt_every: 200 ms}"},
    {"policy", "{name: fedbuff, threshold: 2, local_steps: 2}"},
    {"policy", "{name: gap_aware}"},
    {"policy", "{name: n_softsync, splits: 2}"},
    {"policy", "{name: easgd, steps: 2, evaluate: centre}"},
    {"policy.threshold", "{schedule: step, every: 5, end: 2}"},
    {"policy.threshold", "{schedule: step, every: 3, start: 4, increment: -1, end: 2}"},
    {"policy.missing", "goes_on"},
    {"policy.missing", "0 s"},
    {"policy.missing", "70 ms"},
    {"policy.missing", "waits"},
    {"cluster.compute_per_sample", "1 ms"},
    {"cluster.network", "{latency: 1 ms, bandwidth: 20 Mbit/s, loss: 20 %, timeout: 10 ms}"},
    {"cluster.network.all_reduce", "tree"},
    {"cluster.network.all_reduce", "server"},
    {"cluster.network.cluster_size", "2"},
    {"cluster.network.inter_latency", "5 ms"},
    {"cluster.server.bandwidth", "1 Mbit/s"},
    {"cluster.events", "none"},
    {"cluster.events", "{stop: {event: crash, workers: 100 %, at: 300 ms}}"}, // asks for a stall
    {"cluster.events", "{stop: {event: pause, worker: 0, at: 200 ms}}"},
    {"cluster.events", "{gone: {event: disconnect, worker: 0, at: 100 ms}}"},
    {"cluster.groups", "none"},
    {"cluster.start_up", "150 ms"},
};

// What a net computes takes longer than all else: it comes seldom.
static const char tiny_net[] = "{name: mlp, hidden: [3]}";
static const char tiny_data[] = "{name: random, features: 4, classes: 3, samples: 200}";

// What it was before, each with its moment.
static const char *const pasts[] = {
    "policy.name: async",
    "policy.name: sync",
    "policy: {name: hybrid, pushed_worker: continues, threshold: 2}",
    "policy: {name: hybrid, threshold: {schedule: step, every: 4}}",
    "policy: {name: ssp, slack: 1, read: cached}",
    "policy: {name: backup, backup_workers: 1, late: cancel}",
    "policy: {name: k_batch_async, threshold: 2}",
    "policy.missing: 30 ms",
    "training.learning_rate: 0.0005",
    "cluster.compute: 20 ms",
    "cluster.server: {receive: 1 ms, update: 2 ms, reply: 1 ms}",
    "cluster.network: {latency: 2 ms, loss: 30 %, timeout: 10 ms}",
    "cluster.events: {then: {event: crash, worker: 0, every: 150 ms, for: 40 ms}}",
};

static void try_setting(char text[SWARM_TEXT_SIZE], const char *key, const char *value) {
    const struct scenario_setting setting = {key, value};
    swarm_text_settle(text, &setting, 1, text);
}

static void set_workers(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    char value[16];
    bool many = random_below(stream, 4) == 0;
    snprintf(value, sizeof value, "%" PRIu32, 1 + random_below(stream, many ? WORKERS_MOST : 8));
    try_setting(text, "cluster.workers", value);
}

static void set_seed(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    char value[16];
    snprintf(value, sizeof value, "%" PRIu32, rng_stream_u32(stream));
    try_setting(text, "seed", value);
}

static void set_net(char text[SWARM_TEXT_SIZE]) {
    const struct scenario_setting settings[] = {{"model", tiny_net},
                                                {"data", tiny_data},
                                                {"training.batch", "4"},
                                                {"training.learning_rate", "0.05"},
                                                {"evaluation.every", "300 ms"}};
    swarm_text_settle(text, settings, sizeof settings / sizeof settings[0], text);
}

static void set_past(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    char value[600];
    uint32_t until_ms = 1 + random_below(stream, 400);
    const char *first = PICK(stream, pasts);
    const char *second = PICK(stream, pasts);
    if (random_below(stream, 2) == 0) {
        snprintf(value, sizeof value, "[{until: %" PRIu32 " ms, %s}]", until_ms, first);
    } else {
        snprintf(value, sizeof value, "[{until: %" PRIu32 " ms, %s}, {until: %" PRIu32 " ms, %s}]",
                 until_ms, first, until_ms + 1 + random_below(stream, 400), second);
    }
    try_setting(text, "past", value);
}

static void set_policy(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    try_setting(text, "policy.name", policy_table[random_below(stream, POLICY_COUNT)].name);
}

static void set_events(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    struct scenario scenario;
    struct error error;
    struct text_buffer events = {0};
    if (scenario_parse("swarm", text, strlen(text), NULL, 0, &scenario, &error) == STATUS_OK) {
        enum policy policy = scenario.training.policy.policy;
        random_events_add(stream, scenario.cluster.workers, applies_server(&scenario),
                          policy_table[policy].aggregation != NULL, &events);
        try_setting(text, "cluster.events", text_buffer_text(&events));
    }
    text_buffer_clear(&events);
}

static void set_groups(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    struct text_buffer groups = {0};
    random_groups_add(stream, &groups);
    const struct scenario_setting settings[] = {{"cluster.workers", "30"},
                                                {"cluster.groups", text_buffer_text(&groups)}};
    swarm_text_settle(text, settings, 2, text);
    text_buffer_clear(&groups);
}

static void set_missing(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    struct text_buffer missing = {0};
    random_events_add_missing(stream, &missing);
    try_setting(text, "policy.missing", text_buffer_text(&missing));
    text_buffer_clear(&missing);
}

static void add_spices(struct rng_stream *stream, uint32_t most, char text[SWARM_TEXT_SIZE]) {
    uint32_t count = random_below(stream, most + 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct scenario_setting *spice =
            &spices[random_below(stream, sizeof spices / sizeof spices[0])];
        try_setting(text, spice->key, spice->value);
    }
}

void swarm_scenario_fresh(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    char cluster[RANDOM_CLUSTER_TEXT_SIZE];
    do {
        bool serves = random_below(stream, 3) != 0;
        (serves ? random_cluster_make
                : random_local_cluster_make)(stream, rng_stream_u32(stream) % 1000000, cluster);
    } while (!swarm_text_settle(cluster, NULL, 0, text));
    if (random_below(stream, 2) == 0) {
        set_policy(stream, text);
    }
    if (random_below(stream, 3) == 0) {
        set_workers(stream, text);
    }
    if (random_below(stream, 3) == 0) {
        set_groups(stream, text);
    }
    if (random_below(stream, 4) != 0) {
        set_events(stream, text);
        set_missing(stream, text);
    }
    if (random_below(stream, 2) == 0) {
        try_setting(text, "model", "{name: quadratic, dimension: 3}");
    } else if (random_below(stream, 8) == 0) {
        set_net(text);
    }
    add_spices(stream, SPICES_MOST, text);
    if (random_below(stream, 3) == 0) {
        set_past(stream, text);
    }
}

static void graft(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    static const char *const sections[] = {"end",
                                           "policy",
                                           "policy.threshold",
                                           "training",
                                           "cluster.compute",
                                           "cluster.delay",
                                           "cluster.network",
                                           "cluster.server",
                                           "cluster.groups",
                                           "cluster.events",
                                           "ties",
                                           "past"};
    char other[SWARM_TEXT_SIZE];
    char grafted[SWARM_TEXT_SIZE];
    swarm_scenario_fresh(stream, other);
    swarm_text_graft(text, other, PICK(stream, sections), grafted);
    swarm_text_settle(grafted, NULL, 0, text);
}

static void drop_a_line(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]) {
    char less[SWARM_TEXT_SIZE];
    swarm_text_without(text, random_below(stream, swarm_text_lines(text)), less);
    swarm_text_settle(less, NULL, 0, text);
}

bool swarm_scenario_is_whole(const char *text) {
    struct scenario scenario;
    struct error error;
    return scenario_parse("swarm", text, strlen(text), NULL, 0, &scenario, &error) == STATUS_OK &&
           (!scenario_has_data(&scenario) || strcmp(scenario.data.name, "random") == 0);
}

void swarm_scenario_mutated(struct rng_stream *stream, const char *parent,
                            char text[SWARM_TEXT_SIZE]) {
    snprintf(text, SWARM_TEXT_SIZE, "%s", parent);
    uint32_t count = 1 + random_below(stream, MUTATIONS_MOST);
    for (uint32_t i = 0; i < count; i++) {
        switch (random_below(stream, 8)) {
        case 0:
            set_seed(stream, text);
            break;
        case 1:
            set_workers(stream, text);
            break;
        case 2:
            set_policy(stream, text);
            break;
        case 3:
            set_events(stream, text);
            break;
        case 4:
            set_past(stream, text);
            break;
        case 5:
            drop_a_line(stream, text);
            break;
        case 6:
            add_spices(stream, SPICES_MOST, text);
            break;
        default:
            graft(stream, text);
            break;
        }
    }
    if (!swarm_scenario_is_whole(text)) {
        try_setting(text, "model", "none");
    }
}
