// SPDX-License-Identifier: GPL-3.0-or-later
// What to beware of before a comparison is believed: runs that did not train, a baseline that was
// the best, cells that are one run, and cells that are not shown.
#include <math.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/report/compare_parts.h"
#include "sim/report/untrained.h"

void compare_print_cell_name(FILE *out, const struct comparison *comparison,
                             const struct compare_cell *cell) {
    REQUIRE(cell->values != NULL || comparison->key_count == 0);
    for (size_t k = 0; k < comparison->key_count; k++) {
        fprintf(out, "%s%s=%s", k > 0 ? " " : "", comparison->keys[k],
                compare_shown(cell->values[k]));
    }
    if (comparison->key_count == 0) {
        fputs("all runs", out);
    }
}

// Such runs are all equal, and look as if the policies were.
static void print_untrained(FILE *out, const struct comparison *comparison) {
    char reason[UNTRAINED_REASON_SIZE];
    const struct compare_run *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < comparison->run_count; i++) {
        const struct compare_run *run = &comparison->runs[i];
        if (comparison->omissions[i] == COMPARE_KEPT &&
            untrained_by_evaluations(run->evaluations, run->evaluation_count)) {
            first = first == NULL ? run : first;
            count++;
        }
    }
    if (count > 0) {
        fprintf(out,
                "warning: %zu of %zu runs ended before training began, so that their numbers are "
                "those of the first weights: %s ended %s\n",
                count, comparison->run_count, first->name,
                untrained_reason(first->end_ns, run_metrics_start_up_ns(first->scenario), reason));
    }
}

// Runs that are in, but whose numbers are those of a run that went wrong.
static void print_ended_badly(FILE *out, const struct comparison *comparison) {
    size_t stalled = 0;
    size_t grown = 0;
    const char *first_stalled = "";
    const char *first_grown = "";
    for (size_t i = comparison->run_count; i-- > 0;) {
        bool kept = comparison->omissions[i] == COMPARE_KEPT;
        const struct compare_run *run = &comparison->runs[i];
        const struct run_metrics *metrics = &comparison->metrics[i];
        if (kept && run->status == RUN_STALLED) {
            stalled++;
            first_stalled = run->name;
        }
        if (kept && !metrics->diverged && metrics->loss_grown > 0) {
            grown++;
            first_grown = run->name;
        }
    }
    if (stalled > 0) {
        fprintf(out,
                "note: ! %zu of %zu runs stalled, the first is %s: for a part of their time "
                "nothing happened\n",
                stalled, comparison->run_count, first_stalled);
    }
    if (grown > 0) {
        fprintf(out,
                "note: ! the loss of %zu of %zu runs has grown %d-fold or more, the first is %s\n",
                grown, comparison->run_count, RUN_LOSS_GROWN, first_grown);
    }
}

// Whether no cell that is compared with this one has a mean of the primary metric that is as good;
// the same run under another name is no other cell.
static bool is_best_of_its_cells(const struct comparison *comparison, size_t baseline) {
    REQUIRE(baseline < comparison->cell_count);
    REQUIRE(comparison->cells[baseline].is_baseline);
    int metric = comparison->options.primary;
    double own = comparison->cells[baseline].numbers[metric].value.mean;
    size_t others = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *cell = &comparison->cells[i];
        double mean = cell->numbers[metric].value.mean;
        if (cell->is_baseline || cell->baseline != baseline || isnan(mean) ||
            cell->same_as == comparison->cells[baseline].same_as) {
            continue;
        }
        if (compare_more_is_better(metric) ? mean >= own : mean <= own) {
            return false;
        }
        others++;
    }
    return others > 0;
}

// Once, however many baselines there are.
static void print_best_baselines(FILE *out, const struct comparison *comparison) {
    const struct compare_cell *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (comparison->cells[i].is_baseline && is_best_of_its_cells(comparison, i)) {
            first = first == NULL ? &comparison->cells[i] : first;
            count++;
        }
    }
    if (count > 0) {
        fputs("warning: the baseline is the best of what it is compared with", out);
        if (comparison->baseline_count > 1) {
            fprintf(out, ", in %zu of %zu cases", count, comparison->baseline_count);
        }
        fputs(": if it was chosen for this reason, after looking, the differences and their p are "
              "too favourable to it; ask which is best instead: ",
              out);
        compare_print_cell_name(out, comparison, first);
        fputc('\n', out);
    }
}

static void print_top(FILE *out, const struct comparison *comparison) {
    REQUIRE(comparison->order_count <= comparison->cell_count);
    if (comparison->order_count < comparison->cell_count) {
        fprintf(
            out,
            "note: %zu of %zu cells are shown; Holm's p, max-T and which is best are over all\n",
            comparison->order_count, comparison->cell_count);
    }
}

static void print_same_runs(FILE *out, const struct comparison *comparison) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *cell = &comparison->cells[i];
        if (cell->same_as != i) {
            fputs("note: the same run, bit for bit, under two names, which counts once: ", out);
            compare_print_cell_name(out, comparison, &comparison->cells[cell->same_as]);
            fputs(" and ", out);
            compare_print_cell_name(out, comparison, cell);
            fputc('\n', out);
        }
    }
}

void compare_print_cautions(FILE *out, const struct comparison *comparison) {
    REQUIRE(out != NULL);
    print_untrained(out, comparison);
    print_ended_badly(out, comparison);
    if (comparison->options.baseline_count > 0) {
        print_best_baselines(out, comparison);
    }
    print_top(out, comparison);
    print_same_runs(out, comparison);
}
