// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of who is missed: silences under policy.missing, each checked on paper
// (test_trace_policies.c says what takes how long).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const pause_waits_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const pause_waits_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.180 s  worker 2 wakes\n"
    "0.220 s  worker 2 pushes gradient 0, read at version 0; incidents held it up for 0.120 s\n"
    "0.222 s  gradient 0 of worker 2 joins the server's queue\n"
    "0.232 s  server receives gradient 0 of worker 2; buffer 3 of 3\n"
    "0.237 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; staleness "
    "0\n"
    "0.238 s  server sends version 1 to worker 0\n"
    "0.239 s  server sends version 1 to worker 1\n"
    "0.240 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.240 s  server sends version 1 to worker 2\n"
    "0.241 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.242 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.250 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         worker 2 is computing gradient 1, read at version 1\n";

// Nobody is counted out: the barrier waits until the worker has woken and computed the other 40 ms.
static void trace__pause_at_a_barrier__waits__holds_the_others_up(void **state) {
    (void)state;
    told_story_expect(pause_waits_cluster, pause_waits_story);
}

static const char *const pause_goes_on_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const pause_goes_on_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.060 s  worker 2 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.180 s  worker 2 wakes\n"
    "0.220 s  worker 2 pushes gradient 0, read at version 0; incidents held it up for 0.120 s\n"
    "0.222 s  gradient 0 of worker 2 joins the server's queue\n"
    "0.222 s  worker 2 is heard of again, and counted in\n"
    "0.230 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  server receives gradient 0 of worker 2; buffer 1 of 3\n"
    "0.232 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.242 s  server receives gradient 1 of worker 0; buffer 2 of 3\n"
    "0.250 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         gradient 1 of worker 1, read at version 1, is at the server, not yet received\n"
    "         gradient 0 of worker 2, read at version 0, is in the buffer\n";

// Counted out at once: K is 2 until its gradient comes in at 0.222 s, late: of version 0.
static void trace__pause_at_a_barrier__goes_on__leaves_it_behind(void **state) {
    (void)state;
    told_story_expect(pause_goes_on_cluster, pause_goes_on_story);
}

static const char *const pause_span_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync, missing: 90 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const pause_span_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.150 s  worker 2 is counted out: nobody waits for it\n"
    "0.155 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.156 s  server sends version 1 to worker 0\n"
    "0.157 s  server sends version 1 to worker 1\n"
    "0.158 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.159 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.180 s  worker 2 wakes\n"
    "0.220 s  worker 2 pushes gradient 0, read at version 0; incidents held it up for 0.120 s\n"
    "0.222 s  gradient 0 of worker 2 joins the server's queue\n"
    "0.222 s  worker 2 is heard of again, and counted in\n"
    "0.232 s  server receives gradient 0 of worker 2; buffer 1 of 3\n"
    "0.250 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         gradient 0 of worker 2, read at version 0, is in the buffer\n";

// The two others have been in the buffer for 28 ms when the third is counted out: the server looks
// again, and updates.
static void trace__pause_at_a_barrier__a_span__is_waited_for_that_long(void **state) {
    (void)state;
    told_story_expect(pause_span_cluster, pause_span_story);
}

static const char *const short_cluster =
    "model: none\n"
    "end: 160 ms\n"
    "policy: {name: sync, missing: 40 ms}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 1, at: 60 ms, for: 40 ms}}\n";

static const char *const short_story =
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
    "0.160 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         version 1 is on its way to worker 1\n";

// It wakes at the very moment at which it would be counted out.
static void trace__silence_that_is_no_longer_than_the_span__is_not_missed(void **state) {
    (void)state;
    told_story_expect(short_cluster, short_story);
}

