// SPDX-License-Identifier: GPL-3.0-or-later
// cluster_options: how many workers are delayed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/cluster/cluster_options.h"

static int32_t fixed_of_share(double share, int32_t workers) {
    struct delay_options delay = {.present = true, .workers_share = share};
    return delay_options_fixed_workers(&delay, workers);
}

// Half of 25 is 12, as in the paper's set-up: the first floor(share * P).
static void delay_options_fixed_workers__a_share__is_rounded_down(void **state) {
    (void)state;
    assert_int_equal(fixed_of_share(0.5, 25), 12);
    assert_int_equal(fixed_of_share(0.5, 1), 0);
    assert_int_equal(fixed_of_share(0.0, 25), 0);
    assert_int_equal(fixed_of_share(1.0, 25), 25);
    assert_int_equal(fixed_of_share(0.999, 1000), 999);
}

// 29 % of 100 is 29, although 0.29 * 100 is 28.999999999999996 in floating point: any whole
// percentage of any cluster, against integers.
static void delay_options_fixed_workers__a_whole_percentage__is_exact(void **state) {
    (void)state;
    for (int32_t percent = 0; percent <= 100; percent++) {
        for (int32_t workers = 1; workers <= 1000; workers++) {
            assert_int_equal(fixed_of_share(percent / 100.0, workers), percent * workers / 100);
        }
        assert_int_equal(fixed_of_share(percent / 100.0, WORKERS_MAX), percent * WORKERS_MAX / 100);
    }
}

// A count means that many, whatever the size of the cluster: a further worker changes nobody.
static void delay_options_fixed_workers__a_count__is_that_many(void **state) {
    (void)state;
    struct delay_options delay = {
        .present = true, .workers_is_count = true, .workers_count = 12, .workers_share = 0.5};
    assert_int_equal(delay_options_fixed_workers(&delay, 25), 12);
    assert_int_equal(delay_options_fixed_workers(&delay, 26), 12);
    assert_int_equal(delay_options_fixed_workers(&delay, 5), 5);
    delay.workers_count = 0;
    assert_int_equal(delay_options_fixed_workers(&delay, 25), 0);
}

// Without a delay nobody is delayed, whatever the rest says.
static void delay_options_fixed_workers__no_delay__is_nobody(void **state) {
    (void)state;
    struct delay_options delay = {.present = false, .workers_share = 1.0};
    assert_int_equal(delay_options_fixed_workers(&delay, 25), 0);
}

// One too many would be no law; test_scenario_law_times.c finds one that is left out.
static void cluster_options_laws__a_full_cluster__has_as_many_as_there_may_be(void **state) {
    (void)state;
    static struct cluster_options cluster;
    struct distribution *laws[CLUSTER_LAWS_MAX];
    cluster.groups.count = GROUPS_MAX;
    cluster.events.count = INCIDENT_PLANS_MAX;
    int32_t count = cluster_options_laws(&cluster, laws);
    assert_int_equal(count, CLUSTER_LAWS_MAX);
    for (int32_t i = 0; i < count; i++) {
        laws[i]->law = LAW_TRACE;
    }
    for (int32_t i = 0; i < GROUPS_MAX; i++) {
        assert_int_equal(cluster.groups.entries[i].uplink_latency.law.law, LAW_TRACE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delay_options_fixed_workers__a_share__is_rounded_down),
        cmocka_unit_test(delay_options_fixed_workers__a_whole_percentage__is_exact),
        cmocka_unit_test(delay_options_fixed_workers__a_count__is_that_many),
        cmocka_unit_test(delay_options_fixed_workers__no_delay__is_nobody),
        cmocka_unit_test(cluster_options_laws__a_full_cluster__has_as_many_as_there_may_be),
    };
    return cmocka_run_group_tests_name("cluster_options", tests, NULL, NULL);
}
