// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of a worker that is disconnected at a barrier, under each policy.missing, and of
// one whose push travels on when it is paused, and of what takes no time when one is counted out,
// checked on paper (test_trace_policies.c says what takes how long).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const waits_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {cut: {event: disconnect, worker: 2, at: 60 ms, for: 110 ms}}\n";

static const char *const waits_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is disconnected\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.170 s  worker 2 is connected again\n"
    "0.172 s  gradient 0 of worker 2 joins the server's queue\n"
    "0.182 s  server receives gradient 0 of worker 2; buffer 3 of 3\n"
    "0.187 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; staleness "
    "0\n"
    "0.188 s  server sends version 1 to worker 0\n"
    "0.189 s  server sends version 1 to worker 1\n"
    "0.190 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.190 s  server sends version 1 to worker 2\n"
    "0.191 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.192 s  worker 2 receives version 1 and starts gradient 1\n"
    "0.250 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         worker 2 is computing gradient 1, read at version 1\n";

// Its gradient is ready in time, and waits with it until it is connected: so do the others.
static void trace__disconnect_at_a_barrier__waits__holds_the_others_up(void **state) {
    (void)state;
    told_story_expect(waits_cluster, waits_story);
}

static const char *const goes_on_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {cut: {event: disconnect, worker: 2, at: 60 ms, for: 110 ms}}\n";

static const char *const goes_on_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is disconnected\n"
    "0.060 s  worker 2 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.170 s  worker 2 is connected again\n"
    "0.172 s  gradient 0 of worker 2 joins the server's queue\n"
    "0.172 s  worker 2 is heard of again, and counted in\n"
    "0.182 s  server receives gradient 0 of worker 2; buffer 1 of 3\n"
    "0.230 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.242 s  server receives gradient 1 of worker 0; buffer 2 of 3\n"
    "0.250 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         gradient 1 of worker 1, read at version 1, is at the server, not yet received\n"
    "         gradient 0 of worker 2, read at version 0, is in the buffer\n";

// Counted out at once: K is 2 until its gradient comes in, of version 0, for the update after.
static void trace__disconnect_at_a_barrier__goes_on__leaves_it_behind(void **state) {
    (void)state;
    told_story_expect(goes_on_cluster, goes_on_story);
}

static const char *const cut_span_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync, missing: 70 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {cut: {event: disconnect, worker: 2, at: 60 ms, for: 110 ms}}\n";

static const char *const cut_span_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is disconnected\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.130 s  worker 2 is counted out: nobody waits for it\n"
    "0.135 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.136 s  server sends version 1 to worker 0\n"
    "0.137 s  server sends version 1 to worker 1\n"
    "0.138 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.139 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.170 s  worker 2 is connected again\n"
    "0.172 s  gradient 0 of worker 2 joins the server's queue\n"
    "0.172 s  worker 2 is heard of again, and counted in\n"
    "0.182 s  server receives gradient 0 of worker 2; buffer 1 of 3\n"
    "0.238 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.239 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.240 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.241 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.250 s  server receives gradient 1 of worker 0; buffer 2 of 3\n"
    "0.250 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         gradient 1 of worker 1, read at version 1, is at the server, not yet received\n"
    "         gradient 0 of worker 2, read at version 0, is in the buffer\n";

// The others are 8 ms in the buffer when it is counted out.
static void trace__disconnect_at_a_barrier__a_span__is_waited_for_that_long(void **state) {
    (void)state;
    told_story_expect(cut_span_cluster, cut_span_story);
}

static const char *const nap_cluster =
    "model: none\n"
    "end: 500 ms\n"
    "policy: {name: sync, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 20 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 1, at: 110 ms, for: 250 ms}}\n";

