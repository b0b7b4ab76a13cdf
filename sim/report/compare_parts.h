// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a comparison, which the files compare_*.c make one each, and what is printed of it.
#pragma once

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/comparison.h"

enum { COMPARE_VALUE_SIZE = 512 }; // of a key's value in a scenario

// Fills keys and every cell's values.
void compare_find_keys(struct comparison *comparison);
void compare_forget_keys(struct comparison *comparison);
// Whether the cells have different values; no value counts as one if "absent".
bool compare_key_varies(const struct comparison *comparison, const char *key, bool absent);

// "word: no run has a key KEY; did you mean ...?"
enum status compare_no_such_key(const struct comparison *comparison, const char *word,
                                const char *key, struct error *error);

// Fills is_baseline, baseline, mismatches and candidates of every cell. Errors: as compare_create.
enum status compare_find_baselines(struct comparison *comparison, struct error *error);
// Whether the key is that one, or within its group or its law.
bool compare_is_within(const char *group, const char *key);
bool compare_is_tuned(const struct comparison *comparison, const char *key);

// Whether a higher number of the metric is the better one.
bool compare_more_is_better(int metric);

// "Learning rate" for training.learning_rate, "Threshold every" for policy.threshold.every: what a
// paper calls a varied key; no two have the same name, if any of their words differ.
enum { COMPARE_READABLE_SIZE = 256 };
const char *compare_readable_key(const struct comparison *comparison, size_t key,
                                 char name[COMPARE_READABLE_SIZE]);

// A cell's value of a varied key, as a paper has room for it: of a law its name and what the cells
// do not have in common, "normal, std 250 ms"; any other as it is, "-" for none.
const char *compare_readable_value(const struct comparison *comparison,
                                   const struct compare_cell *cell, size_t key,
                                   char text[COMPARE_VALUE_SIZE]);

// The one title of all shown runs; "otherwise" if there is none.
const char *compare_title(const struct comparison *comparison, const char *otherwise,
                          char title[COMPARE_READABLE_SIZE]);

// The values of the varied keys by which one tells the cell from the others, or its policy.
const char *compare_cell_label(const struct comparison *comparison, size_t cell,
                               char label[COMPARE_READABLE_SIZE]);
// The cell's policy by its scenario.
const char *compare_cell_policy(const struct comparison *comparison, size_t cell,
                                char name[COMPARE_READABLE_SIZE]);

// A table's title as a caption: a sentence, and of a metric's own table (suffix "") what its
// columns are. metric: -1 of none. Released with memory_free.
char *compare_caption(const struct comparison *comparison, int metric, const char *suffix,
                      const char *title);

// Fills order.
void compare_find_order(struct comparison *comparison);

// Fills metrics, pairs, what diverged, and every number.
void compare_compute(struct comparison *comparison);

const char *compare_metric_label(const struct comparison *comparison, int metric, char *label,
                                 size_t size);
int compare_metric_decimals(int metric);

// The notes as they are printed, a line each; to be released.
char *compare_notes_text(const struct comparison *comparison);

// "policy.name=async training.batch=32".
void compare_print_cell_name(FILE *out, const struct comparison *comparison,
                             const struct compare_cell *cell);

// What is not in: each run that is set aside, with the reason, and what the options say of files.
void compare_each_omission(const struct comparison *comparison,
                           void (*visit)(void *context, const char *sentence), void *context);

// The first of the notes.
void compare_print_cautions(FILE *out, const struct comparison *comparison);

// Cells of a table: "-" for no number; %g where the decimals would not do; p ".031", "<.001", in
// parentheses where it could not be significant whatever the differences.
struct table;
void compare_put_number(struct table *table, double value, int decimals, bool sign);
void compare_put_share(struct table *table, double share);
void compare_put_interval(struct table *table, double low, double high, int decimals);
void compare_put_p(struct table *table, double p, double least_p);

// "-" for NULL.
const char *compare_shown(const char *value);

void compare_print_tables(FILE *out, const struct comparison *comparison,
                          enum compare_format format);
struct json_t *compare_json(const struct comparison *comparison); // a new reference
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

// "test_accuracy_mean", "test_accuracy_mean_after", "test_accuracy_final", "test_accuracy_best",
// ... "time_to_accuracy". Requires: 0 <= metric < COMPARE_METRIC_COUNT.
const char *compare_metric_name(int metric, char name[COMPARE_NAME_SIZE]);

// -1 with *closest (a name, or "") if there is none of this name.
int compare_metric_find(const char *name, char closest[COMPARE_NAME_SIZE]);

// "significant" (p_holm is at most .05), "not significant", "zero" (in every pair), "no spread"
// (the same in every pair, so that nothing can be tested), "one round", "no pair"; of a baseline
// the last. "same run": under another name.
const char *compare_verdict(const struct compare_numbers *numbers);

// Both cells have that key, it is neither one of the baseline's settings nor a tuned one, and its
// values differ.
bool compare_key_mismatches(const struct comparison *comparison, const struct compare_cell *a,
                            const struct compare_cell *b, size_t key);

void compare_print(FILE *out, const struct comparison *comparison, enum compare_format format);

// Which runs were left out and why, which pairs are not like for like, and what to know about the
// numbers: a sentence a line. Part of every format but CSV, which has no place for it: there it
// belongs on stderr. Prints nothing if there is nothing to say.
void compare_print_notes(FILE *out, const struct comparison *comparison);
