// SPDX-License-Identifier: GPL-3.0-or-later
// Which cell each cell is compared with.
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/report/compare_parts.h"

static bool has_setting(const struct compare_cell *cell, const struct compare_setting *setting) {
    char value[COMPARE_VALUE_SIZE];
    return canonical_text_value(cell->text, setting->key, value, sizeof value) &&
           strcmp(value, setting->value) == 0;
}

static bool is_baseline_key(const struct comparison *comparison, const char *key) {
    for (size_t i = 0; i < comparison->options.baseline_count; i++) {
        if (strcmp(canonical_text_key(comparison->options.baseline[i].key), key) == 0) {
            return true;
        }
    }
    return false;
}

bool compare_is_tuned(const struct comparison *comparison, const char *key) {
    for (size_t i = 0; i < comparison->options.tuned_count; i++) {
        if (strcmp(canonical_text_key(comparison->options.tuned[i]), key) == 0) {
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
           !is_baseline_key(comparison, comparison->keys[key]) &&
           !compare_is_tuned(comparison, comparison->keys[key]);
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
            cell->candidates = 0;
        }
        cell->candidates += candidate->is_baseline && mismatches == cell->mismatches;
    }
}

static bool listed(const char *list, const char *value) {
    size_t length = strlen(value);
    for (const char *at = strstr(list, value); at != NULL; at = strstr(at + 1, value)) {
        bool begins = at == list || (at >= list + 2 && strncmp(at - 2, "; ", 2) == 0);
        if (begins && (at[length] == 0 || at[length] == ';')) {
            return true;
        }
    }
    return false;
}

// "sync; async; hybrid": the values that the cells have, as far as there is room.
static void list_values(const struct comparison *comparison, const char *key, char *list,
                        size_t size) {
    char value[COMPARE_VALUE_SIZE];
    list[0] = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        size_t used = strlen(list);
        if (canonical_text_value(comparison->cells[i].text, key, value, sizeof value) &&
            !listed(list, value) && used + strlen(value) + 3 < size) {
            snprintf(list + used, size - used, "%s%s", used > 0 ? "; " : "", value);
        }
    }
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
    return list[0] == 0 ? compare_no_such_key(comparison, "baseline", setting->key, error)
                        : error_set(error, STATUS_BAD_DATA,
                                    "baseline: no run has %s=%s; in these runs %s is: %s",
                                    setting->key, setting->value, setting->key, list);
}

static enum status check_tuned(const struct comparison *comparison, struct error *error) {
    char value[COMPARE_VALUE_SIZE];
    for (size_t t = 0; t < comparison->options.tuned_count; t++) {
        const char *key = comparison->options.tuned[t];
        bool found = false;
        for (size_t i = 0; i < comparison->cell_count && !found; i++) {
            found = canonical_text_value(comparison->cells[i].text, key, value, sizeof value);
        }
        if (!found) {
            return compare_no_such_key(comparison, "tuned", key, error);
        }
    }
    return STATUS_OK;
}

enum status compare_find_baselines(struct comparison *comparison, struct error *error) {
    size_t found = 0;
    if (check_tuned(comparison, error) != STATUS_OK) {
        return STATUS_BAD_DATA;
    }
    for (size_t s = 0; s < comparison->options.baseline_count; s++) {
        enum status status = check_setting(comparison, &comparison->options.baseline[s], error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < comparison->cell_count && comparison->options.baseline_count > 0; i++) {
        struct compare_cell *cell = &comparison->cells[i];
        cell->is_baseline = true;
        for (size_t s = 0; s < comparison->options.baseline_count; s++) {
            cell->is_baseline &= has_setting(cell, &comparison->options.baseline[s]);
        }
        found += cell->is_baseline;
    }
    if (comparison->options.baseline_count > 0 && found == 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "baseline: no run has all of these settings together");
    }
    for (size_t i = 0; i < comparison->cell_count && found > 0; i++) {
        choose_baseline(comparison, &comparison->cells[i]);
    }
    return STATUS_OK;
}
