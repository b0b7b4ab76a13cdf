// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_groups_check.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/cluster/worker_groups.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_times.h"

static const struct node *place_of(const struct scenario_places *places, const char *group,
                                   const char *word, const char *other) {
    return node_under_name(places->written[KEY_GROUPS], group, word, other);
}

static const char *name_of(const struct scenario *scenario, int32_t group) {
    REQUIRE(group >= 0 && group < scenario->cluster.groups.count);
    return scenario->cluster.groups.entries[group].name;
}

static enum status tell_fault(const struct scenario *scenario, const struct group_fault *fault,
                              const struct node *place, struct error *error) {
    const char *name = name_of(scenario, fault->group);
    int32_t workers = scenario->cluster.workers;
    switch (fault->kind) {
    case GROUP_SAYS_NOBODY:
        return node_error(place, error,
                          "a group says who is in it: workers: 3, workers: 40 %, workers: [3, 7], "
                          "workers: 15..24 or worker: 3",
                          "'cluster.groups.%s' says nothing of who is in it", name);
    case GROUP_DRAWS_NUMBERS:
        return node_error(place, error, "use a count or a share, or leave 'who' out",
                          "'cluster.groups.%s.who' is drawn, but the numbers say who is in it",
                          name);
    case GROUP_NO_SUCH_WORKER:
        return node_error(place, error, NULL,
                          "'cluster.groups.%s' has the worker %" PRId32 ", but the %" PRId32
                          " workers of the cluster are numbered 0 to %" PRId32,
                          name, fault->number, workers, workers - 1);
    case GROUP_TOO_MANY:
        return node_error(place, error, NULL,
                          "'cluster.groups.%s' takes more workers than there are: %" PRId32
                          " of %" PRId32 " are left",
                          name, fault->number, workers);
    case GROUP_NAMES_TWICE:
        return node_error(place, error, NULL,
                          "'cluster.groups.%s' names the worker %" PRId32 " twice", name,
                          fault->number);
    case GROUP_SHARE_OF_NOBODY:
        return node_error(place, error, "a share is rounded down: use a larger one, or a count",
                          "'cluster.groups.%s' is empty: this share of %" PRId32
                          " workers is nobody",
                          name, workers);
    case GROUPS_OVERLAP:
        return node_error(place, error,
                          "nobody is in two groups; a count takes the lowest numbers that no "
                          "earlier group has, so a group with numbers may stand first",
                          "the worker %" PRId32 " is in 'cluster.groups.%s' and in "
                          "'cluster.groups.%s'",
                          fault->number, name_of(scenario, fault->other), name);
    case GROUPS_OK:
        break;
    }
    INVARIANT(fault->kind == GROUPS_OK);
    return STATUS_OK;
}

static enum status check_losses(const struct scenario *scenario,
                                const struct scenario_places *places, struct error *error) {
    const struct worker_group_list *groups = &scenario->cluster.groups;
    REQUIRE(groups->count <= GROUPS_MAX);
    for (int32_t i = 0; i < groups->count; i++) {
        const struct worker_group *group = &groups->entries[i];
        struct loss_options loss = network_options_loss(&scenario->cluster.network, group);
        if (group->loss.own && loss.share > 0 && loss.timeout_ns == 0) {
            return node_error(place_of(places, group->name, "network", "workers"), error,
                              "for example timeout: 200 ms: it decides the result, so it has no "
                              "default",
                              "'cluster.groups.%s.network.loss' needs a 'timeout' beside it or in "
                              "'cluster.network', after which a lost message is sent again",
                              group->name);
        }
    }
    return STATUS_OK;
}

static enum status check_laws(const struct scenario *scenario, const struct scenario_places *places,
                              struct error *error) {
    const struct worker_group_list *groups = &scenario->cluster.groups;
    REQUIRE(groups->count <= GROUPS_MAX);
    for (int32_t i = 0; i < groups->count; i++) {
        const struct worker_group *group = &groups->entries[i];
        if (group->compute.own && distribution_mean(&group->compute.law) <= 0 &&
            scenario->cluster.compute_per_sample_ns == 0) {
            char key[SCHEMA_DOTTED_SIZE];
            snprintf(key, sizeof key, "cluster.groups.%s.compute", group->name);
            return scenario_times_refuse_zero(scenario, &group->compute.law, key,
                                              place_of(places, group->name, "compute", "compute"),
                                              error);
        }
    }
    return STATUS_OK;
}

// Both would say where the racks are.
static enum status check_uplinks(const struct scenario *scenario,
                                 const struct scenario_places *places, struct error *error) {
    const struct worker_group_list *groups = &scenario->cluster.groups;
    REQUIRE(groups->count <= GROUPS_MAX);
    if (!applies_local_models(scenario) || scenario->cluster.network.cluster_size == 0) {
        return STATUS_OK;
    }
    for (int32_t i = 0; i < groups->count; i++) {
        const struct worker_group *group = &groups->entries[i];
        if (group->uplink_latency.own || group->uplink_bandwidth_bits_per_s > 0) {
            return node_error(place_of(places, group->name, "uplink", "workers"), error,
                              "leave one of them out: cluster_size is for racks of equal size, "
                              "joined by links of inter_latency and inter_bandwidth",
                              "'cluster.groups.%s.uplink' and 'cluster.network.cluster_size' each "
                              "say how slow an average is between racks",
                              group->name);
        }
    }
    return STATUS_OK;
}

enum status groups_check(const struct scenario *scenario, const struct scenario_places *places,
                         struct error *error) {
    REQUIRE(scenario->cluster.workers >= 1);
    struct group_fault fault =
        worker_groups_check(&scenario->cluster, scenario_seed(scenario, SEEDS_TIMES));
    if (fault.kind == GROUPS_OK) {
        enum status status = check_laws(scenario, places, error);
        status = status == STATUS_OK ? check_losses(scenario, places, error) : status;
        return status == STATUS_OK ? check_uplinks(scenario, places, error) : status;
    }
    const char *name = name_of(scenario, fault.group);
    bool draws = fault.kind == GROUP_DRAWS_NUMBERS;
    const struct node *place =
        place_of(places, name, draws ? "who" : "workers", draws ? "who" : "worker");
    return tell_fault(scenario, &fault, place, error);
}
