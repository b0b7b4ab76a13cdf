// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_overlap.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"

// What follows of "inner" behind "outer": "" if they are equal; NULL: it is not inside.
static const char *rest_inside(const char *outer, const char *inner) {
    size_t length = strlen(outer);
    if (strncmp(outer, inner, length) != 0 || (inner[length] != 0 && inner[length] != '.')) {
        return NULL;
    }
    return inner[length] == 0 ? inner + length : inner + length + 1;
}

static enum status fail(const struct node *key, const char *does, const struct node *before,
                        const char *before_does, struct error *error) {
    char text[2][EXCERPT_SIZE];
    const char *place = before->source->name;
    text_excerpt(key->text, text[0]);
    text_excerpt(before->text, text[1]);
    if (strcmp(key->text, before->text) == 0) {
        return node_error(key, error, "say it once",
                          "'%s' %s twice: the first time at %s:%" PRId32 ":%" PRId32, text[0], does,
                          place, before->line, before->column);
    }
    bool contains = rest_inside(key->text, before->text) != NULL;
    return node_error(
        key, error, "say each key in one place; combinations may be written out in 'list'",
        "'%s' %s and %s '%s', which %s at %s:%" PRId32 ":%" PRId32 ": one would replace the other",
        text[0], does, contains ? "contains" : "is inside", text[1], before_does, place,
        before->line, before->column);
}

static bool overlap(const struct node *key, const struct node *other) {
    return rest_inside(key->text, other->text) != NULL ||
           rest_inside(other->text, key->text) != NULL;
}

enum status sweep_overlap_check(const struct node *key, const struct node *before,
                                struct error *error) {
    REQUIRE(key->kind == NODE_SCALAR && before->kind == NODE_SCALAR);
    return overlap(key, before) ? fail(key, "varies", before, "varies", error) : STATUS_OK;
}

enum status sweep_overlap_check_map(const struct node *map, struct error *error) {
    REQUIRE(map->kind == NODE_MAP);
    enum status status = STATUS_OK;
    for (const struct node *key = map->first; key != NULL; key = key->next) {
        for (const struct node *before = map->first; before != key && status == STATUS_OK;
             before = before->next) {
            status = sweep_overlap_check(key->key, before->key, error);
        }
    }
    return status;
}

// ---- set ----

// Whether a value says what stands at a path inside it; a value that is no map says all of it.
static bool says(const struct node *value, const char *path) {
    for (const char *rest = path; *rest != 0 && value->kind == NODE_MAP;) {
        size_t length = strcspn(rest, ".");
        const struct node *member = value->first;
        while (member != NULL &&
               (strncmp(member->key->text, rest, length) != 0 || member->key->text[length] != 0)) {
            member = member->next;
        }
        if (member == NULL) {
            return false;
        }
        value = member;
        rest += length + (rest[length] == '.');
    }
    return true;
}

// Whether a member of "set" and a later one lose something. A law replaces the parameters that were
// set before it.
static bool is_lost(const struct node *before, const struct node *later) {
    const char *rest = rest_inside(before->key->text, later->key->text);
    if (rest != NULL) { // a group that is a single value is short for a map of other keys
        bool is_short = before->kind == NODE_SCALAR && schema_is_group(before->key->text);
        return *rest == 0 || (!is_short && says(before, rest));
    }
    rest = rest_inside(later->key->text, before->key->text);
    return rest != NULL && (!schema_is_group(later->key->text) || says(later, rest));
}

// In a list some cells may leave a key as it is set.
static bool has_value_everywhere(const struct sweep_axis *axis, size_t column) {
    for (size_t i = 0; i < axis->count; i++) {
        if (axis->values[i * axis->key_count + column] == NULL) {
            return false;
        }
    }
    return true;
}

static enum status check_against_axis(const struct node *member, const struct sweep_axis *axis,
                                      struct error *error) {
    for (size_t column = 0; column < axis->key_count; column++) {
        const struct node *key = axis->keys[column];
        if (rest_inside(key->text, member->key->text) != NULL &&
            has_value_everywhere(axis, column)) {
            return fail(member->key, "is set", key, "varies", error);
        }
    }
    return STATUS_OK;
}

enum status sweep_overlap_check_set(const struct node *set, const struct sweep_axes *axes,
                                    struct error *error) {
    REQUIRE(set->kind == NODE_MAP);
    enum status status = STATUS_OK;
    for (const struct node *member = set->first; member != NULL; member = member->next) {
        for (const struct node *before = set->first; before != member && status == STATUS_OK;
             before = before->next) {
            status = is_lost(before, member)
                         ? fail(member->key, "is set", before->key, "is set", error)
                         : STATUS_OK;
        }
        for (size_t i = 0; i < axes->count && status == STATUS_OK; i++) {
            status = check_against_axis(member, &axes->axes[i], error);
        }
    }
    return status;
}
