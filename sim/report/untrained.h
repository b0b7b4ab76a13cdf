// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that end before training begins. Their accuracies are those of the first weights, under
// every policy: a comparison of such runs says nothing, and whoever made them should know.
//
// A run is untrained if no gradient was applied. Workers with models of their own step with each
// gradient that is ready, without waiting for an average: such a run is untrained if none was.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/runlog/runlog.h"

// Whether the workers of that scenario (canonical text) step models of their own.
bool untrained_steps_locally(const char *scenario);

// Told from the evaluations, rows (count) of all of a run: none of them saw another model than the
// first one did. False without any.
bool untrained_by_evaluations(const struct evaluation_row *rows, size_t count);

enum { UNTRAINED_REASON_SIZE = 128 };

// "at 5 s, before its start-up of 22.5 s was over", or "at 0.1 s, before the first update".
const char *untrained_reason(int64_t end_ns, int64_t start_up_ns,
                             char reason[UNTRAINED_REASON_SIZE]);
