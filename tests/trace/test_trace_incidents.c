// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of what happens to a cluster: pauses, silences, slow phases, a server that stops,
// each checked on paper (test_trace_policies.c says what takes how long).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const pause_cluster =
    "model: none\n"
    "end: 200 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 1, at: 60 ms, for: 40 ms}}\n";

static const char *const pause_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.060 s  worker 1 falls silent: it is paused\n"
    "0.100 s  worker 1 wakes\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.140 s  worker 1 pushes gradient 0, read at version 0; incidents held it up for 0.040 s\n"
    "0.142 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.152 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.157 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.158 s  server sends version 1 to worker 0\n"
    "0.159 s  server sends version 1 to worker 1\n"
    "0.160 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.161 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.200 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n";

// The others wait at the barrier until the worker has woken and computed what was left.
static void trace__pause_at_a_barrier__is_told(void **state) {
    (void)state;
    told_story_expect(pause_cluster, pause_story);
}

static const char *const disc_cluster =
    "model: none\n"
    "end: 200 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {cut: {event: disconnect, worker: 1, at: 60 ms, for: 60 ms}, later: {event: disc"
    "onnect, worker: 0, at: 139 ms, for: 21 ms}}\n";

static const char *const disc_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.060 s  worker 1 falls silent: it is disconnected\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.120 s  worker 1 is connected again\n"
    "0.122 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.132 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.137 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.138 s  server sends version 1 to worker 0\n"
    "0.139 s  worker 0 falls silent: it is disconnected\n"
    "0.139 s  server sends version 1 to worker 1\n"
    "0.141 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.160 s  worker 0 is connected again\n"
    "0.160 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.200 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n";

// The push of worker 1 waits where it is until 0.120 s. The reply to worker 0, under way at 0.139
// s, waits before it until 0.160 s.
static void trace__disconnect_at_a_barrier__is_told(void **state) {
    (void)state;
    told_story_expect(disc_cluster, disc_story);
}

static const char *const gc_cluster =
    "model: none\n"
    "end: 200 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {gc: {event: server_pause, at: 107 ms, for: 20 ms}}\n";

static const char *const gc_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.107 s  server pauses\n"
    "0.127 s  server goes on\n"
    "0.132 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.137 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.138 s  server sends version 1 to worker 0\n"
    "0.140 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.148 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.153 s  server applies gradient 0 of worker 1 (K = 1) and makes version 2; staleness 1\n"
    "0.154 s  server sends version 2 to worker 1\n"
    "0.156 s  worker 1 receives version 2 and starts gradient 1\n"
    "0.200 s  the run ends (complete) at version 2; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 2\n";

// 5 ms of the 10 ms of receiving are done when the server pauses, and 5 ms are left when it goes
// on.
static void trace__server_pause_in_a_service__is_told(void **state) {
    (void)state;
    told_story_expect(gc_cluster, gc_story);
}

static const char *const ssp_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: ssp, slack: 1}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {quiet: {event: disconnect, worker: 1, at: 70 ms, for: 150 ms}}\n";

static const char *const ssp_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.050 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.052 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.052 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.062 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.067 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.068 s  server sends version 1 to worker 0\n"
    "0.070 s  worker 1 falls silent: it is disconnected\n"
    "0.070 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.078 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.083 s  server applies gradient 0 of worker 1 (K = 1) and makes version 2; staleness 1\n"
    "0.084 s  server sends version 2 to worker 1\n"
    "0.120 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.122 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.132 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.137 s  server applies gradient 1 of worker 0 (K = 1) and makes version 3; staleness 1\n"
    "0.138 s  server sends version 3 to worker 0\n"
    "0.140 s  worker 0 receives version 3 and starts gradient 2\n"
    "0.190 s  worker 0 pushes gradient 2, read at version 3\n"
    "0.192 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.202 s  server receives gradient 2 of worker 0; buffer 1 of 1\n"
    "0.207 s  server applies gradient 2 of worker 0 (K = 1) and makes version 4; staleness 0\n"
    "0.220 s  worker 1 is connected again\n"
    "0.222 s  worker 1 receives version 2 and starts gradient 1\n"
    "0.272 s  worker 1 pushes gradient 1, read at version 2\n"
    "0.274 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.284 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.289 s  server applies gradient 1 of worker 1 (K = 1) and makes version 5; staleness 2\n"
    "0.290 s  server sends version 5 to worker 0\n"
    "0.291 s  server sends version 5 to worker 1\n"
    "0.292 s  worker 0 receives version 5 and starts gradient 3\n"
    "0.293 s  worker 1 receives version 5 and starts gradient 2\n"
    "0.300 s  the run ends (complete) at version 5; 2 gradients pending\n"
    "         worker 0 is computing gradient 3, read at version 5\n"
    "         worker 1 is computing gradient 2, read at version 5\n";

// Worker 1 holds the clock of ssp: worker 0 may be one gradient ahead, then waits, and goes on
// once the silent one has been heard of.
static void trace__silence_of_the_slowest__is_told(void **state) {
    (void)state;
    told_story_expect(ssp_cluster, ssp_story);
}

static const char *const roll_cluster =
    "model: none\n"
    "end: 150 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {restart: {event: pause, workers: 100 %, at: 20 ms, for: 10 ms, stagger: 30 ms}}\n";

