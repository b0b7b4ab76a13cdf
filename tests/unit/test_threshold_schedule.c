// SPDX-License-Identifier: GPL-3.0-or-later
// threshold_schedule: K(n), the smooth switch itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "sim/base/status.h"
#include "sim/training/threshold_schedule.h"
#include "tests/support/child.h"

static const struct threshold_options of_paper = {
    .schedule = SCHEDULE_STEP, .every = 300, .start = 1, .increment = 1};

// K where n gradients have been received.
static int64_t k_at(const struct threshold_options *options, int32_t workers, int64_t n) {
    struct policy_options policy = {.policy = POLICY_HYBRID, .threshold = *options};
    struct threshold_memory memory = {0};
    struct aggregation_view view = {
        .workers = workers, .present = workers, .gradients_received = n, .memory = &memory};
    return threshold_at(&policy, &view);
}

// The paper's K(n) = min(P, 1 + floor(n / s)), s = 300, P = 25, at every edge.
static void threshold_at__the_paper_s_step__is_one_more_every_300(void **state) {
    (void)state;
    static const struct {
        int64_t n, k;
    } rows[] = {{0, 1},
                {1, 1},
                {299, 1},
                {300, 2},
                {301, 2},
                {599, 2},
                {600, 3},
                {7199, 24},
                {7200, 25},
                {7499, 25},
                {7500, 25},
                {INT64_MAX, 25},
                {3000, 11},
                {2999, 10},
                {3300, 12},
                {6900, 24},
                {INT64_C(1) << 40, 25}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(k_at(&of_paper, 25, rows[i].n) == rows[i].k);
    }
}

// Whoever says where K stops must see it stop there, in both directions: 1 + n / 10 up to 3, and
// 8 - 2 n / 10 down to 5. Without an end it goes on to the number of workers, or to 1.
static void threshold_at__step_with_an_end__stops_there(void **state) {
    (void)state;
    struct threshold_options grows = {
        .schedule = SCHEDULE_STEP, .every = 10, .start = 1, .increment = 1, .end = 3};
    struct threshold_options falls = {
        .schedule = SCHEDULE_STEP, .every = 10, .start = 8, .increment = -2, .end = 5};
    static const int64_t grown[] = {1, 2, 3, 3, 3}, fallen[] = {8, 6, 5, 5, 5};
    for (int64_t i = 0; i < 5; i++) {
        assert_true(k_at(&grows, 16, 10 * i) == grown[i]);
        assert_true(k_at(&falls, 16, 10 * i) == fallen[i]);
    }
    falls.end = THRESHOLD_WORKERS;
    assert_true(k_at(&falls, 16, 1000) == 1);
    grows.start = 4; // behind which the end lies
    assert_true(k_at(&grows, 16, 30) == 7);
    grows.end = 20;
    assert_true(k_at(&grows, 16, 1000) == 16);
}

// Larger increments, from another start, capped at P; and every n one.
static void threshold_at__other_steps__follow_the_formula(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 10, .start = 3, .increment = 4};
    static const int64_t expected[] = {3, 7, 11, 15, 16, 16};
    for (int64_t i = 0; i < 6; i++) {
        assert_true(k_at(&options, 16, 10 * i) == expected[i]);
        assert_true(k_at(&options, 16, 10 * i + 9) == expected[i]);
    }
    options.every = 1;
    options.increment = 1;
    for (int64_t n = 0; n < 10; n++) {
        assert_true(k_at(&options, 100, n) == 3 + n);
    }
}

// Schedules may fall (Sync-Switch goes from synchronous to asynchronous), but not below 1.
static void threshold_at__a_negative_increment__falls_to_one(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 5, .start = 8, .increment = -3};
    static const int64_t expected[] = {8, 5, 2, 1, 1};
    for (int64_t i = 0; i < 5; i++) {
        assert_true(k_at(&options, 8, 5 * i + 4) == expected[i]);
    }
}

// A step of zero is a constant; a start above P is capped.
static void threshold_at__a_step_of_zero__stays_at_its_start(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 1, .start = 4, .increment = 0};
    assert_true(k_at(&options, 8, 1000) == 4);
    assert_true(k_at(&options, 3, 1000) == 3);
}

// A constant is what it says, also above P ("continues" lets a worker push twice).
static void threshold_at__a_constant__is_its_start(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_CONSTANT, .every = 1, .start = 40, .increment = 7};
    assert_true(k_at(&options, 25, 0) == 40);
    assert_true(k_at(&options, 25, INT64_MAX) == 40);
}

