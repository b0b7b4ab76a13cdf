// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_events_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/incident_plan.h"
#include "sim/cluster/worker_groups.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_message.h"

struct checking {
    const struct scenario *scenario;
    const struct scenario_places *places;
    const struct incident_plan *plan;
    struct error *error;
};

// Where a key of the event was written, or the event itself.
static const struct node *place_of(const struct checking *checking, const char *word) {
    const char *other = strcmp(word, "workers") == 0 ? "worker" : word;
    return node_under_name(checking->places->written[KEY_EVENTS], checking->plan->name, word,
                           other);
}

// "'cluster.events.NAME' " and then what is wrong.
static enum status refuse(const struct checking *checking, const char *word, const char *hint,
                          const char *wrong) {
    REQUIRE(wrong != NULL);
    return node_error(place_of(checking, word), checking->error, hint, "'cluster.events.%s' %s",
                      checking->plan->name, wrong);
}

// ---- what ----

static enum status check_kind(const struct checking *checking) {
    const struct incident_plan *plan = checking->plan;
    if (plan->kind == INCIDENT_KIND_COUNT) {
        return refuse(checking, "event",
                      "as in event: pause; known are slowdown, pause, disconnect, server_pause, "
                      "crash and link",
                      "does not say what happens");
    }
    if (plan->kind == INCIDENT_SLOWDOWN && plan->slowdown < INCIDENT_SLOWDOWN_LEAST) {
        return refuse(checking, "slowdown",
                      "as in slowdown: 3, for a third of the speed; at least "
                      "0.001",
                      plan->slowdown == 0 ? "is a slowdown, but does not say of how much"
                                          : "has a slowdown of less than 0.001");
    }
    if (plan->kind != INCIDENT_SLOWDOWN && plan->slowdown != 0) {
        return refuse(checking, "slowdown", "leave it out, or say event: slowdown",
                      "says how slow it makes the workers, but is no slowdown");
    }
    bool is_told = plan->bandwidth.own || plan->latency.own || plan->loss.own;
    if (plan->kind == INCIDENT_LINK && !is_told) {
        return refuse(checking, "event", "as in bandwidth: 0.5, latency: 5 or loss: 10",
                      "is about links, but does not say what becomes of them");
    }
    if (plan->kind != INCIDENT_LINK && is_told) {
        return refuse(checking,
                      plan->bandwidth.own ? "bandwidth"
                      : plan->latency.own ? "latency"
                                          : "loss",
                      "leave it out, or say event: link",
                      "says what becomes of links, but is no event of theirs");
    }
    if (plan->kind != INCIDENT_CRASH && plan->notice_ns > 0) {
        return refuse(checking, "notice", "leave it out, or say event: crash",
                      "tells the workers before, but is no crash");
    }
    bool has_models = // of the workers' own
        policy_table[checking->scenario->training.policy.policy].aggregation == NULL;
    if (plan->notice_ns > 0 && has_models) {
        return refuse(checking, "notice", "leave it out, or choose a policy that sends gradients",
                      "tells the workers before, but under this policy they have models of their "
                      "own, which are lost in any case");
    }
    if (plan->kind == INCIDENT_SERVER_PAUSE && !applies_server(checking->scenario)) {
        return refuse(checking, "event", "pause or disconnect workers, or choose another policy",
                      "pauses the server, but under this policy the workers average their models "
                      "without one");
    }
    return STATUS_OK;
}

// ---- whom ----

static bool is_group(const struct scenario *scenario, const char *name) {
    const struct worker_group_list *groups = &scenario->cluster.groups;
    REQUIRE(groups->count <= GROUPS_MAX);
    bool found = false;
    for (int32_t i = 0; i < groups->count && !found; i++) {
        found = strcmp(groups->entries[i].name, name) == 0;
    }
    return found;
}

static enum status refuse_fault(const struct checking *checking, enum worker_set_fault fault,
                                int32_t wrong) {
    int32_t workers = checking->scenario->cluster.workers;
    char what[160];
    REQUIRE(fault != WORKER_SET_OK);
    if (fault == WORKER_SET_NO_SUCH_WORKER) {
        snprintf(what, sizeof what,
                 "concerns the worker %" PRId32 ", but the %" PRId32
                 " workers of the cluster are numbered 0 to %" PRId32,
                 wrong, workers, workers - 1);
    } else if (fault == WORKER_SET_TWICE) {
        snprintf(what, sizeof what, "names the worker %" PRId32 " twice", wrong);
    } else {
        snprintf(what, sizeof what, "concerns more workers than there are: %" PRId32, wrong);
    }
    return refuse(checking, "workers", NULL, what);
}

