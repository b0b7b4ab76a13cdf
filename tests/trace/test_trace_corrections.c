// SPDX-License-Identifier: GPL-3.0-or-later
// Golden trace of the policies that correct stale gradients: what they add to async is arithmetic
// alone, so both must tell async's story, event by event. It was checked on paper. A push and a
// reply travel 2 ms; the server takes 10 ms to receive, 5 ms to update and 1 ms to reply.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/support/told_story.h"

static const char *const cluster = "model: none\n"
                                   "end: 270 ms\n"
                                   "policy: {name: %s}\n" STORY_CLUSTER("2", "100 ms", "50 ms");

static const char *const story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.117 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.118 s  server sends version 1 to worker 1\n"
    "0.120 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.150 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.152 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.162 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.167 s  server applies gradient 0 of worker 0 (K = 1) and makes version 2; staleness 1\n"
    "0.168 s  server sends version 2 to worker 0\n"
    "0.170 s  worker 0 receives version 2 and starts gradient 1\n"
    "0.220 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.222 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.232 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.237 s  server applies gradient 1 of worker 1 (K = 1) and makes version 3; staleness 1\n"
    "0.238 s  server sends version 3 to worker 1\n"
    "0.240 s  worker 1 receives version 3 and starts gradient 2\n"
    "0.270 s  the run ends (complete) at version 3; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 3\n";

static void expect_story_under(const char *policy) {
    char yaml[512];
    snprintf(yaml, sizeof yaml, cluster, policy);
    told_story_expect(yaml, story);
}

// Worker 1 computes for 100 ms, worker 0 for 150 ms. Each gradient of the slow one is applied to a
// version that it was not read at: those are the ones that are corrected.
static void trace__policies_that_correct__tell_the_story_of_async(void **state) {
    (void)state;
    expect_story_under("async");
    expect_story_under("dc_asgd");
    expect_story_under("gap_aware");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__policies_that_correct__tell_the_story_of_async),
    };
    return cmocka_run_group_tests_name("trace_corrections", tests, NULL, NULL);
}
