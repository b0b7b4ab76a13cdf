// SPDX-License-Identifier: GPL-3.0-or-later
// simulation: how runs begin and end. (What happens in between: tests/trace, tests/property.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/run/data_folder.h"
#include "sim/run/run_inputs.h"
#include "sim/run/run_phases.h"
#include "sim/simulation/simulation.h"
#include "sim/simulation/simulation_state.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

#define MS INT64_C(1000000)

// One worker, whose updates end at 115 ms, 230 ms, ...
static const char *const alone =
    "policy: {name: async}\n"
    "cluster: {workers: 1, compute: 100 ms, server: {receive: 10 ms, update: 5 ms}}\n";

static void run(const char *head, const char *tail, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s%s", head, tail);
    small_cluster_run(&scenario, log);
}

static int64_t applied(const struct runlog *log) {
    int64_t count = 0;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        count += log->gradients[i].outcome == OUTCOME_APPLIED;
    }
    return count;
}

// Events with time <= end happen, and no later one.
static void simulation__end_at_a_time__includes_that_instant(void **state) {
    (void)state;
    struct runlog log;
    run("model: none\nend: 230 ms\n", alone, &log);
    assert_int_equal(log.update_count, 2);
    assert_int_equal(log.gradient_count, 3); // the reply takes no time: dispatched at 230 ms
    assert_true(log.ending.end_ns == 230 * MS);
    runlog_reset(&log);
    run("model: none\nend: 229999999 ns\n", alone, &log);
    assert_int_equal(log.update_count, 1);
    assert_true(log.ending.end_ns == 229999999);
    runlog_reset(&log);
}

// Counts are of what has been applied; the run ends with that update, at its time.
static void simulation__end_at_a_count__is_the_update_that_reaches_it(void **state) {
    (void)state;
    struct runlog log;
    run("model: none\nend: 3 updates\n", alone, &log);
    assert_int_equal(log.update_count, 3);
    assert_true(log.ending.end_ns == 345 * MS);
    assert_int_equal(log.gradient_count, 3); // no reply after it
    runlog_reset(&log);
    run("model: none\nend: 7 gradients\npolicy: {name: sync}\n", "cluster: {workers: 6}\n", &log);
    assert_int_equal(log.update_count, 2);
    assert_int_equal(applied(&log), 12);
    runlog_reset(&log);
}

// 0.27 epochs of 60,000 samples are 27 gradients of 600 samples: 0.27 * 60000 / 600 is a little
// more in floating point, and would be 28.
static void simulation__end_after_epochs__counts_samples_exactly(void **state) {
    (void)state;
    struct runlog log;
    run("model: mnist_ray\nend: 0.27 epochs\ntraining: {batch: 600}\n"
        "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n",
        alone, &log);
    assert_int_equal(applied(&log), 27);
    runlog_reset(&log);
    run("model: mnist_ray\nend: 0.0101 epochs\ntraining: {batch: 600}\n"
        "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n",
        alone, &log);
    assert_int_equal(applied(&log), 2); // a begun gradient is a whole one
    runlog_reset(&log);
}

// The cluster is dead until start_up, then all workers start in worker order.
static void simulation__start_up__comes_before_everything(void **state) {
    (void)state;
    struct runlog log;
    static const char *const late = "cluster: {workers: 3, start_up: 2 s, compute: 100 ms}\n";
    run("model: none\nend: 2100 ms\npolicy: {name: sync}\n", late, &log);
    for (size_t i = 0; i < 3; i++) {
        assert_true(log.events[i].time_ns == 2000 * MS);
        assert_true(log.events[i].actor == (int32_t)i && log.events[i].kind == EVENT_DISPATCHED);
        assert_true(log.ending.workers[i].busy_ns == 100 * MS);
    }
    assert_int_equal(log.update_count, 1);
    runlog_reset(&log);
    run("model: none\nend: 1900 ms\n", late, &log);
    assert_int_equal(log.event_count, 0);
    assert_true(log.ending.end_ns == 1900 * MS);
    assert_true(log.ending.workers[2].communicating_ns == 0);
    runlog_reset(&log);
}

// ---- interrupted ----

