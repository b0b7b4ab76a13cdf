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

bool schema_is_group(const char *dotted) {
    REQUIRE(dotted != NULL);
    for (int key = 0; key < KEY_COUNT && dotted[0] != 0; key++) {
        if (stands_below(schema_table[key].key, dotted)) {
            return schema_find(dotted) == KEY_COUNT;
        }
    }
    return false;
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

void schema_list_members(const char *prefix, struct word_list *list) {
    REQUIRE(prefix != NULL);
    size_t skip = strlen(prefix) + (prefix[0] != 0);
    list->count = 0;
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!stands_below(schema_table[key].key, prefix)) {
            continue;
        }
        const char *word = schema_table[key].key + skip;
        size_t length = strcspn(word, ".");
        const char *last = list->count == 0 ? "" : list->words[list->count - 1];
        if (strlen(last) == length && strncmp(last, word, length) == 0) {
            continue; // the keys of a group stand together
        }
        REQUIRE(list->count < WORD_LIST_MAX && length < WORD_SIZE);
        snprintf(list->storage[list->count], WORD_SIZE, "%.*s", (int)length, word);
        list->words[list->count] = list->storage[list->count];
        list->count++;
    }
}
