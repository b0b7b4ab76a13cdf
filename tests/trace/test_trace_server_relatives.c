// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces, continued: backup workers, n-softsync and stale synchronous parallel, each on a
// tiny cluster with fixed times, as a story in words that was checked on paper. A push and a reply
// travel 2 ms; the server takes 10 ms to receive, 5 ms to update and 1 ms to reply, one thing after
// the other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const backup_cancel_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: backup, backup_workers: 1, late: cancel}\n" STORY_CLUSTER("3", "100 ms",
                                                                              "50 ms");

static const char *const backup_cancel_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 2; buffer 2 of 2\n"
    "0.122 s  worker 0 is told to stop gradient 0\n"
    "0.127 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.130 s  server sends version 1 to worker 2\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.132 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.234 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.243 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
    "0.253 s  server receives gradient 1 of worker 2; buffer 2 of 2\n"
    "0.253 s  worker 0 is told to stop gradient 1\n"
    "0.258 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 2; staleness 0\n"
    "0.259 s  server sends version 2 to worker 0\n"
    "0.260 s  server sends version 2 to worker 1\n"
    "0.261 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.261 s  server sends version 2 to worker 2\n"
    "0.262 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.263 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.300 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         worker 2 is computing gradient 2, read at version 2\n";

// Two of three, and the third stops: it never gets anywhere here, but costs nobody any time.
static void trace__backup_cancel__stops_the_last_worker(void **state) {
    (void)state;
    told_story_expect(backup_cancel_cluster, backup_cancel_story);
}

static const char *const backup_finish_cluster =
    "model: none\n"
    "end: 380 ms\n"
    "policy: {name: backup, backup_workers: 1, late: finish}\n" STORY_CLUSTER("3", "100 ms",
                                                                              "90 ms");

static const char *const backup_finish_story =
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
    "0.190 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.192 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.202 s  server receives gradient 0 of worker 0 and drops it\n"
    "0.203 s  server sends version 1 to worker 0\n"
    "0.205 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.230 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.231 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.232 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.233 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.242 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
    "0.252 s  server receives gradient 1 of worker 2; buffer 2 of 2\n"
    "0.257 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 2; staleness 0\n"
    "0.258 s  server sends version 2 to worker 1\n"
    "0.259 s  server sends version 2 to worker 2\n"
    "0.260 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.261 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.360 s  worker 1 pushes gradient 2, read at version 2\n"
    "0.361 s  worker 2 pushes gradient 2, read at version 2\n"
    "0.362 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.363 s  gradient 2 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.372 s  server receives gradient 2 of worker 1; buffer 1 of 2\n"
    "0.380 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         gradient 2 of worker 1, read at version 2, is in the buffer\n"
    "         gradient 2 of worker 2, read at version 2, is at the server, not yet received\n";

// Two of three, and the third goes on to its end: the server takes its gradient in at 0.202 s,
// drops it and sends it the version of that moment, which is old again before it has computed
// anything.
static void trace__backup_finish__drops_what_the_last_worker_pushes(void **state) {
    (void)state;
    told_story_expect(backup_finish_cluster, backup_finish_story);
}

static const char *const n_softsync_cluster =
    "model: none\n"
    "end: 260 ms\n"
    "policy: {name: n_softsync, splits: 2, stale_weight: inverse}\n" STORY_CLUSTER("4", "100 ms",
                                                                                   "50 ms");

