// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_applies.h"

#include "models/data/dataset_catalogue.h"
#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/training/threshold_schedule.h"

static const struct policy_entry *policy_of(const struct scenario *scenario) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    return &policy_table[scenario->training.policy.policy];
}

bool applies_always(const struct scenario *scenario) {
    (void)scenario;
    return true;
}

bool applies_title(const struct scenario *scenario) {
    return scenario->title[0] != 0;
}

bool applies_mlp(const struct scenario *scenario) {
    return scenario_has_model(scenario, "mlp");
}

bool applies_quadratic(const struct scenario *scenario) {
    return scenario_has_model(scenario, "quadratic");
}

static bool holds_data(const struct scenario *scenario, enum dataset_format format) {
    return scenario_has_data(scenario) && dataset_catalogue_format(scenario->data.name) == format;
}

bool applies_random_data(const struct scenario *scenario) {
    return holds_data(scenario, DATASET_RANDOM);
}

bool applies_own_data(const struct scenario *scenario) {
    return holds_data(scenario, DATASET_OWN);
}

bool applies_data_alpha(const struct scenario *scenario) {
    return scenario_has_data(scenario) && scenario->data.shards == SHARDS_DIRICHLET;
}

bool applies_threshold(const struct scenario *scenario) {
    return policy_of(scenario)->has_threshold;
}

static const struct schedule_entry *schedule_of(const struct scenario *scenario) {
    REQUIRE(scenario->training.policy.threshold.schedule < SCHEDULE_COUNT);
    static const struct schedule_entry none = {.name = "none"};
    return applies_threshold(scenario)
               ? &schedule_table[scenario->training.policy.threshold.schedule]
               : &none;
}

bool applies_every(const struct scenario *scenario) {
    return schedule_of(scenario)->has_every;
}

bool applies_increment(const struct scenario *scenario) {
    return schedule_of(scenario)->has_increment;
}

bool applies_counts(const struct scenario *scenario) {
    return schedule_of(scenario)->has_counts;
}

bool applies_over(const struct scenario *scenario) {
    return schedule_of(scenario)->has_way;
}

// A step's cap is a key of later versions: it is not said where it caps nothing.
bool applies_threshold_end(const struct scenario *scenario) {
    const struct schedule_entry *schedule = schedule_of(scenario);
    bool capped =
        threshold_is_capped(&scenario->training.policy.threshold, scenario->cluster.workers);
    return schedule->has_way || (schedule->has_increment && capped);
}

bool applies_steepness(const struct scenario *scenario) {
    return schedule_of(scenario)->has_steepness;
}

bool applies_table(const struct scenario *scenario) {
    return schedule_of(scenario)->has_table;
}

bool applies_formula(const struct scenario *scenario) {
    return schedule_of(scenario)->has_formula;
}

bool applies_window(const struct scenario *scenario) {
    return schedule_of(scenario)->has_window;
}

bool applies_pushed_worker(const struct scenario *scenario) {
    return policy_of(scenario)->has_pushed_worker;
}

static bool is_served(const struct scenario *scenario) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    return averaging_table[scenario->training.policy.policy].family == AVERAGING_FAMILY_NONE;
}

bool applies_stale_weight(const struct scenario *scenario) {
    return scenario_computes(scenario) && is_served(scenario) &&
           (policy_of(scenario)->has_stale_weight ||
            scenario->training.policy.stale_weight != STALE_WEIGHT_ONE);
}

bool applies_local_steps(const struct scenario *scenario) {
    return scenario->training.policy.policy == POLICY_FEDBUFF;
}

// What stands at "none" is left out, so that a scenario without it has the same text as ever.
static const struct rate_options *rate_of(const struct scenario *scenario) {
    REQUIRE(scenario->training.optimizer.rate.schedule < RATE_SCHEDULE_COUNT);
    return &scenario->training.optimizer.rate;
}

bool applies_rate_schedule(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->schedule != RATE_CONSTANT;
}

bool applies_rate_every(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->schedule == RATE_STEP;
}

