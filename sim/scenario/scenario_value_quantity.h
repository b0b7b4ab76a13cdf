// SPDX-License-Identifier: GPL-3.0-or-later
// Types of values with a unit that are no laws: times, shares, rates, sizes, ends.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const struct value_type value_time;           // int64_t ns
extern const struct value_type value_missing;        // int64_t ns; 0: goes_on, MISSING_WAITS: waits
extern const struct value_type value_share;          // double
extern const struct value_type value_share_or_count; // the workers in struct delay_options
extern const struct value_type value_bandwidth;      // int64_t bits per second, 0: unlimited
extern const struct value_type value_message;        // int64_t bytes, -1: as many as the model has
extern const struct value_type value_every;          // struct evaluation_options
extern const struct value_type value_end;            // struct end_options
