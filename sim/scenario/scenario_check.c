// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "models/data/dataset_catalogue.h"
#include "models/data/random_data.h"
#include "models/data/shard.h"
#include "models/model.h"
#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/scenario/scenario_counterfactual.h"
#include "sim/scenario/scenario_events_check.h"
#include "sim/scenario/scenario_groups_check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_stream_check.h"
#include "sim/scenario/scenario_times.h"
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

// The place of the first of two keys that somebody wrote, or of the whole scenario.
static const struct node *place_of(const struct scenario_places *places, enum scenario_key key,
                                   enum scenario_key other) {
    REQUIRE(places->root != NULL && key < KEY_COUNT && other < KEY_COUNT);
    const struct node *node = places->written[key];
    node = node == NULL ? places->written[other] : node;
    return node == NULL ? places->root : node;
}

static enum status check_semantics(const struct scenario *scenario,
                                   const struct scenario_places *places, struct error *error) {
    if (scenario->semantics <= SCENARIO_SEMANTICS) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_SEMANTICS, KEY_SEMANTICS), error,
                      "run it with the program that wrote it, or leave the key out for the rules "
                      "of this one",
                      "semantics %" PRId32 " are the rules of another version of desgd; this one "
                      "follows semantics 1 to %d",
                      scenario->semantics, SCENARIO_SEMANTICS);
}

static enum status check_compute(const struct scenario *scenario,
                                 const struct scenario_places *places, struct error *error) {
    if (distribution_mean(&scenario->cluster.compute) > 0 ||
        scenario->cluster.compute_per_sample_ns > 0) {
        return STATUS_OK;
    }
    return scenario_times_refuse_zero(scenario, &scenario->cluster.compute, "cluster.compute",
                                      place_of(places, KEY_COMPUTE, KEY_COMPUTE), error);
}

static enum status check_delay(const struct scenario *scenario,
                               const struct scenario_places *places, struct error *error) {
    const struct cluster_options *cluster = &scenario->cluster;
    if (cluster->delay.workers_count <= cluster->workers) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_DELAY_WORKERS, KEY_WORKERS), error, NULL,
                      "'cluster.delay.workers' is %" PRId32 ", but the cluster has %" PRId32
                      " workers",
                      cluster->delay.workers_count, cluster->workers);
}

static enum status check_loss(const struct scenario *scenario, const struct scenario_places *places,
                              struct error *error) {
    const struct network_options *network = &scenario->cluster.network;
    REQUIRE(network->loss.share >= 0 && network->loss.share < 1 && network->loss.timeout_ns >= 0);
    if (network->loss.share == 0 || network->loss.timeout_ns > 0) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_LOSS_TIMEOUT, KEY_LOSS), error,
                      "for example timeout: 200 ms: it decides the result, so it has no default",
                      "'cluster.network.loss' needs 'cluster.network.timeout', after which a lost "
                      "message is sent again");
}

// With "waits" no more than P gradients are ever in the buffer. All schedules but the constant are
// capped at P by themselves, so a K may lie above when nobody waits; a constant above P is then
// what it says.
static enum status check_reach(const struct scenario *scenario,
                               const struct scenario_places *places, enum scenario_key key,
                               int64_t threshold, struct error *error) {
    REQUIRE(threshold >= THRESHOLD_PRESENT && scenario->cluster.workers > 0);
    const struct policy_options *policy = &scenario->training.policy;
    const struct policy_entry *entry = &policy_table[policy->policy];
    char hint[200];
    if (!aggregation_waits(policy) || threshold <= scenario->cluster.workers) {
        return STATUS_OK;
    }
    snprintf(hint, sizeof hint,
             "with '%s' the buffer never holds more than one gradient per worker: use at most "
             "that%s",
             entry->has_pushed_worker ? "pushed_worker: waits" : entry->name,
             entry->has_pushed_worker ? ", or 'pushed_worker: continues'" : "");
    return node_error(place_of(places, key, KEY_WORKERS), error, hint,
                      "'%s' is %" PRId64 ", but the cluster has %" PRId32 " workers",
                      schema_table[key].key, threshold, scenario->cluster.workers);
}

