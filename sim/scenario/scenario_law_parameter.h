// SPDX-License-Identifier: GPL-3.0-or-later
// One parameter of a law: a time or a number, and what it may be.
#pragma once

#include "sim/base/distribution.h"
#include "sim/scenario/scenario_key.h"

// Plain numbers of a law (a shape, a coefficient of variation) lie between these, where every
// sampler of the table gives finite times.
#define LAW_NUMBER_LEAST 1e-6
#define LAW_NUMBER_MOST 1e6

// Whether a parameter may have this value (a time in ns), and, of one that is no time, what it may
// have: "a number from 1e-06 to 1e+06".
bool law_parameter_allows(const struct law_parameter *parameter, double value);
void law_parameter_write_allowed(const struct law_parameter *parameter, struct text_buffer *buffer);

// Reads the node as the struct law_parameter that is reading->part, into the double that is its
// field. Errors: STATUS_BAD_DATA.
enum status law_parameter_read(struct value_reading *reading);
