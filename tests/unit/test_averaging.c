// SPDX-License-Identifier: GPL-3.0-or-later
// The schemes with local models as state machines: what each says to each thing that happens.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/training/averaging.h"

static const struct averaging_view no_view = {0};

static void expect_group(const struct averaging_effect *effect, int32_t first, int32_t members,
                         bool all) {
    assert_int_equal(effect->group.first, first);
    assert_int_equal(effect->group.members, members);
    assert_int_equal(effect->group.all, all);
}

static void expect_activity(struct averaging *averaging, int32_t worker,
                            enum averaging_activity activity) {
    struct averaging_effect effect = averaging_stepped(averaging, worker);
    assert_int_equal(effect.activity, activity);
}

// A policy without its state machine could be named and not run.
static void averaging__every_policy_without_a_server__has_a_scheme(void **state) {
    (void)state;
    const struct averaging_options options = {
        .steps = 8, .cluster_steps = 4, .cluster_size = 2, .after = 3, .pull = 0.5};
    int count = 0;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        if (policy_table[policy].averaging.family == AVERAGING_FAMILY_NONE) {
            continue;
        }
        struct averaging averaging;
        averaging_init(&averaging, policy, &options, 4);
        assert_non_null(averaging.scheme->stepped);
        assert_non_null(averaging.scheme->reduced);
        averaging_reset(&averaging);
        count++;
    }
    assert_true(count >= 6);
}

// K steps each, then all wait for the last one; the next round begins at the end of the average.
static void averaging__k_avg__waits_for_all_after_k_steps(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_K_AVG, &(struct averaging_options){.steps = 2}, 3);
    for (int round = 0; round < 3; round++) {
        expect_activity(&averaging, 1, AVERAGING_GOES_ON);
        expect_activity(&averaging, 1, AVERAGING_WAITS);
        expect_activity(&averaging, 0, AVERAGING_GOES_ON);
        expect_activity(&averaging, 2, AVERAGING_GOES_ON);
        expect_activity(&averaging, 2, AVERAGING_WAITS);
        struct averaging_effect effect = averaging_stepped(&averaging, 0);
        assert_int_equal(effect.activity, AVERAGING_REDUCES);
        assert_int_equal(effect.steps, 2);
        expect_group(&effect, 0, 3, true);
        assert_int_equal(averaging_reduced(&averaging, effect.group, &no_view).activity,
                         AVERAGING_TAKES);
        assert_int_equal(averaging.versions, round + 1);
    }
    averaging_reset(&averaging);
}

// One step a round up to the switch, K behind it: a switch that came late would be another run.
static void averaging__post_local__has_k_steps_only_after_the_switch(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_POST_LOCAL,
                   &(struct averaging_options){.steps = 3, .after = 2}, 1);
    for (int round = 0; round < 5; round++) {
        for (int step = 1; step < (round < 2 ? 1 : 3); step++) {
            expect_activity(&averaging, 0, AVERAGING_GOES_ON);
        }
        expect_activity(&averaging, 0, AVERAGING_REDUCES);
        averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
    }
    averaging_reset(&averaging);
}

// By hand, K_0 = 16, every 10 s: F/F_0 of 1/4 gives 8, of 1/9 at 20 s ceil(5.33) = 6; 0.2 would
// give 8, which is no less, so half of 6; then half of 3 rounded up, and 1 stays 1. A learning rate
// that falls to a quarter doubles what its loss gives: sqrt(4/64) 16 = 4.
static void averaging__adacomm__follows_the_loss_by_its_rule(void **state) {
    (void)state;
    static const struct {
        int64_t now_ns;
        double loss, learning_rate;
        int64_t period;
    } rows[] = {
        {1000000000, 2, 0.4, 16},    {9999999999, 0.1, 0.4, 16},     {10000000000, 0.5, 0.4, 8},
        {15000000000, 0.01, 0.4, 8}, {21000000000, 2.0 / 9, 0.4, 6}, {30000000000, 0.4, 0.4, 3},
        {40000000000, 0.3, 0.4, 2},  {75000000000, 0.3, 0.4, 1},     {80000000000, 0.3, 0.4, 1}};
    struct averaging averaging;
    const struct averaging_options options = {.steps = 16, .adapt_every_ns = 10000000000};
    averaging_init(&averaging, POLICY_ADACOMM, &options, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct averaging_view view = {rows[i].now_ns, rows[i].loss, rows[i].learning_rate};
        averaging_reduced(&averaging, averaging_all(&averaging), &view);
        assert_int_equal(averaging.period, rows[i].period);
    }
    averaging_reset(&averaging);
    averaging_init(&averaging, POLICY_ADACOMM, &options, 1);
    averaging_reduced(&averaging, averaging_all(&averaging), &(struct averaging_view){0, 64, 0.4});
    averaging_reduced(&averaging, averaging_all(&averaging),
                      &(struct averaging_view){10000000000, 1, 0.1});
    assert_int_equal(averaging.period, 4);
    averaging_reset(&averaging);
}

