// SPDX-License-Identifier: GPL-3.0-or-later
// What is measured in a log that is written out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/validate/measure.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

enum { UPDATES = 10, GRADIENTS = 11 };

// Ten updates 1 s apart, but the third comes 2 s after the second; the last gradient is pending.
struct small_log {
    struct runlog log;
    struct update_row updates[UPDATES];
    struct gradient_row gradients[GRADIENTS];
};

static void fill(struct small_log *small) {
    *small = (struct small_log){0};
    for (int64_t i = 0; i < UPDATES; i++) {
        small->updates[i] = (struct update_row){.time_ns = (i + 1 + (i >= 2)) * INT64_C(1000000000),
                                                .gradients = 1 + i % 2,
                                                .staleness_mean = i < 2 ? 100 : 3,
                                                .staleness_max = i};
    }
    for (int64_t i = 0; i < GRADIENTS; i++) {
        bool applied = i < UPDATES;
        small->gradients[i] = (struct gradient_row){.version_applied = applied ? i : -1,
                                                    .staleness_gradients = i < 2 ? 50 : 4,
                                                    .arrived_ns = 0,
                                                    .received_ns = i < 2 ? 7 : 2000000000,
                                                    .push_ns = 1000000000 * i,
                                                    .push_attempts = 1 + (i == 10),
                                                    .reply_attempts = 2,
                                                    .loss = i < 5 ? 2 : 1};
    }
    small->log.updates = small->updates;
    small->log.update_count = UPDATES;
    small->log.gradients = small->gradients;
    small->log.gradient_count = GRADIENTS;
}

// A warm-up that is counted, or a gradient under way that is not, would bend every mean.
static void measure__small_log__has_its_means_without_warm_up(void **state) {
    (void)state;
    struct small_log small;
    struct scenario scenario;
    fill(&small);
    small_cluster_parse(&scenario, "model: {name: quadratic, dimension: 2, curvature: 4}\n");
    expect_relative(measure_update_s(&scenario, &small.log), 1, 1e-12); // from the third on
    expect_relative(measure_update_ns(&scenario, &small.log), 1e9, 1e-12);
    expect_relative(measure_rate(&scenario, &small.log), 11.0 / 7, 1e-12); // 2 1 2 1 2 1 2 in 7 s
    expect_relative(measure_response_s(&scenario, &small.log), 2, 1e-12);
    expect_relative(measure_staleness(&scenario, &small.log), 3, 1e-12);
    expect_relative(measure_staleness_most(&scenario, &small.log), 9, 1e-12);
    expect_relative(measure_gradient_staleness(&scenario, &small.log), 4, 1e-12);
    expect_relative(measure_push_attempts(&scenario, &small.log), 12.0 / 11, 1e-12);
    expect_relative(measure_reply_attempts(&scenario, &small.log), 2, 1e-12);
    expect_relative(measure_push_s(&scenario, &small.log), 5, 1e-12);
    // Losses of 2 three times, and of 1 five times, are w^2 of 2 / (4 * 2) times the loss.
    expect_relative(measure_read_square(&scenario, &small.log), 11.0 / 8 / 4, 1e-12);
    expect_within(measure_stable(&scenario, &small.log), 1, 0);
    for (int64_t i = 5; i < GRADIENTS; i++) {
        small.gradients[i].loss = 2.5; // greater than before, and not twice as much
    }
    expect_within(measure_stable(&scenario, &small.log), 0, 0);
}

// Nothing happened: that must not look like a value that a formula may have.
static void measure__empty_log__tells_nothing(void **state) {
    (void)state;
    struct runlog log = {.header = {.events = true}};
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\npolicy: {name: ssp}\n");
    assert_true(isnan(measure_update_s(&scenario, &log)));
    assert_true(isnan(measure_update_ns(&scenario, &log)));
    assert_true(isnan(measure_push_attempts(&scenario, &log)));
    assert_true(isnan(measure_all_reduce_ns(&scenario, &log)));
    assert_true(isnan(measure_retries(&scenario, &log)));
    assert_true(isnan(measure_spread(&scenario, &log)));
    assert_true(isnan(measure_staleness_most(&scenario, &log)));
    assert_true(isnan(measure_staleness_excess(&scenario, &log)));
    assert_true(isnan(measure_lead(&scenario, &log)));
}

// Worker 0 starts its third gradient when worker 1 has had none received: 2 ahead.
static void measure_lead__events__counts_from_the_slowest_clock(void **state) {
    (void)state;
    struct event_row events[] = {
        {.actor = 0, .gradient = 0, .kind = EVENT_DISPATCHED},
        {.actor = 1, .gradient = 0, .kind = EVENT_DISPATCHED},
        {.actor = 0, .gradient = 0, .kind = EVENT_RECEIVED},
        {.actor = 0, .gradient = 1, .kind = EVENT_DISPATCHED},
        {.actor = 0, .gradient = 1, .kind = EVENT_RECEIVED},
        {.actor = 0, .gradient = 2, .kind = EVENT_DISPATCHED},
        {.actor = 1, .gradient = 0, .kind = EVENT_RECEIVED},
    };
    struct runlog log = {.header = {.events = true}, .events = events, .event_count = 7};
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\npolicy: {name: ssp}\ncluster: {workers: 2}\n");
    expect_within(measure_lead(&scenario, &log), 2, 0);
}

// Two workers under async: worker 0 has read version 1 of 2 and computes; worker 1's reply carries
// version 1 and has started nothing. Each of the two updates had one other worker.
static void measure_staleness_excess__replies_under_way__count(void **state) {
    (void)state;
    struct event_row events[] = {
        {.actor = 0, .version = 1, .kind = EVENT_REPLIED},
        {.actor = 0, .version = 1, .kind = EVENT_DISPATCHED},
        {.actor = 1, .version = 1, .kind = EVENT_REPLIED},
    };
    struct update_row updates[] = {{.gradients = 1}, {.gradients = 1}};
    struct gradient_row gradients[] = {
        {.outcome = OUTCOME_APPLIED, .version_read = 0, .version_applied = 0},
        {.outcome = OUTCOME_APPLIED, .version_read = 0, .version_applied = 1},
        {.outcome = OUTCOME_PENDING, .version_read = 1, .version_applied = -1},
    };
    struct runlog log = {.header = {.events = true},
                         .events = events,
                         .event_count = 3,
                         .updates = updates,
                         .update_count = 2,
                         .gradients = gradients,
                         .gradient_count = 3};
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\npolicy: async\ncluster: {workers: 2}\n");
    expect_within(measure_staleness_excess(&scenario, &log), 1 + 1 + 1 - 2, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measure__small_log__has_its_means_without_warm_up),
        cmocka_unit_test(measure__empty_log__tells_nothing),
        cmocka_unit_test(measure_staleness_excess__replies_under_way__count),
        cmocka_unit_test(measure_lead__events__counts_from_the_slowest_clock),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
