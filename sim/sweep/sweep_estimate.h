// SPDX-License-Identifier: GPL-3.0-or-later
// How long what is missing of a sweep will take. A missing run is taken to last as long as the
// finished runs of its cell did on the mean, and its start-up as it is measured now. Where there is
// none it is predicted: start-up + gradients * (a gradient + its step) + updates * a step +
// evaluations * samples * a sample + events, the counts from run_predict of the cell's first run,
// the seconds of each from bench_costs of this model, batch and data, measured now.
//
// Predicting is short: gradients are simulated up to a bound for the plan, shared by the cells, and
// of very many cells only some; measuring ends after about two seconds. Runs without an estimate of
// their own are taken to last as long as the others do on the mean.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/run/bench.h"
#include "sim/run/run_prediction.h"
#include "sim/sweep/sweep_plan.h"

struct sweep_range {
    double least;
    double most;
};

struct sweep_estimate {
    size_t done;
    size_t missing;
    bool unknown;              // what is done: a log cannot be read; nothing else is told then
    double run_seconds;        // all missing ones, one after the other, on one thread each; NaN:
                               // there is nothing to tell it from
    size_t finished;           // runs that the estimate is from
    size_t predicted;          // cells, likewise
    struct sweep_range costs;  // of these: seconds of a gradient; 0: none is computed
    struct sweep_range counts; // gradients of a run
};

// Of one run.
double sweep_estimate_run_seconds(const struct scenario *scenario, const struct bench_costs *costs,
                                  const struct run_prediction *prediction);

// folder: of the finished runs; NULL: there are none. data_folder: as in --data; NULL: the default.
// Returns STATUS_OK, or the first error of what could not be measured, as data that are missing;
// the estimate is then from what is left. With estimate->unknown: an error of run_record_find.
enum status sweep_estimate_of(const char *folder, const char *data_folder,
                              const struct sweep_plan *plan, struct sweep_estimate *estimate,
                              struct error *error);
