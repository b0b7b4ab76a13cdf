// SPDX-License-Identifier: GPL-3.0-or-later
// Which cell each cell is compared with.
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"

static enum compare_holding holding_of(const struct comparison *comparison,
                                       const struct compare_cell *cell, size_t index) {
    REQUIRE(index < comparison->options.baseline_count);
    REQUIRE(cell->first < comparison->run_count);
    char value[COMPARE_VALUE_SIZE];
    const struct compare_options *options = &comparison->options;
    const struct compare_setting *setting = &options->baseline[index];
    if (options->holding != NULL) {
        return options->holding[index * comparison->run_count + cell->first];
    }
    bool has = canonical_text_value(cell->text, setting->key, value, sizeof value) &&
               strcmp(value, setting->value) == 0;
    return has ? COMPARE_HAS : COMPARE_HAS_ANOTHER;
}

bool compare_is_within(const char *group, const char *key) {
    REQUIRE(group != NULL && key != NULL);
    size_t length = strlen(group);
    return strcmp(canonical_text_key(group), key) == 0 ||
           (strncmp(group, key, length) == 0 && key[length] == '.');
}

static bool is_baseline_key(const struct comparison *comparison, const char *key) {
    for (size_t i = 0; i < comparison->options.baseline_count; i++) {
        if (compare_is_within(comparison->options.baseline[i].key, key)) {
            return true;
        }
    }
    return false;
}

bool compare_is_tuned(const struct comparison *comparison, const char *key) {
    for (size_t i = 0; i < comparison->options.tuned_count; i++) {
        if (compare_is_within(comparison->options.tuned[i], key)) {
            return true;
        }
    }
    return false;
}

struct member_search {
    const struct comparison *comparison;
    const char *key;   // of the law
    const char *other; // the text of the other cell
    size_t common;     // members that both have
    bool differ;       // in one that may not
};

static bool may_differ(const struct comparison *comparison, const char *key) {
    return is_baseline_key(comparison, key) || compare_is_tuned(comparison, key);
}

static void look_at_member(void *context, const char *name, const char *value) {
    REQUIRE(name != NULL && value != NULL);
    struct member_search *search = context;
    char key[COMPARE_VALUE_SIZE];
    char other[COMPARE_VALUE_SIZE];
    snprintf(key, sizeof key, "%s.%s", search->key, name);
    if (canonical_text_value(search->other, key, other, sizeof other)) {
        search->common++;
        search->differ |= strcmp(value, other) != 0 && !may_differ(search->comparison, key);
    }
}

bool compare_key_mismatches(const struct comparison *comparison, const struct compare_cell *a,
                            const struct compare_cell *b, size_t key) {
    REQUIRE(key < comparison->key_count);
    const char *x = a->values[key];
    const char *y = b->values[key];
    struct member_search search = {comparison, comparison->keys[key], b->text, 0, false};
    if (x == NULL || y == NULL || strcmp(x, y) == 0 || may_differ(comparison, search.key)) {
        return false;
    }
    canonical_text_each_member(x, look_at_member, &search);
    return search.common == 0 || search.differ;
}

static size_t count_mismatches(const struct comparison *comparison, const struct compare_cell *a,
                               const struct compare_cell *b) {
    REQUIRE(a->values != NULL || comparison->key_count == 0);
    REQUIRE(b->values != NULL || comparison->key_count == 0);
    size_t count = 0;
    for (size_t k = 0; k < comparison->key_count; k++) {
        count += compare_key_mismatches(comparison, a, b, k);
    }
    return count;
}

// A baseline that agrees with the cell as well as the one that was taken.
static bool is_candidate(const struct comparison *comparison, const struct compare_cell *cell,
                         const struct compare_cell *other) {
    return other->is_baseline && count_mismatches(comparison, cell, other) == cell->mismatches;
}

static void choose_baseline(const struct comparison *comparison, struct compare_cell *cell) {
    REQUIRE(comparison->baseline_count > 0);
    cell->mismatches = SIZE_MAX;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *candidate = &comparison->cells[i];
        size_t mismatches = count_mismatches(comparison, cell, candidate);
        if (candidate->is_baseline && mismatches < cell->mismatches) {
            cell->mismatches = mismatches;
            cell->baseline = i;
            cell->candidates = 1;
        } else if (candidate->is_baseline && mismatches == cell->mismatches &&
                   candidate->same_as != comparison->cells[cell->baseline].same_as) {
            cell->candidates++;
        }
    }
}

static bool listed(const char *list, const char *value) {
    size_t length = strlen(value);
    if (length == 0) { // of a log that somebody has edited
        return true;
    }
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
    REQUIRE(size > 0);
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

// The values that the candidates for a cell have of a key, in the list; how many.
static size_t list_candidates(const struct comparison *comparison, const struct compare_cell *cell,
                              size_t key, char *list, size_t size) {
    REQUIRE(key < comparison->key_count);
    REQUIRE(size > 0);
    size_t count = 0;
    list[0] = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const char *value = compare_shown(comparison->cells[i].values[key]);
        size_t used = strlen(list);
        if (is_candidate(comparison, cell, &comparison->cells[i]) && !listed(list, value)) {
            snprintf(list + used, size - used, "%s%s", count++ > 0 ? "; " : "", value);
        }
    }
    return count;
}

