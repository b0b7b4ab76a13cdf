// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "models/data/dataset_catalogue.h"
#include "models/data/random_data.h"
#include "models/model.h"
#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_number.h"

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

static bool holds_growing_threshold(const struct scenario *scenario) {
    return holds_threshold(scenario) &&
           schedule_table[scenario->training.policy.threshold.schedule].has_every;
}

static bool holds_pushed_worker(const struct scenario *scenario) {
    return policy_of(scenario)->has_pushed_worker;
}

static bool holds_delay(const struct scenario *scenario) {
    return scenario->cluster.delay.present;
}

static bool holds_past(const struct scenario *scenario) {
    return scenario->past[0] != 0;
}

static const struct key_condition always = {holds_always, ""};
static const struct key_condition forked = {holds_past, "a run that changed midway"};
static const struct key_condition titled = {holds_titled, ""};
static const struct key_condition computing = {scenario_computes, "unless `model: none`"};
static const struct key_condition learning = {scenario_has_data,
                                              "unless `model: none` or `quadratic`"};
static const struct key_condition deep = {holds_mlp, "`model: mlp`"};
static const struct key_condition quadratic = {holds_quadratic, "`model: quadratic`"};
static const struct key_condition random_data = {holds_random_data, "`data: {name: random}`"};
static const struct key_condition own_data = {holds_own_data, "`data: {name: file}`"};
static const struct key_condition uneven = {holds_alpha, "`shards: dirichlet`"};
static const struct key_condition threshold = {holds_threshold, "policies with a threshold"};
static const struct key_condition growing = {holds_growing_threshold, "`schedule: step`"};
static const struct key_condition pushing = {holds_pushed_worker, "policies with a threshold"};
static const struct key_condition delayed = {holds_delay, "with a delay"};

static const char *word_model(size_t index) {
    if (index == 0) {
        return "none";
    }
    return index <= model_catalogue_count() ? model_catalogue_entry(index - 1)->name : NULL;
}

static const char *word_data(size_t index) {
    return index < dataset_catalogue_count() ? dataset_catalogue_entry(index)->name : NULL;
}

static const char *word_shards(size_t index) {
    return index < SHARDS_COUNT ? shards_names[index] : NULL;
}

static const char *word_policy(size_t index) {
    return index < POLICY_COUNT ? policy_table[index].name : NULL;
}

static const char *word_schedule(size_t index) {
    return index < SCHEDULE_COUNT ? schedule_table[index].name : NULL;
}

static const char *word_counts(size_t index) {
    return index < COUNTS_COUNT ? threshold_counts_names[index] : NULL;
}

static const char *word_combine(size_t index) {
    return index < COMBINE_COUNT ? combine_names[index] : NULL;
}

static const char *word_pushed_worker(size_t index) {
    return index < PUSHED_COUNT ? pushed_worker_names[index] : NULL;
}

static const char *word_who(size_t index) {
    static const char *const names[DELAY_WHO_COUNT] = {
        [DELAY_FIXED] = "fixed", [DELAY_RANDOM] = "random"};
    return index < DELAY_WHO_COUNT ? names[index] : NULL;
}

static const char *word_ties(size_t index) {
    return index < TIES_COUNT ? ties_names[index] : NULL;
}

static const char *word_arithmetic(size_t index) {
    return index < ARITHMETIC_COUNT ? arithmetic_names[index] : NULL;
}

#define AT(field) offsetof(struct scenario, field)
#define ANY_TIME 0, 4e18
#define ANY_COUNT 1, 1e15

