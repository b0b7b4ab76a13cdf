// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_number.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

enum { DIGITS_MAX = 40, POWER_MAX = 1000 };

struct unit {
    const char *name;
    int64_t worth;
    bool written; // the canonical form uses it
};

static const struct unit bandwidth_units[] = {
    {"Tbit/s", 1000000000000, true},
    {"Gbit/s", 1000000000, true},
    {"Mbit/s", 1000000, true},
    {"kbit/s", 1000, true},
    {"bit/s", 1, true},
    {"TB/s", 8000000000000, false},
    {"GB/s", 8000000000, false},
    {"MB/s", 8000000, false},
    {"kB/s", 8000, false},
    {"B/s", 8, false},
};

static const struct unit byte_units[] = {
    {"TB", 1000000000000, true}, {"GB", 1000000000, true}, {"MB", 1000000, true},
    {"kB", 1000, true},          {"B", 1, true},           {"TiB", INT64_C(1) << 40, false},
    {"GiB", 1 << 30, false},     {"MiB", 1 << 20, false},  {"KiB", 1 << 10, false},
};

enum {
    BANDWIDTH_UNITS = sizeof bandwidth_units / sizeof bandwidth_units[0],
    BYTE_UNITS = sizeof byte_units / sizeof byte_units[0],
};

static const char *skip_digits(const char *text) {
    while (*text >= '0' && *text <= '9') {
        text++;
    }
    return text;
}

// Behind "-12.5", "+.5" or "5." at the start of the text, or NULL where there is no such number.
static const char *skip_decimal(const char *text) {
    text += *text == '-' || *text == '+';
    const char *end = skip_digits(text);
    size_t digits = (size_t)(end - text);
    if (text[0] == '0' && digits > 1) {
        return NULL;
    }
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        digits += (size_t)(end - fraction);
    }
    return digits == 0 ? NULL : end;
}

// The same with an exponent, if there is one.
static const char *skip_number(const char *text) {
    const char *end = skip_decimal(text);
    if (end == NULL || (*end != 'e' && *end != 'E')) {
        return end;
    }
    const char *exponent = end + 1 + (end[1] == '-' || end[1] == '+');
    end = skip_digits(exponent);
    return end == exponent ? NULL : end;
}

