// SPDX-License-Identifier: GPL-3.0-or-later
// Two values (0 and 1) of a key of a scenario, which make two scenarios of one wherever the key
// applies: its default and 2 unless the table has others.
#pragma once

#include "sim/scenario/scenario_schema.h"

const char *key_value(enum scenario_key key, int which);
