// SPDX-License-Identifier: GPL-3.0-or-later
// The values of a scenario's keys as numbers that can be ordered, and numbers as such values: for a
// sweep's designs, which draw between two values, and its conditions, which compare them.
#pragma once

#include <stdbool.h>

#include "sim/scenario/text_buffer.h"

enum quantity_kind {
    QUANTITY_INTEGER,   // "300"
    QUANTITY_DECIMAL,   // "0.01"; also any whole number where no integer is asked for
    QUANTITY_TIME,      // "250 ms"; in ns
    QUANTITY_PERCENT,   // "50 %"; the share
    QUANTITY_BYTES,     // "8 MB"
    QUANTITY_BANDWIDTH, // "10 Gbit/s"; in bits per second
    QUANTITY_KIND_COUNT,
};

struct quantity {
    enum quantity_kind kind;
    double value;
};

// False: the text is no quantity, but a word, a list or a map. A whole number is an integer.
bool quantity_read(const char *text, struct quantity *quantity);

// Whether one can be above or below the other: those of one kind, whole and decimal numbers being
// one here.
bool quantities_are_comparable(struct quantity a, struct quantity b);

// The value in its largest fitting unit, as it stands in a scenario: whole numbers, times, bytes
// and bandwidths rounded to whole ones, others to six digits.
void quantity_write(struct quantity quantity, struct text_buffer *buffer);

// Whether a key takes whole numbers alone.
bool quantity_key_is_integer(const char *dotted);

// The coordinate u of [0, 1) between two values, on a linear or a logarithmic scale: of whole
// numbers each of from..to has an equal part (of the scale). Requires: equal kinds; from < to;
// from > 0 for a logarithmic scale.
struct quantity quantity_between(struct quantity from, struct quantity to, bool logarithmic,
                                 double u);
