// SPDX-License-Identifier: GPL-3.0-or-later
// Common random numbers: what is drawn for a gradient is keyed by (seed, worker, number), so
// another worker or another policy shifts nobody's spans and minibatches. That is what makes
// comparisons sharp.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <string.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

// Every span by chance; the whole training set for everyone; 12 delayed workers.
static void run(int workers, const char *policy, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(
        &scenario,
        "seed: 21\nmodel: mnist_ray\nend: 300 gradients\nties: random\n"
        "data: {shards: whole}\ntraining: {batch: 6, learning_rate: 0.002}\n"
        "policy: %s\n"
        "cluster:\n  workers: %d\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
        "  delay: {law: normal, std: 100 ms, workers: 12}\n"
        "  network: {latency: {law: exponential, mean: 2 ms}}\n"
        "  server:\n    receive: {law: uniform, min: 1 ms, max: 2 ms}\n"
        "    reply: {law: uniform, min: 0 ms, max: 1 ms}\n"
        "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n"
        "log: {samples: true}\n",
        policy, workers);
    small_cluster_run(&scenario, log);
    assert_int_equal(log->header.sample_columns, 6);
}

static const struct gradient_row *find(const struct runlog *log, int32_t worker, int64_t number,
                                       size_t *index) {
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        if (log->gradients[i].worker == worker && log->gradients[i].number == number) {
            *index = i;
            return &log->gradients[i];
        }
    }
    return NULL;
}

static bool equal_draws(const struct gradient_row *a, const struct gradient_row *b) {
    return a->compute_ns == b->compute_ns && a->delay_ns == b->delay_ns &&
           a->push_ns == b->push_ns && a->receive_ns == b->receive_ns &&
           a->reply_ns == b->reply_ns && a->reply_travel_ns == b->reply_travel_ns &&
           a->tie == b->tie;
}

// Compares every gradient that both runs have, by worker and number.
static void expect_equal_draws(const struct runlog *a, const struct runlog *b) {
    size_t compared = 0;
    for (size_t i = 0; i < rows(a->gradient_count); i++) {
        size_t j = 0;
        const struct gradient_row *row = &a->gradients[i];
        const struct gradient_row *other = find(b, row->worker, row->number, &j);
        if (other == NULL) {
            continue;
        }
        compared++;
        if (!equal_draws(row, other) ||
            memcmp(&a->samples[6 * i], &b->samples[6 * j], 6 * sizeof(int32_t)) != 0) {
            fail_msg("gradient %" PRId64 " of worker %" PRId32 " has other spans or samples",
                     row->number, row->worker);
        }
    }
    assert_true(compared >= 250);
}

// "What would one more worker bring?" would compare two clusters of other workers.
static void draws__a_26th_worker__shifts_nobody_else(void **state) {
    (void)state;
    static const char *const policies[] = {
        "{name: async}", "{name: sync}",
        "{name: hybrid, threshold: {schedule: step, every: 20}, pushed_worker: continues}"};
    for (size_t i = 0; i < 3; i++) {
        struct runlog smaller;
        struct runlog larger;
        run(25, policies[i], &smaller);
        run(26, policies[i], &larger);
        expect_equal_draws(&smaller, &larger);
        runlog_reset(&smaller);
        runlog_reset(&larger);
    }
}

// Worker 3's 11th gradient has the same minibatch and the same delay under every policy.
static void draws__another_policy__shifts_nobody(void **state) {
    (void)state;
    struct runlog async;
    struct runlog hybrid;
    run(25, "{name: async}", &async);
    run(25, "{name: hybrid, threshold: {schedule: step, every: 20}, combine: mean}", &hybrid);
    expect_equal_draws(&async, &hybrid);
    runlog_reset(&async);
    runlog_reset(&hybrid);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws__a_26th_worker__shifts_nobody_else),
        cmocka_unit_test(draws__another_policy__shifts_nobody),
    };
    return cmocka_run_group_tests_name("adding_a_worker_shifts_nobody", tests, NULL, NULL);
}