// SIGINT stops a run between two events: what it wrote is a whole log, the beginning of the log
// that it would have become.
static void simulation__interrupted__leaves_a_whole_log(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog whole;
    small_cluster_parse(
        &scenario, "model: mnist_ray\nend: 40 gradients\ntraining: {batch: 4}\n"
                   "policy: {name: hybrid, threshold: {schedule: step, every: 7}}\n"
                   "cluster: {workers: 4, server: {receive: 9 ms, update: 5 ms, reply: 1 ms}}\n"
                   "evaluation: {every: 300 ms, test_samples: 20, train_samples: 0}\n");
    small_cluster_run(&scenario, &whole);
    for (int64_t events = 1; events < (int64_t)rows(whole.event_count); events += 11) {
        struct interruption interruption = {.events_left = events};
        struct run_sink sink = small_cluster_interruption(&interruption);
        struct small_cluster_options options = {.threads = 1 + (int32_t)events % 3,
                                                .sinks = &sink,
                                                .sink_count = 1,
                                                .interrupted = &interruption.flag};
        struct runlog log;
        enum status status = STATUS_OK;
        struct simulation_result result =
            small_cluster_run_with(&scenario, &options, &log, &status);
        assert_int_equal(status, STATUS_INTERRUPTED);
        assert_int_equal(result.status, RUN_INTERRUPTED);
        assert_int_equal(log.ending.status, RUN_INTERRUPTED);
        assert_int_equal(log.event_count,
                         events < 4 ? 4 : events); // the start is one event of four
        assert_memory_equal(log.events, whole.events, log.event_count * sizeof *log.events);
        assert_memory_equal(log.updates, whole.updates, log.update_count * sizeof *log.updates);
        runlog_reset(&log);
    }
    runlog_reset(&whole);
}

// ---- diverged ----

// A step far too large: the run must end at the first non-finite loss or parameter and say so.
static void simulation__a_huge_learning_rate__ends_as_diverged(void **state) {
    (void)state;
    static const char *const rates[] = {"1e6", "1e20", "1e30"};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        small_cluster_parse(&scenario,
                            "model: mnist_ray\nend: 500 gradients\n"
                            "training: {batch: 4, learning_rate: %s}\n"
                            "cluster: {workers: 3}\n"
                            "evaluation: {every: 1 s, test_samples: 20, train_samples: 0}\n",
                            rates[i]);
        struct simulation_result result = small_cluster_run_with(&scenario, NULL, &log, &status);
        assert_int_equal(status, STATUS_DIVERGED);
        assert_int_equal(result.status, RUN_DIVERGED);
        assert_true(applied(&log) < 500);
        const struct update_row *last = &log.updates[log.update_count - 1];
        assert_true(last->time_ns == log.ending.end_ns);
        size_t strange = 0;
        for (size_t j = 0; j < rows(log.header.parameter_count); j++) {
            uint32_t bits = 0;
            memcpy(&bits, &log.ending.final[j], sizeof bits);
            strange += isfinite(log.ending.final[j]) ? 0 : 1;
            assert_true(!isnan(log.ending.final[j]) || bits == 0x7fc00000u);
        }
        bool loss = false;
        for (size_t j = 0; j < rows(log.gradient_count); j++) {
            const struct gradient_row *row = &log.gradients[j];
            bool bad = row->outcome == OUTCOME_APPLIED && !isfinite(row->loss);
            assert_true(!bad || row->version_applied == last->version - 1);
            loss = loss || bad;
        }
        assert_true(strange > 0 || loss);
        runlog_reset(&log);
    }
}

// ---- failed ----

struct full_disk {
    int64_t events_left;
};

static void write_event(void *context, const struct event_row *row) {
    (void)row;
    ((struct full_disk *)context)->events_left--;
}

static bool disk_is_full(void *context) {
    return ((struct full_disk *)context)->events_left <= 0;
}

// A run whose log cannot be written must not go on for hours.
static void simulation__a_sink_that_fails__stops_the_run(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    struct full_disk disk = {.events_left = 30};
    struct run_sink sink = {.context = &disk, .event = write_event, .failed = disk_is_full};
    struct small_cluster_options options = {.sinks = &sink, .sink_count = 1};
    small_cluster_parse(&scenario, "model: mnist_ray\ntraining: {batch: 1}\nend: 1 h\n"
                                   "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n"
                                   "cluster: {workers: 2, compute: 1 ms}\n");
    struct simulation_result result = small_cluster_run_with(&scenario, &options, &log, &status);
    assert_int_equal(result.status, RUN_FAILED);
    assert_non_null(strstr(result.failure, "written"));
    assert_true(status != STATUS_OK && log.event_count == 30);
    runlog_reset(&log);
    disk.events_left = 30;
    small_cluster_parse(&scenario, "model: none\nend: 1000 h\ncluster: {compute: 1 ms}\n");
    result = small_cluster_run_with(&scenario, &options, &log, &status);
    assert_int_equal(result.status, RUN_FAILED);
    assert_true(log.event_count < 100000);
    runlog_reset(&log);
}

