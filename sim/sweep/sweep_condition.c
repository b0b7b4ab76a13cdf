// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_condition.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/setting_match.h"
#include "sim/sweep/sweep_quantity.h"

enum { CONDITIONS_MAX = 64, VALUE_SIZE = 512 };

const char *const condition_operator_names[CONDITION_OPERATOR_COUNT] = {
    [CONDITION_EQUALS] = "equals",   [CONDITION_NOT] = "not",     [CONDITION_AT_LEAST] = "at_least",
    [CONDITION_AT_MOST] = "at_most", [CONDITION_ABOVE] = "above", [CONDITION_BELOW] = "below",
};

// ---- values ----

char *sweep_canonical_value(const char *canonical, const char *key) {
    REQUIRE(canonical != NULL && key != NULL);
    char value[VALUE_SIZE];
    return canonical_text_value(canonical, key, value, sizeof value) ? memory_copy_text(value)
                                                                     : NULL;
}

// ---- reading ----

static enum status refuse(const struct node *place, struct error *error) {
    struct text_buffer words = {0};
    for (int i = 0; i < CONDITION_OPERATOR_COUNT; i++) {
        text_buffer_add(&words, "%s%s", i == 0 ? "known: " : ", ", condition_operator_names[i]);
    }
    enum status status =
        node_error(place, error, text_buffer_text(&words),
                   "a condition is a key, a relation and a value, as in {key: training.batch, "
                   "at_most: 64}");
    text_buffer_clear(&words);
    return status;
}

static enum status read_relation(const struct node *member, struct sweep_condition *condition,
                                 struct error *error) {
    REQUIRE(member->key != NULL);
    for (int i = 0; i < CONDITION_OPERATOR_COUNT; i++) {
        if (strcmp(member->key->text, condition_operator_names[i]) == 0 &&
            condition->value == NULL && member->kind == NODE_SCALAR && !node_is_empty(member)) {
            condition->relation = (enum condition_operator)i;
            condition->value = member;
            condition->value_is_key = schema_find_row(member->text) != NULL && !member->quoted;
            return STATUS_OK;
        }
    }
    return refuse(member->key, error);
}

static enum status read_condition(const struct node *node, struct sweep_condition *condition,
                                  struct error *error) {
    REQUIRE(condition->key == NULL && condition->value == NULL);
    enum status status = STATUS_OK;
    if (node->kind != NODE_MAP) {
        return refuse(node, error);
    }
    for (const struct node *member = node->first; member != NULL && status == STATUS_OK;
         member = member->next) {
        if (strcmp(member->key->text, "key") == 0 && condition->key == NULL &&
            member->kind == NODE_SCALAR) {
            condition->key = member;
        } else {
            status = read_relation(member, condition, error);
        }
    }
    if (status == STATUS_OK && (condition->key == NULL || condition->value == NULL)) {
        status = refuse(node, error);
    }
    return status == STATUS_OK ? scenario_tree_check_key(condition->key, error) : status;
}

enum status sweep_conditions_read(const struct node *where, struct sweep_condition **conditions,
                                  size_t *count, struct error *error) {
    REQUIRE(conditions != NULL && count != NULL);
    if (where->kind != NODE_LIST || node_count(where) > CONDITIONS_MAX) {
        return node_error(where, error, "where: [{key: training.batch, at_most: 64}]",
                          "'where' is a list of at most %d conditions", CONDITIONS_MAX);
    }
    struct sweep_condition *made = memory_allocate(node_count(where), sizeof *made);
    enum status status = STATUS_OK;
    size_t made_count = 0;
    for (const struct node *node = where->first; node != NULL && status == STATUS_OK;
         node = node->next) {
        status = read_condition(node, &made[made_count++], error);
    }
    if (status != STATUS_OK) {
        memory_free(made);
        return status;
    }
    *conditions = made;
    *count = made_count;
    return STATUS_OK;
}

// ---- what there is ----

// A name under a map, or a parameter of a law: what is no key of every scenario.
static bool is_known(const char *canonical, const char *key) {
    const char *name = NULL;
    char path[SCHEMA_DOTTED_SIZE];
    if (schema_find_map(key, &name) != NULL && name != NULL) {
        snprintf(path, sizeof path, "%.*s", (int)((size_t)(name - key) + strcspn(name, ".")), key);
        return canonical_text_has(canonical, path);
    }
    return schema_find(key) != KEY_COUNT || canonical_text_has(canonical, key);
}

