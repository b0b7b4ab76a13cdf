// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that end before training begins: told before, from the log, and from its evaluations alone.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/report/summary.h"
#include "sim/report/untrained.h"
#include "sim/run/run_prediction.h"
#include "tests/support/small_cluster.h"

#define MS INT64_C(1000000)

// Three workers at 100 ms a gradient and 8 ms of service. Without a start-up the first update of
// async is over at 108 ms, of a policy that waits for all three at 118 ms (three times 5 ms to
// receive, one update of 3 ms); a local step is one at 100 ms.
static void parse(struct scenario *scenario, const char *policy, const char *times) {
    small_cluster_parse(scenario,
                        "model: {name: quadratic, dimension: 4}\n"
                        "policy: %s\n"
                        "cluster:\n"
                        "  workers: 3\n"
                        "  compute: 100 ms\n"
                        "  server: {receive: 5 ms, update: 3 ms}\n"
                        "%s\n"
                        "evaluation: {every: 50 ms}\n",
                        policy, times);
}

static void expect(const char *policy, const char *times, bool trains) {
    struct scenario scenario;
    struct runlog log = {0};
    struct summary summary;
    parse(&scenario, policy, times);
    small_cluster_run(&scenario, &log);
    summary_of_log(&log, &summary);
    if (summary.untrained == trains) {
        fail_msg("%s, %s: the log is taken for %strained", policy, times, trains ? "un" : "");
    }
    if (run_predicts_training(&scenario) != trains) {
        fail_msg("%s, %s: predicted to be %strained", policy, times, trains ? "un" : "");
    }
    if (untrained_by_evaluations(log.evaluations, log.evaluation_count) == trains) {
        fail_msg("%s, %s: the evaluations are taken for those of an %strained run", policy, times,
                 trains ? "un" : "");
    }
    runlog_reset(&log);
}

// If it failed, a run whose numbers are those of the first weights would pass for a result, or one
// that trained would be called worthless.
static void untrained__end_around_the_first_update__is_told_to_the_nanosecond(void **state) {
    (void)state;
    expect("{name: async}", "end: 107999999 ns", false);
    expect("{name: async}", "end: 108000001 ns", true);
    expect("{name: sync}", "end: 117999999 ns", false);
    expect("{name: sync}", "end: 118000001 ns", true);
    expect("{name: k_sync, threshold: 2}", "end: 112999999 ns", false);
    expect("{name: k_sync, threshold: 2}", "end: 113000001 ns", true);
    expect("{name: hybrid, threshold: 3}", "end: 117999999 ns", false);
    expect("{name: hybrid, threshold: 3}", "end: 118000001 ns", true);
}

// If it failed, the end of a start-up would be looked for by the policy, or missed.
static void untrained__end_within_the_start_up__is_told_under_every_policy(void **state) {
    (void)state;
    static const char *const policies[] = {"{name: sync}", "{name: async}", "{name: ssp}",
                                           "{name: k_avg, steps: 4}", "{name: easgd}"};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        expect(policies[i], "  start_up: 5 s\nend: 5 s", false);
        expect(policies[i], "  start_up: 5 s\nend: 1 s", false);
        expect(policies[i], "  start_up: 5 s\nend: 6 s", true);
    }
}

// If it failed, workers who step models of their own would be taken for idle until they average.
static void untrained__steps_before_the_first_average__are_training(void **state) {
    (void)state;
    expect("{name: k_avg, steps: 100}", "end: 99 ms", false);
    expect("{name: k_avg, steps: 100}", "end: 101 ms", true);
}

// If it failed, a run that ends with a count would be simulated for nothing.
static void untrained__end_by_a_count__trains(void **state) {
    (void)state;
    expect("{name: async}", "  start_up: 5 s\nend: 1 updates", true);
    expect("{name: sync}", "end: 1 gradients", true);
}