// K1 = 1, K2 = 2, S = 2 of 4: clusters do not wait for each other, and where both averages are due
// there is only the global one.
static void averaging__hier_avg__averages_clusters_and_then_all(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HIER_AVG,
                   &(struct averaging_options){.steps = 2, .cluster_steps = 1, .cluster_size = 2},
                   4);
    expect_activity(&averaging, 3, AVERAGING_WAITS);
    struct averaging_effect effect = averaging_stepped(&averaging, 2);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    expect_group(&effect, 2, 2, false);
    struct averaging_effect taken = averaging_reduced(&averaging, effect.group, &no_view);
    assert_int_equal(taken.activity, AVERAGING_TAKES);
    expect_group(&taken, 2, 2, false);
    assert_int_equal(averaging.versions, 0);
    expect_activity(&averaging, 2, AVERAGING_WAITS); // of all, though cluster 0 has not begun
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    expect_activity(&averaging, 1, AVERAGING_REDUCES);
    averaging_reduced(&averaging, averaging_cluster_of(&averaging, 1), &no_view);
    expect_activity(&averaging, 3, AVERAGING_WAITS);
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    effect = averaging_stepped(&averaging, 1);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    expect_group(&effect, 0, 4, true);
    averaging_reset(&averaging);
}

// A cluster of one has nobody to average with, and one of all is all: it makes versions.
static void averaging__hier_avg_of_odd_clusters__is_k_avg(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HIER_AVG,
                   &(struct averaging_options){.steps = 2, .cluster_steps = 1, .cluster_size = 1},
                   2);
    expect_activity(&averaging, 0, AVERAGING_GOES_ON);
    averaging_reset(&averaging);
    averaging_init(&averaging, POLICY_HIER_AVG,
                   &(struct averaging_options){.steps = 2, .cluster_steps = 1, .cluster_size = 2},
                   2);
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    struct averaging_effect effect = averaging_stepped(&averaging, 1);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    expect_group(&effect, 0, 2, true);
    averaging_reduced(&averaging, effect.group, &no_view);
    assert_int_equal(averaging.versions, 1);
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    averaging_reset(&averaging);
}

// What the barrier of one worker says, one letter for each gradient: l: all step; s: a window ends
// and nothing lies reduced; m: a window ends and the one before is merged. "reduced_at": the number
// of gradients behind the beginning of a reduction at which it is over.
static void play_hpsgd(int32_t reduced_after, char *letters, size_t count) {
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HPSGD, &(struct averaging_options){.steps = 1}, 1);
    int32_t left = -1;
    for (size_t i = 0; i < count; i++) {
        if (left == 0) {
            averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
        }
        left--;
        struct averaging_effect effect = averaging_stepped(&averaging, 0);
        letters[i] = effect.activity == AVERAGING_STEPS ? 'l' : effect.merges ? 'm' : 's';
        if (effect.activity == AVERAGING_SHIFTS) {
            left = reduced_after;
        }
    }
    letters[count] = 0;
    averaging_reset(&averaging);
}

// By hand from the pseudo-code: the first window is two gradients; a window is as long as its
// all-reduce, at least two, but for the second one under an all-reduce that is over at once.
static void averaging__hpsgd__has_windows_as_long_as_the_all_reduce(void **state) {
    (void)state;
    char letters[16];
    play_hpsgd(0, letters, 10);
    assert_string_equal(letters, "lsmlmlmlml");
    play_hpsgd(1, letters, 11);
    assert_string_equal(letters, "lslmlmlmlml");
    play_hpsgd(3, letters, 14);
    assert_string_equal(letters, "lslllmlllmlllm");
}

