// SPDX-License-Identifier: GPL-3.0-or-later
// A log on its way from the child that has read it to the parent (confinement.h).
#pragma once

#include <stdbool.h>

#include "sim/runlog/confinement.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog.h"

// Sends the log, which is empty afterwards, or receives it into an empty one. False: there is less
// than a log, text does not end, or an enum or bool is none. What the rows hold is not looked at
// (runlog_check.h).
bool runlog_pass(struct runlog *log, struct passage *passage);

// Whether a whole log that was received has as many workers, samples and values as it says.
bool runlog_counts_fit(const struct runlog *log);

bool runlog_pass_provenance(struct provenance *provenance, struct passage *passage);
