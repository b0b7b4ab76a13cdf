// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of a file of comma-separated values, one after the other: RFC 4180, with line ends LF
// or CRLF, quoted fields (which may hold commas, line ends and doubled quotes) and an optional byte
// order mark. It reads on as it goes, so that a file of any length, or a pipe, takes a fixed
// amount of memory. It knows no rows' meaning: csv_times.h does. (libcsv would not say the line and
// column at which a field begins, which every message needs.)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { CSV_FIELD_MAX = 4095 }; // bytes of a field

struct csv_field {
    int64_t line;   // at which it begins, from 1
    int64_t column; // characters of UTF-8, from 1
    bool first;     // of its row
    bool last;
    bool quoted;
    bool none; // there is no further field: the file has ended
    size_t length;
    char text[CSV_FIELD_MAX + 1]; // ends with a 0, and holds no other
};

struct csv_reader;

// Errors: STATUS_NO_INPUT and those of status_of_cause: it cannot be opened, or is a directory.
enum status csv_reader_open(const char *path, struct csv_reader **reader, struct error *error);

// Errors: STATUS_BAD_DATA, with file, line and column: a quote that does not end or has something
// behind it, a field longer than CSV_FIELD_MAX, a byte 0, a carriage return alone, more than
// bytes_max bytes; those of status_of_cause: it cannot be read.
enum status csv_reader_next(struct csv_reader *reader, uint64_t bytes_max, struct csv_field *field,
                            struct error *error);

// The fingerprint of the bytes read: of the whole file once a field was "none".
uint64_t csv_reader_hash(const struct csv_reader *reader);

// A line "PATH:LINE:COLUMN: error: SENTENCE" about a field; returns STATUS_BAD_DATA.
enum status csv_reader_refuse(const struct csv_reader *reader, const struct csv_field *field,
                              struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void csv_reader_close(struct csv_reader **reader); // *reader may be NULL