const struct schema_key schema_table[KEY_COUNT] = {
    [KEY_TITLE] = {"title", TYPE_TEXT, AT(title), NULL, 0, 0, "\"\"", &titled,
                   "A line for people. Changes nothing, and two runs that differ in it alone are "
                   "the same run."},
    [KEY_SEED] = {"seed", TYPE_SEED, AT(seed), NULL, 0, 0, "1", &always,
                  "Every random draw follows from it; another seed is another repetition."},
    [KEY_END] = {"end", TYPE_END, AT(end), NULL, 0, 0, "100 s", &always,
                 "When the run stops: a time of the cluster, or a number of updates, of applied "
                 "gradients, or of epochs (passes over the training set, in samples of applied "
                 "gradients; a fraction is fine)."},
    [KEY_MODEL] = {"model.name", TYPE_NAME, AT(model), word_model, 0, 0, "mnist_ray", &always,
                   "What is trained; none simulates the timing alone. `model: softmax` is short "
                   "for `model: {name: softmax}`."},
    [KEY_HIDDEN] = {"model.hidden", TYPE_SIZES, AT(mlp), NULL, 1, 65536, "[50]", &deep,
                    "The sizes of the hidden layers, from the input on."},
    [KEY_DIMENSION] = {"model.dimension", TYPE_INT32, AT(quadratic.dimension), NULL, 1, 1e7, "10",
                       &quadratic, "How many parameters there are."},
    [KEY_CURVATURE] = {"model.curvature", TYPE_NUMBER, AT(quadratic.curvature), NULL, 1e-9, 1e9,
                       "1", &quadratic,
                       "The second derivative in every direction; 1/curvature is the learning rate "
                       "that reaches the optimum in one step without noise."},
    [KEY_NOISE] = {"model.noise", TYPE_NUMBER, AT(quadratic.noise), NULL, 0, 1e9, "1", &quadratic,
                   "The standard deviation of each coordinate of a gradient."},
    [KEY_DATA_NAME] = {"data.name", TYPE_NAME, AT(data.name), word_data, 0, 0, "mnist", &learning,
                       "The data set; `data: random` is short for `data: {name: random}`. file: "
                       "one of your own."},
    [KEY_DATA_SHARDS] = {"data.shards", TYPE_CHOICE, AT(data.shards), word_shards, 0, 0, "disjoint",
                         &learning,
                         "disjoint: each worker owns its share of the training set, all alike. "
                         "whole: each draws from all of it. dirichlet: disjoint, but of each class "
                         "the workers have uneven shares by a Dirichlet law; who would have less "
                         "than one batch takes from those who have most."},
    [KEY_DATA_ALPHA] = {"data.alpha", TYPE_NUMBER, AT(data.alpha), NULL, 1e-9, 1e9, "1", &uneven,
                        "The parameter of the Dirichlet law: 100 is nearly even, at 0.1 a worker "
                        "has most of its samples from one or two classes."},
    [KEY_DATA_FEATURES] = {"data.features", TYPE_INT32, AT(data.features), NULL, 1,
                           RANDOM_FEATURES_MAX, "20", &random_data,
                           "Numbers in a sample. Half of them (32 at most) say something by "
                           "themselves, a quarter are linear combinations of these, the rest is "
                           "noise."},
    [KEY_DATA_CLASSES] = {"data.classes", TYPE_INT32, AT(data.classes), NULL, 2,
                          DATASET_CLASSES_MAX, "10", &random_data,
                          "Each has two clusters, around corners of a hypercube."},
    [KEY_DATA_SAMPLES] = {"data.samples", TYPE_INT32, AT(data.samples), NULL, 2, RANDOM_SAMPLES_MAX,
                          "10000", &random_data,
                          "80 % of them are for training, the rest for testing."},
    [KEY_DATA_SEED] = {"data.seed", TYPE_DATA_SEED, AT(data.seed), NULL, 0, 0, "scenario",
                       &random_data,
                       "What the samples follow from; scenario: the scenario's own seed, so that "
                       "every repetition has its own data."},
    [KEY_DATA_PATH] = {"data.path", TYPE_PATH, AT(data.path), NULL, 0, 0, "\"\"", &own_data,
                       "An HDF5 file with /train/inputs, /train/labels, /test/inputs and "
                       "/test/labels, or with /inputs and /labels; or a folder of IDX files, named "
                       "as MNIST's. Relative to the file in which it is written, or else to the "
                       "folder of the data sets. Nothing is verified, but the log keeps a hash."},
    [KEY_DATA_TEST_SHARE] = {"data.test_share", TYPE_SHARE, AT(data.test_share), NULL, 0.001, 0.999,
                             "20 %", &own_data,
                             "Of a file without a test set so many samples become one: always the "
                             "same, whatever the seed."},
    [KEY_BATCH] = {"training.batch", TYPE_INT32, AT(training.batch), NULL, 1, 1e6, "32", &learning,
                   "Samples in a minibatch: one gradient."},
    [KEY_LEARNING_RATE] = {"training.learning_rate", TYPE_NUMBER, AT(training.learning_rate), NULL,
                           0, 1e30, "0.01", &computing, "The step of gradient descent."},
    [KEY_POLICY] = {"policy.name", TYPE_CHOICE, AT(training.policy.policy), word_policy, 0, 0,
                    "async", &always, "When the server applies the gradients that it receives."},
    [KEY_SCHEDULE] = {"policy.threshold.schedule", TYPE_CHOICE,
                      AT(training.policy.threshold.schedule), word_schedule, 0, 0, "constant",
                      &threshold,
                      "How the threshold K, the number of gradients that make an update, moves. "
                      "`threshold: 5` is short for `{schedule: constant, start: 5}`. Of hybrid the "
                      "default is step."},
    [KEY_EVERY] = {"policy.threshold.every", TYPE_INT64, AT(training.policy.threshold.every), NULL,
                   ANY_COUNT, "300", &growing,
                   "K moves by one increment after every so many of what is counted."},
    [KEY_START] =
        {"policy.threshold.start", TYPE_INT64, AT(training.policy.threshold.start), NULL, 1, 1e6,
         "1", &threshold,
         "The first K. Where a worker that has pushed waits, at most the number of workers."},
    [KEY_INCREMENT] = {"policy.threshold.increment", TYPE_INT64,
                       AT(training.policy.threshold.increment), NULL, -1e6, 1e6, "1", &growing,
                       "What is added to K each time; a negative one lets it fall. K stays within "
                       "1 and the number of workers."},
    [KEY_COUNTS] = {"policy.threshold.counts", TYPE_CHOICE, AT(training.policy.threshold.counts),
                    word_counts, 0, 0, "gradients", &growing,
                    "What is counted: gradients received or updates applied."},
    [KEY_COMBINE] = {"policy.combine", TYPE_CHOICE, AT(training.policy.combine), word_combine, 0, 0,
                     "mean", &computing,
                     "An update applies the sum of its gradients, or their mean. Of sync, async "
                     "and hybrid the default is sum."},
    [KEY_PUSHED_WORKER] = {"policy.pushed_worker", TYPE_CHOICE, AT(training.policy.pushed_worker),
                           word_pushed_worker, 0, 0, "waits", &pushing,
                           "A worker that has pushed waits until its gradient is applied, or "
                           "continues at once with the newest parameters."},
    [KEY_WORKERS] = {"cluster.workers", TYPE_INT32, AT(cluster.workers), NULL, 1, WORKERS_MAX, "25",
                     &always, "How many workers compute gradients."},
    [KEY_COMPUTE] = {"cluster.compute", TYPE_LAW, AT(cluster.compute), NULL, 0, 0,
                     "{law: uniform, min: 180 ms, max: 220 ms}", &always,
                     "The time that a worker takes for one gradient, drawn anew for each."},
    [KEY_DELAY] = {"cluster.delay", TYPE_LAW_OR_NONE, AT(cluster.delay), NULL, 0, 0, "none",
                   &always,
                   "An extra time that befalls some workers, drawn anew for each of their "
                   "gradients. The two keys below stand in the same map."},
    [KEY_DELAY_WORKERS] = {"cluster.delay.workers", TYPE_SHARE_OR_COUNT, AT(cluster.delay), NULL, 0,
                           WORKERS_MAX, "50 %", &delayed,
                           "How many are delayed: a share (of 25 workers 50 % are 12) or a count."},
    [KEY_DELAY_WHO] = {"cluster.delay.who", TYPE_CHOICE, AT(cluster.delay.who), word_who, 0, 0,
                       "fixed", &delayed,
                       "fixed: always the first workers. random: each gradient by chance, so that "
                       "on average as many are delayed."},
    [KEY_LATENCY] = {"cluster.network.latency", TYPE_LAW, AT(cluster.network.latency), NULL, 0, 0,
                     "0 s", &always,
                     "The time one way between a worker and the server, drawn anew for each push "
                     "and each reply."},
    [KEY_BANDWIDTH] = {"cluster.network.bandwidth", TYPE_BANDWIDTH,
                       AT(cluster.network.bandwidth_bits_per_s), NULL, 1e3, 1e15, "unlimited",
                       &always, "A message takes its size divided by this, on top of the latency."},
    [KEY_MESSAGE] = {"cluster.network.message", TYPE_MESSAGE, AT(cluster.network.message_bytes),
                     NULL, 0, 1e12, "model", &always,
                     "The size of a push or a reply; model: 4 bytes for each parameter."},
    [KEY_RECEIVE] = {"cluster.server.receive", TYPE_LAW, AT(cluster.server.receive), NULL, 0, 0,
                     "0 s", &always,
                     "The server serves one gradient at a time, first come, first served: this is "
                     "its time for taking one in."},
    [KEY_UPDATE] = {"cluster.server.update", TYPE_LAW, AT(cluster.server.update), NULL, 0, 0, "0 s",
                    &always, "The server's time for one update of the parameters."},
    [KEY_REPLY] = {"cluster.server.reply", TYPE_LAW, AT(cluster.server.reply), NULL, 0, 0, "0 s",
                   &always, "The server's time for one reply to one worker."},
    [KEY_START_UP] = {"cluster.start_up", TYPE_TIME, AT(cluster.start_up_ns), NULL, ANY_TIME, "0 s",
                      &always, "Dead time before the first gradient."},
    [KEY_EVALUATION_EVERY] = {"evaluation.every", TYPE_TIME, AT(evaluation.every_ns), NULL,
                              ANY_TIME, "1 s", &computing,
                              "Loss and accuracy are measured at 0, every so often, and at the "
                              "end; it takes no time of the cluster. 0 s: only at both ends."},
    [KEY_TEST_SAMPLES] =
        {"evaluation.test_samples", TYPE_INT32, AT(evaluation.test_samples), NULL, 0, 1e9, "10000",
         &learning,
         "Measured on the first so many samples of the test set; 0: none. Unless written, "
         "all of them where there are fewer; of `data: file` in any case."},
    [KEY_TRAIN_SAMPLES] =
        {"evaluation.train_samples", TYPE_INT32, AT(evaluation.train_samples), NULL, 0, 1e9, "1000",
         &learning,
         "Measured on the first so many samples of the training set; 0: none. Likewise."},
    [KEY_LOG_EVENTS] = {"log.events", TYPE_BOOL, AT(log.events), NULL, 0, 0, "true", &always,
                        "Keep every event in the log."},
    [KEY_LOG_SAMPLES] = {"log.samples", TYPE_BOOL, AT(log.samples), NULL, 0, 0, "false", &learning,
                         "Keep the sample numbers of every minibatch in the log."},
    [KEY_LOG_GRADIENTS] = {"log.gradients", TYPE_BOOL, AT(log.gradients), NULL, 0, 0, "false",
                           &computing,
                           "Keep every applied gradient itself in the log: for short runs, to hold "
                           "desgd against other programs. Takes four bytes for each parameter of "
                           "each gradient, in memory, too."},
    [KEY_TIES] = {"ties", TYPE_CHOICE, AT(ties), word_ties, 0, 0, "fifo", &always,
                  "Which of two events at the same nanosecond comes first: fifo, the one that was "
                  "scheduled first; random, by a draw from the seed."},
    [KEY_SEMANTICS] = {"semantics", TYPE_INT32, AT(semantics), NULL, 1, 1e6, "1", &always,
                       "The version of the rules that turn a scenario into a run; this program "
                       "knows 1."},
    [KEY_ARITHMETIC] = {"arithmetic", TYPE_CHOICE, AT(arithmetic), word_arithmetic, 0, 0,
                        "portable", &learning,
                        "What computes the gradients. portable: desgd's own kernels, with the same "
                        "bits on every CPU. openblas: matrix products by OpenBLAS."},
    [KEY_PAST] = {"past", TYPE_PAST, AT(past), NULL, 0, 0, "none", &forked,
                  "What was otherwise before: until each of these moments the keys beside it had "
                  "these values. `desgd run --from FILE.h5 --at TIME` writes it. Under training, "
                  "policy and cluster all may change but the batch, the workers and start_up."},
};

