// SPDX-License-Identifier: GPL-3.0-or-later
// Types of values that say who is meant (sim/cluster/worker_set.h), into a struct worker_choice,
// whose "who" is a key of its own.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const char *const worker_draw_names[WORKER_DRAW_COUNT]; // of that key

extern const struct value_type value_members; // 3, 40 %, [3, 15..24], 15..24
extern const struct value_type value_workers; // the same, or the name of a group
extern const struct value_type value_worker;  // 3: the worker with this number
