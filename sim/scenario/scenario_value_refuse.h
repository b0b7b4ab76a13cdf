// SPDX-License-Identifier: GPL-3.0-or-later
// How a value is refused: what is wrong with it, what is allowed, and what to write instead.
#pragma once

#include "sim/scenario/scenario_key.h"
#include "sim/scenario/scenario_number_slip.h"

// "'end' is '100': a time needs its unit", with what is allowed on the line below; because: half a
// sentence, or NULL for "'seed' must be a whole number, 0 to ..., got '-1'". Returns
// STATUS_BAD_DATA, like all of these.
enum status value_refuse(const struct value_reading *reading, const char *because);

// The same of a part of a value that has a name of its own: because, and the line below.
enum status value_refuse_part(const struct value_reading *reading, const char *name,
                              const char *because, const char *allowed);

// "'seed' takes one value, not a map", "'seed' has no value".
enum status value_refuse_kind(const struct value_reading *reading, const char *because);

// Any other message. Where the number is written in another notation, what to write takes the place
// of the hint (NULL: none).
enum status value_refuse_with(const struct value_reading *reading, const char *hint,
                              const char *format, ...) __attribute__((format(printf, 3, 4)));

// What is wrong with the notation of a number, or NULL. meant: what would be read in its place, or
// "" where that is not known.
const char *value_slip(const struct value_reading *reading, char meant[NUMBER_SLIP_SIZE]);
