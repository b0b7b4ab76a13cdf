// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_schema_parts.h"

#include "models/data/dataset_catalogue.h"
#include "models/model_catalogue.h"
#include "sim/training/threshold_schedule.h"

static const struct policy_entry *policy_of(const struct scenario *scenario) {
    return &policy_table[scenario->training.policy.policy];
}

static bool holds_always(const struct scenario *scenario) {
    (void)scenario;
    return true;
}

static bool holds_titled(const struct scenario *scenario) {
    return scenario->title[0] != 0;
}

static bool holds_mlp(const struct scenario *scenario) {
    return scenario_has_model(scenario, "mlp");
}

static bool holds_quadratic(const struct scenario *scenario) {
    return scenario_has_model(scenario, "quadratic");
}

static bool holds_data(const struct scenario *scenario, enum dataset_format format) {
    return scenario_has_data(scenario) && dataset_catalogue_format(scenario->data.name) == format;
}

static bool holds_random_data(const struct scenario *scenario) {
    return holds_data(scenario, DATASET_RANDOM);
}

static bool holds_own_data(const struct scenario *scenario) {
    return holds_data(scenario, DATASET_OWN);
}

static bool holds_alpha(const struct scenario *scenario) {
    return scenario_has_data(scenario) && scenario->data.shards == SHARDS_DIRICHLET;
}

static bool holds_threshold(const struct scenario *scenario) {
    return policy_of(scenario)->has_threshold;
}

static const struct schedule_entry *schedule_of(const struct scenario *scenario) {
    static const struct schedule_entry none = {.name = "none"};
    return holds_threshold(scenario) ? &schedule_table[scenario->training.policy.threshold.schedule]
                                     : &none;
}

static bool holds_every(const struct scenario *scenario) {
    return schedule_of(scenario)->has_every;
}

static bool holds_increment(const struct scenario *scenario) {
    return schedule_of(scenario)->has_increment;
}

static bool holds_counts(const struct scenario *scenario) {
    return schedule_of(scenario)->has_counts;
}

static bool holds_way(const struct scenario *scenario) {
    return schedule_of(scenario)->has_way;
}

// A step's cap is a key of later versions: it is not said where it caps nothing.
static bool holds_end(const struct scenario *scenario) {
    const struct schedule_entry *schedule = schedule_of(scenario);
    bool capped =
        threshold_is_capped(&scenario->training.policy.threshold, scenario->cluster.workers);
    return schedule->has_way || (schedule->has_increment && capped);
}

static bool holds_steepness(const struct scenario *scenario) {
    return schedule_of(scenario)->has_steepness;
}

static bool holds_table(const struct scenario *scenario) {
    return schedule_of(scenario)->has_table;
}

static bool holds_formula(const struct scenario *scenario) {
    return schedule_of(scenario)->has_formula;
}

static bool holds_window(const struct scenario *scenario) {
    return schedule_of(scenario)->has_window;
}

static bool holds_pushed_worker(const struct scenario *scenario) {
    return policy_of(scenario)->has_pushed_worker;
}

static bool holds_backup(const struct scenario *scenario) {
    return scenario->training.policy.policy == POLICY_BACKUP;
}

static bool holds_softsync(const struct scenario *scenario) {
    return scenario->training.policy.policy == POLICY_N_SOFTSYNC;
}

static bool is_served(const struct scenario *scenario) {
    return averaging_table[scenario->training.policy.policy].family == AVERAGING_FAMILY_NONE;
}

static bool holds_stale_weight(const struct scenario *scenario) {
    return scenario_computes(scenario) && is_served(scenario) &&
           (policy_of(scenario)->has_stale_weight ||
            scenario->training.policy.stale_weight != STALE_WEIGHT_ONE);
}

static bool holds_fedbuff(const struct scenario *scenario) {
    return scenario->training.policy.policy == POLICY_FEDBUFF;
}

static bool holds_ssp(const struct scenario *scenario) {
    return scenario->training.policy.policy == POLICY_SSP;
}

// What stands at "none" is left out, so that a scenario without it has the same text as ever.
static const struct rate_options *rate_of(const struct scenario *scenario) {
    return &scenario->training.optimizer.rate;
}

static bool holds_scheduled_rate(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->schedule != RATE_CONSTANT;
}

static bool holds_step_rate(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->schedule == RATE_STEP;
}

