// SPDX-License-Identifier: GPL-3.0-or-later
// What to beware of before measured times are taken for draws of a law.
#pragma once

#include "sim/report/fit_report.h"

// Calls "tell" for each: whether it is a warning, and a sentence.
void fit_notes(const struct fit_report *report,
               void (*tell)(void *context, bool warning, const char *sentence), void *context);
