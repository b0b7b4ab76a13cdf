// SPDX-License-Identifier: GPL-3.0-or-later
// Every law fitted to measured times, the one to take, and what speaks against taking any.
#pragma once

#include <stdbool.h>

#include "sim/base/csv_times.h"
#include "sim/report/fit_checks.h"
#include "sim/report/fit_sample.h"
#include "sim/report/law_fit.h"

// Of laws whose AIC are so near, the times do not say which one gave them; the one with fewer
// parameters is taken, or else that with the less AIC. erlang is gamma with a whole shape: it is
// taken instead if it is that near, and so few shapes are left that one of them is hardly whole by
// chance.
#define FIT_AIC_NEAR 10.0
#define FIT_WHOLE_AIC_NEAR 6.63 // 1 in 100 samples of an erlang law is further
#define FIT_WHOLE_SHAPES 0.2    // width of the interval of 95 %

// Where the times come from; all texts are borrowed.
struct fit_source {
    const char *file;
    const char *column;
    const char *key;     // of a scenario, below "cluster", for such times: "server.receive"
    int32_t without;     // workers that are left out (span_column.h)
    const char *unit;    // of a CSV file; NULL: it is a log
    const char *workers; // column of a CSV file; NULL: none
};

struct fit_report {
    struct fit_source source;
    const struct csv_times *times;
    struct fit_sample sample;
    struct law_fit fits[FIT_CANDIDATE_COUNT];
    enum fit_candidate order[FIT_CANDIDATE_COUNT]; // by AIC; impossible laws last, as listed
    int possible;                                  // how many of them are not
    enum fit_candidate chosen;
    struct fit_checks checks;
};

// Requires: two times or more, unless all are equal. times must stay as long as the
// report.
struct fit_report fit_report_make(const struct fit_source *source, const struct csv_times *times);

void fit_report_reset(struct fit_report *report); // releases what it owns and zeroes it

double fit_report_least_aic(const struct fit_report *report);

// Whether the distance of the chosen law is one that the right law's may be.
bool fit_report_fits(const struct fit_report *report);

// A possible law that the times do not tell from the least AIC's.
bool fit_report_is_near(const struct fit_report *report, enum fit_candidate candidate);