bool number_read_unsigned(const char *text, uint64_t *value) {
    REQUIRE(text != NULL && value != NULL);
    text += *text == '+';
    if (*text == 0 || skip_decimal(text) == NULL || *skip_digits(text) != 0) {
        return false;
    }
    errno = 0;
    unsigned long long read = strtoull(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *value = read;
    return true;
}

bool number_read_integer(const char *text, int64_t *value) {
    REQUIRE(text != NULL && value != NULL);
    uint64_t magnitude = 0;
    bool negative = text[0] == '-';
    if ((negative && text[1] == '+') || !number_read_unsigned(text + negative, &magnitude) ||
        magnitude > INT64_MAX) {
        return false;
    }
    *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

// strtod and printf under the C locale, whatever the program's own is.
static double read_double(const char *text) {
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    INVARIANT(c_locale != (locale_t)0);
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    return value;
}

static void write_double(double value, int digits, char text[NUMBER_TEXT_SIZE]) {
    REQUIRE(digits >= 15 && digits <= 17);
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    INVARIANT(c_locale != (locale_t)0);
    locale_t before = uselocale(c_locale);
    snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
    uselocale(before);
    freelocale(c_locale);
}

bool number_is_too_small(const char *text) {
    REQUIRE(text != NULL);
    const char *end = skip_number(text);
    if (end == NULL || strcspn(text, "123456789") >= strcspn(text, "eE")) {
        return false;
    }
    bool share = strcmp(end + strspn(end, " "), "%") == 0;
    return (share && read_double(text) / 100 == 0) || (*end == 0 && read_double(text) == 0);
}

bool number_read_decimal(const char *text, double *value) {
    REQUIRE(text != NULL && value != NULL);
    const char *end = skip_number(text);
    if (end == NULL || *end != 0) {
        return false;
    }
    double read = read_double(text);
    if (!isfinite(read) || number_is_too_small(text)) {
        return false;
    }
    *value = read + 0.0; // "-0" is 0
    return true;
}

const char *number_write(double value, char text[NUMBER_TEXT_SIZE]) {
    REQUIRE(isfinite(value));
    for (int digits = 15; digits <= 17; digits++) {
        write_double(value, digits, text);
        double back = read_double(text);
        if (memcmp(&back, &value, sizeof value) == 0) {
            break;
        }
    }
    return text;
}

bool number_read_percent(const char *text, double *share) {
    REQUIRE(text != NULL && share != NULL);
    char number[DIGITS_MAX];
    size_t length = strlen(text);
    if (length < 2 || length > sizeof number || text[length - 1] != '%') {
        return false;
    }
    length--;
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    memcpy(number, text, length);
    number[length] = 0;
    double percent = 0;
    if (!number_read_decimal(number, &percent) || number_is_too_small(text)) {
        return false;
    }
    *share = percent / 100;
    return true;
}

// x / 100 * 100 may miss x by one unit in the last place, so the neighbours are tried as well.
const char *number_write_percent(double share, char text[NUMBER_TEXT_SIZE]) {
    REQUIRE(isfinite(share) && share >= 0);
    double percent = share * 100;
    double near[] = {percent, nextafter(percent, 0), nextafter(percent, 200)};
    for (int digits = 15; digits <= 17; digits++) {
        for (int i = 0; i < 3; i++) {
            write_double(near[i], digits, text);
            if (read_double(text) / 100 == share) {
                strcat(text, " %");
                return text;
            }
        }
    }
    write_double(percent, 17, text);
    strcat(text, " %");
    return text;
}

const char *number_read_time(const char *text, int64_t *span_ns) {
    REQUIRE(text != NULL && span_ns != NULL);
    if (skip_number(text) == NULL) {
        return "a time is a number and a unit, as in '200 ms'";
    }
    return sim_time_parse(text, span_ns);
}

// mantissa * 10^-decimals of a number's text without a sign; false if it has more digits than any
// quantity needs.
static bool read_exactly(const char *text, const char *end, int64_t *mantissa, int *decimals) {
    REQUIRE(text <= end);
    bool fraction = false;
    *mantissa = 0;
    *decimals = 0;
    for (; text < end && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') {
            fraction = true;
            continue;
        }
        if (*mantissa >= INT64_MAX / 10 - 1) {
            return false;
        }
        *mantissa = *mantissa * 10 + (*text - '0');
        *decimals += fraction;
    }
    if (text < end) {
        long power = strtol(text + 1, NULL, 10); // held at the ends of its range
        *decimals -= (int)(power > POWER_MAX ? POWER_MAX : power < -POWER_MAX ? -POWER_MAX : power);
    }
    return true;
}

static const char *read_quantity(const char *text, const struct unit *units, int unit_count,
                                 int64_t *value) {
    REQUIRE(text != NULL && value != NULL);
    const char *end = text[0] == '-' ? NULL : skip_number(text);
    text += *text == '+';
    int64_t mantissa = 0;
    int decimals = 0;
    if (end == NULL || !read_exactly(text, end, &mantissa, &decimals)) {
        return "it is a number and a unit";
    }
    const char *name = end + strspn(end, " ");
    const struct unit *unit = NULL;
    for (int i = 0; i < unit_count; i++) {
        unit = strcmp(units[i].name, name) == 0 ? &units[i] : unit;
    }
    if (unit == NULL) {
        return *name == 0 ? "the unit is missing" : "not a unit that is known here";
    }
    __int128 product = (__int128)mantissa * unit->worth;
    for (; decimals < 0 && product != 0 && product <= INT64_MAX; decimals++) {
        product *= 10;
    }
    for (; decimals > 0; decimals--) {
        if (product % 10 != 0) {
            return "it must come to a whole number of bits or bytes";
        }
        product /= 10;
    }
    *value = product > INT64_MAX ? INT64_MAX : (int64_t)product;
    return NULL;
}

static const char *write_quantity(int64_t value, const struct unit *units,
                                  char text[NUMBER_TEXT_SIZE]) {
    REQUIRE(value >= 0);
    const struct unit *unit = units;
    while (unit->worth > 1 && (value % unit->worth != 0 || value == 0)) {
        unit++;
        INVARIANT(unit->written);
    }
    snprintf(text, NUMBER_TEXT_SIZE, "%" PRId64 " %s", value / unit->worth, unit->name);
    return text;
}

const char *number_read_bandwidth(const char *text, int64_t *bits_per_s) {
    return read_quantity(text, bandwidth_units, BANDWIDTH_UNITS, bits_per_s);
}

const char *number_read_bytes(const char *text, int64_t *bytes) {
    return read_quantity(text, byte_units, BYTE_UNITS, bytes);
}

const char *number_unit_name(size_t index) {
    return index < BANDWIDTH_UNITS                ? bandwidth_units[index].name
           : index < BANDWIDTH_UNITS + BYTE_UNITS ? byte_units[index - BANDWIDTH_UNITS].name
                                                  : NULL;
}

const char *number_write_bandwidth(int64_t bits_per_s, char text[NUMBER_TEXT_SIZE]) {
    return write_quantity(bits_per_s, bandwidth_units, text);
}

const char *number_write_bytes(int64_t bytes, char text[NUMBER_TEXT_SIZE]) {
    return write_quantity(bytes, byte_units, text);
}
