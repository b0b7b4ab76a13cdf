// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of who is missed without a server, each checked on paper: a gradient takes
// 100 ms (in windows 50 ms), an all-reduce of two, three and four workers 20, 40 and 60 ms (in
// windows 40 ms).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const waits_cluster =
    "model: none\n"
    "end: 270 ms\n"
    "policy: {name: k_avg, steps: 1}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const waits_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.180 s  worker 2 wakes\n"
    "0.220 s  worker 2 steps by gradient 0\n"
    "0.220 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.260 s  the average of workers 0 to 2 is there\n"
    "0.260 s  this average makes version 1 out of 3 gradients; staleness 0\n"
    "0.260 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.260 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.260 s  worker 2 starts gradient 1 on its model, which comes from version 1\n"
    "0.270 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         worker 2 is computing gradient 1, read at version 1\n";

// All wait until worker 2 has woken and computed the other 40 ms.
static void trace__pause_at_a_barrier__waits__holds_the_others_up(void **state) {
    (void)state;
    told_story_expect(waits_cluster, waits_story);
}

static const char *const goes_on_cluster =
    "model: none\n"
    "end: 290 ms\n"
    "policy: {name: k_avg, steps: 1, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const goes_on_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.060 s  worker 2 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  workers 0 to 2 begin to average without worker 2, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.140 s  the average of workers 0 to 2 is there\n"
    "0.140 s  this average makes version 1 out of 2 gradients; staleness 0\n"
    "0.140 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.140 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.180 s  worker 2 wakes\n"
    "0.180 s  worker 2 is heard of again, and counted in\n"
    "0.220 s  worker 2 steps by gradient 0\n"
    "0.220 s  worker 2 waits\n"
    "0.240 s  worker 0 steps by gradient 1\n"
    "0.240 s  worker 0 waits\n"
    "0.240 s  worker 1 steps by gradient 1\n"
    "0.240 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.280 s  the average of workers 0 to 2 is there\n"
    "0.280 s  this average makes version 2 out of 3 gradients; staleness 1\n"
    "0.280 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.280 s  worker 1 starts gradient 2 on its model, which comes from version 2\n"
    "0.280 s  worker 2 starts gradient 1 on its model, which comes from version 2\n"
    "0.290 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 2\n"
    "         worker 2 is computing gradient 1, read at version 2\n";

// The average of 0.140 s is of the two others. Worker 2 is waited for from 0.180 s on; it comes to
// the next one with the model that it has, a version late.
static void trace__pause_at_a_barrier__goes_on__leaves_it_behind(void **state) {
    (void)state;
    told_story_expect(goes_on_cluster, goes_on_story);
}

static const char *const span_cluster =
    "model: none\n"
    "end: 310 ms\n"
    "policy: {name: k_avg, steps: 1, missing: 100 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {nap: {event: pause, worker: 2, at: 60 ms, for: 120 ms}}\n";

static const char *const span_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.060 s  worker 2 falls silent: it is paused\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.160 s  worker 2 is counted out: nobody waits for it\n"
    "0.160 s  workers 0 to 2 begin to average without worker 2, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.180 s  worker 2 wakes\n"
    "0.180 s  worker 2 is heard of again, and counted in\n"
    "0.200 s  the average of workers 0 to 2 is there\n"
    "0.200 s  this average makes version 1 out of 2 gradients; staleness 0\n"
    "0.200 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.200 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.220 s  worker 2 steps by gradient 0\n"
    "0.220 s  worker 2 waits\n"
    "0.300 s  worker 0 steps by gradient 1\n"
    "0.300 s  worker 0 waits\n"
    "0.300 s  worker 1 steps by gradient 1\n"
    "0.300 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.310 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         gradient 1 of worker 0, read at version 1, is in its model and in no version\n"
    "         gradient 1 of worker 1, read at version 1, is in its model and in no version\n"
    "         gradient 0 of worker 2, read at version 0, is in its model and in no version\n";

// The two others have stood at the barrier for 60 ms when the third is counted out, last at that
// instant. It wakes while they average, and stands at the barrier before them.
static void trace__pause_at_a_barrier__a_span__is_waited_for_that_long(void **state) {
    (void)state;
    told_story_expect(span_cluster, span_story);
}

static const char *const crash_cluster =
    "model: none\n"
    "end: 290 ms\n"
    "policy: {name: k_avg, steps: 1, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {dies: {event: crash, worker: 1, at: 110 ms, for: 80 ms}, again: {event: crash, "
    "worker: 2, at: 230 ms, for: 30 ms}}\n";

