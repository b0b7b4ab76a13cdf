// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/optimizer_options.h"

#include "sim/base/complete_table.h"

const char *const rate_schedule_names[RATE_SCHEDULE_COUNT] = {
    ROW(RATE_CONSTANT) = "constant", ROW(RATE_STEP) = "step", ROW(RATE_COSINE) = "cosine"};

const char *const rate_counts_names[RATE_COUNTS_COUNT] = {ROW(RATE_COUNTS_UPDATES) = "updates",
                                                          ROW(RATE_COUNTS_GRADIENTS) = "gradients"};

const char *const rate_scaling_names[RATE_SCALING_COUNT] = {ROW(RATE_SCALING_NONE) = "none",
                                                            ROW(RATE_SCALING_LINEAR) = "linear",
                                                            ROW(RATE_SCALING_ROOT) = "root"};

const char *const rate_of_names[RATE_OF_COUNT] = {ROW(RATE_OF_SERVER) = "server",
                                                  ROW(RATE_OF_LOCAL) = "local"};

const char *const mean_square_place_names[MEAN_SQUARE_PLACE_COUNT] = {
    ROW(MEAN_SQUARE_PER_SERVER) = "server", ROW(MEAN_SQUARE_PER_WORKER) = "worker"};

const char *const momentum_place_names[MOMENTUM_PLACE_COUNT] = {ROW(MOMENTUM_AT_SERVER) = "server",
                                                                ROW(MOMENTUM_AT_WORKER) = "worker"};

ROWS_COMPLETE(RATE_SCHEDULE_COUNT + RATE_COUNTS_COUNT + RATE_SCALING_COUNT + RATE_OF_COUNT +
              MEAN_SQUARE_PLACE_COUNT + MOMENTUM_PLACE_COUNT);
