// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of crashes, each checked on paper (test_trace_policies.c says what takes how long).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/small_cluster.h"
#include "tests/support/told_story.h"

static const char *const barrier_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 60 ms, for: 90 ms}}\n";

static const char *const barrier_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.060 s  worker 1 crashes\n"
    "0.060 s  gradient 0 of worker 1 is lost\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.150 s  worker 1 is back, with version 0\n"
    "0.150 s  worker 1 starts gradient 1 at version 0\n"
    "0.250 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.252 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.262 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.267 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.268 s  server sends version 1 to worker 0\n"
    "0.269 s  server sends version 1 to worker 1\n"
    "0.270 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.271 s  worker 1 receives version 1 and starts gradient 2\n"
    "0.300 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 2, read at version 1\n";

// The gradient is lost 40 ms before it is ready. The others wait until the worker is back at
// 0.150 s and has computed another one, which its first 60 ms do not shorten.
static void trace__crash_at_a_barrier__is_told(void **state) {
    (void)state;
    told_story_expect(barrier_cluster, barrier_story);
}

static const char *const transit_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 101 ms, for: 30 ms}}\n";

static const char *const transit_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.101 s  worker 1 crashes\n"
    "0.101 s  gradient 0 of worker 1 is lost\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.117 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness "
    "0\n"
    "0.118 s  server sends version 1 to worker 0\n"
    "0.120 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.131 s  worker 1 is back, with version 1\n"
    "0.131 s  worker 1 starts gradient 1 at version 1\n"
    "0.220 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.222 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue; the server is busy\n"
    "0.237 s  server applies gradient 1 of worker 0 (K = 1) and makes version 2; staleness "
    "0\n"
    "0.238 s  server sends version 2 to worker 0\n"
    "0.240 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.248 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.250 s  the run ends (complete) at version 2; 2 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         gradient 1 of worker 1, read at version 1, completes the buffer; the update "
    "is under way\n";

// At 0.101 s the push of worker 1 is half way; it never comes in. The worker reads at its return
// what worker 0 has made meanwhile.
static void trace__crash_with_a_push_in_transit__is_told(void **state) {
    (void)state;
    told_story_expect(transit_cluster, transit_story);
}

static const char *const kept_cluster =
    "model: none\n"
    "end: 350 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 105 ms, for: 10 ms}, slow: {event: "
    "pause, worker: 0, at: 50 ms, for: 200 ms}}\n";

static const char *const kept_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 falls silent: it is paused\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.105 s  worker 1 crashes\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
    "0.115 s  worker 1 is back, with version 0\n"
    "0.115 s  worker 1 starts gradient 1 at version 0\n"
    "0.215 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.217 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.227 s  server receives gradient 1 of worker 1; buffer 2 of 2\n"
    "0.250 s  worker 0 wakes\n"
    "0.300 s  worker 0 pushes gradient 0, read at version 0; incidents held it up for "
    "0.200 s\n"
    "0.302 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.312 s  server receives gradient 0 of worker 0; buffer 3 of 2\n"
    "0.317 s  server applies 3 gradients of workers 0, 1 (2 of them) (K = 2) and makes "
    "version 1; staleness 0\n"
    "0.318 s  server sends version 1 to worker 0\n"
    "0.319 s  server sends version 1 to worker 1\n"
    "0.320 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.321 s  worker 1 receives version 1 and starts gradient 2\n"
    "0.350 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 2, read at version 1\n";

// Worker 1 crashes with a gradient in the queue, and brings a second one before the barrier opens:
// a barrier counts workers, so that it waits for worker 0, and takes all three.
static void trace__two_gradients_in_a_barrier__is_told(void **state) {
    (void)state;
    told_story_expect(kept_cluster, kept_story);
}

static const char *const ssp_cluster =
    "model: none\n"
    "end: 460 ms\n"
    "policy: {name: ssp, slack: 1}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 70 ms, for: 200 ms}}\n";