void sweep_conditions_look(const struct sweep_condition *conditions, size_t count,
                           const char *canonical, bool *known) {
    REQUIRE(count == 0 || (conditions != NULL && canonical != NULL && known != NULL));
    for (size_t i = 0; i < count; i++) {
        const struct sweep_condition *condition = &conditions[i];
        known[2 * i] = known[2 * i] || is_known(canonical, condition->key->text);
        known[2 * i + 1] = known[2 * i + 1] || !condition->value_is_key ||
                           is_known(canonical, condition->value->text);
    }
}

enum status sweep_conditions_check(const struct sweep_condition *conditions, size_t count,
                                   const bool *known, struct error *error) {
    REQUIRE(count == 0 || (conditions != NULL && known != NULL));
    for (size_t i = 0; i < 2 * count; i++) {
        const struct sweep_condition *condition = &conditions[i / 2];
        const struct node *place = i % 2 == 0 ? condition->key : condition->value;
        if (!known[i]) {
            return node_error(place, error, "a condition on it would always hold",
                              "no cell of this sweep has '%s'", place->text);
        }
    }
    return STATUS_OK;
}

// ---- deciding ----

// The value of a key; NULL: it does not apply. "other" is what it is compared with, which tells a
// default that the text leaves out from a key without an effect.
static char *value_of(const char *canonical, const char *key, const char *other) {
    char *value = sweep_canonical_value(canonical, key);
    return value != NULL ? value : setting_match_default("where", canonical, key, other);
}

static bool are_comparable(const char *left, const char *right, double *a, double *b) {
    REQUIRE(left != NULL && right != NULL);
    struct quantity x;
    struct quantity y;
    if (!quantity_read(left, &x) || !quantity_read(right, &y)) {
        return false;
    }
    *a = x.value;
    *b = y.value;
    return quantities_are_comparable(x, y);
}

static bool decide(enum condition_operator relation, double a, double b) {
    switch (relation) {
    case CONDITION_EQUALS:
        return a == b;
    case CONDITION_NOT:
        return a != b;
    case CONDITION_AT_LEAST:
        return a >= b;
    case CONDITION_AT_MOST:
        return a <= b;
    case CONDITION_ABOVE:
        return a > b;
    case CONDITION_BELOW:
        return a < b;
    case CONDITION_OPERATOR_COUNT:
    default:
        REQUIRE(relation < CONDITION_OPERATOR_COUNT);
        return false;
    }
}

static enum status compare_sides(const struct sweep_condition *condition, const char *left,
                                 const char *right, bool *holds, struct error *error) {
    REQUIRE(condition->relation < CONDITION_OPERATOR_COUNT);
    char left_excerpt[EXCERPT_SIZE];
    char right_excerpt[EXCERPT_SIZE];
    double a = 0;
    double b = 0;
    if (are_comparable(left, right, &a, &b)) {
        *holds = decide(condition->relation, a, b);
        return STATUS_OK;
    }
    if (condition->relation == CONDITION_EQUALS || condition->relation == CONDITION_NOT) {
        *holds = (strcmp(left, right) == 0) == (condition->relation == CONDITION_EQUALS);
        return STATUS_OK;
    }
    return node_error(condition->value, error, NULL, "'%s' and '%s' cannot be ordered",
                      text_excerpt(left, left_excerpt), text_excerpt(right, right_excerpt));
}

enum status sweep_conditions_hold(const struct sweep_condition *conditions, size_t count,
                                  const char *canonical, bool *hold, struct error *error) {
    REQUIRE(count == 0 || (conditions != NULL && canonical != NULL));
    enum status status = STATUS_OK;
    *hold = true;
    for (size_t i = 0; i < count && *hold && status == STATUS_OK; i++) {
        const struct sweep_condition *condition = &conditions[i];
        char *right = condition->value_is_key
                          ? sweep_canonical_value(canonical, condition->value->text)
                          : memory_copy_text(condition->value->text);
        char *left = right == NULL ? NULL : value_of(canonical, condition->key->text, right);
        if (left != NULL && right != NULL) {
            status = compare_sides(condition, left, right, hold, error);
        }
        memory_free(left);
        memory_free(right);
    }
    return status;
}
