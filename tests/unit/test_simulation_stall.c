// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in which nothing can happen any more, or only after more evaluations than anybody wants.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/replay.h"
#include "sim/run/run_record.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_print.h"
#include "sim/simulation/simulation_stall.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

#define MS INT64_C(1000000)
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

// Every policy, with what it needs for ten workers.
static const char *const policies[] = {"name: sync",
                                       "name: async",
                                       "name: hybrid",
                                       "name: k_sync, threshold: 4",
                                       "name: k_batch_sync, threshold: 4",
                                       "name: k_async, threshold: 4",
                                       "name: k_batch_async, threshold: 4",
                                       "name: backup, backup_workers: 1",
                                       "name: n_softsync",
                                       "name: ssp, slack: 2",
                                       "name: fedbuff, threshold: 4, local_steps: 2",
                                       "name: dc_asgd",
                                       "name: gap_aware",
                                       "name: k_avg, steps: 2",
                                       "name: post_local, steps: 2",
                                       "name: adacomm, steps: 2",
                                       "name: hier_avg, steps: 4, cluster_steps: 2",
                                       "name: hpsgd",
                                       "name: cocod, steps: 2",
                                       "name: overlap_local_sgd, steps: 2",
                                       "name: easgd, steps: 2"};

static bool is_local(const char *policy) {
    return strstr(policy, "steps") != NULL || strstr(policy, "hpsgd") != NULL;
}

// Runs it to a file, and the file again: a repetition comes to the same end.
static struct simulation_result run_and_replay(void *const *state, const struct scenario *scenario,
                                               struct runlog *log, enum status *status) {
    char path[SCRATCH_PATH_SIZE];
    struct small_cluster_options options = {.output = scratch_path(state, "run.h5", path)};
    struct simulation_result result = small_cluster_run_with(scenario, &options, log, status);
    if (result.events > 1) {
        struct run_options again = {.threads = 1};
        struct replay_outcome outcome;
        struct error error = {0};
        enum status repeated = replay_file(path, &again, &outcome, &error);
        if (repeated != STATUS_OK) {
            fail_msg("replay: %s%s", error.message, outcome.difference.text);
        }
        struct runlog read = {0};
        assert_int_equal(runlog_read(path, &read, NULL, &error), STATUS_OK);
        assert_int_equal(read.ending.status, result.status);
        assert_string_equal(read.ending.reason, result.failure);
        assert_true(read.ending.stalled_since_ns == result.stalled_since_ns);
        runlog_reset(&read);
    }
    return result;
}

// ---- a worker that never comes back ----

// Worker 0 falls silent at its first gradient, or at the first that begins at a time.
static void parse_silent(struct scenario *scenario, const char *policy, const char *model,
                         const char *past) {
    small_cluster_parse(
        scenario,
        "seed: 3\nend: 30 s\nmodel: %s\npolicy: {%s}\n"
        "cluster: {workers: 10, compute: {law: uniform, min: 180 ms, max: 220 ms}, network: "
        "{cluster_size: %s}, delay: {law: constant, value: 10 h, workers: 1}}\n%s",
        model, policy, strstr(policy, "hier_avg") != NULL ? "5" : "10", past);
}

// A run that ended need not be a run that worked: who waits for a dead worker says so.
static void stall__of_a_worker_that_never_comes_back__is_told(void **state) {
    static const bool stalls[COUNT_OF(policies)] = {
        [0] = true,                                                      // sync
        [9] = true,                                                      // ssp
        [13] = true, [14] = true, [15] = true, [16] = true, [17] = true, // k_avg .. hpsgd
        [18] = true, [19] = true,                                        // cocod, overlap
    };
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        if (strstr(policies[i], "hybrid") != NULL) {
            continue; // K rises with the run; below
        }
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        parse_silent(&scenario, policies[i],
                     strstr(policies[i], "adacomm") != NULL ? "quadratic" : "none", "");
        struct simulation_result result = run_and_replay(state, &scenario, &log, &status);
        if ((result.status == RUN_STALLED) != stalls[i] || status != STATUS_OK) {
            fail_msg("%s: %s", policies[i], run_status_names[result.status]);
        }
        if (stalls[i]) {
            assert_string_equal(result.failure, "worker 0");
            assert_true(result.end_ns == 30000 * MS); // its time is the one that was asked for
            assert_true(result.stalled_since_ns ==
                        (log.update_count == 0 ? 0 : log.updates[log.update_count - 1].time_ns));
        }
        runlog_reset(&log);
    }
}

