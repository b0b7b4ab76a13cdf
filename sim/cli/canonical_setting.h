// SPDX-License-Identifier: GPL-3.0-or-later
// What a setting of the command line is in the scenarios of runs, which are written canonically:
// 3000 ms is 3 s there.
#pragma once

#include <stddef.h>

#include "sim/report/comparison.h"
#include "sim/scenario/scenario_parse.h"

// The value as a run that has the key would write it; as it is, if no run can have it. Released
// with memory_free.
char *canonical_setting_value(const struct compare_run *runs, size_t count,
                              const struct scenario_setting *setting);

// Fills holding (count): which of the runs have it (setting_match.h).
void canonical_setting_holding(const struct compare_run *runs, size_t count,
                               const struct scenario_setting *setting,
                               enum compare_holding *holding);

// For compare_options: the default that a run's scenario leaves out (setting_match.h).
char *canonical_setting_default(const struct compare_run *run, const char *key,
                                const char *another);
