// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces, continued: the policies of the "wait for K" family and their relatives
// (Dutta et al., AISTATS 2018, and others), each on a tiny cluster with fixed times, as a story in
// words that was checked on paper. A push and a reply travel 2 ms; the server takes 10 ms to
// receive, 5 ms to update and 1 ms to reply, one thing after the other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const k_sync_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: k_sync, threshold: 2}\n" STORY_CLUSTER("4", "100 ms", "50 ms");

static const char *const k_sync_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.000 s  worker 3 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 3 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.102 s  gradient 0 of worker 3 joins the server's queue; 2 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 2; buffer 2 of 2\n"
    "0.122 s  worker 0 is told to stop gradient 0\n"
    "0.127 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.130 s  server sends version 1 to worker 2\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.131 s  server sends version 1 to worker 3\n"
    "0.132 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.133 s  worker 3 receives version 1 and starts gradient 1\n"
    "0.141 s  server receives gradient 0 of worker 3 and drops it\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.233 s  worker 3 pushes gradient 1, read at version 1\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.234 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.235 s  gradient 1 of worker 3 joins the server's queue; 2 ahead of it\n"
    "0.243 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
    "0.253 s  server receives gradient 1 of worker 2; buffer 2 of 2\n"
    "0.253 s  worker 0 is told to stop gradient 1\n"
    "0.258 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 2; staleness 0\n"
    "0.259 s  server sends version 2 to worker 0\n"
    "0.260 s  server sends version 2 to worker 1\n"
    "0.261 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.261 s  server sends version 2 to worker 2\n"
    "0.262 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.262 s  server sends version 2 to worker 3\n"
    "0.263 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.264 s  worker 3 receives version 2 and starts gradient 2\n"
    "0.272 s  server receives gradient 1 of worker 3 and drops it\n"
    "0.300 s  the run ends (complete) at version 2; 4 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         worker 2 is computing gradient 2, read at version 2\n"
    "         worker 3 is computing gradient 2, read at version 2\n";

// K = 2 of 4. Workers 1 and 2 make the update. At that moment, 0.122 s, worker 0 still computes and
// is stopped; worker 3 has pushed in vain, but is not asked to wait until its gradient has been
// dropped, which costs the server 10 ms at 0.141 s. All four are sent the new version, in order.
static void trace__k_sync__stops_the_slow_and_drops_the_late(void **state) {
    (void)state;
    told_story_expect(k_sync_cluster, k_sync_story);
}

static const char *const k_batch_sync_cluster =
    "model: none\n"
    "end: 330 ms\n"
    "policy: {name: k_batch_sync, threshold: 3}\n" STORY_CLUSTER("3", "60 ms", "80 ms");

static const char *const k_batch_sync_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.060 s  worker 1 goes on with gradient 1 at version 0\n"
    "0.060 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.060 s  worker 2 goes on with gradient 1 at version 0\n"
    "0.062 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.062 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.072 s  server receives gradient 0 of worker 1; buffer 1 of 3\n"
    "0.082 s  server receives gradient 0 of worker 2; buffer 2 of 3\n"
    "0.120 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.120 s  worker 1 goes on with gradient 2 at version 0\n"
    "0.120 s  worker 2 pushes gradient 1, read at version 0\n"
    "0.120 s  worker 2 goes on with gradient 2 at version 0\n"
    "0.122 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.122 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.132 s  server receives gradient 1 of worker 1; buffer 3 of 3\n"
    "0.132 s  worker 0 is told to stop gradient 0\n"
    "0.132 s  worker 1 is told to stop gradient 2\n"
    "0.132 s  worker 2 is told to stop gradient 2\n"
    "0.137 s  server applies 3 gradients of workers 1 (2 of them), 2 (K = 3) and makes version "
    "1; staleness 0\n"
    "0.138 s  server sends version 1 to worker 0\n"
    "0.139 s  server sends version 1 to worker 1\n"
    "0.140 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.140 s  server sends version 1 to worker 2\n"
    "0.141 s  worker 1 receives version 1 and starts gradient 3\n"
    "0.142 s  worker 2 receives version 1 and starts gradient 3\n"
    "0.150 s  server receives gradient 1 of worker 2 and drops it\n"
    "0.201 s  worker 1 pushes gradient 3, read at version 1\n"
    "0.201 s  worker 1 goes on with gradient 4 at version 1\n"
    "0.202 s  worker 2 pushes gradient 3, read at version 1\n"
    "0.202 s  worker 2 goes on with gradient 4 at version 1\n"
    "0.203 s  gradient 3 of worker 1 joins the server's queue\n"
    "0.204 s  gradient 3 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.213 s  server receives gradient 3 of worker 1; buffer 1 of 3\n"
    "0.223 s  server receives gradient 3 of worker 2; buffer 2 of 3\n"
    "0.261 s  worker 1 pushes gradient 4, read at version 1\n"
    "0.261 s  worker 1 goes on with gradient 5 at version 1\n"
    "0.262 s  worker 2 pushes gradient 4, read at version 1\n"
    "0.262 s  worker 2 goes on with gradient 5 at version 1\n"
    "0.263 s  gradient 4 of worker 1 joins the server's queue\n"
    "0.264 s  gradient 4 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.273 s  server receives gradient 4 of worker 1; buffer 3 of 3\n"
    "0.273 s  worker 0 is told to stop gradient 1\n"
    "0.273 s  worker 1 is told to stop gradient 5\n"
    "0.273 s  worker 2 is told to stop gradient 5\n"
    "0.278 s  server applies 3 gradients of workers 1 (2 of them), 2 (K = 3) and makes version "
    "2; staleness 0\n"
    "0.279 s  server sends version 2 to worker 0\n"
    "0.280 s  server sends version 2 to worker 1\n"
    "0.281 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.281 s  server sends version 2 to worker 2\n"
    "0.282 s  worker 1 receives version 2 and starts gradient 6\n"
    "0.283 s  worker 2 receives version 2 and starts gradient 6\n"
    "0.291 s  server receives gradient 4 of worker 2 and drops it\n"
    "0.330 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 6, read at version 2\n"
    "         worker 2 is computing gradient 6, read at version 2\n";