// A worker may be a round ahead: it waits only for the average of the round before.
static void averaging__overlap__waits_for_the_average_of_the_round_before(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_COCOD, &(struct averaging_options){.steps = 1}, 2);
    struct averaging_effect effect = averaging_stepped(&averaging, 0);
    assert_int_equal(effect.activity, AVERAGING_JOINS);
    assert_false(effect.begins);
    expect_activity(&averaging, 0, AVERAGING_WAITS); // worker 1 has not joined the first
    effect = averaging_stepped(&averaging, 1);
    assert_int_equal(effect.activity, AVERAGING_JOINS);
    assert_true(effect.begins);
    effect = averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
    assert_int_equal(effect.activity, AVERAGING_LETS_JOIN);
    assert_true(averaging.waits[0] && !averaging.waits[1]);
    effect = averaging_joins(&averaging, 0);
    assert_int_equal(effect.activity, AVERAGING_JOINS);
    assert_false(effect.begins);
    effect = averaging_stepped(&averaging, 1); // the first average is there: no wait
    assert_int_equal(effect.activity, AVERAGING_JOINS);
    assert_true(effect.begins);
    averaging_reset(&averaging);
}

// Who has crashed is waited for; who is back has nothing to give, so that nobody waits for it.
static void averaging__a_crash__is_waited_for_until_the_worker_is_back(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_K_AVG, &(struct averaging_options){.steps = 1}, 3);
    const struct averaging_group all = averaging_all(&averaging);
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    expect_activity(&averaging, 1, AVERAGING_WAITS);
    averaging_crashed(&averaging, 1); // at the barrier
    expect_activity(&averaging, 2, AVERAGING_WAITS);
    assert_int_equal(averaging_awaited(&averaging, all), 3);
    struct averaging_effect effect = averaging_returned(&averaging, 1);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    assert_true(effect.group.all && effect.steps == 1);
    assert_int_equal(averaging_awaited(&averaging, all), 2);
    assert_int_equal(averaging_reduced(&averaging, all, &no_view).activity, AVERAGING_TAKES);
    averaging_starts(&averaging, 1);
    assert_int_equal(averaging_awaited(&averaging, all), 3);
    averaging_reset(&averaging);
}

// If nobody has a model, nobody makes the average for which the others wait.
static void averaging__all_crashed__has_nobody_unless_an_average_is_under_way(void **state) {
    (void)state;
    static const enum policy policies[] = {POLICY_K_AVG, POLICY_COCOD};
    for (size_t i = 0; i < 2; i++) {
        struct averaging averaging;
        averaging_init(&averaging, policies[i], &(struct averaging_options){.steps = 1}, 2);
        averaging_stepped(&averaging, 0);
        averaging_stepped(&averaging, 1);
        averaging_crashed(&averaging, 0);
        averaging_crashed(&averaging, 1);
        averaging_returned(&averaging, 1);
        assert_false(averaging_has_nobody(&averaging)); // the average of before the crash
        averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
        assert_true(averaging_has_nobody(&averaging));
        averaging_starts(&averaging, 1);
        assert_false(averaging_has_nobody(&averaging));
        assert_int_equal(averaging_first_present(&averaging, averaging_all(&averaging)), 1);
        averaging_reset(&averaging);
    }
}

// A model that was given to an average which has not begun goes with its worker.
static void averaging__overlap__a_crash_withdraws_what_was_given(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_COCOD, &(struct averaging_options){.steps = 1}, 3);
    averaging_stepped(&averaging, 0);
    averaging_stepped(&averaging, 1);
    assert_int_equal(averaging.joined, 2);
    averaging_crashed(&averaging, 1);
    assert_int_equal(averaging.joined, 1);
    assert_int_equal(averaging_returned(&averaging, 1).activity, AVERAGING_STANDS_BY);
    struct averaging_effect effect = averaging_stepped(&averaging, 2);
    assert_true(effect.activity == AVERAGING_JOINS && effect.begins);
    averaging_reset(&averaging);
}

// Nobody waits for one that is counted out; in again, it is waited for, and what it has done
// meanwhile is as good as what it had.
static void averaging__counted_out__is_left_behind_until_it_is_counted_in(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_K_AVG, &(struct averaging_options){.steps = 2}, 3);
    const struct averaging_group all = averaging_all(&averaging);
    expect_activity(&averaging, 2, AVERAGING_GOES_ON);
    for (int32_t worker = 0; worker < 2; worker++) {
        expect_activity(&averaging, worker, AVERAGING_GOES_ON);
        expect_activity(&averaging, worker, AVERAGING_WAITS);
    }
    assert_false(averaging_count_out(&averaging, 2));
    assert_int_equal(averaging_awaited(&averaging, all), 2);
    struct averaging_effect effect = averaging_looks_again(&averaging, 2);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    assert_int_equal(effect.steps, 2);
    expect_activity(&averaging, 2, AVERAGING_WAITS); // it does not open its barrier alone
    averaging_reduced(&averaging, all, &no_view);
    assert_int_equal(averaging_looks_again(&averaging, 2).activity, AVERAGING_STANDS_BY);
    averaging_count_in(&averaging, 2);
    assert_int_equal(averaging_looks_again(&averaging, 2).activity, AVERAGING_STANDS_BY);
    expect_activity(&averaging, 0, AVERAGING_GOES_ON);
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    expect_activity(&averaging, 1, AVERAGING_GOES_ON);
    expect_activity(&averaging, 1, AVERAGING_REDUCES); // of all three
    averaging_reset(&averaging);
}

