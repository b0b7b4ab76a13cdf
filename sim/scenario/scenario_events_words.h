// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to a cluster in words: who is slow, silent or paused, when, and what share of the
// time that makes.
#pragma once

#include "sim/scenario/scenario.h"

// One sentence for each event, in the order of the scenario. Requires: the scenario is right.
void events_tell(const struct scenario *scenario, void (*tell)(const char *sentence));
