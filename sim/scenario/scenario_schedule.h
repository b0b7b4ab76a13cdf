// SPDX-License-Identifier: GPL-3.0-or-later
// The values under policy.threshold that are no plain numbers: extents in what the schedule counts,
// thresholds that may be "workers", tables and formulas.
#pragma once

#include "sim/scenario/scenario_key.h"

// All but the threshold are read as the schedule counts, which is to be known before.
extern const struct value_type value_extent; // int64_t, in what the schedule counts
extern const struct value_type
    value_threshold; // int64_t, THRESHOLD_WORKERS, of an end THRESHOLD_PRESENT
extern const struct value_type value_table;   // struct threshold_table: pairs of both
extern const struct value_type value_formula; // struct expression

bool schedule_value_is(const struct value_type *type); // one of these
