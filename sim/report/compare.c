// SPDX-License-Identifier: GPL-3.0-or-later
// Groups runs into cells, finds each cell's baseline, and pairs the rounds.
#include "sim/report/compare.h"

#include <math.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/memory.h"
#include "sim/report/cell.h"

enum { VALUE_SIZE = 512 };

// --- cells ---------------------------------------------------------------------------------------

static struct compare_cell *cell_with_text(struct comparison *comparison, char *text) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (strcmp(comparison->cells[i].text, text) == 0) {
            memory_free(text);
            return &comparison->cells[i];
        }
    }
    struct compare_cell *cell = &comparison->cells[comparison->cell_count++];
    cell->text = text;
    cell->runs = memory_allocate(comparison->run_count, sizeof *cell->runs);
    return cell;
}

static const struct compare_run *run_with_seed(const struct comparison *comparison,
                                               const struct compare_cell *cell, uint64_t seed) {
    for (size_t i = 0; i < cell->run_count; i++) {
        if (comparison->runs[cell->runs[i]].seed == seed) {
            return &comparison->runs[cell->runs[i]];
        }
    }
    return NULL;
}

static void group_runs(struct comparison *comparison) {
    for (size_t i = 0; i < comparison->run_count; i++) {
        const struct compare_run *run = &comparison->runs[i];
        struct compare_cell *cell = cell_with_text(comparison, cell_text(run->scenario));
        if (run->status != RUN_COMPLETE) {
            comparison->omissions[i] = COMPARE_NOT_COMPLETE;
        } else if (run_with_seed(comparison, cell, run->seed) != NULL) {
            comparison->omissions[i] = COMPARE_REPEATED;
        } else {
            cell->runs[cell->run_count++] = i;
        }
    }
}

// --- the keys that vary --------------------------------------------------------------------------

struct key_list {
    char **keys;
    size_t count, capacity;
};

static void collect_key(void *context, const char *key, const char *value) {
    struct key_list *list = context;
    (void)value;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->keys[i], key) == 0) {
            return;
        }
    }
    list->keys = memory_grow(list->keys, &list->capacity, list->count + 1, sizeof *list->keys);
    list->keys[list->count++] = memory_copy_text(key);
}

// How many different values the cells have; a cell without the key counts as one if "absent".
static bool key_varies(const struct comparison *comparison, const char *key, bool absent) {
    char first[VALUE_SIZE] = "";
    char value[VALUE_SIZE];
    size_t present = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (canonical_text_value(comparison->cells[i].text, key, value, sizeof value)) {
            if (present++ > 0 && strcmp(first, value) != 0) {
                return true;
            }
            snprintf(first, sizeof first, "%s", value);
        }
    }
    return absent && present > 0 && present < comparison->cell_count;
}

// Keeps the keys that vary and releases the others.
static void take_varied_keys(struct comparison *comparison, struct key_list *all, bool absent) {
    for (size_t i = 0; i < all->count; i++) {
        if (key_varies(comparison, all->keys[i], absent)) {
            comparison->keys[comparison->key_count++] = memory_copy_text(all->keys[i]);
        }
    }
}

static void read_values(struct comparison *comparison, struct compare_cell *cell) {
    char value[VALUE_SIZE];
    cell->values = memory_allocate(comparison->key_count, sizeof *cell->values);
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (canonical_text_value(cell->text, comparison->keys[k], value, sizeof value)) {
            cell->values[k] = memory_copy_text(value);
        }
    }
}

static bool values_equal(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void forget_values(struct comparison *comparison) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        for (size_t k = 0; comparison->cells[i].values != NULL && k < comparison->key_count; k++) {
            memory_free(comparison->cells[i].values[k]);
        }
        memory_free(comparison->cells[i].values);
        comparison->cells[i].values = NULL;
    }
    for (size_t k = 0; k < comparison->key_count; k++) {
        memory_free(comparison->keys[k]);
    }
    comparison->key_count = 0;
}

static bool cells_told_apart(const struct comparison *comparison) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        for (size_t j = 0; j < i; j++) {
            bool equal = true;
            for (size_t k = 0; k < comparison->key_count; k++) {
                equal &=
                    values_equal(comparison->cells[i].values[k], comparison->cells[j].values[k]);
            }
            if (equal) {
                return false;
            }
        }
    }
    return true;
}

// A key that some cells lack mostly follows from another one (sync has no schedule): it is among
// the varied keys only if the cells could not be told apart otherwise.
static void find_varied_keys(struct comparison *comparison) {
    struct key_list all = {0};
    for (size_t i = 0; i < comparison->cell_count; i++) {
        canonical_text_each(comparison->cells[i].text, collect_key, &all);
    }
    comparison->keys = memory_allocate(all.count, sizeof *comparison->keys);
    for (int absent = 0; absent <= 1; absent++) {
        forget_values(comparison);
        take_varied_keys(comparison, &all, absent == 1);
        for (size_t i = 0; i < comparison->cell_count; i++) {
            read_values(comparison, &comparison->cells[i]);
        }
        if (cells_told_apart(comparison)) {
            break;
        }
    }
    for (size_t i = 0; i < all.count; i++) {
        memory_free(all.keys[i]);
    }
    memory_free(all.keys);
}