// If it failed, whoever lets workers crash before a gradient is done would wait for a run of a
// million incidents to learn it; or be warned of one that only begins slowly. The first workers are
// done at 0.108 s, a gradient of 0.1 s and the server's service of 8 ms later.
static void run_predicts_losses_alone__crashes_before_the_first_update__are_told(void **state) {
    (void)state;
    static const struct {
        const char *policy, *times;
        bool losses;
    } cases[] = {
        {"{name: async}", "  events: {c: {event: crash, workers: 3, at: 50 ms}}\nend: 9 updates",
         true},
        {"{name: async}",
         "  events: {c: {event: crash, workers: 3, every: 50 ms, for: 10 ms}}\nend: 9 updates",
         true},
        {"{name: k_avg, steps: 1}",
         "  events: {c: {event: crash, workers: 3, every: 50 ms, for: 10 ms}}\nend: 9 gradients",
         true},
        {"{name: async}",
         "  events: {c: {event: crash, workers: 3, every: 150 ms, for: 10 ms}}\nend: 9 updates",
         false},
        {"{name: async}", "  events: {c: {event: crash, workers: 2, at: 50 ms}}\nend: 9 updates",
         false},
        {"{name: sync}", "  events: {c: {event: crash, workers: 2, at: 50 ms}}\nend: 9 updates",
         true},
        {"{name: async}", "  events: {c: {event: crash, workers: 3, at: 50 ms}}\nend: 1 s", false},
        {"{name: async}", "end: 9 updates", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario scenario;
        int64_t until_ns = -1;
        parse(&scenario, cases[i].policy, cases[i].times);
        bool losses = run_predicts_losses_alone(&scenario, &until_ns);
        if (losses != cases[i].losses || (losses && until_ns < 50 * MS)) {
            fail_msg("%s, %s: %d up to %lld", cases[i].policy, cases[i].times, losses,
                     (long long)until_ns);
        }
    }
}

// If it failed, a run of k_batch_sync whose server is too slow would fill the disk without a word
// before, or one that only ends late would be called endless. Three workers push 30 gradients a
// second.
static void run_predicts_flood__a_server_slower_than_its_workers__is_told(void **state) {
    (void)state;
    static const struct {
        const char *policy, *server, *end;
        bool floods;
    } cases[] = {
        {"{name: k_batch_sync, threshold: 3}", "receive: 50 ms", "900 gradients", true},
        {"{name: k_batch_sync, threshold: 3}", "receive: 50 ms", "300 updates", true},
        {"{name: k_batch_sync, threshold: 3}", "receive: 50 ms", "300 s", false},
        {"{name: k_batch_sync, threshold: 3}", "receive: 50 ms", "9 gradients", false},
        {"{name: k_batch_sync, threshold: 3}", "receive: 30 ms", "900000 gradients", false},
        {"{name: k_batch_sync, threshold: 900000}", "receive: 50 ms", "2 updates", true},
        {"{name: k_sync, threshold: 3}", "receive: 50 ms", "900 gradients", false},
        {"{name: async}", "receive: 50 ms", "900 gradients", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario scenario;
        int64_t until_ns = -1;
        int64_t waiting = -1;
        small_cluster_parse(&scenario,
                            "model: none\npolicy: %s\nend: %s\n"
                            "cluster: {workers: 3, compute: 100 ms, server: {%s}}\n",
                            cases[i].policy, cases[i].end, cases[i].server);
        bool floods = run_predicts_flood(&scenario, &until_ns, &waiting);
        if (floods != cases[i].floods || floods != (waiting >= 10000 && until_ns > 0)) {
            fail_msg("%s, %s, %s: %d, %lld wait", cases[i].policy, cases[i].server, cases[i].end,
                     floods, (long long)waiting);
        }
    }
}

// Whose workers crash before any gradient is done must not believe that it is the number of
// incidents alone; a run that made versions up to its failure has no such reason.
static void flood__of_crashes_without_a_version__says_since_when(void **state) {
    (void)state;
    static const struct {
        const char *events, *words; // NULL: nothing is said of versions
    } cases[] = {
        {"c: {event: crash, workers: 2, every: 50 ms, for: 10 ms}",
         "makes more than 1000000 incidents: let them come less often, or the run end earlier; "
         "since 0.000 s no version was made: workers that crash before"},
        {"c: {event: crash, workers: 2, every: 50 ms, for: 10 ms, at: 1020 ms}",
         "; since 1.011 s no version was made: workers that crash before"},
        {"c: {event: crash, worker: 1, every: 1 s, for: 1 ms}, g: {event: slowdown, slowdown: 2, "
         "worker: 1, every: 40 us, for: 1 us}",
         NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        small_cluster_parse(&scenario,
                            "model: none\nend: 1000000 updates\npolicy: {name: async}\n"
                            "cluster: {workers: 2, compute: 100 ms, server: {receive: 1 ms}, "
                            "events: {%s}}\n",
                            cases[i].events);
        struct simulation_result result = small_cluster_run_with(&scenario, NULL, &log, &status);
        assert_int_equal(result.status, RUN_FAILED);
        const char *said =
            strstr(result.failure, cases[i].words == NULL ? "; since" : cases[i].words);
        if ((said != NULL) != (cases[i].words != NULL)) {
            fail_msg("%s: %s", cases[i].events, result.failure);
        }
        assert_true(simulation_failed_for_incidents(&log.ending));
        runlog_reset(&log);
    }
}

// If it failed, nobody would see what to change.
static void untrained_reason__end_and_start_up__are_named(void **state) {
    (void)state;
    char reason[UNTRAINED_REASON_SIZE];
    assert_string_equal(untrained_reason(5000 * MS, 22500 * MS, reason),
                        "at 5.000 s, before its start-up of 22.500 s was over");
    assert_string_equal(untrained_reason(22500 * MS, 22500 * MS, reason),
                        "at 22.500 s, before its start-up of 22.500 s was over");
    assert_string_equal(untrained_reason(100 * MS, 0, reason),
                        "at 0.100 s, before the first update");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untrained__end_around_the_first_update__is_told_to_the_nanosecond),
        cmocka_unit_test(untrained__end_within_the_start_up__is_told_under_every_policy),
        cmocka_unit_test(untrained__steps_before_the_first_average__are_training),
        cmocka_unit_test(untrained__end_by_a_count__trains),
        cmocka_unit_test(run_predicts_losses_alone__crashes_before_the_first_update__are_told),
        cmocka_unit_test(run_predicts_flood__a_server_slower_than_its_workers__is_told),
        cmocka_unit_test(flood__of_crashes_without_a_version__says_since_when),
        cmocka_unit_test(untrained_reason__end_and_start_up__are_named),
    };
    return cmocka_run_group_tests_name("untrained", tests, NULL, NULL);
}
