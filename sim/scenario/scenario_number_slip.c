// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_number_slip.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_number.h"

enum { UNIT_SIZE = 64 };

static const char digits[] = "0123456789";

// The number that a text begins with, written anew.
struct numeral {
    char text[NUMBER_TEXT_SIZE];
    const char *rest;   // of the text: the unit
    const char *reason; // why it was written anew; NULL: it was not
    bool unsure;        // what it means
};

// "0x10", "0o7", "0b1": the digits behind the prefix, in decimal.
static bool read_other_base(const char *text, struct numeral *numeral) {
    static const struct {
        char letter;
        int base;
    } bases[] = {{'x', 16}, {'o', 8}, {'b', 2}};
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        if (text[0] == '0' && tolower((unsigned char)text[1]) == bases[i].letter &&
            isxdigit((unsigned char)text[2])) {
            char *end = NULL;
            uint64_t value = strtoull(text + 2, &end, bases[i].base);
            size_t sign = strlen(numeral->text);
            snprintf(numeral->text + sign, sizeof numeral->text - sign, "%" PRIu64, value);
            numeral->rest = end;
            numeral->reason = "numbers are decimal";
            return end != text + 2;
        }
    }
    return false;
}

// Why a character between two digits does not belong there, or NULL.
static const char *separator_fault(char separator) {
    return separator == '_'    ? "digits stand without '_' between them"
           : separator == '\'' ? "digits stand without ' between them"
           : separator == ' '  ? "digits stand without blanks between them"
                               : NULL;
}

static void add_character(struct numeral *numeral, char character) {
    REQUIRE(character != 0);
    size_t length = strlen(numeral->text);
    if (length + 1 < sizeof numeral->text) {
        numeral->text[length] = character;
        numeral->text[length + 1] = 0;
    }
}

// Digits with what people put between them. Returns the first character behind.
static const char *copy_digits(const char *text, struct numeral *numeral) {
    REQUIRE(text != NULL);
    for (; isdigit((unsigned char)*text); text++) {
        add_character(numeral, *text);
        const char *fault = isdigit((unsigned char)text[1]) ? NULL : separator_fault(text[1]);
        if (fault != NULL && isdigit((unsigned char)text[2])) {
            numeral->reason = fault;
            text++;
        }
    }
    return text;
}

// "1,000" may be one or a thousand; "0,01", "1,5" and "1,234.5" say what they are.
static const char *copy_commas(const char *text, struct numeral *numeral, bool first) {
    for (; *text == ',' && isdigit((unsigned char)text[1]); first = false) {
        size_t group = strspn(text + 1, digits);
        bool again = text[group + 1] == ',' || text[group + 1] == '.' || !first;
        bool thousands = group == 3 && numeral->text[0] != '0';
        numeral->unsure = numeral->unsure || (thousands && !again);
        numeral->reason = thousands && again ? "digits stand without ',' between them"
                          : numeral->unsure  ? "decimals are written with a point, and thousands "
                                               "without a comma"
                                             : "decimals are written with a point";
        if (!thousands) {
            add_character(numeral, '.');
        }
        text = copy_digits(text + 1, numeral);
    }
    return text;
}

// "01" alone may be the end of "0,01" in a list.
static void drop_leading_zeros(struct numeral *numeral, bool is_whole) {
    enum { DECIMALS_MAX = 4 };
    char *first = numeral->text + (numeral->text[0] == '-');
    size_t zeros = strspn(first, "0");
    zeros -= zeros > 0 && strchr(digits, first[zeros] == 0 ? '.' : first[zeros]) == NULL;
    if (zeros > 0) {
        numeral->unsure = numeral->unsure ||
                          (is_whole && numeral->reason == NULL && strlen(first) <= DECIMALS_MAX);
        memmove(first, first + zeros, strlen(first + zeros) + 1);
        numeral->reason =
            numeral->reason != NULL
                ? numeral->reason
                : "a number has no leading zeros, and decimals are written with a point";
    }
}