static const char *const crash_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.100 s  worker 2 steps by gradient 0\n"
    "0.100 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.110 s  worker 1 crashes\n"
    "0.110 s  worker 1 is counted out: nobody waits for it\n"
    "0.140 s  the average of workers 0 to 2 is there\n"
    "0.140 s  this average makes version 1 out of 3 gradients; staleness 0\n"
    "0.140 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.140 s  worker 2 starts gradient 1 on its model, which comes from version 1\n"
    "0.190 s  worker 1 is back, and needs an average to begin on\n"
    "0.190 s  worker 1 is heard of again, and counted in\n"
    "0.230 s  worker 2 crashes\n"
    "0.230 s  gradient 1 of worker 2 is lost\n"
    "0.230 s  worker 2 is counted out: nobody waits for it\n"
    "0.240 s  worker 0 steps by gradient 1\n"
    "0.240 s  workers 0 to 2 begin to average without worker 2, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.260 s  worker 2 is back, and needs an average to begin on\n"
    "0.260 s  worker 2 is heard of again, and counted in\n"
    "0.280 s  the average of workers 0 to 2 is there\n"
    "0.280 s  this average makes version 2 out of 1 gradient; staleness 0\n"
    "0.280 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.280 s  worker 1 starts gradient 1 on its model, which comes from version 2\n"
    "0.280 s  worker 2 starts gradient 2 on its model, which comes from version 2\n"
    "0.290 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 2\n"
    "         worker 1 is computing gradient 1, read at version 2\n"
    "         worker 2 is computing gradient 2, read at version 2\n";

// What worker 1 has given stays in the first average. Worker 2 is in none of the second: it is back
// while that is made, and takes it, as worker 1 does.
static void trace__crash_inside_an_all_reduce__goes_on__holds_nobody_up(void **state) {
    (void)state;
    told_story_expect(crash_cluster, crash_story);
}

static const char *const cut_cluster =
    "model: none\n"
    "end: 420 ms\n"
    "policy: {name: k_avg, steps: 1, missing: 50 ms}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {off: {event: disconnect, worker: 1, at: 110 ms, for: 200 ms}}\n";

static const char *const cut_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.100 s  worker 2 steps by gradient 0\n"
    "0.100 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.110 s  worker 1 falls silent: it is disconnected\n"
    "0.160 s  the average of workers 0 to 2 is there\n"
    "0.160 s  this average makes version 1 out of 3 gradients; staleness 0\n"
    "0.160 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.160 s  worker 2 starts gradient 1 on its model, which comes from version 1\n"
    "0.160 s  worker 1 is counted out: nobody waits for it\n"
    "0.260 s  worker 0 steps by gradient 1\n"
    "0.260 s  worker 0 waits\n"
    "0.260 s  worker 2 steps by gradient 1\n"
    "0.260 s  workers 0 to 2 begin to average without worker 1, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.300 s  the average of workers 0 to 2 is there\n"
    "0.300 s  this average makes version 2 out of 2 gradients; staleness 0\n"
    "0.300 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.300 s  worker 2 starts gradient 2 on its model, which comes from version 2\n"
    "0.310 s  worker 1 is connected again\n"
    "0.310 s  worker 1 is heard of again, and counted in\n"
    "0.310 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.400 s  worker 0 steps by gradient 2\n"
    "0.400 s  worker 0 waits\n"
    "0.400 s  worker 2 steps by gradient 2\n"
    "0.400 s  worker 2 waits\n"
    "0.410 s  worker 1 steps by gradient 1\n"
    "0.410 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.420 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         gradient 2 of worker 0, read at version 2, is in its model and in no version\n"
    "         gradient 1 of worker 1, read at version 1, is in its model and in no version\n"
    "         gradient 2 of worker 2, read at version 2, is in its model and in no version\n";

// The all-reduce would be over at 0.140 s; it waits until worker 1 is counted out, at 0.160 s, and
// has its model in it. Worker 1 has the result, and goes on from that when it is connected: version
// 1, when the others are at version 2.
static void
trace__disconnection_inside_an_all_reduce__is_waited_for_until_it_is_missed(void **state) {
    (void)state;
    told_story_expect(cut_cluster, cut_story);
}

static const char *const late_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: hier_avg, steps: 2, cluster_steps: 1, cluster_size: 2, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 4\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {nap: {event: pause, worker: 1, at: 50 ms, for: 130 ms}}\n";

