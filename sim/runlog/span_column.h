// SPDX-License-Identifier: GPL-3.0-or-later
// One column of spans out of a log, as if it had been measured: for laws of measured times, whose
// file may be a log, and for those who fit laws to them.
#pragma once

#include "sim/base/csv_times.h"
#include "sim/base/measured_times.h"
#include "sim/base/status.h"
#include "sim/runlog/runlog.h"

// The columns of /gradients that hold spans which a scenario has a law for.
struct span_column {
    const char *name;
    const char *key; // of a scenario, below "cluster"
};

extern const struct span_column span_columns[];
extern const size_t span_column_count;

// The column of this name; NULL, if there is none, and a message that names the nearest one.
// Errors: STATUS_USAGE.
const struct span_column *span_column_find(const char *name, struct error *error);

// The times in the order of dispatch, with the numbers of their workers as names; the hash is that
// of times and workers, whatever else is in the log. *without: how many workers are left out, since
// all their delays are 0: they are not among the delayed ones; NULL: nobody is left out. *times
// must be zeroed, and stays so on failure. Errors: STATUS_BAD_DATA: the log has no rows with this
// span.
enum status span_column_read(const char *path, const struct runlog *log,
                             const struct span_column *column, struct csv_times *times,
                             int32_t *without, struct error *error);

// Of a law whose file, times->path, is a log by its first bytes: whether it is; then its unit is
// ns, also where it names none (0). Errors: STATUS_BAD_DATA: the unit is another one, there is no
// such column, or the workers are not in the column "worker"; *member is the one that is wrong.
enum status span_column_settle(struct law_times *times, bool *is_log, const char **member,
                               struct error *error);

// measured_times_open of a CSV file or of a log. Errors besides: those of runlog_read_table and
// span_column_settle; STATUS_BAD_DATA: a time longer than SIM_SPAN_MAX_NS.
enum status span_column_open(const struct law_times *times, int32_t workers,
                             struct measured_times **measured, struct error *error);
