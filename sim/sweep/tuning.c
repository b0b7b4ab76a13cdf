// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/tuning.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/run_metrics.h"
#include "sim/run/run_record.h"
#include "sim/scenario/text_buffer.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_quantity.h"

static enum status is_judged(const char *folder, uint64_t run, bool *judged, struct error *error) {
    struct run_record record;
    char message[SWEEP_FAILURE_SIZE];
    enum status status = run_record_find(folder, run, judged, &record, error);
    if (status == STATUS_OK && !*judged) {
        return sweep_folder_failure(folder, run, judged, message, error);
    }
    run_record_reset(&record);
    return status;
}

enum status tuning_missing(const char *folder, const struct sweep_plan *plan, size_t *missing,
                           struct error *error) {
    REQUIRE(missing != NULL);
    enum status status = STATUS_OK;
    *missing = 0;
    for (size_t i = 0; i < sweep_plan_run_count(plan) && status == STATUS_OK; i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        bool judged = true;
        if (run->role == ROLE_TUNE) {
            status = is_judged(folder, run->hash, &judged, error);
        }
        *missing += !judged;
    }
    return status;
}

static double metric_of(const struct run_record *record, const struct sweep_tune *tune) {
    REQUIRE(tune->quantity < TUNE_QUANTITY_COUNT && tune->statistic < TUNE_STATISTIC_COUNT);
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

// What the runs of a candidate say of it.
struct judgement {
    size_t failed; // runs
    double score;  // the higher the better; -infinity: not sound
};

static enum status judge(const char *folder, const struct sweep_plan *plan, size_t cell,
                         struct judgement *judgement, struct error *error) {
    REQUIRE(sweep_plan_tune(plan) != NULL);
    const struct sweep_tune *tune = sweep_plan_tune(plan);
    bool loss = tune->quantity == TUNE_TEST_LOSS || tune->quantity == TUNE_TRAIN_LOSS;
    double sum = 0;
    *judgement = (struct judgement){0};
    for (size_t round = 0; round < tune->round_count; round++) {
        const struct sweep_run *run = sweep_plan_run(plan, sweep_plan_tune_run(plan, cell, round));
        struct run_record record;
        bool done = false;
        enum status status = run_record_find(folder, run->hash, &done, &record, error);
        if (status != STATUS_OK) {
            return status;
        }
        judgement->failed += !done;
        sum += done ? metric_of(&record, tune) : (double)NAN;
        run_record_reset(&record);
    }
    double mean = sum / (double)tune->round_count;
    judgement->score = !isfinite(mean) ? -(double)INFINITY : loss ? -mean : mean;
    return STATUS_OK;
}

// ---- the edge ----

bool tuning_is_at_edge(const char *value, const char *const *tried, size_t count) {
    REQUIRE(value != NULL);
    struct quantity chosen;
    struct quantity other;
    bool is_above = false; // above some other one
    bool is_below = false;
    if (!quantity_read(value, &chosen)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (quantity_read(tried[i], &other) && quantities_are_comparable(other, chosen)) {
            is_above |= chosen.value > other.value;
            is_below |= chosen.value < other.value;
        }
    }
    return is_above != is_below;
}

static bool is_candidate_at_edge(const struct sweep_plan *plan, size_t chosen, size_t first,
                                 size_t end) {
    REQUIRE(first <= chosen && chosen < end);
    size_t key = sweep_plan_key_count(plan) - 1; // the tuned one
    char **values = memory_allocate(end - first, sizeof *values);
    for (size_t cell = first; cell < end; cell++) {
        values[cell - first] = sweep_plan_run_value(plan, sweep_plan_tune_run(plan, cell, 0), key);
    }
    bool is_edge =
        tuning_is_at_edge(values[chosen - first], (const char *const *)values, end - first);
    for (size_t i = 0; i < end - first; i++) {
        memory_free(values[i]);
    }
    memory_free(values);
    return is_edge;
}

// ---- choosing ----

struct teller {
    void (*notice)(void *context, const char *sentence);
    void *context;
};

// The settings of the candidates' cell, apart from the tuned key.
static void describe(const struct sweep_plan *plan, size_t cell, struct text_buffer *buffer) {
    size_t keys = sweep_plan_key_count(plan);
    for (size_t key = 0; key + 1 < keys; key++) { // the last is the tuned one
        text_buffer_add(buffer, "%s%s=%s", key == 0 ? "" : " ", sweep_plan_key(plan, key),
                        sweep_plan_value(plan, cell, key));
    }
    text_buffer_add(buffer, "%s", keys > 1 ? ": " : "");
}

static void tell_failed(const struct teller *teller, const struct sweep_plan *plan, size_t first,
                        size_t end, size_t failed) {
    struct text_buffer buffer = {0};
    describe(plan, first, &buffer);
    text_buffer_add(&buffer,
                    "%zu of %zu runs of the tuning failed: no %s is chosen, and there are no "
                    "rounds; --retry runs them again",
                    failed, (end - first) * sweep_plan_tune(plan)->round_count,
                    sweep_plan_key(plan, sweep_plan_key_count(plan) - 1));
    teller->notice(teller->context, buffer.text);
    text_buffer_clear(&buffer);
}

static void tell_choice(const struct teller *teller, const struct sweep_plan *plan, size_t cell,
                        bool sound) {
    size_t tuned = sweep_plan_key_count(plan) - 1;
    struct text_buffer buffer = {0};
    describe(plan, cell, &buffer);
    if (sound) {
        text_buffer_add(&buffer,
                        "the best %s is at the edge of the values that were tried: try further "
                        "ones (%s)",
                        sweep_plan_key(plan, tuned), sweep_plan_value(plan, cell, tuned));
    } else {
        text_buffer_add(&buffer,
                        "no candidate was usable: each diverged, or has no such metric; the rounds "
                        "have the first, %s=%s",
                        sweep_plan_key(plan, tuned), sweep_plan_value(plan, cell, tuned));
    }
    teller->notice(teller->context, buffer.text);
    text_buffer_clear(&buffer);
}

// Of the judgements on the candidates "first" to "end" - 1.
static struct sweep_choice choose(const struct judgement *judgements, const struct sweep_plan *plan,
                                  size_t first, size_t end, const struct teller *teller) {
    REQUIRE(first < end);
    size_t failed = 0;
    size_t best = first;
    double best_score = judgements[0].score;
    double worst_score = best_score;
    for (size_t cell = first; cell < end; cell++) {
        double cell_score = judgements[cell - first].score;
        failed += judgements[cell - first].failed;
        worst_score = fmin(worst_score, cell_score);
        if (cell_score > best_score) {
            best = cell;
            best_score = cell_score;
        }
    }
    if (failed > 0) {
        if (teller->notice != NULL) {
            tell_failed(teller, plan, first, end, failed);
        }
        return (struct sweep_choice){.cell = SWEEP_NO_CHOICE};
    }
    bool sound = isfinite(best_score);
    // Candidates that are equal to the last bit do not depend on the key.
    bool edge = worst_score < best_score && is_candidate_at_edge(plan, best, first, end);
    if ((!sound || edge) && teller->notice != NULL) {
        tell_choice(teller, plan, best, sound);
    }
    return (struct sweep_choice){.cell = best, .sound = sound};
}

static enum status judge_all(const char *folder, const struct sweep_plan *plan,
                             struct judgement *judgements, struct error *error) {
    enum status status = STATUS_OK;
    for (size_t cell = 0; cell < sweep_plan_cell_count(plan) && status == STATUS_OK; cell++) {
        status = judge(folder, plan, cell, &judgements[cell], error);
    }
    return status;
}

enum status tuning_choose(const char *folder, struct sweep_plan *plan,
                          void (*notice)(void *context, const char *sentence), void *context,
                          size_t *without, struct error *error) {
    REQUIRE(without != NULL && sweep_plan_tune(plan) != NULL);
    const struct teller teller = {notice, context};
    size_t cells = sweep_plan_cell_count(plan);
    struct judgement *judgements = memory_allocate(cells, sizeof *judgements);
    struct sweep_choice *choices = memory_allocate(sweep_plan_group_count(plan), sizeof *choices);
    enum status status = judge_all(folder, plan, judgements, error);
    *without = 0;
    for (size_t first = 0, end = 0; first < cells && status == STATUS_OK; first = end) {
        size_t group = sweep_plan_group(plan, first);
        while (end < cells && sweep_plan_group(plan, end) == group) {
            end++;
        }
        choices[group] = choose(&judgements[first], plan, first, end, &teller);
        *without += choices[group].cell == SWEEP_NO_CHOICE;
    }
    if (status == STATUS_OK) {
        sweep_plan_choose(plan, choices);
    }
    memory_free(choices);
    memory_free(judgements);
    return status;
}