static const char *const ssp_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.050 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.052 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.052 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.062 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.067 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness "
    "0\n"
    "0.068 s  server sends version 1 to worker 0\n"
    "0.070 s  worker 1 crashes\n"
    "0.070 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.078 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.083 s  server applies gradient 0 of worker 1 (K = 1) and makes version 2; staleness "
    "1\n"
    "0.084 s  server sends version 2 to worker 1\n"
    "0.086 s  version 2 vanishes: worker 1 has crashed since it pushed gradient 0\n"
    "0.120 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.122 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.132 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.137 s  server applies gradient 1 of worker 0 (K = 1) and makes version 3; staleness "
    "1\n"
    "0.138 s  server sends version 3 to worker 0\n"
    "0.140 s  worker 0 receives version 3 and starts gradient 2\n"
    "0.190 s  worker 0 pushes gradient 2, read at version 3\n"
    "0.192 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.202 s  server receives gradient 2 of worker 0; buffer 1 of 1\n"
    "0.207 s  server applies gradient 2 of worker 0 (K = 1) and makes version 4; staleness "
    "0\n"
    "0.270 s  worker 1 is back, with version 4\n"
    "0.270 s  worker 1 starts gradient 1 at version 4\n"
    "0.320 s  worker 1 pushes gradient 1, read at version 4\n"
    "0.322 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.332 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.337 s  server applies gradient 1 of worker 1 (K = 1) and makes version 5; staleness "
    "0\n"
    "0.338 s  server sends version 5 to worker 0\n"
    "0.339 s  server sends version 5 to worker 1\n"
    "0.340 s  worker 0 receives version 5 and starts gradient 3\n"
    "0.341 s  worker 1 receives version 5 and starts gradient 2\n"
    "0.390 s  worker 0 pushes gradient 3, read at version 5\n"
    "0.391 s  worker 1 pushes gradient 2, read at version 5\n"
    "0.392 s  gradient 3 of worker 0 joins the server's queue\n"
    "0.393 s  gradient 2 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.402 s  server receives gradient 3 of worker 0; buffer 1 of 1\n"
    "0.407 s  server applies gradient 3 of worker 0 (K = 1) and makes version 6; staleness "
    "0\n"
    "0.408 s  server sends version 6 to worker 0\n"
    "0.410 s  worker 0 receives version 6 and starts gradient 4\n"
    "0.418 s  server receives gradient 2 of worker 1; buffer 1 of 1\n"
    "0.423 s  server applies gradient 2 of worker 1 (K = 1) and makes version 7; staleness "
    "1\n"
    "0.424 s  server sends version 7 to worker 1\n"
    "0.426 s  worker 1 receives version 7 and starts gradient 3\n"
    "0.460 s  worker 0 pushes gradient 4, read at version 6\n"
    "0.460 s  the run ends (complete) at version 7; 2 gradients pending\n"
    "         gradient 4 of worker 0, read at version 6, is on its way to the server\n"
    "         worker 1 is computing gradient 3, read at version 7\n";

// Its clock stands at 1, so that worker 0, at 3, is held back at 0.207 s. At its return it takes
// the clock of the others, which lets worker 0 go on at the next receipt.
static void trace__crash_of_the_slowest__is_told(void **state) {
    (void)state;
    told_story_expect(ssp_cluster, ssp_story);
}

static const char *const nap_cluster =
    "model: none\n"
    "end: 200 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 20 ms, for: 20 ms}, nap: {event: "
    "pause, worker: 1, at: 30 ms, for: 40 ms}, again: {event: crash, worker: 1, at: 60 ms, "
    "for: 5 ms}}\n";

