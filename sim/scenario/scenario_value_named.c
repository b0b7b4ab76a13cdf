// SPDX-License-Identifier: GPL-3.0-or-later
// Maps by names: scenario_value.h.
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/scenario_unknown_key.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_value_refuse.h"

// ---- where things are in the field ----

static int32_t *count_of(void *field) {
    return field;
}

static char *entry_at(const struct named_map *map, void *field, int32_t index) {
    REQUIRE(index >= 0 && index < map->most);
    return (char *)field + map->first_offset + (size_t)index * map->entry_size;
}

static const struct named_map *map_of(enum scenario_key key) {
    REQUIRE(key < KEY_COUNT && schema_table[key].type->named != NULL);
    return schema_table[key].type->named;
}

int32_t value_name_count(enum scenario_key key, const struct scenario *scenario) {
    int32_t count = *(const int32_t *)key_field(&schema_table[key], scenario);
    ENSURE(count >= 0 && count <= map_of(key)->most);
    return count;
}

const char *value_named_at(enum scenario_key key, const struct scenario *scenario, int32_t index) {
    const struct named_map *map = map_of(key);
    REQUIRE(index >= 0 && index < value_name_count(key, scenario));
    return (const char *)key_field(&schema_table[key], scenario) + map->first_offset +
           (size_t)index * map->entry_size;
}

bool value_names_are_equal(enum scenario_key key, const struct scenario *a,
                           const struct scenario *b) {
    int32_t count = value_name_count(key, a);
    bool same = count == value_name_count(key, b);
    for (int32_t i = 0; i < count && same; i++) {
        same = strcmp(value_named_at(key, a, i), value_named_at(key, b, i)) == 0;
    }
    return same;
}

// ---- reading ----

// An entry being read.
struct entry_reading {
    const struct value_reading *value; // of the whole map
    const struct named_map *map;
    const struct node *node;
    char *entry;
    struct mistakes mistakes;
};

static void read_members(struct entry_reading *reading, const struct node *node,
                         const char *prefix);

static enum status check_once(const struct node *map, const struct node *member, const char *dotted,
                              struct error *error) {
    const struct node *first = node_member(map, member->key->text);
    REQUIRE(first != NULL);
    return first == member ? STATUS_OK
                           : node_error(member->key, error, NULL,
                                        "'%s' is written twice: the first is at line %d", dotted,
                                        first->key->line);
}

