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
        .workers = workers, .present = workers, .gradients_received = received, .version = version};
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

// Whether the policy drops a gradient of this staleness, and cancels what still computes.
static bool drops(const struct policy_options *options, int64_t staleness) {
    const struct aggregation *aggregation = aggregation_of(options->policy);
    return aggregation->drops != NULL && aggregation->drops(options, staleness);
}

static bool cancels(const struct policy_options *options) {
    const struct aggregation *aggregation = aggregation_of(options->policy);
    return aggregation->cancels != NULL && aggregation->cancels(options);
}

// Who waits, and what becomes of late gradients: the table of the family (Dutta et al. 2018).
static void aggregation__wait_for_k__is_the_table_of_the_paper(void **state) {
    (void)state;
    static const struct {
        enum policy policy;
        bool waits, goes_on, late_are_lost;
    } family[] = {{POLICY_K_SYNC, true, false, true},
                  {POLICY_K_BATCH_SYNC, true, true, true},
                  {POLICY_K_ASYNC, true, false, false},
                  {POLICY_K_BATCH_ASYNC, false, false, false}};
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++) {
        struct policy_options options = {.policy = family[i].policy,
                                         .threshold = {.schedule = SCHEDULE_CONSTANT, .start = 7}};
        const struct aggregation *aggregation = aggregation_of(options.policy);
        assert_true(threshold_of(&options, 25, 3, 1) == 7);
        assert_true(aggregation->pushed_worker_waits(&options) == family[i].waits);
        assert_true((aggregation->goes_on != NULL) == family[i].goes_on);
        assert_false(drops(&options, 0));
        assert_int_equal(drops(&options, 1), family[i].late_are_lost);
        assert_int_equal(cancels(&options), family[i].late_are_lost);
        assert_int_equal(aggregation_discards(&options), family[i].late_are_lost);
        assert_int_equal(aggregation_waits(&options), family[i].waits && !family[i].goes_on);
        assert_null(aggregation->holds_back);
    }
}

// N of N + b, and what the late do.
static void aggregation__backup__waits_for_all_but_b(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_BACKUP, .backup_workers = 5};
    assert_true(threshold_of(&options, 25, 1, 0) == 20);
    assert_true(cancels(&options) && drops(&options, 1) && !drops(&options, 0));
    options.late_workers = LATE_WORKERS_FINISH;
    assert_true(!cancels(&options) && drops(&options, 1) && aggregation_discards(&options));
    options.backup_workers = 0;
    assert_true(threshold_of(&options, 25, 1, 0) == 25);
}

// floor(P / n).
static void aggregation__n_softsync__takes_a_share_of_the_workers(void **state) {
    (void)state;
    static const int32_t splits[] = {1, 2, 3, 12, 13, 25};
    static const int64_t expected[] = {25, 12, 8, 2, 1, 1};
    for (size_t i = 0; i < 6; i++) {
        struct policy_options options = {.policy = POLICY_N_SOFTSYNC, .splits = splits[i]};
        assert_true(threshold_of(&options, 25, 99, 3) == expected[i]);
        assert_false(aggregation_of(options.policy)->pushed_worker_waits(&options));
    }
}

// At clock c a worker may start if c - slowest <= slack; cached parameters may be as old.
static void aggregation__ssp__holds_back_who_is_beyond_the_slack(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_SSP, .slack = 2, .read = READ_NEWEST};
    const struct aggregation *ssp = aggregation_of(POLICY_SSP);
    assert_true(threshold_of(&options, 25, 99, 3) == 1);
    assert_false(ssp->holds_back(&options, 12, 10));
    assert_true(ssp->holds_back(&options, 13, 10));
    assert_false(ssp->goes_on(&options, 1, 0));
    options.read = READ_CACHED;
    assert_true(ssp->goes_on(&options, 12, 10));
    assert_false(ssp->goes_on(&options, 13, 10));
    options.slack = SLACK_UNLIMITED;
    assert_false(ssp->holds_back(&options, INT64_MAX, 0));
}

