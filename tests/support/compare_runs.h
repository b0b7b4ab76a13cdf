// SPDX-License-Identifier: GPL-3.0-or-later
// Runs made by hand for the tests of comparisons: two evaluations, at 0 and 1 s, and a last one at
// the end, 2 s.
#pragma once

#include "sim/report/comparison.h"

enum {
    COMPARE_RUNS_MAX = 402,
    MEAN = RUN_TEST_ACCURACY * COMPARE_FORMS + COMPARE_MEAN,
    FINAL = RUN_TEST_ACCURACY * COMPARE_FORMS + COMPARE_FINAL
};

struct compare_runs {
    struct compare_run runs[COMPARE_RUNS_MAX];
    struct evaluation_row rows[COMPARE_RUNS_MAX][3];
    char scenarios[COMPARE_RUNS_MAX][200];
    char names[COMPARE_RUNS_MAX][16];
    size_t count;
};

// The test accuracy (a fraction) is 0, twice the mean, and the last; the loss is 2 minus it;
// nothing is measured on the training samples. The file is called run0.h5, run1.h5, ...
void compare_runs_add(struct compare_runs *fixture, const char *policy, int batch, uint64_t seed,
                      double mean, double last);

// async and hybrid; the differences of the rounds' means, in points: 1, 4, -2. Mean 1, deviation 3,
// error sqrt(3).
void compare_runs_add_three_rounds(struct compare_runs *fixture);

// Twelve rounds of three cells: differences of 1 to 6.5 points, and of up to half a point both
// ways.
void compare_runs_add_twelve_rounds(struct compare_runs *fixture);

extern const struct compare_setting compare_runs_async;

// The default options, with a baseline; NULL: without one.
struct compare_options compare_runs_options(const struct compare_setting *setting);

// The test fails if that does.
struct comparison *compare_runs_compare_with(const struct compare_runs *fixture,
                                             const struct compare_options *options);

// With the default options. setting: NULL for no baseline.
struct comparison *compare_runs_compare(const struct compare_runs *fixture,
                                        const struct compare_setting *setting);

// As "desgd compare" prints it, to be released with memory_free.
char *compare_runs_notes(const struct comparison *comparison); // alone
char *compare_runs_printed(const struct comparison *comparison, enum compare_format format);