static enum status read_row(struct entry_reading *reading, const struct node *map,
                            const struct node *member, const char *dotted, struct error *error) {
    const struct named_key *key = schema_find_named(dotted);
    REQUIRE(key != NULL);
    enum status status = scenario_tree_check_instead(map, member, dotted, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct schema_key row = key->schema;
    row.key = dotted;
    return value_read_row(&row, member, reading->entry + key->schema.offset,
                          reading->value->scenario, error);
}

static enum status read_member(struct entry_reading *reading, const struct node *map,
                               const struct node *member, const char *prefix, struct error *error) {
    char dotted[SCHEMA_DOTTED_SIZE];
    const char *word = member->key->text;
    schema_join(prefix, word, dotted);
    bool is_row = schema_find_named(dotted) != NULL;
    if (strchr(word, '.') != NULL || (!is_row && !schema_is_group(dotted))) {
        return unknown_key_error(member->key, map, prefix, word, error);
    }
    enum status status = check_once(map, member, dotted, error);
    if (status == STATUS_OK && !is_row && member->kind == NODE_MAP) {
        read_members(reading, member, dotted);
        return STATUS_OK;
    }
    if (status == STATUS_OK && !is_row) {
        struct word_list list;
        schema_list_members(dotted, &list);
        struct text_buffer hint = {0};
        hint_add_words(&hint, "", list.words, list.count);
        status =
            node_error(member, error, text_buffer_text(&hint), "'%s' takes a map of keys", dotted);
        text_buffer_clear(&hint);
    }
    return status == STATUS_OK ? read_row(reading, map, member, dotted, error) : status;
}

static void read_members(struct entry_reading *reading, const struct node *node,
                         const char *prefix) {
    REQUIRE(node->kind == NODE_MAP);
    for (const struct node *member = node->first;
         member != NULL && reading->mistakes.count < MISTAKES_COUNTED; member = member->next) {
        struct error error;
        if (read_member(reading, node, member, prefix, &error) != STATUS_OK) {
            mistakes_add(&reading->mistakes, reading->node, member->key, &error);
        }
    }
}

static enum status refuse_entry(const struct value_reading *reading, const struct node *node,
                                const char *dotted, struct error *error) {
    const struct named_map *map = reading->key->type->named;
    REQUIRE(map != NULL && (node->kind != NODE_MAP || node->first == NULL));
    char hint[128];
    snprintf(hint, sizeof hint, "allowed: none, or a map as in %s", map->example);
    return node_error(node, error, hint, "'%s' %s", dotted,
                      node_is_empty(node) || node->kind == NODE_MAP ? "has no value"
                      : node->kind == NODE_LIST ? "takes a map of keys, not a list"
                                                : "takes a map of keys, not a single value");
}

static enum status read_entry(const struct value_reading *reading, const struct node *node,
                              const char *dotted, char *entry, struct error *error) {
    const struct named_map *map = reading->key->type->named;
    if (node->kind != NODE_MAP || node->first == NULL) {
        return refuse_entry(reading, node, dotted, error);
    }
    memcpy(entry, map->defaults, map->entry_size);
    snprintf(entry, MAP_NAME_SIZE, "%s", node->key->text);
    struct entry_reading entry_reading = {
        .value = reading, .map = map, .node = node, .entry = entry};
    read_members(&entry_reading, node, dotted);
    return mistakes_finish(&entry_reading.mistakes, error);
}

// One name: a further entry of the field, or none.
static enum status read_name(const struct value_reading *reading, const struct node *node,
                             void *field, struct error *error) {
    const struct named_map *map = reading->key->type->named;
    char dotted[SCHEMA_DOTTED_SIZE];
    int32_t *count = count_of(field);
    if (!key_is_name(node->key->text)) {
        return unknown_key_error(node->key, reading->node, reading->key->key, node->key->text,
                                 error);
    }
    schema_join(reading->key->key, node->key->text, dotted);
    enum status status = check_once(reading->node, node, dotted, error);
    if (status != STATUS_OK ||
        (node->kind == NODE_SCALAR && strcmp(node->text, "none") == 0 && !node->quoted)) {
        return status;
    }
    if (*count == map->most) {
        return node_error(node->key, error, NULL, "'%s' has more than %d names", reading->key->key,
                          map->most);
    }
    status = read_entry(reading, node, dotted, entry_at(map, field, *count), error);
    *count += status == STATUS_OK;
    return status;
}

enum status value_read_named(const struct value_reading *reading) {
    const struct named_map *map = reading->key->type->named;
    REQUIRE(map != NULL);
    size_t size = map->first_offset + (size_t)map->most * map->entry_size;
    if (reading->node->kind == NODE_SCALAR && strcmp(reading->node->text, "none") != 0) {
        return value_refuse(reading, NULL);
    }
    if (reading->node->kind == NODE_MAP && reading->node->first == NULL) {
        return value_refuse_kind(reading, "has no value");
    }
    char *field = memory_allocate(size, 1);
    struct mistakes mistakes = {0};
    for (const struct node *node = reading->node->first;
         node != NULL && mistakes.count < MISTAKES_COUNTED; node = node->next) {
        struct error error;
        if (read_name(reading, node, field, &error) != STATUS_OK) {
            mistakes_add(&mistakes, reading->node, node->key, &error);
            if (*count_of(field) == map->most) {
                break; // nor is there room for the others
            }
        }
    }
    enum status status = mistakes_finish(&mistakes, reading->error);
    if (status == STATUS_OK) {
        memcpy(reading->field, field, size);
    }
    memory_free(field);
    return status;
}

// ---- writing ----

// The canonical text of a key of an entry. field_offset: of the whole map in the scenario.
static void write_row(const struct named_map *map, const struct named_key *key, size_t field_offset,
                      int32_t index, const struct scenario *scenario, struct text_buffer *buffer) {
    struct schema_key row = key->schema;
    REQUIRE(index < map->most);
    row.offset += field_offset + map->first_offset + (size_t)index * map->entry_size;
    row.type->write(&row, scenario, buffer);
}

// Adds one line's form of an entry: keys with a common first part stand in one map.
static void write_entry(const struct schema_key *schema, int32_t index,
                        const struct scenario *scenario, struct text_buffer *buffer) {
    const struct named_map *map = schema->type->named;
    const char *field = key_field(schema, scenario);
    const char *entry = field + map->first_offset + (size_t)index * map->entry_size;
    size_t open = 0; // length of the first part whose map is open, with its point
    const char *before = "";
    text_buffer_add(buffer, "%s: {", entry);
    for (size_t i = 0; i < map->key_count; i++) {
        const char *path = map->keys[i].schema.key;
        const char *dot = strchr(path, '.');
        if (!map->keys[i].is_written(entry)) {
            continue;
        }
        bool inside = open > 0 && strncmp(path, before, open) == 0;
        text_buffer_add(buffer, "%s%s", open > 0 && !inside ? "}" : "", before[0] == 0 ? "" : ", ");
        if (dot != NULL && !inside) {
            text_buffer_add(buffer, "%.*s: {", (int)(dot - path), path);
        }
        text_buffer_add(buffer, "%s: ", dot == NULL ? path : dot + 1);
        write_row(map, &map->keys[i], schema->offset, index, scenario, buffer);
        open = dot == NULL ? 0 : (size_t)(dot - path) + 1;
        before = path;
    }
    text_buffer_add(buffer, "%s}", open > 0 ? "}" : "");
}

void value_write_named(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    REQUIRE(key->type->named != NULL);
    int32_t count = *(const int32_t *)key_field(key, scenario);
    text_buffer_add(buffer, count == 0 ? "none" : "{");
    for (int32_t i = 0; i < count; i++) {
        text_buffer_add(buffer, i == 0 ? "" : ", ");
        write_entry(key, i, scenario, buffer);
    }
    text_buffer_add(buffer, count == 0 ? "" : "}");
}

void value_each_named_leaf(enum scenario_key key, const struct scenario *scenario,
                           void (*leaf)(void *context, const char *dotted, const char *value),
                           void *context) {
    const struct named_map *map = map_of(key);
    for (int32_t i = 0; i < value_name_count(key, scenario); i++) {
        const char *entry = value_named_at(key, scenario, i);
        char prefix[SCHEMA_DOTTED_SIZE];
        schema_join(schema_table[key].key, entry, prefix);
        for (size_t k = 0; k < map->key_count; k++) {
            if (map->keys[k].is_written(entry)) {
                char dotted[SCHEMA_DOTTED_SIZE];
                struct text_buffer value = {0};
                write_row(map, &map->keys[k], schema_table[key].offset, i, scenario, &value);
                leaf(context, schema_join(prefix, map->keys[k].schema.key, dotted),
                     text_buffer_text(&value));
                text_buffer_clear(&value);
            }
        }
    }
}
