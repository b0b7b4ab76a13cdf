// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a comparison, for the files compare_*.c among themselves.
#ifndef DESGD_REPORT_COMPARE_PARTS_H
#define DESGD_REPORT_COMPARE_PARTS_H

#include "sim/report/compare.h"

enum { COMPARE_VALUE_SIZE = 512 }; // of a key's value in a scenario

// Fills keys and every cell's values.
void compare_find_keys(struct comparison *comparison);
void compare_forget_keys(struct comparison *comparison);

// "word: no run has a key KEY; did you mean ...?"
enum status compare_no_such_key(const struct comparison *comparison, const char *word,
                                const char *key, struct error *error);

// Fills is_baseline, baseline, mismatches and candidates of every cell. Errors: as compare_create.
enum status compare_find_baselines(struct comparison *comparison, struct error *error);
bool compare_is_tuned(const struct comparison *comparison, const char *key);

// Fills metrics, pairs, what diverged, and every number.
void compare_compute(struct comparison *comparison);

const char *compare_metric_label(const struct comparison *comparison, int metric, char *label,
                                 size_t size);
int compare_metric_decimals(int metric);

// The notes as they are printed, a line each; to be released.
char *compare_notes_text(const struct comparison *comparison);

// "-" for NULL.
const char *compare_shown(const char *value);

void compare_print_tables(FILE *out, const struct comparison *comparison,
                          enum compare_format format);
void compare_print_json(FILE *out, const struct comparison *comparison);
void compare_print_csv(FILE *out, const struct comparison *comparison);

// The numbers of a metric by name, for JSON and CSV.
struct compare_field {
    const char *name;
    size_t offset; // in struct compare_numbers
    bool is_count; // a size_t; else a double
};
extern const struct compare_field compare_fields[];
extern const size_t compare_field_count;
double compare_field_value(const struct compare_numbers *numbers,
                           const struct compare_field *field);

#endif
