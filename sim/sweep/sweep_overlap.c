// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_overlap.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/setting_match.h"

// What follows of "inner" behind "outer": "" if they are equal; NULL: it is not inside.
static const char *rest_inside(const char *outer, const char *inner) {
    REQUIRE(outer != NULL && inner != NULL);
    size_t length = strlen(outer);
    if (strncmp(outer, inner, length) != 0 || (inner[length] != 0 && inner[length] != '.')) {
        return NULL;
    }
    return inner[length] == 0 ? inner + length : inner + length + 1;
}

static enum status fail(const struct node *key, const char *does, const struct node *before,
                        const char *before_does, struct error *error) {
    REQUIRE(key->kind == NODE_SCALAR && before->kind == NODE_SCALAR);
    char text[2][EXCERPT_SIZE];
    const char *place = before->source->name;
    text_excerpt(key->text, text[0]);
    text_excerpt(before->text, text[1]);
    if (strcmp(key->text, before->text) == 0) {
        bool twice = strcmp(does, before_does) == 0;
        return node_error(key, error, "say it once", "'%s' %s %s%s at %s:%" PRId32 ":%" PRId32,
                          text[0], does, twice ? "twice: the first time" : "and ",
                          twice ? "" : before_does, place, before->line, before->column);
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

static enum status check_pair(const struct node *key, const struct node *before,
                              struct error *error) {
    REQUIRE(key->kind == NODE_SCALAR && before->kind == NODE_SCALAR);
    return overlap(key, before) ? fail(key, "varies", before, "varies", error) : STATUS_OK;
}

enum status sweep_overlap_check_key(const struct sweep_axes *axes, const struct node *key,
                                    struct error *error) {
    REQUIRE(key->kind == NODE_SCALAR);
    if (strcmp(key->text, "seed") == 0) {
        return node_error(key, error, "for more repetitions: rounds: 5",
                          "'seed' cannot vary: each round has a seed of its own, shared by its "
                          "cells");
    }
    enum status status = scenario_tree_check_key(key, error);
    for (size_t i = 0; i < axes->count; i++) {
        for (size_t k = 0; k < axes->axes[i].key_count && status == STATUS_OK; k++) {
            status = check_pair(key, axes->axes[i].keys[k], error);
        }
    }
    return status;
}

enum status sweep_overlap_check_map(const struct node *map, struct error *error) {
    REQUIRE(map->kind == NODE_MAP);
    enum status status = STATUS_OK;
    for (const struct node *key = map->first; key != NULL; key = key->next) {
        for (const struct node *before = map->first; before != key && status == STATUS_OK;
             before = before->next) {
            status = check_pair(key->key, before->key, error);
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
    REQUIRE(before->key != NULL && later->key != NULL);
    const char *rest = rest_inside(before->key->text, later->key->text);
    if (rest != NULL) { // a group that is a single value is short for a map of other keys
        bool is_short = before->kind == NODE_SCALAR && schema_is_group(before->key->text);
        return *rest == 0 || (!is_short && says(before, rest));
    }
    rest = rest_inside(later->key->text, before->key->text);
    return rest != NULL && (!schema_is_group(later->key->text) || says(later, rest));
}

// Whether a value that varies takes the place of what is set at a key before it. with_maps: also a
// map of a group that does not say the key.
static bool replaces(const struct node *varied, const struct node *value, const char *key,
                     bool with_maps) {
    const char *rest = rest_inside(varied->text, key);
    if (rest == NULL || value == NULL) {
        return false;
    }
    if (with_maps || *rest == 0 || !schema_is_group(varied->text)) {
        return true;
    }
    return value->kind == NODE_MAP && says(value, rest); // else it is short for a map of other keys
}

// The varied key that takes the place of this one, if one does for each value of the axis: in a
// list some cells may leave a key as it is set. NULL: none.
static const struct node *replaced_everywhere(const struct sweep_axis *axis, const char *key,
                                              bool with_maps) {
    REQUIRE(axis->count > 0);
    const struct node *found = NULL;
    for (size_t i = 0; i < axis->count; i++) {
        size_t column = 0;
        while (column < axis->key_count &&
               !replaces(axis->keys[column], axis->values[i * axis->key_count + column], key,
                         with_maps)) {
            column++;
        }
        if (column == axis->key_count) {
            return NULL;
        }
        found = axis->keys[column];
    }
    return found;
}

static const struct node *replaced_by(const struct sweep_axes *axes, const char *key,
                                      bool with_maps) {
    const struct node *found = NULL;
    for (size_t i = 0; i < axes->count && found == NULL; i++) {
        found = replaced_everywhere(&axes->axes[i], key, with_maps);
    }
    return found;
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
        const struct node *varied = replaced_by(axes, member->key->text, true);
        if (status == STATUS_OK && varied != NULL) {
            status = fail(member->key, "is set", varied, "varies", error);
        }
    }
    return status;
}

// ---- the command line ----

struct leaves {
    const struct sweep_axes *axes;
    const struct node
        *varied; // what replaces the last of them; NULL: nothing, so the setting counts
    bool counts;
};

static void look_at_leaf(void *context, const char *key, const char *value) {
    struct leaves *leaves = context;
    (void)value;
    leaves->varied = replaced_by(leaves->axes, key, false);
    leaves->counts |= leaves->varied == NULL;
}

static enum status check_setting(const struct scenario_setting *setting,
                                 const struct sweep_axes *axes, struct error *error) {
    char text[3][EXCERPT_SIZE];
    struct leaves leaves = {.axes = axes};
    setting_match_each_leaf(setting, look_at_leaf, &leaves);
    if (leaves.counts || leaves.varied == NULL) {
        return STATUS_OK;
    }
    const struct node *varied = leaves.varied;
    return error_set(error, STATUS_BAD_DATA,
                     "--set %s=%s: error: has no effect: '%s' varies in every run, at %s:%" PRId32
                     ":%" PRId32 "; leave the setting out, or change the values there",
                     text_excerpt(setting->key, text[0]), text_excerpt(setting->value, text[1]),
                     text_excerpt(varied->text, text[2]), varied->source->name, varied->line,
                     varied->column);
}

enum status sweep_overlap_check_settings(const struct scenario_setting *settings, size_t count,
                                         const struct sweep_axes *axes, struct error *error) {
    REQUIRE(settings != NULL || count == 0);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = check_setting(&settings[i], axes, error);
    }
    return status;
}
