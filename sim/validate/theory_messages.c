// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that get lost, and averages without a server.
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/distribution.h"
#include "sim/validate/theory.h"

static const double ns_per_s = 1e9;

double theory_attempts(const struct scenario *scenario) {
    return 1 / (1 - scenario->cluster.network.loss.share);
}

// Attempt k is lost with chance p^k, and its time-out is timeout backoff^(k-1).
double theory_time_outs(const struct scenario *scenario) {
    const struct loss_options *loss = &scenario->cluster.network.loss;
    REQUIRE(loss->share * loss->backoff < 1);
    return (double)loss->timeout_ns / ns_per_s * loss->share / (1 - loss->share * loss->backoff);
}

static double constant_ns(const struct distribution *law) {
    int64_t span_ns = 0;
    REQUIRE(distribution_is_constant(law, &span_ns));
    return (double)span_ns;
}

// Steps that follow each other, and the models that pass over the slowest link.
static void passes_of(const struct scenario *scenario, double *steps, double *models) {
    double workers = scenario->cluster.workers;
    switch (scenario->cluster.network.all_reduce) {
    case ALL_REDUCE_RING:
        *steps = 2 * (workers - 1);
        *models = 2 * (workers - 1) / workers;
        break;
    case ALL_REDUCE_TREE:
        *steps = 2 * ceil(log2(workers));
        *models = *steps;
        break;
    case ALL_REDUCE_SERVER:
        *steps = 2;
        *models = 2 * workers;
        break;
    case ALL_REDUCE_NONE:
    case ALL_REDUCE_COUNT:
        INVARIANT(false);
    }
}

double theory_all_reduce_ns(const struct scenario *scenario) {
    const struct network_options *network = &scenario->cluster.network;
    double steps = 0;
    double models = 0;
    REQUIRE(network->cluster_size == 0);
    passes_of(scenario, &steps, &models);
    double model_ns =
        network->bandwidth_bits_per_s == 0
            ? 0
            : (double)network->message_bytes * 8 * ns_per_s / (double)network->bandwidth_bits_per_s;
    return ceil(steps * constant_ns(&network->latency) + models * model_ns);
}

double theory_retries(const struct scenario *scenario) {
    double steps = 0;
    double models = 0;
    passes_of(scenario, &steps, &models);
    return steps * (theory_attempts(scenario) - 1);
}

static double steps_ns(const struct scenario *scenario) {
    return (double)scenario->training.policy.averaging.steps *
           constant_ns(&scenario->cluster.compute);
}

double theory_local_period_ns(const struct scenario *scenario) {
    return steps_ns(scenario) + theory_all_reduce_ns(scenario);
}

double theory_overlapped_period_ns(const struct scenario *scenario) {
    return fmax(steps_ns(scenario), theory_all_reduce_ns(scenario));
}
