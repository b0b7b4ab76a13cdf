// SPDX-License-Identifier: GPL-3.0-or-later
// The schema of the log file: the one place that names its tables, columns, types, units and
// meanings. The HDF5 writer, the reader, the CSV export and the reference (results/SCHEMA.md) all
// follow these tables.
#pragma once

#include <stdio.h>

#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog.h"

#define RUNLOG_FORMAT "desgd-run"
// Raised with every change of a table or column, so that the reader can say of another desgd's log
// what it is instead of what it misses. 2: /reductions, /updates/loss_estimate.
enum { RUNLOG_FORMAT_VERSION = 2 };

enum column_type {
    COLUMN_INT64,
    COLUMN_UINT64,
    COLUMN_WORKER, // int32: 0 .. workers - 1, or from the column's least
    COLUMN_DOUBLE,
    COLUMN_ENUM, // uint32 in the row, an enum over uint8 in the file
    COLUMN_TYPE_COUNT,
};
extern const char *const column_type_names[COLUMN_TYPE_COUNT]; // "int64", ... as numpy calls them

struct runlog_column {
    const char *name; // of the field and of the dataset
    size_t offset;    // in the row
    enum column_type type;
    int64_t least;            // COLUMN_INT64, COLUMN_WORKER: no value is below
    const char *const *words; // COLUMN_ENUM, (word_count)
    size_t word_count;
    const char *units;
    const char *long_name;
    // A column that came later than the others (COLUMN_INT64, COLUMN_DOUBLE): where all rows have
    // the value "absent" (0 of a COLUMN_DOUBLE), the file has no such dataset, and the fingerprint
    // does not count it. In a table and in its row these stand last.
    bool may_lack;
    int64_t absent;
};

enum runlog_table_id {
    TABLE_EVENTS,
    TABLE_GRADIENTS,
    TABLE_UPDATES,
    TABLE_EVALUATIONS,
    TABLE_REDUCTIONS,
    TABLE_INCIDENTS,
    TABLE_PROBES,
    TABLE_WORKERS,
    TABLE_COUNT,
};

struct runlog_table {
    const char *name; // of the group, without "/"
    const char *text; // what a row is
    size_t row_bytes;
    const struct runlog_column *columns;
    size_t column_count;
};
enum { RUNLOG_COLUMNS_MAX = 128 }; // of a table, also of a sweep (sweep_schema.h)
extern const struct runlog_table runlog_tables[TABLE_COUNT];

// The table of this name; TABLE_COUNT: there is none.
enum runlog_table_id runlog_table_find(const char *name);

// Whether a file in which it has no rows has no such group either.
static inline bool runlog_table_may_be_missing(const struct runlog_table *table) {
    return table == &runlog_tables[TABLE_INCIDENTS] || table == &runlog_tables[TABLE_PROBES];
}

// Datasets that are no column of a table. One that would have no values is left out, and so are the
// columns of a table without rows: h5diff calls empty datasets "not comparable".
enum runlog_dataset_id {
    DATASET_SCENARIO,
    DATASET_SAMPLES,
    DATASET_VALUES,
    DATASET_INITIAL,
    DATASET_FINAL,
    DATASET_CENTRE,
    DATASET_LAYOUT,
    DATASET_COUNT,
};

struct runlog_dataset {
    const char *path;
    const char *type; // in words
    const char *units;
    const char *long_name;
};
extern const struct runlog_dataset runlog_datasets[DATASET_COUNT];

// Attributes of the root and of /provenance, where the texts come first.
struct runlog_attribute {
    const char *name;
    const char *type;
    const char *text;
};
enum {
    ROOT_ATTRIBUTE_COUNT = 19,
    PROVENANCE_TEXT_COUNT = 9,
    PROVENANCE_ATTRIBUTE_COUNT = PROVENANCE_TEXT_COUNT + 3
};
extern const struct runlog_attribute runlog_root_attributes[ROOT_ATTRIBUTE_COUNT];
extern const struct runlog_attribute runlog_provenance_attributes[PROVENANCE_ATTRIBUTE_COUNT];

// Bytes of a column's field in the row, and its value where it is an integer. Requires: it is no
// COLUMN_UINT64 or COLUMN_DOUBLE.
size_t runlog_field_bytes(const struct runlog_column *column);
int64_t runlog_field_integer(const struct runlog_column *column, const void *row);

// Of a column that a file may lack: whether the row has the value of a file without it; gives it
// that.
bool runlog_field_is_absent(const struct runlog_column *column, const void *row);
void runlog_field_make_absent(const struct runlog_column *column, void *row);

// Whether that is so of all columns that a file may lack.
bool runlog_row_is_narrow(const struct runlog_table *table, const void *row);

// Whether some of the rows (count) have another value than one that the column may lack: whether a
// file has the column.
bool runlog_column_is_needed(const struct runlog_table *table, const struct runlog_column *column,
                             const void *rows, size_t count);

// Every NaN of some rows becomes the canonical one, as in the file.
void runlog_rows_make_canonical(const struct runlog_table *table, void *rows, size_t count);

// A text of a provenance, in the order of its attributes. Requires: index < PROVENANCE_TEXT_COUNT.
char *provenance_text(struct provenance *provenance, size_t index);

// The rows of a table of a log (NULL if none) and, in *count, how many.
const void *runlog_table_rows(const struct runlog *log, enum runlog_table_id id, size_t *count);

// Moves the rows of a table out of a log, which has none then, or into one that has none.
void *runlog_take_table(struct runlog *log, enum runlog_table_id id, size_t *count);
void runlog_put_table(struct runlog *log, enum runlog_table_id id, void *rows, size_t count);

// The tables of results/SCHEMA.md in Markdown ("make docs" puts them into the page).
void runlog_write_reference(FILE *out);

// One table below a heading of this level: "##".
void runlog_write_table(const char *level, const struct runlog_table *table, FILE *out);
