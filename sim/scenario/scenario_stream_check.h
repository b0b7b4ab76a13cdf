// SPDX-License-Identifier: GPL-3.0-or-later
// What has no meaning for data that store no sample ("data: stream"): epochs, shards, and the
// weights that follow from shards.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_places.h"

// Errors: STATUS_BAD_DATA. Requires: the data are a stream.
enum status stream_check(const struct scenario *scenario, const struct scenario_places *places,
                         struct error *error);
