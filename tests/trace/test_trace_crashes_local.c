// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of crashes without a server, each checked on paper (test_trace_policies.c says what
// takes how long).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const red_cluster =
    "model: none\n"
    "end: 400 ms\n"
    "policy: {name: k_avg, steps: 1}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 110 ms, for: 80 ms}, again: {event: "
    "crash, worker: 2, at: 230 ms, for: 30 ms}}\n";

static const char *const red_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.100 s  worker 2 steps by gradient 0\n"
    "0.100 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.110 s  worker 1 crashes\n"
    "0.140 s  the average of workers 0 to 2 is there\n"
    "0.140 s  this average makes version 1 out of 3 gradients; staleness 0\n"
    "0.140 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.140 s  worker 2 starts gradient 1 on its model, which comes from version 1\n"
    "0.190 s  worker 1 is back, and needs an average to begin on\n"
    "0.230 s  worker 2 crashes\n"
    "0.230 s  gradient 1 of worker 2 is lost\n"
    "0.240 s  worker 0 steps by gradient 1\n"
    "0.240 s  worker 0 waits\n"
    "0.260 s  worker 2 is back, and needs an average to begin on\n"
    "0.260 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.300 s  the average of workers 0 to 2 is there\n"
    "0.300 s  this average makes version 2 out of 1 gradient; staleness 0\n"
    "0.300 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.300 s  worker 1 starts gradient 1 on its model, which comes from version 2\n"
    "0.300 s  worker 2 starts gradient 2 on its model, which comes from version 2\n"
    "0.400 s  worker 0 steps by gradient 2\n"
    "0.400 s  worker 0 waits\n"
    "0.400 s  worker 1 steps by gradient 1\n"
    "0.400 s  worker 1 waits\n"
    "0.400 s  worker 2 steps by gradient 2\n"
    "0.400 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.400 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         gradient 2 of worker 0, read at version 2, is in its model and in no version\n"
    "         gradient 1 of worker 1, read at version 2, is in its model and in no version\n"
    "         gradient 2 of worker 2, read at version 2, is in its model and in no version\n";

// The reduction that has begun ends with what worker 1 gave. Back at 0.190 s, it has no model: the
// next average is of the others alone. Worker 2 crashes at the barrier, and with it its gradient.
static void trace__crash_inside_an_all_reduce__is_told(void **state) {
    (void)state;
    told_story_expect(red_cluster, red_story);
}

static const char *const win_cluster =
    "model: none\n"
    "end: 400 ms\n"
    "policy: {name: hpsgd}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 20 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 230 ms, for: 40 ms}}\n";

static const char *const win_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 has computed gradient 0\n"
    "0.050 s  worker 0 waits\n"
    "0.050 s  worker 1 has computed gradient 0\n"
    "0.050 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.050 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 0 has computed gradient 1\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 has computed gradient 1\n"
    "0.100 s  workers 0 and 1 begin to sum a window, 2 steps each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.100 s  worker 0 starts gradient 2 on its model, which comes from version 0\n"
    "0.100 s  worker 1 starts gradient 2 on its model, which comes from version 0\n"
    "0.140 s  the sum of workers 0 and 1 is there\n"
    "0.150 s  worker 0 has computed gradient 2\n"
    "0.150 s  worker 0 waits\n"
    "0.150 s  worker 1 has computed gradient 2\n"
    "0.150 s  the sum of the window before makes version 1 out of 4 gradients; staleness 0\n"
    "0.150 s  all go on from version 1\n"
    "0.150 s  workers 0 and 1 begin to sum a window, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.150 s  worker 0 starts gradient 3 on its model, which comes from version 1\n"
    "0.150 s  worker 1 starts gradient 3 on its model, which comes from version 1\n"
    "0.190 s  the sum of workers 0 and 1 is there\n"
    "0.200 s  worker 0 has computed gradient 3\n"
    "0.200 s  worker 0 waits\n"
    "0.200 s  worker 1 has computed gradient 3\n"
    "0.200 s  worker 0 starts gradient 4 on its model, which comes from version 1\n"
    "0.200 s  worker 1 starts gradient 4 on its model, which comes from version 1\n"
    "0.230 s  worker 1 crashes\n"
    "0.230 s  gradient 3 of worker 1 is lost\n"
    "0.230 s  gradient 4 of worker 1 is lost\n"
    "0.250 s  worker 0 has computed gradient 4\n"
    "0.250 s  worker 0 waits\n"
    "0.270 s  worker 1 is back, and needs an average to begin on\n"
    "0.270 s  the sum of the window before makes version 2 out of 2 gradients; staleness 1\n"
    "0.270 s  all go on from version 2\n"
    "0.270 s  workers 0 and 1 begin to sum a window, 2 steps each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.270 s  worker 0 starts gradient 5 on its model, which comes from version 2\n"
    "0.270 s  worker 1 starts gradient 5 on its model, which comes from version 2\n"
    "0.310 s  the sum of workers 0 and 1 is there\n"
    "0.320 s  worker 0 has computed gradient 5\n"
    "0.320 s  worker 0 waits\n"
    "0.320 s  worker 1 has computed gradient 5\n"
    "0.320 s  worker 0 starts gradient 6 on its model, which comes from version 2\n"
    "0.320 s  worker 1 starts gradient 6 on its model, which comes from version 2\n"
    "0.370 s  worker 0 has computed gradient 6\n"
    "0.370 s  worker 0 waits\n"
    "0.370 s  worker 1 has computed gradient 6\n"
    "0.370 s  the sum of the window before makes version 3 out of 2 gradients; staleness 1\n"
    "0.370 s  all go on from version 3\n"
    "0.370 s  workers 0 and 1 begin to sum a window, 2 steps each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.370 s  worker 0 starts gradient 7 on its model, which comes from version 3\n"
    "0.370 s  worker 1 starts gradient 7 on its model, which comes from version 3\n"
    "0.400 s  the run ends (complete) at version 3; 6 gradients pending\n"
    "         gradient 5 of worker 0, read at version 2, is in its model and in no version\n"
    "         gradient 6 of worker 0, read at version 2, is in its model and in no version\n"
    "         worker 0 is computing gradient 7, read at version 3\n"
    "         gradient 5 of worker 1, read at version 2, is in its model and in no version\n"
    "         gradient 6 of worker 1, read at version 2, is in its model and in no version\n"
    "         worker 1 is computing gradient 7, read at version 3\n";