static const char *const nap_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.110 s  worker 1 falls silent: it is paused\n"
    "0.110 s  worker 1 is counted out: nobody waits for it\n"
    "0.120 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.120 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.130 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.140 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.145 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.146 s  server sends version 1 to worker 0\n"
    "0.147 s  server sends version 1 to worker 1\n"
    "0.166 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.266 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.286 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.296 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.301 s  server applies gradient 1 of worker 0 (K = 1) and makes version 2; staleness 0\n"
    "0.302 s  server sends version 2 to worker 0\n"
    "0.322 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.360 s  worker 1 wakes\n"
    "0.360 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.422 s  worker 0 pushes gradient 2, read at version 2\n"
    "0.442 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.452 s  server receives gradient 2 of worker 0; buffer 1 of 1\n"
    "0.457 s  server applies gradient 2 of worker 0 (K = 1) and makes version 3; staleness 0\n"
    "0.458 s  server sends version 3 to worker 0\n"
    "0.460 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.478 s  worker 0 receives version 3 and starts gradient 3\n"
    "0.480 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.480 s  worker 1 is heard of again, and counted in\n"
    "0.490 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
    "0.500 s  the run ends (complete) at version 3; 2 gradients pending\n"
    "         worker 0 is computing gradient 3, read at version 3\n"
    "         gradient 1 of worker 1, read at version 1, is in the buffer\n";

// Its push was on its way when it fell silent. With that one here it is present, but it stays
// counted out, or the next barrier would last as long as the pause.
static void trace__what_a_paused_worker_has_sent__is_no_sign_of_life(void **state) {
    (void)state;
    told_story_expect(nap_cluster, nap_story);
}

static const char *const no_time_cluster =
    "model: none\n"
    "end: 152 ms\n"
    "policy: {name: sync, missing: 90 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 0 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const no_time_story =
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
    "0.150 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.151 s  server sends version 1 to worker 0\n"
    "0.152 s  server sends version 1 to worker 1\n"
    "0.152 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         version 1 is on its way to worker 0\n"
    "         version 1 is on its way to worker 1\n"
    "         worker 2 is computing gradient 0, read at version 0\n";

// The call of the roll is what the update follows from, so it is told first, though both are at one
// instant.
static void trace__update_of_no_time_at_a_call_of_the_roll__is_told_behind_it(void **state) {
    (void)state;
    told_story_expect(no_time_cluster, no_time_story);
}

static const char *const filled_cluster =
    "model: none\n"
    "end: 123 ms\n"
    "policy: {name: k_async, threshold: 2, missing: 62 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 0 ms, reply: 1 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const filled_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.122 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; staleness 0\n"
    "0.122 s  worker 2 is counted out: nobody waits for it\n"
    "0.123 s  server sends version 1 to worker 0\n"
    "0.123 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         version 1 is on its way to worker 0\n"
    "         worker 1 waits for the server's reply\n"
    "         worker 2 is computing gradient 0, read at version 0\n";

// This update follows from the receipt that filled the buffer, and the roll is called last.
static void trace__update_of_no_time_before_a_call_of_the_roll__is_told_before_it(void **state) {
    (void)state;
    told_story_expect(filled_cluster, filled_story);
}

static const char *const freed_cluster =
    "model: none\n"
    "end: 112 ms\n"
    "policy: {name: ssp, slack: 0, missing: 100 ms}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms}\n"
    "  events: {quiet: {event: disconnect, worker: 1, at: 10 ms, for: 180 ms}}\n";

static const char *const freed_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.010 s  worker 1 falls silent: it is disconnected\n"
    "0.050 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.050 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.052 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.062 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.067 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.110 s  worker 1 is counted out: nobody waits for it\n"
    "0.110 s  server sends version 1 to worker 0\n"
    "0.112 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.112 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         gradient 0 of worker 1, read at version 0, is on its way to the server\n";

// A reply of no time for which worker 0 was held back: it is the call of the roll that frees it.
static void trace__reply_of_no_time_at_a_call_of_the_roll__is_told_behind_it(void **state) {
    (void)state;
    told_story_expect(freed_cluster, freed_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__update_of_no_time_at_a_call_of_the_roll__is_told_behind_it),
        cmocka_unit_test(trace__update_of_no_time_before_a_call_of_the_roll__is_told_before_it),
        cmocka_unit_test(trace__reply_of_no_time_at_a_call_of_the_roll__is_told_behind_it),
        cmocka_unit_test(trace__disconnect_at_a_barrier__waits__holds_the_others_up),
        cmocka_unit_test(trace__disconnect_at_a_barrier__goes_on__leaves_it_behind),
        cmocka_unit_test(trace__disconnect_at_a_barrier__a_span__is_waited_for_that_long),
        cmocka_unit_test(trace__what_a_paused_worker_has_sent__is_no_sign_of_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