static bool holds_cosine_rate(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->schedule == RATE_COSINE;
}

static bool holds_warm_up(const struct scenario *scenario) {
    return scenario_computes(scenario) && rate_of(scenario)->warm_up > 0;
}

static bool holds_counted_rate(const struct scenario *scenario) {
    return holds_scheduled_rate(scenario) || holds_warm_up(scenario);
}

static bool holds_scaled_rate(const struct scenario *scenario) {
    return scenario_computes(scenario) && is_served(scenario) &&
           rate_of(scenario)->scaling != RATE_SCALING_NONE;
}

static bool holds_local_rate(const struct scenario *scenario) {
    return holds_counted_rate(scenario) && holds_fedbuff(scenario) &&
           rate_of(scenario)->of != RATE_OF_SERVER;
}

static bool holds_momentum(const struct scenario *scenario) {
    return scenario_computes(scenario) && scenario->training.optimizer.momentum > 0;
}

static bool holds_momentum_at(const struct scenario *scenario) {
    return holds_momentum(scenario) && is_served(scenario);
}

static bool holds_weight_decay(const struct scenario *scenario) {
    return scenario_computes(scenario) && scenario->training.optimizer.weight_decay > 0;
}

static bool holds_dc_asgd(const struct scenario *scenario) {
    return scenario_computes(scenario) && policy_of(scenario)->correction == CORRECTION_DELAY;
}

static bool holds_adaptive(const struct scenario *scenario) {
    return holds_dc_asgd(scenario) && scenario->training.policy.correction.adaptive;
}

static bool holds_per_worker(const struct scenario *scenario) {
    return holds_adaptive(scenario) &&
           scenario->training.policy.correction.per != MEAN_SQUARE_PER_SERVER;
}

static bool holds_gap_aware(const struct scenario *scenario) {
    return scenario_computes(scenario) && policy_of(scenario)->correction == CORRECTION_GAP;
}

static const struct averaging_entry *averaging_of(const struct scenario *scenario) {
    return &averaging_table[scenario->training.policy.policy];
}

static bool holds_averaging(const struct scenario *scenario) {
    enum averaging_family family = averaging_of(scenario)->family;
    return family != AVERAGING_FAMILY_NONE && family != AVERAGING_FAMILY_EXCHANGE;
}

static bool holds_server(const struct scenario *scenario) {
    return !holds_averaging(scenario);
}

static bool holds_elastic_gradient(const struct scenario *scenario) {
    return averaging_of(scenario)->has_gradient;
}

static bool holds_centre(const struct scenario *scenario) {
    return scenario_computes(scenario) && holds_elastic_gradient(scenario) &&
           scenario->training.policy.averaging.evaluate != ELASTIC_MEAN;
}

static bool holds_weights(const struct scenario *scenario) {
    return scenario_has_data(scenario) && holds_averaging(scenario) &&
           scenario->training.policy.averaging.weights != WEIGHTS_EQUAL;
}

static bool holds_combine(const struct scenario *scenario) {
    return scenario_computes(scenario) && is_served(scenario);
}

static bool holds_steps(const struct scenario *scenario) {
    return averaging_of(scenario)->has_steps;
}

static bool holds_clusters(const struct scenario *scenario) {
    return averaging_of(scenario)->has_clusters;
}

static bool holds_after(const struct scenario *scenario) {
    return averaging_of(scenario)->has_after;
}

static bool holds_adapt_every(const struct scenario *scenario) {
    return averaging_of(scenario)->has_adapt_every;
}

static bool holds_pull(const struct scenario *scenario) {
    return averaging_of(scenario)->has_pull;
}

static bool holds_inter(const struct scenario *scenario) {
    return holds_averaging(scenario) && scenario->cluster.network.cluster_size > 0;
}

static bool holds_delay(const struct scenario *scenario) {
    return scenario->cluster.delay.present;
}

static bool holds_past(const struct scenario *scenario) {
    return scenario->past[0] != 0;
}

const struct key_condition holds_when_always = {holds_always, ""};
const struct key_condition holds_when_forked = {holds_past, "a run that changed midway"};
const struct key_condition holds_when_titled = {holds_titled, ""};
const struct key_condition holds_when_computing = {scenario_computes, "unless `model: none`"};
const struct key_condition holds_when_learning = {scenario_has_data,
                                                  "unless `model: none` or `quadratic`"};
