// SPDX-License-Identifier: GPL-3.0-or-later
// How a run is brought to its end.
#pragma once

#include "sim/simulation/simulation_state.h"

// Rows of what is still open, the totals of the workers, the last words to the sinks; then nothing
// is held any more.
void simulation_end(struct simulation *sim, struct simulation_result *result);
