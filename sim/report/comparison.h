// SPDX-License-Identifier: GPL-3.0-or-later
// Paired comparison of runs. A cell is a scenario without its seed, a round is a seed, and every
// cell is compared with its baseline cell round by round, so that what the rounds have in common
// (initial parameters, minibatches, delays) cancels out. The unit is the round: a run gives one
// number of each metric, and its autocorrelated evaluations are never counted as a sample.
//
// A run that diverged (run_metrics_diverged) has no accuracy and no loss worth comparing: its pair
// is taken out of these metrics, which is marked and counted, and the rates of divergence are
// compared beside them (Clopper-Pearson, exact McNemar). In the time to an accuracy it stays: it
// never gets there. Runs that were interrupted or failed say nothing and are set aside by name.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/report/best.h"
#include "sim/report/bootstrap.h"
#include "sim/report/exact_binomial.h"
#include "sim/report/paired_t.h"
#include "sim/report/run_metrics.h"
#include "sim/report/sign_flip.h"
#include "sim/report/spread.h"
#include "sim/report/wilcoxon.h"

// What a comparison needs of one run. Everything is borrowed until compare_destroy.
struct compare_run {
    const char *name;     // the file, for messages
    const char *scenario; // canonical text
    uint64_t seed;
    uint64_t data_hash;            // of what it was trained on
    uint64_t timeline_fingerprint; // of the log; 0: not known
    uint64_t parameter_fingerprint;
    enum run_status status;
    int64_t end_ns;
    const struct evaluation_row *evaluations; // (evaluation_count), in time order
    size_t evaluation_count;
};

// Whether a run has a setting.
enum compare_holding { COMPARE_HAS_ANOTHER, COMPARE_CANNOT_HAVE, COMPARE_HAS };

// The baseline cells are those whose runs have all of the settings; if there are none, those that
// have some and to which the others do not apply (under sync, a threshold).
struct compare_setting {
    const char *key;
    const char *value; // as a run that has it writes it canonically
};

// What is compared: 4 numbers of each quantity, in the order of run_metrics.h (accuracies in
// percentage points), and a time in seconds.
enum compare_form { COMPARE_MEAN, COMPARE_MEAN_AFTER, COMPARE_FINAL, COMPARE_BEST, COMPARE_FORMS };
enum {
    COMPARE_TIME_TO_ACCURACY = RUN_QUANTITY_COUNT * COMPARE_FORMS,
    COMPARE_METRIC_COUNT,
    COMPARE_NAME_SIZE = 48,
};

struct compare_options {
    const struct compare_setting *baseline; // borrowed
    size_t baseline_count;                  // 0: no differences
    const enum compare_holding *holding;    // borrowed: (baseline_count, run_count), as the
                                            // scenarios understand the settings; NULL: the runs
                                            // have one in whose text the key has this very value
    // The default of a key that a run's scenario leaves out because it has it; NULL: the key does
    // not apply there. another: a value that some run has. Released with memory_free. No function:
    // what is left out is taken for what does not apply.
    char *(*default_of)(const struct compare_run *run, const char *key, const char *another);
    bool baseline_of_sweep;    // it is what the sweep itself says
    const char *baseline_note; // borrowed: why there are no differences; NULL: none
    const char *const *tuned;  // borrowed: keys in which a cell may differ from its
    size_t tuned_count;        // baseline, for each is at its best there
    const char *set_aside;     // borrowed: a note on files that did not come so far; NULL: none
    const char *edges;         // borrowed: cells tuned to the edge of what was tried; NULL: none
    const char *untuned;       // borrowed: cells whose tuning found no sound candidate; NULL: none
    const char *missing;       // borrowed: a note on planned runs that have no file; NULL: none
    int primary;               // metric, declared before looking
    bool primary_declared;     // false: the default
    bool shown[COMPARE_METRIC_COUNT]; // the primary one is, in any case
    bool asked[COMPARE_METRIC_COUNT]; // by name, so that a note says if no run has a value of it
    int64_t after_ns;                 // end of the start-up; -1: the longest of the runs
    double target;                    // fraction; NaN: no time to accuracy
    int64_t sustained;                // see run_metrics.h
    double precision; // of the primary metric's differences, in its unit; NaN: none is asked for
    bool sorted; // the cells are shown in the order of the means of the metric "sort", the best
    int sort;    // first; else in that of their first runs
    size_t top;  // so many of them, and their baselines; 0: all. Every number is of all cells
};

