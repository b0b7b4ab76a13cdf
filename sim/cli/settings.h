// SPDX-License-Identifier: GPL-3.0-or-later
// The repeated options --set KEY=VALUE and --baseline KEY=VALUE.
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/scenario_parse.h"

struct settings {
    struct scenario_setting *items;
    size_t count, capacity;
};

enum { OPTION_SET = 768 };

// A row for the table of a command that takes a scenario.
#define SET_OPTION                                                                                 \
    {                                                                                              \
        "set", OPTION_SET, "KEY=VALUE", 0,                                                         \
            "override a key of the scenario; VALUE is YAML; may be repeated", 0                    \
    }
#define SETTINGS_EXAMPLE "policy.threshold.every=500" // of --set

// Splits "KEY=VALUE"; false without "=", or if nothing is before it.
bool settings_split(struct settings *settings, const char *text);

// The same; then a usage error (exit 64), with an example of the option.
void settings_add(struct settings *settings, struct argp_state *state, const char *option,
                  const char *example, const char *text);
void settings_reset(struct settings *settings);