// --- the baseline --------------------------------------------------------------------------------

static bool has_setting(const struct compare_cell *cell, const struct compare_setting *setting) {
    char value[VALUE_SIZE];
    return canonical_text_value(cell->text, setting->key, value, sizeof value) &&
           strcmp(value, setting->value) == 0;
}

static bool is_baseline_key(const struct comparison *comparison, const char *key) {
    for (size_t i = 0; i < comparison->baseline_count; i++) {
        if (strcmp(canonical_text_key(comparison->baseline[i].key), key) == 0) {
            return true;
        }
    }
    return false;
}

bool compare_key_mismatches(const struct comparison *comparison, const struct compare_cell *a,
                            const struct compare_cell *b, size_t key) {
    const char *x = a->values[key];
    const char *y = b->values[key];
    return x != NULL && y != NULL && strcmp(x, y) != 0 &&
           !is_baseline_key(comparison, comparison->keys[key]);
}

static size_t count_mismatches(const struct comparison *comparison, const struct compare_cell *a,
                               const struct compare_cell *b) {
    size_t count = 0;
    for (size_t k = 0; k < comparison->key_count; k++) {
        count += compare_key_mismatches(comparison, a, b, k);
    }
    return count;
}

static void choose_baseline(const struct comparison *comparison, struct compare_cell *cell) {
    cell->mismatches = SIZE_MAX;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *candidate = &comparison->cells[i];
        size_t mismatches = count_mismatches(comparison, cell, candidate);
        if (candidate->is_baseline && mismatches < cell->mismatches) {
            cell->mismatches = mismatches;
            cell->baseline = i;
        }
    }
}

static bool listed(const char *list, const char *value) {
    size_t length = strlen(value);
    for (const char *at = strstr(list, value); at != NULL; at = strstr(at + 1, value)) {
        bool begins = at == list || strncmp(at - 2, "; ", 2) == 0;
        if (begins && (at[length] == 0 || at[length] == ';')) {
            return true;
        }
    }
    return false;
}

// "sync; async; hybrid": the values that the cells have, as far as there is room.
static void list_values(const struct comparison *comparison, const char *key, char *list,
                        size_t size) {
    char value[VALUE_SIZE];
    list[0] = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        size_t used = strlen(list);
        if (canonical_text_value(comparison->cells[i].text, key, value, sizeof value) &&
            !listed(list, value) && used + strlen(value) + 3 < size) {
            snprintf(list + used, size - used, "%s%s", used > 0 ? "; " : "", value);
        }
    }
}

static enum status no_such_key(const struct comparison *comparison, const char *key,
                               struct error *error) {
    struct key_list all = {0};
    for (size_t i = 0; i < comparison->cell_count; i++) {
        canonical_text_each(comparison->cells[i].text, collect_key, &all);
    }
    const char *closest = closest_word(key, (const char *const *)all.keys, all.count);
    enum status status =
        closest == NULL
            ? error_set(error, STATUS_BAD_DATA, "baseline: no run has a key %s", key)
            : error_set(error, STATUS_BAD_DATA, "baseline: no run has a key %s; did you mean %s?",
                        key, closest);
    for (size_t i = 0; i < all.count; i++) {
        memory_free(all.keys[i]);
    }
    memory_free(all.keys);
    return status;
}

static enum status check_setting(const struct comparison *comparison,
                                 const struct compare_setting *setting, struct error *error) {
    char list[1024];
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (has_setting(&comparison->cells[i], setting)) {
            return STATUS_OK;
        }
    }
    list_values(comparison, setting->key, list, sizeof list);
    return list[0] == 0 ? no_such_key(comparison, setting->key, error)
                        : error_set(error, STATUS_BAD_DATA,
                                    "baseline: no run has %s=%s; in these runs %s is: %s",
                                    setting->key, setting->value, setting->key, list);
}

static enum status find_baselines(struct comparison *comparison, struct error *error) {
    size_t found = 0;
    for (size_t s = 0; s < comparison->baseline_count; s++) {
        enum status status = check_setting(comparison, &comparison->baseline[s], error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < comparison->cell_count && comparison->baseline_count > 0; i++) {
        struct compare_cell *cell = &comparison->cells[i];
        cell->is_baseline = true;
        for (size_t s = 0; s < comparison->baseline_count; s++) {
            cell->is_baseline &= has_setting(cell, &comparison->baseline[s]);
        }
        found += cell->is_baseline;
    }
    if (comparison->baseline_count > 0 && found == 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "baseline: no run has all of these settings together");
    }
    for (size_t i = 0; i < comparison->cell_count && found > 0; i++) {
        choose_baseline(comparison, &comparison->cells[i]);
    }
    return STATUS_OK;
}

