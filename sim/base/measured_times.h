// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a law of measured times: one column of a CSV file (csv_times.h), or of a log
// (sim/runlog/span_column.h). Who takes which row is said here; sim/base/distribution.h says of
// which laws.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/csv_times.h"
#include "sim/base/status.h"

// So many rows at most may a law have: a sweep reads them for each of its runs.
enum { LAW_ROWS_MAX = 1000000 };

enum { LAW_TIMES_PATH_SIZE = 400, LAW_TIMES_NAME_SIZE = 64 };
enum { LAW_MEASURED_LEAST, LAW_MEASURED_MEAN }; // parameters of LAW_TRACE and LAW_EMPIRICAL

// Which rows a law of measured times has.
struct law_times {
    uint64_t hash; // of the file's bytes; of a log, of these times
    char column[LAW_TIMES_NAME_SIZE];
    char worker[LAW_TIMES_NAME_SIZE]; // the column with the workers' names; "": none
    int64_t unit_ns;                  // what a 1 in the column stands for
    int64_t rows;
    // What is known only where the law was read with its file:
    char path[LAW_TIMES_PATH_SIZE];        // "": it was not, or the path is kept elsewhere
    double deviation_ns;                   // standard deviation of the rows; else NaN
    int32_t named;                         // workers in the file; 0: it has no column of them
    const struct measured_times *measured; // the rows, borrowed; NULL until a run begins
};

struct measured_times {
    size_t count;
    int64_t *spans_ns; // (count) in the order of the file, but with a column of workers one worker
                       // after the other
    int32_t workers;   // of the cluster
    int32_t named;     // workers in the file; 0: it has no column of them
    size_t *first;     // (named + 1) where the rows of each begin; NULL likewise
    uint64_t hash;     // as in struct law_times
};

// Reads the CSV file that "times" names by path, column, unit and column of workers, for a cluster
// of so many workers. Release with measured_times_destroy. Errors: those of csv_times_read;
// STATUS_NO_INPUT: it is no regular file; STATUS_BAD_DATA: more than LAW_ROWS_MAX rows.
enum status measured_times_open(const struct law_times *times, int32_t workers,
                                struct measured_times **measured, struct error *error);

// The same of times that were read, by workers if the law has a column of them; takes what it needs
// out of *read, which is still to be reset.
struct measured_times *measured_times_make(const struct law_times *times, int32_t workers,
                                           struct csv_times *read);
void measured_times_destroy(struct measured_times *measured); // NULL is fine

// Each of the cluster's workers needs rows, where the law has a column of workers: the first so
// many names are theirs, in order. Errors: STATUS_BAD_DATA: the file names fewer.
enum status measured_times_check_workers(const struct law_times *times, int32_t named,
                                         int32_t workers, struct error *error);

// Writes what is known of the rows into the law: hash, rows, named workers, deviation, and its
// parameters, the least and the mean (to the nanosecond): by LAW_MEASURED_LEAST and _MEAN.
void measured_times_describe(const struct measured_times *measured, struct law_times *times,
                             double *parameters);

// Worker "actor"'s number takes row (number + actor floor(rows / P)) mod rows, so that no two begin
// at the same one; of its own rows, where the file names workers, row number mod rows. Requires: in
// that case, actor < named.
int64_t measured_times_in_turn(const struct measured_times *measured, uint32_t actor,
                               uint32_t number);

// The row at this share (0 <= share < 1) of all rows, or of those of the worker.
int64_t measured_times_at(const struct measured_times *measured, uint32_t actor, double share);

// The share of all rows that are at most "ns".
double measured_times_share(const struct measured_times *measured, double ns);
