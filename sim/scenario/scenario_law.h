// SPDX-License-Identifier: GPL-3.0-or-later
// Laws of times in a scenario: "200 ms" or "{law: uniform, min: 180 ms, max: 220 ms}".
#pragma once

#include "sim/base/distribution.h"
#include "sim/scenario/scenario_key.h"
#include "sim/scenario/scenario_law_map.h"
#include "sim/scenario/scenario_law_parameter.h"

// Members of the map that are keys of the schema themselves ("cluster.delay.who") are left to their
// own reader. All that is wrong with a law is told together.
extern const struct value_type value_law;   // struct distribution
extern const struct value_type value_delay; // the law in struct delay_options, or none
