// SPDX-License-Identifier: GPL-3.0-or-later
// Golden traces of what follows the training loss, AdaComm's period and AdaSync's threshold: on the
// quadratic without noise, from (1, 1), whose losses are known exactly. Each story is in words, as
// "desgd tell" prints it, checked on paper.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"
#include "tests/support/told_story.h"

// The loss that the log says the server knew after an update.
static void expect_estimate(const struct runlog *log, size_t update, double loss) {
    assert_true(update < log->update_count);
    expect_within(log->updates[update].loss_estimate, loss, 1e-9 * loss);
}

static const char *const adacomm_cluster =
    "model: {name: quadratic, dimension: 2, curvature: 1, noise: 0}\n"
    "end: 1400 ms\n"
    "training: {learning_rate: 0.25}\n"
    "policy: {name: adacomm, steps: 6, adapt_every: 600 ms}\n"
    "cluster: {workers: 2, compute: 100 ms, network: {latency: 5 ms}}\n";

static const char *const adacomm_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.100 s  worker 0 steps by gradient 0\n"
    "0.100 s  worker 0 starts gradient 1 on its model, which comes from version 0\n"
    "0.100 s  worker 1 steps by gradient 0\n"
    "0.100 s  worker 1 starts gradient 1 on its model, which comes from version 0\n"
    "0.200 s  worker 0 steps by gradient 1\n"
    "0.200 s  worker 0 starts gradient 2 on its model, which comes from version 0\n"
    "0.200 s  worker 1 steps by gradient 1\n"
    "0.200 s  worker 1 starts gradient 2 on its model, which comes from version 0\n"
    "0.300 s  worker 0 steps by gradient 2\n"
    "0.300 s  worker 0 starts gradient 3 on its model, which comes from version 0\n"
    "0.300 s  worker 1 steps by gradient 2\n"
    "0.300 s  worker 1 starts gradient 3 on its model, which comes from version 0\n"
    "0.400 s  worker 0 steps by gradient 3\n"
    "0.400 s  worker 0 starts gradient 4 on its model, which comes from version 0\n"
    "0.400 s  worker 1 steps by gradient 3\n"
    "0.400 s  worker 1 starts gradient 4 on its model, which comes from version 0\n"
    "0.500 s  worker 0 steps by gradient 4\n"
    "0.500 s  worker 0 starts gradient 5 on its model, which comes from version 0\n"
    "0.500 s  worker 1 steps by gradient 4\n"
    "0.500 s  worker 1 starts gradient 5 on its model, which comes from version 0\n"
    "0.600 s  worker 0 steps by gradient 5\n"
    "0.600 s  worker 0 waits\n"
    "0.600 s  worker 1 steps by gradient 5\n"
    "0.600 s  workers 0 and 1 begin to average, 6 steps each: 10 ms; 16 bytes within clusters, 0 "
    "between\n"
    "0.610 s  the average of workers 0 and 1 is there\n"
    "0.610 s  this average makes version 1 out of 12 gradients; staleness 0\n"
    "0.610 s  worker 0 starts gradient 6 on its model, which comes from version 1\n"
    "0.610 s  worker 1 starts gradient 6 on its model, which comes from version 1\n"
    "0.710 s  worker 0 steps by gradient 6\n"
    "0.710 s  worker 0 starts gradient 7 on its model, which comes from version 1\n"
    "0.710 s  worker 1 steps by gradient 6\n"
    "0.710 s  worker 1 starts gradient 7 on its model, which comes from version 1\n"
    "0.810 s  worker 0 steps by gradient 7\n"
    "0.810 s  worker 0 starts gradient 8 on its model, which comes from version 1\n"
    "0.810 s  worker 1 steps by gradient 7\n"
    "0.810 s  worker 1 starts gradient 8 on its model, which comes from version 1\n"
    "0.910 s  worker 0 steps by gradient 8\n"
    "0.910 s  worker 0 waits\n"
    "0.910 s  worker 1 steps by gradient 8\n"
    "0.910 s  workers 0 and 1 begin to average, 3 steps each: 10 ms; 16 bytes within clusters, 0 "
    "between\n"
    "0.920 s  the average of workers 0 and 1 is there\n"
    "0.920 s  this average makes version 2 out of 6 gradients; staleness 0\n"
    "0.920 s  worker 0 starts gradient 9 on its model, which comes from version 2\n"
    "0.920 s  worker 1 starts gradient 9 on its model, which comes from version 2\n"
    "1.020 s  worker 0 steps by gradient 9\n"
    "1.020 s  worker 0 starts gradient 10 on its model, which comes from version 2\n"
    "1.020 s  worker 1 steps by gradient 9\n"
    "1.020 s  worker 1 starts gradient 10 on its model, which comes from version 2\n"
    "1.120 s  worker 0 steps by gradient 10\n"
    "1.120 s  worker 0 starts gradient 11 on its model, which comes from version 2\n"
    "1.120 s  worker 1 steps by gradient 10\n"
    "1.120 s  worker 1 starts gradient 11 on its model, which comes from version 2\n"
    "1.220 s  worker 0 steps by gradient 11\n"
    "1.220 s  worker 0 waits\n"
    "1.220 s  worker 1 steps by gradient 11\n"
    "1.220 s  workers 0 and 1 begin to average, 3 steps each: 10 ms; 16 bytes within clusters, 0 "
    "between\n"
    "1.230 s  the average of workers 0 and 1 is there\n"
    "1.230 s  this average makes version 3 out of 6 gradients; staleness 0\n"
    "1.230 s  worker 0 starts gradient 12 on its model, which comes from version 3\n"
    "1.230 s  worker 1 starts gradient 12 on its model, which comes from version 3\n"
    "1.330 s  worker 0 steps by gradient 12\n"
    "1.330 s  worker 0 waits\n"
    "1.330 s  worker 1 steps by gradient 12\n"
    "1.330 s  workers 0 and 1 begin to average, 1 step each: 10 ms; 16 bytes within clusters, 0 "
    "between\n"
    "1.340 s  the average of workers 0 and 1 is there\n"
    "1.340 s  this average makes version 4 out of 2 gradients; staleness 0\n"
    "1.340 s  worker 0 starts gradient 13 on its model, which comes from version 4\n"
    "1.340 s  worker 1 starts gradient 13 on its model, which comes from version 4\n"
    "1.400 s  the run ends (complete) at version 4; 2 gradients pending\n"
    "         worker 0 is computing gradient 13, read at version 4\n"
    "         worker 1 is computing gradient 13, read at version 4\n";

