// SPDX-License-Identifier: GPL-3.0-or-later
// cluster.groups: workers that differ from the others, by names.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const struct value_type value_groups; // struct worker_group_list
