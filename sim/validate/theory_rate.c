// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/theory_rate.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/validate/theory.h"
#include "sim/validate/worker_times.h"

// ---- the conditions ----

static bool is_zero(const struct distribution *law) {
    int64_t span_ns = 0;
    return distribution_is_constant(law, &span_ns) && span_ns == 0;
}

static bool is_constant(const struct distribution *law) {
    int64_t span_ns = 0;
    return distribution_is_constant(law, &span_ns);
}

static bool is_exponential(const struct distribution *law) {
    return strcmp(law_table[law->law].name, "exponential") == 0 && law->at_most == 0;
}

static bool has_means(const struct scenario *scenario) {
    double sum = 0;
    struct worker_time *times = worker_times_create(scenario);
    REQUIRE(scenario->cluster.workers >= 1);
    for (int32_t i = 0; i < scenario->cluster.workers; i++) {
        sum += worker_time_mean_ns(&times[i]);
    }
    memory_free(times);
    return isfinite(sum) && sum > 0;
}

// Times of different gradients are independent, and nothing but computing, delay and server takes
// any: no way, no incident, no change midway.
static bool is_plain(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    REQUIRE(cluster->workers >= 1);
    bool plain = scenario->past[0] == 0 && cluster->events.count == 0 &&
                 is_zero(&cluster->network.latency) && cluster->network.bandwidth_bits_per_s == 0 &&
                 cluster->server.bandwidth_bits_per_s == 0 && !cluster_options_lose(cluster) &&
                 worker_times_are_known(scenario);
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        const struct worker_group *group = &cluster->groups.entries[i];
        plain = plain && !group->latency.own && !group->bandwidth.own &&
                !group->uplink_latency.own && group->uplink_bandwidth_bits_per_s == 0;
    }
    return plain;
}

static bool is_free(const struct server_options *server) {
    return is_zero(&server->receive) && is_zero(&server->update) && is_zero(&server->reply);
}

static bool are_alike(const struct cluster_options *cluster) {
    return !cluster->delay.present && cluster->groups.count == 0 &&
           cluster->compute_per_sample_ns == 0;
}

// ---- the forms ----

static bool cancels(const struct scenario *scenario) {
    return theory_policy_is(scenario, "k_sync") || theory_policy_is(scenario, "k_batch_sync");
}

static bool goes_on(const struct scenario *scenario) {
    return theory_policy_is(scenario, "k_batch_async") ||
           (theory_policy_is(scenario, "hybrid") &&
            scenario->training.policy.pushed_worker == PUSHED_CONTINUES);
}

static double rate_of(const struct scenario *scenario, double update_s) {
    REQUIRE(update_s > 0);
    return isfinite(update_s) ? theory_threshold(scenario) / update_s : (double)NAN;
}

static double rate_with_free_server(const struct scenario *scenario, const char **formula) {
    int32_t threshold = theory_threshold(scenario);
    bool batch = theory_policy_is(scenario, "k_batch_sync");
    bool alike = are_alike(&scenario->cluster) && is_exponential(&scenario->cluster.compute);
    REQUIRE(threshold >= 1 && threshold <= scenario->cluster.workers);
    if (goes_on(scenario) || (batch && alike) || (threshold == 1 && !cancels(scenario))) {
        *formula = "the sum of the workers' rates";
        return rate_of(scenario, theory_batch_form(scenario));
    }
    bool barrier = threshold == scenario->cluster.workers && !batch;
    if (barrier || theory_policy_is(scenario, "k_sync")) {
        *formula = "K over the mean time of the K-th of P workers";
        return rate_of(scenario, theory_order_statistic(scenario));
    }
    if (alike && !batch) {
        *formula = "K mu / (H_P - H_{P-K}) of exponential times";
        return rate_of(scenario, theory_harmonic(scenario));
    }
    return (double)NAN;
}

// One gradient is one service, and nobody waits for others: a closed queue.
static double rate_of_queue(const struct scenario *scenario, const char **formula) {
    const struct server_options *server = &scenario->cluster.server;
    bool receives_alone = is_zero(&server->update) && is_zero(&server->reply);
    bool single = theory_threshold(scenario) == 1 && !cancels(scenario);
    if (!single && !(goes_on(scenario) && receives_alone)) {
        return (double)NAN;
    }
    if (receives_alone && is_exponential(&server->receive)) {
        *formula = "a closed queue, M/M/1//P";
        return 1 / theory_queue_exponential(scenario);
    }
    bool constant =
        is_constant(&server->receive) && is_constant(&server->update) && is_zero(&server->reply);
    if (constant && is_exponential(&scenario->cluster.compute)) {
        *formula = "a closed queue, M/D/1//P";
        struct scenario one = *scenario; // receipt and update of a gradient are one service
        one.cluster.server.receive = distribution_constant(
            llrint(distribution_mean(&server->receive) + distribution_mean(&server->update)));
        return 1 / theory_queue_constant(&one);
    }
    return (double)NAN;
}

static double rate_of_constant_times(const struct scenario *scenario, const char **formula) {
    const struct server_options *server = &scenario->cluster.server;
    bool waits = !goes_on(scenario) && !theory_policy_is(scenario, "k_batch_sync");
    if (!waits || theory_threshold(scenario) != scenario->cluster.workers ||
        !is_constant(&scenario->cluster.compute) || !is_constant(&server->receive) ||
        !is_constant(&server->update) || !is_zero(&server->reply)) {
        return (double)NAN;
    }
    *formula = "P over computing, P receipts and an update";
    return rate_of(scenario, theory_sync_barrier_ns(scenario) / (double)NS_PER_S);
}

double theory_rate(const struct scenario *scenario, const char **formula) {
    REQUIRE(policy_table[scenario->training.policy.policy].has_threshold && formula != NULL);
    if (!is_plain(scenario) || !has_means(scenario)) {
        return (double)NAN;
    }
    if (is_free(&scenario->cluster.server)) {
        return rate_with_free_server(scenario, formula);
    }
    if (!are_alike(&scenario->cluster)) {
        return (double)NAN;
    }
    double rate = rate_of_queue(scenario, formula);
    return isnan(rate) ? rate_of_constant_times(scenario, formula) : rate;
}

double theory_rate_server(const struct scenario *scenario) {
    REQUIRE(policy_table[scenario->training.policy.policy].has_threshold);
    double ns = theory_server_bound_ns(scenario);
    return ns > 0 ? theory_threshold(scenario) / ns * (double)NS_PER_S : (double)INFINITY;
}
