// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/random_cluster.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"
#include "tests/support/random_values.h"

enum { LAW_SIZE = 160 };

// A law around "ms" milliseconds; often a round constant, so that events meet at one instant.
static const char *random_law(struct rng_stream *stream, int ms, char text[LAW_SIZE]) {
    switch (random_below(stream, 9)) {
    case 0:
        snprintf(text, LAW_SIZE, "{law: uniform, min: 0 ms, max: %d ms}", 2 * ms);
        break;
    case 1:
        snprintf(text, LAW_SIZE, "{law: exponential, mean: %d ms}", ms);
        break;
    case 2:
        snprintf(text, LAW_SIZE, "{law: gamma, mean: %d ms, cv: 2}", ms);
        break;
    case 3:
        snprintf(text, LAW_SIZE, "{law: pareto, scale: %d ms, shape: 1.5}", ms);
        break;
    case 4:
        snprintf(text, LAW_SIZE, "{law: normal, mean: %d ms, std: %d ms, negative: clip}", ms, ms);
        break;
    case 5:
        snprintf(text, LAW_SIZE,
                 "{law: mixture, parts: {a: {law: constant, value: %d ms}, b: {share: 30 %%, law: "
                 "erlang, mean: %d ms, stages: 2}}, at_most: %d ms}",
                 ms, 2 * ms, 3 * ms);
        break;
    default:
        snprintf(text, LAW_SIZE, "%d ms", ms);
        break;
    }
    return text;
}

// Timing alone has neither losses nor epochs.
static void random_threshold(struct rng_stream *stream, uint32_t most, FILE *out) {
    static const char *const formulas[] = {"1 + floor(n/30)", "P - updates / 20", "1 + 2 * time",
                                           "if(n % 40 < 20, P, 1)"};
    uint32_t start = 1 + random_below(stream, most);
    uint32_t end = 1 + random_below(stream, most);
    bool by_time = random_below(stream, 3) == 0;
    const char *counts = by_time ? "time" : random_below(stream, 2) == 0 ? "gradients" : "updates";
    const char *unit = by_time ? "00 ms" : "";
    enum threshold_schedule schedule =
        (enum threshold_schedule)random_below(stream, SCHEDULE_ADASYNC);
    fprintf(out, "  threshold: {schedule: %s, start: %u", schedule_table[schedule].name, start);
    if (schedule == SCHEDULE_STEP) {
        fprintf(out, ", every: %u%s", 1 + random_below(stream, 40), unit);
        fprintf(out, ", increment: %d", (int)random_below(stream, 6) - 2);
    } else if (schedule_table[schedule].has_way) {
        fprintf(out, ", end: %u, over: %u%s", end, 1 + random_below(stream, 200), unit);
    } else if (schedule == SCHEDULE_TABLE) {
        fprintf(out, ", table: [[%u%s, %u], ", 1 + random_below(stream, 19), unit, end);
        fprintf(out, "[%u%s, workers]]", 20 + random_below(stream, 20), unit);
    } else if (schedule == SCHEDULE_EXPRESSION) {
        fprintf(out, ", formula: \"%s\"", formulas[random_below(stream, 4)]);
    }
    fprintf(out, ", counts: %s}\n", counts);
}

static enum policy random_policy(struct rng_stream *stream, uint32_t workers, FILE *out) {
    enum policy policy = (enum policy)random_below(stream, POLICY_SSP + 1);
    struct policy_options options = {.policy = policy};
    fprintf(out, "policy:\n  name: %s\n", policy_table[policy].name);
    bool waits = random_below(stream, 2) == 0;
    if (policy == POLICY_HYBRID) {
        fprintf(out, "  pushed_worker: %s\n", waits ? "waits" : "continues");
    } else if (policy == POLICY_BACKUP) {
        fprintf(out, "  backup_workers: %u\n  late: %s\n", random_below(stream, workers),
                waits ? "cancel" : "finish");
    } else if (policy == POLICY_N_SOFTSYNC) {
        fprintf(out, "  splits: %u\n", 1 + random_below(stream, workers));
    } else if (policy == POLICY_SSP) {
        fprintf(out, "  slack: %u\n  read: %s\n", random_below(stream, 5),
                waits ? "cached" : "newest");
    }
    options.pushed_worker = waits ? PUSHED_WAITS : PUSHED_CONTINUES;
    if (policy_table[policy].has_threshold) {
        random_threshold(stream, aggregation_waits(&options) ? workers : 3 * workers, out);
    }
    return policy;
}

static void random_server(struct rng_stream *stream, FILE *out) {
    char law[3][LAW_SIZE];
    switch (random_below(stream, 4)) {
    case 0:
        fputs("  server: {receive: 10 ms, update: 5 ms, reply: 2 ms}\n", out);
        return;
    case 2: // where the network says how large a message is, up to 64 ms of it
        fprintf(out, "  server: {receive: 3 ms, bandwidth: %u Mbit/s}\n",
                1 + random_below(stream, 10));
        return;
    case 1:
        random_law(stream, 10, law[0]);
        random_law(stream, 5, law[1]);
        random_law(stream, 2, law[2]);
        fprintf(out, "  server:\n    receive: %s\n    update: %s\n    reply: %s\n", law[0], law[1],
                law[2]);
        return;
    default:
        return; // a server that takes no time
    }
}

static void random_loss(struct rng_stream *stream, FILE *out) {
    if (random_below(stream, 3) == 0) {
        fprintf(out, "    loss: %u %%\n    timeout: %u ms\n    backoff: %u\n",
                1 + random_below(stream, 50), 1 + random_below(stream, 100),
                1 + random_below(stream, 2));
    }
}