// The candidate that can best be named: of the keys in which they differ it has most.
static const struct compare_cell *easiest_candidate(const struct comparison *comparison,
                                                    const struct compare_cell *cell) {
    const struct compare_cell *easiest = NULL;
    size_t most = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *candidate = &comparison->cells[i];
        size_t has = 0;
        for (size_t k = 0; k < comparison->key_count; k++) {
            has += candidate->values[k] != NULL;
        }
        if (is_candidate(comparison, cell, candidate) && (easiest == NULL || has > most)) {
            easiest = candidate;
            most = has;
        }
    }
    return easiest;
}

// As a shell takes it: in quotes where a blank or a brace asks for them.
static void print_option(FILE *out, const char *key, const char *value) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-:/%";
    if (value[strspn(value, plain)] == 0) {
        fprintf(out, " --baseline %s=%s", key, value);
        return;
    }
    fprintf(out, " --baseline '%s=", key);
    for (const char *at = value; *at != 0; at++) {
        fputs(*at == '\'' ? "'\\''" : (const char[]){*at, 0}, out);
    }
    fputc('\'', out);
}

// Another baseline would give other differences: which one is meant is not ours to say.
static enum status refuse_candidates(const struct comparison *comparison,
                                     const struct compare_cell *cell, struct error *error) {
    REQUIRE(cell->candidates > 1);
    char list[1024];
    char *differ = NULL;
    char *named = NULL;
    size_t size = 0;
    FILE *in = open_memstream(&differ, &size);
    FILE *as = open_memstream(&named, &size);
    INVARIANT(in != NULL && as != NULL);
    const struct compare_cell *easiest = easiest_candidate(comparison, cell);
    for (size_t s = 0; s < comparison->options.baseline_count; s++) {
        const struct compare_setting *setting = &comparison->options.baseline[s];
        print_option(as, setting->key, setting->value);
    }
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (list_candidates(comparison, cell, k, list, sizeof list) > 1) {
            fprintf(in, "%s %s (%s)", ftell(in) > 0 ? "," : "", comparison->keys[k], list);
            if (easiest->values[k] != NULL) {
                print_option(as, comparison->keys[k], easiest->values[k]);
            }
        }
    }
    INVARIANT(fclose(in) == 0 && fclose(as) == 0);
    enum status status =
        error_set(error, STATUS_BAD_DATA,
                  "baseline: %zu cells have these settings and agree with another cell equally "
                  "well; they differ in%s: name one of them, as in%s",
                  cell->candidates, differ, named);
    memory_free(differ);
    memory_free(named);
    return status;
}

// With nothing beside them, baselines are compared with nothing.
static enum status refuse_all_cells(const struct comparison *comparison, struct error *error) {
    REQUIRE(comparison->cell_count > 0);
    char list[1024] = "";
    for (size_t k = 0; k < comparison->key_count; k++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", k > 0 ? ", " : "", comparison->keys[k]);
    }
    if (comparison->cell_count == 1) {
        return error_set(error, STATUS_BAD_DATA,
                         "baseline: these are the runs of one cell, and it has these settings: "
                         "nothing is left to compare with it");
    }
    return error_set(error, STATUS_BAD_DATA,
                     "baseline: all %zu cells have these settings: nothing is left to compare with "
                     "them; name a value that some cells have and others have not, of: %s",
                     comparison->cell_count, list);
}

static enum status check_setting(const struct comparison *comparison, size_t index,
                                 struct error *error) {
    REQUIRE(index < comparison->options.baseline_count);
    char list[1024];
    const struct compare_setting *setting = &comparison->options.baseline[index];
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (holding_of(comparison, &comparison->cells[i], index) == COMPARE_HAS) {
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

// Returns how many cells there are that have the settings: all, or those that apply to them.
static size_t mark_baselines(struct comparison *comparison, bool all) {
    size_t found = 0;
    for (size_t i = 0; i < comparison->cell_count && comparison->options.baseline_count > 0; i++) {
        struct compare_cell *cell = &comparison->cells[i];
        size_t had = 0;
        size_t another = 0;
        for (size_t s = 0; s < comparison->options.baseline_count; s++) {
            enum compare_holding holding = holding_of(comparison, cell, s);
            had += holding == COMPARE_HAS;
            another += holding == COMPARE_HAS_ANOTHER;
        }
        cell->is_baseline =
            all ? had == comparison->options.baseline_count : had > 0 && another == 0;
        found += cell->is_baseline;
    }
    return found;
}

enum status compare_find_baselines(struct comparison *comparison, struct error *error) {
    REQUIRE(comparison->cell_count > 0);
    size_t found = 0;
    if (check_tuned(comparison, error) != STATUS_OK) {
        return STATUS_BAD_DATA;
    }
    for (size_t s = 0; s < comparison->options.baseline_count; s++) {
        enum status status = check_setting(comparison, s, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    found = mark_baselines(comparison, true);
    found = found > 0 ? found : mark_baselines(comparison, false);
    if (comparison->options.baseline_count > 0 && found == 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "baseline: no run has all of these settings together");
    }
    if (found == comparison->cell_count) {
        return refuse_all_cells(comparison, error);
    }
    comparison->baseline_count = found;
    for (size_t i = 0; i < comparison->cell_count && found > 0; i++) {
        struct compare_cell *cell = &comparison->cells[i];
        choose_baseline(comparison, cell);
        if (!cell->is_baseline && cell->candidates > 1) {
            return refuse_candidates(comparison, cell, error);
        }
    }
    return STATUS_OK;
}
