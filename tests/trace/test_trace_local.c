// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of schemes with local models: two to four workers with fixed times, each policy's
// whole story in words, as "desgd tell" prints it, checked on paper.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/told_story.h"

static const char *const k_avg_cluster =
    "model: none\n"
    "end: 300 ms\n"
    "policy: {name: k_avg, steps: 2}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 50 ms\n"
    "  delay: {law: constant, value: 20 ms, workers: 1}\n"
    "  network: {latency: 1 ms, bandwidth: 8 Mbit/s, message: 3 kB}\n";

static const char *const k_avg_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.050 s  worker 1 steps by gradient 0\n"
    "0.050 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.050 s  worker 2 steps by gradient 0\n"
    "0.050 s  worker 2 starts gradient 1 on its model, which comes from version 0\n"
    "0.070 s  worker 0 steps by gradient 0\n"
    "0.070 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 1 steps by gradient 1\n"
    "0.100 s  worker 1 waits\n"
    "0.100 s  worker 2 steps by gradient 1\n"
    "0.100 s  worker 2 waits\n"
    "0.140 s  worker 0 steps by gradient 1\n"
    "0.140 s  workers 0 to 2 begin to average, 2 steps each: 8 ms; 12000 bytes within clusters, 0 "
    "between\n"
    "0.148 s  the average of workers 0 to 2 is there\n"
    "0.148 s  this average makes version 1 out of 6 gradients; staleness 0\n"
    "0.148 s  worker 0 starts gradient 2 on its model, which comes from version 1\n"
    "0.148 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.148 s  worker 2 starts gradient 2 on its model, which comes from version 1\n"
    "0.198 s  worker 1 steps by gradient 2\n"
    "0.198 s  worker 1 starts gradient 3 on its model, which comes from version 1\n"
    "0.198 s  worker 2 steps by gradient 2\n"
    "0.198 s  worker 2 starts gradient 3 on its model, which comes from version 1\n"
    "0.218 s  worker 0 steps by gradient 2\n"
    "0.218 s  worker 0 starts gradient 3 on its model, which comes from version 1\n"
    "0.248 s  worker 1 steps by gradient 3\n"
    "0.248 s  worker 1 waits\n"
    "0.248 s  worker 2 steps by gradient 3\n"
    "0.248 s  worker 2 waits\n"
    "0.288 s  worker 0 steps by gradient 3\n"
    "0.288 s  workers 0 to 2 begin to average, 2 steps each: 8 ms; 12000 bytes within clusters, 0 "
    "between\n"
    "0.296 s  the average of workers 0 to 2 is there\n"
    "0.296 s  this average makes version 2 out of 6 gradients; staleness 0\n"
    "0.296 s  worker 0 starts gradient 4 on its model, which comes from version 2\n"
    "0.296 s  worker 1 starts gradient 4 on its model, which comes from version 2\n"
    "0.296 s  worker 2 starts gradient 4 on its model, which comes from version 2\n"
    "0.300 s  the run ends (complete) at version 2; 3 gradients pending\n"
    "         worker 0 is computing gradient 4, read at version 2\n"
    "         worker 1 is computing gradient 4, read at version 2\n"
    "         worker 2 is computing gradient 4, read at version 2\n";

// Three workers take two steps each; the delayed worker 0 makes the others wait at 0.1 s. The
// ring of three takes 4 latencies of 1 ms and 4/3 of 3 kB at 8 Mbit/s, together 8 ms, and from
// its end all go on from one version.
static void trace__k_avg__waits_for_the_slowest_after_two_steps(void **state) {
    (void)state;
    told_story_expect(k_avg_cluster, k_avg_story);
}

static const char *const post_local_cluster = "model: none\n"
                                              "end: 500 ms\n"
                                              "policy: {name: post_local, after: 2, steps: 2}\n"
                                              "cluster:\n"
                                              "  workers: 2\n"
                                              "  compute: 100 ms\n"
                                              "  network: {latency: 5 ms}\n";