// The smooth switch waits once its K is above the living, which may be long after the death.
static void stall__of_the_smooth_switch__begins_when_k_is_above_the_living(void **state) {
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    static const char *const past = "past: [{until: 10 s, cluster.delay: none}]\n";
    parse_silent(&scenario, "name: hybrid, threshold: {schedule: step, every: 80}", "none", past);
    struct simulation_result result = run_and_replay(state, &scenario, &log, &status);
    assert_int_equal(result.status, RUN_STALLED);
    assert_true(result.stalled_since_ns > 12000 * MS && result.stalled_since_ns < 29000 * MS);
    assert_int_equal(log.updates[log.update_count - 1].threshold, 9);
    runlog_reset(&log);
}

// It is not the worker alone that others wait for.
static void stall__whoever_is_waited_for__is_named(void **state) {
    static const char *const cases[][2] = {
        {"policy: {name: sync}\ncluster: {workers: 3, compute: 1 s, delay: {law: constant, value: "
         "9 h, "
         "workers: 2}}\n",
         "workers 0 and 1"},
        {"policy: {name: sync}\ncluster: {workers: 9, compute: 1 s, delay: {law: constant, value: "
         "9 h, "
         "workers: 8}}\n",
         "workers 0, 1, 2 and 5 more"},
        {"policy: {name: async}\ncluster: {workers: 3, compute: 1 s, server: {receive: 9 h}}\n",
         "the server"},
        {"policy: {name: k_avg, steps: 2}\ncluster: {workers: 3, compute: 1 s, network: {latency: "
         "9 "
         "h}}\n",
         "an all-reduce"},
        {"policy: {name: sync}\ncluster: {workers: 3, compute: 1 s, delay: {law: pareto, scale: "
         "1000000 h, shape: 0.01, workers: 1}}\n",
         "worker 0"}, // past the end of the clock
        // All of them were at work, and none comes back.
        {"policy: {name: async}\ncluster: {workers: 2, compute: 1 s, delay: {law: constant, value: "
         "9 h, "
         "workers: 2}}\npast: [{until: 20 s, cluster.delay: none}]\n",
         "workers 0 and 1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        small_cluster_parse(&scenario, "model: none\nend: 100 s\n%s", cases[i][0]);
        struct simulation_result result = run_and_replay(state, &scenario, &log, &status);
        if (result.status != RUN_STALLED || strcmp(result.failure, cases[i][1]) != 0) {
            fail_msg("%s: %s, %s", cases[i][0], run_status_names[result.status], result.failure);
        }
        runlog_reset(&log);
    }
}

// Whatever a run waits for in vain, from its beginning or after a while, it has not worked to its
// end.
static void stall__of_a_service_or_a_way_that_never_ends__is_told(void **state) {
    static const struct {
        const char *cluster, *key;
        bool of_server;
    } spans[] = {
        {"server: {receive: 10 h}", "cluster.server.receive", true},
        {"server: {update: 10 h}", "cluster.server.update", true},
        {"server: {reply: 10 h}", "cluster.server.reply", true},
        {"network: {latency: 10 h}", "cluster.network.latency", false},
    };
    for (size_t i = 0; i < COUNT_OF(policies) * COUNT_OF(spans) * 2; i++) {
        const char *policy = policies[i / 2 % COUNT_OF(policies)];
        size_t span = i / 2 / COUNT_OF(policies);
        bool from_the_beginning = i % 2 == 0;
        bool has_server = !is_local(policy) || strstr(policy, "easgd") != NULL ||
                          strstr(policy, "fedbuff") != NULL;
        bool can_change = i / 2 % COUNT_OF(policies) < 7;
        bool goes_on = strstr(policy, "batch") != NULL; // the workers, whatever becomes of a push
        if ((spans[span].of_server && !has_server) || (!from_the_beginning && !can_change) ||
            (!spans[span].of_server && (from_the_beginning || goes_on))) {
            continue; // before a first version, workers that are all on their way wait for nobody
        }
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        char past[96] = "";
        if (!from_the_beginning) {
            snprintf(past, sizeof past, "past: [{until: 10 s, %s: 5 ms}]\n", spans[span].key);
        }
        small_cluster_parse(&scenario,
                            "seed: 3\nend: 30 s\nmodel: none\npolicy: {%s}\ncluster: {workers: 10, "
                            "compute: {law: uniform, min: 180 ms, max: 220 ms}, %s}\n%s",
                            policy, spans[span].cluster, past);
        struct simulation_result result = run_and_replay(state, &scenario, &log, &status);
        if (result.status != RUN_STALLED || status != STATUS_OK) {
            fail_msg("%s, %s%s: %s", policy, spans[span].cluster, past,
                     run_status_names[result.status]);
        }
        if (spans[span].of_server) {
            assert_string_equal(result.failure, "the server");
        }
        runlog_reset(&log);
    }
}

// A false alarm would teach people not to look: short runs, slow ones and heavy tails are none.
static void stall__of_a_run_that_goes_on__is_not_told(void **state) {
    (void)state;
    static const char *const clusters[] = {
        "workers: 10, compute: {law: uniform, min: 180 ms, max: 220 ms}",
        "workers: 10, compute: {law: uniform, min: 180 ms, max: 220 ms}, start_up: 22500 ms",
        "workers: 10, compute: 200 ms, delay: {law: normal, std: 250 ms, workers: 50 %}",
        "workers: 10, compute: {law: pareto, scale: 100 ms, shape: 3}",
        "workers: 10, compute: {law: exponential, mean: 3 s}",
        "workers: 10, compute: {law: uniform, min: 4 s, max: 8 s}",
        "workers: 10, compute: 100 s",
        "workers: 1, compute: 4 s",
        "workers: 10, compute: 1 s, server: {receive: 400 ms, update: 5 s, reply: 100 ms}",
    };
    static const char *const ends[] = {"300 ms", "2 s", "5 s", "20 s"};
    for (size_t i = 0; i < COUNT_OF(policies) * COUNT_OF(clusters) * COUNT_OF(ends); i++) {
        const char *policy = policies[i % COUNT_OF(policies)];
        const char *cluster = clusters[i / COUNT_OF(policies) % COUNT_OF(clusters)];
        struct scenario scenario;
        struct runlog log;
        if (strstr(policy, "adacomm") != NULL || strstr(policy, "hier_avg") != NULL ||
            (strstr(cluster, "workers: 10") == NULL && strpbrk(policy, ",") != NULL)) {
            continue;
        }
        small_cluster_parse(&scenario,
                            "seed: %zu\nmodel: none\nend: %s\npolicy: {%s}\ncluster: {%s}\n", i,
                            ends[i / COUNT_OF(policies) / COUNT_OF(clusters)], policy, cluster);
        struct simulation_result result = small_cluster_run_with(&scenario, NULL, &log, NULL);
        if (result.status != RUN_COMPLETE) {
            fail_msg("%s, %s: %s, %s", policy, cluster, run_status_names[result.status],
                     result.failure);
        }
        runlog_reset(&log);
    }
}

// What a stalled run is to its readers: done, like a complete one.
static void stall__of_a_run_in_a_sweep__is_done(void **state) {
    struct scenario scenario;
    struct runlog log;
    struct run_record record;
    char path[RUN_PATH_SIZE];
    parse_silent(&scenario, policies[0], "none", "");
    uint64_t run = scenario_hash(&scenario);
    run_path(*state, run, RUN_LOG_ENDING, path);
    struct small_cluster_options options = {.output = path};
    small_cluster_run_with(&scenario, &options, &log, NULL);
    bool done = false;
    assert_int_equal(run_record_find(*state, run, &done, &record, NULL), STATUS_OK);
    assert_true(done);
    assert_int_equal(record.totals.status, RUN_STALLED);
    assert_false(run_record_diverged(&record));
    run_record_reset(&record);
    runlog_reset(&log);
}

// ---- beyond the clock ----

// What was played is a result, and the message says what to change.
static void clock__a_span_beyond_it__keeps_the_log_and_names_the_span(void **state) {
    static const char *const cases[][2] = {
        {"policy: {name: sync}\ncluster: {workers: 5, compute: {law: pareto, scale: 100 ms, shape: "
         "0.3}}\n",
         "computing of gradient "},
        {"policy: {name: sync}\ncluster: {workers: 5, compute: 1 s, delay: {law: pareto, scale: "
         "100 "
         "ms, shape: 0.3, workers: 1}}\n",
         "the delay of gradient "},
        {"policy: {name: sync}\ncluster: {workers: 2, compute: 1 s, network: {latency: {law: "
         "pareto, "
         "scale: 100 ms, shape: 0.2}}}\n",
         "of gradient "}, // there or back
        {"policy: {name: sync}\ncluster: {workers: 2, compute: 1 s, server: {receive: {law: "
         "pareto, "
         "scale: 100 ms, shape: 0.3}}}\n",
         "receiving at the server of gradient "},
        {"policy: {name: sync}\ncluster: {workers: 2, compute: 1 s, server: {update: {law: pareto, "
         "scale: 100 ms, shape: 0.3}}}\n",
         "the update of gradient "},
        {"policy: {name: sync}\ncluster: {workers: 2, compute: 1 s, server: {reply: {law: pareto, "
         "scale: "
         "100 ms, shape: 0.3}}}\n",
         "the server's reply of gradient "},
        {"policy: {name: k_avg, steps: 2}\ncluster: {workers: 2, compute: 1 s, network: {latency: "
         "{law: "
         "pareto, scale: 100 ms, shape: 0.3}}}\n",
         "the all-reduce takes"},
        {"policy: {name: easgd, steps: 1}\ncluster: {workers: 2, compute: 1 s, server: {receive: "
         "{law: "
         "pareto, scale: 100 ms, shape: 0.3}}}\n",
         "receiving at the server of gradient "},
        {"policy: {name: easgd, steps: 1}\ncluster: {workers: 1, compute: 1 s, server: {reply: "
         "{law: "
         "pareto, scale: 100 ms, shape: 0.3}}}\n",
         "the server's reply of gradient "},
        {"policy: {name: cocod, steps: 2}\ncluster: {workers: 2, compute: {law: pareto, scale: 100 "
         "ms, "
         "shape: 0.3}}\n",
         "computing of gradient "},
        {"policy: {name: sync}\ncluster: {workers: 2, compute: 1000000 h}\n",
         "takes 3600000000.000 s"}, // not too long by itself, but for the third time
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        small_cluster_parse(&scenario, "seed: 2\nmodel: none\nend: 100000 updates\n%s",
                            cases[i][0]);
        struct simulation_result result = run_and_replay(state, &scenario, &log, &status);
        if (result.status != RUN_FAILED || status != STATUS_BAD_DATA || result.events < 3 ||
            strstr(result.failure, cases[i][1]) == NULL) {
            fail_msg("%s: %s, %s", cases[i][0], run_status_names[result.status], result.failure);
        }
        runlog_reset(&log);
    }
}

// A truncated span would have a run go on at a time that no law gave.
static void clock__a_span_beyond_it__is_not_cut_to_fit(void **state) {
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    small_cluster_parse(
        &scenario, "model: none\nend: 500 updates\npolicy: {name: sync}\n"
                   "cluster: {workers: 25, compute: {law: pareto, scale: 100 ms, shape: 0.3}}\n");
    run_and_replay(state, &scenario, &log, &status);
    assert_int_equal(log.update_count, 23);
    assert_string_equal(log.ending.reason + strlen("computing of gradient 23 of worker 3 takes "),
                        "126 years or more: a span is shorter than 126 years, and the clock ends "
                        "after 292; at 118482280.361316179 s nothing else is left to happen");
    assert_true(log.ending.end_ns < SIM_SPAN_MAX_NS);
    runlog_reset(&log);
}

// ---- evaluations ----

static const char *const ends[] = {"2 updates", "2 gradients", "1 epochs"};

// The next event is so far away that a disk would be full of evaluations by then.
static void evaluations__without_end__end_the_run_before_they_are_written(void **state) {
    for (size_t i = 0; i < COUNT_OF(policies) * COUNT_OF(ends); i++) {
        const char *policy = policies[i / COUNT_OF(ends)];
        const char *end = ends[i % COUNT_OF(ends)];
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        bool epochs = strstr(end, "epochs") != NULL;
        char path[SCRATCH_PATH_SIZE];
        small_cluster_parse(&scenario,
                            "end: %s\n%s\npolicy: {%s}\ncluster: {workers: 10, compute: 500000 "
                            "h%s}\n",
                            end,
                            epochs ? "model: softmax\ndata: {name: random, samples: 1000}\n"
                                     "evaluation: {test_samples: 1, train_samples: 1}"
                                   : "model: quadratic",
                            policy, is_local(policy) ? ", network: {cluster_size: 5}" : "");
        struct small_cluster_options options = {.output = scratch_path(state, "run.h5", path)};
        struct simulation_result result =
            small_cluster_run_with(&scenario, &options, &log, &status);
        if (status != STATUS_BAD_DATA ||
            strstr(result.failure, "'evaluation.every' of 1 s makes ") == NULL) {
            fail_msg("%s, %s: %s", policy, end, result.failure);
        }
        assert_int_equal(log.evaluation_count, 0);
        assert_int_equal(scratch_count_entries(*state), 0); // nothing was played
        runlog_reset(&log);
    }
}

// The limit is on all of them, and what was played up to there is kept.
static void evaluations__too_many_in_the_course_of_a_run__keep_its_log(void **state) {
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    small_cluster_parse(&scenario, "end: 2000 updates\nmodel: quadratic\npolicy: {name: sync}\n"
                                   "evaluation: {every: 1 ms}\n"
                                   "cluster: {workers: 1, compute: {law: pareto, scale: 100 us, "
                                   "shape: 0.5}}\n");
    struct simulation_result result = run_and_replay(state, &scenario, &log, &status);
    assert_int_equal(status, STATUS_BAD_DATA);
    assert_int_equal(result.status, RUN_FAILED);
    assert_true(log.update_count > 10 && log.evaluation_count < 1000001);
    assert_non_null(strstr(log.ending.reason, "evaluations up to"));
    runlog_reset(&log);
}

// Without parameters nothing is evaluated, and nothing is refused.
static void evaluations__of_a_run_without_a_model__are_none(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "end: 2 updates\nmodel: none\npolicy: {name: sync}\n"
                                   "cluster: {workers: 1, compute: 1000000 h}\n");
    small_cluster_run(&scenario, &log);
    assert_int_equal(log.update_count, 2);
    runlog_reset(&log);
}

