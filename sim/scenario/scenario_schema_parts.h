// SPDX-License-Identifier: GPL-3.0-or-later
// What the table of keys is put together from: when a key means anything, and the words that it may
// be.
#ifndef DESGD_SCENARIO_SCENARIO_SCHEMA_PARTS_H
#define DESGD_SCENARIO_SCENARIO_SCHEMA_PARTS_H

#include "sim/scenario/scenario_schema.h"

extern const struct key_condition holds_when_always;
extern const struct key_condition holds_when_forked;
extern const struct key_condition holds_when_titled;
extern const struct key_condition holds_when_computing;
extern const struct key_condition holds_when_learning;
extern const struct key_condition holds_when_deep;
extern const struct key_condition holds_when_quadratic;
extern const struct key_condition holds_when_random_data;
extern const struct key_condition holds_when_own_data;
extern const struct key_condition holds_when_uneven;
extern const struct key_condition holds_when_threshold;
extern const struct key_condition holds_when_periodic;
extern const struct key_condition holds_when_growing;
extern const struct key_condition holds_when_counting;
extern const struct key_condition holds_when_going;
extern const struct key_condition holds_when_ending;
extern const struct key_condition holds_when_sigmoid;
extern const struct key_condition holds_when_table;
extern const struct key_condition holds_when_formula;
extern const struct key_condition holds_when_watching;
extern const struct key_condition holds_when_pushing;
extern const struct key_condition holds_when_backup;
extern const struct key_condition holds_when_softsync;
extern const struct key_condition holds_when_weighting;
extern const struct key_condition holds_when_ssp;
extern const struct key_condition holds_when_fedbuff;
extern const struct key_condition holds_when_served;
extern const struct key_condition holds_when_combining;
extern const struct key_condition holds_when_averaging;
extern const struct key_condition holds_when_stepping;
extern const struct key_condition holds_when_clustered;
extern const struct key_condition holds_when_switching;
extern const struct key_condition holds_when_adapting;
extern const struct key_condition holds_when_pulling;
extern const struct key_condition holds_when_elastic;
extern const struct key_condition holds_when_centred;
extern const struct key_condition holds_when_weighing;
extern const struct key_condition holds_when_inter;
extern const struct key_condition holds_when_delayed;
extern const struct key_condition holds_when_scheduled_rate;
extern const struct key_condition holds_when_step_rate;
extern const struct key_condition holds_when_cosine_rate;
extern const struct key_condition holds_when_warm_up;
extern const struct key_condition holds_when_counted_rate;
extern const struct key_condition holds_when_scaled_rate;
extern const struct key_condition holds_when_local_rate;
extern const struct key_condition holds_when_momentum;
extern const struct key_condition holds_when_momentum_at;
extern const struct key_condition holds_when_weight_decay;
extern const struct key_condition holds_when_dc_asgd;
extern const struct key_condition holds_when_adaptive;
extern const struct key_condition holds_when_per_worker;
extern const struct key_condition holds_when_gap_aware;

const char *schema_word_model(size_t index);
const char *schema_word_data(size_t index);
const char *schema_word_shards(size_t index);
const char *schema_word_policy(size_t index);
const char *schema_word_schedule(size_t index);
const char *schema_word_counts(size_t index);
const char *schema_word_combine(size_t index);
const char *schema_word_pushed_worker(size_t index);
const char *schema_word_late(size_t index);
const char *schema_word_stale_weight(size_t index);
const char *schema_word_read(size_t index);
const char *schema_word_rate_schedule(size_t index);
const char *schema_word_rate_counts(size_t index);
const char *schema_word_rate_scaling(size_t index);
const char *schema_word_rate_of(size_t index);
const char *schema_word_per(size_t index);
const char *schema_word_weights(size_t index);
const char *schema_word_evaluate(size_t index);
const char *schema_word_momentum_at(size_t index);
const char *schema_word_elastic_gradient(size_t index);
const char *schema_word_all_reduce(size_t index);
const char *schema_word_who(size_t index);
const char *schema_word_ties(size_t index);
const char *schema_word_arithmetic(size_t index);

#endif