// Behind "e-3" at the text, or the text itself.
static const char *copy_exponent(const char *text, struct numeral *numeral) {
    REQUIRE(text != NULL);
    if (tolower((unsigned char)*text) != 'e') {
        return text;
    }
    const char *power = text + 1 + (text[1] == '-' || text[1] == '+');
    size_t length = strspn(power, digits);
    for (; length > 0 && text < power + length; text++) {
        add_character(numeral, *text);
    }
    return text;
}

static struct numeral numeral_of(const char *text) {
    REQUIRE(text != NULL);
    struct numeral numeral = {.rest = text};
    const char *at = text + (*text == '-' || *text == '+');
    if (*text == '-') {
        add_character(&numeral, '-');
    }
    if (read_other_base(at, &numeral)) {
        return numeral;
    }
    const char *whole = at;
    at = copy_digits(at, &numeral);
    at = copy_commas(at, &numeral, at > whole);
    drop_leading_zeros(&numeral, *at != '.');
    if (*at == '.') {
        add_character(&numeral, '.');
        at = copy_digits(at + 1, &numeral);
    }
    at = copy_exponent(at, &numeral);
    numeral.rest = at == whole ? text : at;
    return numeral;
}

// "1000" for "1e3" and "1000.0". False: it is no whole number, or is one as it stands.
static bool write_out(struct numeral *numeral) {
    double value = 0;
    int64_t whole = 0;
    if (number_read_integer(numeral->text, &whole) || !number_read_decimal(numeral->text, &value) ||
        fabs(value) > 1e15 || value != floor(value)) {
        return false;
    }
    snprintf(numeral->text, sizeof numeral->text, "%.0f", value);
    return true;
}

// The index-th unit or word that a mistyped one may be: itself, in small letters, a unit that
// differs in the case of its letters alone. NULL: none such.
static const char *unit_meant(const char *unit, size_t index, char small[UNIT_SIZE]) {
    REQUIRE(unit != NULL);
    if (index == 0) {
        return unit;
    }
    if (index == 1) {
        size_t length = strnlen(unit, UNIT_SIZE - 1);
        for (size_t i = 0; i < length; i++) {
            small[i] = (char)tolower((unsigned char)unit[i]);
        }
        small[length] = 0;
        return small;
    }
    const char *known = number_unit_name(index - 2);
    return known != NULL && strcasecmp(known, unit) == 0 ? known : NULL;
}

// A small b is a bit to many, and is no byte.
static bool is_bit_or_byte(const char *unit, const char *meant) {
    REQUIRE(unit != NULL && meant != NULL);
    return strchr(meant, 'B') != NULL && strchr(unit, 'b') != NULL;
}

bool number_slip(const char *text, size_t index, char meant[NUMBER_SLIP_SIZE],
                 const char **reason) {
    REQUIRE(text != NULL);
    char small[UNIT_SIZE];
    struct numeral numeral = numeral_of(text);
    const char *unit = numeral.rest + strspn(numeral.rest, " ");
    bool behind = index / 2 >= 2 && number_unit_name(index / 2 - 2) == NULL;
    const char *known = behind ? NULL : unit_meant(unit, index / 2, small);
    bool whole = index % 2 == 1 && write_out(&numeral);
    if (strlen(text) >= UNIT_SIZE) { // no number, no unit and no word of a scenario
        return false;
    }
    *reason = known == NULL              ? NULL
              : numeral.reason != NULL   ? numeral.reason
              : strcmp(known, unit) != 0 ? "capital and small letters differ"
              : whole                    ? "a whole number is written out"
                                         : NULL;
    meant[0] = 0;
    if (known != NULL && is_bit_or_byte(unit, known)) {
        *reason = "'B' is a byte, 'bit' a bit";
    } else if (known != NULL && !numeral.unsure) {
        snprintf(meant, NUMBER_SLIP_SIZE, "%s%s%s", numeral.text,
                 numeral.text[0] == 0 || known[0] == 0 ? "" : " ", known);
    }
    return !behind;
}
