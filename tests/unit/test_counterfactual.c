// SPDX-License-Identifier: GPL-3.0-or-later
// counterfactual, counterfactual_run, scenario_counterfactual, scenario_value_timeline: the order
// and the times of a recorded run with other arithmetic, held against runs that have that
// arithmetic anyway, and against descent written out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/counterfactual_run.h"
#include "sim/run/verify.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_counterfactual.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_value_timeline.h"
#include "sim/simulation/counterfactual.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

#define HYBRID "{name: hybrid, threshold: {schedule: step, every: 12}}"
#define CLUSTER                                                                                    \
    "compute: {law: uniform, min: 80 ms, max: 120 ms}, delay: {law: normal, std: 60 ms}, "         \
    "server: {receive: 5 ms, update: 2 ms, reply: 1 ms}"

// Everything that an optimizer may remember, so that a step too many would show.
static void parse(struct scenario *scenario, const char *policy, int32_t workers) {
    small_cluster_parse(scenario,
                        "seed: 23\nmodel: softmax\ndata: {name: random, samples: 600}\nend: 60 "
                        "gradients\npolicy: %s\ntraining: {batch: 4, learning_rate: 0.05, "
                        "momentum: 0.5, weight_decay: 0.01, rate: {schedule: step, every: 7, "
                        "factor: 0.8, counts: updates}}\ncluster: {workers: %" PRId32 ", " CLUSTER
                        "}\nevaluation: {every: 500 ms, test_samples: 50, "
                        "train_samples: 20}\n",
                        policy, workers);
}

static enum status run_counterfactual(const struct scenario *scenario, const struct runlog *source,
                                      const struct run_options *wanted, struct runlog *log,
                                      struct error *error) {
    struct scenario other = *scenario;
    struct run_options options = wanted == NULL ? (struct run_options){.threads = 1} : *wanted;
    struct run_sink sink = runlog_memory_sink(log);
    struct run_outcome outcome;
    const struct counterfactual_source timeline = {.name = "timeline.h5", .log = source};
    *log = (struct runlog){0};
    *error = (struct error){.message = ""};
    options.sinks = &sink;
    options.sink_count = 1;
    return counterfactual_run(&timeline, &other, &options, &outcome, error);
}

static void expect_runs(struct scenario *scenario, const struct runlog *source,
                        enum counterfactual_reads reads, enum counterfactual_steps steps,
                        struct runlog *log) {
    struct error error;
    scenario->counterfactual.reads = reads;
    scenario->counterfactual.steps = steps;
    if (run_counterfactual(scenario, source, NULL, log, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(log->ending.timeline_fingerprint, source->ending.timeline_fingerprint);
}

// K grows as the loss falls, which it does at another pace where the gradients are fresh.
static void parse_loss_driven(struct scenario *scenario) {
    small_cluster_parse(
        scenario,
        "end: 80 gradients\nmodel: {name: quadratic, dimension: 3, noise: 0.01}\n"
        "training: {learning_rate: 0.02}\npolicy: {name: k_async, threshold: "
        "{schedule: adasync, every: 300 ms, start: 1}}\ncluster: {workers: 5, " CLUSTER "}\n");
}

// All rows, evaluations and parameters are those of the source.
static void expect_same_run(const char *policy, int32_t workers, enum counterfactual_reads reads,
                            enum counterfactual_steps steps) {
    struct scenario scenario;
    struct runlog source;
    struct runlog log;
    parse(&scenario, policy, workers);
    small_cluster_run(&scenario, &source);
    expect_runs(&scenario, &source, reads, steps, &log);
    small_cluster_expect_equal(&source, &log, policy);
    runlog_reset(&source);
    runlog_reset(&log);
}

// Otherwise a counterfactual run would differ for other reasons than the one that it is about.
static void counterfactual__that_changes_nothing__is_the_run(void **state) {
    static const char *const policies[] = {HYBRID,
                                           "{name: async}",
                                           "{name: sync}",
                                           "{name: k_sync, threshold: 3}",
                                           "{name: k_batch_async, threshold: 3, combine: mean}",
                                           "{name: dc_asgd, lambda: 0.5}",
                                           "{name: gap_aware}",
                                           "{name: ssp, slack: 2}"};
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        expect_same_run(policies[i], 5, COUNTERFACTUAL_READS_RECORDED,
                        COUNTERFACTUAL_STEPS_RECORDED);
    }
}

// Nobody reads an old version there: otherwise "fresh" would change more than who reads what.
static void counterfactual__fresh_under_sync__is_sync(void **state) {
    (void)state;
    expect_same_run("{name: sync}", 5, COUNTERFACTUAL_READS_FRESH, COUNTERFACTUAL_STEPS_RECORDED);
    expect_same_run("{name: sync, combine: mean}", 5, COUNTERFACTUAL_READS_FRESH,
                    COUNTERFACTUAL_STEPS_RECORDED);
}

// Each gradient is an update there: otherwise "single" would change more than how many are applied.
static void counterfactual__single_under_async__is_async(void **state) {
    static const char *const policies[] = {"{name: async}", "{name: dc_asgd, lambda: 0.5}",
                                           "{name: gap_aware}", "{name: ssp, slack: 2}"};
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        expect_same_run(policies[i], 5, COUNTERFACTUAL_READS_RECORDED, COUNTERFACTUAL_STEPS_SINGLE);
    }
}

