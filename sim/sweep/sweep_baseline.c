// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_baseline.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/setting_match.h"

// Whether a value of the axis has all that the baseline says of its keys.
static bool fits(const struct sweep_axis *axis, size_t index, const struct node *baseline) {
    REQUIRE(index < axis->count && baseline->kind == NODE_MAP);
    for (size_t k = 0; k < axis->key_count; k++) {
        const struct node *wanted = node_member(baseline, axis->keys[k]->text);
        if (wanted != NULL) {
            char *text = sweep_flow_text(wanted);
            bool equal = strcmp(text, axis->texts[index * axis->key_count + k]) == 0;
            memory_free(text);
            if (!equal) {
                return false;
            }
        }
    }
    return true;
}

static enum status find_value(const struct sweep_axis *axis, size_t column,
                              const struct node *member, const struct node *baseline,
                              struct error *error) {
    REQUIRE(column < axis->key_count);
    for (size_t index = 0; index < axis->count; index++) {
        if (fits(axis, index, baseline)) {
            return STATUS_OK;
        }
    }
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    char *text = sweep_flow_text(member);
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

struct baseline_search {
    char *const *texts; // (count), of all cells, canonical
    size_t count;
    size_t cell; // at hand
    bool all;    // of the leaves so far are had by it
};

static void match_leaf(void *context, const char *key, const char *value) {
    struct baseline_search *search = context;
    const struct scenario_setting setting = {key, value};
    search->all &=
        setting_match_among(search->texts, search->count, search->cell, &setting) == SETTING_IS_HAD;
}

static bool is_below(const char *key, const char *group) {
    REQUIRE(key != NULL && group != NULL);
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
    REQUIRE(cell < count);
    struct text_buffer value = {0};
    node_write_flow(member, &value);
    const struct scenario_setting setting = {member->key->text, text_buffer_text(&value)};
    struct baseline_search search = {texts, count, cell, true};
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

static enum status check_members(const struct sweep_axes *axes, const struct node *baseline,
                                 char *const *texts, size_t count, struct error *error) {
    REQUIRE(baseline->kind == NODE_MAP);
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
        enum status status = find_value(&axes->axes[found], column, member, baseline, error);
        if (status != STATUS_OK && !is_had(texts, count, member)) {
            return status;
        }
    }
    return refuse_all_cells(texts, count, baseline, error);
}

enum status sweep_baseline_check(const struct sweep_axes *axes, const struct node *baseline,
                                 const struct scenario *scenarios, size_t count,
                                 struct error *error) {
    REQUIRE(baseline == NULL || baseline->kind == NODE_MAP);
    REQUIRE(count == 0 || scenarios != NULL);
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
