// SPDX-License-Identifier: GPL-3.0-or-later
// Every number of a comparison: of runs, of pairs, of cells, of tables.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare_parts.h"
#include "sim/report/holm.h"
#include "sim/report/paired_difference.h"
#include "sim/report/restricted_mean.h"

// --- runs ----------------------------------------------------------------------------------------

static void find_start_up(struct comparison *comparison) {
    REQUIRE(comparison->run_count > 0);
    int64_t longest_ns = 0;
    int64_t shortest_ns = SIM_TIME_NEVER;
    for (size_t i = 0; i < comparison->run_count; i++) {
        int64_t start_up_ns = run_metrics_start_up_ns(comparison->runs[i].scenario);
        longest_ns = start_up_ns > longest_ns ? start_up_ns : longest_ns;
        shortest_ns = start_up_ns < shortest_ns ? start_up_ns : shortest_ns;
    }
    if (comparison->options.after_ns < 0) {
        comparison->options.after_ns = longest_ns;
        comparison->start_ups_differ = longest_ns != shortest_ns;
    }
}

static void measure_runs(struct comparison *comparison) {
    struct run_metrics_options options = {.after_ns = comparison->options.after_ns,
                                          .target = comparison->options.target,
                                          .sustained = comparison->options.sustained};
    for (size_t i = 0; i < comparison->run_count; i++) {
        const struct compare_run *run = &comparison->runs[i];
        comparison->metrics[i] = run_metrics_of(run->evaluations, run->evaluation_count,
                                                run->status, run->end_ns, &options);
    }
}

// Up to the earliest last evaluation every run is known, but for those that diverged before it. A
// mean up to 0 would be one of nothing.
static void find_horizon(struct comparison *comparison) {
    comparison->horizon_ns = SIM_TIME_NEVER;
    for (size_t i = 0; i < comparison->run_count; i++) {
        const struct compare_run *run = &comparison->runs[i];
        size_t count = run->evaluation_count;
        if (comparison->omissions[i] != COMPARE_KEPT || count == 0) {
            continue;
        }
        int64_t last_ns = run->evaluations[count - 1].time_ns;
        if (!comparison->metrics[i].diverged && last_ns < comparison->horizon_ns) {
            comparison->horizon_ns = last_ns;
        }
        for (size_t e = 1; e < count; e++) {
            int64_t gap_ns = run->evaluations[e].time_ns - run->evaluations[e - 1].time_ns;
            comparison->longest_gap_ns =
                gap_ns > comparison->longest_gap_ns ? gap_ns : comparison->longest_gap_ns;
        }
    }
    if (comparison->horizon_ns == SIM_TIME_NEVER || comparison->horizon_ns <= 0) {
        comparison->horizon_ns = -1;
    }
}

static double form_of(const struct run_metric *metric, enum compare_form form) {
    switch (form) {
    case COMPARE_MEAN:
        return metric->mean;
    case COMPARE_MEAN_AFTER:
        return metric->mean_after;
    case COMPARE_FINAL:
        return metric->final;
    case COMPARE_BEST:
        return metric->best;
    case COMPARE_FORMS:
        break;
    }
    return (double)NAN;
}

// NaN: not measured, not finite, or diverged.
static double value_of(const struct comparison *comparison, size_t run, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    REQUIRE(run < comparison->run_count);
    const struct run_metrics *metrics = &comparison->metrics[run];
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        bool known = metrics->crossing.measured || metrics->diverged;
        return known && comparison->horizon_ns > 0
                   ? restricted_time_of(&metrics->crossing, metrics->diverged,
                                        comparison->horizon_ns)
                         .middle
                   : (double)NAN;
    }
    int quantity = metric / COMPARE_FORMS;
    double value = form_of(&metrics->values[quantity], (enum compare_form)(metric % COMPARE_FORMS));
    bool is_accuracy = quantity == RUN_TEST_ACCURACY || quantity == RUN_TRAIN_ACCURACY;
    return metrics->diverged || !isfinite(value) ? (double)NAN : value * (is_accuracy ? 100 : 1);
}

// --- pairs ---------------------------------------------------------------------------------------

static void find_pairs(const struct comparison *comparison, struct compare_cell *cell) {
    REQUIRE(cell->baseline < comparison->cell_count);
    REQUIRE(cell->pairs == NULL);
    const struct compare_cell *baseline = &comparison->cells[cell->baseline];
    cell->pairs = memory_allocate(cell->run_count, sizeof *cell->pairs);
    for (size_t i = 0; i < cell->run_count; i++) {
        for (size_t k = 0; k < baseline->run_count; k++) {
            if (comparison->runs[cell->runs[i]].seed == comparison->runs[baseline->runs[k]].seed) {
                cell->pairs[cell->pair_count++] =
                    (struct compare_pair){cell->runs[i], baseline->runs[k]};
            }
        }
    }
}