static const char *const n_softsync_story =
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
    "0.113 s  server sends version 0 to worker 1\n"
    "0.115 s  worker 1 receives version 0 and starts gradient 1\n"
    "0.123 s  server receives gradient 0 of worker 2; buffer 2 of 2\n"
    "0.128 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 1; staleness 0\n"
    "0.129 s  server sends version 1 to worker 2\n"
    "0.131 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.139 s  server receives gradient 0 of worker 3; buffer 1 of 2\n"
    "0.140 s  server sends version 1 to worker 3\n"
    "0.142 s  worker 3 receives version 1 and starts gradient 1\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 2 of 2\n"
    "0.167 s  server applies 2 gradients of workers 0, 3 (K = 2) and makes version 2; staleness 1\n"
    "0.168 s  server sends version 2 to worker 0\n"
    "0.170 s  worker 0 receives version 2 and starts gradient 1\n"
    "0.215 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.217 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.227 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
    "0.228 s  server sends version 2 to worker 1\n"
    "0.230 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.231 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.233 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.242 s  worker 3 pushes gradient 1, read at version 1\n"
    "0.243 s  server receives gradient 1 of worker 2; buffer 2 of 2\n"
    "0.244 s  gradient 1 of worker 3 joins the server's queue; the server is busy\n"
    "0.248 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 3; staleness "
    "1 to 2\n"
    "0.249 s  server sends version 3 to worker 2\n"
    "0.251 s  worker 2 receives version 3 and starts gradient 2\n"
    "0.259 s  server receives gradient 1 of worker 3; buffer 1 of 2\n"
    "0.260 s  server sends version 3 to worker 3\n"
    "0.260 s  the run ends (complete) at version 3; 4 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         worker 2 is computing gradient 2, read at version 3\n"
    "         gradient 1 of worker 3, read at version 1, is in the buffer\n"
    "         version 3 is on its way to worker 3\n";

// n = 2 of 4 workers: K = 2, and nobody waits.
static void trace__n_softsync__takes_half_of_four_workers(void **state) {
    (void)state;
    told_story_expect(n_softsync_cluster, n_softsync_story);
}

static const char *const ssp_newest_cluster =
    "model: none\n"
    "end: 650 ms\n"
    "policy: {name: ssp, slack: 1}\n" STORY_CLUSTER("2", "100 ms", "200 ms");

static const char *const ssp_newest_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.117 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.118 s  server sends version 1 to worker 1\n"
    "0.120 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.220 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.222 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.232 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.237 s  server applies gradient 1 of worker 1 (K = 1) and makes version 2; staleness 0\n"
    "0.300 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.302 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.312 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.317 s  server applies gradient 0 of worker 0 (K = 1) and makes version 3; staleness 2\n"
    "0.318 s  server sends version 3 to worker 0\n"
    "0.319 s  server sends version 3 to worker 1\n"
    "0.320 s  worker 0 receives version 3 and starts gradient 1\n"
    "0.321 s  worker 1 receives version 3 and starts gradient 2\n"
    "0.421 s  worker 1 pushes gradient 2, read at version 3\n"
    "0.423 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.433 s  server receives gradient 2 of worker 1; buffer 1 of 1\n"
    "0.438 s  server applies gradient 2 of worker 1 (K = 1) and makes version 4; staleness 0\n"
    "0.620 s  worker 0 pushes gradient 1, read at version 3\n"
    "0.622 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.632 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.637 s  server applies gradient 1 of worker 0 (K = 1) and makes version 5; staleness 1\n"
    "0.638 s  server sends version 5 to worker 0\n"
    "0.639 s  server sends version 5 to worker 1\n"
    "0.640 s  worker 0 receives version 5 and starts gradient 2\n"
    "0.641 s  worker 1 receives version 5 and starts gradient 3\n"
    "0.650 s  the run ends (complete) at version 5; 2 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 5\n"
    "         worker 1 is computing gradient 3, read at version 5\n";

// A slack of one. At 0.237 s worker 1 has two gradients in and worker 0 none: nobody replies to it,
// until at 0.312 s worker 0's first is received. Both are then sent version 3, worker 0 first.
static void trace__ssp_newest__holds_the_fast_worker_back(void **state) {
    (void)state;
    told_story_expect(ssp_newest_cluster, ssp_newest_story);
}

static const char *const ssp_cached_cluster =
    "model: none\n"
    "end: 650 ms\n"
    "policy: {name: ssp, slack: 1, read: cached}\n" STORY_CLUSTER("2", "100 ms", "200 ms");

