// SPDX-License-Identifier: GPL-3.0-or-later
// Schemes with local models against their papers' pseudo-code, written out plainly here in double
// on the noisy quadratic (whose gradient is known for any parameters).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/quadratic.h"
#include "tests/support/expect.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 4, DIMENSION = 6, SEED = 5 };

static const double eta = 0.05;
static const struct quadratic_options quadratic = {
    .dimension = DIMENSION, .curvature = 1, .noise = 1};

// Vectors of the pseudo-code, one for each worker.
struct plain {
    double x[WORKERS][DIMENSION];
    int64_t number; // of the gradient: all workers are at the same one
};

static void start(struct plain *plain) {
    *plain = (struct plain){0};
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            plain->x[i][j] = 1;
        }
    }
}

// g = grad(x) of every worker at its own x.
static void gradients(struct plain *plain, double g[WORKERS][DIMENSION]) {
    for (int32_t i = 0; i < WORKERS; i++) {
        float at[DIMENSION];
        float gradient[DIMENSION];
        const struct gradient_key key = {SEED, i, plain->number};
        for (size_t j = 0; j < DIMENSION; j++) {
            at[j] = (float)plain->x[i][j];
        }
        quadratic_gradient(&quadratic, at, &key, gradient);
        for (size_t j = 0; j < DIMENSION; j++) {
            g[i][j] = (double)gradient[j];
        }
    }
    plain->number++;
}

static void step(struct plain *plain) {
    double g[WORKERS][DIMENSION];
    gradients(plain, g);
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            plain->x[i][j] -= eta * g[i][j];
        }
    }
}

static void mean_of(double x[WORKERS][DIMENSION], size_t first, size_t members,
                    double mean[DIMENSION]) {
    for (size_t j = 0; j < DIMENSION; j++) {
        mean[j] = 0;
        for (size_t i = first; i < first + members; i++) {
            mean[j] += x[i][j] / (double)members;
        }
    }
}

static void average(struct plain *plain, size_t first, size_t members) {
    double mean[DIMENSION];
    mean_of(plain->x, first, members, mean);
    for (size_t i = first; i < first + members; i++) {
        memcpy(plain->x[i], mean, sizeof mean);
    }
}

// 100 ms a gradient; latency of a ring of four, six of them, decides how long an average takes.
static void run_training(const char *training, const char *policy, int latency_ms, const char *end,
                         struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: %d\nend: %s\nmodel: {name: quadratic, dimension: %d}\n"
                        "training: {learning_rate: %g%s}\npolicy: %s\n"
                        "cluster:\n  workers: %d\n  compute: 100 ms\n"
                        "  network: {latency: %d ms}\nevaluation: {every: 0 s}\n",
                        SEED, end, DIMENSION, eta, training, policy, WORKERS, latency_ms);
    small_cluster_run(&scenario, log);
}

static void run(const char *policy, int latency_ms, const char *end, struct runlog *log) {
    run_training("", policy, latency_ms, end, log);
}

static void expect_parameters(const struct runlog *log, const double expected[DIMENSION]) {
    for (size_t j = 0; j < DIMENSION; j++) {
        if (fabs((double)log->ending.final[j] - expected[j]) > 2e-6) {
            fail_msg("%s: parameter %zu is %.9g, the pseudo-code says %.9g", log->header.policy, j,
                     (double)log->ending.final[j], expected[j]);
        }
    }
}

// repeat { K local steps each; all := mean }
static void local__k_avg__is_its_pseudo_code(void **state) {
    (void)state;
    struct plain plain;
    struct runlog log;
    start(&plain);
    for (int round = 0; round < 7; round++) {
        for (int k = 0; k < 5; k++) {
            step(&plain);
        }
        average(&plain, 0, WORKERS);
    }
    run("{name: k_avg, steps: 5}", 3, "7 updates", &log);
    expect_parameters(&log, plain.x[0]);
    runlog_reset(&log);
}