// Each step takes both models to 3/4 of what they were, so that step n has the loss q^n, q = 9/16.
static void expect_adacomm_losses(void) {
    struct scenario scenario;
    struct runlog log;
    const double q = 9.0 / 16;
    small_cluster_parse(&scenario, "%s", adacomm_cluster);
    small_cluster_run(&scenario, &log);
    expect_estimate(&log, 0, (1 - pow(q, 6)) / (1 - q) / 6);
    expect_estimate(&log, 1, pow(q, 6) * (1 + q + q * q) / 3);
    expect_estimate(&log, 2, pow(q, 9) * (1 + q + q * q) / 3);
    expect_estimate(&log, 3, pow(q, 12));
    runlog_reset(&log);
}

// The first decision is due at 0.6 s and made at the end of the first period: F is F_0, ceil(1 * 6)
// is no less than 6, and so K is halved. The next, due at 1.2 s, is made after two periods
// of 3 steps: F = .003531 against F_0 = .368885, ceil(sqrt(.009572) * 6) = ceil(.587) = 1: here the
// loss decides, since half of 3, rounded up, would be 2.
static void trace__adacomm__halves_its_period_and_then_follows_the_loss(void **state) {
    (void)state;
    expect_adacomm_losses();
    told_story_expect(adacomm_cluster, adacomm_story);
}

static const char *const adasync_cluster =
    "model: {name: quadratic, dimension: 2, curvature: 1, noise: 0}\n"
    "end: 815 ms\n"
    "training: {learning_rate: 0.125}\n"
    "policy: {name: k_async, threshold: {schedule: adasync, start: 1, every: 150 ms}}\n"
    "cluster:\n"
    "  workers: 3\n"
    "  compute: 100 ms\n"
    "  delay: {law: constant, value: 30 ms, workers: 1}\n"
    "  network: {latency: 2 ms}\n"
    "  server: {receive: 4 ms, update: 3 ms, reply: 1 ms}\n";

