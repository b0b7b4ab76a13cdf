// SPDX-License-Identifier: GPL-3.0-or-later
// Two values of every key of a scenario, which make two scenarios of one wherever the key applies.
#ifndef DESGD_SUPPORT_KEY_VALUES_H
#define DESGD_SUPPORT_KEY_VALUES_H

#include "sim/scenario/scenario_schema.h"

extern const char *const key_values[KEY_COUNT][2];

#endif