// The log has the incidents up to its end alone, and is repeated up to there.
static void expect_replays(const struct runlog *log, const struct scenario *scenario) {
    const struct run_options options = {.threads = 1};
    struct replay_outcome outcome = {0};
    struct error error = {.message = ""};
    if (replay_log("test", log, scenario, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s%s", error.message, outcome.difference.text);
    }
}

// More incidents than are kept, of which the run's end hears last: in its last step, or behind it,
// for the heavy tail of their law is not in the run; or in the middle of it. One that ended as
// complete would have lost some.
static void flood__of_incidents__fails_whatever_ends_the_run(void **state) {
    (void)state;
    static const char *const cases[] = {
        "end: 1 updates\ncluster: {workers: 1, compute: 100 s, events: {gc: {event: server_pause, "
        "every: 62 us, for: 20 us}}}\n",
        "end: 60 s\ncluster: {workers: 1, compute: 100 s, events: {gc: {event: server_pause, "
        "every: {law: pareto, scale: 1 us, shape: 1.01}, for: 1 ns}}}\n",
        "end: 100000 updates\ncluster: {workers: 2, compute: 1 s, events: {gc: {event: "
        "server_pause, every: {law: exponential, mean: 1 ms}, for: 1 ms}}}\n"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        small_cluster_parse(&scenario, "model: none\npolicy: {name: async}\n%s", cases[i]);
        struct simulation_result result = small_cluster_run_with(&scenario, NULL, &log, &status);
        assert_int_equal(result.status, RUN_FAILED);
        assert_int_equal(log.ending.status, RUN_FAILED);
        assert_non_null(strstr(result.failure, "makes more than 1000000 incidents"));
        assert_true(status != STATUS_OK && result.stalled_since_ns == 0);
        expect_replays(&log, &scenario);
        runlog_reset(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stall__of_a_worker_that_never_comes_back__is_told,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            stall__of_the_smooth_switch__begins_when_k_is_above_the_living, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(stall__whoever_is_waited_for__is_named, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(stall__of_a_service_or_a_way_that_never_ends__is_told,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(stall__of_a_run_that_goes_on__is_not_told),
        cmocka_unit_test_setup_teardown(stall__of_a_run_in_a_sweep__is_done, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(clock__a_span_beyond_it__keeps_the_log_and_names_the_span,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(clock__a_span_beyond_it__is_not_cut_to_fit, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            evaluations__without_end__end_the_run_before_they_are_written, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(evaluations__too_many_in_the_course_of_a_run__keep_its_log,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(evaluations__of_a_run_without_a_model__are_none),
        cmocka_unit_test(flood__of_incidents__fails_whatever_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
