// SPDX-License-Identifier: GPL-3.0-or-later
// What the theory says of a scenario: one function for each closed form, which reads from the
// scenario what the formula needs and nothing else. What each stands for, its source and its unit
// are in the rows that use it (validation_rows_times.c and its siblings). Requires, of all: a
// scenario of the kind that the form is about; a threshold is constant.
#pragma once

#include "sim/scenario/scenario.h"

// Time per update in s: theory_times.c.
double theory_order_statistic(const struct scenario *scenario);
double theory_harmonic(const struct scenario *scenario);
double theory_uniform_rank(const struct scenario *scenario);
double theory_local_period(const struct scenario *scenario);
double theory_stragglers_finish(const struct scenario *scenario);
double theory_batch_form(const struct scenario *scenario);
double theory_availability(const struct scenario *scenario);
double theory_slow_phases(const struct scenario *scenario);
double theory_down_share(const struct scenario *scenario); // a share, up to the end of the run

// A parameter server: theory_server.c. Times in s, or in ns where they are exact.
double theory_queue_exponential(const struct scenario *scenario);
double theory_queue_response(const struct scenario *scenario);
double theory_queue_constant(const struct scenario *scenario);
double theory_queue_interrupted(const struct scenario *scenario);
double theory_rate_bound(const struct scenario *scenario);         // gradients/s
double theory_server_bound_ns(const struct scenario *scenario);    // per update
double theory_port_bound_ns(const struct scenario *scenario);      // likewise
double theory_uplink_bound_ns(const struct scenario *scenario);    // likewise
double theory_sync_barrier_ns(const struct scenario *scenario);    // likewise
double theory_mean_staleness(const struct scenario *scenario);     // versions
double theory_gradient_staleness(const struct scenario *scenario); // gradients
double theory_slack(const struct scenario *scenario);              // gradients
double theory_zero(const struct scenario *scenario);

// Messages and averages: theory_messages.c.
double theory_attempts(const struct scenario *scenario);
double theory_time_outs(const struct scenario *scenario);     // s a message
double theory_retries(const struct scenario *scenario);       // a reduction
double theory_all_reduce_ns(const struct scenario *scenario); // a reduction
double theory_local_period_ns(const struct scenario *scenario);
double theory_hierarchical_period_ns(const struct scenario *scenario);
double theory_overlapped_period_ns(const struct scenario *scenario);

// The noisy quadratic (models/quadratic.h): theory_training.c.
double theory_variance(const struct scenario *scenario);
double theory_variance_local(const struct scenario *scenario);
double theory_variance_momentum(const struct scenario *scenario);
double theory_variance_delayed(const struct scenario *scenario);
double theory_read_square_random(const struct scenario *scenario);
double theory_bias(const struct scenario *scenario);
double theory_bias_random(const struct scenario *scenario);
double theory_stable(const struct scenario *scenario); // 1: below the edge; else 0
double theory_spread(const struct scenario *scenario);

bool theory_policy_is(const struct scenario *scenario, const char *name);

// K of a policy with a constant threshold; of others the number of gradients in an update.
int32_t theory_threshold(const struct scenario *scenario);
