// SPDX-License-Identifier: GPL-3.0-or-later
// From an open HDF5 file (hdf5_input.h) to the rows of a log: which objects there must be, and how
// their sizes fit each other. What the values are is for runlog_check.h. For the reader, which does
// this in a child process.
#pragma once

#include "sim/runlog/hdf5_input.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog.h"
#include "sim/runlog/runlog_schema.h"

// Into a zeroed log, which is to be reset also after a failure; provenance may be NULL. False, with
// *input->error set, for anything but a log.
bool runlog_contents_read(struct hdf5_input *input, struct runlog *log,
                          struct provenance *provenance);

// The same, but where runlog_is_read_whole says no: of events, gradients, updates, evaluations and
// reductions only the rows up to that time, no samples, and no parameters.
bool runlog_contents_read_until(struct hdf5_input *input, int64_t until_ns, struct runlog *log);

// By what stands before the rows: whether the end belongs to what is asked for, or another program
// has changed or made the file, so that its rows need not ascend in time.
static inline bool runlog_is_read_whole(const struct runlog *log, int64_t until_ns) {
    return log->altered || until_ns >= log->ending.end_ns;
}

// The tables that grow with the length of a run, as a set: bit 1 << id.
enum {
    RUNLOG_LONG_TABLES =
        1 << TABLE_EVENTS | 1 << TABLE_GRADIENTS | 1 << TABLE_UPDATES | 1 << TABLE_REDUCTIONS
};

// The same in two parts: what does not grow with the length of a run, and then the rows of these
// tables, samples and values.
bool runlog_contents_read_short(struct hdf5_input *input, struct runlog *log,
                                struct provenance *provenance);
bool runlog_contents_read_long(struct hdf5_input *input, struct runlog *log);

// The same, but only header (without layout and parameters), ending (without workers and
// parameters) and one table, which must have at most so many rows (0: any number).
bool runlog_contents_read_table(struct hdf5_input *input, enum runlog_table_id id,
                                uint64_t rows_max, struct runlog *log);

// Whether the file says itself that it is of another format than a log.
bool runlog_contents_of_another_kind(struct hdf5_input *input);