// It opens no barrier of others, who have been counted in meanwhile: it would not wait for the end
// of what it has begun, and be busy for ever.
static void averaging__counted_out__does_not_open_a_barrier_of_others(void **state) {
    (void)state;
    static const enum policy policies[] = {POLICY_K_AVG, POLICY_HPSGD};
    static const enum averaging_activity opens[] = {AVERAGING_REDUCES, AVERAGING_STEPS};
    for (size_t i = 0; i < 2; i++) {
        struct averaging averaging;
        averaging_init(&averaging, policies[i], &(struct averaging_options){.steps = 1}, 2);
        averaging_count_out(&averaging, 0);
        averaging_count_out(&averaging, 1);
        expect_activity(&averaging, 0, AVERAGING_WAITS);
        averaging_count_in(&averaging, 0);
        expect_activity(&averaging, 1, AVERAGING_WAITS);
        assert_int_equal(averaging_looks_again(&averaging, 0).activity, opens[i]);
        averaging_reset(&averaging);
    }
}

// K1 = 1, K2 = 2, S = 2 of 4. Worker 1 comes late to what is a cluster's barrier to it, where the
// other one of its cluster stands at that of all: both would wait for ever.
static void averaging__late_in_its_cluster__goes_where_that_is(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HIER_AVG,
                   &(struct averaging_options){.steps = 2, .cluster_steps = 1, .cluster_size = 2},
                   4);
    averaging_count_out(&averaging, 1);
    struct averaging_effect effect = averaging_stepped(&averaging, 0);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    expect_group(&effect, 0, 2, false);
    averaging_reduced(&averaging, effect.group, &no_view);
    expect_activity(&averaging, 0, AVERAGING_WAITS); // at the barrier of all
    averaging_count_in(&averaging, 1);
    expect_activity(&averaging, 1, AVERAGING_WAITS); // likewise
    expect_activity(&averaging, 2, AVERAGING_WAITS);
    effect = averaging_stepped(&averaging, 3);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    averaging_reduced(&averaging, effect.group, &no_view);
    expect_activity(&averaging, 2, AVERAGING_WAITS);
    effect = averaging_stepped(&averaging, 3);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    assert_true(effect.group.all && effect.steps == 2);
    averaging_reset(&averaging);
}

// One that has come to the barrier of all while its cluster was at its own goes back to that.
static void averaging__early_for_its_cluster__is_moved_to_its_barrier(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HIER_AVG,
                   &(struct averaging_options){.steps = 2, .cluster_steps = 1, .cluster_size = 2},
                   4);
    for (int32_t worker = 0; worker < 4; worker += 2) {
        expect_activity(&averaging, worker, AVERAGING_WAITS);
        expect_activity(&averaging, worker + 1, AVERAGING_REDUCES);
        averaging_reduced(&averaging, averaging_cluster_of(&averaging, worker), &no_view);
    }
    averaging_count_out(&averaging, 1);
    expect_activity(&averaging, 1, AVERAGING_WAITS); // at the barrier of all, alone
    expect_activity(&averaging, 0, AVERAGING_WAITS);
    expect_activity(&averaging, 2, AVERAGING_WAITS);
    expect_activity(&averaging, 3, AVERAGING_REDUCES);
    averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
    averaging_count_in(&averaging, 1);
    struct averaging_effect effect = averaging_stepped(&averaging, 0);
    assert_int_equal(effect.activity, AVERAGING_REDUCES);
    expect_group(&effect, 0, 2, false);
    averaging_reset(&averaging);
}