const char *schema_fallback(enum scenario_key key, const struct scenario *scenario) {
    switch (key) {
    case KEY_COMBINE:
        return combine_names[policy_of(scenario)->combine];
    case KEY_SCHEDULE:
        return schedule_table[policy_of(scenario)->schedule].name;
    default:
        return schema_table[key].fallback;
    }
}

enum scenario_key schema_find(const char *dotted) {
    enum scenario_key key = 0;
    while (key < KEY_COUNT && strcmp(schema_table[key].key, dotted) != 0) {
        key++;
    }
    return key;
}

static bool stands_below(const char *key, const char *prefix) {
    size_t length = strlen(prefix);
    return length == 0 || (strncmp(key, prefix, length) == 0 && key[length] == '.');
}

bool schema_is_group(const char *dotted) {
    for (int key = 0; key < KEY_COUNT && dotted[0] != 0; key++) {
        if (stands_below(schema_table[key].key, dotted)) {
            return schema_find(dotted) == KEY_COUNT;
        }
    }
    return false;
}

bool schema_is_inside(enum scenario_key inner, enum scenario_key outer) {
    return stands_below(schema_table[inner].key, schema_table[outer].key);
}

void schema_list_members(const char *prefix, struct word_list *list) {
    size_t skip = strlen(prefix) + (prefix[0] != 0);
    list->count = 0;
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!stands_below(schema_table[key].key, prefix)) {
            continue;
        }
        const char *word = schema_table[key].key + skip;
        size_t length = strcspn(word, ".");
        const char *last = list->count == 0 ? "" : list->words[list->count - 1];
        if (strlen(last) == length && strncmp(last, word, length) == 0) {
            continue; // the keys of a group stand together
        }
        REQUIRE(list->count < WORD_LIST_MAX && length < WORD_SIZE);
        snprintf(list->storage[list->count], WORD_SIZE, "%.*s", (int)length, word);
        list->words[list->count] = list->storage[list->count];
        list->count++;
    }
}

