// SPDX-License-Identifier: GPL-3.0-or-later
// Laws of times: what a scenario may say about a span, and one draw from it (through GSL), rounded
// to the nearest nanosecond, half to even. This is the one place where a sampled double becomes an
// integer.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/measured_times.h"
#include "sim/base/rng_stream.h"

enum law {
    LAW_CONSTANT,            // value
    LAW_UNIFORM,             // min, max
    LAW_EXPONENTIAL,         // mean
    LAW_SHIFTED_EXPONENTIAL, // shift, mean (of the exponential part): shift + Exp(mean)
    LAW_NORMAL,              // mean, std, negative
    LAW_LOGNORMAL,           // mean, cv: mean and coefficient of variation of the time itself
    LAW_GAMMA,               // mean, cv
    LAW_WEIBULL,             // scale, shape
    LAW_PARETO,              // scale (the least value), shape
    LAW_ERLANG,              // mean, stages: the sum of so many equal exponential times
    LAW_MIXTURE,             // parts
    LAW_TRACE,               // times; min, mean: of its rows
    LAW_EMPIRICAL,           // likewise
    LAW_COUNT,
};

// What a normal law does with a negative draw.
enum negative_rule { NEGATIVE_ABSOLUTE, NEGATIVE_CLIP, NEGATIVE_REDRAW, NEGATIVE_RULE_COUNT };

enum { LAW_PARAMETERS_MAX = 2, LAW_PARTS_MAX = 8, LAW_PART_NAME_SIZE = 32 };

// A part of a mixture: any other law.
struct law_part {
    char name[LAW_PART_NAME_SIZE];
    double share; // 0..1: how likely a time is one of this part
    enum law law;
    double parameters[LAW_PARAMETERS_MAX];
    enum negative_rule negative;
    double at_most;
};

struct distribution {
    enum law law;
    double
        parameters[LAW_PARAMETERS_MAX]; // in the order of the table; times in ns, the others plain
    enum negative_rule negative;        // LAW_NORMAL only
    double at_most;                     // ns; a longer draw is drawn again; 0: no bound
    int part_count;                     // LAW_MIXTURE only
    union {
        struct law_part parts[LAW_PARTS_MAX]; // in ascending order of their names; shares add up
                                              // to 1
        struct law_times times;               // LAW_TRACE and LAW_EMPIRICAL only
    };
};

// One row per law, indexed by enum law: the words of a scenario. Shared by the parser, the
// canonical form, the documentation and "desgd list laws".
struct law_parameter {
    const char *name;
    enum { LAW_PARAMETER_TIME, LAW_PARAMETER_NUMBER, LAW_PARAMETER_WHOLE } kind;
    double least;         // smallest value allowed (ns or plain)
    int least_allowed;    // 0: must be greater than "least"
    double default_value; // NaN: required (e.g. a normal law's mean is 0 unless given)
};

struct law_entry {
    const char *name;
    const char *summary; // one line: what it is and its density or mean
    int parameter_count;
    struct law_parameter parameters[LAW_PARAMETERS_MAX];
};

extern const struct law_entry law_table[LAW_COUNT];
extern const char *const negative_rule_names[NEGATIVE_RULE_COUNT];

struct distribution distribution_constant(int64_t span_ns);

// The law of one part of a mixture. Requires: 0 <= index < part_count.
struct distribution distribution_part(const struct distribution *distribution, int index);

// Whether its times are the rows of a file.
bool distribution_is_measured(const struct distribution *distribution);

// One span >= 0. Of a measured law the rows must be there (times.measured); a trace takes the row
// of the stream's actor and number and draws nothing. Constants draw nothing; rejection laws draw a
// varying count: give each draw its own stream. What is above "at_most" is drawn again, each time
// from the next draw of the same key (rng_stream_next_draw), so that a bound changes those spans
// alone that exceed it. Which part of a mixture it is is drawn beside (rng_stream_beside): the span
// is then the one that the part's law alone gives, and a mixture of one part is that law bit for
// bit.
int64_t distribution_sample(const struct distribution *distribution, struct rng_stream *stream);

// True if every sample is the same, so that no stream is needed; *span_ns is it.
static inline bool distribution_is_constant(const struct distribution *distribution,
                                            int64_t *span_ns) {
    if (distribution->law != LAW_CONSTANT) {
        return false;
    }
    *span_ns = llrint(distribution->parameters[0]);
    return true;
}

// No sample is less, in ns, before rounding.
double distribution_least(const struct distribution *distribution);

// The mean of a sample in ns, before rounding (infinite for a Pareto law of shape 1 or less).
double distribution_mean(const struct distribution *distribution);

// The share of samples, before rounding, that are at most "ns": the distribution function. Of a
// measured law the rows must be there.
double distribution_share(const struct distribution *distribution, double ns);