static enum status check_members(const struct checking *checking) {
    const struct incident_plan *plan = checking->plan;
    const struct scenario *scenario = checking->scenario;
    const struct worker_set_request request = {.workers = scenario->cluster.workers,
                                               .seed = scenario_seed(scenario, SEEDS_TIMES),
                                               .name = plan->name};
    int32_t wrong = 0;
    if (plan->who.kind == WORKERS_OF_GROUP) {
        char what[120];
        snprintf(what, sizeof what, "concerns the group '%s', which there is not", plan->who.group);
        return is_group(scenario, plan->who.group)
                   ? STATUS_OK
                   : refuse(checking, "workers",
                            "a count as in 3, a share as in 40 %, numbers as in 15..24 or [3, 7], "
                            "or the name of one of 'cluster.groups'",
                            what);
    }
    enum worker_set_fault fault = worker_set_check(&plan->who, &request, &wrong);
    return fault == WORKER_SET_OK ? STATUS_OK : refuse_fault(checking, fault, wrong);
}

static enum status check_who(const struct checking *checking) {
    const struct incident_plan *plan = checking->plan;
    bool is_said = plan->who.kind != WORKERS_NOT_SAID;
    bool is_choice = plan->who.kind == WORKERS_COUNT || plan->who.kind == WORKERS_SHARE;
    if (plan->kind == INCIDENT_SERVER_PAUSE) {
        return is_said ? refuse(checking, "workers", "leave it out",
                                "pauses the server, and so concerns no workers")
               : plan->who.who == WORKERS_DRAWN
                   ? refuse(checking, "who", "leave it out",
                            "pauses the server, and so draws no workers")
               : plan->together ? refuse(checking, "together", "leave it out",
                                         "pauses the server, which is one alone")
                                : STATUS_OK;
    }
    if (!is_said) {
        return refuse(checking, "workers",
                      "as in worker: 3, workers: 40 %, workers: [3, 7] or workers: 15..24",
                      "does not say whom it concerns");
    }
    if (plan->who.who == WORKERS_DRAWN && !is_choice) {
        return refuse(checking, "who", "use a count or a share, or leave 'who' out",
                      "draws whom it concerns, but the workers are said");
    }
    return check_members(checking);
}

// ---- links ----

static double share_of(const struct checking *checking, const int16_t *group_of, int32_t worker) {
    const struct cluster_options *cluster = &checking->scenario->cluster;
    REQUIRE(worker >= 0 && worker < cluster->workers);
    bool has_group = group_of != NULL && group_of[worker] >= 0;
    const struct worker_group *group =
        has_group ? &cluster->groups.entries[group_of[worker]] : NULL;
    return network_options_loss(&cluster->network, group).share;
}

// A message that is nearly always lost would nearly never arrive.
static enum status check_loss(const struct checking *checking) {
    const struct cluster_options *cluster = &checking->scenario->cluster;
    const struct incident_plan *plan = checking->plan;
    enum status status = STATUS_OK;
    if (plan->kind != INCIDENT_LINK || !plan->loss.own) {
        return STATUS_OK;
    }
    struct worker_set members;
    int16_t *group_of =
        worker_groups_create(cluster, scenario_seed(checking->scenario, SEEDS_TIMES));
    incident_plan_members(cluster, plan, scenario_seed(checking->scenario, SEEDS_TIMES), &members);
    for (int32_t i = 0; i < members.count && status == STATUS_OK; i++) {
        double share = share_of(checking, group_of, members.members[i]) * plan->loss.number;
        if (share > LOSS_MOST) {
            char wrong[120];
            snprintf(wrong, sizeof wrong,
                     "would lose %.4g %% of the messages of worker %" PRId32 "; at most 99 %%",
                     100 * share, members.members[i]);
            status = refuse(checking, "loss", "it is so many times the worker's loss", wrong);
        }
    }
    worker_set_reset(&members);
    memory_free(group_of);
    return status;
}

static int32_t member_count(const struct checking *checking) {
    struct worker_set members;
    incident_plan_members(&checking->scenario->cluster, checking->plan,
                          scenario_seed(checking->scenario, SEEDS_TIMES), &members);
    int32_t count = checking->plan->kind == INCIDENT_SERVER_PAUSE ? 1 : members.count;
    worker_set_reset(&members);
    ENSURE(count >= 0);
    return count;
}

static enum status check_number(const struct checking *checking, int32_t count) {
    REQUIRE(count >= 0);
    if (count == 0) {
        return refuse(checking, "workers", "a share is rounded down: use a larger one, or a count",
                      "concerns nobody");
    }
    if (checking->plan->stagger_ns > 0 && count == 1) {
        return refuse(checking, "stagger", "leave it out, or name more workers",
                      "is staggered, but concerns one alone");
    }
    return STATUS_OK;
}

// ---- when ----

