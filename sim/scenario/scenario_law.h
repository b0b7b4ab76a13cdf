// SPDX-License-Identifier: GPL-3.0-or-later
// Laws of times in a scenario: "200 ms" or "{law: uniform, min: 180 ms, max: 220 ms}".
#ifndef DESGD_SCENARIO_SCENARIO_LAW_H
#define DESGD_SCENARIO_SCENARIO_LAW_H

#include "sim/base/distribution.h"
#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"
#include "sim/scenario/scenario_schema.h"

// Plain numbers of a law (a shape, a coefficient of variation) lie between these, where every
// sampler of the table gives finite times.
#define LAW_NUMBER_LEAST 1e-6
#define LAW_NUMBER_MOST 1e6

// Reads the value of a key. Members of the map that are keys of the schema themselves
// ("cluster.delay.who") are left to their own reader. Errors: STATUS_BAD_DATA.
enum status law_read(const struct schema_key *key, const struct node *node,
                     struct distribution *distribution, struct error *error);

// "law: uniform, min: 180 ms, max: 220 ms".
void law_write_members(const struct distribution *distribution, struct text_buffer *buffer);

// The same as a value: a constant as a bare time, every other law in braces.
void law_write(const struct distribution *distribution, struct text_buffer *buffer);

#endif
