// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_semantics.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_past.h"
#include "sim/training/aggregation.h"

static bool falls_back(const struct scenario *scenario) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    const struct rate_options *rate = &scenario->training.optimizer.rate;
    return scenario_computes(scenario) && rate->counts == RATE_COUNTS_GRADIENTS &&
           (rate->schedule != RATE_CONSTANT || rate->warm_up > 1) &&
           policy_table[scenario->training.policy.policy].averaging.family ==
               AVERAGING_FAMILY_OVERLAP;
}

static bool steps_behind_its_pull(const struct scenario *scenario) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    const struct policy_options *policy = &scenario->training.policy;
    return scenario_computes(scenario) && policy_table[policy->policy].averaging.has_gradient &&
           policy->averaging.gradient == ELASTIC_BEFORE;
}

// ---- ssp: can one gradient of a worker overtake another? ----

static bool is_constant(const struct distribution *law) {
    REQUIRE(law->law < LAW_COUNT);
    return law->law == LAW_CONSTANT;
}

// Whether a draw of the law can be 0 ns.
static bool may_be_nothing(const struct distribution *law) {
    return distribution_least(law) < 1;
}

static bool keeps_slack(const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    return policy->policy == POLICY_SSP && policy->slack != SLACK_UNLIMITED;
}

// Under these a worker may start anew while a gradient of its own is on the way, and what it then
// computes may be cancelled.
static bool discards(const struct scenario *scenario) {
    return aggregation_discards(&scenario->training.policy);
}

// Whether a worker may have several gradients on the way to the server.
static bool has_several_under_way(const struct scenario *scenario) {
    return !aggregation_waits(&scenario->training.policy) || discards(scenario);
}

// Whether all gradients of a worker take as long on their way, and none sets out with the one
// before it, so that a draw would put the two in order.
static bool keeps_order(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    bool random = scenario->ties == TIES_RANDOM && cluster->compute_per_sample_ns == 0;
    bool keeps = is_constant(&cluster->network.latency) && !cluster_options_lose(cluster) &&
                 !(random && may_be_nothing(&cluster->compute));
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        const struct worker_group *group = &cluster->groups.entries[i];
        const struct distribution *compute =
            group->compute.own ? &group->compute.law : &cluster->compute;
        keeps = keeps && (!group->latency.own || is_constant(&group->latency.law)) &&
                (!group->uplink_latency.own || is_constant(&group->uplink_latency.law)) &&
                !(random && distribution_least(compute) * group->slowdown < 1);
    }
    return keeps;
}

static bool has_same_way(const struct scenario *a, const struct scenario *b) {
    REQUIRE(is_constant(&a->cluster.network.latency));
    const struct network_options *left = &a->cluster.network;
    const struct network_options *right = &b->cluster.network;
    return left->latency.parameters[0] == right->latency.parameters[0] &&
           left->bandwidth_bits_per_s == right->bandwidth_bits_per_s &&
           a->cluster.server.bandwidth_bits_per_s == b->cluster.server.bandwidth_bits_per_s &&
           left->message_bytes == right->message_bytes &&
           memcmp(&a->cluster.groups, &b->cluster.groups, sizeof a->cluster.groups) == 0;
}

static bool overtakes(const struct scenario *scenario) {
    struct scenario_phase *phases = NULL;
    size_t count = scenario_past_phases(scenario, &phases);
    bool slack = keeps_slack(scenario);
    bool several = has_several_under_way(scenario);
    bool in_order = keeps_order(scenario);
    for (size_t i = 0; i < count; i++) {
        const struct scenario *earlier = &phases[i].scenario;
        slack = slack || keeps_slack(earlier);
        several = several || has_several_under_way(earlier);
        in_order = in_order && keeps_order(earlier) && has_same_way(earlier, scenario) &&
                   !discards(earlier);
    }
    memory_free(phases);
    return slack && several && !(in_order && !discards(scenario));
}

static const struct {
    int32_t semantics;
    bool (*concerns)(const struct scenario *scenario);
    const char *rule;
} rules[] = {
    {2, falls_back,
     "under cocod and overlap_local_sgd, 'rate.counts: gradients' counts a worker's own steps on "
     "while an average becomes a version"},
    {2, steps_behind_its_pull,
     "under easgd with 'gradient: before', weight decay and distance are taken at the parameters "
     "at which the gradient was computed"},
    {2, overtakes, "under ssp, a worker's clock counts its gradients received without a gap"},
};

enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

int32_t scenario_least_semantics(const struct scenario *scenario) {
    REQUIRE(scenario != NULL);
    int32_t least = 1;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rules[i].semantics > least && rules[i].concerns(scenario)) {
            least = rules[i].semantics;
        }
    }
    return least;
}

enum status scenario_check_rules(const char *name, const struct scenario *scenario,
                                 struct error *error) {
    REQUIRE(name != NULL && scenario->semantics >= 1);
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rules[i].semantics > scenario->semantics && rules[i].concerns(scenario)) {
            return error_set(error, STATUS_BAD_DATA,
                             "%s: asks for the rules of 'semantics: %" PRId32
                             "', and one of them has changed: since %" PRId32
                             ", %s; the program that made it has the old rule, and without the key "
                             "'semantics' the scenario runs under the new one",
                             name, scenario->semantics, rules[i].semantics, rules[i].rule);
        }
    }
    return STATUS_OK;
}