static void ask_for_no_policy(void *context) {
    (void)context;
    aggregation_of(POLICY_COUNT);
}

// A policy that no test knows could do anything: a new one does not compile until it is here.
static bool has_a_test(enum policy policy) {
    switch (policy) {
    case POLICY_SYNC:
    case POLICY_ASYNC:
    case POLICY_HYBRID:
    case POLICY_K_SYNC:
    case POLICY_K_BATCH_SYNC:
    case POLICY_K_ASYNC:
    case POLICY_K_BATCH_ASYNC:
    case POLICY_BACKUP:
    case POLICY_N_SOFTSYNC:
    case POLICY_SSP:
        return true;       // above
    case POLICY_FEDBUFF:   // as k_batch_async: test_trace_server_relatives.c
    case POLICY_DC_ASGD:   // as async: test_trace_corrections.c
    case POLICY_GAP_AWARE: // likewise
        return true;
    case POLICY_K_AVG:
    case POLICY_POST_LOCAL:
    case POLICY_ADACOMM:
    case POLICY_HIER_AVG:
    case POLICY_HPSGD:
    case POLICY_COCOD:
    case POLICY_OVERLAP:
    case POLICY_EASGD: // no server: test_averaging.c
    case POLICY_COUNT:
        break;
    }
    return false;
}

// Each policy with a server must have its state machine; test_averaging.c asks for the others.
static void aggregation_of__every_policy__has_one(void **state) {
    (void)state;
    char text[256];
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        bool served = policy_table[policy].averaging.family == AVERAGING_FAMILY_NONE;
        const struct aggregation *aggregation = aggregation_of(policy);
        assert_int_equal(aggregation != NULL, served);
        assert_int_equal(has_a_test(policy), served);
        if (served) {
            assert_non_null(aggregation->threshold);
            assert_non_null(aggregation->pushed_worker_waits);
        }
    }
    assert_int_equal(child_exit_status(ask_for_no_policy, NULL, text, sizeof text),
                     STATUS_INTERNAL);
}

// Who is not there is in no barrier, and what is a share of the workers is one of those who are.
static void aggregation__some_are_absent__counts_those_who_are_present(void **state) {
    (void)state;
    struct aggregation_view view = {.workers = 8, .present = 5};
    const struct policy_options sync = {.policy = POLICY_SYNC};
    const struct policy_options backup = {.policy = POLICY_BACKUP, .backup_workers = 2};
    const struct policy_options softsync = {.policy = POLICY_N_SOFTSYNC, .splits = 2};
    assert_int_equal(aggregation_of(POLICY_SYNC)->threshold(&sync, &view), 5);
    assert_int_equal(aggregation_of(POLICY_BACKUP)->threshold(&backup, &view), 3);
    assert_int_equal(aggregation_of(POLICY_N_SOFTSYNC)->threshold(&softsync, &view), 2);
    view.present = 0;
    assert_int_equal(aggregation_of(POLICY_SYNC)->threshold(&sync, &view), 1);
    assert_int_equal(aggregation_of(POLICY_BACKUP)->threshold(&backup, &view), 1);
    assert_int_equal(aggregation_of(POLICY_N_SOFTSYNC)->threshold(&softsync, &view), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregation__sync_and_async__need_all_and_one),
        cmocka_unit_test(aggregation__hybrid__counts_gradients_or_updates),
        cmocka_unit_test(aggregation__pushed_worker__is_a_choice_of_hybrid_alone),
        cmocka_unit_test(aggregation__wait_for_k__is_the_table_of_the_paper),
        cmocka_unit_test(aggregation__backup__waits_for_all_but_b),
        cmocka_unit_test(aggregation__n_softsync__takes_a_share_of_the_workers),
        cmocka_unit_test(aggregation__ssp__holds_back_who_is_beyond_the_slack),
        cmocka_unit_test(aggregation_of__every_policy__has_one),
        cmocka_unit_test(aggregation__some_are_absent__counts_those_who_are_present),
    };
    return cmocka_run_group_tests_name("aggregation", tests, NULL, NULL);
}