static const char *const post_local_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 waits\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  workers 0 and 1 begin to average, 1 step each: 10 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.110 s  the average of workers 0 and 1 is there\n"
    "0.110 s  this average makes version 1 out of 2 gradients; staleness 0\n"
    "0.110 s  worker 0 starts gradient 1 on its model, which comes from version 1\n"
    "0.110 s  worker 1 starts gradient 1 on its model, which comes from version 1\n"
    "0.210 s  worker 0 steps by gradient 1\n"
    "0.210 s  worker 0 waits\n"
    "0.210 s  worker 1 steps by gradient 1\n"
    "0.210 s  workers 0 and 1 begin to average, 1 step each: 10 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.220 s  the average of workers 0 and 1 is there\n"
    "0.220 s  this average makes version 2 out of 2 gradients; staleness 0\n"
    "0.220 s  worker 0 starts gradient 2 on its model, which comes from version 2\n"
    "0.220 s  worker 1 starts gradient 2 on its model, which comes from version 2\n"
    "0.320 s  worker 0 steps by gradient 2\n"
    "0.320 s  worker 0 starts gradient 3 on its model, which comes from version 2\n"
    "0.320 s  worker 1 steps by gradient 2\n"
    "0.320 s  worker 1 starts gradient 3 on its model, which comes from version 2\n"
    "0.420 s  worker 0 steps by gradient 3\n"
    "0.420 s  worker 0 waits\n"
    "0.420 s  worker 1 steps by gradient 3\n"
    "0.420 s  workers 0 and 1 begin to average, 2 steps each: 10 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.430 s  the average of workers 0 and 1 is there\n"
    "0.430 s  this average makes version 3 out of 4 gradients; staleness 0\n"
    "0.430 s  worker 0 starts gradient 4 on its model, which comes from version 3\n"
    "0.430 s  worker 1 starts gradient 4 on its model, which comes from version 3\n"
    "0.500 s  the run ends (complete) at version 3; 2 gradients pending\n"
    "         worker 0 is computing gradient 4, read at version 3\n"
    "         worker 1 is computing gradient 4, read at version 3\n";

// The first two versions come after one step each; from then on there are two steps in a period.
static void trace__post_local__averages_twice_after_one_step_and_then_after_two(void **state) {
    (void)state;
    told_story_expect(post_local_cluster, post_local_story);
}

static const char *const hier_avg_cluster =
    "model: none\n"
    "end: 380 ms\n"
    "policy: {name: hier_avg, steps: 2, cluster_steps: 1, cluster_size: 2}\n"
    "cluster:\n"
    "  workers: 4\n"
    "  compute: 100 ms\n"
    "  delay: {law: constant, value: 30 ms, workers: 1}\n"
    "  network: {latency: 1 ms, message: 1 kB, cluster_size: 2, inter_latency: 10 ms}\n";

static const char *const hier_avg_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.000 s  worker 3 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.100 s  worker 2 steps by gradient 0\n"
    "0.100 s  worker 2 waits\n"
    "0.100 s  worker 3 steps by gradient 0\n"
    "0.100 s  workers 2 and 3 begin to average, 1 step each: 2 ms; 2000 bytes within clusters, 0 "
    "between\n"
    "0.102 s  the average of workers 2 and 3 is there\n"
    "0.102 s  worker 2 starts gradient 1 on its model, which comes from version 0\n"
    "0.102 s  worker 3 starts gradient 1 on its model, which comes from version 0\n"
    "0.130 s  worker 0 steps by gradient 0\n"
    "0.130 s  workers 0 and 1 begin to average, 1 step each: 2 ms; 2000 bytes within clusters, 0 "
    "between\n"
    "0.132 s  the average of workers 0 and 1 is there\n"
    "0.132 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.132 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.202 s  worker 2 steps by gradient 1\n"
    "0.202 s  worker 2 waits\n"
    "0.202 s  worker 3 steps by gradient 1\n"
    "0.202 s  worker 3 waits\n"
    "0.232 s  worker 1 steps by gradient 1\n"
    "0.232 s  worker 1 waits\n"
    "0.262 s  worker 0 steps by gradient 1\n"
    "0.262 s  workers 0 to 3 begin to average, 2 steps each: 60 ms; 3000 bytes within clusters, "
    "3000 between\n"
    "0.322 s  the average of workers 0 to 3 is there\n"
    "0.322 s  this average makes version 1 out of 8 gradients; staleness 0\n"
    "0.322 s  worker 0 starts gradient 2 on its model, which comes from version 1\n"
    "0.322 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.322 s  worker 2 starts gradient 2 on its model, which comes from version 1\n"
    "0.322 s  worker 3 starts gradient 2 on its model, which comes from version 1\n"
    "0.380 s  the run ends (complete) at version 1; 4 gradients pending\n"
    "         worker 0 is computing gradient 2, read at version 1\n"
    "         worker 1 is computing gradient 2, read at version 1\n"
    "         worker 2 is computing gradient 2, read at version 1\n"
    "         worker 3 is computing gradient 2, read at version 1\n";