// repeat { beta times: { K1 local steps each; every cluster averages }; all := mean }
static void local__hier_avg__is_its_pseudo_code(void **state) {
    (void)state;
    struct plain plain;
    struct runlog log;
    start(&plain);
    for (int round = 0; round < 4; round++) {
        for (int beta = 0; beta < 3; beta++) {
            for (int k = 0; k < 2; k++) {
                step(&plain);
            }
            average(&plain, 0, 2);
            average(&plain, 2, 2);
        }
        average(&plain, 0, WORKERS);
    }
    run("{name: hier_avg, steps: 6, cluster_steps: 2, cluster_size: 2}", 3, "4 updates", &log);
    expect_parameters(&log, plain.x[0]);
    // Of cluster averages only those that no global one replaces: two in a round, of each cluster.
    assert_int_equal(log.reduction_count, 4 * (2 * 2 + 1));
    runlog_reset(&log);
}

// What workers keep who step with momentum, weight decay and a rate that falls: v = momentum v + g
// of g + decay x, and x steps by v, or with Nesterov by g + momentum v. n: the gradients in a
// worker's model. spreads: of the models, before each average in turn.
struct trained {
    struct plain plain;
    double v[WORKERS][DIMENSION];
    double momentum, decay, over; // over: of half a cosine; 0: none
    bool nesterov;
    int64_t n;
    double spreads[32];
    size_t averages;
};

static void trained_step(struct trained *trained) {
    double g[WORKERS][DIMENSION];
    double u = fmin((double)trained->n / trained->over, 1);
    double rate = trained->over > 0 ? eta * (1 + cos(M_PI * u)) / 2 : eta;
    gradients(&trained->plain, g);
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            double *x = &trained->plain.x[i][j];
            double *v = &trained->v[i][j];
            double with_decay = g[i][j] + trained->decay * *x;
            *v = trained->momentum * *v + with_decay;
            *x -= rate * (trained->nesterov ? with_decay + trained->momentum * *v : *v);
        }
    }
    trained->n++;
}

static void trained_average(struct trained *trained, size_t first, size_t members) {
    double mean[DIMENSION];
    double squares = 0;
    mean_of(trained->plain.x, first, members, mean);
    for (size_t i = first; i < first + members; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            squares += pow(trained->plain.x[i][j] - mean[j], 2) / (double)members;
        }
    }
    trained->spreads[trained->averages++] = sqrt(squares);
    average(&trained->plain, first, members);
    mean_of(trained->v, first, members, mean);
    for (size_t i = first; i < first + members; i++) {
        memcpy(trained->v[i], mean, sizeof mean);
    }
}

static void expect_spreads(const struct runlog *log, const struct trained *trained) {
    assert_int_equal(log->reduction_count, trained->averages);
    for (size_t i = 0; i < trained->averages; i++) {
        expect_relative(log->reductions[i].spread, trained->spreads[i], 1e-5);
    }
}

// Momenta that were not averaged with the models would pull them apart again; a rate that stood
// still for a round would not be that of the same gradients elsewhere.
static void local__momentum_decay_and_rate__are_their_pseudo_code(void **state) {
    (void)state;
    static const struct {
        const char *text;
        struct trained rule;
    } rules[] = {
        {", momentum: 0.9", {.momentum = 0.9}},
        {", momentum: 0.7, nesterov: true, weight_decay: 0.1",
         {.momentum = 0.7, .nesterov = true, .decay = 0.1}},
        {", momentum: 0.5, rate: {schedule: cosine, over: 90, counts: gradients}",
         {.momentum = 0.5, .over = 90}},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        for (int clusters = 1; clusters <= 2; clusters++) {
            struct trained trained = rules[i].rule;
            struct runlog log;
            start(&trained.plain);
            for (int64_t round = 0; round < 5; round++) {
                trained.n = round * 6 * WORKERS; // what all have done is in the model of all
                for (int step = 1; step <= 6; step++) {
                    trained_step(&trained);
                    for (size_t c = 0; clusters == 2 && step % 2 == 0 && step < 6 && c < 2; c++) {
                        trained_average(&trained, 2 * c, 2);
                    }
                }
                trained_average(&trained, 0, WORKERS);
            }
            run_training(rules[i].text,
                         clusters == 1
                             ? "{name: k_avg, steps: 6}"
                             : "{name: hier_avg, steps: 6, cluster_steps: 2, cluster_size: 2}",
                         3, "5 updates", &log);
            expect_parameters(&log, trained.plain.x[0]);
            expect_spreads(&log, &trained);
            runlog_reset(&log);
        }
    }
}

