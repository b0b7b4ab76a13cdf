// SPDX-License-Identifier: GPL-3.0-or-later
// The fitting of laws as text: a table, what to beware of, and the map for a scenario.
#pragma once

#include <stdio.h>

#include "sim/report/fit_report.h"

void fit_print_report(FILE *out, const struct fit_report *report);

// "cluster:" and what is below it, with the law that was chosen; where none fits times of a CSV
// file, a comment with the law of these times themselves.
void fit_print_map(FILE *out, const struct fit_report *report);

// The same as JSON.
void fit_print_json(FILE *out, const struct fit_report *report);
