// SPDX-License-Identifier: GPL-3.0-or-later
// Values as JSON, where it knows less than C.
#pragma once

#include <jansson.h>
#include <stdint.h>

// NaN and infinity, of which JSON knows neither, are null.
json_t *json_number(double value);

// A text must be UTF-8: in one that is not, "?" stands for each byte that is no ASCII.
json_t *json_text(const char *text);

// All 64 bits, as their digits: readers hold numbers as doubles.
json_t *json_hash(uint64_t hash);
