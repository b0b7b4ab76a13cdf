// SPDX-License-Identifier: GPL-3.0-or-later
// The times of a scenario without its arithmetic.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "sim/run/run_timing.h"
#include "tests/support/small_cluster.h"

// Messages of another length, or an epoch of another, would give other times; the fingerprint of
// the timeline covers every event and every span.
static void run_timing__of_a_net_with_data__has_the_timeline_of_the_run(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog with = {0};
    struct runlog without = {0};
    struct run_shape shape;
    struct simulation_result result;
    small_cluster_parse(&scenario,
                        "end: 3 epochs\nmodel: softmax\ndata: {name: random, features: 5, classes: "
                        "3, samples: 200}\npolicy: {name: k_async, threshold: 2}\n"
                        "training: {batch: 8}\ncluster: {workers: 3, compute: {law: exponential, "
                        "mean: 10 ms}, network: {bandwidth: 1 Mbit/s}}\n");
    struct simulation_result run = small_cluster_run(&scenario, &with);
    assert_int_equal(run_shape_find(&scenario, NULL, &shape, NULL), STATUS_OK);
    assert_int_equal(shape.parameter_count, 18);
    assert_int_equal(shape.train_count, 160);
    struct run_sink sink = runlog_memory_sink(&without);
    struct run_timing_options options = {.scenario = &scenario, .shape = shape, .sink = &sink};
    assert_int_equal(run_timing(&options, &result, NULL), STATUS_OK);
    assert_int_equal(result.end_ns, run.end_ns);
    assert_true(result.timeline_fingerprint == run.timeline_fingerprint);
    assert_int_equal(without.update_count, with.update_count);
    assert_non_null(without.header.scenario);
    runlog_reset(&with);
    runlog_reset(&without);
}

// A user's own data are known only when they are there.
static void run_shape_find__own_data_that_are_missing__are_told(void **state) {
    (void)state;
    struct scenario scenario;
    struct run_shape shape;
    struct error error;
    small_cluster_parse(&scenario, "end: 1 s\nmodel: softmax\n"
                                   "data: {name: file, path: /nowhere/at_all.h5}\n");
    assert_int_equal(run_shape_expect(&scenario).parameter_count, 0);
    assert_int_equal(run_shape_find(&scenario, NULL, &shape, &error), STATUS_NO_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_timing__of_a_net_with_data__has_the_timeline_of_the_run),
        cmocka_unit_test(run_shape_find__own_data_that_are_missing__are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
