// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/worker_times.h"

#include <gsl/gsl_integration.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cluster/worker_groups.h"

// Computing and delay add up; one of them is the same every time.
static struct worker_time sum_of(const struct distribution *compute,
                                 const struct delay_options *delay, double factor, double shift) {
    int64_t span_ns = 0;
    if (delay == NULL) {
        return (struct worker_time){compute, factor, shift};
    }
    if (distribution_is_constant(compute, &span_ns)) {
        return (struct worker_time){&delay->law, 1, factor * (double)span_ns + shift};
    }
    INVARIANT(distribution_is_constant(&delay->law, &span_ns));
    return (struct worker_time){compute, factor, (double)span_ns + shift};
}

static bool is_known(const struct distribution *compute, const struct delay_options *delay) {
    int64_t span_ns = 0;
    if (distribution_is_measured(compute)) {
        return false;
    }
    if (!delay->present) {
        return true;
    }
    return !distribution_is_measured(&delay->law) && delay->who == DELAY_FIXED &&
           (distribution_is_constant(compute, &span_ns) ||
            distribution_is_constant(&delay->law, &span_ns));
}

bool worker_times_are_known(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    bool known = is_known(&cluster->compute, &cluster->delay);
    REQUIRE(cluster->groups.count <= GROUPS_MAX);
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        const struct worker_group *group = &cluster->groups.entries[i];
        known = known && !group->delay.own &&
                (!group->compute.own || is_known(&group->compute.law, &cluster->delay));
    }
    return known;
}

struct worker_time *worker_times_create(const struct scenario *scenario) {
    const struct cluster_options *cluster = &scenario->cluster;
    struct worker_time *times = memory_allocate((size_t)cluster->workers, sizeof *times);
    int16_t *groups = worker_groups_create(cluster, scenario_seed(scenario, SEEDS_TIMES));
    int32_t delayed =
        cluster->delay.present ? delay_options_fixed_workers(&cluster->delay, cluster->workers) : 0;
    REQUIRE(!cluster->delay.present || cluster->delay.who == DELAY_FIXED);
    double samples_ns = (double)cluster->compute_per_sample_ns * (double)scenario->training.batch;
    for (int32_t i = 0; i < cluster->workers; i++) {
        const struct worker_group *group =
            groups != NULL && groups[i] >= 0 ? &cluster->groups.entries[groups[i]] : NULL;
        const struct distribution *compute =
            group != NULL && group->compute.own ? &group->compute.law : &cluster->compute;
        double factor = group != NULL ? group->slowdown : 1;
        REQUIRE(group == NULL || !group->delay.own);
        times[i] =
            sum_of(compute, i < delayed ? &cluster->delay : NULL, factor, factor * samples_ns);
    }
    memory_free(groups);
    return times;
}

double worker_time_mean_ns(const struct worker_time *time) {
    return time->factor * distribution_mean(time->law) + time->shift_ns;
}

// ---- order statistics ----

struct race {
    const struct worker_time *times;
    int32_t count, rank;
    double scale_ns;
    double *chances; // (rank): that so many are over; work space
};

// Each further worker is over with chance p: the counts of a sum of Bernoulli variables.
static double chance_of_fewer(const struct race *race, double ns) {
    double sum = 0;
    for (int32_t k = 0; k < race->rank; k++) {
        race->chances[k] = k == 0;
    }
    for (int32_t i = 0; i < race->count; i++) {
        const struct worker_time *time = &race->times[i];
        double p = distribution_share(time->law, (ns - time->shift_ns) / time->factor);
        for (int32_t k = race->rank - 1; k >= 0; k--) {
            race->chances[k] = race->chances[k] * (1 - p) + (k > 0 ? race->chances[k - 1] * p : 0);
        }
    }
    for (int32_t k = 0; k < race->rank; k++) {
        sum += race->chances[k];
    }
    return sum;
}

// Over x in 0..1, t = scale x / (1 - x).
static double chance_over_all_times(double x, void *context) {
    const struct race *race = context;
    double left = 1 - x;
    if (left <= 0) {
        return 0;
    }
    return chance_of_fewer(race, race->scale_ns * x / left) * race->scale_ns / (left * left);
}

double order_statistic_mean_ns(const struct worker_time *times, int32_t count, int32_t rank) {
    REQUIRE(count >= 1 && rank >= 1 && rank <= count);
    double result = 0;
    struct race race = {times, count, rank, worker_time_mean_ns(&times[0]), NULL};
    race.chances = memory_allocate((size_t)rank, sizeof *race.chances);
    gsl_integration_cquad_workspace *space = gsl_integration_cquad_workspace_alloc(500);
    gsl_function chance = {chance_over_all_times, &race};
    gsl_integration_cquad(&chance, 0, 1, 0, 1e-8, space, &result, NULL, NULL);
    gsl_integration_cquad_workspace_free(space);
    memory_free(race.chances);
    ENSURE(result > 0);
    return result;
}
