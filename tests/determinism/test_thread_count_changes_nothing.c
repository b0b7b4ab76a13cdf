// SPDX-License-Identifier: GPL-3.0-or-later
// One scenario, real gradients: any number of threads, any listeners, any log: one timeline, one
// set of parameters, to the bit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "sim/runlog/runlog_reader.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

// Many workers, a buffer that fills up to K, evaluations at awkward times and others that find
// nothing new, and a queue at the server.
static void parse(struct scenario *scenario, const char *model, const char *log_keys) {
    small_cluster_parse(scenario,
                        "seed: 13\nmodel: %s\nend: 60 gradients\n"
                        "training: {batch: 5, learning_rate: 0.01}\n"
                        "policy: {name: hybrid, threshold: {schedule: step, every: 9, start: 1}}\n"
                        "cluster:\n  workers: 12\n"
                        "  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
                        "  delay: {law: normal, std: 60 ms}\n"
                        "  server: {receive: 3 ms, update: 2 ms, reply: 1 ms}\n"
                        "evaluation: {every: 11 ms, test_samples: 70, train_samples: 40}\n"
                        "log: %s\n",
                        model, log_keys);
}

static void expect_equal_runs(const struct scenario *scenario, const char *name) {
    static const int32_t threads[] = {1, 2, 3, 25};
    struct runlog first;
    struct simulation_result expected = small_cluster_run(scenario, &first);
    assert_true(expected.timeline_fingerprint != 0 && expected.parameter_fingerprint != 0);
    assert_true(first.evaluation_count > 20 && first.update_count > 10);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        struct runlog other;
        char what[64];
        struct small_cluster_options options = {.threads = threads[i]};
        struct simulation_result result = small_cluster_run_with(scenario, &options, &other, NULL);
        snprintf(what, sizeof what, "%s with %d threads", name, (int)threads[i]);
        small_cluster_expect_equal(&first, &other, what);
        assert_true(result.timeline_fingerprint == expected.timeline_fingerprint);
        assert_true(result.parameter_fingerprint == expected.parameter_fingerprint);
        runlog_reset(&other);
    }
    runlog_reset(&first);
}

static void expect_equal_for_any_threads(const char *model) {
    struct scenario scenario;
    parse(&scenario, model, "{events: true, samples: true}");
    expect_equal_runs(&scenario, model);
}

// Every policy without a server, on real gradients: threads change when a gradient is computed, not
// which model it is taken at, nor the order of any average.
static void threads__of_local_models__change_nothing(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct scenario scenario;
        struct runlog logs[2];
        if (policy_table[policy].averaging.family == AVERAGING_FAMILY_NONE) {
            continue;
        }
        small_cluster_parse(&scenario,
                            "seed: 13\nmodel: mnist_ray\nend: 60 gradients\n"
                            "policy: {name: %s, steps: 4, cluster_steps: 2, cluster_size: 3}\n"
                            "training: {batch: 5, learning_rate: 0.01}\n"
                            "cluster:\n  workers: 6\n  delay: {law: normal, std: 60 ms}\n"
                            "  network: {latency: 20 ms}\n"
                            "evaluation: {every: 70 ms, test_samples: 70, train_samples: 40}\n",
                            policy_table[policy].name);
        for (int i = 0; i < 2; i++) {
            struct small_cluster_options options = {.threads = i == 0 ? 1 : 4};
            small_cluster_run_with(&scenario, &options, &logs[i], NULL);
        }
        small_cluster_expect_equal(&logs[0], &logs[1], policy_table[policy].name);
        assert_true(logs[0].ending.parameter_fingerprint == logs[1].ending.parameter_fingerprint);
        assert_true(logs[0].update_count >= 2);
        runlog_reset(&logs[0]);
        runlog_reset(&logs[1]);
    }
}

// The pool decides when a gradient is computed, never what it is or where it goes.
static void threads__of_mnist_ray__change_nothing(void **state) {
    (void)state;
    expect_equal_for_any_threads("mnist_ray");
}

// The same for a net whose gradients take longer than the events between them.
static void threads__of_mnist_lenet__change_nothing(void **state) {
    (void)state;
    expect_equal_for_any_threads("mnist_lenet");
}

