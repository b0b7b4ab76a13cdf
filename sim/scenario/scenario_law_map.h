// SPDX-License-Identifier: GPL-3.0-or-later
// The map of a law: "{law: uniform, min: 180 ms, max: 220 ms}", and of a mixture with its parts.
// What a key may be besides is in scenario_law.h.
#pragma once

#include "sim/base/distribution.h"
#include "sim/scenario/scenario_key.h"

// *law changes only on success. All that is wrong is told together. Requires: the node is a map.
// Errors: STATUS_BAD_DATA.
enum status law_map_read(const struct value_reading *reading, struct distribution *law);

// The canonical text, with its braces.
void law_map_write(const struct distribution *distribution, struct text_buffer *buffer);

// Whether a word stands in the map of some law.
bool law_has_member(const char *word);
