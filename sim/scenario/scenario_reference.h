// SPDX-License-Identifier: GPL-3.0-or-later
// The documentation that the tables yield: those of scenarios/README.md, and a list of keys for the
// terminal.
#pragma once

#include <stdio.h>

#include "sim/scenario/text_buffer.h"
#include "sim/training/training_options.h"

// The keys that apply to a policy, and those that apply to a schedule of a threshold, each with the
// group that it stands in cut off: "threshold, combine", "start, every, increment, counts".
void scenario_list_policy_keys(enum policy policy, struct text_buffer *buffer);
void scenario_list_schedule_keys(enum threshold_schedule schedule, struct text_buffer *buffer);

// The tables of scenarios/README.md in Markdown ("make docs" puts them into the page).
void scenario_write_key_table(FILE *out);
void scenario_write_law_table(FILE *out);
void scenario_write_policy_table(FILE *out);
void scenario_write_schedule_table(FILE *out);
void scenario_write_model_table(FILE *out);
void scenario_write_data_table(FILE *out);

// A list, not a table: the keys that cannot change midway, and why.
void scenario_write_fixed_keys(FILE *out);

// Every key with its default and what is allowed, for people at a terminal.
void scenario_write_keys(FILE *out);