const struct key_condition holds_when_deep = {holds_mlp, "`model: mlp`"};
const struct key_condition holds_when_quadratic = {holds_quadratic, "`model: quadratic`"};
const struct key_condition holds_when_random_data = {holds_random_data, "`data: {name: random}`"};
const struct key_condition holds_when_own_data = {holds_own_data, "`data: {name: file}`"};
const struct key_condition holds_when_uneven = {holds_alpha, "`shards: dirichlet`"};
const struct key_condition holds_when_threshold = {holds_threshold, "policies with a threshold"};
const struct key_condition holds_when_periodic = {holds_every, "`schedule: step` or `adasync`"};
const struct key_condition holds_when_growing = {holds_increment, "`schedule: step`"};
const struct key_condition holds_when_counting = {holds_counts,
                                                  "all schedules but `constant` and `expression`"};
const struct key_condition holds_when_going = {
    holds_way, "`schedule: linear`, `exponential`, `cosine` or `sigmoid`"};
const struct key_condition holds_when_ending = {
    holds_end, "`schedule: step`, `linear`, `exponential`, `cosine` or `sigmoid`"};
const struct key_condition holds_when_sigmoid = {holds_steepness, "`schedule: sigmoid`"};
const struct key_condition holds_when_table = {holds_table, "`schedule: table`"};
const struct key_condition holds_when_formula = {holds_formula, "`schedule: expression`"};
const struct key_condition holds_when_watching = {holds_window,
                                                  "`schedule: adasync` or `expression`"};
const struct key_condition holds_when_pushing = {holds_pushed_worker, "`policy: {name: hybrid}`"};
const struct key_condition holds_when_backup = {holds_backup, "`policy: {name: backup}`"};
const struct key_condition holds_when_softsync = {holds_softsync, "`policy: {name: n_softsync}`"};
const struct key_condition holds_when_weighting = {
    holds_stale_weight, "policies with a server; of `n_softsync` and `fedbuff` also `one`"};
const struct key_condition holds_when_fedbuff = {holds_fedbuff, "`policy: {name: fedbuff}`"};
const struct key_condition holds_when_ssp = {holds_ssp, "`policy: {name: ssp}`"};
const struct key_condition holds_when_scheduled_rate = {holds_scheduled_rate,
                                                        "a rate that is not constant"};
const struct key_condition holds_when_step_rate = {holds_step_rate, "`rate: {schedule: step}`"};
const struct key_condition holds_when_cosine_rate = {holds_cosine_rate,
                                                     "`rate: {schedule: cosine}`"};
const struct key_condition holds_when_warm_up = {holds_warm_up, "above 0"};
const struct key_condition holds_when_counted_rate = {holds_counted_rate,
                                                      "with a schedule or a warm-up"};
const struct key_condition holds_when_scaled_rate = {holds_scaled_rate,
                                                     "policies with a server, other than none"};
const struct key_condition holds_when_local_rate = {
    holds_local_rate, "`fedbuff` with a schedule or a warm-up, other than server"};
const struct key_condition holds_when_momentum = {holds_momentum, "with momentum"};
const struct key_condition holds_when_momentum_at = {holds_momentum_at,
                                                     "policies with a server, with momentum"};
const struct key_condition holds_when_weight_decay = {holds_weight_decay, "above 0"};
const struct key_condition holds_when_dc_asgd = {holds_dc_asgd, "`dc_asgd`"};
const struct key_condition holds_when_adaptive = {holds_adaptive, "`dc_asgd`, adaptive"};
const struct key_condition holds_when_per_worker = {holds_per_worker,
                                                    "`dc_asgd`, adaptive, other than server"};
const struct key_condition holds_when_gap_aware = {holds_gap_aware, "`gap_aware`"};
const struct key_condition holds_when_served = {holds_server, "policies with a server"};
const struct key_condition holds_when_combining = {holds_combine,
                                                   "policies with a server, unless `model: none`"};
