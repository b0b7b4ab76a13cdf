// SPDX-License-Identifier: GPL-3.0-or-later
// The subcommands of desgd: each is one file command_<name>.c, one line here and one row of
// command_table.c.
#pragma once

#include "sim/cli/command.h"

extern const struct command command_advise;
extern const struct command command_bench;
extern const struct command command_check;
extern const struct command command_compare;
extern const struct command command_diff;
extern const struct command command_export;
extern const struct command command_figure;
extern const struct command command_report;
extern const struct command command_fit;
extern const struct command command_info;
extern const struct command command_list;
extern const struct command command_merge;
extern const struct command command_recover;
extern const struct command command_replay;
extern const struct command command_run;
extern const struct command command_sweep;
extern const struct command command_tell;
extern const struct command command_validate;
extern const struct command command_verify;

extern const struct command_set command_table;

// The command of this name; NULL, after a message that names what may be meant, for another one.
const struct command *command_find(const char *name);
