// SPDX-License-Identifier: GPL-3.0-or-later
// The completion of command lines in a shell, from the tables of commands and of keys.
#pragma once

#include <stdio.h>

#include "sim/cli/command.h"

// Scripts that the shells load: commands, options, the words that an option takes, files, and the
// keys of --set with the words that they take.
void completion_write_bash(FILE *out, const struct command_set *set);
void completion_write_zsh(FILE *out, const struct command_set *set);
