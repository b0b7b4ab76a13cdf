// SPDX-License-Identifier: GPL-3.0-or-later
// How near our curves come to published ones: the root mean square error, point by point.
#pragma once

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/figure_data.h"

// The published curves, a CSV file with '#' comments, the heading "metric,t_sec,NAME,NAME..." and
// one row per metric ("acc" in percentage points, "testloss", "trainloss") and second.
enum { FIT_NAMES_MAX = 8, FIT_METRICS = 3 };

struct fit_row {
    enum figure_curve curve;
    int64_t time_ns;
    double values[FIT_NAMES_MAX]; // NaN where the field is empty
};

struct fit_reference {
    char names[FIT_NAMES_MAX][32]; // policies
    size_t name_count;
    struct fit_row *rows;
    size_t count, capacity;
};

// Errors: STATUS_NO_INPUT, STATUS_BAD_DATA (with FILE:LINE). *reference must be zeroed and stays so
// on failure.
enum status fit_reference_read(const char *path, struct fit_reference *reference,
                               struct error *error);
void fit_reference_reset(struct fit_reference *reference);

struct fit {
    int64_t points;                // times at which both have a value
    double root_mean_square_error; // NaN without points
};

// Of the mean over our rounds, against the reference's curve of the same policy.
struct fit fit_curve(const struct fit_reference *reference, const struct figure_policy *policy,
                     enum figure_curve curve);

// A table: a line per policy that both have, a column per metric.
void fit_print(FILE *out, const struct fit_reference *reference, const struct figure_data *data);
