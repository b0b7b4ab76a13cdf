// SPDX-License-Identifier: GPL-3.0-or-later
// How the numbers of a comparison are written in its tables.
#include <math.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/report/compare_parts.h"
#include "sim/report/table.h"

// "-" for no number; %g where the decimals would not do.
void compare_put_number(struct table *table, double value, int decimals, bool sign) {
    REQUIRE(decimals >= 0);
    if (isnan(value)) {
        table_put(table, "-");
    } else if (isinf(value)) {
        table_put(table, value > 0 ? "inf" : "-inf");
    } else if (fabs(value) >= 1e6) {
        table_put(table, sign ? "%+.4g" : "%.4g", value);
    } else {
        table_put(table, sign ? "%+.*f" : "%.*f", decimals, value);
    }
}

void compare_put_share(struct table *table, double share) {
    REQUIRE(isnan(share) || (share >= 0 && share <= 1));
    if (isnan(share)) {
        table_put(table, "-");
    } else {
        table_put(table, "%.0f %%", 100 * share);
    }
}

void compare_put_interval(struct table *table, double low, double high, int decimals) {
    REQUIRE(decimals >= 0);
    REQUIRE(!(low > high));
    if (isnan(low) || isnan(high)) {
        table_put(table, "-");
    } else if (fabs(low) >= 1e6 || fabs(high) >= 1e6) {
        table_put(table, "[%+.4g, %+.4g]", low, high);
    } else {
        table_put(table, "[%+.*f, %+.*f]", decimals, low, decimals, high);
    }
}

// ".031", "<.001"; in parentheses where it could not be significant whatever the differences.
void compare_put_p(struct table *table, double p, double least_p) {
    REQUIRE(isnan(p) || (p >= 0 && p <= 1));
    char text[16];
    bool never = least_p > 1 - COMPARE_LEVEL;
    if (isnan(p)) {
        table_put(table, "-");
        return;
    }
    if (p < 0.0005) {
        snprintf(text, sizeof text, "<.001");
    } else {
        snprintf(text, sizeof text, "%.3f", p);
    }
    const char *digits = text[0] == '0' ? text + 1 : text;
    table_put(table, never ? "(%s)" : "%s", digits);
}
