// SPDX-License-Identifier: GPL-3.0-or-later
// Types of values of a part of the cluster that may be its own, or "inherited": those of the
// cluster. And those of an event, which are its own, or none.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const struct value_type value_own_law;        // struct own_law
extern const struct value_type value_own_delay;      // struct own_delay
extern const struct value_type value_own_bandwidth;  // struct own_bandwidth
extern const struct value_type value_own_share;      // struct own_share
extern const struct value_type value_own_time;       // struct own_time
extern const struct value_type value_own_number;     // struct own_number
extern const struct value_type value_law_or_none;    // struct own_law
extern const struct value_type value_number_or_none; // struct own_number
extern const struct value_type value_time_or_none;   // struct own_time
