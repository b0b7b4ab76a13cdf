// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/cluster_options.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/cluster/worker_set.h"

const struct all_reduce_entry all_reduce_table[ALL_REDUCE_COUNT] = {
    [ALL_REDUCE_RING] = {"ring", "2 (m-1) latencies and 2 (m-1)/m models over the slowest link"},
    [ALL_REDUCE_TREE] = {"tree", "2 ceil(log2 m) latencies and as many models"},
    [ALL_REDUCE_SERVER] = {"server", "2 latencies and 2 m models, over the server's own link"},
    [ALL_REDUCE_NONE] = {"none", "links to the parameter server alone: no averages"},
};

struct loss_options network_options_loss(const struct network_options *network,
                                         const struct worker_group *group) {
    REQUIRE(network != NULL);
    struct loss_options loss = network->loss;
    if (group != NULL) {
        loss.share = group->loss.own ? group->loss.share : loss.share;
        loss.timeout_ns = group->timeout.own ? group->timeout.span_ns : loss.timeout_ns;
        loss.backoff = group->backoff.own ? group->backoff.number : loss.backoff;
    }
    return loss;
}

bool cluster_options_lose(const struct cluster_options *cluster) {
    REQUIRE(cluster->groups.count >= 0 && cluster->groups.count <= GROUPS_MAX);
    bool lose = cluster->network.loss.share > 0;
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        const struct own_share *own = &cluster->groups.entries[i].loss;
        lose = lose || (own->own && own->share > 0);
    }
    return lose;
}

bool link_factors_change(const struct link_factors *factors) {
    return factors->bandwidth != 1 || factors->latency != 1 || factors->loss != 1;
}

struct loss_options link_factors_loss(struct loss_options loss,
                                      const struct link_factors *factors) {
    REQUIRE(loss.share >= 0 && loss.share < 1 && factors->loss > 0);
    double share = loss.share * factors->loss;
    loss.share = loss.share < LOSS_MOST ? fmin(share, LOSS_MOST) : loss.share;
    return loss;
}

int64_t link_factors_bandwidth(int64_t bits_per_s, const struct link_factors *factors) {
    REQUIRE(bits_per_s >= 0 && factors->bandwidth > 0);
    double scaled = nearbyint((double)bits_per_s * factors->bandwidth);
    return bits_per_s == 0 ? 0 : (int64_t)fmin(fmax(scaled, 1), 1e18);
}

int32_t network_options_cluster_size(const struct network_options *network, int32_t workers) {
    REQUIRE(workers >= 1 && network->cluster_size >= 0);
    bool one = network->cluster_size == 0 || network->cluster_size > workers;
    return one ? workers : network->cluster_size;
}

int32_t delay_options_fixed_workers(const struct delay_options *delay, int32_t workers) {
    REQUIRE(workers >= 1);
    if (!delay->present) {
        return 0;
    }
    if (delay->workers_is_count) {
        return delay->workers_count < workers ? delay->workers_count : workers;
    }
    return worker_share_count(delay->workers_share, workers);
}

int32_t cluster_options_laws(struct cluster_options *cluster,
                             struct distribution *laws[CLUSTER_LAWS_MAX]) {
    struct distribution *const own[] = {&cluster->compute,
                                        &cluster->delay.law,
                                        &cluster->network.latency,
                                        &cluster->server.receive,
                                        &cluster->server.update,
                                        &cluster->server.reply,
                                        &cluster->network.inter_latency};
    int32_t count = sizeof own / sizeof own[0];
    memcpy(laws, own, sizeof own);
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        struct worker_group *group = &cluster->groups.entries[i];
        laws[count++] = &group->compute.law;
        laws[count++] = &group->delay.delay.law;
        laws[count++] = &group->latency.law;
        laws[count++] = &group->uplink_latency.law;
    }
    for (int32_t i = 0; i < cluster->events.count; i++) {
        laws[count++] = &cluster->events.entries[i].every.law;
        laws[count++] = &cluster->events.entries[i].duration.law;
    }
    ENSURE(count <= CLUSTER_LAWS_MAX);
    return count;
}

bool incident_plans_have(const struct incident_plan_list *plans, enum incident_kind kind) {
    REQUIRE(plans->count >= 0 && plans->count <= INCIDENT_PLANS_MAX && kind < INCIDENT_KIND_COUNT);
    bool have = false;
    for (int32_t i = 0; i < plans->count; i++) {
        have = have || plans->entries[i].kind == kind;
    }
    return have;
}