static const char *const nap_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.020 s  worker 1 crashes\n"
    "0.020 s  gradient 0 of worker 1 is lost\n"
    "0.030 s  worker 1 falls silent: it is paused\n"
    "0.070 s  worker 1 wakes\n"
    "0.070 s  worker 1 is back, with version 0\n"
    "0.070 s  worker 1 starts gradient 1 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.117 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness "
    "0\n"
    "0.118 s  server sends version 1 to worker 0\n"
    "0.120 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.170 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.172 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.182 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.187 s  server applies gradient 1 of worker 1 (K = 1) and makes version 2; staleness "
    "1\n"
    "0.188 s  server sends version 2 to worker 1\n"
    "0.190 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.200 s  the run ends (complete) at version 2; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 2, read at version 2\n";

// The crash is over at 0.040 s, but the worker is paused until 0.070 s: then it is back. The crash
// that begins meanwhile finds it down.
static void trace__crash_that_ends_in_a_pause__is_told(void **state) {
    (void)state;
    told_story_expect(nap_cluster, nap_story);
}

static const char *const roll_cluster =
    "model: none\n"
    "end: 500 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {restart: {event: crash, workers: 100 %, at: 120 ms, for: 20 ms, stagger: "
    "100 ms}}\n";

static const char *const roll_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 2 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.120 s  worker 0 crashes\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.132 s  server receives gradient 0 of worker 2; buffer 3 of 3\n"
    "0.137 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; "
    "staleness 0\n"
    "0.138 s  server sends version 1 to worker 0\n"
    "0.139 s  server sends version 1 to worker 1\n"
    "0.140 s  worker 0 is back, with version 1\n"
    "0.140 s  worker 0 starts gradient 1 at version 1\n"
    "0.140 s  version 1 vanishes: worker 0 has crashed since it pushed gradient 0\n"
    "0.140 s  server sends version 1 to worker 2\n"
    "0.141 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.142 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.220 s  worker 1 crashes\n"
    "0.220 s  gradient 1 of worker 1 is lost\n"
    "0.240 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.240 s  worker 1 is back, with version 1\n"
    "0.240 s  worker 1 starts gradient 2 at version 1\n"
    "0.242 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.242 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.244 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.252 s  server receives gradient 1 of worker 0; buffer 1 of 3\n"
    "0.262 s  server receives gradient 1 of worker 2; buffer 2 of 3\n"
    "0.320 s  worker 2 crashes\n"
    "0.340 s  worker 1 pushes gradient 2, read at version 1\n"
    "0.340 s  worker 2 is back, with version 1\n"
    "0.340 s  worker 2 starts gradient 2 at version 1\n"
    "0.342 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.352 s  server receives gradient 2 of worker 1; buffer 3 of 3\n"
    "0.357 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 2; "
    "staleness 0\n"
    "0.358 s  server sends version 2 to worker 0\n"
    "0.359 s  server sends version 2 to worker 1\n"
    "0.360 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.361 s  worker 1 receives version 2 and starts gradient 3\n"
    "0.440 s  worker 2 pushes gradient 2, read at version 1\n"
    "0.442 s  gradient 2 of worker 2 joins the server's queue\n"
    "0.452 s  server receives gradient 2 of worker 2; buffer 1 of 3\n"
    "0.460 s  worker 0 pushes gradient 2, read at version 2\n"
    "0.461 s  worker 1 pushes gradient 3, read at version 2\n"
    "0.462 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.463 s  gradient 3 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.472 s  server receives gradient 2 of worker 0; buffer 2 of 3\n"
    "0.482 s  server receives gradient 3 of worker 1; buffer 3 of 3\n"
    "0.487 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 3; "
    "staleness 0 to 1\n"
    "0.488 s  server sends version 3 to worker 0\n"
    "0.489 s  server sends version 3 to worker 1\n"
    "0.490 s  worker 0 receives version 3 and starts gradient 3\n"
    "0.490 s  server sends version 3 to worker 2\n"
    "0.491 s  worker 1 receives version 3 and starts gradient 4\n"
    "0.492 s  worker 2 receives version 3 and starts gradient 3\n"
    "0.500 s  the run ends (complete) at version 3; 3 gradients pending\n"
    "         worker 0 is computing gradient 3, read at version 3\n"
    "         worker 1 is computing gradient 4, read at version 3\n"
    "         worker 2 is computing gradient 3, read at version 3\n";