static enum status check_threshold(const struct scenario *scenario,
                                   const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.policy.threshold.schedule < SCHEDULE_COUNT);
    const struct policy_options *policy = &scenario->training.policy;
    const struct threshold_options *threshold = &policy->threshold;
    const struct schedule_entry *schedule = &schedule_table[threshold->schedule];
    if (!policy_table[policy->policy].has_threshold) {
        return STATUS_OK;
    }
    enum status status = check_reach(scenario, places, KEY_START, threshold->start, error);
    if (status == STATUS_OK &&
        (schedule->has_way || threshold_is_capped(threshold, scenario->cluster.workers))) {
        status = check_reach(scenario, places, KEY_THRESHOLD_END, threshold->end, error);
    }
    for (int32_t i = 0; status == STATUS_OK && i < threshold->table.count; i++) {
        status =
            check_reach(scenario, places, KEY_TABLE, threshold->table.rows[i].threshold, error);
    }
    return status;
}

// What a schedule looks at must be there to be seen.
static enum status check_schedule(const struct scenario *scenario,
                                  const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.policy.threshold.schedule < SCHEDULE_COUNT);
    const struct policy_options *policy = &scenario->training.policy;
    const struct threshold_options *threshold = &policy->threshold;
    const struct schedule_entry *schedule = &schedule_table[threshold->schedule];
    if (!policy_table[policy->policy].has_threshold) {
        return STATUS_OK;
    }
    if (threshold_reads_loss(policy) && !scenario_computes(scenario)) {
        return node_error(place_of(places, KEY_SCHEDULE, KEY_MODEL), error,
                          "with 'model: none' no gradient is computed, and so no loss",
                          "'schedule: %s' reads the training loss, but there is none",
                          schedule->name);
    }
    bool in_epochs =
        (schedule->has_counts && threshold->counts == COUNTS_EPOCHS) ||
        (schedule->has_formula && expression_uses(&threshold->formula, THRESHOLD_VARIABLE_EPOCH));
    if (in_epochs && !scenario_has_data(scenario)) {
        return node_error(
            place_of(places, schedule->has_formula ? KEY_FORMULA : KEY_COUNTS, KEY_MODEL), error,
            "let it run over gradients, updates or time",
            "'model: %s' has no data, so that an epoch has no length", scenario->model);
    }
    return STATUS_OK;
}

// What belongs to one minibatch has no meaning for several.
static enum status check_local_steps(const struct scenario *scenario,
                                     const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.policy.local_steps > 1);
    const struct optimizer_options *optimizer = &scenario->training.optimizer;
    const char *what = optimizer->weight_decay > 0 ? "training.weight_decay"
                       : optimizer->momentum > 0 && optimizer->momentum_place == MOMENTUM_AT_WORKER
                           ? "training.momentum_at: worker"
                       : scenario->log.samples ? "log.samples"
                                               : NULL;
    if (what == NULL) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_LOCAL_STEPS, KEY_POLICY), error,
                      "use one local step, or leave that out",
                      "'%s' is about one minibatch, but 'policy.local_steps' takes %" PRId64
                      " for a gradient",
                      what, scenario->training.policy.local_steps);
}

