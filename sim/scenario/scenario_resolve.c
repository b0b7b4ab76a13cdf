// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_resolve.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/scenario/scenario_check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_semantics.h"
#include "sim/scenario/scenario_value.h"

enum { DOTTED_SIZE = 128 };

// "prefix.word"; a name that is too long comes out cut, and is then unknown like any other.
static const char *join(const char *prefix, const char *word, char dotted[DOTTED_SIZE]) {
    int length = snprintf(dotted, DOTTED_SIZE, "%s%s%s", prefix, prefix[0] == 0 ? "" : ".", word);
    ENSURE(length >= 0);
    return dotted;
}

static bool takes_law(enum scenario_key key) {
    return key != KEY_COUNT &&
           (schema_table[key].type == TYPE_LAW || schema_table[key].type == TYPE_LAW_OR_NONE);
}

// A word that is unknown here may be a key elsewhere: "'workers' stands under 'cluster'".
static void add_elsewhere(struct text_buffer *hint, const char *word) {
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *dotted = schema_table[key].key;
        const char *dot = strrchr(dotted, '.');
        if (dot != NULL && strcmp(dot + 1, word) == 0) {
            text_buffer_add(hint, "'%s' stands under '%.*s'; ", word, (int)(dot - dotted), dotted);
            return;
        }
    }
}

static bool is_member(const struct word_list *list, const char *word, size_t length) {
    for (size_t i = 0; i < list->count; i++) {
        if (strlen(list->words[i]) == length && strncmp(list->words[i], word, length) == 0) {
            return true;
        }
    }
    return false;
}

// What is often meant by a word that is no key: "name:hybrid", the "01" of "0,01", and the keys of
// a block that is not indented below its own. NULL: none of these.
static const char *usual_slip(const struct node *place, const struct word_list *list,
                              const char *word) {
    size_t colon = strcspn(word, ":");
    if (word[colon] == ':' && is_member(list, word, colon)) {
        return "a blank is missing behind the colon, as in name: hybrid";
    }
    if (word[0] != 0 && word[strspn(word, "0123456789")] == 0) {
        return "a comma ends a value: decimals are written with a point, as in 0.01";
    }
    for (size_t i = 0; i < list->count && list->count > 0; i++) {
        char inner[DOTTED_SIZE];
        snprintf(inner, sizeof inner, "\n%s:\n%s:", list->words[i], word);
        if (schema_is_group(list->words[i]) && place->source->text[0] != 0 &&
            (strstr(place->source->text, inner) != NULL ||
             strstr(place->source->text, inner + 1) == place->source->text)) {
            return "what belongs to the key above it is indented by blanks";
        }
    }
    return NULL;
}

static enum status fail_unknown(const struct node *place, const char *prefix, const char *word,
                                struct error *error) {
    struct word_list list;
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    if (strcmp(word, "<<") == 0) {
        return node_error(place, error, "write the keys out", "merge keys ('<<') are not read");
    }
    if (schema_find(word) != KEY_COUNT && strchr(word, '.') != NULL) {
        return node_error(place, error, "in a file keys are nested, as in policy: {name: async}",
                          "unknown key '%s'", word);
    }
    schema_list_members(prefix, &list);
    const char *slip = usual_slip(place, &list, word);
    if (slip != NULL) {
        text_buffer_add(&hint, "%s; ", slip);
    } else if (closest_word(word, list.words, list.count) == NULL) {
        add_elsewhere(&hint, word);
    }
    hint_add_words(&hint, word, list.words, list.count);
    enum status status =
        node_error(place, error, list.count == 0 ? "it takes one value" : text_buffer_text(&hint),
                   "unknown key '%s'%s%s%s", text_excerpt(word, excerpt),
                   prefix[0] == 0 ? "" : " under '", prefix, prefix[0] == 0 ? "" : "'");
    text_buffer_clear(&hint);
    return status;
}

// A setting's path must lead to a key, to a group, or into a law.
enum status scenario_tree_check_key(const struct node *key, struct error *error) {
    char prefix[DOTTED_SIZE] = "";
    char dotted[DOTTED_SIZE];
    char word[DOTTED_SIZE];
    for (const char *rest = key->text;;) {
        size_t length = strcspn(rest, ".");
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word),
                 rest);
        join(prefix, word, dotted);
        enum scenario_key found = schema_find(dotted);
        if (takes_law(found)) {
            return STATUS_OK; // the law knows its members
        }
        if (found == KEY_COUNT && !schema_is_group(dotted)) {
            return fail_unknown(key, prefix, word, error);
        }
        if (rest[length] == 0) {
            return STATUS_OK;
        }
        rest += length + 1;
        memcpy(prefix, dotted, sizeof prefix);
    }
}