// All of a cluster may be counted out: the others do not wait for it.
static void averaging__a_cluster_counted_out__holds_nobody_up(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HIER_AVG,
                   &(struct averaging_options){.steps = 2, .cluster_steps = 1, .cluster_size = 2},
                   4);
    averaging_count_out(&averaging, 2);
    averaging_count_out(&averaging, 3);
    for (int round = 0; round < 3; round++) {
        expect_activity(&averaging, 0, AVERAGING_WAITS);
        expect_activity(&averaging, 1, AVERAGING_REDUCES);
        averaging_reduced(&averaging, averaging_cluster_of(&averaging, 0), &no_view);
        expect_activity(&averaging, 0, AVERAGING_WAITS);
        expect_activity(&averaging, 1, AVERAGING_REDUCES);
        averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
    }
    assert_int_equal(averaging.versions, 3);
    averaging_reset(&averaging);
}

// What was given to an average that has not begun is withdrawn; one that has, keeps it.
static void averaging__overlap__withdraws_what_a_worker_counted_out_gave(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_COCOD, &(struct averaging_options){.steps = 1}, 3);
    averaging_stepped(&averaging, 0);
    averaging_stepped(&averaging, 1);
    assert_true(averaging_count_out(&averaging, 1));
    assert_int_equal(averaging.joined, 1);
    struct averaging_effect effect = averaging_stepped(&averaging, 2);
    assert_true(effect.activity == AVERAGING_JOINS && effect.begins);
    assert_false(averaging_count_out(&averaging, 2)); // it has begun
    expect_activity(&averaging, 1, AVERAGING_WAITS);  // for being counted in
    averaging_count_in(&averaging, 1);
    averaging_count_in(&averaging, 2);
    averaging_reduced(&averaging, averaging_all(&averaging), &no_view);
    assert_true(averaging.waits[1]);
    effect = averaging_joins(&averaging, 1);
    assert_true(effect.activity == AVERAGING_JOINS && !effect.begins);
    averaging_stepped(&averaging, 0);
    effect = averaging_stepped(&averaging, 2);
    assert_true(effect.activity == AVERAGING_JOINS && effect.begins);
    averaging_reset(&averaging);
}

// A window ends without the one that is counted out; and with nobody else there, it opens none.
static void averaging__hpsgd__opens_for_those_who_are_counted_in(void **state) {
    (void)state;
    struct averaging averaging;
    averaging_init(&averaging, POLICY_HPSGD, &(struct averaging_options){.steps = 1}, 2);
    averaging_count_out(&averaging, 1);
    expect_activity(&averaging, 0, AVERAGING_STEPS);
    expect_activity(&averaging, 1, AVERAGING_WAITS);
    expect_activity(&averaging, 0, AVERAGING_SHIFTS);
    averaging_count_out(&averaging, 0);
    assert_true(!averaging_has_nobody(&averaging)); // a reduction is under way
    averaging_count_in(&averaging, 1);
    assert_int_equal(averaging_looks_again(&averaging, 0).activity, AVERAGING_STEPS);
    averaging_reset(&averaging);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averaging__every_policy_without_a_server__has_a_scheme),
        cmocka_unit_test(averaging__k_avg__waits_for_all_after_k_steps),
        cmocka_unit_test(averaging__post_local__has_k_steps_only_after_the_switch),
        cmocka_unit_test(averaging__adacomm__follows_the_loss_by_its_rule),
        cmocka_unit_test(averaging__hier_avg__averages_clusters_and_then_all),
        cmocka_unit_test(averaging__hier_avg_of_odd_clusters__is_k_avg),
        cmocka_unit_test(averaging__hpsgd__has_windows_as_long_as_the_all_reduce),
        cmocka_unit_test(averaging__overlap__waits_for_the_average_of_the_round_before),
        cmocka_unit_test(averaging__a_crash__is_waited_for_until_the_worker_is_back),
        cmocka_unit_test(averaging__all_crashed__has_nobody_unless_an_average_is_under_way),
        cmocka_unit_test(averaging__overlap__a_crash_withdraws_what_was_given),
        cmocka_unit_test(averaging__counted_out__is_left_behind_until_it_is_counted_in),
        cmocka_unit_test(averaging__counted_out__does_not_open_a_barrier_of_others),
        cmocka_unit_test(averaging__late_in_its_cluster__goes_where_that_is),
        cmocka_unit_test(averaging__early_for_its_cluster__is_moved_to_its_barrier),
        cmocka_unit_test(averaging__a_cluster_counted_out__holds_nobody_up),
        cmocka_unit_test(averaging__overlap__withdraws_what_a_worker_counted_out_gave),
        cmocka_unit_test(averaging__hpsgd__opens_for_those_who_are_counted_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