// One after another is restarted. Worker 0 and worker 2 have pushed before: their gradients count,
// and what worker 2 starts at its return is a version late when it comes. Only worker 1 loses one.
static void trace__rolling_restart__is_told(void **state) {
    (void)state;
    told_story_expect(roll_cluster, roll_story);
}

static const char *const notice_cluster =
    "model: none\n"
    "end: 200 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {reclaim: {event: crash, worker: 1, at: 130 ms, for: 60 ms, notice: 50 ms}}\n";

static const char *const notice_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.050 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.052 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.052 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.062 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.067 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.068 s  server sends version 1 to worker 0\n"
    "0.070 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.078 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.083 s  server applies gradient 0 of worker 1 (K = 1) and makes version 2; staleness 1\n"
    "0.084 s  server sends version 2 to worker 1\n"
    "0.086 s  worker 1 receives version 2 and starts nothing before its crash\n"
    "0.120 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.122 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.130 s  worker 1 crashes\n"
    "0.132 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.137 s  server applies gradient 1 of worker 0 (K = 1) and makes version 3; staleness 1\n"
    "0.138 s  server sends version 3 to worker 0\n"
    "0.140 s  worker 0 receives version 3 and starts gradient 2\n"
    "0.190 s  worker 1 is back, with version 3\n"
    "0.190 s  worker 1 starts gradient 1 at version 3\n"
    "0.190 s  worker 0 pushes gradient 2, read at version 3\n"
    "0.192 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.200 s  the run ends (complete) at version 3; 2 gradients pending\n"
    "         gradient 2 of worker 0, read at version 3, is at the server, not yet received\n"
    "         worker 1 is computing gradient 1, read at version 3\n";

// Worker 1 is told from 0.080 s on. What it could start at 0.086 s would come in at 0.138 s: it
// idles, and has its number 1 left when it is back.
static void trace__crash_that_is_told_of__is_told(void **state) {
    (void)state;
    told_story_expect(notice_cluster, notice_story);
}

// What a worker is told of a crash behind the end decides what it starts before: at 0.200 s it sees
// that the slow phase from 0.260 s on would not let it finish by 0.320 s, whenever the run ends. If
// it failed, the beginning of a run would depend on its end.
static void crash__behind_the_end__is_told_of_likewise(void **state) {
    (void)state;
    struct runlog logs[2];
    for (int i = 0; i < 2; i++) {
        struct scenario scenario;
        small_cluster_parse(
            &scenario,
            "model: none\nend: %d ms\npolicy: {name: async}\ncluster:\n  workers: 1\n"
            "  compute: 100 ms\n  events:\n"
            "    dies: {event: crash, worker: 0, every: 320 ms, for: 30 ms, notice: 150 ms}\n"
            "    slow: {event: slowdown, worker: 0, every: 260 ms, for: 200 ms, slowdown: 10}\n",
            i == 0 ? 330 : 255);
        small_cluster_run(&scenario, &logs[i]);
        assert_int_equal(logs[i].gradient_count, 2);
    }
    for (int i = 0; i < 2; i++) {
        runlog_reset(&logs[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__crash_at_a_barrier__is_told),
        cmocka_unit_test(trace__crash_with_a_push_in_transit__is_told),
        cmocka_unit_test(trace__two_gradients_in_a_barrier__is_told),
        cmocka_unit_test(trace__crash_of_the_slowest__is_told),
        cmocka_unit_test(trace__crash_that_ends_in_a_pause__is_told),
        cmocka_unit_test(trace__rolling_restart__is_told),
        cmocka_unit_test(trace__crash_that_is_told_of__is_told),
        cmocka_unit_test(crash__behind_the_end__is_told_of_likewise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
