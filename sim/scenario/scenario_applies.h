// SPDX-License-Identifier: GPL-3.0-or-later
// When a key of a scenario means anything: bool applies_CONDITION(scenario) for each condition of
// scenario_keys.def.
#pragma once

#include <stdbool.h>

#include "sim/scenario/scenario.h"

#define WHEN(condition, holds) bool applies_##condition(const struct scenario *s);
#define OF_POLICY(condition, policy) WHEN(condition, )
#include "sim/scenario/scenario_keys.def"
