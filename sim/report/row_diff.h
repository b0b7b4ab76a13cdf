// SPDX-License-Identifier: GPL-3.0-or-later
// Where two tables of rows differ first, bit for bit; all NaNs are equal.
#ifndef DESGD_REPORT_ROW_DIFF_H
#define DESGD_REPORT_ROW_DIFF_H

#include <stdbool.h>
#include <stddef.h>

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

enum row_kind {
    ROW_EVENT,
    ROW_UPDATE,
    ROW_GRADIENT,
    ROW_EVALUATION,
    ROW_REDUCTION,
    ROW_WORKER,
    ROW_KIND_COUNT
};

struct rows {
    const void *rows; // (count) of the kind's struct in runlog.h
    size_t count;
};

// Adds a line for the first row in which the two differ, or which one of them alone has. Requires:
// rows where there is a count.
void differ_add_rows(struct differ *differ, enum row_kind kind, struct rows a, struct rows b);

#endif