// Spans that are all zero would keep a run at one instant for ever. (The parser refuses a compute
// time of zero; a law may still give nothing but zeros.)
static void simulation__a_clock_that_stands_still__is_noticed(void **state) {
    (void)state;
    struct scenario scenario;
    struct run_options options = {.threads = 1};
    struct run_outcome outcome;
    struct error error;
    small_cluster_parse(&scenario, "model: none\nend: 1 s\nlog: {events: false}\n"
                                   "cluster:\n  workers: 1\n"
                                   "  compute: {law: uniform, min: 0 ns, max: 1 ns}\n");
    scenario.cluster.compute = distribution_constant(0);
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_BAD_DATA);
    assert_int_equal(outcome.result.status, RUN_FAILED);
    assert_non_null(strstr(error.message, "stands still"));
}

// Times beyond the end of the clock (292 years) never come: a run that waits for them has failed.
static void simulation__nothing_left_to_happen__has_failed(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    small_cluster_parse(&scenario, "model: none\nend: 10 updates\ncluster:\n  workers: 2\n"
                                   "  compute: 1000000 h\n");
    struct simulation_result result = small_cluster_run_with(&scenario, NULL, &log, &status);
    assert_int_equal(result.status, RUN_FAILED);
    assert_non_null(
        strstr(result.failure, "the clock ends after 292; at 7200000000.000 s nothing "));
    runlog_reset(&log);
}

// ---- progress ----

struct progress {
    int64_t calls;
    int64_t now_ns;
    double fraction;
};

static void note_progress(void *context, int64_t now_ns, double fraction) {
    struct progress *progress = context;
    assert_true(now_ns >= progress->now_ns);
    assert_true(fraction >= progress->fraction && fraction <= 1);
    *progress = (struct progress){progress->calls + 1, now_ns, fraction};
}

// The time left on the progress line must not jump back; whatever kind of end.
static void simulation__progress__goes_from_0_to_1(void **state) {
    (void)state;
    static const char *const ends[] = {"8000 s", "40000 updates", "40000 gradients"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct scenario scenario;
        struct progress progress = {0};
        struct run_options options = {
            .threads = 1, .progress = note_progress, .progress_context = &progress};
        struct run_outcome outcome;
        struct error error;
        small_cluster_parse(&scenario,
                            "model: none\nend: %s\nlog: {events: false}\n"
                            "cluster: {workers: 1, compute: 200 ms}\n",
                            ends[i]);
        assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
        assert_true(progress.calls > 10 && progress.fraction > 0.9);
    }
}

// ---- the interface below run_scenario ----

static void own_gradient(const void *context, int64_t index, int32_t worker, int64_t number,
                         struct gradient_spans *spans) {
    const int64_t *unit_ns = context;
    (void)index;
    *spans = (struct gradient_spans){.compute_ns = *unit_ns * (1 + worker + number)};
}

static int64_t own_update(const void *context, int64_t version) {
    return *(const int64_t *)context * version;
}

// A replay brings spans of its own: whatever the laws of the scenario say, the source decides.
static void simulation_run__spans_from_any_source__are_taken(void **state) {
    (void)state;
    const int64_t unit_ns = 10;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\nend: 4 updates\npolicy: {name: sync}\n"
                                   "cluster: {workers: 2, compute: 7 h}\n");
    char text[] = "";
    struct runlog_header header = {.scenario = text, .workers = 2, .events = true};
    struct simulation_options options = {
        .scenario = &scenario, .spans = {&unit_ns, own_gradient, own_update}, .header = &header};
    struct simulation_result result = simulation_run(&options);
    assert_int_equal(result.status, RUN_COMPLETE);
    assert_true(result.end_ns == 10 * (2 + 1 + 3 + 2 + 4 + 3 + 5 + 4)); // worker 1, then the update
    assert_true(result.timeline_fingerprint != 0 && result.parameter_fingerprint == 0);
}

