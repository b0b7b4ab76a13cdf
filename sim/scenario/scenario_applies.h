// SPDX-License-Identifier: GPL-3.0-or-later
// When a key of a scenario means anything. Some hold only for a value that is not the default: what
// stands at none is left out, so that a scenario without it has the same text as ever.
#ifndef DESGD_SCENARIO_SCENARIO_APPLIES_H
#define DESGD_SCENARIO_SCENARIO_APPLIES_H

#include <stdbool.h>

#include "sim/scenario/scenario.h"

bool applies_title(const struct scenario *scenario);
bool applies_always(const struct scenario *scenario);
bool applies_mlp(const struct scenario *scenario);
bool applies_quadratic(const struct scenario *scenario);
bool applies_learning(const struct scenario *scenario);
bool applies_data_alpha(const struct scenario *scenario);
bool applies_random_data(const struct scenario *scenario);
bool applies_own_data(const struct scenario *scenario);
bool applies_computing(const struct scenario *scenario);
bool applies_rate_schedule(const struct scenario *scenario);
bool applies_rate_every(const struct scenario *scenario);
bool applies_rate_over(const struct scenario *scenario);
bool applies_rate_warm_up(const struct scenario *scenario);
bool applies_rate_counts(const struct scenario *scenario);
bool applies_rate_scaling(const struct scenario *scenario);
bool applies_rate_of(const struct scenario *scenario);
bool applies_momentum(const struct scenario *scenario);
bool applies_momentum_at(const struct scenario *scenario);
bool applies_weight_decay(const struct scenario *scenario);
bool applies_threshold(const struct scenario *scenario);
bool applies_every(const struct scenario *scenario);
bool applies_increment(const struct scenario *scenario);
bool applies_counts(const struct scenario *scenario);
bool applies_threshold_end(const struct scenario *scenario);
bool applies_over(const struct scenario *scenario);
bool applies_steepness(const struct scenario *scenario);
bool applies_table(const struct scenario *scenario);
bool applies_formula(const struct scenario *scenario);
bool applies_window(const struct scenario *scenario);
bool applies_combine(const struct scenario *scenario);
bool applies_pushed_worker(const struct scenario *scenario);
bool applies_stale_weight(const struct scenario *scenario);
bool applies_local_steps(const struct scenario *scenario);
bool applies_lambda(const struct scenario *scenario);
bool applies_decay(const struct scenario *scenario);
bool applies_per(const struct scenario *scenario);
bool applies_step_decay(const struct scenario *scenario);
bool applies_steps(const struct scenario *scenario);
bool applies_cluster_steps(const struct scenario *scenario);
bool applies_after(const struct scenario *scenario);
bool applies_adapt_every(const struct scenario *scenario);
bool applies_weights(const struct scenario *scenario);
bool applies_alpha(const struct scenario *scenario);
bool applies_gradient(const struct scenario *scenario);
bool applies_evaluate(const struct scenario *scenario);
bool applies_delay(const struct scenario *scenario);
bool applies_local_models(const struct scenario *scenario);
bool applies_inter_latency(const struct scenario *scenario);
bool applies_server(const struct scenario *scenario);
bool applies_past(const struct scenario *scenario);

#endif