// Extreme keys: the product increment * (n / every) has up to 83 bits.
static void threshold_at__extreme_keys__do_not_overflow(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 1, .start = 1000000, .increment = 1000000};
    assert_true(k_at(&options, 25, INT64_MAX) == 25);
    options.increment = -1000000;
    assert_true(k_at(&options, 25, INT64_MAX) == 1);
    options.increment = INT64_MAX;
    assert_true(k_at(&options, 25, INT64_MAX) == 25);
}

static void ask_for_negative_n(void *context) {
    k_at(context, 25, -1);
}

// A count below zero is a bug of whoever counts.
static void threshold_at__negative_n__is_a_broken_contract(void **state) {
    (void)state;
    struct threshold_options options = of_paper;
    char text[256];
    assert_int_equal(child_exit_status(ask_for_negative_n, &options, text, sizeof text),
                     STATUS_INTERNAL);
}

// ---- shapes ----

enum { OVER = 960, WORKERS = 25 };

static double reference_of(enum threshold_schedule schedule, double start, double end, double u) {
    double s0 = 1 / (1 + exp(5));
    double s1 = 1 / (1 + exp(-5));
    switch (schedule) {
    case SCHEDULE_LINEAR:
        return start + (end - start) * u;
    case SCHEDULE_EXPONENTIAL:
        return start * pow(end / start, u);
    case SCHEDULE_COSINE:
        return start + (end - start) * (1 - cos(acos(-1) * u)) / 2;
    default:
        return start + (end - start) * (1 / (1 + exp(-10 * (u - 0.5))) - s0) / (s1 - s0);
    }
}

// Each shape, rising and falling, at every n from its start to beyond its end, against its formula
// with the C library's functions.
static void threshold_at__every_shape__hits_its_formula_at_every_n(void **state) {
    (void)state;
    static const int64_t ways[][2] = {{1, 25}, {25, 1}, {3, 17}, {20, 4}, {7, 7}, {1, 2}};
    for (enum threshold_schedule shape = SCHEDULE_LINEAR; shape <= SCHEDULE_SIGMOID; shape++) {
        for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            struct threshold_options options = {.schedule = shape,
                                                .start = ways[w][0],
                                                .end = ways[w][1],
                                                .over = OVER,
                                                .steepness = 10};
            for (int64_t n = 0; n < OVER + 50; n++) {
                double u = n >= OVER ? 1 : (double)n / OVER;
                double value = reference_of(shape, (double)ways[w][0], (double)ways[w][1], u);
                double steps = floor(fabs(value - (double)ways[w][0]) + 1e-9);
                int64_t expected = ways[w][0] + (int64_t)(ways[w][1] < ways[w][0] ? -steps : steps);
                int64_t k = k_at(&options, WORKERS, n);
                if (k != expected) {
                    fail_msg("%s from %lld to %lld: K(%lld) is %lld, should be %lld",
                             schedule_table[shape].name, (long long)ways[w][0],
                             (long long)ways[w][1], (long long)n, (long long)k,
                             (long long)expected);
                }
            }
        }
    }
}

// A schedule without its function would be found when somebody runs it. Each begins at its start,
// and stays within the workers.
static void
threshold_at__every_schedule__begins_at_its_start_and_stays_within_bounds(void **state) {
    (void)state;
    for (enum threshold_schedule shape = 0; shape < SCHEDULE_COUNT; shape++) {
        struct policy_options policy = {.threshold = {.schedule = shape,
                                                      .start = 3,
                                                      .end = WORKERS,
                                                      .every = 10,
                                                      .increment = 1,
                                                      .over = OVER,
                                                      .steepness = 10}};
        struct expression_mistake mistake;
        struct threshold_memory memory = {0};
        assert_true(expression_parse("3 + n", threshold_variable_names, THRESHOLD_VARIABLE_COUNT,
                                     &policy.threshold.formula, &mistake));
        for (int64_t n = 0; n < 2 * OVER; n++) {
            struct aggregation_view view = {.workers = WORKERS,
                                            .present = WORKERS,
                                            .gradients_received = n,
                                            .version = n / 3,
                                            .loss = 1.0 / (double)(1 + n),
                                            .first_loss = 1,
                                            .memory = &memory};
            int64_t k = threshold_at(&policy, &view);
            if (n == 0 ? k != 3 : k < 1 || k > WORKERS) {
                fail_msg("%s: K(%lld) is %lld", schedule_table[shape].name, (long long)n,
                         (long long)k);
            }
        }
    }
}

