// SPDX-License-Identifier: GPL-3.0-or-later
// A scenario from what a user names: a file of YAML, or a log, which holds the scenario that it was
// made of.
#pragma once

#include "sim/scenario/scenario_parse.h"

// As scenario_read_noting; of a log, only settings are noted: the rest is nobody's writing. Errors
// besides, of a log: those of runlog_read; lines and columns are then those of the text in it.
enum status scenario_input_read(const char *path, const struct scenario_setting *settings,
                                size_t setting_count, struct scenario *scenario,
                                struct scenario_notes *notes, struct error *error);
