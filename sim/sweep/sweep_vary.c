// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_vary.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/sweep/sweep_design.h"
#include "sim/sweep/sweep_overlap.h"

// ---- vary ----

static enum status read_vary(struct sweep_axes *axes, const struct node *vary,
                             struct error *error) {
    if (vary->kind != NODE_MAP) {
        return node_error(vary, error, "vary: {policy.name: [hybrid, async, sync]}",
                          "'vary' is a map of keys, each with a list of values");
    }
    for (const struct node *member = vary->first; member != NULL; member = member->next) {
        enum status status = sweep_overlap_check_key(axes, member->key, error);
        if (status == STATUS_OK && (member->kind != NODE_LIST || member->first == NULL)) {
            status = node_error(member, error, "policy.name: [hybrid, async, sync]",
                                "what varies is a list of values");
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (sweep_axes_add_list(axes, vary, member->key, member, error) == NULL) {
            return STATUS_BAD_DATA;
        }
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
            enum status status = sweep_overlap_check_key(axes, member->key, error);
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
    return sweep_check_twice(list, error);
}

// ---- all of it ----

enum status sweep_vary_read(struct document *document, const struct node *root,
                            struct sweep_axes *axes, struct error *error) {
    const struct node *vary = node_member(root, "vary");
    const struct node *list = node_member(root, "list");
    enum status status = STATUS_OK;
    REQUIRE(axes->count == 0);
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
