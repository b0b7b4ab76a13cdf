// SPDX-License-Identifier: GPL-3.0-or-later
// Simulated time: an int64 count of nanoseconds since the cluster was switched on, and its text
// form. Names carry the unit (..._ns). SIM_TIME_NEVER is later than every event.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/check.h"

#define SIM_TIME_NEVER INT64_MAX
#define SIM_SPAN_MAX_NS INT64_C(4000000000000000000) // 126 years: the longest span a law may give
#define NS_PER_S INT64_C(1000000000)

enum { SIM_TIME_TEXT_SIZE = 40 };

// A span times a factor, rounded half to even, at most SIM_SPAN_MAX_NS; by 1 it keeps every bit.
// Requires: span_ns >= 0, factor > 0.
int64_t sim_time_scaled(int64_t span_ns, double factor);

// start + span, or SIM_TIME_NEVER where that is past the end of the clock. Requires: span_ns >= 0.
static inline int64_t sim_time_add(int64_t start_ns, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    int64_t sum = 0;
    return __builtin_add_overflow(start_ns, span_ns, &sum) ? SIM_TIME_NEVER : sum;
}

// Reads "220 ms", "-0.5 s", "1.5 min": a decimal number and one of ns, us, ms, s, min, h. Exact:
// the number is read as a decimal, never through a double; a fraction of a nanosecond is refused.
// Returns NULL and sets *span_ns, or returns what is wrong (a constant sentence, e.g. "a time needs
// a unit: ns, us, ms, s, min or h").
const char *sim_time_parse(const char *text, int64_t *span_ns);

// How many ns a unit has by its name, and its name by these; 0 and NULL: there is no such unit.
int64_t sim_time_unit_ns(const char *name);
const char *sim_time_unit_name(int64_t unit_ns);

// The shortest exact form that sim_time_parse reads back: "220 ms", "1500 us", "0 s".
const char *sim_time_format(int64_t span_ns, char text[SIM_TIME_TEXT_SIZE]);

// For sentences: the same, but from 10 min on in the largest unit that is exact: "8 h", "90 min",
// "90 s", "220 ms".
const char *sim_time_format_sentence(int64_t span_ns, char text[SIM_TIME_TEXT_SIZE]);

// For people: seconds with as many decimals as are needed, at least three: "3.214 s", "3.2140005
// s".
const char *sim_time_format_seconds(int64_t time_ns, char text[SIM_TIME_TEXT_SIZE]);

double sim_time_to_seconds(int64_t time_ns);

// How many of "count" elements, which are in the order of a time that each has, are before a time,
// or not later than it: the index of the first that is not. Of elements in no order (a stranger's)
// some number up to "count".
#define TIMES_BEFORE(elements, count, member, time_ns)                                             \
    sim_times_before((elements), (count), sizeof *(elements),                                      \
                     offsetof(__typeof__(*(elements)), member), (time_ns))
#define TIMES_UNTIL(elements, count, member, time_ns)                                              \
    sim_times_until((elements), (count), sizeof *(elements),                                       \
                    offsetof(__typeof__(*(elements)), member), (time_ns))

// size: of an element; offset: of the time in it, in bytes.
size_t sim_times_before(const void *elements, size_t count, size_t size, size_t offset,
                        int64_t time_ns);
size_t sim_times_until(const void *elements, size_t count, size_t size, size_t offset,
                       int64_t time_ns);
