// SPDX-License-Identifier: GPL-3.0-or-later
// Which difference between two logs is named, and how.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/row_diff.h"
#include "sim/report/runlog_diff.h"
#include "tests/support/story_log.h"

static const char *const names[2] = {"recorded", "repeated"};

struct pair {
    struct runlog a;
    struct runlog b;
};

static struct pair make_pair(void) {
    return (struct pair){story_log_create(), story_log_create()};
}

// Compares, releases both, and expects exactly this text.
static void expect_difference(struct pair *pair, const char *expected) {
    static struct runlog_difference difference;
    bool found = runlog_diff(&pair->a, &pair->b, names, &difference);
    runlog_reset(&pair->a);
    runlog_reset(&pair->b);
    assert_string_equal(difference.text, expected);
    assert_true(found == (expected[0] != 0));
    assert_true(found == difference.found);
}

// If it failed, every replay would be said to differ; the story has NaNs.
static void runlog_diff__equal_logs__nothing_is_found(void **state) {
    (void)state;
    struct pair pair = make_pair();
    expect_difference(&pair, "");
}

// If it failed, NaNs of different bits would make a replay differ.
static void runlog_diff__nan_of_other_bits__is_equal(void **state) {
    (void)state;
    struct pair pair = make_pair();
    uint64_t bits = UINT64_C(0xfff8000000000123);
    memcpy(&pair.b.evaluations[1].train_accuracy, &bits, sizeof bits);
    expect_difference(&pair, "");
}

// If it failed, the first event at which a replay leaves the record would not be the one named.
static void runlog_diff__a_nanosecond_in_an_event__names_the_event_first(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.b.events[10].time_ns += 1;
    pair.b.events[11].time_ns += 1;
    pair.b.gradients[2].ready_ns += 1;
    pair.b.gradients[2].arrived_ns += 1;
    expect_difference(&pair,
                      "event 10 differs in time_ns: recorded 1.202 s, worker 0 ready, gradient 1, "
                      "version 1; repeated 1.202000001 s, worker 0 ready, gradient 1, version 1\n"
                      "gradient row 2 (worker 0, gradient 1) differs in ready_ns, arrived_ns: "
                      "recorded 1202000000, 1203000000; repeated 1202000001, 1203000001\n");
}

// If it failed, events of another kind or another version would be described wrongly.
static void runlog_diff__other_fields_of_an_event__are_named(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.b.events[14] = (struct event_row){1226000000, 3, 1, 1, EVENT_REPLIED};
    expect_difference(&pair,
                      "event 14 differs in kind, actor, gradient, version: recorded 1.226 s, "
                      "server updated, version 2; repeated 1.226 s, worker 1 replied, gradient 3, "
                      "version 1\n");
}

// If it failed, a changed parameter hash would not lead to its update.
static void runlog_diff__a_parameter_hash__names_the_update(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.b.updates[1].parameter_hash ^= 1;
    pair.b.ending.final[1] = -0.25F;
    pair.b.ending.parameter_fingerprint ^= 1;
    expect_difference(&pair,
                      "update 1 (1.226 s, makes version 2) differs in parameter_hash: recorded "
                      "0000000000002222; repeated 0000000000002223\n"
                      "final parameter 1 differs: recorded -0.5, repeated -0.25\n"
                      "parameter fingerprint differs: recorded 0000000000002222; repeated "
                      "0000000000002223\n");
}

// If it failed, +0 and -0, which are different bits, would pass as the same parameters.
static void runlog_diff__zeros_of_other_sign__differ(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.a.ending.final[0] = 0.0F;
    pair.b.ending.final[0] = -0.0F;
    pair.a.evaluations[0].test_loss = 0.0;
    pair.b.evaluations[0].test_loss = -0.0;
    expect_difference(&pair, "evaluation 0 (at 0.000 s) differs in test_loss: recorded 0; repeated "
                             "-0\n"
                             "final parameter 0 differs: recorded 0, repeated -0\n");
}

// If it failed, a run that stops early would be taken for the same run.
static void runlog_diff__a_longer_table__names_the_first_extra_row(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.a.event_count = 21;
    pair.b.evaluation_count = 3;
    expect_difference(&pair,
                      "event 21 is only in repeated: 1.300 s, worker 1 received, gradient 1, "
                      "version 2 (21 rows; 22)\n"
                      "evaluation 3 is only in recorded: (at 1.300 s) (4 rows; 3)\n");
}

// If it failed, differences in the smaller tables would pass unseen.
static void runlog_diff__workers_samples_and_ending__are_compared(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.a.samples = memory_allocate(10, sizeof(int32_t));
    pair.b.samples = memory_allocate(10, sizeof(int32_t));
    pair.a.header.sample_columns = 2;
    pair.b.header.sample_columns = 2;
    pair.b.samples[5] = 3;
    pair.a.values = memory_allocate(5 * pair.a.header.parameter_count, sizeof(float));
    pair.b.values = memory_allocate(5 * pair.b.header.parameter_count, sizeof(float));
    pair.b.values[pair.a.header.parameter_count + 1] = 0.25F;
    pair.b.ending.workers[1].waiting_ns = 11;
    pair.b.ending.status = RUN_DIVERGED;
    pair.b.ending.end_ns = 1200000000;
    pair.b.ending.timeline_fingerprint = 0xabd;
    expect_difference(&pair,
                      "worker 1 differs in waiting_ns: recorded 10000000; repeated 11\n"
                      "sample 1 of gradient row 2 (worker 0, gradient 1) differs: recorded 0; "
                      "repeated 3\n"
                      "value 1 of gradient row 1 (worker 1, gradient 0) differs: recorded 0; "
                      "repeated 0.25\n"
                      "status differs: recorded complete; repeated diverged\n"
                      "end differs: recorded 1.300 s; repeated 1.200 s\n"
                      "timeline fingerprint differs: recorded 0000000000000abc; repeated "
                      "0000000000000abd\n");
}

