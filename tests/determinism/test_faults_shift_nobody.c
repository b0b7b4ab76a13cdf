// SPDX-License-Identifier: GPL-3.0-or-later
// Common random numbers over all purposes (rng_stream.h): a group, a loss or an event that concerns
// one worker changes no draw of anybody else, nor the server's, nor those of other events; and an
// event changes none at all, of its own worker neither.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/incident_kind.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { OWN = 7, BASE_EVENTS = 2, TEXT_SIZE = 400, POLICIES = 4 };

static const char *const models[] = {
    "{name: mlp, hidden: [3]}\ndata: {name: random, features: 4, classes: 3, samples: 500}",
    "{name: quadratic, dimension: 3, noise: 0.5}"};

// The last has no server.
static const char *const policies[POLICIES] = {
    "async", "{name: hybrid, threshold: 3, pushed_worker: continues}", "{name: easgd, steps: 2}",
    "{name: k_avg, steps: 2}"};

// What differs between two runs, in the cluster's map.
struct addition {
    const char *groups;
    char event[TEXT_SIZE]; // besides the two of each run
    bool needs_server;
};

// Everything by chance: who is delayed and when, who is paused, which attempts are lost.
static void run(const char *model, const char *policy, const struct addition *addition,
                struct runlog *log) {
    struct scenario scenario;
    bool has_samples = strstr(model, "data") != NULL;
    small_cluster_parse(
        &scenario,
        "seed: 21\nmodel: %s\nend: 400 gradients\nties: random\nlog: {gradients: true, samples: "
        "%s}\n"
        "training: {batch: 6, learning_rate: 0.002}\nevaluation: {every: 0 s}\npolicy: %s\n"
        "cluster:\n  workers: 12\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
        "  delay: {law: normal, std: 100 ms, workers: 50 %%, who: random}\n"
        "  network: {latency: {law: exponential, mean: 2 ms}, loss: 5 %%, timeout: 20 ms}\n"
        "  server: {receive: {law: uniform, min: 1 ms, max: 2 ms}, update: {law: exponential, "
        "mean: 1 ms}, reply: {law: uniform, min: 0 ms, max: 1 ms}}\n%s"
        "  events:\n    naps: {event: pause, workers: 4, who: drawn, every: {law: exponential, "
        "mean: 400 ms}, for: {law: exponential, mean: 50 ms}}\n"
        "    load: {event: slowdown, slowdown: 2, workers: 100 %%, together: true, every: {law: "
        "exponential, mean: 500 ms}, for: {law: gamma, mean: 100 ms, cv: 2}}\n%s",
        model, has_samples ? "true" : "false", policy, addition->groups, addition->event);
    small_cluster_run(&scenario, log);
}

static bool equal_for_all(const struct gradient_row *a, const struct gradient_row *b) {
    return a->receive_ns == b->receive_ns && a->reply_ns == b->reply_ns && a->tie == b->tie;
}

static bool equal_draws(const struct gradient_row *a, const struct gradient_row *b) {
    return equal_for_all(a, b) && a->compute_ns == b->compute_ns && a->delay_ns == b->delay_ns &&
           a->push_ns == b->push_ns && a->reply_travel_ns == b->reply_travel_ns &&
           a->push_attempts == b->push_attempts && a->reply_attempts == b->reply_attempts;
}

// At the parameters of the beginning a gradient is that of its minibatch, or of its noise.
static bool equal_values(const struct runlog *a, size_t i, const struct runlog *b, size_t j) {
    size_t columns = (size_t)a->header.sample_columns;
    size_t count = a->header.parameter_count;
    bool first = a->gradients[i].number == 0 && a->gradients[i].outcome == OUTCOME_APPLIED &&
                 b->gradients[j].outcome == OUTCOME_APPLIED;
    return (columns == 0 || memcmp(&a->samples[i * columns], &b->samples[j * columns],
                                   columns * sizeof *a->samples) == 0) &&
           (!first ||
            memcmp(&a->values[i * count], &b->values[j * count], count * sizeof *a->values) == 0);
}

static void expect_equal_gradients(const char *what, const struct runlog *a, const struct runlog *b,
                                   bool own_too) {
    size_t compared = 0;
    for (size_t i = 0; i < rows(a->gradient_count); i++) {
        const struct gradient_row *x = &a->gradients[i];
        for (size_t j = 0; j < rows(b->gradient_count); j++) {
            const struct gradient_row *y = &b->gradients[j];
            if (x->worker != y->worker || x->number != y->number) {
                continue;
            }
            bool all = own_too || x->worker != OWN;
            if (!(all ? equal_draws : equal_for_all)(x, y) || !equal_values(a, i, b, j)) {
                fail_msg("%s: gradient %" PRId64 " of worker %" PRId32 " has other draws", what,
                         x->number, x->worker);
            }
            compared++;
        }
    }
    assert_true(compared >= 200);
}

