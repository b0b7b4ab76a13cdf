// SPDX-License-Identifier: GPL-3.0-or-later
// Where the rows of a log are taken from while its file is made: from memory, or from something
// that is longer than memory (runlog_journal_rows.h).
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/runlog.h"
#include "sim/runlog/runlog_schema.h"

// The tables by their ids, and what goes with /gradients, row by row.
enum runlog_series { SERIES_SAMPLES = TABLE_COUNT, SERIES_VALUES, SERIES_COUNT };

struct runlog_supply {
    const struct runlog *front;  // header and ending alone
    size_t counts[SERIES_COUNT]; // of rows; 0 also of samples and values that are not logged
    bool wanted[TABLE_COUNT][RUNLOG_COLUMNS_MAX]; // the columns that the file has
    // Rows first .. first + count - 1 of a series, borrowed until the next call. Asked for in
    // ascending order.
    enum status (*take)(void *context, unsigned series, size_t first, size_t count,
                        const void **rows, struct error *error);
    void *context;
};

// Bytes of a row.
size_t runlog_series_bytes(const struct runlog_header *header, unsigned series);
