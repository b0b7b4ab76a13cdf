// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"

// From here on a double skips whole nanoseconds.
#define NS_EXACT_MOST 9e15
#define PRINTED_MOST 1e15

// Decimals that show a twentieth of the width, and at most so many.
static int decimals_for(double width, int most) {
    REQUIRE(width >= 0 && most >= 0);
    double needed = width > 0 ? -floor(log10(width / 20)) : most;
    return needed < 0 ? 0 : needed > most ? most : (int)needed;
}

// Zeros behind the point say that a digit is known; where all are, they say nothing.
static void drop_zeros(char *text) {
    size_t length = strlen(text);
    while (strchr(text, '.') != NULL && (text[length - 1] == '0' || text[length - 1] == '.')) {
        bool point = text[length - 1] == '.';
        text[--length] = 0;
        if (point) {
            return;
        }
    }
}

static void write_number(double value, double width, int decimals_most, char text[FIT_TEXT_SIZE]) {
    if (!(fabs(value) < PRINTED_MOST)) {
        snprintf(text, FIT_TEXT_SIZE, "%.3g", value);
        return;
    }
    double shown = isfinite(width) ? width : fabs(value) / 10;
    snprintf(text, FIT_TEXT_SIZE, "%.*f", decimals_for(shown, decimals_most), value);
    if (shown == 0) {
        drop_zeros(text);
    }
}

const char *fit_time_format(double ns, double width_ns, char text[FIT_TEXT_SIZE]) {
    static const struct {
        const char *name;
        double ns;
        int decimals; // down to a nanosecond
    } units[] = {{"s", 1e9, 9}, {"ms", 1e6, 6}, {"us", 1e3, 3}, {"ns", 1, 0}};
    REQUIRE(width_ns >= 0);
    size_t unit = ns == 0 ? 0 : 3;
    while (unit > 0 && fabs(ns) >= units[unit - 1].ns) {
        unit--;
    }
    if (ns == 0) {
        width_ns = 0;
    }
    double shown = ns > 0 && ns < 1 ? 1 : ns; // a law needs more than 0
    int decimals = fabs(ns) < NS_EXACT_MOST ? units[unit].decimals : 0;
    write_number(shown / units[unit].ns, width_ns / units[unit].ns, decimals, text);
    size_t length = strlen(text);
    snprintf(text + length, FIT_TEXT_SIZE - length, " %s", units[unit].name);
    return text;
}

const char *fit_number_format(double value, double width, char text[FIT_TEXT_SIZE]) {
    REQUIRE(width >= 0);
    write_number(value, width, 12, text);
    return text;
}
