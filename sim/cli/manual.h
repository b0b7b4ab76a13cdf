// SPDX-License-Identifier: GPL-3.0-or-later
// The manual pages, from what the commands' own --help says.
#ifndef DESGD_CLI_MANUAL_H
#define DESGD_CLI_MANUAL_H

#include <stdio.h>

struct command;

// In the language of man(7): desgd-NAME(1) of a command, or desgd(1) of the program for NULL.
void manual_write(FILE *out, const struct command *command);

#endif
