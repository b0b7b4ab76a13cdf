// SPDX-License-Identifier: GPL-3.0-or-later
// What is refused of a stream (with the places of the mistakes: tests/rejected/stream_*.yaml).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/scenario/scenario_stream_check.h"
#include "tests/support/small_cluster.h"

// A stream without epochs, shards or weights by shards is all right, also where the threshold is
// not in force that counts epochs; and a canonical form that named shards would refuse itself.
static void stream_check__of_a_plain_stream__is_content(void **state) {
    (void)state;
    struct scenario scenario;
    struct scenario_places nowhere = {0};
    struct node root = {0};
    nowhere.root = &root;
    small_cluster_parse(&scenario, "end: 1 s\nmodel: softmax\ndata: {name: stream, samples: "
                                   "1000000000}\npolicy: {name: async}\n");
    assert_int_equal(stream_check(&scenario, &nowhere, NULL), STATUS_OK);
    scenario.training.policy.threshold.counts = COUNTS_EPOCHS;
    assert_int_equal(stream_check(&scenario, &nowhere, NULL), STATUS_OK);
}

// A run of a stream must be repeated bit for bit on any number of threads, for its samples are made
// on them.
static void stream__on_more_threads__trains_the_same_parameters(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog one = {0};
    struct runlog three = {0};
    small_cluster_parse(&scenario,
                        "end: 200 updates\nmodel: softmax\ndata: {name: stream, samples: "
                        "1000000000}\nlog: {samples: true}\npolicy: {name: async}\n"
                        "evaluation: {every: 1 s, test_samples: 100, train_samples: 50}\n"
                        "cluster: {workers: 5, compute: {law: exponential, mean: 100 ms}}\n");
    const struct small_cluster_options options = {.threads = 3};
    small_cluster_run(&scenario, &one);
    small_cluster_run_with(&scenario, &options, &three, NULL);
    small_cluster_expect_equal(&one, &three, "threads");
    runlog_reset(&one);
    runlog_reset(&three);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_check__of_a_plain_stream__is_content),
        cmocka_unit_test(stream__on_more_threads__trains_the_same_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