void schema_list_words(const struct schema_key *key, struct word_list *list) {
    list->count = 0;
    for (const char *word = NULL; (word = key->word(list->count)) != NULL; list->count++) {
        REQUIRE(list->count < WORD_LIST_MAX);
        list->words[list->count] = word;
    }
}

static void write_words(const struct schema_key *key, struct text_buffer *buffer) {
    struct word_list list;
    schema_list_words(key, &list);
    for (size_t i = 0; i < list.count; i++) {
        const char *between = i == 0 ? "" : i + 1 == list.count ? " or " : ", ";
        text_buffer_add(buffer, "%s%s", between, list.words[i]);
    }
}

static void write_laws(struct text_buffer *buffer) {
    text_buffer_add(buffer,
                    "a time, or a law as in {law: uniform, min: 180 ms, max: 220 ms}; laws:");
    for (int law = 0; law < LAW_COUNT; law++) {
        text_buffer_add(buffer, "%s %s", law == 0 ? "" : ",", law_table[law].name);
    }
}

static void write_time_range(const struct schema_key *key, struct text_buffer *buffer) {
    char least[SIM_TIME_TEXT_SIZE];
    text_buffer_add(buffer, "a time with its unit (ns, us, ms, s, min or h), at least %s",
                    sim_time_format((int64_t)key->least, least));
}

