// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_schema.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/training/threshold_schedule.h"

const char *schema_fallback(enum scenario_key key, const struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT && scenario->training.policy.policy < POLICY_COUNT);
    const struct policy_entry *policy = &policy_table[scenario->training.policy.policy];
    const struct threshold_options *threshold = &scenario->training.policy.threshold;
    switch (key) {
    case KEY_COMBINE:
        return combine_names[policy->combine];
    case KEY_SCHEDULE:
        return schedule_table[policy->schedule].name;
    case KEY_COUNTS:
        return threshold_counts_names[schedule_table[threshold->schedule].counts];
    case KEY_EVERY:
        return threshold->counts == COUNTS_TIME     ? "10 s"
               : threshold->counts == COUNTS_EPOCHS ? "1 epoch"
                                                    : schema_table[key].fallback;
    case KEY_OVER:
        return threshold->counts == COUNTS_TIME     ? "100 s"
               : threshold->counts == COUNTS_EPOCHS ? "10 epochs"
                                                    : schema_table[key].fallback;
    default:
        return schema_table[key].fallback;
    }
}

enum scenario_key schema_find(const char *dotted) {
    REQUIRE(dotted != NULL);
    enum scenario_key key = 0;
    while (key < KEY_COUNT && strcmp(schema_table[key].key, dotted) != 0) {
        key++;
    }
    return key;
}

static bool stands_below(const char *key, const char *prefix) {
    size_t length = strlen(prefix);
    return length == 0 || (strncmp(key, prefix, length) == 0 && key[length] == '.');
}

const struct named_map *schema_find_map(const char *dotted, const char **name) {
    REQUIRE(dotted != NULL && name != NULL);
    for (int key = 0; key < KEY_COUNT; key++) {
        const struct named_map *map = schema_table[key].type->named;
        size_t length = strlen(schema_table[key].key);
        if (map != NULL && strncmp(dotted, schema_table[key].key, length) == 0 &&
            (dotted[length] == 0 || dotted[length] == '.')) {
            *name = dotted[length] == 0 ? NULL : dotted + length + 1;
            return *name == NULL || key_begins_with_name(*name, strcspn(*name, ".")) ? map : NULL;
        }
    }
    return NULL;
}

// What follows the name in a path, "" where nothing does; *map: of the names. NULL: it leads under
// no name.
static const char *behind_name(const char *dotted, const struct named_map **map) {
    const char *name = NULL;
    *map = schema_find_map(dotted, &name);
    if (*map == NULL || name == NULL) {
        return NULL;
    }
    name += strcspn(name, ".");
    return *name == 0 ? name : name + 1;
}

const struct named_key *schema_find_named(const char *dotted) {
    const struct named_map *map = NULL;
    const char *rest = behind_name(dotted, &map);
    for (size_t i = 0; rest != NULL && i < map->key_count; i++) {
        if (strcmp(map->keys[i].schema.key, rest) == 0) {
            return &map->keys[i];
        }
    }
    return NULL;
}

const struct schema_key *schema_find_row(const char *dotted) {
    enum scenario_key key = schema_find(dotted);
    const struct named_key *named = key == KEY_COUNT ? schema_find_named(dotted) : NULL;
    return key != KEY_COUNT ? &schema_table[key] : named != NULL ? &named->schema : NULL;
}

static bool is_group_under_name(const char *dotted) {
    const struct named_map *map = NULL;
    const char *rest = behind_name(dotted, &map);
    bool found = rest != NULL && *rest == 0;
    for (size_t i = 0; rest != NULL && i < map->key_count && !found; i++) {
        found = stands_below(map->keys[i].schema.key, rest);
    }
    return found;
}

bool schema_is_group(const char *dotted) {
    REQUIRE(dotted != NULL);
    for (int key = 0; key < KEY_COUNT && dotted[0] != 0; key++) {
        if (stands_below(schema_table[key].key, dotted)) {
            return schema_find(dotted) == KEY_COUNT;
        }
        if (schema_table[key].type->named != NULL && strcmp(schema_table[key].key, dotted) == 0) {
            return true;
        }
    }
    return is_group_under_name(dotted);
}

bool schema_is_inside(enum scenario_key inner, enum scenario_key outer) {
    REQUIRE(inner < KEY_COUNT && outer < KEY_COUNT);
    return stands_below(schema_table[inner].key, schema_table[outer].key);
}

const char *schema_join(const char *prefix, const char *word, char dotted[SCHEMA_DOTTED_SIZE]) {
    int length =
        snprintf(dotted, SCHEMA_DOTTED_SIZE, "%s%s%s", prefix, prefix[0] == 0 ? "" : ".", word);
    ENSURE(length >= 0);
    return dotted;
}

// Adds the first word of a path; the keys of a group stand together.
static void add_member(struct word_list *list, const char *word) {
    size_t length = strcspn(word, ".");
    const char *last = list->count == 0 ? "" : list->words[list->count - 1];
    if (strlen(last) == length && strncmp(last, word, length) == 0) {
        return;
    }
    REQUIRE(list->count < WORD_LIST_MAX && length < WORD_SIZE);
    snprintf(list->storage[list->count], WORD_SIZE, "%.*s", (int)length, word);
    list->words[list->count] = list->storage[list->count];
    list->count++;
}

void schema_list_members(const char *prefix, struct word_list *list) {
    REQUIRE(prefix != NULL);
    size_t skip = strlen(prefix) + (prefix[0] != 0);
    const struct named_map *map = NULL;
    list->count = 0;
    for (int key = 0; key < KEY_COUNT; key++) {
        if (stands_below(schema_table[key].key, prefix)) {
            add_member(list, schema_table[key].key + skip);
        }
    }
    const char *rest = behind_name(prefix, &map);
    for (size_t i = 0; rest != NULL && i < map->key_count; i++) {
        const char *key = map->keys[i].schema.key;
        if (stands_below(key, rest)) {
            add_member(list, *rest == 0 ? key : key + strlen(rest) + 1);
        }
    }
}

const struct schema_key *schema_listed(size_t index, char dotted[SCHEMA_DOTTED_SIZE]) {
    for (int key = 0; key < KEY_COUNT; key++) {
        const struct named_map *map = schema_table[key].type->named;
        size_t count = map == NULL ? 0 : map->key_count;
        if (index == 0) {
            schema_join("", schema_table[key].key, dotted);
            return &schema_table[key];
        }
        if (index <= count) {
            char prefix[SCHEMA_DOTTED_SIZE];
            schema_join(schema_table[key].key, "NAME", prefix);
            schema_join(prefix, map->keys[index - 1].schema.key, dotted);
            return &map->keys[index - 1].schema;
        }
        index -= 1 + count;
    }
    return NULL;
}
