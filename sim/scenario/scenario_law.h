// SPDX-License-Identifier: GPL-3.0-or-later
// Laws of times in a scenario: "200 ms" or "{law: uniform, min: 180 ms, max: 220 ms}".
#pragma once

#include "sim/base/distribution.h"
#include "sim/scenario/scenario_key.h"

// Plain numbers of a law (a shape, a coefficient of variation) lie between these, where every
// sampler of the table gives finite times.
#define LAW_NUMBER_LEAST 1e-6
#define LAW_NUMBER_MOST 1e6

// Members of the map that are keys of the schema themselves ("cluster.delay.who") are left to their
// own reader. All that is wrong with a law is told together.
extern const struct value_type value_law;   // struct distribution
extern const struct value_type value_delay; // the law in struct delay_options, or none

// Whether a word stands in the map of some law.
bool law_has_member(const char *word);

// Whether a parameter may have this value (a time in ns), and, of one that is no time, what it may
// have: "a number from 1e-06 to 1e+06".
bool law_parameter_allows(const struct law_parameter *parameter, double value);
void law_parameter_write_allowed(const struct law_parameter *parameter, struct text_buffer *buffer);
