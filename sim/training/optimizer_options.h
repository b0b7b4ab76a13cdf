// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario says about the step beyond the plain learning rate: keys of "training:", and of
// "policy:" what corrects a stale gradient.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rate_schedule {
    RATE_CONSTANT, // the factor 1
    RATE_STEP,     // factor ^ floor(n / every)
    RATE_COSINE,   // least + (1 - least) (1 + cos(pi min(n, over) / over)) / 2
    RATE_SCHEDULE_COUNT,
};
enum rate_counts { RATE_COUNTS_UPDATES, RATE_COUNTS_GRADIENTS, RATE_COUNTS_COUNT }; // what n is
enum rate_scaling {
    RATE_SCALING_NONE,
    RATE_SCALING_LINEAR, // times the gradients of the update
    RATE_SCALING_ROOT,   // times the root of that
    RATE_SCALING_COUNT,
};
// Of fedbuff: which steps follow schedule and warm-up, those of the server by the ways of the
// workers, or those on a worker's way.
enum rate_of { RATE_OF_SERVER, RATE_OF_LOCAL, RATE_OF_COUNT };
enum momentum_place { MOMENTUM_AT_SERVER, MOMENTUM_AT_WORKER, MOMENTUM_PLACE_COUNT };

struct rate_options {
    enum rate_schedule schedule;
    int64_t every;   // step
    double factor;   // step
    int64_t over;    // cosine
    double least;    // cosine
    int64_t warm_up; // 0: none; else times min(1, (n + 1) / warm_up)
    enum rate_counts counts;
    enum rate_scaling scaling;
    enum rate_of of;
};

struct optimizer_options {
    struct rate_options rate;
    double momentum; // 0: none
    bool nesterov;
    enum momentum_place momentum_place;
    double weight_decay;
};

// What the policy does to a gradient that is stale; see stale_correction.h.
enum stale_correction {
    CORRECTION_NONE,
    CORRECTION_DELAY, // DC-ASGD
    CORRECTION_GAP,   // gap-aware
};

// Who keeps the mean square of the gradients: the server one of all, as the paper has it, or one of
// each worker, as its authors' code does.
enum mean_square_place { MEAN_SQUARE_PER_SERVER, MEAN_SQUARE_PER_WORKER, MEAN_SQUARE_PLACE_COUNT };

struct correction_options {
    double lambda;              // DC-ASGD; lambda_0 if adaptive
    bool adaptive;              // DC-ASGD
    double decay;               // DC-ASGD, adaptive: m, of the mean square of the gradients
    enum mean_square_place per; // DC-ASGD, adaptive
    double step_decay;          // gap-aware: of the mean square of the steps
};

extern const char *const rate_schedule_names[RATE_SCHEDULE_COUNT];
extern const char *const rate_counts_names[RATE_COUNTS_COUNT];
extern const char *const rate_scaling_names[RATE_SCALING_COUNT];
extern const char *const rate_of_names[RATE_OF_COUNT];
extern const char *const mean_square_place_names[MEAN_SQUARE_PLACE_COUNT];
extern const char *const momentum_place_names[MOMENTUM_PLACE_COUNT];
