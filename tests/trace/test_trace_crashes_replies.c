// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of replies to workers that have crashed, each checked on paper
// (test_trace_policies.c says what takes how long).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/small_cluster.h"
#include "tests/support/told_story.h"

static const char *const vanish_cluster =
    "model: none\n"
    "end: 250 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 0, at: 119 ms, for: 60 ms}}\n";

static const char *const vanish_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.119 s  worker 0 crashes\n"
    "0.122 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.127 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.128 s  server sends version 1 to worker 0\n"
    "0.129 s  server sends version 1 to worker 1\n"
    "0.130 s  version 1 vanishes: worker 0 has crashed since it pushed gradient 0\n"
    "0.131 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.179 s  worker 0 is back, with version 1\n"
    "0.179 s  worker 0 starts gradient 1 at version 1\n"
    "0.231 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.233 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.243 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
    "0.250 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         gradient 1 of worker 1, read at version 1, is in the buffer\n";

// What had arrived is applied. The server knows nothing of the crash: its reply costs 1 ms of it,
// travels, and finds nobody. The worker starts at 0.179 s without it.
static void trace__reply_to_a_crashed_worker__is_told(void **state) {
    (void)state;
    told_story_expect(vanish_cluster, vanish_story);
}

static const char *const late_cluster =
    "model: none\n"
    "end: 78 ms\n"
    "policy: {name: async}\n"
    "cluster:\n"
    "  workers: 1\n"
    "  compute: 20 ms\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 10 ms, update: 40 ms, reply: 1 ms}\n"
    "  events: {dies: {event: crash, worker: 0, at: 40 ms, for: 20 ms}}\n";

static const char *const late_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.020 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.022 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.032 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.040 s  worker 0 crashes\n"
    "0.060 s  worker 0 is back, with version 0\n"
    "0.060 s  worker 0 starts gradient 1 at version 0\n"
    "0.072 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; staleness 0\n"
    "0.073 s  server sends version 1 to worker 0\n"
    "0.075 s  version 1 vanishes: worker 0 has crashed since it pushed gradient 0\n"
    "0.078 s  the run ends (complete) at version 1; 1 gradient pending\n"
    "         worker 0 is computing gradient 1, read at version 0\n";

// The reply to what it pushed before its crash sets out when it is long back, and at work.
static void trace__reply_to_a_worker_that_is_back__is_told(void **state) {
    (void)state;
    told_story_expect(late_cluster, late_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__reply_to_a_crashed_worker__is_told),
        cmocka_unit_test(trace__reply_to_a_worker_that_is_back__is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
