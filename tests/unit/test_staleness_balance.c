// SPDX-License-Identifier: GPL-3.0-or-later
// staleness_balance: the identity by hand, on gradients that are few.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/simulation/staleness_balance.h"
#include "tests/support/child.h"

// Two workers read version 0; the first makes version 1 and reads it, the second makes version 2
// with a gradient that is one version late: 0 + 1 on the left, 1 + 1 - 1 still open on the right.
static void staleness_balance__two_workers_by_hand__holds_at_every_moment(void **state) {
    (void)state;
    struct staleness_balance balance = {0};
    staleness_balance_open(&balance, 0);
    staleness_balance_open(&balance, 0);
    assert_true(staleness_balance_holds(&balance, 0));
    staleness_balance_flush(&balance, 1, 0); // version 1; the second worker's is 1 late by now
    assert_true(staleness_balance_holds(&balance, 1));
    staleness_balance_open(&balance, 0);
    staleness_balance_flush(&balance, 1, 1); // version 2; the first worker's is 1 late by now
    assert_true(staleness_balance_holds(&balance, 1));
    assert_false(staleness_balance_holds(&balance, 0));
    staleness_balance_close(&balance, 1); // dropped
    assert_true(staleness_balance_holds(&balance, 0) && balance.open == 0);
}

// A worker that goes on at the version that it has opens a gradient that is late already.
static void staleness_balance__an_old_version_read_again__counts_from_then(void **state) {
    (void)state;
    struct staleness_balance balance = {0};
    staleness_balance_open(&balance, 3);
    assert_true(staleness_balance_holds(&balance, 3));
    staleness_balance_flush(&balance, 1, 3);
    assert_true(staleness_balance_holds(&balance, 0));
}

static void close_one(void *balance) {
    staleness_balance_close(balance, 0);
}

static void flush_one(void *balance) {
    staleness_balance_flush(balance, 1, 0);
}

static void open_tomorrow(void *balance) {
    staleness_balance_open(balance, -1);
}

// More closed than was ever open is a gradient that was accounted for twice.
static void staleness_balance__more_closed_than_open__is_a_broken_contract(void **state) {
    (void)state;
    struct staleness_balance balance = {0};
    char text[256];
    void (*const wrong[])(void *) = {close_one, flush_one, open_tomorrow};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(child_exit_status(wrong[i], &balance, text, sizeof text), STATUS_INTERNAL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(staleness_balance__two_workers_by_hand__holds_at_every_moment),
        cmocka_unit_test(staleness_balance__an_old_version_read_again__counts_from_then),
        cmocka_unit_test(staleness_balance__more_closed_than_open__is_a_broken_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
