// SPDX-License-Identifier: GPL-3.0-or-later
// probe: applied gradients beside those of the newest parameters, held against what is known of a
// quadratic, and against the same run without probes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/verify.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/simulation/probe.h"
#include "sim/simulation/prober.h"
#include "tests/support/expect.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

#define CLUSTER                                                                                    \
    "cluster: {workers: 5, compute: {law: uniform, min: 80 ms, max: 120 ms}, delay: {law: "        \
    "normal, std: 60 ms}, server: {receive: 5 ms, update: 2 ms, reply: 1 ms}}\n"

static void parse(struct scenario *scenario, const char *policy, int64_t probes) {
    small_cluster_parse(scenario,
                        "seed: 23\nmodel: softmax\ndata: {name: random, samples: 600}\nend: 60 "
                        "gradients\npolicy: %s\ntraining: {batch: 4, learning_rate: 0.05, "
                        "momentum: 0.5}\nlog: {probes: %" PRId64 "}\n" CLUSTER
                        "evaluation: {every: 500 ms, test_samples: 50, train_samples: 20}\n",
                        policy, probes);
}

// Everything else that a log has must be as it was: a probe that drew, or moved a model, would
// show.
static void probes__of_a_run__change_nothing_else(void **state) {
    static const char *const policies[] = {"{name: hybrid, threshold: {schedule: step, every: 12}}",
                                           "{name: async}", "{name: sync, combine: mean}",
                                           "{name: dc_asgd, lambda: 0.5}"};
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct scenario scenario;
        struct runlog without;
        struct runlog with;
        parse(&scenario, policies[i], 0);
        small_cluster_run(&scenario, &without);
        assert_int_equal(without.probe_count, 0);
        parse(&scenario, policies[i], 7);
        small_cluster_run(&scenario, &with);
        assert_int_equal(with.probe_count, 60 / 7);
        assert_int_equal(with.ending.timeline_fingerprint, without.ending.timeline_fingerprint);
        assert_int_equal(with.ending.parameter_fingerprint, without.ending.parameter_fingerprint);
        runlog_reset(&without);
        runlog_reset(&with);
    }
}

// Of 1/2 h |w|^2 the gradient is h w: the one that was read at v differs from the newest by h |w -
// v|, which the row of the gradient knows as its distance; and the loss before, |h w|^2 / (2 h), is
// that of the newest gradient. So is the loss after, of the parameters that an async update leads
// to.
static void probes__of_a_quadratic__are_as_written_out(void **state) {
    struct scenario scenario;
    struct runlog log;
    const double h = 2;
    (void)state;
    small_cluster_parse(&scenario, "end: 40 gradients\nmodel: {name: quadratic, dimension: 3, "
                                   "curvature: 2, noise: 0}\ntraining: {learning_rate: 0.01}\n"
                                   "policy: {name: async}\nlog: {probes: 1}\n" CLUSTER);
    small_cluster_run(&scenario, &log);
    assert_int_equal(log.probe_count, log.update_count);
    size_t stale = 0;
    for (size_t i = 0; i < rows(log.probe_count); i++) {
        const struct probe_row *probe = &log.probes[i];
        const struct gradient_row *gradient = &log.gradients[probe->gradient];
        assert_int_equal(probe->version, (int64_t)i + 1);
        assert_int_equal(gradient->version_applied, probe->version - 1);
        expect_relative(probe->loss_before, probe->newest_norm * probe->newest_norm / (2 * h),
                        1e-6);
        expect_relative(gradient->loss, probe->norm * probe->norm / (2 * h), 1e-6);
        if (gradient->staleness > 0) {
            expect_relative(probe->difference, h * gradient->distance, 1e-5);
            expect_relative(probe->cosine, 1, 1e-6);
            stale++;
        } else {
            assert_true(!(probe->difference > 0));
        }
        if (i + 1 < log.probe_count) {
            expect_relative(probe->loss_after, log.probes[i + 1].loss_before, 1e-12);
        }
    }
    assert_true(stale > 0);
    runlog_reset(&log);
}

// Threads, a file and a replay from it change no bit of them; and a log whose probe was changed is
// found out.
static void probes__in_a_log__replay_with_any_threads(void **state) {
    struct scenario scenario;
    struct runlog log;
    struct runlog read;
    struct provenance provenance;
    struct error error;
    struct verify_verdict verdict;
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "probes.h5", path);
    parse(&scenario, "{name: hybrid, threshold: {schedule: step, every: 12}}", 4);
    small_cluster_run_with(&scenario, &(struct small_cluster_options){.output = path, .threads = 3},
                           &log, NULL);
    assert_int_equal(log.probe_count, 60 / 4);
    assert_int_equal(runlog_read(path, &read, &provenance, &error), STATUS_OK);
    small_cluster_expect_equal(&log, &read, "read back");
    assert_int_equal(read.probe_count, log.probe_count);
    verify_log(path, &(struct run_options){.threads = 1}, &verdict);
    if (verdict.status != STATUS_OK) {
        fail_msg("%s", verdict.reason);
    }
    runlog_reset(&log);
    runlog_reset(&read);
}

// A run that is stopped and goes on has all of them, those of before from its journal.
static void probes__of_a_run_that_goes_on__are_those_of_the_whole(void **state) {
    struct scenario scenario;
    struct runlog whole;
    struct runlog log;
    struct provenance provenance;
    struct error error = {.message = ""};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "resumed.h5", path);
    parse(&scenario, "{name: hybrid, threshold: {schedule: step, every: 12}}", 3);
    small_cluster_run(&scenario, &whole);
    struct interruption interruption = {.events_left = 150};
    struct run_sink stop = small_cluster_interruption(&interruption);
    struct run_options options = {.threads = 1,
                                  .output = path,
                                  .sinks = &stop,
                                  .sink_count = 1,
                                  .interrupted = &interruption.flag,
                                  .checkpoints = true};
    struct run_outcome outcome;
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_INTERRUPTED);
    options.sink_count = 0;
    options.interrupted = NULL;
    options.resume = true;
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
    assert_int_equal(runlog_read(path, &log, &provenance, &error), STATUS_OK);
    small_cluster_expect_equal(&whole, &log, "continued");
    assert_true(log.probe_count > 0 && log.probe_count == whole.probe_count);
    runlog_reset(&whole);
    runlog_reset(&log);
}

// A run without probes, or without gradients, pays nothing for them.
static void prober__without_probes_or_parameters__takes_no_memory(void **state) {
    (void)state;
    static const int64_t cases[3][2] = {{0, 10}, {5, 0}, {5, 10}}; // every, parameters
    for (size_t i = 0; i < 3; i++) {
        struct prober prober;
        prober_init(&prober, cases[i][0], (size_t)cases[i][1]);
        assert_int_equal(prober.applied != NULL, i == 2);
        assert_int_equal(prober.every, cases[i][0]);
        prober_reset(&prober);
        assert_null(prober.applied);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prober__without_probes_or_parameters__takes_no_memory),
        cmocka_unit_test(probes__of_a_run__change_nothing_else),
        cmocka_unit_test(probes__of_a_quadratic__are_as_written_out),
        cmocka_unit_test_setup_teardown(probes__in_a_log__replay_with_any_threads, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(probes__of_a_run_that_goes_on__are_those_of_the_whole,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