// What the pseudo-code of HPSGD keeps.
struct windows {
    struct plain plain;
    double snapshot[DIMENSION];      // B
    double sums[WORKERS][DIMENSION]; // Gsum
    double reduced[DIMENSION];       // Gred, summed over the workers
    bool init, sent;
    int64_t sent_at_ms;
    int merges;
};

// A gradient of every worker, and the barrier behind it, at now_ms.
static void pass_barrier(struct windows *w, int64_t now_ms, int64_t all_reduce_ms) {
    double g[WORKERS][DIMENSION];
    gradients(&w->plain, g);
    bool running = w->sent && w->sent_at_ms + all_reduce_ms > now_ms;
    bool local = w->init || running;
    if (local && w->init) {
        memcpy(w->snapshot, w->plain.x[0], sizeof w->snapshot);
        w->init = false;
    }
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            w->sums[i][j] += g[i][j];
            if (local || !w->sent) {
                w->plain.x[i][j] -= eta * g[i][j];
            } else {
                w->plain.x[i][j] = w->snapshot[j] - eta * w->reduced[j] / WORKERS;
            }
        }
    }
    if (local) {
        return;
    }
    w->init = w->sent;
    w->merges += w->sent;
    w->sent = true;
    w->sent_at_ms = now_ms;
    memset(w->reduced, 0, sizeof w->reduced);
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            w->reduced[j] += w->sums[i][j];
            w->sums[i][j] = 0;
        }
    }
}

static void start_windows(struct windows *w) {
    *w = (struct windows){.init = true};
    start(&w->plain);
}

// With an all-reduce of six latencies: none, within a gradient's time, of two and of five of them.
static void local__hpsgd__is_its_pseudo_code(void **state) {
    (void)state;
    static const int latencies_ms[] = {0, 5, 29, 91};
    for (size_t i = 0; i < sizeof latencies_ms / sizeof latencies_ms[0]; i++) {
        struct windows windows;
        struct runlog log;
        start_windows(&windows);
        int64_t now_ms = 0;
        while (windows.merges < 6) {
            now_ms += 100;
            pass_barrier(&windows, now_ms, 6 * latencies_ms[i]);
        }
        run("{name: hpsgd}", latencies_ms[i], "6 updates", &log);
        expect_parameters(&log, windows.plain.x[0]);
        assert_true(log.ending.end_ns == now_ms * 1000000);
        runlog_reset(&log);
    }
}

// B_r = B_{r-1} - eta/N (the sum over window r, at replicas that come from B_{r-2}): each gradient
// is in one window, and each window in one version, stale by one but for the first.
static void local__hpsgd__applies_each_window_once_and_one_window_late(void **state) {
    (void)state;
    struct runlog log;
    run("{name: hpsgd}", 29, "20 s", &log);
    assert_true(log.update_count > 40 && log.reduction_count == log.update_count + 1);
    int64_t next[WORKERS] = {0};
    for (size_t r = 0; r < rows(log.update_count); r++) {
        assert_true(log.updates[r].gradients == WORKERS * log.reductions[r].steps);
        assert_true(log.reductions[r].number == (int64_t)r);
    }
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        const struct gradient_row *row = &log.gradients[i];
        if (row->outcome != OUTCOME_APPLIED) {
            continue;
        }
        assert_true(row->number == next[row->worker]++); // none is left out, none comes twice
        assert_true(row->staleness == (row->version_applied == 0 ? 0 : 1));
    }
    for (size_t i = 0; i < WORKERS; i++) {
        int64_t in_windows = 0;
        for (size_t r = 0; r < rows(log.update_count); r++) {
            in_windows += log.reductions[r].steps;
        }
        assert_true(next[i] == in_windows);
    }
    runlog_reset(&log);
}