// A schedule that no test knows could be any other: a new one does not compile until it is here.
static bool has_a_test_of_its_own(enum threshold_schedule schedule) {
    switch (schedule) {
    case SCHEDULE_CONSTANT:
    case SCHEDULE_STEP:
    case SCHEDULE_TABLE:
    case SCHEDULE_EXPRESSION:
    case SCHEDULE_ADASYNC:
        return true;
    case SCHEDULE_LINEAR:
    case SCHEDULE_EXPONENTIAL:
    case SCHEDULE_COSINE:
    case SCHEDULE_SIGMOID:
    case SCHEDULE_COUNT:
        break;
    }
    return false;
}

// A few values worked out by hand, so that the formulas above are not their own judges: from 1 to
// 25 over 960, so that linear rises at every 40th n; exponential reaches 5 half-way (the square
// root of 25), cosine and sigmoid 13.
static void threshold_at__every_shape__agrees_with_numbers_by_hand(void **state) {
    (void)state;
    int counts[SCHEDULE_COUNT] = {0};
    static const struct {
        enum threshold_schedule schedule;
        int64_t start, end, n, k;
    } rows[] = {
        {SCHEDULE_LINEAR, 1, 25, 39, 1},       {SCHEDULE_LINEAR, 1, 25, 40, 2},
        {SCHEDULE_LINEAR, 1, 25, 959, 24},     {SCHEDULE_LINEAR, 1, 25, 960, 25},
        {SCHEDULE_LINEAR, 25, 1, 39, 25},      {SCHEDULE_LINEAR, 25, 1, 40, 24},
        {SCHEDULE_LINEAR, 25, 1, 5000, 1},     {SCHEDULE_EXPONENTIAL, 1, 25, 479, 4},
        {SCHEDULE_EXPONENTIAL, 1, 25, 480, 5}, {SCHEDULE_EXPONENTIAL, 25, 1, 480, 5},
        {SCHEDULE_EXPONENTIAL, 25, 1, 479, 6}, {SCHEDULE_EXPONENTIAL, 1, 16, 240, 2},
        {SCHEDULE_EXPONENTIAL, 1, 16, 720, 8}, {SCHEDULE_COSINE, 1, 25, 480, 13},
        {SCHEDULE_COSINE, 1, 25, 479, 12},     {SCHEDULE_COSINE, 1, 25, 320, 7},
        {SCHEDULE_COSINE, 25, 1, 320, 19},     {SCHEDULE_COSINE, 25, 1, 640, 7},
        {SCHEDULE_SIGMOID, 1, 25, 480, 13},    {SCHEDULE_SIGMOID, 1, 25, 0, 1},
        {SCHEDULE_SIGMOID, 25, 1, 960, 1},     {SCHEDULE_SIGMOID, 25, 1, 480, 13},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct threshold_options options = {.schedule = rows[i].schedule,
                                            .start = rows[i].start,
                                            .end = rows[i].end,
                                            .over = OVER,
                                            .steepness = 10};
        int64_t k = k_at(&options, WORKERS, rows[i].n);
        if (k != rows[i].k) {
            fail_msg("row %zu: K is %lld", i, (long long)k);
        }
        counts[rows[i].schedule]++;
    }
    for (enum threshold_schedule shape = 0; shape < SCHEDULE_COUNT; shape++) {
        if (counts[shape] == 0 && !has_a_test_of_its_own(shape)) {
            fail_msg("no number of '%s' by hand", schedule_table[shape].name);
        }
    }
}

// Sync-Switch: synchronous, and then not; and a table that rises in between.
static void threshold_at__a_table__is_its_last_row_that_has_come(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_TABLE,
        .start = THRESHOLD_WORKERS,
        .table = {.count = 3, .rows = {{100, 1}, {200, 30}, {300, THRESHOLD_WORKERS}}}};
    assert_true(k_at(&options, WORKERS, 0) == 25 && k_at(&options, WORKERS, 99) == 25);
    assert_true(k_at(&options, WORKERS, 100) == 1 && k_at(&options, WORKERS, 199) == 1);
    assert_true(k_at(&options, 40, 200) == 30 && k_at(&options, WORKERS, 200) == 25);
    assert_true(k_at(&options, 40, 300) == 40 && k_at(&options, 40, INT64_MAX) == 40);
    options.table.count = 0;
    assert_true(k_at(&options, WORKERS, 5) == 25);
}