static void count_diverged(const struct comparison *comparison, struct compare_cell *cell) {
    REQUIRE(cell->pairs != NULL || cell->pair_count == 0);
    size_t diverged = 0;
    for (size_t i = 0; i < cell->run_count; i++) {
        diverged += comparison->metrics[cell->runs[i]].diverged;
    }
    cell->diverged = proportion_of(diverged, cell->run_count, COMPARE_LEVEL);
    for (size_t i = 0; i < cell->pair_count; i++) {
        bool here = comparison->metrics[cell->pairs[i].run].diverged;
        bool there = comparison->metrics[cell->pairs[i].partner].diverged;
        cell->only_this += here && !there;
        cell->only_baseline += there && !here;
        cell->both_diverged += here && there;
    }
}

// --- one metric of one cell ----------------------------------------------------------------------

static struct spread spread_of_cell(const struct comparison *comparison,
                                    const struct compare_cell *cell, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    double *values = memory_allocate(cell->run_count, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < cell->run_count; i++) {
        double value = value_of(comparison, cell->runs[i], metric);
        if (!isnan(value)) {
            values[count++] = value;
        }
    }
    struct spread spread = spread_of(values, count);
    memory_free(values);
    return spread;
}

// Of every pair, NaN where there is no number.
struct paired_values {
    double *here, *there, *differences; // (pair_count)
    double *subtracted;                 // (pair_count): the differences as they come, with rounding
};

static struct paired_values paired_values_of(const struct comparison *comparison,
                                             const struct compare_cell *cell, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    REQUIRE(cell->pairs != NULL || cell->pair_count == 0);
    size_t count = cell->pair_count;
    struct paired_values values = {
        .here = memory_allocate(count, sizeof *values.here),
        .there = memory_allocate(count, sizeof *values.there),
        .differences = memory_allocate(count, sizeof *values.differences),
        .subtracted = memory_allocate(count, sizeof *values.subtracted),
    };
    for (size_t i = 0; i < count; i++) {
        values.here[i] = value_of(comparison, cell->pairs[i].run, metric);
        values.there[i] = value_of(comparison, cell->pairs[i].partner, metric);
        values.subtracted[i] = values.here[i] - values.there[i];
    }
    paired_differences_of(values.here, values.there, count, values.differences);
    return values;
}

static void release(struct paired_values *values) {
    memory_free(values->here);
    memory_free(values->there);
    memory_free(values->differences);
    memory_free(values->subtracted);
}

static void compute_paired(const struct comparison *comparison, const struct compare_cell *cell,
                           int metric, struct compare_numbers *numbers) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    struct paired_values values = paired_values_of(comparison, cell, metric);
    double *differences = values.differences;
    size_t count = 0;
    for (size_t i = 0; i < cell->pair_count; i++) {
        const struct compare_pair *pair = &cell->pairs[i];
        values.here[count] = values.here[i];
        values.there[count] = values.there[i];
        values.subtracted[count] = values.subtracted[i];
        differences[count] = differences[i];
        count += !isnan(differences[i]) ? 1 : 0;
        numbers->pairs_diverged +=
            comparison->metrics[pair->run].diverged || comparison->metrics[pair->partner].diverged;
    }
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        numbers->pairs_diverged = 0; // they are in
    }
    numbers->pairs_without = cell->pair_count - count - numbers->pairs_diverged;
    numbers->difference = spread_of(differences, count);
    // Where there is a spread, rounding does no harm to it, and the mean is that of the values.
    bool varies = numbers->difference.least < numbers->difference.most;
    numbers->t = paired_t_of(varies ? values.subtracted : differences, count, COMPARE_LEVEL);
    numbers->bootstrap =
        bootstrap_t_of(differences, count, COMPARE_LEVEL, BOOTSTRAP_DRAWS, COMPARE_SEED);
    numbers->wilcoxon = wilcoxon_of(differences, count);
    numbers->pairing = pairing_of(values.here, values.there, count);
    if (metric == comparison->options.primary && !isnan(comparison->options.precision)) {
        numbers->rounds_needed =
            rounds_needed(count, numbers->t.std_dev, comparison->options.precision, COMPARE_LEVEL);
    }
    release(&values);
}

static struct restricted_time time_of(const struct comparison *comparison, size_t run) {
    REQUIRE(run < comparison->run_count);
    const struct run_metrics *metrics = &comparison->metrics[run];
    return restricted_time_of(&metrics->crossing, metrics->diverged, comparison->horizon_ns);
}

