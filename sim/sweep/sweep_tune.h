// SPDX-License-Identifier: GPL-3.0-or-later
// "tune": a key whose value is chosen for each cell, among the same candidates and in as many runs
// for all, on seeds that no round has.
//
//   tune: {key: training.learning_rate, values: [0.003, 0.01, 0.03], rounds: 2,
//          metric: test_accuracy_mean}
//
// The candidates are the last and fastest axis of the grid: neighbouring places of the grid, as
// many as there are values, are the candidates of one cell.
#pragma once

#include "sim/sweep/sweep_axes.h"

enum tune_quantity {
    TUNE_TEST_ACCURACY,
    TUNE_TEST_LOSS,
    TUNE_TRAIN_ACCURACY,
    TUNE_TRAIN_LOSS,
    TUNE_QUANTITY_COUNT,
};

enum tune_statistic {
    TUNE_MEAN,
    TUNE_MEAN_AFTER, // without the start-up span
    TUNE_FINAL,
    TUNE_BEST,
    TUNE_STATISTIC_COUNT,
};

struct sweep_tune {
    const struct node *key; // NULL: nothing is tuned
    size_t value_count;     // 1: nothing is tuned
    size_t round_count;
    enum tune_quantity quantity; // accuracies: the highest is chosen; losses: the lowest
    enum tune_statistic statistic;
};

// Adds the axis. node: the value of "tune". Errors: STATUS_BAD_DATA.
enum status sweep_tune_read(const struct node *node, struct sweep_axes *axes,
                            struct sweep_tune *tune, struct error *error);