// One schedule over each of what can be counted; epochs exactly, without a rounded quotient: 0.1
// epochs of 60,000 samples are 187.5 gradients of 32.
static void threshold_at__other_counts__run_over_what_they_say(void **state) {
    (void)state;
    struct policy_options policy = {
        .policy = POLICY_HYBRID,
        .threshold = {.schedule = SCHEDULE_STEP, .start = 1, .increment = 1, .every = 100}};
    struct aggregation_view view = {.workers = 1000,
                                    .present = 1000,
                                    .gradients_received = 500,
                                    .version = 300,
                                    .now_ns = 25000000000,
                                    .batch = 32,
                                    .train_count = 60000};
    assert_true(threshold_at(&policy, &view) == 6);
    policy.threshold.counts = COUNTS_UPDATES;
    assert_true(threshold_at(&policy, &view) == 4);
    policy.threshold.counts = COUNTS_TIME;
    policy.threshold.every = 10000000000;
    assert_true(threshold_at(&policy, &view) == 3);
    policy.threshold.counts = COUNTS_EPOCHS;
    policy.threshold.every = THRESHOLD_EPOCH / 10;
    for (int64_t n = 0; n < 4000; n++) {
        view.gradients_received = n;
        assert_true(threshold_at(&policy, &view) == 1 + n * 32 / 6000);
    }
}

static int64_t k_of_formula(const char *text, struct aggregation_view view) {
    struct policy_options policy = {.policy = POLICY_K_SYNC,
                                    .threshold = {.schedule = SCHEDULE_EXPRESSION, .start = 3}};
    struct expression_mistake mistake;
    assert_true(expression_parse(text, threshold_variable_names, THRESHOLD_VARIABLE_COUNT,
                                 &policy.threshold.formula, &mistake));
    return threshold_at(&policy, &view);
}

// The published step as a formula, and each variable by its value.
static void threshold_at__an_expression__is_its_value_rounded_down(void **state) {
    (void)state;
    struct aggregation_view view = {.workers = 25,
                                    .present = 25,
                                    .gradients_received = 750,
                                    .version = 40,
                                    .now_ns = 12500000000,
                                    .batch = 32,
                                    .train_count = 12000,
                                    .loss = 0.5};
    assert_true(k_of_formula("1 + floor(n/300)", view) == 3);
    assert_true(k_of_formula("updates / 3", view) == 13);
    assert_true(k_of_formula("time", view) == 12);
    assert_true(k_of_formula("2 * epoch", view) == 4);
    assert_true(k_of_formula("1 / loss", view) == 2);
    assert_true(k_of_formula("P - 1", view) == 24);
    assert_true(k_of_formula("100 * P", view) == 25 && k_of_formula("-5", view) == 1);
    assert_true(k_of_formula("1 / 0", view) == 25);
    assert_true(k_of_formula("0 / 0", view) == 3); // start
    assert_true(k_of_formula("0.1 * 30", view) == 3);
    assert_true(k_of_formula("(0.1 + 0.7) * 10", view) == 8); // 7.999999999999999 in doubles
    view.loss = (double)NAN;
    assert_true(k_of_formula("10 / loss", view) == 3);
}

// ---- the loss decides ----

// b = 25 F0 / (20 F) for K0 = 5 and P = 25; (sqrt(b^2 + 100 b) - b) / 2: 5 at F = F0; 6.75 at half;
// 12.5 at a tenth, where b is 12.5 and the root 37.5; 3.65 at twice the loss. K0 sqrt(F0 / F) in
// the batch forms: 7.07, 15.8, 27.4.
static void threshold_adasync__by_hand__is_its_root(void **state) {
    (void)state;
    assert_true(threshold_adasync(5, 25, true, 2, 2) == 5);
    assert_true(threshold_adasync(5, 25, true, 2, 1) == 7);
    assert_true(threshold_adasync(5, 25, true, 2, 0.2) == 13);
    assert_true(threshold_adasync(5, 25, true, 2, 4) == 4);
    assert_true(threshold_adasync(25, 25, true, 2, 1) == 25); // the singular case
    assert_true(threshold_adasync(5, 25, true, 2, 0) == 25);
    assert_true(threshold_adasync(5, 25, false, 2, 1) == 7);
    assert_true(threshold_adasync(5, 25, false, 2, 0.2) == 16);
    assert_true(threshold_adasync(5, 25, false, 3, 0.1) == 25);
    assert_true(threshold_adasync(1, 25, false, 1, 100) == 1);
}

