// SPDX-License-Identifier: GPL-3.0-or-later
// Closed forms against the simulator. A closed form is a formula with its source, the function that
// computes it from a scenario, and what is measured in a run; a row of the table is one scenario
// that it is about. What a row says is judged by runs of that scenario under many seeds.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/validate/measure.h"

enum closed_form_kind {
    CLOSED_FORM_MEAN,    // of the rounds: the theory within VALIDATION_Z_MOST standard errors
    CLOSED_FORM_EXACT,   // every round has the value of the theory
    CLOSED_FORM_AT_MOST, // no round exceeds it
};

struct closed_form {
    const char *formula;
    const char *source;
    const char *unit; // "" for none
    enum closed_form_kind kind;
    double (*theory)(const struct scenario *scenario);
    measure *measured;
};

struct validation_row {
    const char *name; // unique: --only and the random numbers go by it
    const struct closed_form *form;
    const char *scenario; // YAML; validation_parse adds what it does not say
};

// The rows of one file, in the order of the table.
struct validation_part {
    const struct validation_row *rows;
    size_t count;
};
extern const struct validation_part validation_times;    // validation_rows_times.c
extern const struct validation_part validation_server;   // validation_rows_server.c
extern const struct validation_part validation_training; // validation_rows_training.c

// The rows whose names begin with one of "only" (only_count; 0: all rows), in the order of the
// table; to be released with memory_free. Returns how many.
size_t validation_select(const char *const *only, size_t only_count, struct validation_row **rows);

#define VALIDATION_Z_MOST 4.0
enum { VALIDATION_ROUNDS = 200, VALIDATION_EXACT_ROUNDS = 4, VALIDATION_ROUNDS_MOST = 100000 };

struct validation_result {
    double theory;
    double simulated; // CLOSED_FORM_MEAN: the mean of the rounds; AT_MOST: the greatest; EXACT:
                      // the first that differs, or the theory
    double standard_error; // of the mean, from the rounds; 0 of the others
    double z; // (simulated - theory) / standard_error, Student's t, as the normal quantile of the
              // same chance; 0 of the others
    int32_t rounds;
    bool holds;
};

struct validation_options {
    uint64_t seed;
    int32_t rounds;    // of a mean, at least 2; the other kinds have VALIDATION_EXACT_ROUNDS
    int32_t processes; // at least 1; changes no result
    void (*progress)(void *context, int64_t now_ns, double fraction); // may be NULL; time 0
    void *progress_context;
};

// Whether one of them is a CLOSED_FORM_MEAN.
bool validation_has_means(const struct validation_row *rows, size_t count);

// The scenario of a row. Errors: STATUS_BAD_DATA, of scenario_parse.
enum status validation_parse(const struct validation_row *row, struct scenario *scenario,
                             struct error *error);

// Runs every row; results: (count). Each round has a seed of its own, drawn by (seed, name, round),
// so that rows are independent of each other and a new row changes no other one. Errors:
// STATUS_BAD_DATA (a scenario), STATUS_NO_MEMORY (no process), STATUS_IO (no pipe),
// STATUS_INTERNAL (a process ended early, or a run failed).
enum status validation_run(const struct validation_row *rows, size_t count,
                           const struct validation_options *options,
                           struct validation_result *results, struct error *error);

// How many rows do not hold.
size_t validation_misses(const struct validation_result *results, size_t count);

// standard_error / |theory|; 0 where the kind has none.
double validation_relative_error(const struct validation_result *result);
