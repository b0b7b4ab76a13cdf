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
static void add_leaf(struct text_buffer *buffer, enum scenario_key key, const char *before,
                     const struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT && before != NULL);
    const char *dotted = schema_table[key].key;
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
    text_buffer_add(buffer, "%s: ", word);
    value_write(key, scenario, buffer);
    text_buffer_add(buffer, "\n");
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
    const char *before = "";
    for (enum scenario_key key = first; key < KEY_COUNT; key++) {
        if (is_bare_model(key, scenario)) {
            text_buffer_add(buffer, "model: ");
            value_write(key, scenario, buffer);
            text_buffer_add(buffer, "\n");
        } else if (schema_table[key].applies(scenario) && stands_alone(key)) {
            add_leaf(buffer, key, before, scenario);
            before = schema_table[key].key;
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
