// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and quantities of a scenario, read under the C locale from a checked decimal syntax:
// no hexadecimal, no leading zeros, no infinities, no guessing. And written back the same.
#ifndef DESGD_SCENARIO_SCENARIO_NUMBER_H
#define DESGD_SCENARIO_SCENARIO_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { NUMBER_TEXT_SIZE = 48 };

// "42", "-7", "+7": digits without leading zeros. False if it is anything else or does not fit.
bool number_read_integer(const char *text, int64_t *value);
bool number_read_unsigned(const char *text, uint64_t *value);

// "0.01", "-3", "1e-3", ".5", "5.", "+0.5": the numbers of YAML 1.2 but for leading zeros; finite.
// False if it is anything else, or too small for a double.
bool number_read_decimal(const char *text, double *value);
bool number_is_too_small(const char *text); // a number above or below 0 that would be read as 0

// "a whole number is written out: 1000" for "1e3" and "1000.0"; NULL for everything else.
const char *number_hint_whole(const char *text, char hint[2 * NUMBER_TEXT_SIZE]);

// What to say of "0,01", alone or before a unit; NULL for everything else.
const char *number_hint_comma(const char *text);

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

#endif
