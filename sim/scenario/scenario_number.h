// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and quantities of a scenario, read under the C locale from a checked decimal syntax:
// no hexadecimal, no leading zeros, no infinities, no guessing. And written back the same.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT_SIZE = 48 };

// "42", "-7", "+7": digits without leading zeros. False if it is anything else or does not fit.
bool number_read_integer(const char *text, int64_t *value);
bool number_read_unsigned(const char *text, uint64_t *value);

// "0.01", "-3", "1e-3", ".5", "5.", "+0.5": the numbers of YAML 1.2 but for leading zeros; finite.
// False if it is anything else, or too small for a double.
bool number_read_decimal(const char *text, double *value);

// A number, or share ("1e-400 %"), above or below 0 that would be read as 0.
#define NUMBER_TOO_SMALL "too small to be held: a number is 0, or at least 5e-324"
bool number_is_too_small(const char *text);

// The shortest text that reads back as this very number.
const char *number_write(double value, char text[NUMBER_TEXT_SIZE]);

// "50 %" as .5, and the shortest text that reads back as this very share.
bool number_read_percent(const char *text, double *share);
const char *number_write_percent(double share, char text[NUMBER_TEXT_SIZE]);

// Times, exactly: as sim_time_parse, in the strict decimal syntax. NULL, or what is wrong.
const char *number_read_time(const char *text, int64_t *span_ns);

// "10 Gbit/s", "100 MB/s" as bits per second; "8 MB", "64 KiB" as bytes: whole numbers of them.
// NULL, or what is wrong.
const char *number_read_bandwidth(const char *text, int64_t *bits_per_s);
const char *number_read_bytes(const char *text, int64_t *bytes);

// In the largest decimal unit that leaves a whole number: "10 Gbit/s", "8 MB".
const char *number_write_bandwidth(int64_t bits_per_s, char text[NUMBER_TEXT_SIZE]);
const char *number_write_bytes(int64_t bytes, char text[NUMBER_TEXT_SIZE]);

// The units of bandwidths and sizes, one by one; NULL behind the last.
const char *number_unit_name(size_t index);