static const char *const adasync_story =
    "0.000 s  worker 0 starts gradient 0 at version 0\n"
    "0.000 s  worker 1 starts gradient 0 at version 0\n"
    "0.000 s  worker 2 starts gradient 0 at version 0\n"
    "0.100 s  worker 1 pushes gradient 0, read at version 0\n"
    "0.100 s  worker 2 pushes gradient 0, read at version 0\n"
    "0.102 s  gradient 0 of worker 1 joins the server's queue\n"
    "0.102 s  gradient 0 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.106 s  server receives gradient 0 of worker 1; buffer 1 of 1\n"
    "0.109 s  server applies gradient 0 of worker 1 (K = 1) and makes version 1; staleness 0\n"
    "0.110 s  server sends version 1 to worker 1\n"
    "0.112 s  worker 1 receives version 1 and starts gradient 1\n"
    "0.114 s  server receives gradient 0 of worker 2; buffer 1 of 1\n"
    "0.117 s  server applies gradient 0 of worker 2 (K = 1) and makes version 2; staleness 1\n"
    "0.118 s  server sends version 2 to worker 2\n"
    "0.120 s  worker 2 receives version 2 and starts gradient 1\n"
    "0.130 s  worker 0 pushes gradient 0, read at version 0\n"
    "0.132 s  gradient 0 of worker 0 joins the server's queue\n"
    "0.136 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
    "0.139 s  server applies gradient 0 of worker 0 (K = 1) and makes version 3; staleness 2\n"
    "0.140 s  server sends version 3 to worker 0\n"
    "0.142 s  worker 0 receives version 3 and starts gradient 1\n"
    "0.212 s  worker 1 pushes gradient 1, read at version 1\n"
    "0.214 s  gradient 1 of worker 1 joins the server's queue\n"
    "0.218 s  server receives gradient 1 of worker 1; buffer 1 of 1\n"
    "0.220 s  worker 2 pushes gradient 1, read at version 2\n"
    "0.221 s  server applies gradient 1 of worker 1 (K = 1) and makes version 4; staleness 2\n"
    "0.222 s  gradient 1 of worker 2 joins the server's queue\n"
    "0.222 s  server sends version 4 to worker 1\n"
    "0.224 s  worker 1 receives version 4 and starts gradient 2\n"
    "0.226 s  server receives gradient 1 of worker 2; buffer 1 of 1\n"
    "0.229 s  server applies gradient 1 of worker 2 (K = 1) and makes version 5; staleness 2\n"
    "0.230 s  server sends version 5 to worker 2\n"
    "0.232 s  worker 2 receives version 5 and starts gradient 2\n"
    "0.272 s  worker 0 pushes gradient 1, read at version 3\n"
    "0.274 s  gradient 1 of worker 0 joins the server's queue\n"
    "0.278 s  server receives gradient 1 of worker 0; buffer 1 of 1\n"
    "0.281 s  server applies gradient 1 of worker 0 (K = 1) and makes version 6; staleness 2\n"
    "0.282 s  server sends version 6 to worker 0\n"
    "0.284 s  worker 0 receives version 6 and starts gradient 2\n"
    "0.324 s  worker 1 pushes gradient 2, read at version 4\n"
    "0.326 s  gradient 2 of worker 1 joins the server's queue\n"
    "0.330 s  server receives gradient 2 of worker 1; buffer 1 of 1\n"
    "0.332 s  worker 2 pushes gradient 2, read at version 5\n"
    "0.333 s  server applies gradient 2 of worker 1 (K = 1) and makes version 7; staleness 2\n"
    "0.334 s  gradient 2 of worker 2 joins the server's queue\n"
    "0.334 s  server sends version 7 to worker 1\n"
    "0.336 s  worker 1 receives version 7 and starts gradient 3\n"
    "0.338 s  server receives gradient 2 of worker 2; buffer 1 of 1\n"
    "0.341 s  server applies gradient 2 of worker 2 (K = 1) and makes version 8; staleness 2\n"
    "0.342 s  server sends version 8 to worker 2\n"
    "0.344 s  worker 2 receives version 8 and starts gradient 3\n"
    "0.414 s  worker 0 pushes gradient 2, read at version 6\n"
    "0.416 s  gradient 2 of worker 0 joins the server's queue\n"
    "0.420 s  server receives gradient 2 of worker 0; buffer 1 of 1\n"
    "0.423 s  server applies gradient 2 of worker 0 (K = 1) and makes version 9; staleness 2\n"
    "0.424 s  server sends version 9 to worker 0\n"
    "0.426 s  worker 0 receives version 9 and starts gradient 3\n"
    "0.436 s  worker 1 pushes gradient 3, read at version 7\n"
    "0.438 s  gradient 3 of worker 1 joins the server's queue\n"
    "0.442 s  server receives gradient 3 of worker 1; buffer 1 of 1\n"
    "0.444 s  worker 2 pushes gradient 3, read at version 8\n"
    "0.445 s  server applies gradient 3 of worker 1 (K = 1) and makes version 10; staleness 2\n"
    "0.446 s  gradient 3 of worker 2 joins the server's queue\n"
    "0.446 s  server sends version 10 to worker 1\n"
    "0.448 s  worker 1 receives version 10 and starts gradient 4\n"
    "0.450 s  server receives gradient 3 of worker 2; buffer 1 of 2\n"
    "0.548 s  worker 1 pushes gradient 4, read at version 10\n"
    "0.550 s  gradient 4 of worker 1 joins the server's queue\n"
    "0.554 s  server receives gradient 4 of worker 1; buffer 2 of 2\n"
    "0.556 s  worker 0 pushes gradient 3, read at version 9\n"
    "0.557 s  server applies 2 gradients of workers 1, 2 (K = 2) and makes version 11; staleness 0 "
    "to 2\n"
    "0.558 s  gradient 3 of worker 0 joins the server's queue; the server is busy\n"
    "0.558 s  server sends version 11 to worker 1\n"
    "0.559 s  server sends version 11 to worker 2\n"
    "0.560 s  worker 1 receives version 11 and starts gradient 5\n"
    "0.561 s  worker 2 receives version 11 and starts gradient 4\n"
    "0.563 s  server receives gradient 3 of worker 0; buffer 1 of 2\n"
    "0.660 s  worker 1 pushes gradient 5, read at version 11\n"
    "0.661 s  worker 2 pushes gradient 4, read at version 11\n"
    "0.662 s  gradient 5 of worker 1 joins the server's queue\n"
    "0.663 s  gradient 4 of worker 2 joins the server's queue; 1 ahead of it\n"
    "0.666 s  server receives gradient 5 of worker 1; buffer 2 of 2\n"
    "0.669 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 12; staleness 0 "
    "to 2\n"
    "0.670 s  server sends version 12 to worker 0\n"
    "0.671 s  server sends version 12 to worker 1\n"
    "0.672 s  worker 0 receives version 12 and starts gradient 4\n"
    "0.673 s  worker 1 receives version 12 and starts gradient 6\n"
    "0.675 s  server receives gradient 4 of worker 2; buffer 1 of 2\n"
    "0.773 s  worker 1 pushes gradient 6, read at version 12\n"
    "0.775 s  gradient 6 of worker 1 joins the server's queue\n"
    "0.779 s  server receives gradient 6 of worker 1; buffer 2 of 3\n"
    "0.802 s  worker 0 pushes gradient 4, read at version 12\n"
    "0.804 s  gradient 4 of worker 0 joins the server's queue\n"
    "0.808 s  server receives gradient 4 of worker 0; buffer 3 of 3\n"
    "0.811 s  server applies 3 gradients of workers 0 to 2 (K = 3) and makes version 13; staleness "
    "0 to 1\n"
    "0.812 s  server sends version 13 to worker 0\n"
    "0.813 s  server sends version 13 to worker 1\n"
    "0.814 s  worker 0 receives version 13 and starts gradient 5\n"
    "0.814 s  server sends version 13 to worker 2\n"
    "0.815 s  worker 1 receives version 13 and starts gradient 7\n"
    "0.815 s  the run ends (complete) at version 13; 2 gradients pending\n"
    "         worker 0 is computing gradient 5, read at version 13\n"
    "         worker 1 is computing gradient 7, read at version 13\n"
    "         version 13 is on its way to worker 2\n";

