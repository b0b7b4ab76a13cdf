// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_estimate.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"
#include "sim/run/run_record.h"

enum { PREDICTED_GRADIENTS = 250000, PREDICTED_CELLS_MAX = 500 };

#define MEASURE_SECONDS 0.05    // each model, batch and data
#define MEASURE_SECONDS_MAX 2.0 // all of them
#define FILES_SECONDS 0.01      // a process, its journal and log
#define LOG_SHARE 3.0           // events with their rows, to those without

struct cell {
    size_t run;      // the first missing one
    size_t missing;  // runs
    size_t finished; // runs
    double seconds;  // of the finished ones, together; then, of one missing run
};

// What was measured, and on which scenario.
struct measured {
    const struct scenario *scenario;
    struct bench_costs costs;
    enum status status;
};

struct measurements {
    struct measured *items; // (cells)
    size_t count;
    double start_seconds;
};

// ---- what is there ----

static enum status look_at(const char *folder, const struct sweep_plan *plan, size_t index,
                           struct cell *cells, struct sweep_estimate *estimate,
                           struct error *error) {
    REQUIRE(index < sweep_plan_run_count(plan));
    const struct sweep_run *run = sweep_plan_run(plan, index);
    struct cell *cell = &cells[run->cell];
    struct run_record record;
    bool done = false;
    if (folder != NULL && run_record_find(folder, run->hash, &done, &record, error) != STATUS_OK) {
        return error->status;
    }
    if (done) {
        cell->seconds += record.totals.wall_seconds;
        cell->finished++;
        estimate->done++;
        run_record_reset(&record);
        return STATUS_OK;
    }
    cell->run = cell->missing == 0 ? index : cell->run;
    cell->missing++;
    estimate->missing++;
    return STATUS_OK;
}

// ---- what is measured ----

static bool same_mlp(const struct mlp_options *a, const struct mlp_options *b) {
    bool same = a->hidden_count == b->hidden_count;
    for (int32_t i = 0; same && i < a->hidden_count; i++) {
        same = a->hidden[i] == b->hidden[i];
    }
    return same;
}

static bool same_data(const struct data_options *a, const struct data_options *b) {
    return strcmp(a->name, b->name) == 0 && a->features == b->features &&
           a->classes == b->classes && a->samples == b->samples &&
           strcmp(a->path.text, b->path.text) == 0;
}

static bool cost_the_same(const struct scenario *a, const struct scenario *b) {
    return strcmp(a->model, b->model) == 0 && a->arithmetic == b->arithmetic &&
           a->training.batch == b->training.batch &&
           policy_local_steps(&a->training.policy) == policy_local_steps(&b->training.policy) &&
           a->quadratic.dimension == b->quadratic.dimension && same_mlp(&a->mlp, &b->mlp) &&
           same_data(&a->data, &b->data);
}

// NULL: it could not be measured, or there was no time left.
static const struct bench_costs *costs_of(const struct scenario *scenario, const char *data_folder,
                                          struct measurements *measurements, struct error *error) {
    for (size_t i = 0; i < measurements->count; i++) {
        const struct measured *known = &measurements->items[i];
        if (cost_the_same(scenario, known->scenario)) {
            return known->status == STATUS_OK ? &known->costs : NULL;
        }
    }
    if (wall_clock_seconds() - measurements->start_seconds > MEASURE_SECONDS_MAX) {
        return NULL;
    }
    struct measured *next = &measurements->items[measurements->count++];
    struct error cause = {0};
    next->scenario = scenario;
    next->status = bench_costs(scenario, data_folder, MEASURE_SECONDS, &next->costs, &cause);
    if (next->status != STATUS_OK && error->status == STATUS_OK) {
        *error = cause; // the first
    }
    return next->status == STATUS_OK ? &next->costs : NULL;
}

// ---- what is predicted ----

static double at_most(int32_t wanted, int64_t count) {
    return (double)(wanted < count ? wanted : count);
}

static double samples_of_evaluation(const struct scenario *scenario,
                                    const struct bench_costs *costs) {
    REQUIRE(costs != NULL);
    return scenario_has_data(scenario)
               ? at_most(scenario->evaluation.test_samples, costs->test_count) +
                     at_most(scenario->evaluation.train_samples, costs->train_count)
               : 1;
}

// What a finished run's own time leaves out. costs: NULL: not known.
static double beside_simulation(const struct bench_costs *costs) {
    return FILES_SECONDS + (costs == NULL ? 0 : costs->start_up_seconds);
}