static const char *const roll_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.020 s  worker 0 falls silent: it is paused\n"
    "0.030 s  worker 0 wakes\n"
    "0.050 s  worker 1 falls silent: it is paused\n"
    "0.060 s  worker 1 wakes\n"
    "0.080 s  worker 2 falls silent: it is paused\n"
    "0.090 s  worker 2 wakes\n"
    "0.110 s  worker 0 pushes gradient 0, read at version 0; incidents held it up for 0.010 s\n"
    "0.110 s  worker 1 pushes gradient 0, read at version 0; incidents held it up for 0.010 s\n"
    "0.110 s  worker 2 pushes gradient 0, read at version 0; incidents held it up for 0.010 s\n"
    "0.112 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  gradient 0 of worker 2 joins the server's queue; 2 ahead of it\n"
    "0.122 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.127 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.138 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.143 s  server applies gradient 0 of worker 1 (K = 1) and makes version 2; staleness 1\n"
    "0.144 s  server sends version 2 to worker 1\n"
    "0.146 s  worker 1 receives version 2 and starts gradient 1\n"
    "0.150 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 2\n"
    "         gradient 0 of worker 2, read at version 0, is at the server, not yet received\n";

// Each worker is paused 30 ms after the one before.
static void trace__rolling_pauses__is_told(void **state) {
    (void)state;
    told_story_expect(roll_cluster, roll_story);
}

static const char *const slow_cluster =
    "model: none\n"
    "end: 280 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 1\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {busy: {event: slowdown, slowdown: 4, worker: 0, at: 50 ms, for: 80 ms}}\n";

static const char *const slow_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 takes 4 times as long to compute\n"
    "0.130 s  worker 0 no longer takes 4 times as long to compute\n"
    "0.160 s  worker 0 pushes gradient 0, read at version 0; incidents held it up for 0.060 s\n"
    "0.162 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.172 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.177 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.178 s  server sends version 1 to worker 0\n"
    "0.180 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.280 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.280 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         gradient 1 of worker 0, read at version 1, is on its way to the server\n";

// Half of the gradient is done; in 80 ms at a quarter of the speed 20 ms more; 30 ms are left.
static void trace__slow_phase__is_told(void **state) {
    (void)state;
    told_story_expect(slow_cluster, slow_story);
}

static const char *const order_cluster =
    "model: none\n"
    "end: 150 ms\n"
    "past: [{until: 60 ms, cluster.network.latency: 3 ms}]\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 1\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {gc: {event: server_pause, at: 50 ms, for: 20 ms}, fast: {event: slowdown, "
    "slowdown: 0.5, worker: 0, at: 130 ms}}\n";

static const char *const order_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.050 s  server pauses\n"
    "0.060 s  the scenario changes; until now it had cluster.network.latency: 3 ms\n"
    "0.070 s  server goes on\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.103 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.113 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.118 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.119 s  server sends version 1 to worker 0\n"
    "0.122 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.130 s  worker 0 takes 0.5 times as long to compute\n"
    "0.150 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n";

// A change of the scenario stands between the incidents before and after it, although no event of
// the log does; and a factor below 1 does not make a worker slower.
static void trace__change_within_a_pause__is_told_in_order(void **state) {
    (void)state;
    told_story_expect(order_cluster, order_story);
}

static const char *const red_cluster =
    "model: none\n"
    "end: 400 ms\n"
    "policy: {name: k_avg, steps: 1}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {cut: {event: disconnect, worker: 1, at: 105 ms, for: 35 ms}, nap: {event: pause"
    ", worker: 0, at: 230 ms, for: 60 ms}}\n";

static const char *const red_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  workers 0 and 1 begin to average, 1 step each: 20 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.105 s  worker 1 falls silent: it is disconnected\n"
    "0.140 s  worker 1 is connected again\n"
    "0.140 s  the average of workers 0 and 1 is there\n"
    "0.140 s  this average makes version 1 out of 2 gradients; staleness 0\n"
    "0.140 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.140 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.230 s  worker 0 falls silent: it is paused\n"
    "0.240 s  worker 1 steps by gradient 1\n"
    "0.240 s  worker 1 waits\n"
    "0.290 s  worker 0 wakes\n"
    "0.300 s  worker 0 steps by gradient 1\n"
    "0.300 s  workers 0 and 1 begin to average, 1 step each: 20 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.320 s  the average of workers 0 and 1 is there\n"
    "0.320 s  this average makes version 2 out of 2 gradients; staleness 0\n"
    "0.320 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.320 s  worker 1 starts gradient 2 on its model, which comes from version 2\n"
    "0.400 s  the run ends (complete) at version 2; 2 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n";

// An all-reduce ends when all of its members are connected; a paused worker goes on where it was.
static void trace__silence_in_an_all_reduce__is_told(void **state) {
    (void)state;
    told_story_expect(red_cluster, red_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__pause_at_a_barrier__is_told),
        cmocka_unit_test(trace__disconnect_at_a_barrier__is_told),
        cmocka_unit_test(trace__server_pause_in_a_service__is_told),
        cmocka_unit_test(trace__silence_of_the_slowest__is_told),
        cmocka_unit_test(trace__rolling_pauses__is_told),
        cmocka_unit_test(trace__slow_phase__is_told),
        cmocka_unit_test(trace__change_within_a_pause__is_told_in_order),
        cmocka_unit_test(trace__silence_in_an_all_reduce__is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