static const char *const ssp_cached_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 goes on with gradient 1 at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.117 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.200 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.202 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.212 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.217 s  server applies gradient 1 of worker 1 (K = 1) and makes version 2; staleness 1\n"
    "0.300 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.300 s  worker 0 goes on with gradient 1 at version 0\n"
    "0.302 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.312 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.317 s  server applies gradient 0 of worker 0 (K = 1) and makes version 3; staleness 2\n"
    "0.318 s  server sends version 3 to worker 1\n"
    "0.320 s  worker 1 receives version 3 and starts gradient 2\n"
    "0.420 s  worker 1 pushes gradient 2, read at version 3\n"
    "0.422 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.432 s  server receives gradient 2 of worker 1; buffer 1 of 1\n"
    "0.437 s  server applies gradient 2 of worker 1 (K = 1) and makes version 4; staleness 0\n"
    "0.600 s  worker 0 pushes gradient 1, read at version 0\n"
    "0.602 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.612 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.617 s  server applies gradient 1 of worker 0 (K = 1) and makes version 5; staleness 4\n"
    "0.618 s  server sends version 5 to worker 0\n"
    "0.619 s  server sends version 5 to worker 1\n"
    "0.620 s  worker 0 receives version 5 and starts gradient 2\n"
    "0.621 s  worker 1 receives version 5 and starts gradient 3\n"
    "0.650 s  the run ends (complete) at version 5; 2 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 5\n"
    "         worker 1 is computing gradient 3, read at version 5\n";

// The same with a cache: worker 1 does not ask after its first gradient, since version 0, sent when
// all clocks were 0, is not yet too old; after its second it waits. Worker 0 goes on at version 0
// as well, and its second gradient is stale by 4.
static void trace__ssp_cached__goes_on_with_what_it_has(void **state) {
    (void)state;
    told_story_expect(ssp_cached_cluster, ssp_cached_story);
}

static const char *const fedbuff_cluster =
    "model: none\n"
    "end: 480 ms\n"
    "policy: {name: fedbuff, threshold: 2, local_steps: 2}\n" STORY_CLUSTER("3", "100 ms", "30 ms");

static const char *const fedbuff_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.200 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.200 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.202 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.202 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.212 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
    "0.213 s  server sends version 0 to worker 1\n"
    "0.215 s  worker 1 receives version 0 and starts gradient 1\n"
    "0.223 s  server receives gradient 0 of worker 2; buffer 2 of 2\n"
    "0.228 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 1; staleness 0\n"
    "0.229 s  server sends version 1 to worker 2\n"
    "0.231 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.260 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.262 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.272 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.273 s  server sends version 1 to worker 0\n"
    "0.275 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.415 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.417 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.427 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.431 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.432 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; staleness 1\n"
    "0.433 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.433 s  server sends version 2 to worker 1\n"
    "0.435 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.443 s  server receives gradient 1 of worker 2; buffer 1 of 2\n"
    "0.444 s  server sends version 2 to worker 2\n"
    "0.446 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.480 s  the run ends (complete) at version 2; 4 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         gradient 1 of worker 2, read at version 1, is in the buffer\n"
    "         worker 2 is computing gradient 2, read at version 2\n";

// K-batch-async of two, but a worker takes two local steps before it pushes: 0.2 s, and 0.26 s
// where each step is delayed by 0.03 s.
static void trace__fedbuff__pushes_every_second_step(void **state) {
    (void)state;
    told_story_expect(fedbuff_cluster, fedbuff_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__backup_cancel__stops_the_last_worker),
        cmocka_unit_test(trace__backup_finish__drops_what_the_last_worker_pushes),
        cmocka_unit_test(trace__n_softsync__takes_half_of_four_workers),
        cmocka_unit_test(trace__ssp_newest__holds_the_fast_worker_back),
        cmocka_unit_test(trace__ssp_cached__goes_on_with_what_it_has),
        cmocka_unit_test(trace__fedbuff__pushes_every_second_step),
    };
    return cmocka_run_group_tests_name("trace_server_relatives", tests, NULL, NULL);
}
