// SPDX-License-Identifier: GPL-3.0-or-later
// Stories of workers that exchange pulls with a centre, checked on paper.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"
#include "tests/support/told_story.h"

static const char *const easgd_cluster =
    "model: none\n"
    "end: 260 ms\n"
    "policy: {name: easgd, steps: 1, gradient: after}\n" STORY_CLUSTER("2", "100 ms", "3 ms");

static const char *const easgd_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 has computed gradient 0\n"
    "0.102 s  the model of worker 1 joins the centre's queue\n"
    "0.103 s  worker 0 has computed gradient 0\n"
    "0.105 s  the model of worker 0 joins the centre's queue\n"
    "0.112 s  the centre receives the model of worker 1\n"
    "0.117 s  the pull makes version 1 out of 1 gradient; staleness 0\n"
    "0.118 s  the centre sends worker 1 its pull, from version 1\n"
    "0.120 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.128 s  the centre receives the model of worker 0\n"
    "0.133 s  the pull makes version 2 out of 1 gradient; staleness 1\n"
    "0.134 s  the centre sends worker 0 its pull, from version 2\n"
    "0.136 s  worker 0 starts gradient 1 on its model, which comes from version 2\n"
    "0.220 s  worker 1 has computed gradient 1\n"
    "0.222 s  the model of worker 1 joins the centre's queue\n"
    "0.232 s  the centre receives the model of worker 1\n"
    "0.237 s  the pull makes version 3 out of 1 gradient; staleness 1\n"
    "0.238 s  the centre sends worker 1 its pull, from version 3\n"
    "0.239 s  worker 0 has computed gradient 1\n"
    "0.240 s  worker 1 starts gradient 2 on its model, which comes from version 3\n"
    "0.241 s  the model of worker 0 joins the centre's queue\n"
    "0.251 s  the centre receives the model of worker 0\n"
    "0.256 s  the pull makes version 4 out of 1 gradient; staleness 1\n"
    "0.257 s  the centre sends worker 0 its pull, from version 4\n"
    "0.259 s  worker 0 starts gradient 2 on its model, which comes from version 4\n"
    "0.260 s  the run ends (complete) at version 4; 2 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 4\n"
    "         worker 1 is computing gradient 2, read at version 3\n";

// Each worker sends its model after every step, here a little apart: the centre serves worker 1
// first, and worker 0 queues behind the whole service, so that its gradient comes to a centre
// that has moved: staleness 1. Nobody waits for anybody else's gradient.
static void trace__easgd__exchanges_pulls_one_worker_after_the_other(void **state) {
    (void)state;
    told_story_expect(easgd_cluster, easgd_story);
}

static const char *const easgd_before_cluster =
    "model: none\n"
    "end: 345 ms\n"
    "policy: {name: easgd, steps: 1, gradient: before}\n" STORY_CLUSTER("2", "100 ms", "3 ms");

static const char *const easgd_before_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 has computed gradient 0\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.103 s  worker 0 has computed gradient 0\n"
    "0.103 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.200 s  worker 1 has computed gradient 1\n"
    "0.202 s  the model of worker 1 joins the centre's queue\n"
    "0.206 s  worker 0 has computed gradient 1\n"
    "0.208 s  the model of worker 0 joins the centre's queue\n"
    "0.212 s  the centre receives the model of worker 1\n"
    "0.217 s  the pull makes version 1 out of 1 gradient; staleness 0\n"
    "0.218 s  the centre sends worker 1 its pull, from version 1\n"
    "0.220 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.228 s  the centre receives the model of worker 0\n"
    "0.233 s  the pull makes version 2 out of 1 gradient; staleness 1\n"
    "0.234 s  the centre sends worker 0 its pull, from version 2\n"
    "0.236 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.320 s  worker 1 has computed gradient 2\n"
    "0.322 s  the model of worker 1 joins the centre's queue\n"
    "0.332 s  the centre receives the model of worker 1\n"
    "0.337 s  the pull makes version 3 out of 1 gradient; staleness 2\n"
    "0.338 s  the centre sends worker 1 its pull, from version 3\n"
    "0.339 s  worker 0 has computed gradient 2\n"
    "0.340 s  worker 1 starts gradient 3 on its model, which comes from version 3\n"
    "0.341 s  the model of worker 0 joins the centre's queue\n"
    "0.345 s  the run ends (complete) at version 3; 4 gradients pending\n"
    "         gradient 1 of worker 0, read at version 0, is in no version\n"
    "         gradient 2 of worker 0, read at version 2, is in no version\n"
    "         gradient 2 of worker 1, read at version 1, is in no version\n"
    "         worker 1 is computing gradient 3, read at version 3\n";

// As in the paper: a worker steps by its first gradient and goes on. Only when it has the next one
// does it send its model, with the first step in it, and steps by that gradient behind the pull. So
// each version is of the gradient before: the one that comes third, at 0.337 s, has gradient 1 of
// worker 1, read two versions ago.
static void trace__easgd__computes_a_gradient_before_the_pull_and_steps_behind(void **state) {
    (void)state;
    told_story_expect(easgd_before_cluster, easgd_before_story);
}

// The columns K and "buffered" of a gradient that has come to the centre are 1, those of any other
// -1: readers count with them what has been received.
static void trace__easgd__says_one_of_one_for_what_the_centre_received(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "%s", easgd_cluster);
    small_cluster_run(&scenario, &log);
    assert_int_equal(log.gradient_count, 6);
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        bool received = log.gradients[i].received_ns >= 0;
        assert_int_equal(received, i < 4);
        assert_int_equal(log.gradients[i].buffered, received ? 1 : -1);
        assert_int_equal(log.gradients[i].threshold, received ? 1 : -1);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__easgd__computes_a_gradient_before_the_pull_and_steps_behind),
        cmocka_unit_test(trace__easgd__exchanges_pulls_one_worker_after_the_other),
        cmocka_unit_test(trace__easgd__says_one_of_one_for_what_the_centre_received),
    };
    return cmocka_run_group_tests_name("trace_centre", tests, NULL, NULL);
}