static void random_end(struct rng_stream *stream, FILE *out) {
    switch (random_below(stream, 3)) {
    case 0:
        fprintf(out, "end: %u ms\n", 1 + random_below(stream, 8000));
        break;
    case 1:
        fprintf(out, "end: %u updates\n", 1 + random_below(stream, 150));
        break;
    default:
        fprintf(out, "end: %u gradients\n", 1 + random_below(stream, 400));
        break;
    }
}

void random_cluster_make(struct rng_stream *stream, uint32_t seed,
                         char text[RANDOM_CLUSTER_TEXT_SIZE]) {
    char law[LAW_SIZE];
    memset(text, 0, RANDOM_CLUSTER_TEXT_SIZE);
    FILE *out = fmemopen(text, RANDOM_CLUSTER_TEXT_SIZE - 1, "w");
    bool many = random_below(stream, 4) == 0;
    uint32_t workers = 1 + random_below(stream, many ? 30 : 6);
    fprintf(out, "seed: %u\nmodel: none\nties: %s\n", seed,
            random_below(stream, 2) == 0 ? "fifo" : "random");
    if (random_policy(stream, workers, out) == POLICY_K_BATCH_SYNC) {
        // A server that is too slow for workers that never wait is flooded: only a time ends that.
        fprintf(out, "end: %u ms\n", 1 + random_below(stream, 1000));
    } else {
        random_end(stream, out);
    }
    fprintf(out, "cluster:\n  workers: %u\n  start_up: %u ms\n", workers,
            100 * random_below(stream, 4));
    int compute_ms = 10 * (1 + (int)random_below(stream, 20));
    fprintf(out, "  compute: %s\n", random_law(stream, compute_ms, law));
    if (random_below(stream, 2) == 0) {
        uint32_t delayed = random_below(stream, workers + 1);
        fprintf(out,
                "  delay: {law: normal, std: 250 ms, negative: absolute, workers: %u, who: %s}\n",
                delayed, random_below(stream, 2) == 0 ? "fixed" : "random");
    }
    if (random_below(stream, 2) == 0) {
        random_law(stream, 3, law);
        fprintf(out, "  network:\n    latency: %s\n    bandwidth: %u Mbit/s\n    message: 8 kB\n",
                law, 1 + random_below(stream, 100));
        random_loss(stream, out);
    }
    random_server(stream, out);
    fclose(out);
}

// ---- without a server ----

// Half of them compute, with momentum where a scheme has it.
static void random_local_model(struct rng_stream *stream, bool has_momentum, FILE *out) {
    bool moves = random_below(stream, 2) == 0;
    if (random_below(stream, 2) == 0) {
        fputs("model: none\n", out);
        return;
    }
    fprintf(out,
            "model: {name: quadratic, dimension: 3}\n"
            "training: {learning_rate: 0.01, momentum: %s}\n",
            has_momentum && moves ? "0.5" : "0");
}

static int32_t random_local_policy(struct rng_stream *stream, FILE *out) {
    enum { WITH_MOMENTUM = 3 }; // the first of the names
    static const char *const names[] = {"k_avg", "post_local",        "hier_avg", "hpsgd",
                                        "cocod", "overlap_local_sgd", "easgd"};
    uint32_t clusters = 1 + random_below(stream, 4);
    uint32_t members = 1 + random_below(stream, 3);
    uint32_t inner = 1 + random_below(stream, 3);
    uint32_t name = random_below(stream, sizeof names / sizeof names[0]);
    uint32_t steps = inner * (1 + random_below(stream, 3));
    uint32_t after = 1 + random_below(stream, 5);
    bool before = random_below(stream, 2) == 0;
    fprintf(out,
            "policy:\n  name: %s\n  steps: %u\n  cluster_steps: %u\n  cluster_size: %u\n"
            "  after: %u\n  alpha: 0.5\n  gradient: %s\n",
            names[name], steps, inner, members, after, before ? "before" : "after");
    random_local_model(stream, name < WITH_MOMENTUM, out);
    return (int32_t)(clusters * members);
}

void random_local_cluster_make(struct rng_stream *stream, uint32_t seed,
                               char text[RANDOM_CLUSTER_TEXT_SIZE]) {
    char law[LAW_SIZE];
    memset(text, 0, RANDOM_CLUSTER_TEXT_SIZE);
    FILE *out = fmemopen(text, RANDOM_CLUSTER_TEXT_SIZE - 1, "w");
    fprintf(out, "seed: %u\nties: %s\n", seed, random_below(stream, 2) == 0 ? "fifo" : "random");
    int32_t workers = random_local_policy(stream, out);
    // Where all crash again and again before an average is there, only a time ends a run.
    fprintf(out, "end: %u ms\n", 1 + random_below(stream, 8000));
    fprintf(out, "cluster:\n  workers: %d\n  start_up: %u ms\n", (int)workers,
            100 * random_below(stream, 4));
    int compute_ms = 10 * (1 + (int)random_below(stream, 20));
    fprintf(out, "  compute: %s\n", random_law(stream, compute_ms, law));
    fprintf(out, "  network:\n    latency: %s\n    bandwidth: %u Mbit/s\n    message: 8 kB\n",
            random_law(stream, 3, law), 1 + random_below(stream, 100));
    random_loss(stream, out);
    random_server(stream, out);
    fclose(out);
}
