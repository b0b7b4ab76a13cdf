// SPDX-License-Identifier: GPL-3.0-or-later
// The one table of keys that a scenario may hold: what each means, which values it takes, what it
// is when nobody writes it, and where it goes in struct scenario. Parser, messages, canonical form
// and documentation are all made from it.
#ifndef DESGD_SCENARIO_SCENARIO_SCHEMA_H
#define DESGD_SCENARIO_SCENARIO_SCHEMA_H

#include <stdbool.h>

#include "sim/scenario/scenario_key.h"

// In the order of the canonical form; the keys of a group stand together.
enum scenario_key {
    KEY_TITLE,
    KEY_SEED,
    KEY_END,
    KEY_MODEL,
    KEY_HIDDEN,
    KEY_DIMENSION,
    KEY_CURVATURE,
    KEY_NOISE,
    KEY_DATA_NAME,
    KEY_DATA_SHARDS,
    KEY_DATA_ALPHA,
    KEY_DATA_FEATURES,
    KEY_DATA_CLASSES,
    KEY_DATA_SAMPLES,
    KEY_DATA_SEED,
    KEY_DATA_PATH,
    KEY_DATA_TEST_SHARE,
    KEY_BATCH,
    KEY_LEARNING_RATE,
    KEY_RATE_SCHEDULE,
    KEY_RATE_EVERY,
    KEY_RATE_FACTOR,
    KEY_RATE_OVER,
    KEY_RATE_LEAST,
    KEY_RATE_WARM_UP,
    KEY_RATE_COUNTS,
    KEY_RATE_SCALING,
    KEY_RATE_OF,
    KEY_MOMENTUM,
    KEY_NESTEROV,
    KEY_MOMENTUM_AT,
    KEY_WEIGHT_DECAY,
    KEY_POLICY,
    KEY_SCHEDULE,
    KEY_EVERY,
    KEY_START,
    KEY_INCREMENT,
    KEY_COUNTS,
    KEY_LAST,
    KEY_OVER,
    KEY_STEEPNESS,
    KEY_TABLE,
    KEY_FORMULA,
    KEY_WINDOW,
    KEY_COMBINE,
    KEY_PUSHED_WORKER,
    KEY_BACKUP_WORKERS,
    KEY_LATE,
    KEY_SPLITS,
    KEY_STALE_WEIGHT,
    KEY_SLACK,
    KEY_READ,
    KEY_LOCAL_STEPS,
    KEY_SERVER_RATE,
    KEY_LAMBDA,
    KEY_ADAPTIVE,
    KEY_DECAY,
    KEY_PER,
    KEY_STEP_DECAY,
    KEY_STEPS,
    KEY_CLUSTER_STEPS,
    KEY_CLUSTER_SIZE,
    KEY_AFTER,
    KEY_ADAPT_EVERY,
    KEY_WEIGHTS,
    KEY_PULL,
    KEY_ELASTIC_GRADIENT,
    KEY_EVALUATE,
    KEY_WORKERS,
    KEY_COMPUTE,
    KEY_DELAY,
    KEY_DELAY_WORKERS,
    KEY_DELAY_WHO,
    KEY_LATENCY,
    KEY_BANDWIDTH,
    KEY_MESSAGE,
    KEY_ALL_REDUCE,
    KEY_NETWORK_CLUSTER,
    KEY_INTER_LATENCY,
    KEY_INTER_BANDWIDTH,
    KEY_RECEIVE,
    KEY_UPDATE,
    KEY_REPLY,
    KEY_START_UP,
    KEY_EVALUATION_EVERY,
    KEY_TEST_SAMPLES,
    KEY_TRAIN_SAMPLES,
    KEY_LOG_EVENTS,
    KEY_LOG_SAMPLES,
    KEY_LOG_GRADIENTS,
    KEY_TIES,
    KEY_SEMANTICS,
    KEY_ARITHMETIC,
    KEY_PAST,
    KEY_COUNT,
};

extern const struct schema_key schema_table[KEY_COUNT];

// The value of a key when nothing is written, as YAML: of some it depends on the policy, whose name
// is then read before.
const char *schema_fallback(enum scenario_key key, const struct scenario *scenario);

// The key with this dotted name, or KEY_COUNT.
enum scenario_key schema_find(const char *dotted);

// True for "policy", "policy.threshold": the path of a map that holds further keys.
bool schema_is_group(const char *dotted);

// True if the key stands inside the map of another one ("cluster.delay.who" in "cluster.delay").
bool schema_is_inside(enum scenario_key inner, enum scenario_key outer);

// "prefix.word"; a name that is too long comes out cut, and is then unknown like any other.
enum { SCHEMA_DOTTED_SIZE = 128 };
const char *schema_join(const char *prefix, const char *word, char dotted[SCHEMA_DOTTED_SIZE]);

// The words that may stand in the map "prefix" ("" for the top), each once, in order.
void schema_list_members(const char *prefix, struct word_list *list);

#endif
