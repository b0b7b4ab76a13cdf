// SPDX-License-Identifier: GPL-3.0-or-later
// What is particular in the map of a law of measured times. Of a file:
//   {law: trace, file: times.csv, column: compute_ms, unit: ms, worker: rank}
//   {law: trace, file: run.h5, column: compute_ns, worker: worker}
// and canonical, as a log has it, which needs no file to be read:
//   {law: trace, hash: 0123456789abcdef, column: compute_ms, unit: ms, worker: rank, rows: 5000,
//    min: 150 ms, mean: 205 ms}
// A hash beside a file must be the file's, and so must the rows, min and mean beside both.
#pragma once

#include "sim/base/distribution.h"
#include "sim/scenario/scenario_key.h"

// Reads the map that is the node, of the law that is already in *law; the rest of it changes only
// on success. Errors: STATUS_BAD_DATA; STATUS_NO_INPUT: the file is not there. Requires: error is
// not NULL.
enum status law_times_read(const struct value_reading *reading, struct distribution *law);

// ", hash: 0123456789abcdef, column: compute_ms, unit: ms, rows: 5000", before which
// times_files_show writes the file.
void law_times_write(const struct law_times *times, struct text_buffer *buffer);

// The members of the map that no other law has.
void law_times_list_members(struct word_list *list);
