// SPDX-License-Identifier: GPL-3.0-or-later
// What models become when workers are counted out of their averages, against plain sums in double
// on the noisy quadratic: who is in which average, with what.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/quadratic.h"
#include "sim/base/rng_stream.h"
#include "sim/scenario/text_buffer.h"
#include "tests/support/log_audit.h"
#include "tests/support/random_values.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 3, DIMENSION = 6, SEED = 5 };

static const double eta = 0.05;
static const struct quadratic_options quadratic = {
    .dimension = DIMENSION, .curvature = 1, .noise = 1};

// A worker's model, and the number of its next gradient.
struct plain {
    double x[DIMENSION];
    int64_t number;
};

static void start(struct plain workers[WORKERS]) {
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i].number = 0;
        for (size_t j = 0; j < DIMENSION; j++) {
            workers[i].x[j] = 1;
        }
    }
}

// The worker's next gradient, at its model.
static void next_gradient(struct plain workers[WORKERS], int32_t worker, double g[DIMENSION]) {
    float at[DIMENSION];
    float gradient[DIMENSION];
    const struct gradient_key key = {SEED, worker, workers[worker].number++};
    for (size_t j = 0; j < DIMENSION; j++) {
        at[j] = (float)workers[worker].x[j];
    }
    quadratic_gradient(&quadratic, at, &key, gradient);
    for (size_t j = 0; j < DIMENSION; j++) {
        g[j] = (double)gradient[j];
    }
}

static void step(struct plain workers[WORKERS], int32_t worker) {
    double g[DIMENSION];
    next_gradient(workers, worker, g);
    for (size_t j = 0; j < DIMENSION; j++) {
        workers[worker].x[j] -= eta * g[j];
    }
}

// Of the first so many.
static void mean_of(struct plain workers[WORKERS], int32_t count, double mean[DIMENSION]) {
    for (size_t j = 0; j < DIMENSION; j++) {
        mean[j] = 0;
        for (int32_t i = 0; i < count; i++) {
            mean[j] += workers[i].x[j] / count;
        }
    }
}

static void set(struct plain workers[WORKERS], int32_t count, const double x[DIMENSION]) {
    for (int32_t i = 0; i < count; i++) {
        memcpy(workers[i].x, x, sizeof workers[i].x);
    }
}

// 100 ms a gradient; a reduction takes no time.
static void expect_final(const char *policy, int updates, const char *events,
                         const double expected[DIMENSION]) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "seed: %d\nend: %d updates\nmodel: {name: quadratic, dimension: %d}\n"
                        "training: {learning_rate: %g}\npolicy: {%s}\nevaluation: {every: 0 s}\n"
                        "cluster:\n  workers: %d\n  compute: 100 ms\n  events: {%s}\n",
                        SEED, updates, DIMENSION, eta, policy, WORKERS, events);
    small_cluster_run(&scenario, &log);
    assert_int_equal(log.update_count, updates);
    for (size_t j = 0; j < DIMENSION; j++) {
        if (fabs((double)log.ending.final[j] - expected[j]) > 2e-6) {
            fail_msg("%s: parameter %zu is %.9g, the sums say %.9g", policy, j,
                     (double)log.ending.final[j], expected[j]);
        }
    }
    runlog_reset(&log);
}

// K = 2, and worker 2 stands still from 0.15 s to 0.45 s, in its second gradient. The versions of
// 0.2 s and 0.4 s are the means of the two others; that of 0.6 s is of all three, with the model
// that worker 2 has made of its first two gradients.
static void missing__k_avg__takes_a_late_model_as_it_is(void **state) {
    (void)state;
    struct plain workers[WORKERS];
    double mean[DIMENSION];
    start(workers);
    for (int round = 0; round < 3; round++) {
        for (int32_t i = 0; i < 2; i++) {
            step(workers, i);
            step(workers, i);
        }
        mean_of(workers, 2, mean);
        if (round < 2) {
            set(workers, 2, mean);
        }
    }
    step(workers, 2);
    step(workers, 2);
    mean_of(workers, 3, mean);
    expect_final("name: k_avg, steps: 2, missing: goes_on", 3,
                 "nap: {event: pause, worker: 2, at: 150 ms, for: 300 ms}", mean);
}

