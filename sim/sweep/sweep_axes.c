// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_axes.h"

#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/setting_match.h"
#include "sim/sweep/sweep_design.h"
#include "sim/sweep/sweep_overlap.h"
#include "sim/sweep/sweep_plan.h"

static void axis_reset(struct sweep_axis *axis) {
    for (size_t i = 0; axis->texts != NULL && i < axis->count * axis->key_count; i++) {
        memory_free(axis->texts[i]);
    }
    memory_free(axis->texts);
    memory_free(axis->values);
    memory_free(axis->keys);
}

void sweep_axes_reset(struct sweep_axes *axes) {
    for (size_t i = 0; i < axes->count; i++) {
        axis_reset(&axes->axes[i]);
    }
    *axes = (struct sweep_axes){0};
}

size_t sweep_axes_find(const struct sweep_axes *axes, const char *key, size_t *column) {
    for (size_t i = 0; i < axes->count; i++) {
        for (size_t k = 0; k < axes->axes[i].key_count; k++) {
            if (strcmp(axes->axes[i].keys[k]->text, key) == 0) {
                *column = k;
                return i;
            }
        }
    }
    return axes->count;
}

// ---- what all kinds share ----

static enum status check_overlaps(const struct sweep_axes *axes, const struct node *key,
                                  struct error *error) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < axes->count; i++) {
        for (size_t k = 0; k < axes->axes[i].key_count && status == STATUS_OK; k++) {
            status = sweep_overlap_check(key, axes->axes[i].keys[k], error);
        }
    }
    return status;
}

enum status sweep_axes_check_key(const struct sweep_axes *axes, const struct node *key,
                                 struct error *error) {
    if (strcmp(key->text, "seed") == 0) {
        return node_error(key, error, "for more repetitions: rounds: 5",
                          "'seed' cannot vary: each round has a seed of its own, shared by its "
                          "cells");
    }
    enum status status = scenario_tree_check_key(key, error);
    return status == STATUS_OK ? check_overlaps(axes, key, error) : status;
}

struct sweep_axis *sweep_axes_add(struct sweep_axes *axes, const struct node *place,
                                  size_t key_count, size_t count, struct error *error) {
    if (axes->count == SWEEP_AXES_MAX) {
        node_error(place, error, NULL, "at most %d keys vary", SWEEP_AXES_MAX);
        return NULL;
    }
    if (count > SWEEP_RUNS_MAX / axes->cell_count || key_count > SWEEP_AXES_MAX ||
        count * key_count > (size_t)SWEEP_RUNS_MAX * 4) {
        node_error(place, error, NULL, "a sweep has at most %d runs", SWEEP_RUNS_MAX);
        return NULL;
    }
    axes->cell_count *= count;
    struct sweep_axis *axis = &axes->axes[axes->count++];
    *axis = (struct sweep_axis){.key_count = key_count, .count = count, .baseline = count};
    axis->keys = memory_allocate(key_count, sizeof *axis->keys);
    axis->values = memory_allocate(count * key_count, sizeof *axis->values);
    axis->texts = memory_allocate(count * key_count, sizeof *axis->texts);
    return axis;
}

static char *flow_text(const struct node *node) {
    struct text_buffer buffer = {0};
    if (node != NULL) {
        node_write_flow(node, &buffer);
    }
    return buffer.text != NULL ? buffer.text : memory_copy_text("");
}

void sweep_axis_write_texts(struct sweep_axis *axis) {
    for (size_t i = 0; i < axis->count * axis->key_count; i++) {
        axis->texts[i] = flow_text(axis->values[i]);
    }
}

// ---- vary ----

static enum status read_vary(struct sweep_axes *axes, const struct node *vary,
                             struct error *error) {
    if (vary->kind != NODE_MAP) {
        return node_error(vary, error, "vary: {policy.name: [hybrid, async, sync]}",
                          "'vary' is a map of keys, each with a list of values");
    }
    for (const struct node *member = vary->first; member != NULL; member = member->next) {
        enum status status = sweep_axes_check_key(axes, member->key, error);
        if (status == STATUS_OK && (member->kind != NODE_LIST || member->first == NULL)) {
            status = node_error(member, error, "policy.name: [hybrid, async, sync]",
                                "what varies is a list of values");
        }
        if (status != STATUS_OK) {
            return status;
        }
        struct sweep_axis *axis = sweep_axes_add(axes, vary, 1, node_count(member), error);
        if (axis == NULL) {
            return STATUS_BAD_DATA;
        }
        size_t count = 0;
        axis->keys[0] = member->key;
        for (const struct node *value = member->first; value != NULL; value = value->next) {
            axis->values[count++] = value;
        }
        sweep_axis_write_texts(axis);
    }
    return STATUS_OK;
}

