// SPDX-License-Identifier: GPL-3.0-or-later
// Which plan may take the place of the one in a sweep's folder: the same, or one that has all its
// runs and more. Another sweep's is refused, and so is one with fewer runs: what the folder is
// about is lost only by whoever removes the plan. Of a sweep that tunes the tuning's runs count;
// its rounds follow from them, and a plan with rounds is not taken back to the tuning alone.
// A run whose rules have changed (scenario_semantics.h) is the same run under another hash.
#pragma once

#include "sim/base/status.h"
#include "sim/sweep/sweep_planned.h"

// Judges a plan that is to take the place of another: the text of plan.tsv as it is there (of any
// version; damaged, too: then the runs that can be read count). Errors: STATUS_CANNOT_CREATE: it is
// refused, with what to do.
enum status sweep_growth_judge(const char *path, const char *there,
                               const struct sweep_manifest *next, struct sweep_change *change,
                               struct error *error);
