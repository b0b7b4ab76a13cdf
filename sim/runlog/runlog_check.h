// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the values of a log are within the schema's ranges: asked before a file is written, and
// again when it is read, for then a stranger may have written it.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/runlog.h"
#include "sim/runlog/runlog_schema.h"

// Numbers not below the column's least, the end not before the start, workers below header.workers,
// enums known, tensors within the parameters. Errors: "wrong", with a sentence that begins with
// "name" and names table, column and row.
enum status runlog_check(const struct runlog *log, const char *name, enum status wrong,
                         struct error *error);

// The same of header and ending alone, without the workers.
enum status runlog_check_front(const struct runlog *log, const char *name, enum status wrong,
                               struct error *error);

// The same of some rows (count) of a table alone, of which "first" stand before.
struct runlog_check_place {
    const char *name;
    int32_t workers;
    size_t first;
    const bool *columns; // of the table, those that are looked at; NULL: all
};
enum status runlog_check_rows(const struct runlog_check_place *place, enum runlog_table_id id,
                              const void *rows, size_t count, enum status wrong,
                              struct error *error);