// ---- list ----

static size_t key_index(const struct node *const *keys, size_t count, const char *word) {
    size_t i = 0;
    while (i < count && strcmp(keys[i]->text, word) != 0) {
        i++;
    }
    return i;
}

// All keys of the list's cells, each once, in the order in which they appear.
static enum status collect_keys(const struct sweep_axes *axes, const struct node *list,
                                const struct node *keys[SWEEP_AXES_MAX], size_t *count,
                                struct error *error) {
    for (const struct node *cell = list->first; cell != NULL; cell = cell->next) {
        if (cell->kind != NODE_MAP || cell->first == NULL) {
            return node_error(cell, error, "- {policy.name: hybrid, policy.threshold.every: 300}",
                              "a cell of 'list' is a map of keys of the scenario");
        }
        enum status overlap = sweep_overlap_check_map(cell, error);
        if (overlap != STATUS_OK) {
            return overlap;
        }
        for (const struct node *member = cell->first; member != NULL; member = member->next) {
            if (key_index(keys, *count, member->key->text) < *count) {
                continue;
            }
            enum status status = sweep_axes_check_key(axes, member->key, error);
            if (status == STATUS_OK && *count == SWEEP_AXES_MAX) {
                status =
                    node_error(member->key, error, NULL, "at most %d keys vary", SWEEP_AXES_MAX);
            }
            if (status != STATUS_OK) {
                return status;
            }
            keys[(*count)++] = member->key;
        }
    }
    return STATUS_OK;
}

static enum status read_list(struct sweep_axes *axes, const struct node *list,
                             struct error *error) {
    const struct node *keys[SWEEP_AXES_MAX];
    size_t key_count = 0;
    size_t cell_index = 0;
    if (list->kind != NODE_LIST || list->first == NULL) {
        return node_error(list, error, "list: [{policy.name: sync}, {policy.name: async}]",
                          "'list' is a list of cells");
    }
    enum status status = collect_keys(axes, list, keys, &key_count, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct sweep_axis *axis = sweep_axes_add(axes, list, key_count, node_count(list), error);
    if (axis == NULL) {
        return STATUS_BAD_DATA;
    }
    memcpy(axis->keys, keys, key_count * sizeof *keys);
    for (const struct node *cell = list->first; cell != NULL; cell = cell->next) {
        for (size_t k = 0; k < key_count; k++) {
            axis->values[cell_index * key_count + k] = node_member(cell, keys[k]->text);
        }
        cell_index++;
    }
    sweep_axis_write_texts(axis);
    return STATUS_OK;
}

// ---- all of it ----

enum status sweep_axes_read(struct document *document, const struct node *root,
                            struct sweep_axes *axes, struct error *error) {
    const struct node *vary = node_member(root, "vary");
    const struct node *list = node_member(root, "list");
    enum status status = STATUS_OK;
    axes->cell_count = 1;
    if (list != NULL) {
        status = read_list(axes, list, error);
    }
    if (status == STATUS_OK) {
        status = sweep_designs_read(document, root, axes, error);
    }
    if (status == STATUS_OK && vary != NULL && !node_is_empty(vary)) {
        status = read_vary(axes, vary, error);
    }
    return status;
}

void sweep_axes_set_strides(struct sweep_axes *axes) {
    size_t stride = 1;
    for (size_t i = axes->count; i-- > 0; stride *= axes->axes[i].count) {
        axes->axes[i].stride = stride;
    }
}

// ---- the baseline ----

// The first value of the axis that has all that the baseline says of its keys.
static bool fits(const struct sweep_axis *axis, size_t index, const struct node *baseline) {
    for (size_t k = 0; k < axis->key_count; k++) {
        const struct node *wanted = node_member(baseline, axis->keys[k]->text);
        if (wanted != NULL) {
            char *text = flow_text(wanted);
            bool equal = strcmp(text, axis->texts[index * axis->key_count + k]) == 0;
            memory_free(text);
            if (!equal) {
                return false;
            }
        }
    }
    return true;
}

static enum status find_baseline(struct sweep_axis *axis, size_t column, const struct node *member,
                                 const struct node *baseline, struct error *error) {
    axis->baseline = 0;
    while (axis->baseline < axis->count && !fits(axis, axis->baseline, baseline)) {
        axis->baseline++;
    }
    if (axis->baseline < axis->count) {
        return STATUS_OK;
    }
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    char *text = flow_text(member);
    const char **words = memory_allocate(axis->count, sizeof *words);
    for (size_t i = 0; i < axis->count; i++) {
        words[i] = axis->texts[i * axis->key_count + column];
    }
    hint_add_words(&hint, text, words, axis->count);
    enum status status = node_error(member, error, text_buffer_text(&hint),
                                    "the baseline's '%s: %s' is not among the values that vary",
                                    member->key->text, text_excerpt(text, excerpt));
    text_buffer_clear(&hint);
    memory_free(words);
    memory_free(text);
    return status;
}

enum { VARIED_VALUE_SIZE = 4096 };

struct baseline_search {
    char *const *texts; // (count), of all cells, canonical
    size_t count;
    const char *text; // of the cell at hand
    bool all;         // of the leaves so far are had by it
};

// Whether the cell's text leaves the key out since it has its default: with the value that another
// cell has it would be another scenario.
static bool has_default(const struct baseline_search *search, const char *key) {
    char value[VARIED_VALUE_SIZE];
    size_t other = 0;
    while (other < search->count &&
           !canonical_text_value(search->texts[other], key, value, sizeof value)) {
        other++;
    }
    const struct scenario_setting another = {key, value};
    return other < search->count && setting_match_changes("cell", search->text, &another);
}

static void match_leaf(void *context, const char *key, const char *value) {
    struct baseline_search *search = context;
    const struct scenario_setting setting = {key, value};
    enum setting_match match = setting_match_of("cell", search->text, &setting);
    search->all &=
        match == SETTING_IS_HAD || (match == SETTING_DOES_NOT_APPLY && has_default(search, key));
}

static bool is_below(const char *key, const char *group) {
    size_t length = strlen(group);
    return strncmp(key, group, length) == 0 && key[length] == '.';
}

// Whether a key that varies, one of its group or its group itself is meant.
static bool may_vary(const struct sweep_axes *axes, const char *key) {
    for (size_t i = 0; i < axes->count; i++) {
        for (size_t k = 0; k < axes->axes[i].key_count; k++) {
            const char *varied = axes->axes[i].keys[k]->text;
            if (strcmp(varied, key) == 0 || is_below(varied, key) || is_below(key, varied)) {
                return true;
            }
        }
    }
    return false;
}

// Whether a cell has what the baseline says of a key.
static bool cell_has(char *const *texts, size_t count, size_t cell, const struct node *member) {
    struct text_buffer value = {0};
    node_write_flow(member, &value);
    const struct scenario_setting setting = {member->key->text, text_buffer_text(&value)};
    struct baseline_search search = {texts, count, texts[cell], true};
    setting_match_each_leaf(&setting, match_leaf, &search);
    text_buffer_clear(&value);
    return search.all;
}

// Whether any cell has it.
static bool is_had(char *const *texts, size_t count, const struct node *member) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = cell_has(texts, count, i, member);
    }
    return found;
}