// How many got there by the horizon, and how far the intervals of the crossings could move the
// difference.
static void compute_time(const struct comparison *comparison, const struct compare_cell *cell,
                         struct compare_numbers *numbers) {
    double reached = 0;
    double least = 0;
    double most = 0;
    for (size_t i = 0; i < cell->run_count; i++) {
        const struct run_metrics *metrics = &comparison->metrics[cell->runs[i]];
        reached += metrics->crossing.reached && !metrics->diverged &&
                   metrics->crossing.by_ns <= comparison->horizon_ns;
    }
    for (size_t i = 0; i < cell->pair_count; i++) {
        const struct compare_pair *pair = &cell->pairs[i];
        struct restricted_time here = time_of(comparison, pair->run);
        struct restricted_time there = time_of(comparison, pair->partner);
        bool is_in = !isnan(value_of(comparison, pair->run, COMPARE_TIME_TO_ACCURACY)) &&
                     !isnan(value_of(comparison, pair->partner, COMPARE_TIME_TO_ACCURACY));
        least += is_in ? here.least - there.most : 0;
        most += is_in ? here.most - there.least : 0;
    }
    if (numbers->value.rounds > 0) {
        numbers->reached = reached / (double)numbers->value.rounds;
    }
    if (numbers->t.pairs > 0) {
        numbers->difference_least = least / (double)numbers->t.pairs;
        numbers->difference_most = most / (double)numbers->t.pairs;
    }
}

static void compute_cell(const struct comparison *comparison, struct compare_cell *cell,
                         int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    struct compare_numbers *numbers = &cell->numbers[metric];
    *numbers = (struct compare_numbers){.value = spread_of_cell(comparison, cell, metric),
                                        .simultaneous = {(double)NAN, (double)NAN, (double)NAN},
                                        .p_holm = (double)NAN,
                                        .best = {(double)NAN, (double)NAN},
                                        .rounds_needed = (double)NAN,
                                        .reached = (double)NAN,
                                        .difference_least = (double)NAN,
                                        .difference_most = (double)NAN};
    compute_paired(comparison, cell, metric, numbers);
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        compute_time(comparison, cell, numbers);
    }
}

// --- one metric of all cells ---------------------------------------------------------------------

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The different seeds of all runs in ascending order: the rounds.
static size_t list_rounds(const struct comparison *comparison, uint64_t *seeds) {
    size_t count = 0;
    for (size_t i = 0; i < comparison->run_count; i++) {
        seeds[i] = comparison->runs[i].seed;
    }
    qsort(seeds, comparison->run_count, sizeof *seeds, by_value);
    for (size_t i = 0; i < comparison->run_count; i++) {
        if (count == 0 || seeds[count - 1] != seeds[i]) {
            seeds[count++] = seeds[i];
        }
    }
    return count;
}

// The pairs of all cells, round by round.
struct rounds {
    uint64_t *seeds; // (count), ascending
    size_t count;
    double *differences; // (cells, count)
};

static void fill_differences(const struct comparison *comparison, int metric,
                             struct rounds *rounds) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    for (size_t i = 0; i < comparison->cell_count * rounds->count; i++) {
        rounds->differences[i] = (double)NAN;
    }
    for (size_t c = 0; c < comparison->cell_count; c++) {
        const struct compare_cell *cell = &comparison->cells[c];
        struct paired_values values = paired_values_of(comparison, cell, metric);
        for (size_t i = 0; i < cell->pair_count; i++) {
            const struct compare_pair *pair = &cell->pairs[i];
            const uint64_t *seed = bsearch(&comparison->runs[pair->run].seed, rounds->seeds,
                                           rounds->count, sizeof *rounds->seeds, by_value);
            rounds->differences[c * rounds->count + (size_t)(seed - rounds->seeds)] =
                values.differences[i];
        }
        release(&values);
    }
}

// The cell whose comparison this one repeats; itself, if none; the baseline's cell, if it is the
// same run as that.
static size_t comparison_repeated(const struct comparison *comparison, size_t index) {
    REQUIRE(index < comparison->cell_count);
    const struct compare_cell *cell = &comparison->cells[index];
    if (cell->pair_count == 0) {
        return index;
    }
    if (comparison->cells[cell->baseline].same_as == cell->same_as) {
        return cell->baseline;
    }
    for (size_t i = cell->same_as; i < index; i++) {
        const struct compare_cell *other = &comparison->cells[i];
        if (other->same_as == cell->same_as && other->pair_count > 0 &&
            comparison->cells[other->baseline].same_as ==
                comparison->cells[cell->baseline].same_as) {
            return i;
        }
    }
    return index;
}

