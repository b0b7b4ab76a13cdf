// SPDX-License-Identifier: GPL-3.0-or-later
// Groups runs into cells, and has the others find keys, baselines and numbers.
#include "sim/report/compare.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/report/cell.h"
#include "sim/report/compare_parts.h"

struct compare_options compare_default_options(void) {
    struct compare_options options = {.primary = RUN_TEST_ACCURACY * COMPARE_FORMS + COMPARE_MEAN,
                                      .after_ns = -1,
                                      .target = (double)NAN,
                                      .sustained = RUN_METRICS_SUSTAINED,
                                      .precision = (double)NAN};
    for (int form = 0; form < COMPARE_FORMS; form++) {
        options.shown[RUN_TEST_ACCURACY * COMPARE_FORMS + form] = true;
    }
    options.shown[RUN_TEST_LOSS * COMPARE_FORMS + COMPARE_MEAN] = true;
    options.shown[RUN_TRAIN_LOSS * COMPARE_FORMS + COMPARE_MEAN] = true;
    return options;
}

static struct compare_cell *cell_with_text(struct comparison *comparison, char *text, size_t run) {
    REQUIRE(run < comparison->run_count);
    INVARIANT(comparison->cell_count <= comparison->run_count);
    uint64_t hash = fingerprint_bytes(text, strlen(text));
    for (size_t i = 0; i < comparison->cell_count; i++) {
        struct compare_cell *cell = &comparison->cells[i];
        if (cell->text_hash == hash && strcmp(cell->text, text) == 0) {
            memory_free(text);
            return cell;
        }
    }
    struct compare_cell *cell = &comparison->cells[comparison->cell_count++];
    cell->text = text;
    cell->text_hash = hash;
    cell->first = run;
    return cell;
}

static bool has_seed(const struct comparison *comparison, const struct compare_cell *cell,
                     uint64_t seed) {
    for (size_t i = 0; i < cell->run_count; i++) {
        if (comparison->runs[cell->runs[i]].seed == seed) {
            return true;
        }
    }
    return false;
}

static void group_runs(struct comparison *comparison) {
    size_t *capacities = memory_allocate(comparison->run_count, sizeof *capacities);
    for (size_t i = 0; i < comparison->run_count; i++) {
        const struct compare_run *run = &comparison->runs[i];
        struct compare_cell *cell = cell_with_text(comparison, cell_text(run->scenario), i);
        if (!run_status_has_ended(run->status)) {
            comparison->omissions[i] = COMPARE_NOT_FINISHED;
        } else if (has_seed(comparison, cell, run->seed)) {
            comparison->omissions[i] = COMPARE_REPEATED;
        } else {
            cell->runs = memory_grow(cell->runs, &capacities[cell - comparison->cells],
                                     cell->run_count + 1, sizeof *cell->runs);
            cell->runs[cell->run_count++] = i;
        }
    }
    memory_free(capacities);
}

// Bit for bit: in every event, in the last parameters and in every evaluation.
static bool are_same_run(const struct compare_run *a, const struct compare_run *b) {
    REQUIRE(a->evaluations != NULL || a->evaluation_count == 0);
    REQUIRE(b->evaluations != NULL || b->evaluation_count == 0);
    return a->timeline_fingerprint != 0 && a->timeline_fingerprint == b->timeline_fingerprint &&
           a->parameter_fingerprint == b->parameter_fingerprint && a->seed == b->seed &&
           a->status == b->status && a->evaluation_count == b->evaluation_count &&
           memcmp(a->evaluations, b->evaluations, a->evaluation_count * sizeof *a->evaluations) ==
               0;
}

static const struct compare_run *run_of_seed(const struct comparison *comparison,
                                             const struct compare_cell *cell, uint64_t seed) {
    for (size_t i = 0; i < cell->run_count; i++) {
        const struct compare_run *run = &comparison->runs[cell->runs[i]];
        if (run->seed == seed) {
            return run;
        }
    }
    return NULL;
}

static bool are_same_cell(const struct comparison *comparison, const struct compare_cell *a,
                          const struct compare_cell *b) {
    REQUIRE(a != b);
    bool same = a->run_count > 0 && a->run_count == b->run_count;
    for (size_t i = 0; i < a->run_count && same; i++) {
        const struct compare_run *run = &comparison->runs[a->runs[i]];
        const struct compare_run *other = run_of_seed(comparison, b, run->seed);
        same = other != NULL && are_same_run(run, other);
    }
    return same;
}

static void find_same_cells(struct comparison *comparison) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        size_t first = 0;
        while (first < i &&
               (comparison->cells[first].same_as != first ||
                !are_same_cell(comparison, &comparison->cells[i], &comparison->cells[first]))) {
            first++;
        }
        comparison->cells[i].same_as = first;
    }
}

struct compare_run compare_run_of_log(const char *name, const struct runlog *log) {
    REQUIRE(name != NULL && log->header.scenario != NULL);
    return (struct compare_run){.name = name,
                                .scenario = log->header.scenario,
                                .seed = log->header.seed,
                                .data_hash = log->header.data_hash,
                                .timeline_fingerprint = log->ending.timeline_fingerprint,
                                .parameter_fingerprint = log->ending.parameter_fingerprint,
                                .status = log->ending.status,
                                .end_ns = log->ending.end_ns,
                                .evaluations = log->evaluations,
                                .evaluation_count = log->evaluation_count};
}

enum status compare_create(const struct compare_run *runs, size_t run_count,
                           const struct compare_options *options, struct comparison **comparison,
                           struct error *error) {
    REQUIRE(options->primary >= 0 && options->primary < COMPARE_METRIC_COUNT);
    REQUIRE(options->sort >= 0 && options->sort < COMPARE_METRIC_COUNT);
    REQUIRE(options->baseline != NULL || options->baseline_count == 0);
    REQUIRE(options->tuned != NULL || options->tuned_count == 0);
    REQUIRE(options->sustained >= 1);
    if (run_count == 0) {
        return error_set(error, STATUS_BAD_DATA, "there are no runs to compare");
    }
    struct comparison *made = memory_allocate(1, sizeof *made);
    *made = (struct comparison){
        .runs = runs,
        .run_count = run_count,
        .omissions = memory_allocate(run_count, sizeof *made->omissions),
        .metrics = memory_allocate(run_count, sizeof *made->metrics),
        .cells = memory_allocate(run_count, sizeof *made->cells),
        .options = *options,
    };
    made->options.shown[options->primary] = true;
    made->options.shown[options->sort] |= options->sorted;
    made->options.shown[COMPARE_TIME_TO_ACCURACY] = !isnan(options->target);
    group_runs(made);
    find_same_cells(made);
    made->order = memory_allocate(made->cell_count, sizeof *made->order);
    compare_find_keys(made);
    enum status status = compare_find_baselines(made, error);
    if (status != STATUS_OK) {
        compare_destroy(&made);
        return status;
    }
    compare_compute(made);
    compare_find_order(made);
    *comparison = made;
    return STATUS_OK;
}

void compare_destroy(struct comparison **comparison) {
    struct comparison *old = *comparison;
    if (old == NULL) {
        return;
    }
    compare_forget_keys(old);
    memory_free(old->keys);
    for (size_t i = 0; i < old->cell_count; i++) {
        memory_free(old->cells[i].text);
        memory_free(old->cells[i].runs);
        memory_free(old->cells[i].pairs);
    }
    memory_free(old->order);
    memory_free(old->omissions);
    memory_free(old->metrics);
    memory_free(old->cells);
    memory_free(old);
    *comparison = NULL;
}