// Two clusters of two: each averages after the first step, as soon as its own two are there, over
// near links (2 ms); after the second step the average of all takes the place of the clusters',
// waits for the delayed worker 0 and pays for the far links (6 latencies of 10 ms). Half of the
// ring's links lead out of a cluster.
static void trace__hier_avg__averages_clusters_by_themselves_and_all_in_the_end(void **state) {
    (void)state;
    told_story_expect(hier_avg_cluster, hier_avg_story);
}

static const char *const hpsgd_cluster = "model: none\n"
                                         "end: 1050 ms\n"
                                         "policy: {name: hpsgd}\n"
                                         "cluster:\n"
                                         "  workers: 2\n"
                                         "  compute: 100 ms\n"
                                         "  delay: {law: constant, value: 10 ms, workers: 1}\n"
                                         "  network: {latency: 60 ms, message: 1 kB}\n";

static const char *const hpsgd_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 has computed gradient 0\n"
    "0.100 s  worker 1 waits\n"
    "0.110 s  worker 0 has computed gradient 0\n"
    "0.110 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.110 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.210 s  worker 1 has computed gradient 1\n"
    "0.210 s  worker 1 waits\n"
    "0.220 s  worker 0 has computed gradient 1\n"
    "0.220 s  workers 0 and 1 begin to sum a window, 2 steps each: 120 ms; 2000 bytes within "
    "clusters, 0 between\n"
    "0.220 s  worker 0 starts gradient 2 on its model, which comes from version 0\n"
    "0.220 s  worker 1 starts gradient 2 on its model, which comes from version 0\n"
    "0.320 s  worker 1 has computed gradient 2\n"
    "0.320 s  worker 1 waits\n"
    "0.330 s  worker 0 has computed gradient 2\n"
    "0.330 s  worker 0 starts gradient 3 on its model, which comes from version 0\n"
    "0.330 s  worker 1 starts gradient 3 on its model, which comes from version 0\n"
    "0.340 s  the sum of workers 0 and 1 is there\n"
    "0.430 s  worker 1 has computed gradient 3\n"
    "0.430 s  worker 1 waits\n"
    "0.440 s  worker 0 has computed gradient 3\n"
    "0.440 s  the sum of the window before makes version 1 out of 4 gradients; staleness 0\n"
    "0.440 s  all go on from version 1\n"
    "0.440 s  workers 0 and 1 begin to sum a window, 2 steps each: 120 ms; 2000 bytes within "
    "clusters, 0 between\n"
    "0.440 s  worker 0 starts gradient 4 on its model, which comes from version 1\n"
    "0.440 s  worker 1 starts gradient 4 on its model, which comes from version 1\n"
    "0.540 s  worker 1 has computed gradient 4\n"
    "0.540 s  worker 1 waits\n"
    "0.550 s  worker 0 has computed gradient 4\n"
    "0.550 s  worker 0 starts gradient 5 on its model, which comes from version 1\n"
    "0.550 s  worker 1 starts gradient 5 on its model, which comes from version 1\n"
    "0.560 s  the sum of workers 0 and 1 is there\n"
    "0.650 s  worker 1 has computed gradient 5\n"
    "0.650 s  worker 1 waits\n"
    "0.660 s  worker 0 has computed gradient 5\n"
    "0.660 s  the sum of the window before makes version 2 out of 4 gradients; staleness 1\n"
    "0.660 s  all go on from version 2\n"
    "0.660 s  workers 0 and 1 begin to sum a window, 2 steps each: 120 ms; 2000 bytes within "
    "clusters, 0 between\n"
    "0.660 s  worker 0 starts gradient 6 on its model, which comes from version 2\n"
    "0.660 s  worker 1 starts gradient 6 on its model, which comes from version 2\n"
    "0.760 s  worker 1 has computed gradient 6\n"
    "0.760 s  worker 1 waits\n"
    "0.770 s  worker 0 has computed gradient 6\n"
    "0.770 s  worker 0 starts gradient 7 on its model, which comes from version 2\n"
    "0.770 s  worker 1 starts gradient 7 on its model, which comes from version 2\n"
    "0.780 s  the sum of workers 0 and 1 is there\n"
    "0.870 s  worker 1 has computed gradient 7\n"
    "0.870 s  worker 1 waits\n"
    "0.880 s  worker 0 has computed gradient 7\n"
    "0.880 s  the sum of the window before makes version 3 out of 4 gradients; staleness 1\n"
    "0.880 s  all go on from version 3\n"
    "0.880 s  workers 0 and 1 begin to sum a window, 2 steps each: 120 ms; 2000 bytes within "
    "clusters, 0 between\n"
    "0.880 s  worker 0 starts gradient 8 on its model, which comes from version 3\n"
    "0.880 s  worker 1 starts gradient 8 on its model, which comes from version 3\n"
    "0.980 s  worker 1 has computed gradient 8\n"
    "0.980 s  worker 1 waits\n"
    "0.990 s  worker 0 has computed gradient 8\n"
    "0.990 s  worker 0 starts gradient 9 on its model, which comes from version 3\n"
    "0.990 s  worker 1 starts gradient 9 on its model, which comes from version 3\n"
    "1.000 s  the sum of workers 0 and 1 is there\n"
    "1.050 s  the run ends (complete) at version 3; 8 gradients pending\n"
    "         gradient 6 of worker 0, read at version 2, is in its model and in no version\n"
    "         gradient 7 of worker 0, read at version 2, is in its model and in no version\n"
    "         gradient 8 of worker 0, read at version 3, is in its model and in no version\n"
    "         worker 0 is computing gradient 9, read at version 3\n"
    "         gradient 6 of worker 1, read at version 2, is in its model and in no version\n"
    "         gradient 7 of worker 1, read at version 2, is in its model and in no version\n"
    "         gradient 8 of worker 1, read at version 3, is in its model and in no version\n"
    "         worker 1 is computing gradient 9, read at version 3\n";