// Groups that may be one value, short for a map with it: of one key, and perhaps with a second key
// that the short form decides.
static const struct short_form {
    const char *group;
    enum scenario_key key;
    enum scenario_key decided; // KEY_COUNT: none
    const char *decision;
} short_forms[] = {
    {"policy.threshold", KEY_START, KEY_SCHEDULE, "constant"},
    {"policy", KEY_POLICY, KEY_COUNT, NULL},
    {"model", KEY_MODEL, KEY_COUNT, NULL},
    {"data", KEY_DATA_NAME, KEY_COUNT, NULL},
};

// The short form that this value of a group is, or NULL.
static const struct short_form *short_form_of(const char *dotted, const struct node *node) {
    bool scalar = node->kind == NODE_SCALAR && !node_is_empty(node);
    for (size_t i = 0; scalar && i < sizeof short_forms / sizeof short_forms[0]; i++) {
        if (strcmp(short_forms[i].group, dotted) == 0) {
            return &short_forms[i];
        }
    }
    return NULL;
}

static const char *last_word(enum scenario_key key) {
    return strrchr(schema_table[key].key, '.') + 1;
}

// The map that a short form is short for.
static struct node *expand(struct document *document, const struct short_form *form,
                           const struct node *value) {
    struct node *map = document_add_map(document, value);
    if (form->decided != KEY_COUNT) {
        node_put(map, document_add_scalar(document, value, last_word(form->decided)),
                 document_add_scalar(document, value, form->decision));
    }
    node_put(map, document_add_scalar(document, value, last_word(form->key)),
             document_copy(document, value));
    return map;
}

// The map under a word of a map, made where there is none.
static struct node *descend(struct document *document, struct node *map, const struct node *key,
                            const char *word, const char *dotted) {
    struct node *child = node_member(map, word);
    if (child == NULL || child->kind != NODE_MAP) {
        const struct short_form *form = child == NULL ? NULL : short_form_of(dotted, child);
        struct node *made =
            form != NULL ? expand(document, form, child) : document_add_map(document, key);
        node_put(map, document_add_scalar(document, key, word), made);
        child = made;
    }
    return child;
}

static void put_at_path(struct document *document, struct node *map, const struct node *key,
                        const struct node *value) {
    char dotted[DOTTED_SIZE] = "";
    char word[DOTTED_SIZE];
    const char *rest = key->text;
    for (size_t length = strcspn(rest, "."); rest[length] != 0; length = strcspn(rest, ".")) {
        char prefix[DOTTED_SIZE];
        memcpy(prefix, dotted, sizeof prefix);
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word),
                 rest);
        map = descend(document, map, key, word, join(prefix, word, dotted));
        rest += length + 1;
    }
    node_put(map, document_add_scalar(document, key, rest), document_copy(document, value));
}

enum status scenario_tree_set(struct document *document, struct node *root, const struct node *key,
                              const struct node *value, struct error *error) {
    REQUIRE(root->kind == NODE_MAP);
    enum status status = scenario_tree_check_key(key, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!schema_is_group(key->text) || value->kind != NODE_MAP) {
        put_at_path(document, root, key, value);
        return STATUS_OK;
    }
    for (const struct node *child = value->first; child != NULL && status == STATUS_OK;
         child = child->next) {
        char dotted[DOTTED_SIZE];
        struct node *inner =
            document_add_scalar(document, child->key, join(key->text, child->key->text, dotted));
        status = scenario_tree_set(document, root, inner, child, error);
        if (status == STATUS_OK && node_member(value, child->key->text) != child) {
            status = node_error(child->key, error, NULL, "'%s' is written twice", dotted);
        }
    }
    return status;
}

enum status scenario_tree_check_root(const struct node *root, const char *what,
                                     struct error *error) {
    if (root->kind == NODE_MAP) {
        return STATUS_OK;
    }
    if (node_is_empty(root)) {
        return node_error(root, error, "the least there can be: {model: mnist_ray}",
                          "the %s is empty", what);
    }
    return node_error(root, error, "for example\nmodel: mnist_ray\npolicy: {name: async}",
                      "a %s is a map of keys, this is a %s", what,
                      root->kind == NODE_LIST ? "list" : "single value");
}

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
    mistakes_add(&resolving->mistakes, resolving->places.root, place, error);
    resolving->unsure = resolving->unsure || strncmp(dotted, "policy", strlen("policy")) == 0;
}