static const char *const late_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.000 s  worker 3 starts gradient 0 at version 0\n"
    "0.050 s  worker 1 falls silent: it is paused\n"
    "0.050 s  worker 1 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  workers 0 and 1 begin to average without worker 1, 1 step each: 20 ms; 0 bytes "
    "within clusters, 0 between\n"
    "0.100 s  worker 2 steps by gradient 0\n"
    "0.100 s  worker 2 waits\n"
    "0.100 s  worker 3 steps by gradient 0\n"
    "0.100 s  workers 2 and 3 begin to average, 1 step each: 20 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.120 s  the average of workers 0 and 1 is there\n"
    "0.120 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.120 s  the average of workers 2 and 3 is there\n"
    "0.120 s  worker 2 starts gradient 1 on its model, which comes from version 0\n"
    "0.120 s  worker 3 starts gradient 1 on its model, which comes from version 0\n"
    "0.180 s  worker 1 wakes\n"
    "0.180 s  worker 1 is heard of again, and counted in\n"
    "0.220 s  worker 0 steps by gradient 1\n"
    "0.220 s  worker 0 waits\n"
    "0.220 s  worker 2 steps by gradient 1\n"
    "0.220 s  worker 2 waits\n"
    "0.220 s  worker 3 steps by gradient 1\n"
    "0.220 s  worker 3 waits\n"
    "0.230 s  worker 1 steps by gradient 0\n"
    "0.230 s  workers 0 to 3 begin to average, 2 steps each: 60 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.290 s  the average of workers 0 to 3 is there\n"
    "0.290 s  this average makes version 1 out of 7 gradients; staleness 0\n"
    "0.290 s  worker 0 starts gradient 2 on its model, which comes from version 1\n"
    "0.290 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.290 s  worker 2 starts gradient 2 on its model, which comes from version 1\n"
    "0.290 s  worker 3 starts gradient 2 on its model, which comes from version 1\n"
    "0.300 s  the run ends (complete) at version 1; 4 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 1\n"
    "         worker 1 is computing gradient 1, read at version 1\n"
    "         worker 2 is computing gradient 2, read at version 1\n"
    "         worker 3 is computing gradient 2, read at version 1\n";

// Worker 0 has averaged its cluster alone, and stands at the barrier of all. For worker 1 it would
// be the cluster's: it comes to that of all, with one step.
static void trace__late_in_its_cluster__comes_to_the_barrier_of_all(void **state) {
    (void)state;
    told_story_expect(late_cluster, late_story);
}

static const char *const window_cluster =
    "model: none\n"
    "end: 280 ms\n"
    "policy: {name: hpsgd, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 2\n"
    "  compute: 50 ms\n"
    "  network: {latency: 20 ms}\n"
    "  events: {nap: {event: pause, worker: 1, at: 60 ms, for: 120 ms}}\n";

static const char *const window_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.050 s  worker 0 has computed gradient 0\n"
    "0.050 s  worker 0 waits\n"
    "0.050 s  worker 1 has computed gradient 0\n"
    "0.050 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.050 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.060 s  worker 1 falls silent: it is paused\n"
    "0.060 s  worker 1 is counted out: nobody waits for it\n"
    "0.100 s  worker 0 has computed gradient 1\n"
    "0.100 s  workers 0 and 1 begin to sum a window without worker 1, 2 steps each: 40 ms; 0 bytes "
    "within clusters, 0 between\n"
    "0.100 s  worker 0 starts gradient 2 on its model, which comes from version 0\n"
    "0.140 s  the sum of workers 0 and 1 is there\n"
    "0.150 s  worker 0 has computed gradient 2\n"
    "0.150 s  the sum of the window before makes version 1 out of 2 gradients; staleness 0\n"
    "0.150 s  all go on from version 1\n"
    "0.150 s  workers 0 and 1 begin to sum a window without worker 1, 1 step each: 40 ms; 0 bytes "
    "within clusters, 0 between\n"
    "0.150 s  worker 0 starts gradient 3 on its model, which comes from version 1\n"
    "0.180 s  worker 1 wakes\n"
    "0.180 s  worker 1 is heard of again, and counted in\n"
    "0.190 s  the sum of workers 0 and 1 is there\n"
    "0.200 s  worker 0 has computed gradient 3\n"
    "0.200 s  worker 0 waits\n"
    "0.220 s  worker 1 has computed gradient 1\n"
    "0.220 s  worker 0 starts gradient 4 on its model, which comes from version 1\n"
    "0.220 s  worker 1 starts gradient 2 on its model, which comes from version 0\n"
    "0.270 s  worker 0 has computed gradient 4\n"
    "0.270 s  worker 0 waits\n"
    "0.270 s  worker 1 has computed gradient 2\n"
    "0.270 s  the sum of the window before makes version 2 out of 1 gradient; staleness 1\n"
    "0.270 s  all go on from version 2\n"
    "0.270 s  workers 0 and 1 begin to sum a window, 3 steps each: 40 ms; 0 bytes within clusters, "
    "0 between\n"
    "0.270 s  worker 0 starts gradient 5 on its model, which comes from version 2\n"
    "0.270 s  worker 1 starts gradient 3 on its model, which comes from version 2\n"
    "0.280 s  the run ends (complete) at version 2; 7 gradients pending\n"
    "         gradient 3 of worker 0, read at version 1, is in its model and in no version\n"
    "         gradient 4 of worker 0, read at version 1, is in its model and in no version\n"
    "         worker 0 is computing gradient 5, read at version 2\n"
    "         gradient 0 of worker 1, read at version 0, is in its model and in no version\n"
    "         gradient 1 of worker 1, read at version 0, is in its model and in no version\n"
    "         gradient 2 of worker 1, read at version 0, is in its model and in no version\n"
    "         worker 1 is computing gradient 3, read at version 2\n";

