// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of what the network does: messages that get lost, and that wait for a port. Each is
// a tiny cluster with fixed times, as a story in words that was checked on paper.
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

static const char *const port_cluster =
    "model: none\n"
    "end: 560 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms, message: 1 MB}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms, bandwidth: 100 Mbit/s}\n";

static const char *const port_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.182 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.192 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.262 s  gradient 0 of worker 1 joins the server's queue after 0.080 s at the port\n"
    "0.272 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.277 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.278 s  server sends version 1 to worker 0\n"
    "0.279 s  server sends version 1 to worker 1\n"
    "0.360 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.440 s  worker 1 receives version 1 after 0.079 s at the port and starts gradient 1\n"
    "0.460 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.540 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.542 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.552 s  server receives gradient 1 of worker 0; buffer 1 of 2\n"
    "0.560 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         gradient 1 of worker 1, read at version 1, is on its way to the server\n";

// A message of 1 MB takes 80 ms at the port. Both pushes set out at 0.100 s: that of worker 0 is
// first, because its event was scheduled first, and that of worker 1 waits for 80 ms. The reply to
// worker 1 sets out 1 ms behind the other, and waits 79 ms. After that the two are 80 ms apart, and
// nobody waits: worker 1 pushes at 0.540 s, as the port becomes free.
static void trace__two_workers_at_the_servers_port__go_one_after_the_other(void **state) {
    (void)state;
    told_story_expect(port_cluster, port_story);
}

static const char *const uplink_cluster =
    "model: none\n"
    "end: 600 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms, message: 1 MB}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms, bandwidth: 200 Mbit/s}\n"
    "  groups: {rack: {workers: 1..2, uplink: {latency: 1 ms, bandwidth: 100 Mbit/s}}}\n";

static const char *const uplink_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.142 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.152 s  server receives gradient 0 of worker 0; buffer 1 of 3\n"
    "0.223 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.233 s  server receives gradient 0 of worker 1; buffer 2 of 3\n"
    "0.303 s  gradient 0 of worker 2 joins the server's queue after 0.080 s at the port\n"
    "0.313 s  server receives gradient 0 of worker 2; buffer 3 of 3\n"
    "0.318 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 1; "
    "staleness 0\n"
    "0.319 s  server sends version 1 to worker 0\n"
    "0.320 s  server sends version 1 to worker 1\n"
    "0.321 s  server sends version 1 to worker 2\n"
    "0.361 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.461 s  worker 0 pushes gradient 1, read at version 1\n"
    "0.482 s  worker 1 receives version 1 after 0.039 s at the port and starts gradient 1\n"
    "0.503 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.513 s  server receives gradient 1 of worker 0; buffer 1 of 3\n"
    "0.562 s  worker 2 receives version 1 after 0.118 s at the port and starts gradient 1\n"
    "0.582 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.600 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in the buffer\n"
    "         gradient 1 of worker 1, read at version 1, is on its way to the server\n"
    "         worker 2 is computing gradient 1, read at version 1\n";

// A message of 1 MB takes 80 ms at the rack's uplink and 40 ms at the server's port. The push of
// worker 1 passes the uplink from 0.100 s, that of worker 2 from 0.180 s on; at the port neither
// waits: 0.180 s + 40 ms + 3 ms, and 80 ms later. The replies wait at the port, worker 1 until
// 0.359 s (39 ms), worker 2 until 0.399 s (78 ms); the uplink has them from 0.399 s to 0.479 s, and
// worker 2, who comes to it at 0.439 s, 40 ms later. Worker 0 is not in the rack.
static void trace__two_workers_at_a_shared_uplink__go_one_after_the_other(void **state) {
    (void)state;
    told_story_expect(uplink_cluster, uplink_story);
}

static const char *const link_cluster =
    "model: none\n"
    "end: 200 ms\n"
    "policy: {name: sync}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 100 ms\n"
    "  network: {latency: 2 ms, bandwidth: 100 Mbit/s, message: 250 kB}\n"
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
    "  events: {bad: {event: link, worker: 1, at: 90 ms, for: 20 ms, bandwidth: 0.5, latency: "
    "5}}\n";

static const char *const link_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.090 s  worker 1 has another link: 0.5 times the bandwidth, 5 times the latency\n"
    "0.100 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.110 s  worker 1 has its link as it was\n"
    "0.122 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.132 s  server receives gradient 0 of worker 0; buffer 1 of 2\n"
    "0.150 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.160 s  server receives gradient 0 of worker 1; buffer 2 of 2\n"
    "0.165 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 1; "
    "staleness 0\n"
    "0.166 s  server sends version 1 to worker 0\n"
    "0.167 s  server sends version 1 to worker 1\n"
    "0.188 s  worker 0 receives version 1 and starts gradient 1\n"
    "0.189 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.200 s  the run ends (complete) at version 1; 2 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n";

// A message takes 20 ms and 2 ms. The push of worker 1 sets out within the event: 40 ms and 10 ms,
// although the event is over 10 ms later. Its reply has the link as it was.
static void trace__push_over_a_bad_link__is_late(void **state) {
    (void)state;
    told_story_expect(link_cluster, link_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__two_workers_at_the_servers_port__go_one_after_the_other),
        cmocka_unit_test(trace__two_workers_at_a_shared_uplink__go_one_after_the_other),
        cmocka_unit_test(trace__push_over_a_bad_link__is_late),
        cmocka_unit_test(trace__push_lost_twice__holds_up_the_barrier),
    };
    return cmocka_run_group_tests_name("trace_network", tests, NULL, NULL);
}
