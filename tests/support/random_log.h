// SPDX-License-Identifier: GPL-3.0-or-later
// Logs of random rows within the schema's ranges, for tests of everything that stores or reads
// logs. They tell no possible story: only their values are legal.
#pragma once

#include <stdbool.h>

#include "sim/runlog/run_sink.h"

struct random_log_options {
    uint64_t seed;
    size_t events, gradients, updates, evaluations, reductions, incidents;
    size_t narrow;          // so many rows of each table, from the first on, are without what came
                            // later (runlog_schema.h, may_lack)
    int32_t workers;        // at least 1
    int32_t sample_columns; // 0: samples are not logged
    size_t parameters;      // 0: timing only
    bool events_logged;
    bool centre_kept;   // needs parameters
    bool values_logged; // needs parameters; two of three gradients have values
};

// Options drawn from a seed: tables of no, one, few or many rows, each switch on or off.
struct random_log_options random_log_options(uint64_t seed);

// Plays such a run into a sink, gradients not in the order of their index.
void random_log_play(const struct random_log_options *options, const struct run_sink *sink);

// Plays it into a memory sink. To be released with runlog_reset.
void random_log_make(const struct random_log_options *options, struct runlog *log);

// Fails the running test unless both hold the same, bit for bit (NaN included), and says what
// differs first, after "label".
void random_log_expect_equal(const struct runlog *a, const struct runlog *b, const char *label);
