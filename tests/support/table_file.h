// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of tests/tidy and tests/mutants: one row a line, fields apart by tabs, "#" begins a
// comment line.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_FIELDS_MAX = 6, TABLE_ROWS_MAX = 512 };

struct table_file {
    char *text;
    size_t count;
    const char *rows[TABLE_ROWS_MAX][TABLE_FIELDS_MAX]; // a field that is not there is ""
};

// Fails the test if the file is not there or has too many rows.
void table_file_load(struct table_file *table, const char *path);
void table_file_free(struct table_file *table);

// True if "path" is one of the words (folders or files, apart by blanks) or below one.
bool table_field_covers(const char *words, const char *path);