// A worker alone is sequential descent, of which both leave nothing to change.
static void counterfactual__fresh_and_single_of_one_worker__is_its_run(void **state) {
    static const char *const policies[] = {HYBRID, "{name: async}", "{name: sync}",
                                           "{name: dc_asgd, lambda: 0.5}", "{name: ssp, slack: 2}"};
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        expect_same_run(policies[i], 1, COUNTERFACTUAL_READS_FRESH, COUNTERFACTUAL_STEPS_SINGLE);
    }
}

// Without noise the gradient of the quadratic 1/2 h |w|^2 at w is h w, so that a gradient that is
// computed at the parameters after j - 1 others, each with a step of its own, leaves w (1 - eta
// h)^j; and of a flush of m fresh ones together, w (1 - eta h m).
static void counterfactual__fresh__descends_as_written_out(void **state) {
    struct scenario scenario;
    struct runlog source;
    struct runlog log;
    (void)state;
    small_cluster_parse(&scenario, "end: 40 gradients\nmodel: {name: quadratic, dimension: 3, "
                                   "curvature: 2, noise: 0}\ntraining: {learning_rate: 0.01}\n"
                                   "policy: " HYBRID "\ncluster: {workers: 5, " CLUSTER "}\n");
    small_cluster_run(&scenario, &source);
    double together = 1;
    double singly = 1;
    for (size_t i = 0; i < rows(source.update_count); i++) {
        together *= 1 - 0.02 * (double)source.updates[i].gradients;
        for (int64_t j = 0; j < source.updates[i].gradients; j++) {
            singly *= 1 - 0.02;
        }
    }
    for (int steps = 0; steps < COUNTERFACTUAL_STEPS_COUNT; steps++) {
        expect_runs(&scenario, &source, COUNTERFACTUAL_READS_FRESH,
                    (enum counterfactual_steps)steps, &log);
        double factor = steps == COUNTERFACTUAL_STEPS_SINGLE ? singly : together;
        for (size_t i = 0; i < 3; i++) {
            double expected = factor * (double)log.header.initial[i];
            double error = (double)log.ending.final[i] - expected;
            assert_true(error * error <= 1e-10 * expected * expected);
        }
        for (size_t i = 0; steps == 0 && i < rows(log.gradient_count); i++) {
            assert_true(!(log.gradients[i].distance > 0));
        }
        runlog_reset(&log);
    }
    runlog_reset(&source);
}

// K that follows the loss is the recorded one: otherwise the updates would have other sizes, and
// the counterfactual another order.
static void counterfactual__of_a_threshold_that_follows_the_loss__keeps_k(void **state) {
    struct scenario scenario;
    struct runlog source;
    struct runlog log;
    int64_t greatest = 0;
    (void)state;
    parse_loss_driven(&scenario);
    small_cluster_run(&scenario, &source);
    expect_runs(&scenario, &source, COUNTERFACTUAL_READS_FRESH, COUNTERFACTUAL_STEPS_SINGLE, &log);
    for (size_t i = 0; i < rows(source.update_count); i++) {
        assert_int_equal(log.updates[i].threshold, source.updates[i].threshold);
        greatest = source.updates[i].threshold > greatest ? source.updates[i].threshold : greatest;
    }
    assert_true(greatest > 1 &&
                log.ending.parameter_fingerprint != source.ending.parameter_fingerprint);
    runlog_reset(&source);
    runlog_reset(&log);
}

// The log is enough to repeat the run: it has the order, and says whose; and the number of threads
// changes no bit.
static void counterfactual__log__replays_and_verifies_from_itself(void **state) {
    struct scenario scenario;
    struct runlog source;
    struct runlog log[2];
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    char named[64];
    scratch_path(state, "fresh.h5", path);
    parse(&scenario, HYBRID, 5);
    small_cluster_run(&scenario, &source);
    scenario.counterfactual.reads = COUNTERFACTUAL_READS_FRESH;
    for (int i = 0; i < 2; i++) {
        const struct run_options options = {.threads = 1 + 2 * i, .output = i == 0 ? path : NULL};
        assert_int_equal(run_counterfactual(&scenario, &source, &options, &log[i], &error),
                         STATUS_OK);
    }
    small_cluster_expect_equal(&log[0], &log[1], "three threads");
    snprintf(named, sizeof named, "counterfactual:\n  timeline: %016" PRIx64 "\n  reads: fresh\n",
             source.ending.timeline_fingerprint);
    assert_non_null(strstr(log[0].header.scenario, named));
    struct verify_verdict verdict;
    verify_log(path, &(struct run_options){.threads = 2}, &verdict);
    if (verdict.status != STATUS_OK) {
        fail_msg("%s", verdict.reason);
    }
    runlog_reset(&source);
    runlog_reset(&log[0]);
    runlog_reset(&log[1]);
}