// Updates by the server, or reductions.
static void expect_equal_rest(const char *what, const struct runlog *a, const struct runlog *b,
                              bool own_too) {
    size_t count = a->update_count < b->update_count ? a->update_count : b->update_count;
    for (size_t i = 0; i < count && a->reduction_count == 0; i++) { // or none
        if (a->updates[i].update_ns != b->updates[i].update_ns) {
            fail_msg("%s: update %zu takes another time", what, i);
        }
    }
    count = a->reduction_count < b->reduction_count ? a->reduction_count : b->reduction_count;
    for (size_t i = 0; i < count; i++) {
        if (a->reductions[i].tie != b->reductions[i].tie ||
            (own_too && a->reductions[i].retries != b->reductions[i].retries)) {
            fail_msg("%s: reduction %zu has other draws", what, i);
        }
    }
    assert_memory_equal(a->header.initial, b->header.initial,
                        a->header.parameter_count * sizeof *a->header.initial);
}

// Those of the two events of each run, to the end of the shorter one.
static void expect_equal_incidents(const char *what, const struct runlog *a,
                                   const struct runlog *b) {
    size_t compared = 0;
    size_t j = 0;
    for (size_t i = 0; i < rows(a->incident_count); i++) {
        while (j < b->incident_count && b->incidents[j].event >= BASE_EVENTS) {
            j++;
        }
        if (j == b->incident_count || a->incidents[i].began_ns > b->ending.end_ns) {
            break;
        }
        if (memcmp(&a->incidents[i], &b->incidents[j++], sizeof a->incidents[i]) != 0) {
            fail_msg("%s: incident %zu is another one", what, i);
        }
        compared++;
    }
    assert_true(compared >= 10);
}

static void expect_shifts_nobody(const char *what, const struct addition *addition) {
    static const struct addition none = {.groups = ""};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        for (int k = 0; k < POLICIES - addition->needs_server; k++) {
            struct runlog plain;
            struct runlog other;
            bool own_too = addition->event[0] != 0;
            run(models[i], policies[k], &none, &plain);
            run(models[i], policies[k], addition, &other);
            expect_equal_gradients(what, &plain, &other, own_too);
            expect_equal_rest(what, &plain, &other, own_too);
            expect_equal_incidents(what, &plain, &other);
            assert_true(plain.ending.timeline_fingerprint != other.ending.timeline_fingerprint);
            runlog_reset(&plain);
            runlog_reset(&other);
        }
    }
}

// "What if worker 7 were slower?" would compare two clusters of other workers.
static void draws__a_group_of_one__shifts_nobody_else(void **state) {
    (void)state;
    static const struct addition group = {
        .groups = "  groups: {own: {worker: 7, slowdown: 3, compute: {law: gamma, mean: 90 ms, cv: "
                  "1}, delay: {law: pareto, scale: 1 ms, shape: 2}, network: {latency: {law: "
                  "lognormal, mean: 8 ms, cv: 1.5}, bandwidth: 1 Mbit/s}}}\n"};
    expect_shifts_nobody("a group", &group);
}

// "What if it had the times that were measured?"
static void draws__measured_times_of_one__shift_nobody_else(void **state) {
    (void)state;
#define MEASURED "file: scenarios/experiments/eight_ranks.csv, column: compute_ms, unit: "
    static const struct addition measured = {
        .groups = "  groups: {own: {worker: 7, compute: {law: trace, " MEASURED
                  "ms}, delay: {law: empirical, " MEASURED "us}}}\n"};
    expect_shifts_nobody("measured times", &measured);
}

// "What if its messages got lost?"
static void draws__a_loss_of_one__shifts_nobody_else(void **state) {
    (void)state;
    static const struct addition loss = {
        .groups = "  groups: {own: {worker: 7, network: {loss: 30 %, timeout: 40 ms}}}\n"};
    expect_shifts_nobody("a loss", &loss);
}

// "What if something happened to it, or to the server?", of every kind.
static void draws__an_event__shifts_nobody(void **state) {
    (void)state;
    static const char *const keys[INCIDENT_KIND_COUNT] = {
        [INCIDENT_SLOWDOWN] = ", slowdown: 3", [INCIDENT_LINK] = ", latency: 5, bandwidth: 0.5"};
    for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
        bool of_server = kind == INCIDENT_SERVER_PAUSE;
        struct addition event = {.groups = "", .needs_server = of_server};
        snprintf(event.event, sizeof event.event,
                 "    own: {event: %s%s%s, every: {law: exponential, mean: 300 ms}, for: {law: "
                 "exponential, mean: 60 ms}}\n",
                 incident_kind_names[kind], of_server ? "" : ", worker: 7",
                 keys[kind] == NULL ? "" : keys[kind]);
        expect_shifts_nobody(incident_kind_names[kind], &event);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws__a_group_of_one__shifts_nobody_else),
        cmocka_unit_test(draws__measured_times_of_one__shift_nobody_else),
        cmocka_unit_test(draws__a_loss_of_one__shifts_nobody_else),
        cmocka_unit_test(draws__an_event__shifts_nobody),
    };
    return cmocka_run_group_tests_name("faults_shift_nobody", tests, NULL, NULL);
}
