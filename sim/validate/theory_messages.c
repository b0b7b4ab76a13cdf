// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that get lost, and averages without a server.
#include <math.h>
#include <stdbool.h>

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
static void passes_of(enum all_reduce kind, double members, double *steps, double *models) {
    switch (kind) {
    case ALL_REDUCE_RING:
        *steps = 2 * (members - 1);
        *models = 2 * (members - 1) / members;
        break;
    case ALL_REDUCE_TREE:
        *steps = 2 * ceil(log2(members));
        *models = *steps;
        break;
    case ALL_REDUCE_SERVER:
        *steps = 2;
        *models = 2 * members;
        break;
    case ALL_REDUCE_NONE:
    case ALL_REDUCE_COUNT:
        INVARIANT(false);
    }
}

static double model_ns(const struct network_options *network, int64_t bits_per_s) {
    REQUIRE(bits_per_s == 0 || network->message_bytes >= 0);
    return bits_per_s == 0 ? 0 : (double)network->message_bytes * 8 * ns_per_s / (double)bits_per_s;
}

// Among so many, whose slowest link may be one between clusters.
static double reduction_ns(const struct network_options *network, double members, bool between) {
    double steps = 0;
    double models = 0;
    double latency_ns = constant_ns(&network->latency);
    double transfer_ns = model_ns(network, network->bandwidth_bits_per_s);
    passes_of(network->all_reduce, members, &steps, &models);
    if (between) {
        latency_ns = fmax(latency_ns, constant_ns(&network->inter_latency));
        transfer_ns = fmax(transfer_ns, model_ns(network, network->inter_bandwidth_bits_per_s));
    }
    return ceil(steps * latency_ns + models * transfer_ns);
}

double theory_all_reduce_ns(const struct scenario *scenario) {
    const struct network_options *network = &scenario->cluster.network;
    int32_t workers = scenario->cluster.workers;
    bool between = network->cluster_size > 0 && network->cluster_size < workers;
    return reduction_ns(network, workers, between);
}

double theory_retries(const struct scenario *scenario) {
    double steps = 0;
    double models = 0;
    passes_of(scenario->cluster.network.all_reduce, scenario->cluster.workers, &steps, &models);
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

// The clusters average after K1, 2 K1, ... steps, all workers after K2.
double theory_hierarchical_period_ns(const struct scenario *scenario) {
    const struct averaging_options *averaging = &scenario->training.policy.averaging;
    const struct network_options *network = &scenario->cluster.network;
    REQUIRE(averaging->steps % averaging->cluster_steps == 0);
    REQUIRE(averaging->cluster_size == network->cluster_size);
    int64_t averages = averaging->steps / averaging->cluster_steps - 1;
    return theory_local_period_ns(scenario) +
           (double)averages * reduction_ns(network, averaging->cluster_size, false);
}
