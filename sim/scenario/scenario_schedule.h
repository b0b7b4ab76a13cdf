// SPDX-License-Identifier: GPL-3.0-or-later
// The values under policy.threshold that are no plain numbers: extents in what the schedule counts,
// thresholds that may be "workers", tables and formulas. Read and written for scenario_value.
#ifndef DESGD_SCENARIO_SCENARIO_SCHEDULE_H
#define DESGD_SCENARIO_SCENARIO_SCHEDULE_H

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"
#include "sim/scenario/scenario_schema.h"

bool schedule_value_is(enum key_type type); // one of these

// Requires: what the schedule counts has been read. Errors: STATUS_BAD_DATA, at the character of a
// formula that is wrong.
enum status schedule_value_read(const struct schema_key *key, const struct node *node,
                                struct scenario *scenario, struct error *error);

void schedule_value_write(const struct schema_key *key, const struct scenario *scenario,
                          struct text_buffer *buffer);

#endif
