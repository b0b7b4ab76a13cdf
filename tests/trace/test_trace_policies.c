// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces: three workers and a server with fixed times, each policy's whole story in words,
// as "desgd tell" prints it, checked on paper. A change of the rules shows up here as a change of a
// story.
//
// Worker 0 is delayed by a constant. A push and a reply travel 2 ms; the server takes 10 ms to
// receive, 5 ms to update and 1 ms to reply, one thing after the other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const sync_cluster =
    "model: none\n"
    "end: 350 ms\n"
    "policy: {name: sync}\n" STORY_CLUSTER("3", "100 ms", "50 ms");

static const char *const sync_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 2; buffer 2 of 3\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 3 of 3\n"
    "0.167 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; staleness "
    "0\n"
    "0.168 s  server sends version 1 to worker 0\n"
    "0.169 s  server sends version 1 to worker 1\n"
    "0.170 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.170 s  server sends version 1 to worker 2\n"
    "0.171 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.172 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.271 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.272 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.273 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.274 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.283 s  server receives gradient 1 of worker 1; buffer 1 of 3\n"
    "0.293 s  server receives gradient 1 of worker 2; buffer 2 of 3\n"
    "0.320 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.322 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.332 s  server receives gradient 1 of worker 0; buffer 3 of 3\n"
    "0.337 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 2; staleness "
    "0\n"
    "0.338 s  server sends version 2 to worker 0\n"
    "0.339 s  server sends version 2 to worker 1\n"
    "0.340 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.340 s  server sends version 2 to worker 2\n"
    "0.341 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.342 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.350 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         worker 2 is computing gradient 2, read at version 2\n";

// A barrier: workers 1 and 2 are done after 0.1 s, but the delayed worker 0 makes them wait until
// 0.167 s. Then all go on with one version, answered one after the other in worker order, and no
// gradient is stale.
static void trace__sync__waits_for_the_slowest(void **state) {
    (void)state;
    told_story_expect(sync_cluster, sync_story);
}

static const char *const async_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: async}\n" STORY_CLUSTER("3", "100 ms", "15 ms");

static const char *const async_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.115 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.117 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.117 s  gradient 0 of worker 0 joins the server's queue; 1 ahead of it\n"
    "0.118 s  server sends version 1 to worker 1\n"
    "0.120 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.128 s  server receives gradient 0 of worker 2; buffer 1 of 1\n"
    "0.133 s  server applies gradient 0 of worker 2 (K = 1) and makes version 2; staleness 1\n"
    "0.134 s  server sends version 2 to worker 2\n"
    "0.136 s  worker 2 receives version 2 and starts gradient 1\n"
    "0.144 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.149 s  server applies gradient 0 of worker 0 (K = 1) and makes version 3; staleness 2\n"
    "0.150 s  server sends version 3 to worker 0\n"
    "0.152 s  worker 0 receives version 3 and starts gradient 1\n"
    "0.220 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.222 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.232 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.236 s  worker 2 pushes gradient 1, read at version 2\n"
    "0.237 s  server applies gradient 1 of worker 1 (K = 1) and makes version 4; staleness 2\n"
    "0.238 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.238 s  server sends version 4 to worker 1\n"
    "0.240 s  worker 1 receives version 4 and starts gradient 2\n"
    "0.248 s  server receives gradient 1 of worker 2; buffer 1 of 1\n"
    "0.253 s  server applies gradient 1 of worker 2 (K = 1) and makes version 5; staleness 2\n"
    "0.254 s  server sends version 5 to worker 2\n"
    "0.256 s  worker 2 receives version 5 and starts gradient 2\n"
    "0.267 s  worker 0 pushes gradient 1, read at version 3\n"
    "0.269 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.279 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.284 s  server applies gradient 1 of worker 0 (K = 1) and makes version 6; staleness 2\n"
    "0.285 s  server sends version 6 to worker 0\n"
    "0.287 s  worker 0 receives version 6 and starts gradient 2\n"
    "0.300 s  the run ends (complete) at version 6; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 6\n"
    "         worker 1 is computing gradient 2, read at version 4\n"
    "         worker 2 is computing gradient 2, read at version 5\n";

