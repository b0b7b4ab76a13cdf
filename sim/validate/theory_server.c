// SPDX-License-Identifier: GPL-3.0-or-later
// A parameter server that takes its time, and the staleness of what it applies.
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/distribution.h"
#include "sim/validate/closed_queue.h"
#include "sim/validate/theory.h"

static const double ns_per_s = 1e9;

static double constant_ns(const struct distribution *law) {
    int64_t span_ns = 0;
    REQUIRE(distribution_is_constant(law, &span_ns));
    return (double)span_ns;
}

// ---- queues; times in s ----

static struct closed_queue queue_of(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    return (struct closed_queue){.population = cluster->workers,
                                 .away = distribution_mean(&cluster->compute) / ns_per_s,
                                 .service = distribution_mean(&cluster->server.receive) / ns_per_s};
}

double theory_queue_exponential(const struct scenario *scenario) {
    struct closed_queue queue = queue_of(scenario);
    return 1 / closed_queue_rate_exponential(&queue);
}

double theory_queue_response(const struct scenario *scenario) {
    struct closed_queue queue = queue_of(scenario);
    return queue.population * theory_queue_exponential(scenario) - queue.away; // Little's law
}

double theory_queue_constant(const struct scenario *scenario) {
    struct closed_queue queue = queue_of(scenario);
    return 1 / closed_queue_rate_constant(&queue);
}

double theory_queue_interrupted(const struct scenario *scenario) {
    struct closed_queue queue = queue_of(scenario);
    REQUIRE(scenario->cluster.events.count == 1);
    const struct incident_plan *event = &scenario->cluster.events.entries[0];
    REQUIRE(event->kind == INCIDENT_SERVER_PAUSE);
    double stops = ns_per_s / distribution_mean(&event->every.law);
    double goes_on = ns_per_s / distribution_mean(&event->duration.law);
    return 1 / closed_queue_rate_interrupted(&queue, stops, goes_on);
}

// ---- bounds and constant times ----

double theory_rate_bound(const struct scenario *scenario) {
    struct closed_queue queue = queue_of(scenario);
    return fmin(queue.population / (queue.away + queue.service), 1 / queue.service);
}

// Means: in the long run no more is received than there is time for.
double theory_server_bound_ns(const struct scenario *scenario) {
    const struct server_options *server = &scenario->cluster.server;
    REQUIRE(theory_threshold(scenario) >= 1);
    double receive_ns = distribution_mean(&server->receive);
    return theory_threshold(scenario) * receive_ns + distribution_mean(&server->update);
}

static double carried_ns(const struct network_options *network, int64_t bits_per_s) {
    REQUIRE(network->message_bytes > 0 && bits_per_s > 0);
    return (double)network->message_bytes * 8 * ns_per_s / (double)bits_per_s;
}

double theory_port_bound_ns(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    return carried_ns(&cluster->network, cluster->server.bandwidth_bits_per_s);
}

double theory_uplink_bound_ns(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    REQUIRE(cluster->groups.count == 1);
    return carried_ns(&cluster->network, cluster->groups.entries[0].uplink_bandwidth_bits_per_s);
}

double theory_sync_barrier_ns(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    const struct network_options *network = &cluster->network;
    bool instant = network->bandwidth_bits_per_s == 0;
    double way_ns = constant_ns(&network->latency) +
                    (instant ? 0 : carried_ns(network, network->bandwidth_bits_per_s));
    return constant_ns(&cluster->compute) + 2 * way_ns +
           cluster->workers * constant_ns(&cluster->server.receive) +
           constant_ns(&cluster->server.update);
}

// ---- staleness ----

static bool pushed_waits(const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    return theory_policy_is(scenario, "k_async") ||
           (theory_policy_is(scenario, "hybrid") && policy->pushed_worker == PUSHED_WAITS);
}

double theory_mean_staleness(const struct scenario *scenario) {
    double threshold = theory_threshold(scenario);
    double others = scenario->cluster.workers - (pushed_waits(scenario) ? threshold : 1);
    return others / threshold;
}

double theory_gradient_staleness(const struct scenario *scenario) {
    double threshold = theory_threshold(scenario);
    REQUIRE(pushed_waits(scenario) || threshold == 1);
    return scenario->cluster.workers - 1 - (threshold - 1) / 2;
}

double theory_slack(const struct scenario *scenario) {
    REQUIRE(theory_policy_is(scenario, "ssp"));
    return (double)scenario->training.policy.slack;
}

double theory_zero(const struct scenario *scenario) {
    REQUIRE(scenario != NULL);
    return 0;
}
