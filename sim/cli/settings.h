// SPDX-License-Identifier: GPL-3.0-or-later
// The repeated option --set KEY=VALUE.
#ifndef DESGD_CLI_SETTINGS_H
#define DESGD_CLI_SETTINGS_H

#include <argp.h>
#include <stddef.h>

#include "sim/scenario/scenario_parse.h"

struct settings {
    struct scenario_setting *items;
    size_t count, capacity;
};

// Splits "KEY=VALUE"; a usage error (exit 64) without "=".
void settings_add(struct settings *settings, struct argp_state *state, const char *text);
void settings_reset(struct settings *settings);

#endif