// No barrier: every gradient makes a version, and only its own worker is answered. Worker 2 queues
// behind worker 1 and so is stale by one version at 0.133 s, worker 0 behind both: by two. Later
// everybody is stale by P - 1 = 2.
static void trace__async__applies_each_gradient_as_it_comes(void **state) {
    (void)state;
    told_story_expect(async_cluster, async_story);
}

static const char *const hybrid_cluster =
    "model: none\n"
    "end: 440 ms\n"
    "policy:\n"
    "  name: hybrid\n"
    "  threshold: {schedule: step, every: 3, start: 1}\n" STORY_CLUSTER(
        "3", "100 ms", "50 ms") "  start_up: 20 ms\n";

static const char *const hybrid_story =
    "0.020 s  worker 0 starts gradient 0 at version 0\n"
    "0.020 s  worker 1 starts gradient 0 at version 0\n"
    "0.020 s  worker 2 starts gradient 0 at version 0\n"
    "0.120 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.120 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.122 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.122 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.132 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.137 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.138 s  server sends version 1 to worker 1\n"
    "0.140 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.148 s  server receives gradient 0 of worker 2; buffer 1 of 1\n"
    "0.153 s  server applies gradient 0 of worker 2 (K = 1) and makes version 2; staleness 1\n"
    "0.154 s  server sends version 2 to worker 2\n"
    "0.156 s  worker 2 receives version 2 and starts gradient 1\n"
    "0.170 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.172 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.182 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.240 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.242 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.252 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.256 s  worker 2 pushes gradient 1, read at version 2\n"
    "0.257 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 3; staleness 1 "
    "to 2\n"
    "0.258 s  gradient 1 of worker 2 joins the server's queue; the server is busy\n"
    "0.258 s  server sends version 3 to worker 0\n"
    "0.259 s  server sends version 3 to worker 1\n"
    "0.260 s  worker 0 receives version 3 and starts gradient 1\n"
    "0.261 s  worker 1 receives version 3 and starts gradient 2\n"
    "0.269 s  server receives gradient 1 of worker 2; buffer 1 of 2\n"
    "0.361 s  worker 1 pushes gradient 2, read at version 3\n"
    "0.363 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.373 s  server receives gradient 2 of worker 1; buffer 2 of 3\n"
    "0.410 s  worker 0 pushes gradient 1, read at version 3\n"
    "0.412 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.422 s  server receives gradient 1 of worker 0; buffer 3 of 3\n"
    "0.427 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 4; staleness "
    "0 to 1\n"
    "0.428 s  server sends version 4 to worker 0\n"
    "0.429 s  server sends version 4 to worker 1\n"
    "0.430 s  worker 0 receives version 4 and starts gradient 2\n"
    "0.430 s  server sends version 4 to worker 2\n"
    "0.431 s  worker 1 receives version 4 and starts gradient 3\n"
    "0.432 s  worker 2 receives version 4 and starts gradient 2\n"
    "0.440 s  the run ends (complete) at version 4; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 4\n"
    "         worker 1 is computing gradient 3, read at version 4\n"
    "         worker 2 is computing gradient 2, read at version 4\n";

// The smooth switch, "waits": K = 1 + floor(n / 3). The third gradient received finds K = 2 and
// waits in the buffer, and with it its worker, for the fourth; the fifth and the sixth, which finds
// K = 3, wait for the seventh. At 0.258 s a gradient queues behind replies: they are part of the
// service.
static void trace__hybrid_waits__rises_from_one_to_three(void **state) {
    (void)state;
    told_story_expect(hybrid_cluster, hybrid_story);
}

