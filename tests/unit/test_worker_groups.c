// SPDX-License-Identifier: GPL-3.0-or-later
// worker_groups: which group each worker is in.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/cluster/worker_groups.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 10 };

static void add(struct cluster_options *options, const char *name, struct worker_choice who) {
    struct worker_group *group = &options->groups.entries[options->groups.count++];
    snprintf(group->name, sizeof group->name, "%s", name);
    group->who = who;
    group->slowdown = 1;
}

static struct worker_choice count(int32_t workers) {
    return (struct worker_choice){.kind = WORKERS_COUNT, .count = workers};
}

static struct worker_choice drawn(int32_t workers) {
    return (struct worker_choice){.kind = WORKERS_COUNT, .count = workers, .who = WORKERS_DRAWN};
}

static struct worker_choice numbers(int32_t first, int32_t last) {
    return (struct worker_choice){
        .kind = WORKERS_NUMBERS, .range_count = 1, .ranges = {{first, last}}};
}

// "aab--": a for the first group, - for none.
static void expect_groups(const struct cluster_options *options, const char *expected) {
    char text[WORKERS + 1] = "";
    int16_t *of = worker_groups_create(options, 1);
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        text[worker] = of[worker] < 0 ? '-' : (char)('a' + of[worker]);
    }
    memory_free(of);
    assert_string_equal(text, expected);
}

// A count is of the lowest numbers that no earlier group has: else the second group of a scenario
// would be other workers than its text says.
static void worker_groups__counts_and_numbers__take_these_in_order(void **state) {
    (void)state;
    struct cluster_options options = {.workers = WORKERS};
    assert_null(worker_groups_create(&options, 1));
    add(&options, "near", numbers(1, 2));
    add(&options, "slow", count(3));
    add(&options, "slower", (struct worker_choice){.kind = WORKERS_SHARE, .share = .2});
    assert_int_equal(worker_groups_check(&options, 1).kind, GROUPS_OK);
    expect_groups(&options, "baabbcc---");
}

// Whom a seed draws is nobody that another group names, so that a sweep's next round is a scenario,
// too; and a group of another name, or another worker, draws the same.
static void worker_groups__drawn__overlap_under_no_seed(void **state) {
    (void)state;
    struct cluster_options options = {.workers = WORKERS};
    int moved = 0;
    add(&options, "lucky", drawn(3));
    add(&options, "named", numbers(2, 8));
    for (uint64_t seed = 0; seed < 50; seed++) {
        assert_int_equal(worker_groups_check(&options, seed).kind, GROUPS_OK);
    }
    expect_groups(&options, "aabbbbbbba");
    options.groups.entries[1].who = numbers(8, 8);
    int16_t *first = worker_groups_create(&options, 1);
    for (uint64_t seed = 2; seed < 12; seed++) {
        int16_t *other = worker_groups_create(&options, seed);
        moved += memcmp(first, other, WORKERS) != 0;
        memory_free(other);
    }
    memory_free(first);
    assert_true(moved >= 5);
}

static void expect_fault(const struct cluster_options *options, enum group_fault_kind kind,
                         int32_t group, int32_t other, int32_t number) {
    struct group_fault fault = worker_groups_check(options, 1);
    assert_int_equal(fault.kind, kind);
    assert_int_equal(fault.group, group);
    assert_int_equal(fault.other, other);
    assert_int_equal(fault.number, number);
}

// The message names the worker and the groups: a wrong number would send the user to the wrong one.
static void worker_groups__faults__say_which_group_and_worker(void **state) {
    (void)state;
    struct cluster_options options = {.workers = WORKERS};
    add(&options, "first", count(2));
    add(&options, "second", numbers(1, 3));
    expect_fault(&options, GROUPS_OVERLAP, 1, 0, 1);
    options.groups.entries[1].who = numbers(8, 10);
    expect_fault(&options, GROUP_NO_SUCH_WORKER, 1, 0, 10);
    options.groups.entries[1].who = count(9);
    expect_fault(&options, GROUP_TOO_MANY, 1, 0, 8);
    options.groups.entries[1].who = (struct worker_choice){.kind = WORKERS_NOT_SAID};
    expect_fault(&options, GROUP_SAYS_NOBODY, 1, 0, 0);
    options.groups.entries[1].who = (struct worker_choice){.kind = WORKERS_SHARE, .share = .05};
    expect_fault(&options, GROUP_SHARE_OF_NOBODY, 1, 0, 0);
    options.groups.entries[1].who = numbers(4, 4);
    options.groups.entries[1].who.who = WORKERS_DRAWN;
    expect_fault(&options, GROUP_DRAWS_NUMBERS, 1, 0, 0);
    options.groups.entries[1].who = (struct worker_choice){
        .kind = WORKERS_NUMBERS, .range_count = 2, .ranges = {{4, 6}, {6, 6}}};
    expect_fault(&options, GROUP_NAMES_TWICE, 1, 0, 6);
}

// A group without delays has none where everybody else is late, whoever is drawn or first in line,
// and one with delays of its own has those.
static void worker_groups__with_or_without_a_delay__have_their_own(void **state) {
    (void)state;
    static const char *const who[] = {"workers: 100 %", "workers: 4",
                                      "workers: 100 %, who: random"};
    for (size_t i = 0; i < sizeof who / sizeof who[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        small_cluster_parse(&scenario,
                            "model: none\nend: 2 s\npolicy: {name: async}\n"
                            "cluster: {workers: 4, compute: 100 ms, "
                            "delay: {law: constant, value: 50 ms, %s}, "
                            "groups: {quick: {workers: [0, 1], delay: none}, "
                            "slow: {workers: [2], delay: {law: constant, value: 70 ms}}}}\n",
                            who[i]);
        small_cluster_run(&scenario, &log);
        for (size_t k = 0; k < rows(log.gradient_count); k++) {
            const struct gradient_row *row = &log.gradients[k];
            static const int64_t delays_ns[4] = {0, 0, 70000000, 50000000};
            assert_true(row->delay_ns == delays_ns[row->worker]);
        }
        runlog_reset(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_groups__counts_and_numbers__take_these_in_order),
        cmocka_unit_test(worker_groups__drawn__overlap_under_no_seed),
        cmocka_unit_test(worker_groups__faults__say_which_group_and_worker),
        cmocka_unit_test(worker_groups__with_or_without_a_delay__have_their_own),
    };
    return cmocka_run_group_tests_name("worker_groups", tests, NULL, NULL);
}