static enum status check_spans(const struct checking *checking) {
    const struct incident_plan *plan = checking->plan;
    int64_t every_ns = 0;
    int64_t lasts_ns = 0;
    if (plan->every.own && !plan->duration.own) {
        return refuse(checking, "every", "as in for: 5 s",
                      "happens again and again, but does not say for how long");
    }
    bool is_periodic = plan->every.own && distribution_is_constant(&plan->every.law, &every_ns);
    bool is_fixed = plan->duration.own && distribution_is_constant(&plan->duration.law, &lasts_ns);
    if (is_fixed && lasts_ns == 0) {
        return refuse(checking, "for", "none: to the end of the run", "lasts no time");
    }
    if (is_periodic && is_fixed && lasts_ns > every_ns) {
        return refuse(checking, "for",
                      "'every' counts from one beginning to the next, if it is a time",
                      "lasts longer than it takes to happen again");
    }
    return STATUS_OK;
}

static enum status check_when(const struct checking *checking) {
    const struct incident_plan *plan = checking->plan;
    const struct scenario *scenario = checking->scenario;
    if (!plan->at.own && !plan->every.own) {
        return refuse(checking, "event", "as in at: 40 s, or every: 30 s",
                      "does not say when it happens");
    }
    if (plan->at.own && scenario->end.kind == END_TIME &&
        plan->at.span_ns >= scenario->end.time_ns) {
        char wrong[120];
        char at[SIM_TIME_TEXT_SIZE];
        char end[SIM_TIME_TEXT_SIZE];
        snprintf(wrong, sizeof wrong, "begins at %s, but the run ends at %s",
                 sim_time_format_sentence(plan->at.span_ns, at),
                 sim_time_format_sentence(scenario->end.time_ns, end));
        return refuse(checking, "at", NULL, wrong);
    }
    return check_spans(checking);
}

// How many there will be, on the average, before the end.
static double expected_count(const struct checking *checking, int32_t members) {
    const struct incident_plan *plan = checking->plan;
    const struct scenario *scenario = checking->scenario;
    int64_t every_ns = 0;
    REQUIRE(members >= 1);
    if (!plan->every.own || scenario->end.kind != END_TIME) {
        return members;
    }
    double from = (double)(plan->at.own ? plan->at.span_ns : scenario->cluster.start_up_ns);
    double cycle = distribution_mean(&plan->every.law);
    if (!distribution_is_constant(&plan->every.law, &every_ns)) {
        cycle += distribution_mean(&plan->duration.law);
    }
    return ((double)scenario->end.time_ns - from) / cycle * members;
}

// How many all of them make.
static enum status check_sum(const struct checking *checking, double expected) {
    REQUIRE(checking->plan == NULL);
    if (expected <= INCIDENTS_MAX) {
        return STATUS_OK;
    }
    return node_error(checking->places->written[KEY_EVENTS], checking->error,
                      "let them happen less often",
                      "'cluster.events' would make about %.2g incidents before the end; at most %d",
                      expected, INCIDENTS_MAX);
}

// Adds how many it makes to *expected.
static enum status check_plan(const struct checking *checking, double *expected) {
    enum status status = check_kind(checking);
    status = status == STATUS_OK ? check_who(checking) : status;
    status = status == STATUS_OK ? check_when(checking) : status;
    if (status != STATUS_OK) {
        return status;
    }
    int32_t members = member_count(checking);
    status = check_number(checking, members);
    status = status == STATUS_OK ? check_loss(checking) : status;
    if (status != STATUS_OK) {
        return status;
    }
    double count = expected_count(checking, members);
    *expected += count;
    if (count > INCIDENTS_MAX) {
        char wrong[120];
        if (isinf(count)) { // no time passes
            snprintf(wrong, sizeof wrong, "would happen again at once, without end");
        } else {
            snprintf(wrong, sizeof wrong,
                     "would happen about %.2g times before the end; at most %d", count,
                     INCIDENTS_MAX);
        }
        return refuse(checking, "every", "let it happen less often", wrong);
    }
    return STATUS_OK;
}

enum status events_check(const struct scenario *scenario, const struct scenario_places *places,
                         struct error *error) {
    REQUIRE(scenario->cluster.events.count <= INCIDENT_PLANS_MAX);
    if (worker_groups_check(&scenario->cluster, scenario_seed(scenario, SEEDS_TIMES)).kind !=
        GROUPS_OK) {
        return STATUS_OK; // that is told first
    }
    enum status status = STATUS_OK;
    double expected = 0;
    for (int32_t i = 0; i < scenario->cluster.events.count && status == STATUS_OK; i++) {
        const struct checking checking = {.scenario = scenario,
                                          .places = places,
                                          .plan = &scenario->cluster.events.entries[i],
                                          .error = error};
        status = check_plan(&checking, &expected);
    }
    const struct checking all = {.scenario = scenario, .places = places, .error = error};
    return status == STATUS_OK ? check_sum(&all, expected) : status;
}
