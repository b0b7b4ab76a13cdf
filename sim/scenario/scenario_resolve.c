// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_resolve.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_times.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/scenario_unknown_key.h"
#include "sim/scenario/scenario_value.h"

// A scenario being resolved. The document owns defaults.
struct resolving {
    struct document *document;
    struct scenario_places places;
    struct scenario_notes *notes; // NULL: nobody asks
    struct error *error;          // NULL: the first mistake is enough
    struct mistakes mistakes;
    bool unsure; // how the values of a threshold are meant depends on what is wrong
};

static void walk(struct resolving *resolving, const struct node *map, const char *prefix);

static void add_mistake(struct resolving *resolving, const struct node *place, const char *dotted,
                        const struct error *error) {
    REQUIRE(place != NULL && dotted != NULL);
    mistakes_add(&resolving->mistakes, resolving->places.root, place, error);
    resolving->unsure = resolving->unsure || strncmp(dotted, "policy", strlen("policy")) == 0;
}

// Whether no more need be looked for.
static bool has_enough(const struct resolving *resolving) {
    REQUIRE(resolving->places.root != NULL);
    return resolving->mistakes.count >= (resolving->error == NULL ? 1 : MISTAKES_COUNTED);
}

static const char *last_part(const char *dotted) {
    REQUIRE(dotted != NULL);
    const char *dot = strrchr(dotted, '.');
    return dot == NULL ? dotted : dot + 1;
}

static enum status enter_group(struct resolving *resolving, const struct node *node,
                               const char *dotted, struct error *error) {
    REQUIRE(schema_is_group(dotted));
    if (scenario_tree_check_group(node, dotted, error) != STATUS_OK) {
        return error->status;
    }
    if (node->kind == NODE_MAP) {
        walk(resolving, node, dotted);
        return STATUS_OK;
    }
    const struct short_form *form = short_form_of(dotted, node);
    if (form != NULL) {
        resolving->places.written[form->key] = node;
        if (form->decided != KEY_COUNT) {
            resolving->places.written[form->decided] =
                document_add_scalar(resolving->document, node, form->decision);
        }
        return STATUS_OK;
    }
    struct word_list list;
    struct text_buffer hint = {0};
    schema_list_members(dotted, &list);
    if (node->kind == NODE_SCALAR && list.count > 0) {
        text_buffer_add(&hint, "write which, as in %s: {%s: ...}; ", last_part(dotted),
                        list.words[0]);
    }
    hint_add_words(&hint, "", list.words, list.count);
    enum status status =
        node_error(node, error, text_buffer_text(&hint), "'%s' takes a map of keys, not a %s",
                   dotted, node->kind == NODE_LIST ? "list" : "single value");
    text_buffer_clear(&hint);
    return status;
}

// Notes where a key was written, and the keys that stand inside its map.
static void note_key(struct resolving *resolving, enum scenario_key key, const struct node *node) {
    REQUIRE(key < KEY_COUNT && node != NULL);
    resolving->places.written[key] = node;
    for (enum scenario_key inner = 0; inner < KEY_COUNT && node->kind == NODE_MAP; inner++) {
        if (schema_is_inside(inner, key)) {
            resolving->places.written[inner] =
                node_member(node, strrchr(schema_table[inner].key, '.') + 1);
        }
    }
}

static enum status enter(struct resolving *resolving, const struct node *map,
                         const struct node *member, const char *prefix, struct error *error) {
    REQUIRE(map->kind == NODE_MAP && member->key != NULL);
    char dotted[SCHEMA_DOTTED_SIZE];
    schema_join(prefix, member->key->text, dotted);
    enum scenario_key key = schema_find(dotted);
    bool dot = strchr(member->key->text, '.') != NULL;
    if (dot || (key == KEY_COUNT && !schema_is_group(dotted))) {
        return unknown_key_error(member->key, map, prefix, member->key->text, error);
    }
    const struct node *first = node_member(map, member->key->text);
    if (first != member) {
        return node_error(member->key, error, NULL,
                          "'%s' is written twice: the first is at line %d", dotted,
                          first->key->line);
    }
    if (node_is_empty(member) && member->next != NULL &&
        unknown_key_block(map, prefix, member->next->key) == member) {
        return STATUS_OK; // that the next is not indented is the one mistake to tell
    }
    if (key == KEY_COUNT) {
        return enter_group(resolving, member, dotted, error);
    }
    note_key(resolving, key, member);
    return STATUS_OK;
}