double sweep_estimate_run_seconds(const struct scenario *scenario, const struct bench_costs *costs,
                                  const struct run_prediction *prediction) {
    REQUIRE(costs != NULL && prediction != NULL);
    return beside_simulation(costs) +
           prediction->gradients * (costs->gradient_seconds + costs->step_seconds) +
           prediction->updates * costs->step_seconds +
           prediction->evaluations * samples_of_evaluation(scenario, costs) *
               costs->sample_seconds +
           prediction->seconds * LOG_SHARE;
}

static void widen(struct sweep_range *range, double value, bool first) {
    range->least = first || value < range->least ? value : range->least;
    range->most = first || value > range->most ? value : range->most;
}

static double predicted_seconds(const struct sweep_run *run, const struct bench_costs *costs,
                                int64_t gradients_max, struct sweep_estimate *estimate) {
    REQUIRE(gradients_max >= 1);
    struct scenario scenario = *run->scenario;
    scenario.seed = run->seed;
    struct run_prediction prediction =
        run_predict(&scenario, costs->parameter_count, costs->train_count, gradients_max);
    widen(&estimate->costs, costs->gradient_seconds, estimate->predicted == 0);
    widen(&estimate->counts, prediction.gradients, estimate->predicted == 0);
    estimate->predicted++;
    return sweep_estimate_run_seconds(&scenario, costs, &prediction);
}

// ---- all cells ----

static bool wants_prediction(const struct cell *cell) {
    return cell->missing > 0 && cell->finished == 0;
}

// How many of the cells to predict, and how far.
struct effort {
    size_t step; // every so-manieth
    int64_t gradients_max;
};

static struct effort effort_for(const struct cell *cells, size_t count) {
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        wanted += wants_prediction(&cells[i]);
    }
    size_t step = wanted / PREDICTED_CELLS_MAX + 1;
    size_t predicted = wanted / step + 1;
    return (struct effort){step, (int64_t)(PREDICTED_GRADIENTS / predicted)};
}

// Gives every cell with missing runs the seconds of one of them; NaN where that is not known.
static void estimate_cells(const struct sweep_plan *plan, const char *data_folder,
                           struct cell *cells, struct sweep_estimate *estimate,
                           struct error *error) {
    size_t count = sweep_plan_cell_count(plan);
    struct measurements measurements = {.items = memory_allocate(count, sizeof(struct measured)),
                                        .start_seconds = wall_clock_seconds()};
    struct effort effort = effort_for(cells, count);
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        struct cell *cell = &cells[i];
        if (wants_prediction(cell)) {
            const struct sweep_run *run = sweep_plan_run(plan, cell->run);
            const struct bench_costs *costs =
                next++ % effort.step == 0
                    ? costs_of(run->scenario, data_folder, &measurements, error)
                    : NULL;
            cell->seconds = costs == NULL
                                ? (double)NAN
                                : predicted_seconds(run, costs, effort.gradients_max, estimate);
        } else {
            cell->seconds =
                cell->finished > 0 ? cell->seconds / (double)cell->finished : (double)NAN;
        }
        if (cell->missing > 0 && cell->finished > 0) {
            const struct sweep_run *run = sweep_plan_run(plan, cell->run);
            estimate->finished += cell->finished;
            cell->seconds +=
                beside_simulation(costs_of(run->scenario, data_folder, &measurements, error));
        }
    }
    memory_free(measurements.items);
}

// Of all missing runs; those whose cell is not known last as long as the others on the mean.
static double total_seconds(const struct cell *cells, size_t count, size_t missing) {
    double seconds = 0;
    size_t known = 0;
    double all_seconds = 0;
    size_t all = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(cells[i].seconds)) {
            size_t runs = cells[i].missing + cells[i].finished;
            seconds += cells[i].seconds * (double)cells[i].missing;
            known += cells[i].missing;
            all_seconds += cells[i].seconds * (double)runs;
            all += runs;
        }
    }
    if (known == missing) {
        return seconds;
    }
    return all == 0 ? (double)NAN : seconds + all_seconds / (double)all * (double)(missing - known);
}

enum status sweep_estimate_of(const char *folder, const char *data_folder,
                              const struct sweep_plan *plan, struct sweep_estimate *estimate,
                              struct error *error) {
    REQUIRE(estimate != NULL && error != NULL);
    size_t count = sweep_plan_cell_count(plan);
    struct cell *cells = memory_allocate(count, sizeof *cells);
    *estimate = (struct sweep_estimate){0};
    *error = (struct error){0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sweep_plan_run_count(plan) && status == STATUS_OK; i++) {
        status = look_at(folder, plan, i, cells, estimate, error);
    }
    estimate->unknown = status != STATUS_OK;
    if (status == STATUS_OK) {
        estimate_cells(plan, data_folder, cells, estimate, error);
        estimate->run_seconds = total_seconds(cells, count, estimate->missing);
    }
    memory_free(cells);
    return error->status;
}