// The window of worker 1 is lost, the one before is in the reduction. At its return the barrier
// opens without it, and it begins on the merge.
static void trace__crash_in_a_window__is_told(void **state) {
    (void)state;
    told_story_expect(win_cluster, win_story);
}

static const char *const cen_cluster =
    "model: none\n"
    "end: 400 ms\n"
    "policy: {name: easgd, steps: 1}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 206 ms, for: 8 ms}, again: {event: "
    "crash, worker: 0, at: 201 ms, for: 30 ms}}\n";

static const char *const cen_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 has computed gradient 0\n"
    "0.100 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 1 has computed gradient 0\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.200 s  worker 0 has computed gradient 1\n"
    "0.200 s  worker 1 has computed gradient 1\n"
    "0.201 s  worker 0 crashes\n"
    "0.201 s  gradient 0 of worker 0 is lost\n"
    "0.201 s  gradient 1 of worker 0 is lost\n"
    "0.202 s  the model of worker 1 joins the centre's queue\n"
    "0.206 s  worker 1 crashes\n"
    "0.206 s  gradient 1 of worker 1 is lost\n"
    "0.212 s  the centre receives the model of worker 1\n"
    "0.217 s  the pull makes version 1 out of 1 gradient; staleness 0\n"
    "0.218 s  the centre sends worker 1 its pull, from version 1\n"
    "0.220 s  the pull for worker 1 vanishes: it has crashed since\n"
    "0.220 s  worker 1 is back\n"
    "0.220 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.231 s  worker 0 is back\n"
    "0.231 s  worker 0 starts gradient 2 on its model, which comes from version 1\n"
    "0.320 s  worker 1 has computed gradient 2\n"
    "0.320 s  worker 1 starts gradient 3 on its model, which comes from version 1\n"
    "0.331 s  worker 0 has computed gradient 2\n"
    "0.331 s  worker 0 starts gradient 3 on its model, which comes from version 1\n"
    "0.400 s  the run ends (complete) at version 1; 4 gradients pending\n"
    "         gradient 2 of worker 0, read at version 1, is in no version\n"
    "         worker 0 is computing gradient 3, read at version 1\n"
    "         gradient 2 of worker 1, read at version 1, is in no version\n"
    "         worker 1 is computing gradient 3, read at version 1\n";

// The model of worker 1 is in the queue, and is taken up; the worker is not back before the answer
// to it has vanished, at 0.220 s. That of worker 0 is on its way at 0.201 s, and is lost.
static void trace__crash_with_a_model_at_the_centre__is_told(void **state) {
    (void)state;
    told_story_expect(cen_cluster, cen_story);
}

static const char *const again_cluster =
    "model: none\n"
    "end: 240 ms\n"
    "policy: {name: easgd, steps: 1}\n"
    "cluster:\n"
    "  workers: 1\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 0, at: 206 ms, for: 8 ms}, again: {event: "
    "crash, worker: 0, at: 216 ms, for: 14 ms}}\n";

static const char *const again_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 has computed gradient 0\n"
    "0.100 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.200 s  worker 0 has computed gradient 1\n"
    "0.202 s  the model of worker 0 joins the centre's queue\n"
    "0.206 s  worker 0 crashes\n"
    "0.206 s  gradient 1 of worker 0 is lost\n"
    "0.212 s  the centre receives the model of worker 0\n"
    "0.217 s  the pull makes version 1 out of 1 gradient; staleness 0\n"
    "0.218 s  the centre sends worker 0 its pull, from version 1\n"
    "0.220 s  the pull for worker 0 vanishes: it has crashed since\n"
    "0.230 s  worker 0 is back\n"
    "0.230 s  worker 0 starts gradient 2 on its model, which comes from version 1\n"
    "0.240 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         worker 0 is computing gradient 2, read at version 1\n";

// The answer has vanished at 0.220 s, while the next crash stands: the worker stays down till that
// one ends, at 0.230 s.
static void trace__crash_again_before_the_answer_vanishes__is_told(void **state) {
    (void)state;
    told_story_expect(again_cluster, again_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__crash_inside_an_all_reduce__is_told),
        cmocka_unit_test(trace__crash_in_a_window__is_told),
        cmocka_unit_test(trace__crash_with_a_model_at_the_centre__is_told),
        cmocka_unit_test(trace__crash_again_before_the_answer_vanishes__is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