// A decision every 10 s, each by the losses known by then, and none before there are any; in
// between K stays what it was, whatever the loss does.
static void threshold_at__adasync__follows_a_sequence_of_losses(void **state) {
    (void)state;
    static const struct {
        double time_s, loss;
        int64_t k;
    } steps[] = {{1, NAN, 5},  {9, 2, 5},    {10, NAN, 5}, {11, 2, 5},     {12, 1, 5},
                 {19.9, 1, 5}, {20, 1, 7},   {21, 0.2, 7}, {29.9, 0.2, 7}, {55, 0.2, 13},
                 {59, 4, 13},  {60.0, 4, 4}, {61, 0.1, 4}, {70, 2, 5}};
    struct policy_options policy = {
        .policy = POLICY_K_SYNC,
        .threshold = {
            .schedule = SCHEDULE_ADASYNC, .start = 5, .every = 10000000000, .counts = COUNTS_TIME}};
    struct threshold_memory memory = {0};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct aggregation_view view = {.workers = 25,
                                        .present = 25,
                                        .now_ns = (int64_t)(steps[i].time_s * 1e9),
                                        .loss = steps[i].loss,
                                        .first_loss = isnan(steps[i].loss) ? NAN : 2,
                                        .waits = true,
                                        .memory = &memory};
        int64_t k = threshold_at(&policy, &view);
        if (k != steps[i].k) {
            fail_msg("at %g s K is %lld, should be %lld", steps[i].time_s, (long long)k,
                     (long long)steps[i].k);
        }
    }
}

static int64_t k_of_present(const struct policy_options *policy, int32_t present, bool waits) {
    struct threshold_memory memory = {0};
    struct aggregation_view view = {
        .workers = 10, .present = present, .version = 1000, .waits = waits, .memory = &memory};
    return threshold_at(policy, &view);
}

// A barrier of more workers than there are would wait for ever. Where nobody waits, a constant may
// be above any number of workers.
static void threshold_at__some_are_absent__is_no_more_than_are_present(void **state) {
    (void)state;
    const struct policy_options rising = {.threshold = {.schedule = SCHEDULE_LINEAR,
                                                        .start = 2,
                                                        .end = THRESHOLD_WORKERS,
                                                        .over = 10,
                                                        .counts = COUNTS_UPDATES}};
    const struct policy_options constant = {.threshold = {.start = 8}};
    struct policy_options present = rising;
    present.threshold.end = THRESHOLD_PRESENT;
    assert_int_equal(k_of_present(&rising, 10, true), 10);
    assert_int_equal(k_of_present(&rising, 7, true), 7);
    assert_int_equal(k_of_present(&rising, 7, false), 7);
    assert_int_equal(k_of_present(&rising, 0, true), 1);
    assert_int_equal(k_of_present(&present, 10, true), 10);
    assert_int_equal(k_of_present(&present, 7, true), 7);
    assert_int_equal(k_of_present(&present, 0, true), 1);
    present.threshold.over = 2000; // half of the way: from 2 to 6 of 10, of 6 to 4
    assert_int_equal(k_of_present(&present, 10, true), 6);
    assert_int_equal(k_of_present(&present, 6, true), 4);
    assert_int_equal(k_of_present(&constant, 7, true), 7);
    assert_int_equal(k_of_present(&constant, 9, true), 8);
    assert_int_equal(k_of_present(&constant, 7, false), 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threshold_at__the_paper_s_step__is_one_more_every_300),
        cmocka_unit_test(threshold_at__step_with_an_end__stops_there),
        cmocka_unit_test(threshold_at__other_steps__follow_the_formula),
        cmocka_unit_test(threshold_at__a_negative_increment__falls_to_one),
        cmocka_unit_test(threshold_at__a_step_of_zero__stays_at_its_start),
        cmocka_unit_test(threshold_at__a_constant__is_its_start),
        cmocka_unit_test(threshold_at__extreme_keys__do_not_overflow),
        cmocka_unit_test(threshold_at__every_shape__hits_its_formula_at_every_n),
        cmocka_unit_test(threshold_at__every_schedule__begins_at_its_start_and_stays_within_bounds),
        cmocka_unit_test(threshold_at__every_shape__agrees_with_numbers_by_hand),
        cmocka_unit_test(threshold_at__a_table__is_its_last_row_that_has_come),
        cmocka_unit_test(threshold_at__other_counts__run_over_what_they_say),
        cmocka_unit_test(threshold_at__an_expression__is_its_value_rounded_down),
        cmocka_unit_test(threshold_adasync__by_hand__is_its_root),
        cmocka_unit_test(threshold_at__adasync__follows_a_sequence_of_losses),
        cmocka_unit_test(threshold_at__negative_n__is_a_broken_contract),
        cmocka_unit_test(threshold_at__some_are_absent__is_no_more_than_are_present),
    };
    return cmocka_run_group_tests_name("threshold_schedule", tests, NULL, NULL);
}
