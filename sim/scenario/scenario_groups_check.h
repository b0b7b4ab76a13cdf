// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the groups of a cluster can be: who is in them, and how long they take.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_places.h"

// Errors: STATUS_BAD_DATA, at the key of the group that is wrong.
enum status groups_check(const struct scenario *scenario, const struct scenario_places *places,
                         struct error *error);