static const char *const here_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: sync, missing: 10 ms}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 0, at: 105 ms, for: 100 ms}, slow: {event: slowdown, "
    "slowdown: 2, worker: 1, at: 0 s}}\n";

static const char *const here_story =
    "0.000 s  worker 1 takes 2 times as long to compute\n"
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.105 s  worker 0 falls silent: it is paused\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.115 s  worker 0 is counted out: nobody waits for it\n"
    "0.200 s  worker 1 pushes gradient 0, read at version 0; incidents held it up for 0.100 s\n"
    "0.202 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.205 s  worker 0 wakes\n"
    "0.212 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.217 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.218 s  server sends version 1 to worker 0\n"
    "0.219 s  server sends version 1 to worker 1\n"
    "0.220 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.221 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.300 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n";

// Worker 0 is counted out at 0.115 s, but its gradient is in the buffer: the barrier is still of
// two gradients, and waits for worker 1.
static void trace__one_whose_gradient_is_here__is_not_absent(void **state) {
    (void)state;
    told_story_expect(here_cluster, here_story);
}

static const char *const clock_cluster =
    "model: none\n"
    "end: 330 ms\n"
    "policy: {name: ssp, slack: 0, missing: 100 ms}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {quiet: {event: disconnect, worker: 1, at: 10 ms, for: 180 ms}}\n";

static const char *const clock_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.010 s  worker 1 falls silent: it is disconnected\n"
    "0.050 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.050 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.052 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.062 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.067 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.110 s  worker 1 is counted out: nobody waits for it\n"
    "0.111 s  server sends version 1 to worker 0\n"
    "0.113 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.163 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.165 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.175 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.180 s  server applies gradient 1 of worker 0 (K = 1) and makes version 2; staleness 0\n"
    "0.181 s  server sends version 2 to worker 0\n"
    "0.183 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.190 s  worker 1 is connected again\n"
    "0.192 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.192 s  worker 1 is heard of again, and counted in\n"
    "0.202 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.207 s  server applies gradient 0 of worker 1 (K = 1) and makes version 3; staleness 2\n"
    "0.233 s  worker 0 pushes gradient 2, read at version 2\n"
    "0.235 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.245 s  server receives gradient 2 of worker 0; buffer 1 of 1\n"
    "0.250 s  server applies gradient 2 of worker 0 (K = 1) and makes version 4; staleness 1\n"
    "0.251 s  server sends version 4 to worker 0\n"
    "0.252 s  server sends version 4 to worker 1\n"
    "0.253 s  worker 0 receives version 4 and starts gradient 3\n"
    "0.254 s  worker 1 receives version 4 and starts gradient 1\n"
    "0.303 s  worker 0 pushes gradient 3, read at version 4\n"
    "0.304 s  worker 1 pushes gradient 1, read at version 4\n"
    "0.305 s  gradient 3 of worker 0 joins the server's queue\n"
    "0.306 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.315 s  server receives gradient 3 of worker 0; buffer 1 of 1\n"
    "0.320 s  server applies gradient 3 of worker 0 (K = 1) and makes version 5; staleness 0\n"
    "0.330 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.330 s  the run ends (complete) at version 5; 1 gradient pending\n"
    "         worker 0 waits for the server's reply\n"
    "         gradient 1 of worker 1, read at version 4, completes the buffer; the update is under "
    "way\n";

// Worker 0 is held back until worker 1 is counted out: a reply without a receipt. When worker 1 is
// heard of again, its clock goes on from that of worker 0: nobody waits until it has caught up.
static void trace__silence_of_the_slowest__lets_the_others_go(void **state) {
    (void)state;
    told_story_expect(clock_cluster, clock_story);
}

static const char *const busy_cluster =
    "model: none\n"
    "end: 180 ms\n"
    "policy: {name: sync, missing: 52 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const busy_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.112 s  worker 2 is counted out: nobody waits for it\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.180 s  worker 2 wakes\n"
    "0.180 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         worker 2 is computing gradient 0, read at version 0\n";

// At 0.112 s, when the server has just received the first and begins with the second: K is 2 at the
// second receipt, and not before.
static void trace__counted_out_while_the_server_is_busy__counts_at_the_receipt(void **state) {
    (void)state;
    told_story_expect(busy_cluster, busy_story);
}

static const char *const late_cluster =
    "model: none\n"
    "end: 350 ms\n"
    "policy: {name: backup, backup_workers: 1, late: finish, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 4\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 3, at: 60 ms, for: 50 ms}}\n";

static const char *const late_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.000 s  worker 3 starts gradient 0 at version 0\n"
    "0.060 s  worker 3 falls silent: it is paused\n"
    "0.060 s  worker 3 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 2 ahead of it\n"
    "0.110 s  worker 3 wakes\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.139 s  server receives gradient 0 of worker 2 and drops it\n"
    "0.140 s  server sends version 1 to worker 2\n"
    "0.142 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.150 s  worker 3 pushes gradient 0, read at version 0; incidents held it up for 0.050 s\n"
    "0.152 s  gradient 0 of worker 3 joins the server's queue\n"
    "0.152 s  worker 3 is heard of again, and counted in\n"
    "0.162 s  server receives gradient 0 of worker 3 and drops it\n"
    "0.163 s  server sends version 1 to worker 3\n"
    "0.165 s  worker 3 receives version 1 and starts gradient 1\n"
    "0.230 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.242 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.242 s  server receives gradient 1 of worker 0; buffer 1 of 3\n"
    "0.244 s  gradient 1 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.252 s  server receives gradient 1 of worker 1; buffer 2 of 3\n"
    "0.262 s  server receives gradient 1 of worker 2; buffer 3 of 3\n"
    "0.265 s  worker 3 pushes gradient 1, read at version 1\n"
    "0.267 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 2; staleness "
    "0\n"
    "0.267 s  gradient 1 of worker 3 joins the server's queue; the server is busy\n"
    "0.268 s  server sends version 2 to worker 0\n"
    "0.269 s  server sends version 2 to worker 1\n"
    "0.270 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.270 s  server sends version 2 to worker 2\n"
    "0.271 s  worker 1 receives version 2 and starts gradient 2\n"
    "0.272 s  worker 2 receives version 2 and starts gradient 2\n"
    "0.280 s  server receives gradient 1 of worker 3 and drops it\n"
    "0.281 s  server sends version 2 to worker 3\n"
    "0.283 s  worker 3 receives version 2 and starts gradient 2\n"
    "0.350 s  the run ends (complete) at version 2; 4 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         worker 2 is computing gradient 2, read at version 2\n"
    "         worker 3 is computing gradient 2, read at version 2\n";

// With four workers an update takes three gradients; without the one that is paused, two. What the
// others are late with is dropped.
static void trace__backup__counts_those_who_are_there(void **state) {
    (void)state;
    told_story_expect(late_cluster, late_story);
}

static const char *const dropped_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: k_sync, threshold: 2, missing: 20 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  groups: {far: {worker: 2, network: {latency: 135 ms}}}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {gone: {event: crash, worker: 1, at: 140 ms}, nap: {event: pause, worker: "
    "2, at: 218 ms}}\n";

static const char *const dropped_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.130 s  server sends version 1 to worker 2\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.140 s  worker 1 crashes\n"
    "0.140 s  gradient 1 of worker 1 is lost\n"
    "0.160 s  worker 1 is counted out: nobody waits for it\n"
    "0.218 s  worker 2 falls silent: it is paused\n"
    "0.230 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.232 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.235 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.238 s  worker 2 is counted out: nobody waits for it\n"
    "0.242 s  server receives gradient 1 of worker 0; buffer 1 of 2\n"
    "0.252 s  server receives gradient 0 of worker 2 and drops it\n"
    "0.257 s  server applies gradient 1 of worker 0 (K = 1) and makes version 2; staleness 0\n"
    "0.258 s  server sends version 2 to worker 0\n"
    "0.260 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.300 s  the run ends (complete) at version 2; 1 gradient pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is down\n"
    "         version 1 is on its way to worker 2\n";

// Worker 2 is counted out while a gradient of it, late already, is in the queue: with that one K is
// 2, and when it is dropped 1. The server looks again then, or worker 0 would wait for ever.
static void trace__the_last_that_is_here_is_dropped__lets_the_others_go(void **state) {
    (void)state;
    told_story_expect(dropped_cluster, dropped_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__pause_at_a_barrier__waits__holds_the_others_up),
        cmocka_unit_test(trace__pause_at_a_barrier__goes_on__leaves_it_behind),
        cmocka_unit_test(trace__pause_at_a_barrier__a_span__is_waited_for_that_long),
        cmocka_unit_test(trace__silence_that_is_no_longer_than_the_span__is_not_missed),
        cmocka_unit_test(trace__one_whose_gradient_is_here__is_not_absent),
        cmocka_unit_test(trace__silence_of_the_slowest__lets_the_others_go),
        cmocka_unit_test(trace__counted_out_while_the_server_is_busy__counts_at_the_receipt),
        cmocka_unit_test(trace__backup__counts_those_who_are_there),
        cmocka_unit_test(trace__the_last_that_is_here_is_dropped__lets_the_others_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