// An all-reduce takes 120 ms, two gradients. The first window ends with the second gradient,
// before anything could be reduced; at 0.4 s its sum lies there and is merged, the second window
// sets out, and so on: version r holds the gradients of window r, which are stale by one version,
// those of the first not at all. Nobody ever waits for the network, only for the slower worker at
// each barrier.
static void trace__hpsgd__sums_one_window_while_the_next_is_computed(void **state) {
    (void)state;
    told_story_expect(hpsgd_cluster, hpsgd_story);
}

static const char *const cocod_cluster = "model: none\n"
                                         "end: 420 ms\n"
                                         "policy: {name: cocod, steps: 1}\n"
                                         "cluster:\n"
                                         "  workers: 2\n"
                                         "  compute: 100 ms\n"
                                         "  delay: {law: constant, value: 120 ms, workers: 1}\n"
                                         "  network: {latency: 15 ms}\n";

static const char *const cocod_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 merges version 0 and gives its model to the next average\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.200 s  worker 1 steps by gradient 1\n"
    "0.200 s  worker 1 waits\n"
    "0.220 s  worker 0 steps by gradient 0\n"
    "0.220 s  worker 0 merges version 0 and gives its model to the next average\n"
    "0.220 s  workers 0 and 1 begin to average, 1 step each: 30 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.220 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.250 s  the average of workers 0 and 1 is there\n"
    "0.250 s  this average makes version 1 out of 2 gradients; staleness 0\n"
    "0.250 s  worker 1 merges version 1 and gives its model to the next average\n"
    "0.250 s  worker 1 starts gradient 2 on its model, which comes from version 1\n"
    "0.350 s  worker 1 steps by gradient 2\n"
    "0.350 s  worker 1 waits\n"
    "0.420 s  the run ends (complete) at version 1; 3 gradients pending\n"
    "         worker 0 is computing gradient 1, read at version 0\n"
    "         gradient 1 of worker 1, read at version 0, is in its model and in no version\n"
    "         gradient 2 of worker 1, read at version 1, is in its model and in no version\n";

// The average of a period takes 30 ms and is there long before the next period ends: worker 1 waits
// at 0.2 s only because the delayed worker 0 has given nothing to the first average yet. It
// merges as soon as that is there, ahead of worker 0 by a period.
static void trace__cocod__lets_the_average_travel_beside_the_next_round(void **state) {
    (void)state;
    told_story_expect(cocod_cluster, cocod_story);
}

