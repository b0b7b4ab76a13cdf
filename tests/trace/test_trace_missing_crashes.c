// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of who is missed after a crash, each checked on paper (test_trace_policies.c says
// what takes how long). Pauses: test_trace_missing.c; disconnections: test_trace_missing_cuts.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const waits_cluster =
    "model: none\n"
    "end: 310 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {lost: {event: crash, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const waits_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 crashes\n"
    "0.060 s  gradient 0 of worker 2 is lost\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.180 s  worker 2 is back, with version 0\n"
    "0.180 s  worker 2 starts gradient 1 at version 0\n"
    "0.280 s  worker 2 pushes gradient 1, read at version 0\n"
    "0.282 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.292 s  server receives gradient 1 of worker 2; buffer 3 of 3\n"
    "0.297 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; staleness "
    "0\n"
    "0.298 s  server sends version 1 to worker 0\n"
    "0.299 s  server sends version 1 to worker 1\n"
    "0.300 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.300 s  server sends version 1 to worker 2\n"
    "0.301 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.302 s  worker 2 receives version 1 and starts gradient 2\n"
    "0.310 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         worker 2 is computing gradient 2, read at version 1\n";

// Its gradient is lost with it. The two others wait in the buffer until it is back and has computed
// a new one, of the version that they have read, too.
static void trace__crash_at_a_barrier__waits__holds_the_others_up(void **state) {
    (void)state;
    told_story_expect(waits_cluster, waits_story);
}

static const char *const goes_on_cluster =
    "model: none\n"
    "end: 260 ms\n"
    "policy: {name: sync, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {lost: {event: crash, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const goes_on_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 crashes\n"
    "0.060 s  gradient 0 of worker 2 is lost\n"
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
    "0.180 s  worker 2 is back, with version 1\n"
    "0.180 s  worker 2 is heard of again, and counted in\n"
    "0.180 s  worker 2 starts gradient 1 at version 1\n"
    "0.230 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.232 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.242 s  server receives gradient 1 of worker 0; buffer 1 of 3\n"
    "0.252 s  server receives gradient 1 of worker 1; buffer 2 of 3\n"
    "0.260 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         gradient 1 of worker 1, read at version 1, is in the buffer\n"
    "         worker 2 is computing gradient 1, read at version 1\n";

// The barrier is of two from 0.060 s on, and of three again when it is back: it reads version 1.
static void trace__crash_at_a_barrier__goes_on__leaves_it_behind(void **state) {
    (void)state;
    told_story_expect(goes_on_cluster, goes_on_story);
}

static const char *const span_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: sync, missing: 70 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {lost: {event: crash, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const span_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 crashes\n"
    "0.060 s  gradient 0 of worker 2 is lost\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
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
    "0.180 s  worker 2 is back, with version 1\n"
    "0.180 s  worker 2 is heard of again, and counted in\n"
    "0.180 s  worker 2 starts gradient 1 at version 1\n"
    "0.238 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.239 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.240 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.241 s  gradient 1 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.250 s  server receives gradient 1 of worker 0; buffer 1 of 3\n"
    "0.260 s  server receives gradient 1 of worker 1; buffer 2 of 3\n"
    "0.280 s  worker 2 pushes gradient 1, read at version 1\n"
    "0.282 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.292 s  server receives gradient 1 of worker 2; buffer 3 of 3\n"
    "0.297 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 2; staleness "
    "0\n"
    "0.298 s  server sends version 2 to worker 0\n"
    "0.299 s  server sends version 2 to worker 1\n"
    "0.300 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.300 s  server sends version 2 to worker 2\n"
    "0.300 s  the run ends (complete) at version 2; 1 gradient pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         version 2 is on its way to worker 1\n"
    "         version 2 is on its way to worker 2\n";

// Counted out at 0.130 s, when the others have been in the buffer for 8 ms; counted in at 0.180 s
// by its return, before any gradient of it: the next barrier waits for it.
static void trace__crash_at_a_barrier__a_span__is_waited_for_that_long(void **state) {
    (void)state;
    told_story_expect(span_cluster, span_story);
}

static const char *const ssp_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: ssp, slack: 0, missing: 60 ms}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {lost: {event: crash, worker: 1, at: 20 ms, for: 150 ms}}\n";

static const char *const ssp_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.020 s  worker 1 crashes\n"
    "0.020 s  gradient 0 of worker 1 is lost\n"
    "0.050 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.052 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.062 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.067 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.080 s  worker 1 is counted out: nobody waits for it\n"
    "0.081 s  server sends version 1 to worker 0\n"
    "0.083 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.133 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.135 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.145 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.150 s  server applies gradient 1 of worker 0 (K = 1) and makes version 2; staleness 0\n"
    "0.151 s  server sends version 2 to worker 0\n"
    "0.153 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.170 s  worker 1 is back, with version 2\n"
    "0.170 s  worker 1 is heard of again, and counted in\n"
    "0.170 s  worker 1 starts gradient 1 at version 2\n"
    "0.203 s  worker 0 pushes gradient 2, read at version 2\n"
    "0.205 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.215 s  server receives gradient 2 of worker 0; buffer 1 of 1\n"
    "0.220 s  worker 1 pushes gradient 1, read at version 2\n"
    "0.220 s  server applies gradient 2 of worker 0 (K = 1) and makes version 3; staleness 0\n"
    "0.222 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.232 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.237 s  server applies gradient 1 of worker 1 (K = 1) and makes version 4; staleness 1\n"
    "0.238 s  server sends version 4 to worker 0\n"
    "0.239 s  server sends version 4 to worker 1\n"
    "0.240 s  worker 0 receives version 4 and starts gradient 3\n"
    "0.241 s  worker 1 receives version 4 and starts gradient 2\n"
    "0.290 s  worker 0 pushes gradient 3, read at version 4\n"
    "0.291 s  worker 1 pushes gradient 2, read at version 4\n"
    "0.292 s  gradient 3 of worker 0 joins the server's queue\n"
    "0.293 s  gradient 2 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.300 s  the run ends (complete) at version 4; 2 gradients pending\n"
    "         gradient 3 of worker 0, read at version 4, is at the server, not yet received\n"
    "         gradient 2 of worker 1, read at version 4, is at the server, not yet received\n";

// Worker 0 is held back at 0.067 s, and let go at 0.080 s. Back, worker 1 has the clock of worker
// 0.
static void trace__crash_of_the_slowest__lets_the_others_go(void **state) {
    (void)state;
    told_story_expect(ssp_cluster, ssp_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__crash_at_a_barrier__waits__holds_the_others_up),
        cmocka_unit_test(trace__crash_at_a_barrier__goes_on__leaves_it_behind),
        cmocka_unit_test(trace__crash_at_a_barrier__a_span__is_waited_for_that_long),
        cmocka_unit_test(trace__crash_of_the_slowest__lets_the_others_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
