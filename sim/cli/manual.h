// SPDX-License-Identifier: GPL-3.0-or-later
// The manual pages, from what the commands' own --help says.
#pragma once

#include <stdio.h>

#include "sim/cli/command.h"

// In the language of man(7): desgd-NAME(1) of a command, and desgd(1) of the program.
void manual_write(FILE *out, const struct command *command);
void manual_write_program(FILE *out, const struct command_set *set);