// Whether no more need be looked for.
static bool has_enough(const struct resolving *resolving) {
    return resolving->mistakes.count >= (resolving->error == NULL ? 1 : MISTAKES_COUNTED);
}

static const char *last_part(const char *dotted) {
    const char *dot = strrchr(dotted, '.');
    return dot == NULL ? dotted : dot + 1;
}

static enum status enter_group(struct resolving *resolving, const struct node *node,
                               const char *dotted, struct error *error) {
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
    if (node_is_empty(node)) { // "cluster:" with all its keys left out
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
    char dotted[DOTTED_SIZE];
    join(prefix, member->key->text, dotted);
    enum scenario_key key = schema_find(dotted);
    bool dot = strchr(member->key->text, '.') != NULL;
    if (dot || (key == KEY_COUNT && !schema_is_group(dotted))) {
        return fail_unknown(member->key, prefix, member->key->text, error);
    }
    const struct node *first = node_member(map, member->key->text);
    if (first != member) {
        return node_error(member->key, error, NULL,
                          "'%s' is written twice: the first is at line %d", dotted,
                          first->key->line);
    }
    if (key == KEY_COUNT) {
        return enter_group(resolving, member, dotted, error);
    }
    note_key(resolving, key, member);
    return STATUS_OK;
}

// So many mistakes end the walk, so looking for an earlier member of the same name stays short.
static void walk(struct resolving *resolving, const struct node *map, const char *prefix) {
    for (const struct node *member = map->first; member != NULL && !has_enough(resolving);
         member = member->next) {
        struct error error;
        if (enter(resolving, map, member, prefix, &error) != STATUS_OK) {
            char dotted[DOTTED_SIZE];
            add_mistake(resolving, member->key, join(prefix, member->key->text, dotted), &error);
        }
    }
}

static void read_default(struct resolving *resolving, enum scenario_key key,
                         struct scenario *scenario) {
    const char *text = schema_fallback(key, scenario);
    const char *name = schema_table[key].key;
    struct node *node = document_add_named_scalar(resolving->document, name, text);
    if (text[0] != 0 && strchr("{[\"", text[0]) != NULL) { // else it is what YAML makes of it
        enum status parsed =
            document_add_text(resolving->document, name, text, strlen(text), &node, NULL);
        ENSURE(parsed == STATUS_OK);
    }
    enum status status = value_read(key, node, scenario, NULL);
    ENSURE(status == STATUS_OK);
}

// A value that is wrong is taken for its default, and what it decides is then not looked at: that
// would be a mistake which only the first makes.
static void read_one(struct resolving *resolving, enum scenario_key key,
                     struct scenario *scenario) {
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
        read_default(resolving, key, scenario);
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
        if (!schema_table[key].condition->holds(scenario)) {
            read_default(resolving, key, scenario);
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

// Who asks for no number, or for more than is needed, has the least.
static void settle_semantics(const struct scenario_places *places, struct scenario *scenario) {
    int32_t least = scenario_least_semantics(scenario);
    if (places->written[KEY_SEMANTICS] == NULL || scenario->semantics > least) {
        scenario->semantics = least;
    }
}

enum status scenario_resolve(const struct node *root, struct scenario *scenario,
                             struct scenario_notes *notes, struct error *error) {
    struct scenario resolved;
    memset(&resolved, 0, sizeof resolved);
    enum status status = scenario_tree_check_root(root, "scenario", error);
    if (status != STATUS_OK) {
        return status;
    }
    struct resolving resolving = {
        .document = document_create(), .places = {.root = root}, .notes = notes, .error = error};
    walk(&resolving, root, "");
    read_values(&resolving, &resolved);
    status = mistakes_finish(&resolving.mistakes, error);
    mistakes_reset(&resolving.mistakes);
    if (status == STATUS_OK) {
        cap_defaults(&resolving.places, &resolved);
        status = scenario_check(&resolved, &resolving.places, error);
    }
    if (status == STATUS_OK && resolving.places.written[KEY_PAST] != NULL) {
        status = scenario_past_resolve(resolving.places.written[KEY_PAST], &resolved, error);
    }
    if (status == STATUS_OK) {
        settle_semantics(&resolving.places, &resolved);
    }
    document_destroy(resolving.document);
    if (status == STATUS_OK) {
        memcpy(scenario, &resolved, sizeof resolved);
    }
    return status;
}
