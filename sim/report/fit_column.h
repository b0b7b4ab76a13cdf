// SPDX-License-Identifier: GPL-3.0-or-later
// One column of spans out of a log, as if it had been measured.
#pragma once

#include "sim/base/csv_times.h"
#include "sim/base/status.h"
#include "sim/runlog/runlog.h"

// The columns of /gradients that hold spans which a scenario has a law for.
struct fit_column {
    const char *name;
    const char *key; // of a scenario, below "cluster"
};

extern const struct fit_column fit_columns[];
extern const size_t fit_column_count;

// The column of this name; NULL, if there is none, and a message that names the nearest one.
// Errors: STATUS_USAGE.
const struct fit_column *fit_column_find(const char *name, struct error *error);

// The times in the order of dispatch, with the numbers of their workers as names. *without: how
// many workers are left out, since all their delays are 0: they are not among the delayed ones.
// *times must be zeroed, and stays so on failure. Errors: STATUS_BAD_DATA: the log has no rows with
// this span.
enum status fit_column_read(const char *path, const struct runlog *log,
                            const struct fit_column *column, struct csv_times *times,
                            int32_t *without, struct error *error);
