// SPDX-License-Identifier: GPL-3.0-or-later
// In which keys the cells differ.
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"

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

bool compare_key_varies(const struct comparison *comparison, const char *key, bool absent) {
    REQUIRE(key != NULL);
    char first[COMPARE_VALUE_SIZE] = "";
    char value[COMPARE_VALUE_SIZE];
    size_t present = 0;
    if (!absent && strcmp(key, "semantics") == 0) {
        return false; // it follows from the others, unless one cell is of older rules
    }
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
    REQUIRE(comparison->key_count == 0);
    for (size_t i = 0; i < all->count; i++) {
        if (compare_key_varies(comparison, all->keys[i], absent)) {
            comparison->keys[comparison->key_count++] = memory_copy_text(all->keys[i]);
        }
    }
}

static void read_values(const struct comparison *comparison, struct compare_cell *cell) {
    REQUIRE(cell->values == NULL);
    char value[COMPARE_VALUE_SIZE];
    cell->values = memory_allocate(comparison->key_count, sizeof *cell->values);
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (canonical_text_value(cell->text, comparison->keys[k], value, sizeof value)) {
            cell->values[k] = memory_copy_text(value);
        }
    }
}

// What a cell's text leaves out, since it is the default, is a value as any other.
static void fill_in_defaults(const struct comparison *comparison, size_t key) {
    REQUIRE(key < comparison->key_count);
    const char *another = NULL;
    for (size_t i = 0; i < comparison->cell_count && another == NULL; i++) {
        another = comparison->cells[i].values[key];
    }
    for (size_t i = 0; i < comparison->cell_count && comparison->options.default_of != NULL; i++) {
        struct compare_cell *cell = &comparison->cells[i];
        if (cell->values[key] == NULL) {
            cell->values[key] = comparison->options.default_of(&comparison->runs[cell->first],
                                                               comparison->keys[key], another);
        }
    }
}

static bool values_equal(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void compare_forget_keys(struct comparison *comparison) {
    REQUIRE(comparison->keys != NULL || comparison->key_count == 0);
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
    comparison->key_count = 0; // the array stays
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

// A key of the group, such as "policy.name" of "policy"; NULL: it is no group.
static const char *member_of(const struct key_list *all, const char *group) {
    size_t length = strlen(group);
    for (size_t i = 0; i < all->count; i++) {
        if (strncmp(all->keys[i], group, length) == 0 && all->keys[i][length] == '.') {
            return all->keys[i];
        }
    }
    return NULL;
}

static void forget_list(struct key_list *all) {
    for (size_t i = 0; i < all->count; i++) {
        memory_free(all->keys[i]);
    }
    memory_free(all->keys);
}

// Whether the key is a map in all cells that have it, and of the same law.
static bool is_one_law(const struct comparison *comparison, const char *key) {
    char value[COMPARE_VALUE_SIZE];
    snprintf(value, sizeof value, "%s.law", key);
    bool is_one = !compare_key_varies(comparison, value, false);
    for (size_t i = 0; i < comparison->cell_count && is_one; i++) {
        is_one = !canonical_text_value(comparison->cells[i].text, key, value, sizeof value) ||
                 value[0] == '{';
    }
    return is_one;
}

struct member_list {
    const char *law;
    struct key_list *list;
};

static void collect_member(void *context, const char *name, const char *value) {
    struct member_list *members = context;
    char key[COMPARE_VALUE_SIZE];
    snprintf(key, sizeof key, "%s.%s", members->law, name);
    if (value[0] == '{') { // the parts of a mixture
        struct member_list parts = {key, members->list};
        canonical_text_each_member(value, collect_member, &parts);
    } else {
        collect_key(members->list, key, value);
    }
}

// The parameters of a law are keys, each for itself, unless the laws themselves differ.
static struct key_list all_keys(const struct comparison *comparison) {
    struct key_list whole = {0};
    struct key_list all = {0};
    char value[COMPARE_VALUE_SIZE];
    for (size_t i = 0; i < comparison->cell_count; i++) {
        canonical_text_each(comparison->cells[i].text, collect_key, &whole);
    }
    for (size_t k = 0; k < whole.count; k++) {
        struct member_list members = {whole.keys[k], &all};
        bool is_one = is_one_law(comparison, members.law);
        for (size_t i = 0; i < comparison->cell_count && is_one; i++) {
            if (canonical_text_value(comparison->cells[i].text, members.law, value, sizeof value)) {
                canonical_text_each_member(value, collect_member, &members);
            }
        }
        if (!is_one) {
            collect_key(&all, members.law, "");
        }
    }
    forget_list(&whole);
    return all;
}

// A key that some cells lack mostly follows from another one (sync has no schedule): it is among
// the varied keys only if the cells could not be told apart otherwise.
void compare_find_keys(struct comparison *comparison) {
    REQUIRE(comparison->keys == NULL);
    REQUIRE(comparison->cell_count > 0);
    struct key_list all = all_keys(comparison);
    comparison->keys = memory_allocate(all.count, sizeof *comparison->keys);
    for (int absent = 0; absent <= 1; absent++) {
        compare_forget_keys(comparison);
        take_varied_keys(comparison, &all, absent == 1);
        for (size_t i = 0; i < comparison->cell_count; i++) {
            read_values(comparison, &comparison->cells[i]);
        }
        if (cells_told_apart(comparison)) {
            break;
        }
    }
    for (size_t k = 0; k < comparison->key_count; k++) {
        fill_in_defaults(comparison, k);
    }
    forget_list(&all);
}

enum status compare_no_such_key(const struct comparison *comparison, const char *word,
                                const char *key, struct error *error) {
    struct key_list all = all_keys(comparison);
    const char *closest = closest_word(key, (const char *const *)all.keys, all.count);
    const char *member = member_of(&all, key);
    if (member != NULL) {
        error_set(error, STATUS_BAD_DATA,
                  "%s: no run has that; %s is a group of keys: name one of them, as in %s", word,
                  key, member);
    } else if (closest != NULL) {
        error_set(error, STATUS_BAD_DATA, "%s: no run has a key %s; did you mean %s?", word, key,
                  closest);
    } else {
        error_set(error, STATUS_BAD_DATA, "%s: no run has a key %s", word, key);
    }
    forget_list(&all);
    return error->status;
}
