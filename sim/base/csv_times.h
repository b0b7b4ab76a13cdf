// SPDX-License-Identifier: GPL-3.0-or-later
// Measured times: one column of a CSV file (csv_reader.h) that has a header, and, beside it, a
// column with the names of the workers. Every number is checked, and a message names file, line and
// column. Memory grows with the rows, 8 bytes each and 4 more with workers, up to CSV_ROWS_MAX.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { CSV_ROWS_MAX = 10000000, CSV_WORKERS_MAX = 100000 };

struct csv_times_options {
    const char *path;
    const char *column;  // of the header
    const char *workers; // the column with their names; NULL: none
    int64_t unit_ns;     // what a 1 in the column stands for
    size_t rows_max;     // 0: CSV_ROWS_MAX
};

struct csv_times {
    size_t count;
    int64_t *spans_ns;    // (count) as in the file, rounded to whole ns, half to even
    int32_t *worker_of;   // (count) into names; NULL without a column of workers
    int32_t worker_count; // 0 likewise
    char **names;  // (worker_count) in ascending order, numbers in them by value: gpu2, gpu10
    uint64_t hash; // of the file's bytes
};

// *times must be zeroed; on failure it stays so. Errors: those of csv_reader.h; STATUS_BAD_DATA: a
// column that is not there or there twice, no rows, a row with fewer or more fields than the
// header, an empty line between rows, a hole, text, NaN, a negative time or one longer than
// SIM_SPAN_MAX_NS, a worker without a name, too many rows or workers.
enum status csv_times_read(const struct csv_times_options *options, struct csv_times *times,
                           struct error *error);

void csv_times_reset(struct csv_times *times); // releases what it owns and zeroes it