// --- the numbers ---------------------------------------------------------------------------------

static double metric_of(const struct evaluation_row *row, enum compare_metric_name metric) {
    switch (metric) {
    case COMPARE_TEST_ACCURACY:
        return 100 * row->test_accuracy;
    case COMPARE_TEST_LOSS:
        return row->test_loss;
    case COMPARE_TRAIN_LOSS:
        return row->train_loss;
    case COMPARE_METRIC_COUNT:
        break;
    }
    return (double)NAN;
}

// The plain mean over the evaluation points t < end.
static double mean_of_run(const struct compare_run *run, enum compare_metric_name metric) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < run->evaluation_count; i++) {
        if (run->evaluations[i].time_ns < run->end_ns) {
            sum += metric_of(&run->evaluations[i], metric);
            count++;
        }
    }
    return count == 0 ? (double)NAN : sum / (double)count;
}

static double final_of_run(const struct compare_run *run, enum compare_metric_name metric) {
    return run->evaluation_count == 0
               ? (double)NAN
               : metric_of(&run->evaluations[run->evaluation_count - 1], metric);
}

typedef double (*value_of_run)(const struct compare_run *run, enum compare_metric_name metric);

// Over the cell's rounds, or over the differences to the baseline's rounds of the same seed.
static struct spread spread_over_rounds(const struct comparison *comparison,
                                        const struct compare_cell *cell,
                                        const struct compare_cell *baseline,
                                        enum compare_metric_name metric, value_of_run value) {
    double *values = memory_allocate(cell->run_count, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < cell->run_count; i++) {
        const struct compare_run *run = &comparison->runs[cell->runs[i]];
        const struct compare_run *partner =
            baseline == NULL ? NULL : run_with_seed(comparison, baseline, run->seed);
        if (baseline == NULL) {
            values[count++] = value(run, metric);
        } else if (partner != NULL) {
            values[count++] = value(run, metric) - value(partner, metric);
        }
    }
    struct spread spread = spread_of(values, count);
    memory_free(values);
    return spread;
}

static void compute_metrics(const struct comparison *comparison, struct compare_cell *cell) {
    const struct compare_cell *baseline =
        comparison->baseline_count == 0 ? NULL : &comparison->cells[cell->baseline];
    for (int i = 0; i < COMPARE_METRIC_COUNT; i++) {
        enum compare_metric_name name = (enum compare_metric_name)i;
        struct compare_metric *metric = &cell->metrics[i];
        metric->mean = spread_over_rounds(comparison, cell, NULL, name, mean_of_run);
        metric->final = spread_over_rounds(comparison, cell, NULL, name, final_of_run);
        metric->measured = !isnan(metric->mean.mean) || !isnan(metric->final.mean);
        metric->mean_difference = spread_of(NULL, 0);
        metric->final_difference = spread_of(NULL, 0);
        if (baseline != NULL && !cell->is_baseline) {
            metric->mean_difference =
                spread_over_rounds(comparison, cell, baseline, name, mean_of_run);
            metric->final_difference =
                spread_over_rounds(comparison, cell, baseline, name, final_of_run);
        }
    }
}

enum status compare_create(const struct compare_run *runs, size_t run_count,
                           const struct compare_setting *baseline, size_t baseline_count,
                           struct comparison **comparison, struct error *error) {
    if (run_count == 0) {
        return error_set(error, STATUS_BAD_DATA, "there are no runs to compare");
    }
    struct comparison *made = memory_allocate(1, sizeof *made);
    *made = (struct comparison){
        .runs = runs,
        .run_count = run_count,
        .omissions = memory_allocate(run_count, sizeof *made->omissions),
        .cells = memory_allocate(run_count, sizeof *made->cells),
        .baseline = baseline,
        .baseline_count = baseline_count,
    };
    group_runs(made);
    find_varied_keys(made);
    enum status status = find_baselines(made, error);
    if (status != STATUS_OK) {
        compare_destroy(&made);
        return status;
    }
    for (size_t i = 0; i < made->cell_count; i++) {
        compute_metrics(made, &made->cells[i]);
    }
    *comparison = made;
    return STATUS_OK;
}

void compare_destroy(struct comparison **comparison) {
    struct comparison *old = *comparison;
    if (old == NULL) {
        return;
    }
    forget_values(old);
    for (size_t i = 0; i < old->cell_count; i++) {
        memory_free(old->cells[i].text);
        memory_free(old->cells[i].runs);
    }
    memory_free(old->cells);
    memory_free(old->keys);
    memory_free(old->omissions);
    memory_free(old);
    *comparison = NULL;
}