void schema_write_allowed(const struct schema_key *key, struct text_buffer *buffer) {
    char number[NUMBER_TEXT_SIZE];
    switch (key->type) {
    case TYPE_TEXT:
        text_buffer_add(buffer, "one line of at most %d bytes", SCENARIO_TITLE_SIZE - 1);
        break;
    case TYPE_NAME:
    case TYPE_CHOICE:
        write_words(key, buffer);
        break;
    case TYPE_SEED:
        text_buffer_add(buffer, "a whole number, 0 to %" PRIu64, UINT64_MAX);
        break;
    case TYPE_INT32:
    case TYPE_INT64:
        text_buffer_add(buffer, "a whole number, %" PRId64 " to %" PRId64, (int64_t)key->least,
                        (int64_t)key->most);
        break;
    case TYPE_NUMBER:
        text_buffer_add(buffer, "a number, %.15g to ", key->least);
        text_buffer_add(buffer, "%s", number_write(key->most, number));
        break;
    case TYPE_BOOL:
        text_buffer_add(buffer, "true or false");
        break;
    case TYPE_TIME:
        write_time_range(key, buffer);
        break;
    case TYPE_LAW_OR_NONE:
        text_buffer_add(buffer, "none, ");
        write_laws(buffer);
        break;
    case TYPE_LAW:
        write_laws(buffer);
        break;
    case TYPE_SHARE_OR_COUNT:
        text_buffer_add(buffer, "a share, 0 %% to 100 %%, or a count, 0 to the number of workers");
        break;
    case TYPE_BANDWIDTH:
        text_buffer_add(buffer, "unlimited, or a rate as in 10 Gbit/s or 100 MB/s, 1 kbit/s to "
                                "1000 Tbit/s");
        break;
    case TYPE_MESSAGE:
        text_buffer_add(buffer, "model, or a size as in 8 MB or 64 KiB, 0 B to 1 TB");
        break;
    case TYPE_END:
        text_buffer_add(buffer, "100 s, 200 updates, 5000 gradients or 2 epochs");
        break;
    case TYPE_SHARE:
        text_buffer_add(buffer, "a share, %.15g %% to %.15g %%", 100 * key->least, 100 * key->most);
        break;
    case TYPE_DATA_SEED:
        text_buffer_add(buffer, "scenario, or a whole number, 0 to %" PRIu64, UINT64_MAX);
        break;
    case TYPE_PAST:
        text_buffer_add(buffer,
                        "none, or a list as in [{until: 40 s, policy.threshold.every: 300}]");
        break;
    case TYPE_PATH:
        text_buffer_add(buffer, "a path of at most %d bytes", DATA_PATH_SIZE - 1);
        break;
    case TYPE_SIZES:
        text_buffer_add(
            buffer, "a list of 1 to %d whole numbers, %" PRId64 " to %" PRId64 ", as in [50, 20]",
            HIDDEN_MAX, (int64_t)key->least, (int64_t)key->most);
        break;
    }
}