// What a cell that repeats a comparison takes over; the same run as its baseline is no member of
// the family, and all its differences are 0.
static void take_over(struct comparison *comparison, size_t index, size_t repeated, int metric) {
    REQUIRE(repeated != index && repeated < comparison->cell_count);
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    struct compare_numbers *numbers = &comparison->cells[index].numbers[metric];
    if (repeated == comparison->cells[index].baseline) {
        numbers->same_run = true;
        numbers->p_holm = numbers->t.p;
    } else {
        numbers->p_holm = comparison->cells[repeated].numbers[metric].p_holm;
        numbers->simultaneous = comparison->cells[repeated].numbers[metric].simultaneous;
    }
}

// Of every cell and round; cells that are the same run have one row of numbers.
static void compute_best(struct comparison *comparison, int metric, const struct rounds *rounds) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    size_t cells = comparison->cell_count;
    double *values = memory_allocate(cells * rounds->count, sizeof *values);
    struct best_interval *intervals = memory_allocate(cells, sizeof *intervals);
    for (size_t i = 0; i < cells * rounds->count; i++) {
        values[i] = (double)NAN;
    }
    for (size_t c = 0; c < cells; c++) {
        const struct compare_cell *cell = &comparison->cells[c];
        for (size_t i = 0; i < cell->run_count && cell->same_as == c; i++) {
            const uint64_t *seed = bsearch(&comparison->runs[cell->runs[i]].seed, rounds->seeds,
                                           rounds->count, sizeof *rounds->seeds, by_value);
            values[c * rounds->count + (size_t)(seed - rounds->seeds)] =
                value_of(comparison, cell->runs[i], metric);
        }
    }
    best_intervals(values, cells, rounds->count, !compare_more_is_better(metric), COMPARE_LEVEL,
                   intervals);
    for (size_t c = 0; c < cells; c++) {
        comparison->cells[c].numbers[metric].best = intervals[comparison->cells[c].same_as];
    }
    memory_free(values);
    memory_free(intervals);
}

static void compute_family(struct comparison *comparison, int metric, struct rounds *rounds) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    size_t cells = comparison->cell_count;
    struct sign_flip_cell *results = memory_allocate(cells, sizeof *results);
    double *p = memory_allocate(cells, sizeof *p);
    fill_differences(comparison, metric, rounds);
    for (size_t c = 0; c < cells; c++) {
        for (size_t r = 0; r < rounds->count && comparison_repeated(comparison, c) != c; r++) {
            rounds->differences[c * rounds->count + r] = (double)NAN;
        }
    }
    comparison->families[metric] = sign_flip_max_t(rounds->differences, cells, rounds->count,
                                                   COMPARE_LEVEL, COMPARE_SEED, results);
    for (size_t c = 0; c < cells; c++) {
        p[c] = comparison_repeated(comparison, c) == c ? comparison->cells[c].numbers[metric].t.p
                                                       : (double)NAN;
    }
    holm_adjust(p, cells, p);
    for (size_t c = 0; c < cells; c++) {
        struct compare_numbers *numbers = &comparison->cells[c].numbers[metric];
        numbers->simultaneous = results[c];
        numbers->p_holm = p[c];
        comparison->measured[metric] |= numbers->value.rounds > 0;
    }
    for (size_t c = 0; c < cells; c++) {
        size_t repeated = comparison_repeated(comparison, c);
        if (repeated != c) {
            take_over(comparison, c, repeated, metric);
        }
    }
    memory_free(results);
    memory_free(p);
}

void compare_compute(struct comparison *comparison) {
    REQUIRE(comparison->cell_count > 0);
    find_start_up(comparison);
    measure_runs(comparison);
    find_horizon(comparison);
    struct rounds rounds = {.seeds = memory_allocate(comparison->run_count, sizeof *rounds.seeds)};
    rounds.count = list_rounds(comparison, rounds.seeds);
    rounds.differences =
        memory_allocate(comparison->cell_count, rounds.count * sizeof *rounds.differences);
    for (size_t c = 0; c < comparison->cell_count; c++) {
        struct compare_cell *cell = &comparison->cells[c];
        if (comparison->options.baseline_count > 0 && !cell->is_baseline) {
            find_pairs(comparison, cell);
        }
        count_diverged(comparison, cell);
    }
    for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
        for (size_t c = 0; c < comparison->cell_count && comparison->options.shown[metric]; c++) {
            compute_cell(comparison, &comparison->cells[c], metric);
        }
        if (comparison->options.shown[metric]) {
            compute_family(comparison, metric, &rounds);
            compute_best(comparison, metric, &rounds);
        }
    }
    memory_free(rounds.seeds);
    memory_free(rounds.differences);
}