// The simulation's own guard: the staleness identity must fail when a sum is wrong by one.
static void simulation_staleness_adds_up__a_wrong_sum__does_not(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\ncluster: {workers: 2}\n");
    struct runlog_header header = {.workers = 2};
    struct simulation_options options = {.scenario = &scenario, .header = &header};
    struct simulation *sim = simulation_state_create(&options);
    assert_true(simulation_staleness_adds_up(sim));
    uint32_t reference = 0;
    struct in_flight *flight = in_flight_take(&sim->flights, &reference);
    assert_false(simulation_staleness_adds_up(sim)); // one more is open than was said
    sim->staleness.open = 1;
    assert_true(simulation_staleness_adds_up(sim)); // read at version 0, which is the current one
    sim->server.version = 3;
    assert_false(simulation_staleness_adds_up(sim));
    sim->staleness.expected = 3;
    assert_true(simulation_staleness_adds_up(sim));
    flight->accounted = true;
    sim->staleness.open = 0;
    sim->staleness.closed = 3;
    assert_true(simulation_staleness_adds_up(sim));
    flight->reply_begun = true;
    flight->reply.version = 2;
    sim->staleness.open = 1;
    assert_false(simulation_staleness_adds_up(sim));
    sim->staleness.expected = 4;
    assert_true(simulation_staleness_adds_up(sim));
    flight->reply_over = true;
    sim->staleness.open = 0;
    assert_false(simulation_staleness_adds_up(sim));
    assert_true(simulation_parameter_hash(sim) == 0);
    simulation_state_destroy(sim);
}

// How many gradients a run computes with one thread, which does nothing ahead.
static int64_t gradients_computed(const char *policy, struct runlog *log) {
    struct scenario scenario;
    struct run_inputs inputs;
    struct error error;
    const struct run_options options = {.threads = 1};
    small_cluster_parse(&scenario,
                        "model: mnist_ray\nend: 20 updates\ntraining: {batch: 4}\n"
                        "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n"
                        "policy: %s\ncluster:\n  workers: 8\n"
                        "  compute: {law: exponential, mean: 100 ms}\n"
                        "  network: {latency: 5 ms}\n  server: {receive: 1 ms, update: 2 ms}\n",
                        policy);
    *log = (struct runlog){0};
    struct run_sink sink = runlog_memory_sink(log);
    assert_int_equal(run_inputs_open(&scenario,
                                     &(struct run_inputs_options){.data_folder = data_folder(NULL),
                                                                  .threads = 1},
                                     &inputs, &error),
                     STATUS_OK);
    struct run_phases *phases = NULL;
    assert_int_equal(run_phases_create(&scenario, (int64_t)inputs.header.parameter_count, &options,
                                       &phases, &error),
                     STATUS_OK);
    const struct simulation_options simulation = {.scenario = &scenario,
                                                  .spans = phases->last,
                                                  .header = &inputs.header,
                                                  .executor = inputs.executor,
                                                  .train_count = inputs.train_count,
                                                  .sinks = &sink,
                                                  .sink_count = 1};
    assert_int_equal(simulation_run(&simulation).status, RUN_COMPLETE);
    int64_t computed = executor_gradients_computed(inputs.executor);
    run_phases_destroy(phases);
    run_inputs_close(&inputs);
    return computed;
}

// Most of the work of such a cluster is cancelled or dropped: it must cost no arithmetic.
static void simulation__what_a_policy_throws_away__is_never_computed(void **state) {
    (void)state;
    static const char *const policies[] = {"{name: k_sync, threshold: 3}",
                                           "{name: k_batch_sync, threshold: 6}",
                                           "{name: backup, backup_workers: 5, late: cancel}",
                                           "{name: backup, backup_workers: 5, late: finish}"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct runlog log;
        int64_t computed = gradients_computed(policies[i], &log);
        int64_t thrown_away = 0;
        for (size_t j = 0; j < rows(log.gradient_count); j++) {
            enum gradient_outcome outcome = log.gradients[j].outcome;
            thrown_away += outcome == OUTCOME_CANCELLED || outcome == OUTCOME_DROPPED;
        }
        assert_true(thrown_away >= 20);
        assert_true(computed == applied(&log));
        runlog_reset(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulation__end_at_a_time__includes_that_instant),
        cmocka_unit_test(simulation__end_at_a_count__is_the_update_that_reaches_it),
        cmocka_unit_test(simulation__end_after_epochs__counts_samples_exactly),
        cmocka_unit_test(simulation__start_up__comes_before_everything),
        cmocka_unit_test(simulation__interrupted__leaves_a_whole_log),
        cmocka_unit_test(simulation__a_huge_learning_rate__ends_as_diverged),
        cmocka_unit_test(simulation__a_sink_that_fails__stops_the_run),
        cmocka_unit_test(simulation__a_clock_that_stands_still__is_noticed),
        cmocka_unit_test(simulation__nothing_left_to_happen__has_failed),
        cmocka_unit_test(simulation__progress__goes_from_0_to_1),
        cmocka_unit_test(simulation_run__spans_from_any_source__are_taken),
        cmocka_unit_test(simulation_staleness_adds_up__a_wrong_sum__does_not),
        cmocka_unit_test(simulation__what_a_policy_throws_away__is_never_computed),
    };
    return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
