// SPDX-License-Identifier: GPL-3.0-or-later
// What no single key shows: combinations of values that make no run.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_places.h"

// Errors: STATUS_BAD_DATA, at the key that is wrong or, where that is a default, at the other key
// involved.
enum status scenario_check(const struct scenario *scenario, const struct scenario_places *places,
                           struct error *error);

// The same for what the data come to once they have been opened: of a user's own file that is known
// only then. places: NULL where the scenario's text is not at hand; the error then is one sentence.
enum status scenario_check_data(const struct scenario *scenario, const struct dataset_entry *data,
                                const struct scenario_places *places, struct error *error);
