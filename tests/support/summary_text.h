// SPDX-License-Identifier: GPL-3.0-or-later
// What is printed of a summary, as a text: two summaries are the same if all that is printed is.
#pragma once

#include <stdio.h>

#include "sim/report/summary.h"

// print: summary_print or summary_print_json. To be released with free.
char *summary_text(const struct summary *summary, double wall_seconds,
                   void (*print)(FILE *out, const struct summary *summary, double wall_seconds));