// K = 1. All but worker 0, which is slow at first, have given their first models when worker 2 is
// counted out, from 0.11 s on: so the average of 0.15 s is of the two others. Worker 2 gives its
// model again at 0.29 s, after its second gradient: to the average z it adds both of its steps.
static void missing__cocod__withdraws_a_model_and_loses_no_step(void **state) {
    (void)state;
    struct plain workers[WORKERS];
    double z[DIMENSION];
    double second[DIMENSION];
    start(workers);
    for (int32_t i = 0; i < WORKERS; i++) {
        step(workers, i);
    }
    mean_of(workers, 2, z);
    for (int32_t i = 0; i < WORKERS; i++) {
        double anchor[DIMENSION];
        for (size_t j = 0; j < DIMENSION; j++) {
            anchor[j] = i < 2 ? workers[i].x[j] : 1;
        }
        step(workers, i);
        for (size_t j = 0; j < DIMENSION; j++) {
            workers[i].x[j] += z[j] - anchor[j];
        }
    }
    mean_of(workers, WORKERS, second);
    // The models are the second average when it is there, and the run ends: none has gone on.
    expect_final("name: cocod, steps: 1, missing: goes_on", 2,
                 "slow: {event: slowdown, slowdown: 1.5, worker: 0, at: 0 s, for: 250 ms}, "
                 "nap: {event: pause, worker: 2, at: 110 ms, for: 90 ms}",
                 second);
}

// Windows of two gradients and of one, each merged one window late. Worker 2 stands still from
// 0.25 s on, in the second window, which is without it (1/2), and so are those behind it.
static void missing__hpsgd__merges_the_windows_of_the_others(void **state) {
    (void)state;
    struct plain workers[WORKERS];
    double sums[2][DIMENSION] = {{0}};
    double b[DIMENSION];
    start(workers);
    memcpy(b, workers[0].x, sizeof b);
    for (int window = 0; window < 2; window++) {
        // With an all-reduce that takes no time the first window is of two gradients, then of one.
        for (int k = 0; k < 2 - window; k++) {
            for (int32_t i = 0; i < WORKERS - window; i++) {
                double g[DIMENSION];
                next_gradient(workers, i, g);
                for (size_t j = 0; j < DIMENSION; j++) {
                    sums[window][j] += g[j] / (WORKERS - window);
                    workers[i].x[j] -= eta * g[j];
                }
            }
        }
    }
    for (size_t j = 0; j < DIMENSION; j++) {
        b[j] -= eta * (sums[0][j] + sums[1][j]);
    }
    expect_final("name: hpsgd, missing: goes_on", 2, "off: {event: pause, worker: 2, at: 250 ms}",
                 b);
}

// Everybody is counted out at 0.6 s, or down under easgd: for cocod while an average is under way,
// for easgd while a model is at the centre. The mean of nobody's models is the latest version.
static void run_evaluated(const char *policy, const char *every, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: %d\nend: 1300 ms\nmodel: {name: quadratic, dimension: %d}\n"
                        "training: {learning_rate: %g}\npolicy: {%s}\nevaluation: {every: %s}\n"
                        "cluster:\n  workers: %d\n  compute: 100 ms\n  network: {latency: 20 ms}\n"
                        "  events: {dies: {event: crash, worker: 0, at: 230 ms, for: 100 ms}, all: "
                        "{event: %s, workers: 100 %%, at: 625 ms, for: 300 ms}}\n",
                        SEED, DIMENSION, eta, policy, every, WORKERS,
                        strstr(policy, "easgd") != NULL ? "crash" : "pause");
    small_cluster_run(&scenario, log);
}

// What is evaluated at a moment does not depend on what was evaluated before.
static void missing__evaluations__are_the_same_however_often(void **state) {
    (void)state;
    static const char *const policies[] = {
        "name: k_avg, steps: 2, missing: goes_on", "name: hpsgd, missing: goes_on",
        "name: cocod, steps: 1, missing: goes_on",
        "name: overlap_local_sgd, steps: 1, missing: 10 ms", "name: easgd, steps: 1"};
    enum { OFTEN_MS = 5, SELDOM_MS = 95, TIMES = SELDOM_MS / OFTEN_MS };
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct runlog often;
        struct runlog seldom;
        run_evaluated(policies[i], "5 ms", &often);
        run_evaluated(policies[i], "95 ms", &seldom);
        size_t before_end = rows(seldom.evaluation_count) - 1;
        assert_true(before_end > 12);
        for (size_t k = 0; k < before_end; k++) {
            const struct evaluation_row *row = &seldom.evaluations[k];
            const struct evaluation_row *other = &often.evaluations[TIMES * k];
            assert_int_equal(other->time_ns, row->time_ns);
            if (row->version != other->version || row->test_loss != other->test_loss) {
                fail_msg("%s: at %lld ns the loss is %.9g or %.9g", policies[i],
                         (long long)row->time_ns, row->test_loss, other->test_loss);
            }
        }
        runlog_reset(&often);
        runlog_reset(&seldom);
    }
}

