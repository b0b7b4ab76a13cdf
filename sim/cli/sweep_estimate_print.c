// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/sweep_estimate_print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"

static void print_duration(FILE *file, double seconds) {
    REQUIRE(seconds >= 0);
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{3600, "h"}, {60, "min"}, {1, "s"}};
    size_t unit = 0;
    while (unit < 2 && seconds < 2 * units[unit].seconds) {
        unit++;
    }
    fprintf(file, "%.1f %s", seconds / units[unit].seconds, units[unit].name);
}

// "3", or "3 to 5", to so many digits.
static void print_range(FILE *file, int digits, struct sweep_range range) {
    REQUIRE(digits > 0);
    REQUIRE(!(range.least > range.most));
    char least[32];
    char most[32];
    snprintf(least, sizeof least, "%.*g", digits, range.least);
    snprintf(most, sizeof most, "%.*g", digits, range.most);
    fputs(least, file);
    if (strcmp(least, most) != 0) {
        fprintf(file, " to %s", most);
    }
}

static void print_prediction(FILE *file, const struct sweep_estimate *estimate) {
    if (estimate->costs.most > 0) {
        const struct sweep_range ms = {estimate->costs.least * 1e3, estimate->costs.most * 1e3};
        print_range(file, 2, ms);
        fputs(" ms a gradient measured now and ", file);
    }
    print_range(file, 9,
                (struct sweep_range){round(estimate->counts.least), round(estimate->counts.most)});
    fputs(" gradients a run predicted", file);
}

void sweep_estimate_print(FILE *file, const struct sweep_estimate *estimate,
                          const struct error *error, int32_t processors) {
    REQUIRE(processors >= 1);
    if (estimate->missing == 0) {
        return;
    }
    fputs("estimate: ", file);
    if (isnan(estimate->run_seconds)) {
        fputs("none", file);
    } else {
        print_duration(file, estimate->run_seconds / processors);
        fprintf(file, " on %" PRId32 " processor%s", processors, processors == 1 ? "" : "s");
    }
    if (estimate->finished > 0) {
        fprintf(file, ", from %zu finished run%s", estimate->finished,
                estimate->finished == 1 ? "" : "s");
    }
    if (estimate->predicted > 0) {
        fputs(estimate->finished > 0 ? " and " : ", from ", file);
        print_prediction(file, estimate);
    }
    if (error->status != STATUS_OK) {
        fprintf(file, "; %s", error->message);
    }
    fputs("\n", file);
}
