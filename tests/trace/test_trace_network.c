// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of what the network does: messages that get lost. Each is a tiny cluster with fixed
// times, as a story in words that was checked on paper.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const lossy_cluster =
    "seed: 111\n"
    "model: none\n"
    "end: 1 s\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms, loss: 20 %, timeout: 200 ms, backoff: 2}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n";

static const char *const lossy_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0; it arrives at attempt 3\n"
    "0.102 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.112 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.702 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.712 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.717 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.718 s  server sends version 1 to worker 0\n"
    "0.719 s  server sends version 1 to worker 1; it arrives at attempt 2\n"
    "0.720 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.820 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.822 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.832 s  server receives gradient 1 of worker 0; buffer 1 of 2\n"
    "0.921 s  worker 1 receives version 1 and starts gradient 1\n"
    "1.000 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         worker 1 is computing gradient 1, read at version 1\n";

// The push of worker 1 is lost twice: sent at 0.100 s, 0.300 s and, the time-out doubled, 0.700 s,
// it is there at 0.702 s. The barrier waits for it. The reply of 0.719 s is lost once: 0.919 s and
// 2 ms.
static void trace__push_lost_twice__holds_up_the_barrier(void **state) {
    (void)state;
    told_story_expect(lossy_cluster, lossy_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__push_lost_twice__holds_up_the_barrier),
    };
    return cmocka_run_group_tests_name("trace_network", tests, NULL, NULL);
}
