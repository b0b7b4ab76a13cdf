// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_value_timeline.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_value_refuse.h"

enum { FINGERPRINT_DIGITS = 16 };

// Of one small hexadecimal digit; 16: it is none.
static uint64_t digit_value(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *found = digit == 0 ? NULL : strchr(digits, digit);
    return found == NULL ? FINGERPRINT_DIGITS : (uint64_t)(found - digits);
}

static enum status read_timeline(const struct value_reading *reading) {
    const char *text = reading->node->text;
    uint64_t value = 0;
    REQUIRE(reading->key->type == &value_timeline);
    if (strcmp(text, "none") == 0) {
        *(uint64_t *)reading->field = 0;
        return STATUS_OK;
    }
    if (strlen(text) != FINGERPRINT_DIGITS || strspn(text, "0") == FINGERPRINT_DIGITS) {
        return value_refuse(reading, NULL);
    }
    for (const char *digit = text; *digit != 0; digit++) {
        if (digit_value(*digit) == FINGERPRINT_DIGITS) {
            return value_refuse(reading, NULL);
        }
        value = value * FINGERPRINT_DIGITS + digit_value(*digit);
    }
    *(uint64_t *)reading->field = value;
    return STATUS_OK;
}

static void write_timeline(const struct schema_key *key, const struct scenario *scenario,
                           struct text_buffer *buffer) {
    uint64_t value = *(const uint64_t *)key_field(key, scenario);
    if (value == 0) {
        text_buffer_add(buffer, "none");
    } else {
        text_buffer_add(buffer, "%016" PRIx64, value);
    }
}

// None, and some.
static bool vary_timeline(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_timeline);
    *(uint64_t *)field = index < 2 ? index : *(uint64_t *)field;
    return index < 2;
}

const struct value_type value_timeline = {
    .read = read_timeline,
    .write = write_timeline,
    .vary = vary_timeline,
    .words = "none, or the 16 hexadecimal digits of a fingerprint, not all 0"};
