// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_schema.h"

bool quantity_read(const char *text, struct quantity *quantity) {
    REQUIRE(text != NULL && quantity != NULL);
    int64_t whole = 0;
    double decimal = 0;
    if (number_read_integer(text, &whole)) {
        *quantity = (struct quantity){QUANTITY_INTEGER, (double)whole};
    } else if (number_read_decimal(text, &decimal)) {
        *quantity = (struct quantity){QUANTITY_DECIMAL, decimal};
    } else if (number_read_percent(text, &decimal)) {
        *quantity = (struct quantity){QUANTITY_PERCENT, decimal};
    } else if (number_read_time(text, &whole) == NULL) {
        *quantity = (struct quantity){QUANTITY_TIME, (double)whole};
    } else if (number_read_bytes(text, &whole) == NULL) {
        *quantity = (struct quantity){QUANTITY_BYTES, (double)whole};
    } else if (number_read_bandwidth(text, &whole) == NULL) {
        *quantity = (struct quantity){QUANTITY_BANDWIDTH, (double)whole};
    } else {
        return false;
    }
    return true;
}

bool quantities_are_comparable(struct quantity a, struct quantity b) {
    REQUIRE(a.kind < QUANTITY_KIND_COUNT && b.kind < QUANTITY_KIND_COUNT);
    enum quantity_kind kind_a = a.kind == QUANTITY_INTEGER ? QUANTITY_DECIMAL : a.kind;
    enum quantity_kind kind_b = b.kind == QUANTITY_INTEGER ? QUANTITY_DECIMAL : b.kind;
    return kind_a == kind_b;
}

// To six digits, so that the last bits of exp and log on some machine do not make another run.
static double rounded(double value) {
    char text[NUMBER_TEXT_SIZE];
    snprintf(text, sizeof text, "%.6g", value);
    return strtod(text, NULL);
}

void quantity_write(struct quantity quantity, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    char time[SIM_TIME_TEXT_SIZE];
    switch (quantity.kind) {
    case QUANTITY_INTEGER:
        text_buffer_add(buffer, "%" PRId64, (int64_t)quantity.value);
        return;
    case QUANTITY_DECIMAL:
        text_buffer_add(buffer, "%s", number_write(rounded(quantity.value), text));
        return;
    case QUANTITY_PERCENT:
        text_buffer_add(buffer, "%s", number_write(rounded(100 * quantity.value), text));
        text_buffer_add(buffer, " %%");
        return;
    case QUANTITY_TIME:
        text_buffer_add(buffer, "%s", sim_time_format((int64_t)rounded(quantity.value), time));
        return;
    case QUANTITY_BYTES:
        text_buffer_add(buffer, "%s", number_write_bytes((int64_t)rounded(quantity.value), text));
        return;
    case QUANTITY_BANDWIDTH:
        text_buffer_add(buffer, "%s",
                        number_write_bandwidth((int64_t)rounded(quantity.value), text));
        return;
    case QUANTITY_KIND_COUNT:
    default:
        REQUIRE(quantity.kind < QUANTITY_KIND_COUNT);
    }
}

bool quantity_key_is_integer(const char *dotted) {
    REQUIRE(dotted != NULL);
    const struct schema_key *row = schema_find_row(dotted);
    return row != NULL && row->type->is_whole;
}

struct quantity quantity_between(struct quantity from, struct quantity to, bool logarithmic,
                                 double u) {
    REQUIRE(from.kind == to.kind && from.value < to.value);
    REQUIRE(!logarithmic || from.value > 0);
    bool integer = from.kind == QUANTITY_INTEGER;
    double end = integer ? to.value + 1 : to.value;
    double value = logarithmic ? from.value * exp(u * log(end / from.value))
                               : from.value + u * (end - from.value);
    value = integer ? floor(value) : value;
    return (struct quantity){from.kind, fmin(fmax(value, from.value), to.value)};
}
