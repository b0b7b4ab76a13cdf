// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/stale_descent.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <math.h>

#include "sim/base/check.h"

double stale_descent_edge(int32_t delay) {
    REQUIRE(delay >= 0);
    return 2 * sin(M_PI / (4 * delay + 2));
}

struct filter {
    double a;
    double delay;
};

static double power_at(double u, void *context) {
    const struct filter *filter = context;
    double real = cos(u) - 1 + filter->a * cos(filter->delay * u);
    double imaginary = sin(u) - filter->a * sin(filter->delay * u);
    return 1 / (real * real + imaginary * imaginary);
}

double stale_descent_variance_constant(double a, double b, int32_t delay) {
    REQUIRE(delay >= 0 && a > 0 && a < stale_descent_edge(delay));
    double result = 0;
    struct filter filter = {a, delay};
    gsl_integration_cquad_workspace *space = gsl_integration_cquad_workspace_alloc(500);
    gsl_function power = {power_at, &filter};
    gsl_integration_cquad(&power, 0, M_PI, 0, 1e-10, space, &result, NULL, NULL);
    gsl_integration_cquad_workspace_free(space);
    return b * b * result / M_PI;
}

double stale_descent_mean_random(double a, int32_t workers, int64_t updates) {
    REQUIRE(workers >= 1 && updates >= 0);
    double w = 1;
    double read = 1; // the mean of what the workers have read
    for (int64_t i = 0; i < updates; i++) {
        w -= a * read;
        read += (w - read) / workers;
    }
    return w;
}

// E w^2, E w r_i, E r_i^2, E r_i r_j (i other than j).
struct moments {
    double ww, wr, rr, rs;
};

// Worker k is the next: w' = w - a r_k - b xi, and r_k' = w'. Means over k; P workers.
static struct moments step(struct moments m, double a, double b, double workers) {
    double one = 1 / workers;
    double mean_ww = m.ww - 2 * a * m.wr + a * a * m.rr + b * b; // E w'^2
    double mean_ws = m.wr - a * m.rs;                            // E w' r_i of who is not k
    return (struct moments){
        .ww = mean_ww,
        .wr = one * mean_ww + (1 - one) * mean_ws,
        .rr = one * mean_ww + (1 - one) * m.rr,
        .rs = 2 * one * mean_ws + (1 - 2 * one) * m.rs,
    };
}

double stale_descent_read_square_random(double a, double b, int32_t workers) {
    enum { STEPS = 10000000 };
    REQUIRE(a > 0 && workers >= 2);
    struct moments moments = {0};
    for (int i = 0; i < STEPS; i++) {
        double before = moments.rs;
        moments = step(moments, a, b, workers);
        if (i > workers && fabs(moments.rs - before) <= 1e-15 * moments.rs) {
            break;
        }
    }
    return moments.rr;
}
