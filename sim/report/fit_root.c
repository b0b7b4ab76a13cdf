// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_root.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdbool.h>

#include "sim/base/check.h"

enum { WIDENINGS_MAX = 60, STEPS_MAX = 200 };

double fit_root(double (*function)(double x, void *context), void *context, double low,
                double high) {
    REQUIRE(function != NULL && low < high);
    gsl_function both = {.function = function, .params = context};
    for (int i = 0; function(low, context) * function(high, context) > 0; i++) {
        INVARIANT(i < WIDENINGS_MAX);
        double width = high - low;
        low -= width;
        high += width;
    }
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    INVARIANT(solver != NULL);
    INVARIANT(gsl_root_fsolver_set(solver, &both, low, high) == GSL_SUCCESS);
    bool found = false;
    for (int i = 0; i < STEPS_MAX && !found; i++) {
        INVARIANT(gsl_root_fsolver_iterate(solver) == GSL_SUCCESS);
        found = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                       gsl_root_fsolver_x_upper(solver), 1e-10, 0) == GSL_SUCCESS;
    }
    double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    ENSURE(found);
    return root;
}
