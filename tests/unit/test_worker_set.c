// SPDX-License-Identifier: GPL-3.0-or-later
// worker_set: who is meant.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/cluster/worker_set.h"
#include "tests/support/child.h"

// "0 1 2"
static void expect_members(const struct worker_choice *choice,
                           const struct worker_set_request *request, const char *expected) {
    char text[256] = "";
    struct worker_set set;
    worker_set_resolve(choice, request, &set);
    for (int32_t i = 0; i < set.count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%d", i == 0 ? "" : " ", (int)set.members[i]);
    }
    worker_set_reset(&set);
    assert_string_equal(text, expected);
}

// A count or a share is the lowest numbers that nobody before has, numbers are these, whatever
// their order: else a scenario would mean other workers than it says.
static void worker_set__of_each_kind__has_these_members(void **state) {
    (void)state;
    const bool taken[5] = {true, false, true};
    struct worker_set_request request = {.workers = 5, .seed = 1, .name = "slow"};
    struct worker_choice choice = {.kind = WORKERS_COUNT, .count = 2};
    expect_members(&choice, &request, "0 1");
    request.taken = taken;
    expect_members(&choice, &request, "1 3");
    choice = (struct worker_choice){.kind = WORKERS_SHARE, .share = 0.5};
    expect_members(&choice, &request, "1 3");
    choice = (struct worker_choice){
        .kind = WORKERS_NUMBERS, .range_count = 2, .ranges = {{3, 4}, {0, 0}}};
    expect_members(&choice, &request, "0 3 4");
    choice = (struct worker_choice){.kind = WORKERS_COUNT, .count = 0};
    expect_members(&choice, &request, "");
    choice.who = WORKERS_DRAWN;
    expect_members(&choice, &request, "");
}

// What cannot be resolved is found before, with the number that shows it.
static void worker_set_check__of_each_fault__names_the_number(void **state) {
    (void)state;
    const struct {
        struct worker_choice choice;
        enum worker_set_fault fault;
        int32_t wrong;
    } rows[] = {
        {{.kind = WORKERS_COUNT, .count = 4}, WORKER_SET_OK, -1},
        {{.kind = WORKERS_COUNT, .count = 5}, WORKER_SET_TOO_MANY, 4},
        {{.kind = WORKERS_SHARE, .share = 1}, WORKER_SET_TOO_MANY, 4},
        {{.kind = WORKERS_NUMBERS, .range_count = 1, .ranges = {{30, 30}}},
         WORKER_SET_NO_SUCH_WORKER,
         30},
        {{.kind = WORKERS_NUMBERS, .range_count = 1, .ranges = {{3, 5}}},
         WORKER_SET_NO_SUCH_WORKER,
         5},
        {{.kind = WORKERS_NUMBERS, .range_count = 2, .ranges = {{2, 4}, {0, 3}}},
         WORKER_SET_TWICE,
         2},
    };
    const bool taken[5] = {[1] = true};
    const struct worker_set_request request = {
        .workers = 5, .seed = 1, .name = "slow", .taken = taken};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t wrong = -1;
        assert_int_equal(worker_set_check(&rows[i].choice, &request, &wrong), rows[i].fault);
        assert_int_equal(wrong, rows[i].wrong);
    }
}

// Who is drawn follows from the seed and the name alone. A further worker takes the place of one or
// of none, and who is taken by another set is replaced by one: nobody else moves, so that two
// scenarios can be compared.
static void worker_set__drawn__is_moved_by_nobody_else(void **state) {
    (void)state;
    enum { WORKERS = 40, DRAWN = 10, SEEDS = 200 };
    const struct worker_choice choice = {
        .kind = WORKERS_COUNT, .count = DRAWN, .who = WORKERS_DRAWN};
    int32_t hits[WORKERS + 1] = {0};
    int32_t differing = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        bool taken[WORKERS + 1] = {false};
        struct worker_set set;
        struct worker_set changed;
        struct worker_set_request request = {.workers = WORKERS, .seed = seed, .name = "slow"};
        worker_set_resolve(&choice, &request, &set);
        taken[set.members[3]] = true;
        request.workers++;
        request.taken = taken;
        worker_set_resolve(&choice, &request, &changed);
        int32_t both = 0;
        for (int32_t i = 0; i < DRAWN; i++) {
            hits[set.members[i]]++;
            for (int32_t j = 0; j < DRAWN; j++) {
                both += set.members[i] == changed.members[j];
            }
        }
        assert_in_range(both, DRAWN - 2, DRAWN - 1);
        worker_set_reset(&changed);
        request = (struct worker_set_request){.workers = WORKERS, .seed = seed, .name = "fast"};
        worker_set_resolve(&choice, &request, &changed);
        differing += memcmp(set.members, changed.members, DRAWN * sizeof *set.members) != 0;
        worker_set_reset(&changed);
        worker_set_reset(&set);
    }
    assert_true(differing > SEEDS / 2);                    // another name, other draws
    for (int32_t worker = 0; worker < WORKERS; worker++) { // mean 50, standard deviation 6.1
        assert_in_range(hits[worker], 20, 80);
    }
}

static void resolve_beyond(void *choice) {
    struct worker_set set;
    const struct worker_set_request request = {.workers = 5, .seed = 1, .name = "slow"};
    worker_set_resolve(choice, &request, &set);
}

// The numbers of a choice with a fault would be outside of the cluster.
static void worker_set_resolve__with_a_fault__is_a_broken_contract(void **state) {
    (void)state;
    char text[256];
    struct worker_choice rows[] = {{.kind = WORKERS_NUMBERS, .range_count = 1, .ranges = {{5, 5}}},
                                   {.kind = WORKERS_COUNT, .count = 6},
                                   {.kind = WORKERS_OF_GROUP, .group = "slow"},
                                   {.kind = WORKERS_NOT_SAID}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(child_exit_status(resolve_beyond, &rows[i], text, sizeof text),
                         STATUS_INTERNAL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_set__of_each_kind__has_these_members),
        cmocka_unit_test(worker_set_check__of_each_fault__names_the_number),
        cmocka_unit_test(worker_set__drawn__is_moved_by_nobody_else),
        cmocka_unit_test(worker_set_resolve__with_a_fault__is_a_broken_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
