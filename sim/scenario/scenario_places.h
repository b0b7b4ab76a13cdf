// SPDX-License-Identifier: GPL-3.0-or-later
// Where each key of a scenario was written.
#pragma once

#include "sim/scenario/scenario_node.h"
#include "sim/scenario/scenario_schema.h"

// NULL: the key has its default. And the whole scenario.
struct scenario_places {
    const struct node *root;
    const struct node *written[KEY_COUNT];
};