// Another seed must change both fingerprints, or they would say nothing.
static void fingerprints__of_another_seed__are_others(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog first;
    struct runlog other;
    parse(&scenario, "mnist_ray", "{events: true}");
    struct simulation_result a = small_cluster_run(&scenario, &first);
    scenario.seed++;
    struct simulation_result b = small_cluster_run(&scenario, &other);
    assert_true(a.timeline_fingerprint != b.timeline_fingerprint);
    assert_true(a.parameter_fingerprint != b.parameter_fingerprint);
    runlog_reset(&first);
    runlog_reset(&other);
}

// Who watches a run must not change it: with or without a file, rows of events and samples, sinks.
static void logging__on_or_off__changes_no_fingerprint(void **state) {
    struct scenario scenario;
    struct runlog log;
    struct runlog kept;
    char path[SCRATCH_PATH_SIZE];
    parse(&scenario, "mnist_ray", "{events: true, samples: true}");
    struct small_cluster_options options = {.threads = 2,
                                            .output = scratch_path(state, "a.h5", path)};
    struct simulation_result expected = small_cluster_run_with(&scenario, &options, &log, NULL);
    struct error error;
    kept = (struct runlog){0};
    assert_int_equal(runlog_read(path, &kept, NULL, &error), STATUS_OK);
    small_cluster_expect_equal(&log, &kept, "the log in memory and the file");
    runlog_reset(&kept);
    runlog_reset(&log);

    parse(&scenario, "mnist_ray", "{events: false}");
    struct simulation_result silent = small_cluster_run(&scenario, &log);
    assert_int_equal(log.event_count, 0);
    runlog_reset(&log);
    struct run_options nobody = {.threads = 1};
    struct run_outcome outcome;
    assert_int_equal(run_scenario(&scenario, &nobody, &outcome, &error), STATUS_OK);
    assert_true(silent.timeline_fingerprint == expected.timeline_fingerprint);
    assert_true(silent.parameter_fingerprint == expected.parameter_fingerprint);
    assert_true(outcome.result.timeline_fingerprint == expected.timeline_fingerprint);
    assert_true(outcome.result.parameter_fingerprint == expected.parameter_fingerprint);
    assert_true(outcome.result.events == expected.events);
}

// A gradient without arithmetic takes the same time: "model: none" has the timeline of a net whose
// messages are as long.
static void timing_only__with_equal_messages__has_the_same_timeline(void **state) {
    (void)state;
    static const char *const format =
        "seed: 13\nmodel: %s\nend: 90 gradients\npolicy: {name: async}\n"
        "cluster:\n  workers: 5\n  network: {latency: 1 ms, bandwidth: 50 Mbit/s%s}\n";
    struct scenario scenario;
    struct runlog computed;
    struct runlog timed;
    small_cluster_parse(&scenario, format, "mnist_ray", "");
    struct simulation_result a = small_cluster_run(&scenario, &computed);
    small_cluster_parse(&scenario, format, "none", ", message: 7840 B"); // 1,960 parameters
    struct simulation_result b = small_cluster_run(&scenario, &timed);
    assert_true(a.timeline_fingerprint == b.timeline_fingerprint);
    assert_true(computed.gradients[0].push_ns == 1000000 + 1254400); // 62,720 bits
    runlog_reset(&computed);
    runlog_reset(&timed);
}

// Velocities and mean squares move in the order of the updates, not in that of the pool.
static void threads__of_runs_with_a_memory__change_nothing(void **state) {
    (void)state;
    static const char *const policies[] = {"dc_asgd, adaptive: true", "gap_aware"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        small_cluster_parse(&scenario,
                            "seed: 13\nmodel: mnist_ray\nend: 60 gradients\n"
                            "training: {batch: 5, momentum: 0.8, momentum_at: %s}\n"
                            "policy: {name: %s}\n"
                            "cluster:\n  workers: 12\n"
                            "  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
                            "evaluation: {every: 11 ms, test_samples: 70, train_samples: 40}\n",
                            momentum_place_names[i], policies[i]);
        expect_equal_runs(&scenario, policies[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads__of_local_models__change_nothing),
        cmocka_unit_test(threads__of_mnist_ray__change_nothing),
        cmocka_unit_test(threads__of_mnist_lenet__change_nothing),
        cmocka_unit_test(threads__of_runs_with_a_memory__change_nothing),
        cmocka_unit_test(fingerprints__of_another_seed__are_others),
        cmocka_unit_test_setup_teardown(logging__on_or_off__changes_no_fingerprint, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(timing_only__with_equal_messages__has_the_same_timeline),
    };
    return cmocka_run_group_tests_name("thread_count_changes_nothing", tests, NULL, NULL);
}