// The windows that end at 0.100 s and 0.150 s are of worker 0 alone. Worker 1 comes to a barrier
// again at 0.220 s, on version 0; in the window of 0.270 s are all three gradients that it has
// summed up.
static void trace__pause__in_windows__is_in_the_next_window(void **state) {
    (void)state;
    told_story_expect(window_cluster, window_story);
}

static const char *const given_cluster =
    "model: none\n"
    "end: 345 ms\n"
    "policy: {name: cocod, steps: 1, missing: goes_on}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  network: {latency: 10 ms}\n"
    "  events: {nap: {event: pause, worker: 1, at: 110 ms, for: 100 ms}, slow: {event: slowdown, "
    "slowdown: 1.5, worker: 2, at: 0 s}}\n";

static const char *const given_story =
    "0.000 s  worker 2 takes 1.5 times as long to compute\n"
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 merges version 0 and gives its model to the next average\n"
    "0.100 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 merges version 0 and gives its model to the next average\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.110 s  worker 1 falls silent: it is paused\n"
    "0.110 s  worker 1 is counted out: nobody waits for it\n"
    "0.150 s  worker 2 steps by gradient 0\n"
    "0.150 s  worker 2 merges version 0 and gives its model to the next average\n"
    "0.150 s  workers 0 to 2 begin to average without worker 1, 1 step each: 40 ms; 0 bytes within "
    "clusters, 0 between\n"
    "0.150 s  worker 2 starts gradient 1 on its model, which comes from version 0\n"
    "0.190 s  the average of workers 0 to 2 is there\n"
    "0.190 s  this average makes version 1 out of 2 gradients; staleness 0\n"
    "0.200 s  worker 0 steps by gradient 1\n"
    "0.200 s  worker 0 merges version 1 and gives its model to the next average\n"
    "0.200 s  worker 0 starts gradient 2 on its model, which comes from version 1\n"
    "0.210 s  worker 1 wakes\n"
    "0.210 s  worker 1 is heard of again, and counted in\n"
    "0.300 s  worker 1 steps by gradient 1\n"
    "0.300 s  worker 1 merges version 1 and gives its model to the next average\n"
    "0.300 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.300 s  worker 2 steps by gradient 1\n"
    "0.300 s  worker 2 merges version 1 and gives its model to the next average\n"
    "0.300 s  workers 0 to 2 begin to average, 1 step each: 40 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.300 s  worker 2 starts gradient 2 on its model, which comes from version 1\n"
    "0.300 s  worker 0 steps by gradient 2\n"
    "0.300 s  worker 0 waits\n"
    "0.340 s  the average of workers 0 to 2 is there\n"
    "0.340 s  this average makes version 2 out of 4 gradients; staleness 1\n"
    "0.340 s  worker 0 merges version 2 and gives its model to the next average\n"
    "0.340 s  worker 0 starts gradient 3 on its model, which comes from version 2\n"
    "0.345 s  the run ends (complete) at version 2; 4 gradients pending\n"
    "         gradient 2 of worker 0, read at version 1, is in its model and in no version\n"
    "         worker 0 is computing gradient 3, read at version 2\n"
    "         worker 1 is computing gradient 2, read at version 1\n"
    "         worker 2 is computing gradient 2, read at version 1\n";

// Worker 1 has given its model at 0.100 s, to an average that waits for worker 2 and begins without
// it. It gives its model again at 0.300 s: in version 2 are both of its gradients.
static void trace__pause__after_its_model_was_given__withdraws_it(void **state) {
    (void)state;
    told_story_expect(given_cluster, given_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__pause_at_a_barrier__waits__holds_the_others_up),
        cmocka_unit_test(trace__pause_at_a_barrier__goes_on__leaves_it_behind),
        cmocka_unit_test(trace__pause_at_a_barrier__a_span__is_waited_for_that_long),
        cmocka_unit_test(trace__crash_inside_an_all_reduce__goes_on__holds_nobody_up),
        cmocka_unit_test(
            trace__disconnection_inside_an_all_reduce__is_waited_for_until_it_is_missed),
        cmocka_unit_test(trace__late_in_its_cluster__comes_to_the_barrier_of_all),
        cmocka_unit_test(trace__pause__in_windows__is_in_the_next_window),
        cmocka_unit_test(trace__pause__after_its_model_was_given__withdraws_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