const struct key_condition holds_when_averaging = {holds_averaging, "policies with local models"};
const struct key_condition holds_when_stepping = {holds_steps, "`k_avg` and its like"};
const struct key_condition holds_when_clustered = {holds_clusters, "`policy: {name: hier_avg}`"};
const struct key_condition holds_when_switching = {holds_after, "`policy: {name: post_local}`"};
const struct key_condition holds_when_adapting = {holds_adapt_every, "`policy: {name: adacomm}`"};
const struct key_condition holds_when_pulling = {holds_pull, "`overlap_local_sgd`, `easgd`"};
const struct key_condition holds_when_elastic = {holds_elastic_gradient, "`policy: {name: easgd}`"};
const struct key_condition holds_when_centred = {holds_centre, "`easgd`, other than mean"};
const struct key_condition holds_when_weighing = {
    holds_weights, "policies with local models but `easgd`, with data, other than equal"};
const struct key_condition holds_when_inter = {
    holds_inter, "policies with local models, with a `cluster_size` of the network"};
const struct key_condition holds_when_delayed = {holds_delay, "with a delay"};

const char *schema_word_model(size_t index) {
    if (index == 0) {
        return "none";
    }
    return index <= model_catalogue_count() ? model_catalogue_entry(index - 1)->name : NULL;
}

const char *schema_word_data(size_t index) {
    return index < dataset_catalogue_count() ? dataset_catalogue_entry(index)->name : NULL;
}

const char *schema_word_shards(size_t index) {
    return index < SHARDS_COUNT ? shards_names[index] : NULL;
}

const char *schema_word_policy(size_t index) {
    return index < POLICY_COUNT ? policy_table[index].name : NULL;
}

const char *schema_word_schedule(size_t index) {
    return index < SCHEDULE_COUNT ? schedule_table[index].name : NULL;
}

const char *schema_word_counts(size_t index) {
    return index < COUNTS_COUNT ? threshold_counts_names[index] : NULL;
}

const char *schema_word_combine(size_t index) {
    return index < COMBINE_COUNT ? combine_names[index] : NULL;
}

const char *schema_word_pushed_worker(size_t index) {
    return index < PUSHED_COUNT ? pushed_worker_names[index] : NULL;
}

const char *schema_word_late(size_t index) {
    return index < LATE_WORKERS_COUNT ? late_workers_names[index] : NULL;
}

const char *schema_word_stale_weight(size_t index) {
    return index < STALE_WEIGHT_COUNT ? stale_weight_names[index] : NULL;
}

const char *schema_word_read(size_t index) {
    return index < READ_COUNT ? read_rule_names[index] : NULL;
}

const char *schema_word_rate_schedule(size_t index) {
    return index < RATE_SCHEDULE_COUNT ? rate_schedule_names[index] : NULL;
}

const char *schema_word_rate_counts(size_t index) {
    return index < RATE_COUNTS_COUNT ? rate_counts_names[index] : NULL;
}

const char *schema_word_rate_scaling(size_t index) {
    return index < RATE_SCALING_COUNT ? rate_scaling_names[index] : NULL;
}

const char *schema_word_rate_of(size_t index) {
    return index < RATE_OF_COUNT ? rate_of_names[index] : NULL;
}

const char *schema_word_per(size_t index) {
    return index < MEAN_SQUARE_PLACE_COUNT ? mean_square_place_names[index] : NULL;
}

const char *schema_word_weights(size_t index) {
    return index < WEIGHTS_COUNT ? average_weights_names[index] : NULL;
}

const char *schema_word_evaluate(size_t index) {
    return index < ELASTIC_SUBJECT_COUNT ? elastic_subject_names[index] : NULL;
}

const char *schema_word_momentum_at(size_t index) {
    return index < MOMENTUM_PLACE_COUNT ? momentum_place_names[index] : NULL;
}

const char *schema_word_elastic_gradient(size_t index) {
    return index < ELASTIC_COUNT ? elastic_gradient_names[index] : NULL;
}

const char *schema_word_all_reduce(size_t index) {
    return index < ALL_REDUCE_COUNT ? all_reduce_table[index].name : NULL;
}

const char *schema_word_who(size_t index) {
    static const char *const names[DELAY_WHO_COUNT] = {
        [DELAY_FIXED] = "fixed", [DELAY_RANDOM] = "random"};
    return index < DELAY_WHO_COUNT ? names[index] : NULL;
}

const char *schema_word_ties(size_t index) {
    return index < TIES_COUNT ? ties_names[index] : NULL;
}

const char *schema_word_arithmetic(size_t index) {
    return index < ARITHMETIC_COUNT ? arithmetic_names[index] : NULL;
}