// So many mistakes end the walk, so looking for an earlier member of the same name stays short.
static void walk(struct resolving *resolving, const struct node *map, const char *prefix) {
    REQUIRE(map->kind == NODE_MAP);
    for (const struct node *member = map->first; member != NULL && !has_enough(resolving);
         member = member->next) {
        struct error error;
        if (enter(resolving, map, member, prefix, &error) != STATUS_OK) {
            char dotted[SCHEMA_DOTTED_SIZE];
            add_mistake(resolving, member->key, schema_join(prefix, member->key->text, dotted),
                        &error);
        }
    }
}

// A value that is wrong is taken for its default, and what it decides is then not looked at: that
// would be a mistake which only the first makes.
static void read_one(struct resolving *resolving, enum scenario_key key,
                     struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT);
    const struct node *node = resolving->places.written[key];
    bool unsure = resolving->unsure && schedule_value_is(schema_table[key].type);
    struct error error;
    if (node != NULL && !unsure && !has_enough(resolving)) {
        if (value_read(key, node, scenario, &error) == STATUS_OK) {
            return;
        }
        add_mistake(resolving, node, schema_table[key].key, &error);
        resolving->places.written[key] = NULL;
    }
    if (resolving->mistakes.count == 0 || !schedule_value_is(schema_table[key].type)) {
        value_set_default(key, resolving->document, scenario);
    }
}

static void read_values(struct resolving *resolving, struct scenario *scenario) {
    // On these depends how others are read and what their defaults are.
    static const enum scenario_key first[] = {KEY_POLICY, KEY_SCHEDULE, KEY_COUNTS};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        read_one(resolving, first[i], scenario);
    }
    bool unsure = resolving->unsure;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        read_one(resolving, key, scenario);
        resolving->unsure = unsure; // the others decide nothing of each other
    }
    if (resolving->mistakes.count > 0) {
        return;
    }
    if (resolving->notes != NULL) {
        scenario_notes_add(resolving->notes, &resolving->places, scenario);
    }
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        if (!schema_table[key].applies(scenario)) {
            value_set_default(key, resolving->document, scenario);
        }
    }
}

// How many samples are evaluated, where nobody says: at most as many as there are.
static void cap_defaults(const struct scenario_places *places, struct scenario *scenario) {
    if (!scenario_has_data(scenario)) {
        return;
    }
    struct dataset_entry data = data_options_expect(&scenario->data);
    struct evaluation_options *evaluation = &scenario->evaluation;
    if (data.train_count == 0) {
        return; // known when the file is opened
    }
    if (places->written[KEY_TEST_SAMPLES] == NULL &&
        (size_t)evaluation->test_samples > data.test_count) {
        evaluation->test_samples = (int32_t)data.test_count;
    }
    if (places->written[KEY_TRAIN_SAMPLES] == NULL &&
        (size_t)evaluation->train_samples > data.train_count) {
        evaluation->train_samples = (int32_t)data.train_count;
    }
}

// All keys and values of the tree. Errors: STATUS_BAD_DATA, with all that is wrong.
static enum status read_tree(struct resolving *resolving, struct scenario *scenario) {
    enum status status =
        scenario_tree_check_root(resolving->places.root, "scenario", resolving->error);
    if (status == STATUS_OK) {
        walk(resolving, resolving->places.root, "");
        read_values(resolving, scenario);
        status = mistakes_finish(&resolving->mistakes, resolving->error);
    }
    return status;
}

enum status scenario_resolve(const struct node *root, struct scenario *scenario,
                             struct scenario_notes *notes, struct error *error) {
    REQUIRE(root != NULL && scenario != NULL);
    struct scenario resolved;
    memset(&resolved, 0, sizeof resolved);
    struct resolving resolving = {
        .document = document_create(), .places = {.root = root}, .notes = notes, .error = error};
    enum status status = read_tree(&resolving, &resolved);
    if (status == STATUS_OK) {
        cap_defaults(&resolving.places, &resolved);
        status = scenario_check(&resolved, &resolving.places, error);
    }
    if (status == STATUS_OK) {
        status = scenario_times_note(&resolved, error);
    }
    document_destroy(resolving.document);
    if (status == STATUS_OK) {
        memcpy(scenario, &resolved, sizeof resolved);
    }
    return status;
}

enum status scenario_resolve_parts(const struct node *root, struct error *error) {
    REQUIRE(root != NULL);
    struct scenario resolved;
    memset(&resolved, 0, sizeof resolved);
    struct resolving resolving = {
        .document = document_create(), .places = {.root = root}, .error = error, .unsure = true};
    enum status status = read_tree(&resolving, &resolved);
    document_destroy(resolving.document);
    return status;
}