// All that happens does at few instants: whoever is counted out or in is so as others come to their
// barriers.
static void add_cluster_in_step(struct rng_stream *stream, uint32_t workers,
                                struct text_buffer *text) {
    static const char *const kinds[] = {"pause", "disconnect", "disconnect", "crash"};
    uint32_t count = 3 + random_below(stream, 5);
    text_buffer_add(text, "  workers: %u\n  compute: 50 ms\n  network: {latency: %u ms}\n", workers,
                    25 * random_below(stream, 2));
    text_buffer_add(text, "  groups: {slow: {worker: %u, slowdown: %u}}\n  events: {",
                    random_below(stream, workers), 2 + random_below(stream, 2));
    for (uint32_t i = 0; i < count; i++) {
        text_buffer_add(text, "%sevent_%u: {event: %s, worker: %u, at: %u ms, for: %u ms}",
                        i == 0 ? "" : ", ", i, PICK(stream, kinds), random_below(stream, workers),
                        50 * random_below(stream, 19), 50 * (1 + random_below(stream, 6)));
    }
    text_buffer_add(text, "}\n");
}

// If it failed, a run would break a rule (log_audit.h) at an instant at which much happens.
// $CLUSTER runs one of them, $CLUSTERS so many.
static void missing__all_in_step__keeps_every_rule(void **state) {
    (void)state;
    static const char *const policies[] = {
        "name: k_avg, steps: 1",
        "name: k_avg, steps: 2",
        "name: hpsgd",
        "name: cocod, steps: 1",
        "name: overlap_local_sgd, steps: 2",
        "name: hier_avg, steps: 2, cluster_steps: 1, cluster_size: 2"};
    const char *one = getenv("CLUSTER");
    const char *many = getenv("CLUSTERS");
    uint32_t first = one == NULL ? 1 : (uint32_t)strtoul(one, NULL, 10);
    uint32_t count = one != NULL ? 1 : many == NULL ? 3000 : (uint32_t)strtoul(many, NULL, 10);
    for (uint32_t seed = first; seed < first + count; seed++) {
        struct rng_stream stream;
        struct text_buffer text = {0};
        struct scenario scenario;
        struct runlog log = {0};
        struct run_outcome outcome;
        struct error error = {.message = ""};
        rng_stream_init(&stream, seed, RNG_TEST, 49, 0, 0);
        text_buffer_add(&text,
                        "seed: %u\nend: 1 s\nmodel: {name: quadratic, dimension: 2}\n"
                        "evaluation: {every: 0 s}\npolicy: {%s, missing: %u ms}\ncluster:\n",
                        seed, PICK(&stream, policies), 50 * random_below(&stream, 3));
        add_cluster_in_step(&stream, 2 + 2 * random_below(&stream, 2), &text);
        small_cluster_parse(&scenario, "%s", text_buffer_text(&text));
        const struct run_sink sink = runlog_memory_sink(&log);
        const struct run_options options = {.threads = 1, .sinks = &sink, .sink_count = 1};
        enum status status = run_scenario(&scenario, &options, &outcome, &error);
        if (status != STATUS_OK ||
            !log_audit(&scenario, &log, error.message, sizeof error.message)) {
            fail_msg("cluster %u: %s\nrepeat: CLUSTER=%u build/obj/release/tests/property/"
                     "test_property_local_missing\n%s",
                     seed, error.message, seed, text_buffer_text(&text));
        }
        runlog_reset(&log);
        text_buffer_clear(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing__k_avg__takes_a_late_model_as_it_is),
        cmocka_unit_test(missing__cocod__withdraws_a_model_and_loses_no_step),
        cmocka_unit_test(missing__hpsgd__merges_the_windows_of_the_others),
        cmocka_unit_test(missing__evaluations__are_the_same_however_often),
        cmocka_unit_test(missing__all_in_step__keeps_every_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
