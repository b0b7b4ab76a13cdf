// SPDX-License-Identifier: GPL-3.0-or-later
// Which closed form speaks of a scenario, and of which none does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/validate/theory_rate.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

static double rate_of(const char *policy, const char *cluster, const char **formula) {
    struct scenario scenario;
    *formula = NULL;
    small_cluster_parse(&scenario,
                        "model: none\nend: 1 s\npolicy: {%s}\ncluster: {workers: 4, %s}\n", policy,
                        cluster);
    return theory_rate(&scenario, formula);
}

static void expect_rate(const char *policy, const char *cluster, double rate, const char *word) {
    const char *formula = NULL;
    expect_relative(rate_of(policy, cluster, &formula), rate, 1e-6);
    if (formula == NULL || strstr(formula, word) == NULL) {
        fail_msg("%s with %s: by '%s', not by %s", policy, cluster, formula, word);
    }
}

static void expect_none(const char *policy, const char *cluster) {
    const char *formula = NULL;
    if (!isnan(rate_of(policy, cluster, &formula)) || formula != NULL) {
        fail_msg("%s with %s: no theory is exact, but '%s' is named", policy, cluster, formula);
    }
}

#define EXPONENTIAL "compute: {law: exponential, mean: 1 s}"

// Four workers of mean 1 s: H_4 is 25/12, H_2 is 3/2. A form of another policy would be printed
// beside numbers that it says nothing of.
static void theory_rate__each_policy__has_its_form(void **state) {
    (void)state;
    expect_rate("name: k_async, threshold: 1", EXPONENTIAL, 4, "sum of the workers");
    expect_rate("name: k_async, threshold: 2", EXPONENTIAL, 2 / (25 / 12. - 1.5), "H_P");
    expect_rate("name: hybrid, threshold: 2", EXPONENTIAL, 2 / (25 / 12. - 1.5), "H_P");
    expect_rate("name: k_async, threshold: 4", EXPONENTIAL, 4 / (25 / 12.), "K-th of P");
    expect_rate("name: k_sync, threshold: 2", EXPONENTIAL, 2 / (25 / 12. - 1.5), "K-th of P");
    expect_rate("name: k_batch_sync, threshold: 3", EXPONENTIAL, 4, "sum of the workers");
    expect_rate("name: k_batch_async, threshold: 3", "compute: {law: uniform, min: 0 s, max: 4 s}",
                2, "sum of the workers");
    expect_rate("name: hybrid, threshold: 3, pushed_worker: continues", "compute: 2 s", 2,
                "sum of the workers");
    expect_rate("name: k_async, threshold: 1",
                "compute: 1 s, groups: {slow: {workers: 2, slowdown: 2}}", 3, "sum of the workers");
}

// Receipt and update of one gradient are one service; a random one is slower than a constant one.
static void theory_rate__a_server_that_takes_time__is_a_closed_queue(void **state) {
    (void)state;
    const char *formula = NULL;
    double both = rate_of("name: k_async, threshold: 1",
                          EXPONENTIAL ", server: {receive: 200 ms, update: 100 ms}", &formula);
    assert_non_null(strstr(formula, "M/D/1//P"));
    double one = rate_of("name: k_async, threshold: 1",
                         EXPONENTIAL ", server: {receive: 300 ms, update: 0 s}", &formula);
    expect_relative(both, one, 1e-12);
    double random = rate_of(
        "name: k_batch_async, threshold: 3",
        EXPONENTIAL ", server: {receive: {law: exponential, mean: 300 ms}, update: 0 s}", &formula);
    assert_non_null(strstr(formula, "M/M/1//P"));
    assert_true(random < one && one < 4 / 1.3);
    // 1 s, four receipts of 20 ms, an update of 10 ms.
    expect_rate("name: k_async, threshold: 4",
                "compute: 1 s, server: {receive: 20 ms, update: 10 "
                "ms}",
                4 / 1.09, "P receipts");
}

// Who waits for a server between K workers, whose times are measured, or whose messages travel is
// in no closed form.
static void theory_rate__what_has_no_exact_theory__has_none(void **state) {
    (void)state;
    expect_none("name: k_async, threshold: 2", EXPONENTIAL ", server: {receive: 1 ms}");
    expect_none("name: k_async, threshold: 2", "compute: {law: uniform, min: 0 s, max: 4 s}");
    expect_none("name: k_batch_sync, threshold: 2", "compute: 1 s");
    expect_none("name: k_async, threshold: 1", EXPONENTIAL ", network: {latency: 1 ms}");
    expect_none("name: k_async, threshold: 1",
                EXPONENTIAL ", events: {e: {event: pause, workers: 1, at: 100 ms, for: 1 s}}");
    expect_none("name: k_async, threshold: 1",
                EXPONENTIAL ", delay: {law: normal, std: 1 s, workers: 50 %}");
    expect_none("name: k_async, threshold: 1", "compute: {law: pareto, scale: 1 s, shape: 1}");
    expect_none("name: k_async, threshold: 1",
                EXPONENTIAL ", groups: {far: {workers: 1, network: {latency: 1 ms}}}");
}

// 3 receipts of 10 ms and one update of 15 ms: three gradients in 45 ms. A server that takes no
// time has no bound.
static void theory_rate_server__of_three_gradients__counts_one_update(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\nend: 1 s\npolicy: {name: k_async, threshold: 3}\n"
                                   "cluster: {workers: 4, compute: 1 s, server: {receive: 10 ms, "
                                   "update: 15 ms}}\n");
    expect_relative(theory_rate_server(&scenario), 3 / .045, 1e-12);
    small_cluster_parse(&scenario, "model: none\nend: 1 s\npolicy: {name: k_async, threshold: 3}\n"
                                   "cluster: {workers: 4, compute: 1 s}\n");
    assert_true(isinf(theory_rate_server(&scenario)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theory_rate__each_policy__has_its_form),
        cmocka_unit_test(theory_rate__a_server_that_takes_time__is_a_closed_queue),
        cmocka_unit_test(theory_rate__what_has_no_exact_theory__has_none),
        cmocka_unit_test(theory_rate_server__of_three_gradients__counts_one_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
