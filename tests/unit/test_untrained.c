// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that end before training begins: told before, from the log, and from its evaluations alone.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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
        cmocka_unit_test(untrained_reason__end_and_start_up__are_named),
    };
    return cmocka_run_group_tests_name("untrained", tests, NULL, NULL);
}
