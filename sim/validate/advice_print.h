// SPDX-License-Identifier: GPL-3.0-or-later
// An advice on the threshold as text and as JSON.
#pragma once

#include <stdio.h>

#include "sim/validate/advice.h"

// title: of the scenario; "" for none. One row for each K, then the reason and what is not known.
void advice_print(FILE *out, const char *title, const struct advice *advice);
void advice_print_json(FILE *out, const struct advice *advice);
