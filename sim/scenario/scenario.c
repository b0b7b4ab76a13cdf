// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario.h"

#include <string.h>

const char *const ties_names[TIES_COUNT] = {[TIES_FIFO] = "fifo", [TIES_RANDOM] = "random"};

const char *const arithmetic_names[ARITHMETIC_COUNT] = {[ARITHMETIC_OPENBLAS] = "openblas"};

bool scenario_computes(const struct scenario *scenario) {
    return strcmp(scenario->model, "none") != 0;
}
