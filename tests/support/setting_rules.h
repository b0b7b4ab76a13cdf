// SPDX-License-Identifier: GPL-3.0-or-later
// Settings that are right by themselves and wrong together, for tests that make random scenarios.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/scenario_parse.h"

// A past of a policy that cannot change midway, momentum where averages overlap, AdaComm without a
// model, easgd with a threshold, clusters of the network beside uplinks where models are averaged.
bool setting_rules_broken(const struct scenario_setting *settings, size_t count);
