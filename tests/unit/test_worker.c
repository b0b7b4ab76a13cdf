// SPDX-License-Identifier: GPL-3.0-or-later
// worker: how long it was in which state.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/training/worker.h"
#include "tests/support/child.h"

// The shares of idle and busy time in every summary.
static void worker__changes_of_state__add_each_stretch_to_its_state(void **state) {
    (void)state;
    struct worker worker;
    worker_init(&worker, 1000);
    worker_enter(&worker, WORKER_BUSY, 1000);
    worker_enter(&worker, WORKER_COMMUNICATING, 1200);
    worker_enter(&worker, WORKER_WAITING, 1210);
    worker_enter(&worker, WORKER_COMMUNICATING, 1500);
    worker_enter(&worker, WORKER_BUSY, 1505);
    worker_enter(&worker, WORKER_BUSY, 1600);
    assert_true(worker.spent_ns[WORKER_BUSY] == 295);
    assert_true(worker.spent_ns[WORKER_COMMUNICATING] == 15);
    assert_true(worker.spent_ns[WORKER_WAITING] == 290);
    assert_true(worker.state == WORKER_BUSY && worker.since_ns == 1600);
}

// Time before the start belongs to no state.
static void worker__before_its_start__has_spent_nothing(void **state) {
    (void)state;
    struct worker worker;
    worker_init(&worker, 500);
    for (int i = 0; i < WORKER_STATE_COUNT; i++) {
        assert_true(worker.spent_ns[i] == 0);
    }
    assert_true(worker.next_number == 0 && worker.dropped == 0);
}

static void go_back(void *context) {
    worker_enter(context, WORKER_BUSY, 499);
}

// A stretch of negative length would hide in a sum.
static void worker_enter__before_the_last_change__is_a_broken_contract(void **state) {
    (void)state;
    struct worker worker;
    char text[256];
    worker_init(&worker, 500);
    assert_int_equal(child_exit_status(go_back, &worker, text, sizeof text), STATUS_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker__changes_of_state__add_each_stretch_to_its_state),
        cmocka_unit_test(worker__before_its_start__has_spent_nothing),
        cmocka_unit_test(worker_enter__before_the_last_change__is_a_broken_contract),
    };
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