// Nothing would be left to compare with it.
static enum status refuse_all_cells(char *const *texts, size_t count, const struct node *baseline,
                                    struct error *error) {
    for (size_t i = 0; i < count; i++) {
        for (const struct node *member = baseline->first; member != NULL; member = member->next) {
            if (!cell_has(texts, count, i, member)) {
                return STATUS_OK;
            }
        }
    }
    return node_error(baseline, error,
                      "name a value that some cells have and others have not, as in "
                      "baseline: {policy.name: async}",
                      "every cell has what the baseline says: nothing is left to compare with it");
}

static enum status check_members(struct sweep_axes *axes, const struct node *baseline,
                                 char *const *texts, size_t count, struct error *error) {
    char excerpt[EXCERPT_SIZE];
    for (const struct node *member = baseline->first; member != NULL; member = member->next) {
        size_t column = 0;
        size_t found = sweep_axes_find(axes, member->key->text, &column);
        if (found == axes->count && may_vary(axes, member->key->text) &&
            is_had(texts, count, member)) {
            continue;
        }
        if (found == axes->count && may_vary(axes, member->key->text)) {
            return node_error(member, error, NULL, "no cell has the baseline's '%s'",
                              text_excerpt(member->key->text, excerpt));
        }
        if (found == axes->count) {
            return node_error(member->key, error, "the baseline names keys that vary",
                              "'%s' does not vary in this sweep",
                              text_excerpt(member->key->text, excerpt));
        }
        enum status status = find_baseline(&axes->axes[found], column, member, baseline, error);
        if (status != STATUS_OK && !is_had(texts, count, member)) {
            return status;
        }
    }
    return refuse_all_cells(texts, count, baseline, error);
}

enum status sweep_axes_read_baseline(struct sweep_axes *axes, const struct node *baseline,
                                     const struct scenario *scenarios, size_t count,
                                     struct error *error) {
    if (baseline == NULL) {
        return STATUS_OK;
    }
    char **texts = memory_allocate(count, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = scenario_print(&scenarios[i]);
    }
    enum status status = check_members(axes, baseline, texts, count, error);
    for (size_t i = 0; i < count; i++) {
        memory_free(texts[i]);
    }
    memory_free(texts);
    return status;
}
