// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_print.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/text_buffer.h"

// A key inside the map of another one is written with it.
static bool stands_alone(enum scenario_key key) {
    REQUIRE(key < KEY_COUNT);
    for (enum scenario_key outer = 0; outer < KEY_COUNT; outer++) {
        if (schema_is_inside(key, outer)) {
            return false;
        }
    }
    return true;
}

static void add_indent(struct text_buffer *buffer, size_t depth) {
    text_buffer_add(buffer, "%*s", (int)(2 * depth), "");
}

// One line for the key and, above it, one for each group that the line before was not in.
static void add_leaf(struct text_buffer *buffer, const char *dotted, const char *before,
                     const char *value) {
    REQUIRE(dotted != NULL && before != NULL);
    const char *word = dotted;
    size_t depth = 0;
    for (size_t length = strcspn(word, "."); word[length] != 0; length = strcspn(word, ".")) {
        size_t path = (size_t)(word - dotted) + length + 1;
        add_indent(buffer, strncmp(before, dotted, path) == 0 ? 0 : depth);
        if (strncmp(before, dotted, path) != 0) {
            text_buffer_add(buffer, "%.*s:\n", (int)length, word);
        }
        word += length + 1;
        depth++;
    }
    add_indent(buffer, depth);
    text_buffer_add(buffer, "%s: %s\n", word, value);
}

struct leaves {
    struct text_buffer *buffer;
    char before[SCHEMA_DOTTED_SIZE]; // the line before
};

static void add_line(void *context, const char *dotted, const char *value) {
    struct leaves *leaves = context;
    REQUIRE(strlen(dotted) < sizeof leaves->before);
    add_leaf(leaves->buffer, dotted, leaves->before, value);
    schema_join("", dotted, leaves->before);
}

static void add_key(struct leaves *leaves, enum scenario_key key, const struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT);
    struct text_buffer value = {0};
    if (schema_table[key].type->named != NULL) {
        value_each_named_leaf(key, scenario, add_line, leaves);
        return;
    }
    value_write(key, scenario, &value);
    add_line(leaves, schema_table[key].key, text_buffer_text(&value));
    text_buffer_clear(&value);
}

// The name of a model without further keys stands for the map.
static bool is_bare_model(enum scenario_key key, const struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT);
    if (key != KEY_MODEL) {
        return false;
    }
    for (enum scenario_key other = KEY_MODEL + 1; other <= KEY_NOISE; other++) {
        if (schema_table[other].applies(scenario)) {
            return false;
        }
    }
    return true;
}

static void print_from(enum scenario_key first, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    REQUIRE(first < KEY_COUNT);
    struct leaves leaves = {.buffer = buffer};
    for (enum scenario_key key = first; key < KEY_COUNT; key++) {
        if (is_bare_model(key, scenario)) {
            text_buffer_add(buffer, "model: ");
            value_write(key, scenario, buffer);
            text_buffer_add(buffer, "\n");
        } else if (schema_table[key].applies(scenario) && stands_alone(key)) {
            add_key(&leaves, key, scenario);
        }
    }
}

char *scenario_print(const struct scenario *scenario) {
    REQUIRE(scenario != NULL);
    struct text_buffer buffer = {0};
    print_from(KEY_TITLE, scenario, &buffer);
    return buffer.text;
}

uint64_t scenario_hash(const struct scenario *scenario) {
    REQUIRE(scenario != NULL);
    struct text_buffer buffer = {0};
    print_from(KEY_TITLE + 1, scenario, &buffer);
    uint64_t hash = fingerprint_bytes(buffer.text, buffer.length);
    text_buffer_clear(&buffer);
    return hash;
}
