// SPDX-License-Identifier: GPL-3.0-or-later
// What the rows of the tables that grow with a run come to, in a few numbers: two logs with the
// same ones have, as good as certainly, the same rows, and need not both be in memory to be
// compared. (The timeline fingerprint does not count every column.) Samples and values are not in
// them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/runlog/run_sink.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/runlog/runlog_skim.h"

// Plain data; nothing to release.
struct row_hashes {
    uint64_t counts[TABLE_COUNT]; // of rows; only of events, gradients, updates, reductions
    uint64_t hashes[TABLE_COUNT];
    uint32_t events; // whether the log has any
};

// Of a run while it goes on. Borrows the hashes, whose former content does not matter.
struct run_sink row_hashes_sink(struct row_hashes *hashes);

// Of a log in memory.
void row_hashes_of_log(const struct runlog *log, struct row_hashes *hashes);

// Of a log of any length: what is to be asked of runlog_skim. One with samples or values, or that
// another program has changed, is read whole.
struct runlog_skim row_hashes_skim(struct row_hashes *hashes);

// Whether all rows are the same, in the same order; of events only if both have them, or neither.
bool row_hashes_agree(const struct row_hashes *a, const struct row_hashes *b);
