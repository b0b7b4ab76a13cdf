// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/tuning.h"

#include <math.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/report/run_metrics.h"
#include "sim/run/run_record.h"
#include "sim/run/sweep_folder.h"
#include "sim/scenario/text_buffer.h"

size_t tuning_missing(const char *folder, const struct sweep_plan *plan) {
    size_t missing = 0;
    for (size_t i = 0; i < sweep_plan_run_count(plan); i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        struct run_record record;
        char message[SWEEP_FAILURE_SIZE];
        if (run->role != ROLE_TUNE) {
            continue;
        }
        if (run_record_find(folder, run->hash, &record)) {
            run_record_reset(&record);
        } else {
            missing += !sweep_folder_failure(folder, run->hash, message);
        }
    }
    return missing;
}

static double metric_of(const struct run_record *record, const struct sweep_tune *tune) {
    static const enum run_quantity quantities[TUNE_QUANTITY_COUNT] = {
        [TUNE_TEST_ACCURACY] = RUN_TEST_ACCURACY,
        [TUNE_TEST_LOSS] = RUN_TEST_LOSS,
        [TUNE_TRAIN_ACCURACY] = RUN_TRAIN_ACCURACY,
        [TUNE_TRAIN_LOSS] = RUN_TRAIN_LOSS};
    struct run_metrics metrics = run_record_metrics(record, (double)NAN);
    const struct run_metric *metric = &metrics.values[quantities[tune->quantity]];
    const double values[TUNE_STATISTIC_COUNT] = {[TUNE_MEAN] = metric->mean,
                                                 [TUNE_MEAN_AFTER] = metric->mean_after,
                                                 [TUNE_FINAL] = metric->final,
                                                 [TUNE_BEST] = metric->best};
    return metrics.diverged ? (double)NAN : values[tune->statistic];
}

// The higher the better; -infinity: not sound.
static double score(const char *folder, const struct sweep_plan *plan, size_t cell) {
    const struct sweep_tune *tune = sweep_plan_tune(plan);
    bool loss = tune->quantity == TUNE_TEST_LOSS || tune->quantity == TUNE_TRAIN_LOSS;
    double sum = 0;
    for (size_t round = 0; round < tune->round_count; round++) {
        const struct sweep_run *run = sweep_plan_run(plan, sweep_plan_tune_run(plan, cell, round));
        struct run_record record;
        if (!run_record_find(folder, run->hash, &record)) {
            return -(double)INFINITY;
        }
        sum += metric_of(&record, tune);
        run_record_reset(&record);
    }
    double mean = sum / (double)tune->round_count;
    if (!isfinite(mean)) {
        return -(double)INFINITY;
    }
    return loss ? -mean : mean;
}

static void describe(const struct sweep_plan *plan, size_t cell, struct text_buffer *buffer) {
    size_t keys = sweep_plan_key_count(plan);
    for (size_t key = 0; key + 1 < keys; key++) { // the last is the tuned one
        text_buffer_add(buffer, "%s%s=%s", key == 0 ? "" : " ", sweep_plan_key(plan, key),
                        sweep_plan_value(plan, cell, key));
    }
    text_buffer_add(buffer, "%sthe best %s", keys > 1 ? ": " : "", sweep_plan_key(plan, keys - 1));
}

// What a reader of the results must know of this choice; NULL: nothing.
static const char *remark(double best, bool first, bool last, bool equal) {
    if (isinf(best)) {
        return "is not known: every candidate diverged, failed, or has no such metric";
    }
    if ((first || last) && !equal) {
        return "is at the edge of the values that were tried: try further ones";
    }
    return NULL;
}

void tuning_choose(const char *folder, struct sweep_plan *plan,
                   void (*notice)(void *context, const char *sentence), void *context) {
    size_t cells = sweep_plan_cell_count(plan);
    size_t *chosen = memory_allocate(sweep_plan_group_count(plan), sizeof *chosen);
    for (size_t first = 0, next = 0; first < cells; first = next) {
        size_t best = first;
        double best_score = score(folder, plan, first);
        double worst_score = best_score;
        for (next = first + 1;
             next < cells && sweep_plan_group(plan, next) == sweep_plan_group(plan, first);
             next++) {
            double next_score = score(folder, plan, next);
            worst_score = fmin(worst_score, next_score);
            if (next_score > best_score) {
                best = next;
                best_score = next_score;
            }
        }
        chosen[sweep_plan_group(plan, first)] = best;
        // Candidates that are equal to the last bit do not depend on the key.
        bool equal = !(worst_score < best_score);
        const char *what = remark(best_score, best == first, best + 1 == next, equal);
        if (what != NULL && notice != NULL) {
            struct text_buffer buffer = {0};
            describe(plan, first, &buffer);
            text_buffer_add(&buffer, " %s (%s)", what,
                            sweep_plan_value(plan, best, sweep_plan_key_count(plan) - 1));
            notice(context, buffer.text);
            text_buffer_clear(&buffer);
        }
    }
    sweep_plan_choose(plan, chosen);
    memory_free(chosen);
}