static const char *const overlap_local_sgd_cluster = "model: none\n"
                                                     "end: 660 ms\n"
                                                     "policy: {name: overlap_local_sgd, steps: 2}\n"
                                                     "cluster:\n"
                                                     "  workers: 2\n"
                                                     "  compute: 100 ms\n"
                                                     "  network: {latency: 125 ms}\n";

static const char *const overlap_local_sgd_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.200 s  worker 0 steps by gradient 1\n"
    "0.200 s  worker 0 merges version 0 and gives its model to the next average\n"
    "0.200 s  worker 0 starts gradient 2 on its model, which comes from version 0\n"
    "0.200 s  worker 1 steps by gradient 1\n"
    "0.200 s  worker 1 merges version 0 and gives its model to the next average\n"
    "0.200 s  workers 0 and 1 begin to average, 2 steps each: 250 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.200 s  worker 1 starts gradient 2 on its model, which comes from version 0\n"
    "0.300 s  worker 0 steps by gradient 2\n"
    "0.300 s  worker 0 starts gradient 3 on its model, which comes from version 0\n"
    "0.300 s  worker 1 steps by gradient 2\n"
    "0.300 s  worker 1 starts gradient 3 on its model, which comes from version 0\n"
    "0.400 s  worker 0 steps by gradient 3\n"
    "0.400 s  worker 0 waits\n"
    "0.400 s  worker 1 steps by gradient 3\n"
    "0.400 s  worker 1 waits\n"
    "0.450 s  the average of workers 0 and 1 is there\n"
    "0.450 s  this average makes version 1 out of 4 gradients; staleness 0\n"
    "0.450 s  worker 0 merges version 1 and gives its model to the next average\n"
    "0.450 s  worker 0 starts gradient 4 on its model, which comes from version 1\n"
    "0.450 s  worker 1 merges version 1 and gives its model to the next average\n"
    "0.450 s  workers 0 and 1 begin to average, 2 steps each: 250 ms; 0 bytes within clusters, 0 "
    "between\n"
    "0.450 s  worker 1 starts gradient 4 on its model, which comes from version 1\n"
    "0.550 s  worker 0 steps by gradient 4\n"
    "0.550 s  worker 0 starts gradient 5 on its model, which comes from version 1\n"
    "0.550 s  worker 1 steps by gradient 4\n"
    "0.550 s  worker 1 starts gradient 5 on its model, which comes from version 1\n"
    "0.650 s  worker 0 steps by gradient 5\n"
    "0.650 s  worker 0 waits\n"
    "0.650 s  worker 1 steps by gradient 5\n"
    "0.650 s  worker 1 waits\n"
    "0.660 s  the run ends (complete) at version 1; 8 gradients pending\n"
    "         gradient 2 of worker 0, read at version 0, is in its model and in no version\n"
    "         gradient 3 of worker 0, read at version 0, is in its model and in no version\n"
    "         gradient 4 of worker 0, read at version 1, is in its model and in no version\n"
    "         gradient 5 of worker 0, read at version 1, is in its model and in no version\n"
    "         gradient 2 of worker 1, read at version 0, is in its model and in no version\n"
    "         gradient 3 of worker 1, read at version 0, is in its model and in no version\n"
    "         gradient 4 of worker 1, read at version 1, is in its model and in no version\n"
    "         gradient 5 of worker 1, read at version 1, is in its model and in no version\n";

// An all-reduce of 250 ms is longer than a period of 200 ms: at 0.4 s both wait 50 ms for the
// average of the first period, pull their models towards it and go on.
static void trace__overlap_local_sgd__waits_only_where_the_average_is_late(void **state) {
    (void)state;
    told_story_expect(overlap_local_sgd_cluster, overlap_local_sgd_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__k_avg__waits_for_the_slowest_after_two_steps),
        cmocka_unit_test(trace__post_local__averages_twice_after_one_step_and_then_after_two),
        cmocka_unit_test(trace__hier_avg__averages_clusters_by_themselves_and_all_in_the_end),
        cmocka_unit_test(trace__hpsgd__sums_one_window_while_the_next_is_computed),
        cmocka_unit_test(trace__cocod__lets_the_average_travel_beside_the_next_round),
        cmocka_unit_test(trace__overlap_local_sgd__waits_only_where_the_average_is_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