static const char *const continues_cluster =
    "model: none\n"
    "end: 400 ms\n"
    "policy:\n"
    "  name: hybrid\n"
    "  pushed_worker: continues\n"
    "  threshold: {schedule: step, every: 3, start: 1}\n" STORY_CLUSTER(
        "3", "100 ms", "50 ms") "  start_up: 20 ms\n";

static const char *const continues_story =
    "0.020 s  worker 0 starts gradient 0 at version 0\n"
    "0.020 s  worker 1 starts gradient 0 at version 0\n"
    "0.020 s  worker 2 starts gradient 0 at version 0\n"
    "0.120 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.120 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.122 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.122 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.132 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.137 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.138 s  server sends version 1 to worker 1\n"
    "0.140 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.148 s  server receives gradient 0 of worker 2; buffer 1 of 1\n"
    "0.153 s  server applies gradient 0 of worker 2 (K = 1) and makes version 2; staleness 1\n"
    "0.154 s  server sends version 2 to worker 2\n"
    "0.156 s  worker 2 receives version 2 and starts gradient 1\n"
    "0.170 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.172 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.182 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.183 s  server sends version 2 to worker 0\n"
    "0.185 s  worker 0 receives version 2 and starts gradient 1\n"
    "0.240 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.242 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.252 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.256 s  worker 2 pushes gradient 1, read at version 2\n"
    "0.257 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 3; staleness 1 "
    "to 2\n"
    "0.258 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.258 s  server sends version 3 to worker 1\n"
    "0.260 s  worker 1 receives version 3 and starts gradient 2\n"
    "0.268 s  server receives gradient 1 of worker 2; buffer 1 of 2\n"
    "0.269 s  server sends version 3 to worker 2\n"
    "0.271 s  worker 2 receives version 3 and starts gradient 2\n"
    "0.335 s  worker 0 pushes gradient 1, read at version 2\n"
    "0.337 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.347 s  server receives gradient 1 of worker 0; buffer 2 of 3\n"
    "0.348 s  server sends version 3 to worker 0\n"
    "0.350 s  worker 0 receives version 3 and starts gradient 2\n"
    "0.360 s  worker 1 pushes gradient 2, read at version 3\n"
    "0.362 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.371 s  worker 2 pushes gradient 2, read at version 3\n"
    "0.372 s  server receives gradient 2 of worker 1; buffer 3 of 3\n"
    "0.373 s  gradient 2 of worker 2 joins the server's queue; the server is busy\n"
    "0.377 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 4; staleness "
    "0 to 1\n"
    "0.378 s  server sends version 4 to worker 1\n"
    "0.380 s  worker 1 receives version 4 and starts gradient 3\n"
    "0.388 s  server receives gradient 2 of worker 2; buffer 1 of 3\n"
    "0.389 s  server sends version 4 to worker 2\n"
    "0.391 s  worker 2 receives version 4 and starts gradient 3\n"
    "0.400 s  the run ends (complete) at version 4; 4 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 3\n"
    "         worker 1 is computing gradient 3, read at version 4\n"
    "         gradient 2 of worker 2, read at version 3, is in the buffer\n"
    "         worker 2 is computing gradient 3, read at version 4\n";

// The same with "continues": worker 0, whose gradient stays in the buffer at 0.182 s, is answered
// at once with the version that is there, and at 0.388 s worker 2 goes on while its gradient waits.
static void trace__hybrid_continues__answers_at_once(void **state) {
    (void)state;
    told_story_expect(continues_cluster, continues_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__sync__waits_for_the_slowest),
        cmocka_unit_test(trace__async__applies_each_gradient_as_it_comes),
        cmocka_unit_test(trace__hybrid_waits__rises_from_one_to_three),
        cmocka_unit_test(trace__hybrid_continues__answers_at_once),
    };
    return cmocka_run_group_tests_name("trace_policies", tests, NULL, NULL);
}
