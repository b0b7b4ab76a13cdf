// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_tree.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_unknown_key.h"

static bool takes_law(const char *dotted) {
    const struct schema_key *row = schema_find_row(dotted);
    return row != NULL && row->type->is_law;
}

// A setting's path must lead to a key, to a group, or into a law.
enum status scenario_tree_check_key(const struct node *key, struct error *error) {
    REQUIRE(key->kind == NODE_SCALAR);
    char prefix[SCHEMA_DOTTED_SIZE] = "";
    char dotted[SCHEMA_DOTTED_SIZE];
    char word[SCHEMA_DOTTED_SIZE];
    for (const char *rest = key->text;;) {
        size_t length = strcspn(rest, ".");
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word),
                 rest);
        schema_join(prefix, word, dotted);
        if (takes_law(dotted)) {
            return STATUS_OK; // the law knows its members
        }
        if (schema_find_row(dotted) == NULL && !schema_is_group(dotted)) {
            return unknown_key_error(key, NULL, prefix, word, error);
        }
        if (rest[length] == 0) {
            return STATUS_OK;
        }
        rest += length + 1;
        memcpy(prefix, dotted, sizeof prefix);
    }
}

static const struct short_form short_forms[] = {
    {"policy.threshold", KEY_START, KEY_SCHEDULE, "constant"},
    {"policy", KEY_POLICY, KEY_COUNT, NULL},
    {"model", KEY_MODEL, KEY_COUNT, NULL},
    {"data", KEY_DATA_NAME, KEY_COUNT, NULL},
};

const struct short_form *short_form_of(const char *dotted, const struct node *node) {
    REQUIRE(dotted != NULL && node != NULL);
    bool scalar = node->kind == NODE_SCALAR && !node_is_empty(node);
    for (size_t i = 0; scalar && i < sizeof short_forms / sizeof short_forms[0]; i++) {
        if (strcmp(short_forms[i].group, dotted) == 0) {
            return &short_forms[i];
        }
    }
    return NULL;
}

const char *short_form_key(const char *group) {
    for (size_t i = 0; i < sizeof short_forms / sizeof short_forms[0]; i++) {
        if (strcmp(short_forms[i].group, group) == 0 && short_forms[i].decided == KEY_COUNT) {
            return schema_table[short_forms[i].key].key;
        }
    }
    return NULL;
}

static const char *last_word(enum scenario_key key) {
    REQUIRE(strchr(schema_table[key].key, '.') != NULL);
    return strrchr(schema_table[key].key, '.') + 1;
}

// The map that one value is short for.
static struct node *expand(struct document *document, const struct node *value, const char *member,
                           const char *decided, const char *decision) {
    REQUIRE(value->kind == NODE_SCALAR);
    struct node *map = document_add_map(document, value);
    if (decided != NULL) {
        node_put(map, document_add_scalar(document, value, decided),
                 document_add_scalar(document, value, decision));
    }
    node_put(map, document_add_scalar(document, value, member), document_copy(document, value));
    return map;
}

// The map under a word of a map, made where there is none.
static struct node *descend(struct document *document, struct node *map, const struct node *key,
                            const char *word, const char *dotted) {
    REQUIRE(map->kind == NODE_MAP);
    struct node *child = node_member(map, word);
    if (child == NULL || child->kind != NODE_MAP) {
        const struct short_form *form = child == NULL ? NULL : short_form_of(dotted, child);
        bool decides = form != NULL && form->decided != KEY_COUNT;
        struct node *made = form == NULL
                                ? document_add_map(document, key)
                                : expand(document, child, last_word(form->key),
                                         decides ? last_word(form->decided) : NULL, form->decision);
        node_put(map, document_add_scalar(document, key, word), made);
        child = made;
    }
    return child;
}

