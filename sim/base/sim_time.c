// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/sim_time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int64_t sim_time_scaled(int64_t span_ns, double factor) {
    REQUIRE(span_ns >= 0 && factor > 0);
    if (factor == 1) { // a double skips some of the largest spans
        return span_ns;
    }
    double scaled_ns = nearbyint((double)span_ns * factor);
    return scaled_ns < (double)SIM_SPAN_MAX_NS ? (int64_t)scaled_ns : SIM_SPAN_MAX_NS;
}

static const struct {
    const char *name;
    int64_t ns;
} units[] = {{"h", 3600 * NS_PER_S}, {"min", 60 * NS_PER_S}, {"s", NS_PER_S},
             {"ms", 1000000},        {"us", 1000},           {"ns", 1}};

enum { UNIT_S = 2, UNIT_COUNT = sizeof units / sizeof units[0] };

int64_t sim_time_unit_ns(const char *name) {
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(name, units[i].name) == 0) {
            return units[i].ns;
        }
    }
    bool micro = strcmp(name, "\u00b5s") == 0 || strcmp(name, "\u03bcs") == 0;
    return micro ? 1000 : 0;
}

const char *sim_time_unit_name(int64_t unit_ns) {
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (units[i].ns == unit_ns) {
            return units[i].name;
        }
    }
    return NULL;
}

// Digits are kept up to this value: more than an exact time has, and times an hour still 128 bits.
#define MANTISSA_FULL ((__int128)SIM_SPAN_MAX_NS * 1000000)

// Reads digits and an optional fraction into mantissa * 10^-decimals. Returns the first character
// behind: "text" if there is no digit, NULL if the number is too large for any unit.
static const char *read_decimal(const char *text, __int128 *mantissa, int *decimals) {
    const char *start = text;
    bool fraction = false;
    *mantissa = 0;
    *decimals = 0;
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !fraction); text++) {
        if (*text == '.') {
            fraction = true;
        } else if (*mantissa < MANTISSA_FULL) {
            *mantissa = *mantissa * 10 + (*text - '0');
            *decimals += fraction;
        } else if (!fraction) {
            return NULL;
        } else if (*text != '0') {
            *decimals = 100; // no whole number of nanoseconds has a digit here
        }
    }
    return text - start > fraction ? text : start;
}

// Behind "e-3" at the text, whose power of ten it takes from *decimals; or the text itself.
static const char *read_exponent(const char *text, int *decimals) {
    enum { POWER_MAX = 1000 }; // beyond every time
    if (*text != 'e' && *text != 'E') {
        return text;
    }
    const char *digits = text + 1 + (text[1] == '-' || text[1] == '+');
    const char *end = digits;
    int power = 0;
    for (; *end >= '0' && *end <= '9'; end++) {
        power = power < POWER_MAX ? power * 10 + (*end - '0') : power;
    }
    if (end == digits) {
        return text;
    }
    *decimals -= text[1] == '-' ? -power : power;
    return end;
}

const char *sim_time_parse(const char *text, int64_t *span_ns) {
    bool negative = *text == '-';
    const char *start = text + (negative || *text == '+');
    __int128 value = 0;
    int decimals = 0;
    const char *rest = read_decimal(start, &value, &decimals);
    if (rest == start) {
        return "a time is a number and a unit, as in '200 ms'";
    }
    if (rest == NULL) {
        return "that time is longer than 126 years";
    }
    rest = read_exponent(rest, &decimals);
    while (*rest == ' ') {
        rest++;
    }
    if (*rest == 0) {
        return "a time needs its unit: ns, us, ms, s, min or h, as in '200 ms'";
    }
    int64_t unit_ns = sim_time_unit_ns(rest);
    if (unit_ns == 0) {
        return "not a unit of time: ns, us, ms, s, min and h are known";
    }
    value *= unit_ns;
    for (; decimals < 0 && value != 0 && value <= SIM_SPAN_MAX_NS; decimals++) {
        value *= 10;
    }
    for (; decimals > 0; decimals--) {
        if (value % 10 != 0) {
            return "times are whole nanoseconds: that one has a fraction of one";
        }
        value /= 10;
    }
    if (value > SIM_SPAN_MAX_NS) {
        return "that time is longer than 126 years";
    }
    ENSURE(value >= 0);
    *span_ns = (int64_t)(negative ? -value : value);
    return NULL;
}

// In the first unit from this one on that is exact.
static const char *format_from(int unit, int64_t span_ns, char text[SIM_TIME_TEXT_SIZE]) {
    REQUIRE(unit >= 0 && unit < UNIT_COUNT);
    while (unit < UNIT_COUNT - 1 && span_ns % units[unit].ns != 0) {
        unit++;
    }
    snprintf(text, SIM_TIME_TEXT_SIZE, "%" PRId64 " %s", span_ns / units[unit].ns,
             units[unit].name);
    return text;
}

const char *sim_time_format(int64_t span_ns, char text[SIM_TIME_TEXT_SIZE]) {
    return format_from(UNIT_S, span_ns, text); // minutes and hours read worse in a table of spans
}

const char *sim_time_format_sentence(int64_t span_ns, char text[SIM_TIME_TEXT_SIZE]) {
    const int64_t long_ns = 600 * NS_PER_S; // "from 60 s to 65 s" reads better than with "1 min"
    return format_from(span_ns < long_ns ? UNIT_S : 0, span_ns, text);
}

const char *sim_time_format_seconds(int64_t time_ns, char text[SIM_TIME_TEXT_SIZE]) {
    enum { DECIMALS = 9, DECIMALS_LEAST = 3 };
    uint64_t magnitude = time_ns < 0 ? 0 - (uint64_t)time_ns : (uint64_t)time_ns;
    int length =
        snprintf(text, SIM_TIME_TEXT_SIZE, "%s%" PRIu64 ".%09" PRIu64, time_ns < 0 ? "-" : "",
                 magnitude / (uint64_t)NS_PER_S, magnitude % (uint64_t)NS_PER_S);
    for (int i = 0; i < DECIMALS - DECIMALS_LEAST && text[length - 1] == '0'; i++) {
        length--;
    }
    ENSURE(length > 0 && (size_t)length + sizeof " s" <= SIM_TIME_TEXT_SIZE);
    memcpy(text + length, " s", sizeof " s");
    return text;
}

double sim_time_to_seconds(int64_t time_ns) {
    return (double)time_ns / (double)NS_PER_S;
}

size_t sim_times_before(const void *elements, size_t count, size_t size, size_t offset,
                        int64_t time_ns) {
    REQUIRE(offset + sizeof time_ns <= size);
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int64_t found_ns = 0;
        memcpy(&found_ns, (const char *)elements + middle * size + offset, sizeof found_ns);
        low = found_ns < time_ns ? middle + 1 : low;
        high = found_ns < time_ns ? high : middle;
    }
    return low;
}

size_t sim_times_until(const void *elements, size_t count, size_t size, size_t offset,
                       int64_t time_ns) {
    return time_ns == INT64_MAX ? count
                                : sim_times_before(elements, count, size, offset, time_ns + 1);
}
