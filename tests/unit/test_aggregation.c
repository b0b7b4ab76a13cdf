// SPDX-License-Identifier: GPL-3.0-or-later
// aggregation: what a policy says when a gradient has been received.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/training/aggregation.h"
#include "tests/support/child.h"

static int64_t threshold_of(const struct policy_options *options, int32_t workers, int64_t received,
                            int64_t version) {
    struct aggregation_view view = {
        .workers = workers, .gradients_received = received, .version = version};
    return aggregation_of(options->policy)->threshold(options, &view);
}

// A barrier takes one gradient of everybody, an asynchronous server one of anybody.
static void aggregation__sync_and_async__need_all_and_one(void **state) {
    (void)state;
    struct policy_options sync = {.policy = POLICY_SYNC};
    struct policy_options async = {.policy = POLICY_ASYNC};
    for (int64_t n = 1; n < 1000; n += 7) {
        assert_true(threshold_of(&sync, 25, n, n / 25) == 25);
        assert_true(threshold_of(&async, 25, n, n) == 1);
    }
}

// "counts" decides which n the schedule sees.
static void aggregation__hybrid__counts_gradients_or_updates(void **state) {
    (void)state;
    struct policy_options hybrid = {.policy = POLICY_HYBRID,
                                    .threshold = {.schedule = SCHEDULE_STEP,
                                                  .every = 10,
                                                  .start = 1,
                                                  .increment = 1,
                                                  .counts = COUNTS_GRADIENTS}};
    assert_true(threshold_of(&hybrid, 25, 40, 9) == 5);
    hybrid.threshold.counts = COUNTS_UPDATES;
    assert_true(threshold_of(&hybrid, 25, 40, 9) == 1);
    assert_true(threshold_of(&hybrid, 25, 40, 10) == 2);
}

// A synchronous or asynchronous worker always goes on with the update of its own gradient, whatever
// is left in an option that does not apply; a hybrid one as the key says.
static void aggregation__pushed_worker__is_a_choice_of_hybrid_alone(void **state) {
    (void)state;
    struct policy_options options = {.pushed_worker = PUSHED_CONTINUES};
    assert_true(aggregation_of(POLICY_SYNC)->pushed_worker_waits(&options));
    assert_true(aggregation_of(POLICY_ASYNC)->pushed_worker_waits(&options));
    assert_false(aggregation_of(POLICY_HYBRID)->pushed_worker_waits(&options));
    options.pushed_worker = PUSHED_WAITS;
    assert_true(aggregation_of(POLICY_HYBRID)->pushed_worker_waits(&options));
}

static void ask_for_no_policy(void *context) {
    (void)context;
    aggregation_of(POLICY_COUNT);
}

// Each policy of the table must have its state machine.
static void aggregation_of__every_policy__has_one(void **state) {
    (void)state;
    char text[256];
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        assert_non_null(aggregation_of(policy));
        assert_non_null(policy_table[policy].name);
    }
    assert_int_equal(child_exit_status(ask_for_no_policy, NULL, text, sizeof text),
                     STATUS_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregation__sync_and_async__need_all_and_one),
        cmocka_unit_test(aggregation__hybrid__counts_gradients_or_updates),
        cmocka_unit_test(aggregation__pushed_worker__is_a_choice_of_hybrid_alone),
        cmocka_unit_test(aggregation_of__every_policy__has_one),
    };
    return cmocka_run_group_tests_name("aggregation", tests, NULL, NULL);
}
