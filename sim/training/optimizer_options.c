// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/optimizer_options.h"

const char *const rate_schedule_names[RATE_SCHEDULE_COUNT] = {
    [RATE_CONSTANT] = "constant", [RATE_STEP] = "step", [RATE_COSINE] = "cosine"};

const char *const rate_counts_names[RATE_COUNTS_COUNT] = {
    [RATE_COUNTS_UPDATES] = "updates", [RATE_COUNTS_GRADIENTS] = "gradients"};

const char *const rate_scaling_names[RATE_SCALING_COUNT] = {
    [RATE_SCALING_NONE] = "none", [RATE_SCALING_LINEAR] = "linear", [RATE_SCALING_ROOT] = "root"};

const char *const rate_of_names[RATE_OF_COUNT] = {
    [RATE_OF_SERVER] = "server", [RATE_OF_LOCAL] = "local"};

const char *const mean_square_place_names[MEAN_SQUARE_PLACE_COUNT] = {
    [MEAN_SQUARE_PER_SERVER] = "server", [MEAN_SQUARE_PER_WORKER] = "worker"};

const char *const momentum_place_names[MOMENTUM_PLACE_COUNT] = {
    [MOMENTUM_AT_SERVER] = "server", [MOMENTUM_AT_WORKER] = "worker"};
