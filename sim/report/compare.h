// SPDX-License-Identifier: GPL-3.0-or-later
// Paired comparison of runs, as in the papers' tables: a cell is a scenario without its seed, a
// round is a seed, and every cell is compared with the baseline cell round by round, so that what
// the rounds have in common (initial parameters, minibatches, delays) cancels out.
#ifndef DESGD_REPORT_COMPARE_H
#define DESGD_REPORT_COMPARE_H

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/spread.h"
#include "sim/runlog/runlog.h"

// What a comparison needs of one run. Everything is borrowed until compare_destroy.
struct compare_run {
    const char *name;     // the file, for messages
    const char *scenario; // canonical text
    uint64_t seed;
    enum run_status status;
    int64_t end_ns;
    const struct evaluation_row *evaluations; // (evaluation_count), in time order
    size_t evaluation_count;
};

// The baseline cell is the one in whose scenario "key" has "value", as written canonically.
struct compare_setting {
    const char *key;
    const char *value;
};

enum compare_metric_name {
    COMPARE_TEST_ACCURACY, // in percentage points
    COMPARE_TEST_LOSS,
    COMPARE_TRAIN_LOSS,
    COMPARE_METRIC_COUNT,
};

struct compare_metric {
    bool measured;                 // in every round of the cell
    struct spread mean;            // of the rounds' plain means over the evaluation points t < end
    struct spread final;           // of the rounds' last evaluations
    struct spread mean_difference; // to the baseline's round with the same seed
    struct spread final_difference;
};

struct compare_cell {
    char *text;    // cell_text
    char **values; // (key_count), NULL where a key does not apply
    size_t *runs;  // (run_count): complete runs, one a seed, in the order given
    size_t run_count;
    bool is_baseline;
    size_t baseline;   // the cell it is compared with; meaningless without a baseline
    size_t mismatches; // varied keys, beside the baseline's own, in which that one differs from it
    struct compare_metric metrics[COMPARE_METRIC_COUNT];
};

enum compare_omission { COMPARE_KEPT, COMPARE_NOT_COMPLETE, COMPARE_REPEATED };

struct comparison {
    const struct compare_run *runs; // borrowed
    size_t run_count;
    enum compare_omission *omissions; // (run_count): why a run is in no cell's rounds
    char **keys;                      // (key_count): those in which the cells differ
    size_t key_count;
    struct compare_cell *cells; // in the order of their first runs
    size_t cell_count;
    const struct compare_setting *baseline; // borrowed
    size_t baseline_count;                  // 0: no differences are computed
};

// The baseline's cell for each other cell: of those with the baseline's settings the one that
// agrees with it in most of the other keys, the first of equals. Runs that are not complete, and
// repetitions of a seed within a cell, are set aside and named when printed. Errors:
// STATUS_BAD_DATA (no runs; no cell has the baseline's settings: the message lists what there is).
enum status compare_create(const struct compare_run *runs, size_t run_count,
                           const struct compare_setting *baseline, size_t baseline_count,
                           struct comparison **comparison, struct error *error);
void compare_destroy(struct comparison **comparison); // *comparison may be NULL

// Both cells have that key, it is not one of the baseline's settings, and its values differ.
bool compare_key_mismatches(const struct comparison *comparison, const struct compare_cell *a,
                            const struct compare_cell *b, size_t key);

enum compare_format { COMPARE_TEXT, COMPARE_JSON, COMPARE_CSV };
void compare_print(FILE *out, const struct comparison *comparison, enum compare_format format);

// Which runs were left out and why, and which pairs are not like for like. Part of the text form;
// CSV has no place for it, so there it belongs on stderr. Prints nothing if there is nothing to
// say.
void compare_print_notes(FILE *out, const struct comparison *comparison);

#endif