bool applies_rate_over(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->schedule == RATE_COSINE;
}

bool applies_rate_warm_up(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->warm_up > 0;
}

bool applies_rate_counts(const struct scenario *scenario) {
    return applies_rate_schedule(scenario) || applies_rate_warm_up(scenario);
}

bool applies_rate_scaling(const struct scenario *scenario) {
    return scenario_computes(scenario) && is_served(scenario) &&
           rate_of(scenario)->scaling != RATE_SCALING_NONE;
}

bool applies_rate_of(const struct scenario *scenario) {
    return applies_rate_counts(scenario) && applies_local_steps(scenario) &&
           rate_of(scenario)->of != RATE_OF_SERVER;
}

bool applies_momentum(const struct scenario *scenario) {
    return scenario_computes(scenario) && scenario->training.optimizer.momentum > 0;
}

bool applies_momentum_at(const struct scenario *scenario) {
    return applies_momentum(scenario) && is_served(scenario);
}

bool applies_weight_decay(const struct scenario *scenario) {
    return scenario_computes(scenario) && scenario->training.optimizer.weight_decay > 0;
}

bool applies_lambda(const struct scenario *scenario) {
    return scenario_computes(scenario) && policy_of(scenario)->correction == CORRECTION_DELAY;
}

bool applies_decay(const struct scenario *scenario) {
    return applies_lambda(scenario) && scenario->training.policy.correction.adaptive;
}

bool applies_per(const struct scenario *scenario) {
    return applies_decay(scenario) &&
           scenario->training.policy.correction.per != MEAN_SQUARE_PER_SERVER;
}

bool applies_step_decay(const struct scenario *scenario) {
    return scenario_computes(scenario) && policy_of(scenario)->correction == CORRECTION_GAP;
}

static const struct averaging_entry *averaging_of(const struct scenario *scenario) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    return &averaging_table[scenario->training.policy.policy];
}

bool applies_local_models(const struct scenario *scenario) {
    enum averaging_family family = averaging_of(scenario)->family;
    return family != AVERAGING_FAMILY_NONE && family != AVERAGING_FAMILY_EXCHANGE;
}

bool applies_server(const struct scenario *scenario) {
    return !applies_local_models(scenario);
}

bool applies_gradient(const struct scenario *scenario) {
    return averaging_of(scenario)->has_gradient;
}

bool applies_evaluate(const struct scenario *scenario) {
    return scenario_computes(scenario) && applies_gradient(scenario) &&
           scenario->training.policy.averaging.evaluate != ELASTIC_MEAN;
}

bool applies_weights(const struct scenario *scenario) {
    return scenario_has_data(scenario) && applies_local_models(scenario) &&
           scenario->training.policy.averaging.weights != WEIGHTS_EQUAL;
}

bool applies_combine(const struct scenario *scenario) {
    return scenario_computes(scenario) && is_served(scenario);
}

bool applies_steps(const struct scenario *scenario) {
    return averaging_of(scenario)->has_steps;
}

bool applies_cluster_steps(const struct scenario *scenario) {
    return averaging_of(scenario)->has_clusters;
}

bool applies_after(const struct scenario *scenario) {
    return averaging_of(scenario)->has_after;
}

bool applies_adapt_every(const struct scenario *scenario) {
    return averaging_of(scenario)->has_adapt_every;
}

bool applies_alpha(const struct scenario *scenario) {
    return averaging_of(scenario)->has_pull;
}

bool applies_inter_latency(const struct scenario *scenario) {
    return applies_local_models(scenario) && scenario->cluster.network.cluster_size > 0;
}

bool applies_delay(const struct scenario *scenario) {
    return scenario->cluster.delay.present;
}

bool applies_past(const struct scenario *scenario) {
    return scenario->past[0] != 0;
}

bool applies_computing(const struct scenario *scenario) {
    return scenario_computes(scenario);
}

bool applies_learning(const struct scenario *scenario) {
    return scenario_has_data(scenario);
}