// Whether a bare time, which is short for the constant law, is set by one of its members.
static bool keeps_constant_law(const char *dotted, const struct node *bare, const char *member,
                               const struct node *value) {
    return takes_law(dotted) && bare != NULL && bare->kind == NODE_SCALAR && !node_is_empty(bare) &&
           (strcmp(member, "value") == 0 ||
            (strcmp(member, "law") == 0 && value->kind == NODE_SCALAR &&
             strcmp(value->text, "constant") == 0));
}

// A value of a group that is neither a map, short for one, nor none: a mistake, which is told of it
// where it stands. (A key that is set below it must not take its place, or nobody is told.)
static bool is_no_map(const char *dotted, const struct node *child) {
    if (child == NULL || child->kind == NODE_MAP || node_is_empty(child) ||
        !schema_is_group(dotted) || short_form_of(dotted, child) != NULL) {
        return false;
    }
    const char *name = NULL;
    bool by_names = schema_find_map(dotted, &name) != NULL;
    return !by_names || child->kind != NODE_SCALAR || strcmp(child->text, "none") != 0;
}

static void put_at_path(struct document *document, struct node *map, const struct node *key,
                        const struct node *value) {
    REQUIRE(map->kind == NODE_MAP && key->kind == NODE_SCALAR);
    char dotted[SCHEMA_DOTTED_SIZE] = "";
    char word[SCHEMA_DOTTED_SIZE];
    const char *rest = key->text;
    for (size_t length = strcspn(rest, "."); rest[length] != 0; length = strcspn(rest, ".")) {
        char prefix[SCHEMA_DOTTED_SIZE];
        memcpy(prefix, dotted, sizeof prefix);
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word),
                 rest);
        rest += length + 1;
        schema_join(prefix, word, dotted);
        const struct node *child = node_member(map, word);
        if (keeps_constant_law(dotted, child, rest, value)) {
            node_put(map, document_add_scalar(document, key, word),
                     expand(document, child, "value", "law", "constant"));
        }
        if (is_no_map(dotted, child)) {
            return;
        }
        map = descend(document, map, key, word, dotted);
    }
    const struct named_key *named = schema_find_named(key->text);
    if (named != NULL && named->instead != NULL) {
        node_remove(map, named->instead);
    }
    node_put(map, document_add_scalar(document, key, rest), document_copy(document, value));
}

enum status scenario_tree_check_group(const struct node *group, const char *dotted,
                                      struct error *error) {
    REQUIRE(schema_is_group(dotted));
    struct word_list list;
    struct text_buffer hint = {0};
    if (!node_is_empty(group) && (group->kind != NODE_MAP || group->first != NULL)) {
        return STATUS_OK;
    }
    const char *name = NULL;
    const struct named_map *map = schema_find_map(dotted, &name);
    if (map != NULL && name == NULL) {
        text_buffer_add(&hint, "write none, or as in %s", map->example);
    } else {
        schema_list_members(dotted, &list);
        text_buffer_add(&hint,
                        "write at least one of its keys, or leave it out for its defaults; ");
        hint_add_words(&hint, "", list.words, list.count);
    }
    enum status status =
        node_error(group, error, text_buffer_text(&hint), "'%s' has no value", dotted);
    text_buffer_clear(&hint);
    return status;
}

enum status scenario_tree_check_instead(const struct node *map, const struct node *member,
                                        const char *dotted, struct error *error) {
    REQUIRE(map->kind == NODE_MAP && member->key != NULL);
    const struct named_key *key = schema_find_named(dotted);
    const struct node *before = map->first;
    if (key == NULL || key->instead == NULL) {
        return STATUS_OK;
    }
    while (before != member && strcmp(before->key->text, key->instead) != 0) {
        before = before->next;
    }
    return before == member ? STATUS_OK
                            : node_error(member->key, error, "write one of them",
                                         "'%s' and '%s' beside it say the same in two ways", dotted,
                                         key->instead);
}