// Three minibatches, whoever they are from. Workers 1 and 2 push at 0.06 s and go on at version 0
// without a reply; the update at 0.137 s has two gradients of worker 1. What all three compute then
// is cancelled, and the other second gradient, in the queue, is dropped at 0.150 s without a reply.
static void trace__k_batch_sync__a_fast_worker_goes_on_meanwhile(void **state) {
    (void)state;
    told_story_expect(k_batch_sync_cluster, k_batch_sync_story);
}

static const char *const k_async_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: k_async, threshold: 2}\n" STORY_CLUSTER("3", "100 ms", "50 ms");

static const char *const k_async_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 2; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 1\n"
    "0.129 s  server sends version 1 to worker 2\n"
    "0.130 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.131 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.230 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.231 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.232 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.233 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.242 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.247 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; staleness "
    "0 to 1\n"
    "0.248 s  server sends version 2 to worker 0\n"
    "0.249 s  server sends version 2 to worker 1\n"
    "0.250 s  worker 0 receives version 2 and starts gradient 1\n"
    "0.251 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.259 s  server receives gradient 1 of worker 2; buffer 1 of 2\n"
    "0.300 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         gradient 1 of worker 2, read at version 1, is in the buffer\n";

// K = 2 of 3: who has pushed waits for the second; worker 0 is not stopped, and its gradient of
// version 0 is applied later, stale.
static void trace__k_async__waits_for_two_and_lets_the_third_go_on(void **state) {
    (void)state;
    told_story_expect(k_async_cluster, k_async_story);
}

static const char *const k_batch_async_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: k_batch_async, threshold: 2}\n" STORY_CLUSTER("3", "100 ms", "50 ms");

static const char *const k_batch_async_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
    "0.113 s  server sends version 0 to worker 1\n"
    "0.115 s  worker 1 receives version 0 and starts gradient 1\n"
    "0.123 s  server receives gradient 0 of worker 2; buffer 2 of 2\n"
    "0.128 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 1; staleness 0\n"
    "0.129 s  server sends version 1 to worker 2\n"
    "0.131 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.163 s  server sends version 1 to worker 0\n"
    "0.165 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.215 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.217 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.227 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.231 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.232 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; staleness 1\n"
    "0.233 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.233 s  server sends version 2 to worker 1\n"
    "0.235 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.243 s  server receives gradient 1 of worker 2; buffer 1 of 2\n"
    "0.244 s  server sends version 2 to worker 2\n"
    "0.246 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.300 s  the run ends (complete) at version 2; 4 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         gradient 1 of worker 2, read at version 1, is in the buffer\n"
    "         worker 2 is computing gradient 2, read at version 2\n";

// Two minibatches, and nobody waits: worker 1 is sent version 0 once more at 0.113 s, before there
// is a newer one.
static void trace__k_batch_async__nobody_waits(void **state) {
    (void)state;
    told_story_expect(k_batch_async_cluster, k_batch_async_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__k_sync__stops_the_slow_and_drops_the_late),
        cmocka_unit_test(trace__k_batch_sync__a_fast_worker_goes_on_meanwhile),
        cmocka_unit_test(trace__k_async__waits_for_two_and_lets_the_third_go_on),
        cmocka_unit_test(trace__k_batch_async__nobody_waits),
    };
    return cmocka_run_group_tests_name("trace_server_policies", tests, NULL, NULL);
}