static enum status check_policy(const struct scenario *scenario,
                                const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    const struct policy_options *policy = &scenario->training.policy;
    int32_t workers = scenario->cluster.workers;
    if (policy->policy == POLICY_BACKUP && policy->backup_workers >= workers) {
        return node_error(place_of(places, KEY_BACKUP_WORKERS, KEY_WORKERS), error,
                          "at least one worker must be waited for",
                          "'policy.backup_workers' is %" PRId32 ", but the cluster has %" PRId32
                          " workers",
                          policy->backup_workers, workers);
    }
    if (policy->policy == POLICY_N_SOFTSYNC && policy->splits > workers) {
        return node_error(place_of(places, KEY_SPLITS, KEY_WORKERS), error,
                          "an update takes P/n gradients, rounded down: that would be none",
                          "'policy.splits' is %" PRId32 ", but the cluster has %" PRId32 " workers",
                          policy->splits, workers);
    }
    if (policy->policy == POLICY_FEDBUFF && policy->local_steps > 1) {
        enum status status = check_local_steps(scenario, places, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (policy->policy == POLICY_SSP && policy->read == READ_CACHED &&
        policy->slack == SLACK_UNLIMITED) {
        return node_error(
            place_of(places, KEY_READ, KEY_SLACK), error, "use 'read: newest', or a slack",
            "with 'slack: unlimited' nothing is ever too old, and with 'read: cached' "
            "no worker would read anything but version 0");
    }
    return STATUS_OK;
}

static enum status check_clusters(const struct scenario *scenario,
                                  const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.policy.averaging.cluster_size > 0);
    REQUIRE(scenario->training.policy.averaging.cluster_steps > 0);
    const struct averaging_options *averaging = &scenario->training.policy.averaging;
    if (scenario->cluster.workers % averaging->cluster_size != 0) {
        return node_error(place_of(places, KEY_CLUSTER_SIZE, KEY_WORKERS), error,
                          "clusters are equally large, so that the mean of their means is the mean "
                          "of all",
                          "%" PRId32 " workers cannot be divided into clusters of %" PRId32,
                          scenario->cluster.workers, averaging->cluster_size);
    }
    if (averaging->steps % averaging->cluster_steps != 0) {
        return node_error(
            place_of(places, KEY_CLUSTER_STEPS, KEY_STEPS), error,
            "so that an average of all workers takes the place of some averages of a cluster",
            "'policy.steps' (%" PRId64 ") must be a multiple of "
            "'policy.cluster_steps' (%" PRId64 ")",
            averaging->steps, averaging->cluster_steps);
    }
    return STATUS_OK;
}

static enum status check_averaging(const struct scenario *scenario,
                                   const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    const struct policy_options *policy = &scenario->training.policy;
    const struct averaging_entry *entry = &policy_table[policy->policy].averaging;
    bool exchanges = entry->family == AVERAGING_FAMILY_EXCHANGE;
    if (entry->family == AVERAGING_FAMILY_NONE) {
        return STATUS_OK;
    }
    if (!exchanges && scenario->cluster.network.all_reduce == ALL_REDUCE_NONE) {
        return node_error(place_of(places, KEY_ALL_REDUCE, KEY_POLICY), error,
                          "use ring, tree or server, or a policy with a parameter server",
                          "'%s' averages models by an all-reduce, but the network has links to a "
                          "parameter server alone",
                          policy_table[policy->policy].name);
    }
    if (entry->has_adapt_every && !scenario_computes(scenario)) {
        return node_error(place_of(places, KEY_POLICY, KEY_MODEL), error,
                          "use a model, or k_avg with a fixed number of steps",
                          "'%s' follows the training loss, of which `model: none` has none",
                          policy_table[policy->policy].name);
    }
    bool waits_for_average = entry->family == AVERAGING_FAMILY_PERIODIC;
    if (!waits_for_average && scenario->training.optimizer.momentum > 0) {
        return node_error(place_of(places, KEY_MOMENTUM, KEY_POLICY), error,
                          "use k_avg, post_local, adacomm or hier_avg, which average it with the "
                          "models, or no momentum",
                          "'%s' has no rule for momentum: %s", policy_table[policy->policy].name,
                          exchanges ? "the centre pulls models alone"
                                    : "its averages come while the workers step");
    }
    return entry->has_clusters ? check_clusters(scenario, places, error) : STATUS_OK;
}

static enum status check_without_data(const struct scenario *scenario,
                                      const struct scenario_places *places, struct error *error) {
    REQUIRE(!scenario_has_data(scenario));
    if (scenario_computes(scenario) && scenario->evaluation.by_count.kind == END_EPOCHS) {
        return node_error(place_of(places, KEY_EVALUATION_EVERY, KEY_MODEL), error,
                          "evaluate at times, or after numbers of updates or gradients",
                          "'model: %s' has no data, so that an epoch has no length",
                          scenario->model);
    }
    if (scenario->end.kind != END_EPOCHS) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_END, KEY_MODEL), error,
                      "end it at a time, or after a number of updates or gradients",
                      "'model: %s' has no data, so that an epoch has no length", scenario->model);
}

// node_error at a place of the scenario, or one sentence where there is no place to show.
__attribute__((format(printf, 6, 7))) static enum status
tell(const struct scenario_places *places, enum scenario_key key, enum scenario_key other,
     struct error *error, const char *hint, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (places != NULL) {
        return node_error(place_of(places, key, other), error, hint, "%s", text);
    }
    return error_set(error, STATUS_BAD_DATA, "%s%s%s", text, hint == NULL ? "" : ": ",
                     hint == NULL ? "" : hint);
}

// A user's own data may lack the last classes of a net.
static bool classes_fit(const struct scenario *scenario, int32_t of_model, int32_t of_data) {
    bool own = dataset_catalogue_format(scenario->data.name) == DATASET_OWN;
    return own ? of_model >= of_data : of_model == of_data;
}

