// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_words: what "desgd check" says of the cluster.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_words.h"
#include "tests/support/small_cluster.h"

static char told[4096];

static void note(const char *sentence) {
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", sentence);
}

static void expect_words(const char *cluster, const char *expected) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "{model: none, seed: 1, cluster: %s}", cluster);
    told[0] = 0;
    scenario_words_tell(&scenario, note);
    assert_string_equal(told, expected);
}

// Whoever reads the numbers of workers must be able to count them.
static void words__workers__are_numbers_and_rows(void **state) {
    (void)state;
    static const struct {
        const char *members;
        const char *words;
    } cases[] = {{"-----", "nobody"},
                 {"--x--", "worker 2"},
                 {"xx---", "workers 0 and 1"},
                 {"xxx--", "workers 0 to 2"},
                 {"x-x-x", "workers 0, 2 and 4"},
                 {"x-xxx", "workers 0 and 2 to 4"},
                 {"xxxxx", "workers 0 to 4"},
                 {"xx-xx", "workers 0, 1, 3 and 4"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool members[5];
        struct text_buffer text = {0};
        for (int worker = 0; worker < 5; worker++) {
            members[worker] = cases[i].members[worker] == 'x';
        }
        scenario_words_add_workers(&text, members, 5);
        assert_string_equal(text_buffer_text(&text), cases[i].words);
        text_buffer_clear(&text);
    }
}

// A count in a scenario does not show whom it means, nor that these are delayed as well.
static void words__groups__say_who_is_in_them_and_who_is_delayed_besides(void **state) {
    (void)state;
    expect_words("{workers: 25}", "");
    expect_words("{workers: 25, delay: 1 s}", "cluster.delay: workers 0 to 11\n");
    expect_words("{workers: 25, delay: {law: constant, value: 1 s, workers: 0}}",
                 "cluster.delay: nobody\n");
    expect_words("{workers: 25, delay: {law: exponential, mean: 1 s, workers: 9}, groups: "
                 "{slow: {workers: 3, slowdown: 4}, far: {worker: 24, network: {latency: 1 ms}}, "
                 "own: {worker: 5, delay: none}, last: {worker: 8}, none_yet: {workers: 0}}}",
                 "cluster.delay: workers 0 to 4 and 6 to 8\n"
                 "group slow: workers 0 to 2, compute takes 4 times as long\n"
                 "workers 0 to 2 are both in group slow and delayed\n"
                 "group far: worker 24, network.latency 1 ms\n"
                 "group own: worker 5, delay none\n"
                 "group last: worker 8\n"
                 "worker 8 is both in group last and delayed\n"
                 "group none_yet: nobody\n");
    expect_words("{workers: 4, delay: {law: exponential, mean: 1 s, who: random}, groups: "
                 "{lucky: {workers: 4, who: drawn}}}",
                 "cluster.delay: workers 0 to 3, each gradient with a probability of 50 %\n"
                 "group lucky: workers 0 to 3, drawn by seed 1\n");
    expect_words("{workers: 25, groups: {rack_b: {workers: 15..24, uplink: {latency: 1 ms, "
                 "bandwidth: 1 Gbit/s}}}}",
                 "group rack_b: workers 15 to 24, who share an uplink of latency 1 ms, bandwidth 1 "
                 "Gbit/s\n");
}

static void expect_phases(const char *past, const char *expected) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "{model: none, policy: async, end: 60 s, cluster: {workers: 5, groups: "
                        "{slow: {workers: 2, slowdown: 2}}, events: {nap: {event: pause, worker: "
                        "4, every: {law: exponential, mean: 9 s}, for: 1 s}}}%s}",
                        past);
    told[0] = 0;
    scenario_words_tell_phases(&scenario, note);
    assert_string_equal(told, expected);
}

// If it failed, the groups and events of a fork's past would be told of by nobody, and the last
// phase's as if they were there from the beginning.
static void words__phases__are_told_each_where_they_differ(void **state) {
    (void)state;
    static const char one[] =
        "group slow: workers 0 and 1, compute takes 2 times as long\n"
        "note: event nap: worker 4 is paused for 1 s, again after 9 s on average: 10 % of the time "
        "in the long run; P(none in 60 s) = 0.127 %\n";
    expect_phases("", one);
    expect_phases(", past: [{until: 20 s, policy.name: sync}]", one);
    expect_phases(
        ", past: [{until: 20 s, cluster.groups.slow.slowdown: 3, cluster.events: none}]",
        "until 20 s:\n"
        "group slow: workers 0 and 1, compute takes 3 times as long\n"
        "from 20 s:\n"
        "group slow: workers 0 and 1, compute takes 2 times as long\n"
        "note: event nap: worker 4 is paused for 1 s, again after 9 s on average: 10 % of "
        "the time in the long run\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words__workers__are_numbers_and_rows),
        cmocka_unit_test(words__groups__say_who_is_in_them_and_who_is_delayed_besides),
        cmocka_unit_test(words__phases__are_told_each_where_they_differ),
    };
    return cmocka_run_group_tests_name("scenario_words", tests, NULL, NULL);
}
