// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/incident_plan.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/worker_groups.h"

enum { ALL_MEMBERS = INT32_MAX, MIDPOINTS = 10000 };

static int64_t draw(const struct incident_sequence *sequence, const struct distribution *law,
                    enum rng_purpose purpose, int64_t index) {
    REQUIRE(index >= 0 && index <= UINT32_MAX);
    int64_t span_ns = 0;
    if (!distribution_is_constant(law, &span_ns)) {
        const struct incident_plan *plan = sequence->plan;
        uint64_t name = fingerprint_bytes(plan->name, strlen(plan->name));
        int32_t actor = plan->together || sequence->worker < 0 ? ALL_MEMBERS : sequence->worker;
        struct rng_stream stream;
        rng_stream_init(&stream, sequence->seed ^ name, purpose, (uint32_t)actor, (uint32_t)index,
                        0);
        span_ns = distribution_sample(law, &stream);
    }
    ENSURE(span_ns >= 0);
    return span_ns;
}

// When the incident of this index begins, the one before it having begun and ended so.
static int64_t begin_of(const struct incident_sequence *sequence, int64_t index, int64_t began_ns,
                        int64_t ended_ns) {
    const struct incident_plan *plan = sequence->plan;
    int64_t every_ns = 0;
    if (!plan->every.own || index > UINT32_MAX) {
        return SIM_TIME_NEVER;
    }
    if (distribution_is_constant(&plan->every.law, &every_ns)) {
        return sim_time_add(began_ns, every_ns);
    }
    return sim_time_add(ended_ns, draw(sequence, &plan->every.law, RNG_INCIDENT_GAP, index));
}

struct incident_sequence incident_sequence_begin(const struct incident_plan *plan, uint64_t seed,
                                                 int64_t start_up_ns, int32_t worker, int32_t place,
                                                 int32_t event) {
    REQUIRE(plan->at.own || plan->every.own);
    REQUIRE(place >= 0 && plan->stagger_ns >= 0);
    struct incident_sequence sequence = {
        .plan = plan, .seed = seed, .start_up_ns = start_up_ns, .worker = worker, .event = event};
    if (__builtin_mul_overflow(plan->stagger_ns, (int64_t)place, &sequence.offset_ns)) {
        sequence.next_began_ns = SIM_TIME_NEVER;
        return sequence;
    }
    int64_t start_ns = sim_time_add(start_up_ns, sequence.offset_ns);
    sequence.next_began_ns = plan->at.own ? sim_time_add(plan->at.span_ns, sequence.offset_ns)
                                          : begin_of(&sequence, 0, start_ns, start_ns);
    return sequence;
}

// What is not said is 1.
static struct link_factors link_of(const struct incident_plan *plan) {
    REQUIRE(plan->kind == INCIDENT_LINK);
    return (struct link_factors){.bandwidth = plan->bandwidth.own ? plan->bandwidth.number : 1,
                                 .latency = plan->latency.own ? plan->latency.number : 1,
                                 .loss = plan->loss.own ? plan->loss.number : 1};
}

struct incident incident_sequence_next(struct incident_sequence *sequence) {
    REQUIRE(sequence->next_began_ns != SIM_TIME_NEVER);
    const struct incident_plan *plan = sequence->plan;
    int64_t index = sequence->next_index++;
    int64_t began_ns = sequence->next_began_ns;
    int64_t ended_ns = SIM_TIME_NEVER;
    if (plan->duration.own) {
        ended_ns =
            sim_time_add(began_ns, draw(sequence, &plan->duration.law, RNG_INCIDENT_SPAN, index));
    }
    sequence->next_began_ns = begin_of(sequence, index + 1, began_ns, ended_ns);
    if (ended_ns > sequence->next_began_ns) {
        ended_ns = sequence->next_began_ns;
    }
    ENSURE(ended_ns >= began_ns && sequence->next_began_ns >= began_ns);
    struct incident incident = {.began_ns = began_ns,
                                .ended_ns = ended_ns,
                                .worker = sequence->worker,
                                .event = sequence->event,
                                .kind = plan->kind,
                                .factor = plan->kind == INCIDENT_SLOWDOWN ? plan->slowdown : 0};
    if (plan->kind == INCIDENT_LINK) {
        incident.link = link_of(plan);
    }
    return incident;
}

static void members_of_group(const struct cluster_options *options, const char *name, uint64_t seed,
                             struct worker_set *members) {
    int16_t *group_of = worker_groups_create(options, seed);
    REQUIRE(group_of != NULL);
    members->members = memory_allocate((size_t)options->workers, sizeof *members->members);
    for (int32_t worker = 0; worker < options->workers; worker++) {
        if (group_of[worker] >= 0 &&
            strcmp(options->groups.entries[group_of[worker]].name, name) == 0) {
            members->members[members->count++] = worker;
        }
    }
    memory_free(group_of);
}

void incident_plan_members(const struct cluster_options *options, const struct incident_plan *plan,
                           uint64_t seed, struct worker_set *members) {
    REQUIRE(options->workers >= 1);
    *members = (struct worker_set){0};
    if (plan->who.kind == WORKERS_OF_GROUP) {
        members_of_group(options, plan->who.group, seed, members);
    } else if (plan->kind != INCIDENT_SERVER_PAUSE) {
        const struct worker_set_request request = {
            .workers = options->workers, .seed = seed, .name = plan->name};
        worker_set_resolve(&plan->who, &request, members);
    }
}

// The mean of a span that is cut at a bound: the integral of the share that is longer, up to there.
// By midpoints of the fourth root, which are dense where the spans may be short.
static double mean_below(const struct distribution *law, double bound_ns) {
    double sum = 0;
    int64_t span_ns = 0;
    if (distribution_is_constant(law, &span_ns)) {
        return fmin((double)span_ns, bound_ns);
    }
    for (int i = 0; i < MIDPOINTS; i++) {
        double root = (i + 0.5) / MIDPOINTS;
        sum += (1 - distribution_share(law, bound_ns * pow(root, 4))) * pow(root, 3);
    }
    return sum * 4 * bound_ns / MIDPOINTS;
}

double incident_plan_share(const struct incident_plan *plan) {
    REQUIRE(plan->at.own || plan->every.own);
    int64_t every_ns = 0;
    if (!plan->every.own || !plan->duration.own) {
        return 0;
    }
    if (distribution_is_constant(&plan->every.law, &every_ns)) {
        return mean_below(&plan->duration.law, (double)every_ns) / (double)every_ns;
    }
    double lasts = distribution_mean(&plan->duration.law);
    double whole = distribution_mean(&plan->every.law) + lasts;
    return isfinite(lasts) && whole > 0 ? lasts / whole : (double)NAN;
}

double incident_plan_spares(const struct incident_plan *plan, int32_t members, int64_t span_ns) {
    REQUIRE(members >= 1);
    double spared = 1;
    int64_t every_ns = 0;
    if (plan->at.own || !plan->every.own || distribution_is_constant(&plan->every.law, &every_ns)) {
        return (double)NAN;
    }
    for (int32_t i = 0; i < (plan->together ? 1 : members); i++) {
        double left_ns = (double)span_ns - (double)i * (double)plan->stagger_ns;
        spared *= left_ns > 0 ? 1 - distribution_share(&plan->every.law, left_ns) : 1;
    }
    return spared;
}
