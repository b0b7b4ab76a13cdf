// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of runs whose policy changes midway, as a story in words that was checked on paper.
// A push and a reply travel 2 ms; the server takes 10 ms to receive, 5 ms to update and 1 ms to
// reply, one thing after the other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const released =
    "model: none\n"
    "end: 290 ms\n"
    "policy: {name: async}\n" STORY_CLUSTER("3", "100 ms",
                                            "50 ms") "past: [{until: 130 ms, policy.name: sync}]\n";

static const char *const released_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 3\n"
    "0.122 s  server receives gradient 0 of worker 2; buffer 2 of 3\n"
    "0.130 s  the scenario changes; until now it had policy.name: sync\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 3 of 1\n"
    "0.167 s  server applies 3 gradients of workers 0 to 2 (K = 1) and makes version 1; staleness "
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
    "0.283 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.288 s  server applies gradient 1 of worker 1 (K = 1) and makes version 2; staleness 0\n"
    "0.289 s  server sends version 2 to worker 1\n"
    "0.290 s  the run ends (complete) at version 2; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         version 2 is on its way to worker 1\n"
    "         gradient 1 of worker 2, read at version 1, is at the server, not yet received\n";

// Sync becomes async while workers 1 and 2 wait for the slow worker 0. Nothing happens at 0.130 s:
// their gradients stay in the buffer and they wait on. The next receipt, at 0.162 s, finds K = 1
// and three gradients; all are applied at once and all three workers are replied to, as they are
// owed. From there on it is async.
static void trace__sync_becomes_async__releases_those_who_wait(void **state) {
    (void)state;
    told_story_expect(released, released_story);
}

static const char *const gone_on =
    "model: none\n"
    "end: 420 ms\n"
    "policy: {name: sync}\n" STORY_CLUSTER("3", "100 ms",
                                           "50 ms") "past: [{until: 300 ms, policy: {name: hybrid, "
                                                    "threshold: 3, pushed_worker: continues}}]\n";

static const char *const gone_on_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 3\n"
    "0.113 s  server sends version 0 to worker 1\n"
    "0.115 s  worker 1 receives version 0 and starts gradient 1\n"
    "0.123 s  server receives gradient 0 of worker 2; buffer 2 of 3\n"
    "0.124 s  server sends version 0 to worker 2\n"
    "0.126 s  worker 2 receives version 0 and starts gradient 1\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 3 of 3\n"
    "0.167 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; staleness "
    "0\n"
    "0.168 s  server sends version 1 to worker 0\n"
    "0.170 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.215 s  worker 1 pushes gradient 1, read at version 0\n"
    "0.217 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.226 s  worker 2 pushes gradient 1, read at version 0\n"
    "0.227 s  server receives gradient 1 of worker 1; buffer 1 of 3\n"
    "0.228 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.228 s  server sends version 1 to worker 1\n"
    "0.230 s  worker 1 receives version 1 and starts gradient 2\n"
    "0.238 s  server receives gradient 1 of worker 2; buffer 2 of 3\n"
    "0.239 s  server sends version 1 to worker 2\n"
    "0.241 s  worker 2 receives version 1 and starts gradient 2\n"
    "0.300 s  the scenario changes; until now it had policy.name: hybrid, "
    "policy.threshold.schedule: constant, policy.threshold.start: 3, policy.pushed_worker: "
    "continues\n"
    "0.320 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.322 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.330 s  worker 1 pushes gradient 2, read at version 1\n"
    "0.332 s  server receives gradient 1 of worker 0; buffer 3 of 3\n"
    "0.332 s  gradient 2 of worker 1 joins the server's queue; the server is busy\n"
    "0.337 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 2; staleness "
    "0 to 1\n"
    "0.338 s  server sends version 2 to worker 0\n"
    "0.340 s  worker 0 receives version 2 and starts gradient 2\n"
    "0.341 s  worker 2 pushes gradient 2, read at version 1\n"
    "0.343 s  gradient 2 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.348 s  server receives gradient 2 of worker 1; buffer 1 of 3\n"
    "0.358 s  server receives gradient 2 of worker 2; buffer 2 of 3\n"
    "0.420 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         gradient 2 of worker 1, read at version 1, is in the buffer\n"
    "         gradient 2 of worker 2, read at version 1, is in the buffer\n";

// "continues" becomes sync at 0.300 s, with gradients 1 of workers 1 and 2 in the buffer, whose
// workers have long gone on. Worker 0 completes the three at 0.332 s, and is the only one to be
// replied to: the others are computing. Only their next gradients wait.
static void trace__continues_becomes_sync__answers_nobody_twice(void **state) {
    (void)state;
    told_story_expect(gone_on, gone_on_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__sync_becomes_async__releases_those_who_wait),
        cmocka_unit_test(trace__continues_becomes_sync__answers_nobody_twice),
    };
    return cmocka_run_group_tests_name("trace_past", tests, NULL, NULL);
}