// CoCoD-SGD and Overlap-Local-SGD with K = 3: the average z of one round enters at the next one's
// end; the first z is the initial model.
static void overlap(struct plain *plain, int rounds, bool pulls, double alpha) {
    double anchors[WORKERS][DIMENSION];
    double given[WORKERS][DIMENSION];
    double z[DIMENSION];
    memcpy(anchors, plain->x, sizeof anchors);
    memcpy(z, plain->x[0], sizeof z);
    for (int round = 0; round < rounds; round++) {
        for (int k = 0; k < 3; k++) {
            step(plain);
        }
        for (size_t i = 0; i < WORKERS; i++) {
            for (size_t j = 0; j < DIMENSION; j++) {
                double x = plain->x[i][j];
                plain->x[i][j] = pulls ? (1 - alpha) * x + alpha * z[j] : z[j] + x - anchors[i][j];
            }
        }
        memcpy(anchors, plain->x, sizeof anchors);
        memcpy(given, plain->x, sizeof given);
        mean_of(given, 0, WORKERS, z);
    }
}

// The average of the ninth round is there 60 ms after its end, before the next gradient: the run
// ends with nine versions and the models as they were given.
static void local__overlapping_averages__are_their_pseudo_code(void **state) {
    (void)state;
    for (int pulls = 0; pulls < 2; pulls++) {
        struct plain plain;
        struct runlog log;
        double mean[DIMENSION];
        start(&plain);
        overlap(&plain, 9, pulls, 0.6);
        mean_of(plain.x, 0, WORKERS, mean);
        run(pulls ? "{name: overlap_local_sgd, steps: 3, alpha: 0.6}" : "{name: cocod, steps: 3}",
            10, "9 updates", &log);
        expect_parameters(&log, mean);
        assert_true(log.ending.end_ns == INT64_C(2760000000));
        runlog_reset(&log);
    }
}

// u = alpha (x - c); c += u; x -= u, in worker order.
static void exchange(struct plain *plain, double c[DIMENSION]) {
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < DIMENSION; j++) {
            double u = 0.2 * (plain->x[i][j] - c[j]);
            c[j] += u;
            plain->x[i][j] -= u;
        }
    }
}

// EASGD with K = 3 up to the exchanges of round 8, the models as they are before these.
static void elastic(struct plain *plain, bool before) {
    double c[DIMENSION];
    memcpy(c, plain->x[0], sizeof c);
    for (int64_t n = 0; n < 24 + before; n++) {
        double g[WORKERS][DIMENSION];
        gradients(plain, g);
        if (before && n > 0 && n % 3 == 0) {
            if (n == 24) {
                return; // this gradient's step comes behind the pull
            }
            exchange(plain, c);
        }
        for (size_t i = 0; i < WORKERS; i++) {
            for (size_t j = 0; j < DIMENSION; j++) {
                plain->x[i][j] -= eta * g[i][j];
            }
        }
        if (!before && n % 3 == 2 && n < 23) {
            exchange(plain, c);
        }
    }
}

// All models arrive at once, are served in worker order, and the run ends with the last of them.
static void local__easgd__is_its_pseudo_code(void **state) {
    (void)state;
    for (int before = 0; before < 2; before++) {
        struct plain plain;
        struct runlog log;
        double mean[DIMENSION];
        char policy[100];
        start(&plain);
        elastic(&plain, before);
        mean_of(plain.x, 0, WORKERS, mean);
        snprintf(policy, sizeof policy, "{name: easgd, steps: 3, alpha: 0.2, gradient: %s}",
                 before ? "before" : "after");
        run(policy, 3, "32 updates", &log);
        expect_parameters(&log, mean);
        runlog_reset(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local__k_avg__is_its_pseudo_code),
        cmocka_unit_test(local__hier_avg__is_its_pseudo_code),
        cmocka_unit_test(local__momentum_decay_and_rate__are_their_pseudo_code),
        cmocka_unit_test(local__hpsgd__is_its_pseudo_code),
        cmocka_unit_test(local__hpsgd__applies_each_window_once_and_one_window_late),
        cmocka_unit_test(local__overlapping_averages__are_their_pseudo_code),
        cmocka_unit_test(local__easgd__is_its_pseudo_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
