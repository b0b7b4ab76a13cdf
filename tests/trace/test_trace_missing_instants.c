// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of the instant at which one worker is counted out and another in without a server,
// checked on paper: a gradient takes 100 ms, an all-reduce of two and three workers 20 and 40 ms.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const barrier_cluster =
    "model: none\n"
    "end: 345 ms\n"
    "policy: {name: k_avg, steps: 1, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {first: {event: disconnect, worker: 0, at: 50 ms, for: 150 ms}, second: {event: "
    "disconnect, worker: 1, at: 150 ms, for: 100 ms}}\n"
    "  groups: {slow: {worker: 1, slowdown: 2}}\n";

static const char *const barrier_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 falls silent: it is disconnected\n"
    "0.050 s  worker 0 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.150 s  worker 1 falls silent: it is disconnected\n"
    "0.150 s  worker 1 is counted out: nobody waits for it\n"
    "0.200 s  worker 0 is connected again\n"
    "0.200 s  worker 0 is heard of again, and counted in\n"
    "0.200 s  worker 1 steps by gradient 0\n"
    "0.200 s  worker 1 waits\n"
    "0.200 s  workers 0 and 1 begin to average without worker 1, 1 step each: 20 ms; 0 bytes "
    "within clusters, 0 between\n"
    "0.220 s  the average of workers 0 and 1 is there\n"
    "0.220 s  this average makes version 1 out of 1 gradient; staleness 0\n"
    "0.220 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.250 s  worker 1 is connected again\n"
    "0.250 s  worker 1 is heard of again, and counted in\n"
    "0.320 s  worker 0 steps by gradient 1\n"
    "0.320 s  workers 0 and 1 begin to average, 1 step each: 20 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.340 s  the average of workers 0 and 1 is there\n"
    "0.340 s  this average makes version 2 out of 2 gradients; staleness 1\n"
    "0.340 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.340 s  worker 1 starts gradient 1 on its model, which comes from version 2\n"
    "0.345 s  the run ends (complete) at version 2; 2 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 1, read at version 2\n";

// Worker 0 stands at the barrier when it is counted in, at 0.200 s. Worker 1, which is counted out,
// comes there at that instant: it opens no barrier, and waits. The call of the roll opens it.
static void trace__counted_out_at_the_barrier_of_one_just_heard_of__waits(void **state) {
    (void)state;
    told_story_expect(barrier_cluster, barrier_story);
}

static const char *const given_cluster =
    "model: none\n"
    "end: 345 ms\n"
    "policy: {name: cocod, steps: 1, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {first: {event: disconnect, worker: 0, at: 110 ms, for: 190 ms}, second: {event: "
    "pause, worker: 2, at: 300 ms}}\n";

static const char *const given_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 merges version 0 and gives its model to the next average\n"
    "0.100 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 merges version 0 and gives its model to the next average\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 2 steps by gradient 0\n"
    "0.100 s  worker 2 merges version 0 and gives its model to the next average\n"
    "0.100 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.100 s  worker 2 starts gradient 1 on its model, which comes from version 0\n"
    "0.110 s  worker 0 falls silent: it is disconnected\n"
    "0.110 s  worker 0 is counted out: nobody waits for it\n"
    "0.140 s  the average of workers 0 to 2 is there\n"
    "0.140 s  this average makes version 1 out of 3 gradients; staleness 0\n"
    "0.200 s  worker 0 steps by gradient 1\n"
    "0.200 s  worker 0 waits\n"
    "0.200 s  worker 1 steps by gradient 1\n"
    "0.200 s  worker 1 merges version 1 and gives its model to the next average\n"
    "0.200 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.200 s  worker 2 steps by gradient 1\n"
    "0.200 s  worker 2 merges version 1 and gives its model to the next average\n"
    "0.200 s  workers 0 to 2 begin to average without worker 0, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.200 s  worker 2 starts gradient 2 on its model, which comes from version 1\n"
    "0.240 s  the average of workers 0 to 2 is there\n"
    "0.240 s  this average makes version 2 out of 2 gradients; staleness 1\n"
    "0.300 s  worker 0 is connected again\n"
    "0.300 s  worker 2 falls silent: it is paused\n"
    "0.300 s  worker 0 is heard of again, and counted in\n"
    "0.300 s  worker 1 steps by gradient 2\n"
    "0.300 s  worker 1 merges version 2 and gives its model to the next average\n"
    "0.300 s  worker 1 starts gradient 3 on its model, which comes from version 2\n"
    "0.300 s  worker 2 steps by gradient 2\n"
    "0.300 s  worker 2 merges version 2 and gives its model to the next average\n"
    "0.300 s  worker 2 starts gradient 3 on its model, which comes from version 2\n"
    "0.300 s  worker 2 is counted out: nobody waits for it\n"
    "0.300 s  worker 0 merges version 2 and gives its model to the next average\n"
    "0.300 s  workers 0 to 2 begin to average without worker 2, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.300 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.340 s  the average of workers 0 to 2 is there\n"
    "0.340 s  this average makes version 3 out of 2 gradients; staleness 2\n"
    "0.345 s  the run ends (complete) at version 3; 4 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 3, read at version 2\n"
    "         gradient 2 of worker 2, read at version 1, is in its model and in no version\n"
    "         worker 2 is computing gradient 3, read at version 2\n";

// At 0.300 s worker 0 is counted in, and worker 2, which has just given its model, out: the average
// that begins is of the two others, and told behind the call of the roll.
static void trace__counted_in_as_another_is_counted_out__averages_without_that(void **state) {
    (void)state;
    told_story_expect(given_cluster, given_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__counted_out_at_the_barrier_of_one_just_heard_of__waits),
        cmocka_unit_test(trace__counted_in_as_another_is_counted_out__averages_without_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