// Numbers in a row have no shape of their own; pixels have, and channels that stand last would be
// taken for rows.
static enum status check_shape(const struct scenario *scenario, const struct dataset_entry *data,
                               const size_t shape[3], const struct scenario_places *places,
                               struct error *error) {
    bool is_row = data->channels == 1 && data->height == 1;
    if (is_row || (shape[0] == data->channels && shape[1] == data->height)) {
        return STATUS_OK;
    }
    return tell(places, KEY_MODEL, KEY_DATA_NAME, error, NULL,
                "the model '%s' takes inputs of %zu x %zu x %zu (channels, height, width), but a "
                "sample of '%s' has %zu x %zu x %zu",
                scenario->model, shape[0], shape[1], shape[2], data->name, data->channels,
                data->height, data->width);
}

static enum status check_fit(const struct scenario *scenario, const struct dataset_entry *data,
                             const struct scenario_places *places, struct error *error) {
    REQUIRE(data->input_count > 0 && data->class_count > 0);
    const struct model_entry *entry = model_catalogue_find(scenario->model);
    if (entry->family == MODEL_OF_ANY_DATA) {
        return STATUS_OK;
    }
    const struct model_options options =
        scenario_model_options(scenario, data->input_count, data->class_count);
    struct model *model = model_create(&options);
    INVARIANT(model != NULL);
    size_t inputs = model_input_count(model);
    size_t shape[3];
    model_input_shape(model, shape);
    int32_t classes = model_class_count(model);
    model_destroy(model);
    if (inputs == data->input_count && classes_fit(scenario, classes, data->class_count)) {
        return check_shape(scenario, data, shape, places, error);
    }
    return tell(places, KEY_MODEL, KEY_DATA_NAME, error, NULL,
                "the model '%s' takes %zu inputs and tells %" PRId32
                " classes apart, but a sample of '%s' has %zu inputs and one of %" PRId32
                " classes",
                scenario->model, inputs, classes, data->name, data->input_count, data->class_count);
}

static enum status check_shards(const struct scenario *scenario, const struct dataset_entry *data,
                                const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->cluster.workers > 0);
    int32_t workers = scenario->cluster.workers;
    if (scenario->data.shards == SHARDS_WHOLE || (size_t)workers <= data->train_count) {
        return STATUS_OK;
    }
    return tell(places, KEY_WORKERS, KEY_DATA_SHARDS, error,
                "use fewer workers, or 'shards: whole'",
                "%" PRId32 " workers cannot share the %zu training samples of '%s'", workers,
                data->train_count, data->name);
}

static enum status check_batch(const struct scenario *scenario, const struct dataset_entry *data,
                               const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->training.batch > 0 && scenario->cluster.workers > 0);
    int32_t workers = scenario->cluster.workers;
    const char *remedy = "use a smaller batch, fewer workers, or 'shards: whole'";
    size_t least = shard_least_count(scenario->data.shards, data->train_count, workers);
    if ((size_t)scenario->training.batch <= least) {
        return STATUS_OK;
    }
    if (scenario->data.shards == SHARDS_DIRICHLET) {
        return tell(places, KEY_BATCH, KEY_WORKERS, error, remedy,
                    "'training.batch' is %" PRId32 ", but %zu samples for %" PRId32
                    " workers are only %zu each",
                    scenario->training.batch, data->train_count, workers, least);
    }
    return tell(places, KEY_BATCH, KEY_WORKERS, error, remedy,
                "'training.batch' is %" PRId32
                ", but the smallest shard has %zu samples (%zu for %" PRId32 " workers)",
                scenario->training.batch, least, data->train_count, workers);
}

// Of a user's own data all are evaluated where there are fewer.
static enum status check_samples(const struct scenario *scenario, const struct dataset_entry *data,
                                 const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->evaluation.test_samples >= 0 && scenario->evaluation.train_samples >= 0);
    const struct evaluation_options *evaluation = &scenario->evaluation;
    if (dataset_catalogue_format(scenario->data.name) == DATASET_OWN) {
        return STATUS_OK;
    }
    if ((size_t)evaluation->test_samples > data->test_count) {
        return tell(places, KEY_TEST_SAMPLES, KEY_DATA_NAME, error, NULL,
                    "'evaluation.test_samples' is %" PRId32 ", but the test set of '%s' has %zu",
                    evaluation->test_samples, data->name, data->test_count);
    }
    if ((size_t)evaluation->train_samples > data->train_count) {
        return tell(places, KEY_TRAIN_SAMPLES, KEY_DATA_NAME, error, NULL,
                    "'evaluation.train_samples' is %" PRId32
                    ", but the training set of '%s' has %zu",
                    evaluation->train_samples, data->name, data->train_count);
    }
    return STATUS_OK;
}

