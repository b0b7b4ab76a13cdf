// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the events of a cluster can be: what happens, to whom, and when.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_places.h"

// Errors: STATUS_BAD_DATA, at the key of the event that is wrong. Requires: the groups can be.
enum status events_check(const struct scenario *scenario, const struct scenario_places *places,
                         struct error *error);