// If it failed, a log that was told not to keep events would differ from one that kept them.
static void runlog_diff__a_log_without_events__is_compared_without_them(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.b.header.events = false;
    pair.b.event_count = 0;
    expect_difference(&pair, "");
}

static void add_centre(struct runlog *log, float first) {
    log->ending.centre = memory_allocate(log->header.parameter_count, sizeof(float));
    log->ending.centre[0] = first;
}

// If it failed, a changed centre would pass, or logs of easgd from before it was kept would differ.
static void runlog_diff__a_centre__is_compared_where_both_have_it(void **state) {
    (void)state;
    struct pair pair = make_pair();
    add_centre(&pair.a, 0.5F);
    add_centre(&pair.b, 0.25F);
    expect_difference(&pair, "centre parameter 0 differs: recorded 0.5, repeated 0.25\n");
    pair = make_pair();
    add_centre(&pair.a, 0.5F);
    expect_difference(&pair, "centre parameters are only in recorded\n");
    pair = make_pair();
    add_centre(&pair.b, 0.5F);
    expect_difference(&pair, "centre parameters are only in repeated\n");
    pair = make_pair();
    add_centre(&pair.b, 0.5F);
    memcpy(pair.a.header.policy, "easgd", sizeof "easgd");
    expect_difference(&pair, "");
}

// If it failed, models of unlike size would be compared beyond their ends.
static void runlog_diff__unlike_parameter_counts__are_named(void **state) {
    (void)state;
    struct pair pair = make_pair();
    pair.b.header.parameter_count = 1;
    expect_difference(&pair, "initial parameters: recorded 2, repeated 1\n"
                             "final parameters: recorded 2, repeated 1\n");
}

// If it failed, "desgd diff" would not say which keys of the scenarios differ, or that they were
// run on other data, or would count that as a difference of the runs.
static void runlog_diff__scenario_keys__are_listed_but_do_not_count(void **state) {
    (void)state;
    struct pair pair = make_pair();
    static struct runlog_difference difference;
    memory_free(pair.b.header.scenario);
    pair.b.header.scenario = memory_copy_text("title: A story of two workers\n"
                                              "seed: 8\n"
                                              "end: 1300 ms\n"
                                              "policy:\n"
                                              "  name: hybrid\n"
                                              "  threshold:\n"
                                              "    schedule: step\n"
                                              "    every: 1\n"
                                              "  combine: sum\n"
                                              "cluster:\n"
                                              "  workers: 2\n"
                                              "  start_up: 1 s\n");
    pair.a.header.data_hash = 0x1f;
    pair.b.header.data_hash = UINT64_C(0xf000000000000002);
    bool found = runlog_diff(&pair.a, &pair.b, names, &difference);
    runlog_reset(&pair.a);
    runlog_reset(&pair.b);
    assert_false(found);
    assert_string_equal(difference.scenario,
                        "seed: recorded 7; repeated 8\n"
                        "policy.pushed_worker: recorded waits; repeated (none)\n"
                        "policy.combine: recorded (none); repeated sum\n"
                        "contents of the data: recorded 000000000000001f; repeated "
                        "f000000000000002\n");
}

// If it failed, a long table of thresholds would be said to differ from itself.
static void runlog_diff__a_long_value__is_compared_to_its_end(void **state) {
    (void)state;
    struct pair pair = make_pair();
    static struct runlog_difference difference;
    static char text[1024];
    memset(text, '1', sizeof text - 1);
    memcpy(text, "end: ", strlen("end: "));
    memory_free(pair.a.header.scenario);
    memory_free(pair.b.header.scenario);
    pair.a.header.scenario = memory_copy_text(text);
    pair.b.header.scenario = memory_copy_text(text);
    runlog_diff(&pair.a, &pair.b, names, &difference);
    assert_string_equal(difference.scenario, "");
    pair.b.header.scenario[sizeof text - 2] = '2';
    runlog_diff(&pair.a, &pair.b, names, &difference);
    assert_string_not_equal(difference.scenario, "");
    runlog_reset(&pair.a);
    runlog_reset(&pair.b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runlog_diff__equal_logs__nothing_is_found),
        cmocka_unit_test(runlog_diff__nan_of_other_bits__is_equal),
        cmocka_unit_test(runlog_diff__a_nanosecond_in_an_event__names_the_event_first),
        cmocka_unit_test(runlog_diff__other_fields_of_an_event__are_named),
        cmocka_unit_test(runlog_diff__a_parameter_hash__names_the_update),
        cmocka_unit_test(runlog_diff__zeros_of_other_sign__differ),
        cmocka_unit_test(runlog_diff__a_longer_table__names_the_first_extra_row),
        cmocka_unit_test(runlog_diff__workers_samples_and_ending__are_compared),
        cmocka_unit_test(runlog_diff__a_log_without_events__is_compared_without_them),
        cmocka_unit_test(runlog_diff__a_centre__is_compared_where_both_have_it),
        cmocka_unit_test(runlog_diff__unlike_parameter_counts__are_named),
        cmocka_unit_test(runlog_diff__scenario_keys__are_listed_but_do_not_count),
        cmocka_unit_test(runlog_diff__a_long_value__is_compared_to_its_end),
    };
    return cmocka_run_group_tests_name("runlog_diff", tests, NULL, NULL);
}