#define COMPARE_LEVEL 0.95 // of every interval
#define COMPARE_SEED 1     // of bootstrap and sign-flip draws

// One metric of a cell. Differences are cell minus baseline, cleared of their rounding
// (paired_difference.h): what is a zero, a tie or no spread is decided there. Only t, where there
// is a spread, is of the differences as they were subtracted.
struct compare_numbers {
    struct spread value;   // over the cell's rounds
    size_t pairs_diverged; // rounds with a partner that are out, because one of the two diverged
    size_t pairs_without;  // those out because one of the two has no finite value of the metric
    struct spread difference;
    struct paired_t t;
    struct bootstrap_interval bootstrap;
    struct wilcoxon wilcoxon;
    struct sign_flip_cell simultaneous; // over the cells of the table
    double p_holm;                      // of t.p, over the cells of the table
    bool same_run;                      // as the baseline: nothing is compared
    struct best_interval best;          // over the cells of the table, with or without a baseline
    struct pairing pairing;
    double rounds_needed;                     // for the precision, NaN if none is asked for
    double reached;                           // time to accuracy: share of the rounds in which
                                              // the cell gets there by the horizon; else NaN
    double difference_least, difference_most; // time to accuracy: the mean difference if every
                                              // crossing was as early or late as may be
};

struct compare_pair {
    size_t run, partner; // the baseline's run of the same seed
};

struct compare_cell {
    char *text;         // cell_text
    uint64_t text_hash; // of it
    size_t first;       // its first run, finished or not
    size_t same_as; // the first cell whose runs are the same, bit for bit, under another name; or
                    // itself. Cells that are the same run count once in every family
    char **values;  // (key_count), NULL where a key does not apply; defaults that the text leaves
                    // out are here
    size_t *runs;   // (run_count): finished runs, one a seed, in the order given
    size_t run_count;
    bool is_baseline;
    size_t baseline;   // the cell it is compared with; meaningless without a baseline
    size_t mismatches; // varied keys, beside the baseline's own and the tuned ones, in which that
                       // one differs from it
    size_t candidates; // different runs among the baselines that agree with it as well as that one
    struct compare_pair *pairs; // (pair_count): none for a baseline
    size_t pair_count;
    struct proportion diverged;                           // of its runs
    size_t only_this, only_baseline, both_diverged;       // pairs in which who diverged
    struct compare_numbers numbers[COMPARE_METRIC_COUNT]; // of the shown metrics
};

enum compare_omission { COMPARE_KEPT, COMPARE_NOT_FINISHED, COMPARE_REPEATED };

struct comparison {
    const struct compare_run *runs; // borrowed
    size_t run_count;
    enum compare_omission *omissions; // (run_count): why a run is in no cell's rounds
    struct run_metrics *metrics;      // (run_count)
    char **keys;                      // (key_count): those in which the cells differ
    size_t key_count;
    struct compare_cell *cells; // in the order of their first runs
    size_t cell_count;
    size_t baseline_count; // of them
    size_t *order;         // (order_count): the cells to show
    size_t order_count;
    struct compare_options options; // with after_ns as found
    bool start_ups_differ;          // so that after_ns is the longest of several
    int64_t horizon_ns; // of the time to accuracy: the earliest last evaluation of a run that has
                        // not diverged; -1: there is none behind 0, and so no such time
    int64_t longest_gap_ns;                                 // between two evaluations of a run
    bool measured[COMPARE_METRIC_COUNT];                    // shown, and some cell has a value
    struct sign_flip_family families[COMPARE_METRIC_COUNT]; // of the shown metrics
};

enum compare_format {
    COMPARE_TEXT, // at most 100 columns, but for values of metrics beyond reason
    COMPARE_MARKDOWN,
    COMPARE_LATEX, // tables and paragraphs to \input
    COMPARE_CSV,   // a row for each cell and metric
    COMPARE_JSON,
};