static enum status check_evaluations(const struct scenario *scenario,
                                     const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->evaluation.every_ns >= 0);
    int64_t every_ns = scenario->evaluation.every_ns;
    if (!scenario_computes(scenario) || scenario->end.kind != END_TIME || every_ns == 0 ||
        scenario->end.time_ns / every_ns <= EVALUATIONS_MAX) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_EVALUATION_EVERY, KEY_END), error,
                      "use a longer time, or 0 s to evaluate only at the start and the end",
                      "'evaluation.every' makes %" PRId64 " evaluations up to the end; at most %d",
                      scenario->end.time_ns / every_ns, EVALUATIONS_MAX);
}

enum status scenario_check_data(const struct scenario *scenario, const struct dataset_entry *data,
                                const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario_has_data(scenario) && data != NULL);
    enum status status = check_fit(scenario, data, places, error);
    if (status == STATUS_OK && !data_options_stream(&scenario->data)) {
        status = check_shards(scenario, data, places, error);
    }
    if (status == STATUS_OK && !data_options_stream(&scenario->data)) {
        status = check_batch(scenario, data, places, error);
    }
    return status == STATUS_OK ? check_samples(scenario, data, places, error) : status;
}

static enum status check_random_data(const struct scenario *scenario,
                                     const struct scenario_places *places, struct error *error) {
    REQUIRE(scenario->data.classes > 0 && scenario->data.samples > 0);
    const struct random_data_options options = {.features = scenario->data.features,
                                                .classes = scenario->data.classes,
                                                .samples = scenario->data.samples};
    const char *wrong = random_data_check(&options);
    return wrong == NULL
               ? STATUS_OK
               : node_error(place_of(places, KEY_DATA_FEATURES, KEY_DATA_CLASSES), error, wrong,
                            "there are no random data with %" PRId32 " features, %" PRId32
                            " classes and %" PRId32 " samples",
                            options.features, options.classes, options.samples);
}

static enum status check_path(const struct scenario *scenario, const struct scenario_places *places,
                              struct error *error) {
    if (scenario->data.path.text[0] != 0) {
        return STATUS_OK;
    }
    return node_error(place_of(places, KEY_DATA_PATH, KEY_DATA_NAME), error,
                      "for example data: {name: file, path: my_data.h5}",
                      "'data.name: file' needs 'data.path'");
}

static enum status check_learning(const struct scenario *scenario,
                                  const struct scenario_places *places, struct error *error) {
    struct dataset_entry data = data_options_expect(&scenario->data);
    enum dataset_format format = dataset_catalogue_format(scenario->data.name);
    if (format == DATASET_OWN) {
        return check_path(scenario, places, error);
    }
    enum status status = format == DATASET_RANDOM   ? check_random_data(scenario, places, error)
                         : format == DATASET_STREAM ? stream_check(scenario, places, error)
                                                    : STATUS_OK;
    return status == STATUS_OK ? scenario_check_data(scenario, &data, places, error) : status;
}

static enum status check_model(const struct scenario *scenario,
                               const struct scenario_places *places, struct error *error) {
    return scenario_has_data(scenario) ? check_learning(scenario, places, error)
                                       : check_without_data(scenario, places, error);
}

// What is looked at first is told first.
static enum status (*const checks[])(const struct scenario *, const struct scenario_places *,
                                     struct error *) = {
    check_semantics,      check_compute,     check_delay,    groups_check, events_check,
    check_loss,           check_threshold,   check_schedule, check_policy, check_averaging,
    counterfactual_check, check_evaluations, check_model};

enum status scenario_check(const struct scenario *scenario, const struct scenario_places *places,
                           struct error *error) {
    REQUIRE(scenario != NULL && places->root != NULL);
    struct mistakes mistakes = {0};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct error wrong;
        if (checks[i](scenario, places, &wrong) != STATUS_OK) {
            mistakes_add(&mistakes, places->root, places->root, &wrong);
        }
    }
    return mistakes_finish(&mistakes, error);
}