// A member of a map that is set as a whole: what its path alone would not show.
static enum status check_member(const struct node *map, const struct node *member,
                                const char *prefix, struct error *error) {
    const char *name = NULL;
    const char *word = member->key->text;
    char dotted[SCHEMA_DOTTED_SIZE];
    REQUIRE(map->kind == NODE_MAP);
    bool takes_name = schema_find_map(prefix, &name) != NULL && name == NULL;
    schema_join(prefix, word, dotted);
    if (node_member(map, word) != member) {
        return node_error(member->key, error, NULL, "'%s' is written twice", dotted);
    }
    return takes_name && strchr(word, '.') != NULL
               ? unknown_key_error(member->key, map, prefix, word, error)
               : scenario_tree_check_instead(map, member, dotted, error);
}

enum status scenario_tree_set(struct document *document, struct node *root, const struct node *key,
                              const struct node *value, struct error *error) {
    REQUIRE(root->kind == NODE_MAP);
    enum status status = scenario_tree_check_key(key, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (schema_is_group(key->text)) {
        status = scenario_tree_check_group(value, key->text, error);
    }
    if (!schema_is_group(key->text) || value->kind != NODE_MAP) {
        put_at_path(document, root, key, value);
        return status;
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct mistakes mistakes = {0};
    for (const struct node *child = value->first;
         child != NULL && mistakes.count < MISTAKES_COUNTED; child = child->next) {
        char dotted[SCHEMA_DOTTED_SIZE];
        struct error wrong;
        struct node *inner = document_add_scalar(document, child->key,
                                                 schema_join(key->text, child->key->text, dotted));
        status = check_member(value, child, key->text, &wrong);
        status =
            status == STATUS_OK ? scenario_tree_set(document, root, inner, child, &wrong) : status;
        if (status != STATUS_OK) {
            mistakes_add(&mistakes, value, child->key, &wrong);
        }
    }
    return mistakes_finish(&mistakes, error);
}

// Refuses a sweep where a scenario is due, and the reverse, at the key that shows it.
static enum status check_kind(const struct node *root, bool sweep, struct error *error) {
    REQUIRE(root->kind == NODE_MAP);
    const struct node *shows = node_member(root, "vary");
    shows = shows == NULL ? node_member(root, "scenario") : shows;
    if (!sweep) {
        return shows == NULL ? STATUS_OK
                             : node_error(shows->key, error, "run it with desgd sweep FILE -o DIR",
                                          "this is a sweep, not a scenario");
    }
    for (const struct node *member = root->first; member != NULL && shows == NULL;
         member = member->next) {
        const char *word = member->key->text;
        if (strcmp(word, "title") != 0 &&
            (schema_find(word) != KEY_COUNT || schema_is_group(word))) {
            return node_error(member->key, error,
                              "run it with desgd run FILE; a sweep names it: scenario: FILE",
                              "this is a scenario, not a sweep");
        }
    }
    return STATUS_OK;
}

enum status scenario_tree_check_root(const struct node *root, const char *what,
                                     struct error *error) {
    REQUIRE(root != NULL && what != NULL);
    bool sweep = strcmp(what, "sweep") == 0;
    struct text_buffer hint = {0};
    if (root->kind == NODE_MAP) {
        return check_kind(root, sweep, error);
    }
    if (node_is_empty(root)) {
        text_buffer_add(&hint, "the least there can be: {%s}",
                        sweep ? "scenario: mnist_hybrid.yaml" : "model: mnist_ray");
    } else {
        text_buffer_add(&hint, "%sfor example\n%s",
                        strchr(root->text, ':') == NULL ? "" : HINT_MISSING_BLANK "; ",
                        sweep ? "scenario: mnist_hybrid.yaml\nvary: {policy.name: [async, sync]}"
                              : "model: mnist_ray\npolicy: {name: async}");
    }
    enum status status =
        node_error(root, error, text_buffer_text(&hint),
                   node_is_empty(root)       ? "the %s is empty"
                   : root->kind == NODE_LIST ? "a %s is a map of keys, this is a list"
                                             : "a %s is a map of keys, this is a single value",
                   what);
    text_buffer_clear(&hint);
    return status;
}
