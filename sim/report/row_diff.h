// SPDX-License-Identifier: GPL-3.0-or-later
// Where two tables of rows differ first, bit for bit; all NaNs are equal.
#pragma once

#include "sim/runlog/runlog_schema.h"

// What has been found, as text; what has no room is cut.
struct differ {
    const char *const *names; // how the text calls the two
    char *text;               // (size), "" at first
    size_t size;
    size_t used;
    bool found;
};

// Requires: differ->used < differ->size.
void differ_add(struct differ *differ, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Adds a line for the first row of a table in which the two logs differ, or which one of them alone
// has. Requires: rows where there is a count.
void differ_add_rows(struct differ *differ, enum runlog_table_id id, const struct runlog *a,
                     const struct runlog *b);