// Decisions are due every 0.15 s and made at the first receipt after that. Present loss F, with P =
// 3, K_0 = 1 and F_0 = 1 the root of K^2 + bK - 3b = 0, b = 1 / (2 F):
//   0.218 s  F = 1            b = 0.5     K = 1
//   0.330 s  F = .572917      b = 0.873   K = 1.24, is 1
//   0.450 s  F = .124716      b = 4.009   K = 2.00, is 2
//   0.666 s  F = .050481      b = 9.905   K = 2.41, is 2
//   0.779 s  F = .033573      b = 14.893  K = 2.56, is 3
// The version that is read is the parameter: 1, 7/8, 6/8, 5/8 at the first ones, and the mean of
// their last three squares is F.
static void trace__adasync__raises_k_from_one_to_three_as_the_loss_falls(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "%s", adasync_cluster);
    small_cluster_run(&scenario, &log);
    assert_true(isnan(log.updates[1].loss_estimate));
    expect_estimate(&log, 2, 1);
    expect_estimate(&log, 3, (64 + 64 + 49) / 192.0);
    expect_estimate(&log, 5, (49 + 36 + 25) / 192.0);
    runlog_reset(&log);
    told_story_expect(adasync_cluster, adasync_story);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__adacomm__halves_its_period_and_then_follows_the_loss),
        cmocka_unit_test(trace__adasync__raises_k_from_one_to_three_as_the_loss_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