// A run that is stopped and goes on from its checkpoint is the run that was not.
static void counterfactual__interrupted__goes_on_to_the_same_log(void **state) {
    struct scenario scenario;
    struct runlog source;
    struct runlog whole;
    struct runlog log;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "resumed.h5", path);
    parse_loss_driven(&scenario);
    small_cluster_run(&scenario, &source);
    expect_runs(&scenario, &source, COUNTERFACTUAL_READS_FRESH, COUNTERFACTUAL_STEPS_SINGLE,
                &whole);
    volatile sig_atomic_t now = 0;
    struct interruption interruption = {.events_left = 150};
    struct run_sink stop = small_cluster_interruption(&interruption);
    const struct counterfactual_source timeline = {.name = "timeline.h5", .log = &source};
    struct run_options options = {.threads = 1,
                                  .output = path,
                                  .sinks = &stop,
                                  .sink_count = 1,
                                  .interrupted = &interruption.flag,
                                  .checkpoints = true};
    struct run_outcome outcome;
    struct scenario other = scenario;
    assert_int_equal(counterfactual_run(&timeline, &other, &options, &outcome, &error),
                     STATUS_INTERRUPTED);
    options.interrupted = &now;
    options.sink_count = 0;
    options.resume = true;
    assert_int_equal(counterfactual_run(&timeline, &other, &options, &outcome, &error), STATUS_OK);
    struct provenance provenance;
    assert_int_equal(runlog_read(path, &log, &provenance, &error), STATUS_OK);
    small_cluster_expect_equal(&whole, &log, "continued");
    runlog_reset(&source);
    runlog_reset(&whole);
    runlog_reset(&log);
}

// The refusal says why; otherwise a run would be called counterfactual that has other times, too.
static void counterfactual__other_times_or_no_timeline__are_refused(void **state) {
    struct scenario scenario;
    struct runlog source;
    struct runlog log;
    struct error error;
    enum status status = STATUS_OK;
    (void)state;
    parse(&scenario, HYBRID, 5);
    small_cluster_run(&scenario, &source);
    scenario.counterfactual.reads = COUNTERFACTUAL_READS_FRESH;
    assert_true(scenario_is_counterfactual(&scenario));
    small_cluster_run_with(&scenario, NULL, &log, &status);
    assert_int_equal(status, STATUS_BAD_DATA);
    runlog_reset(&log);
    scenario.training.learning_rate = 0.01;
    scenario.training.policy.combine = COMBINE_MEAN;
    scenario.evaluation.every_ns = 0;
    scenario.seeds[SEEDS_WEIGHTS] = (struct seed_choice){.source = SEED_OWN, .value = 5};
    assert_int_equal(run_counterfactual(&scenario, &source, NULL, &log, &error), STATUS_OK);
    runlog_reset(&log);
    scenario.seed = 24;
    assert_int_equal(run_counterfactual(&scenario, &source, NULL, &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "there it is \"seed: 23\", here \"seed: 24\""));
    scenario.seed = 23;
    scenario.counterfactual.timeline = 1;
    assert_int_equal(run_counterfactual(&scenario, &source, NULL, &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "'counterfactual.timeline' says 0000000000000001"));
    scenario.counterfactual.timeline = 0;
    source.ending.status = RUN_DIVERGED;
    assert_int_equal(run_counterfactual(&scenario, &source, NULL, &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "did not come to its end (diverged)"));
    source.ending.status = RUN_COMPLETE;
    source.updates[3].threshold++;
    source.updates[3].time_ns++;
    assert_int_equal(run_counterfactual(&scenario, &source, NULL, &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "cannot be played again"));
    runlog_reset(&log);
    runlog_reset(&source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counterfactual__that_changes_nothing__is_the_run),
        cmocka_unit_test(counterfactual__fresh_under_sync__is_sync),
        cmocka_unit_test(counterfactual__single_under_async__is_async),
        cmocka_unit_test(counterfactual__fresh_and_single_of_one_worker__is_its_run),
        cmocka_unit_test(counterfactual__fresh__descends_as_written_out),
        cmocka_unit_test(counterfactual__of_a_threshold_that_follows_the_loss__keeps_k),
        cmocka_unit_test_setup_teardown(counterfactual__log__replays_and_verifies_from_itself,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(counterfactual__interrupted__goes_on_to_the_same_log,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(counterfactual__other_times_or_no_timeline__are_refused),
    };
    return cmocka_run_group_tests_name("counterfactual", tests, NULL, NULL);
}
