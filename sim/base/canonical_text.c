// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/canonical_text.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"

enum { KEY_SIZE = 256, DEPTH_MAX = 8 };

// A model without keys of its own is written as a word, short for a map with its name.
static const char short_form[] = "model";
static const char long_form[] = "model.name";

const char *canonical_text_key(const char *key) {
    return strcmp(key, short_form) == 0 ? long_form : key;
}

// Cuts "path" to the parent of a key at this depth and appends the key.
static void descend(char path[KEY_SIZE], size_t depth, const char *key, size_t key_length) {
    REQUIRE(depth < DEPTH_MAX);
    char *end = path;
    for (size_t i = 0; i < depth; i++) {
        char *dot = strchr(end, '.');
        end = dot == NULL ? end + strlen(end) : dot + 1;
    }
    size_t used = (size_t)(end - path);
    if (used > 0 && path[used - 1] != '.' && used + 1 < KEY_SIZE) {
        path[used++] = '.';
    }
    INVARIANT(used < KEY_SIZE);
    snprintf(path + used, KEY_SIZE - used, "%.*s", (int)key_length, key);
}

void canonical_text_each(const char *text,
                         void (*leaf)(void *context, const char *key, const char *value),
                         void *context) {
    char path[KEY_SIZE] = "";
    char value[CANONICAL_TEXT_VALUE_SIZE];
    while (*text != 0) {
        size_t length = strcspn(text, "\n");
        size_t indent = strspn(text, " ");
        const char *colon = memchr(text, ':', length);
        if (colon != NULL && indent / 2 < DEPTH_MAX) {
            descend(path, indent / 2, text + indent, (size_t)(colon - text) - indent);
            const char *start = colon + 1 + (colon[1] == ' ');
            snprintf(value, sizeof value, "%.*s", (int)(text + length - start), start);
            if (value[0] != 0) {
                leaf(context, canonical_text_key(path), value);
            }
        }
        text += length + (text[length] == '\n');
    }
}

// "100 ms": digits, and a unit behind a blank.
static bool is_time(const char *value) {
    size_t digits = strspn(value, "-.0123456789");
    return digits > 0 && value[digits] == ' ';
}

// Up to the comma or the bracket behind it, but for those in brackets or quotes of its own.
static size_t member_length(const char *at) {
    bool is_quoted = false;
    size_t length = 0;
    int depth = 0;
    for (; at[length] != 0; length++) {
        char c = at[length];
        if (!is_quoted && depth == 0 && (c == ',' || c == '}')) {
            break;
        }
        depth += is_quoted ? 0 : (c == '{' || c == '[') - (c == '}' || c == ']');
        bool is_escape = is_quoted && c == '\\' && at[length + 1] != 0;
        is_quoted = is_quoted != (c == '"');
        length += is_escape;
    }
    return length;
}

void canonical_text_each_member(const char *value,
                                void (*leaf)(void *context, const char *name, const char *value),
                                void *context) {
    REQUIRE(value != NULL && leaf != NULL);
    char name[KEY_SIZE];
    char text[CANONICAL_TEXT_VALUE_SIZE];
    if (is_time(value)) {
        leaf(context, "law", "constant");
        leaf(context, "value", value);
    }
    for (const char *at = value; *at == (at == value ? '{' : ',');) {
        at += 1 + strspn(at + 1, " ");
        size_t length = member_length(at);
        const char *colon = memchr(at, ':', length);
        if (colon != NULL) {
            const char *start = colon + 1 + (colon[1] == ' ');
            snprintf(name, sizeof name, "%.*s", (int)(colon - at), at);
            snprintf(text, sizeof text, "%.*s", (int)(at + length - start), start);
            leaf(context, name, text);
        }
        at += length;
    }
}

struct lookup {
    const char *key;
    char *value;
    size_t size;
    bool found;
};

static void look(void *context, const char *key, const char *value) {
    struct lookup *lookup = context;
    size_t length = strlen(key);
    if (!lookup->found && strcmp(key, lookup->key) == 0) {
        snprintf(lookup->value, lookup->size, "%s", value);
        lookup->found = true;
    } else if (!lookup->found && strncmp(key, lookup->key, length) == 0 &&
               lookup->key[length] == '.') {
        struct lookup member = *lookup;
        member.key += length + 1;
        member.key = strcmp(member.key, "file") == 0 ? "hash" : member.key;
        canonical_text_each_member(value, look, &member);
        lookup->found = member.found;
    }
}

bool canonical_text_value(const char *text, const char *key, char *value, size_t size) {
    REQUIRE(size > 0);
    struct lookup lookup = {canonical_text_key(key), value, size, false};
    canonical_text_each(text, look, &lookup);
    return lookup.found;
}

struct search {
    const char *key;
    size_t length;
    bool found;
};

static void look_below(void *context, const char *key, const char *value) {
    struct search *search = context;
    (void)value;
    search->found |= strncmp(key, search->key, search->length) == 0 && key[search->length] == '.';
}

bool canonical_text_has(const char *text, const char *key) {
    REQUIRE(text != NULL && key != NULL);
    struct search search = {.key = canonical_text_key(key)};
    char value[2];
    search.length = strlen(search.key);
    canonical_text_each(text, look_below, &search);
    return search.found || canonical_text_value(text, key, value, sizeof value);
}
