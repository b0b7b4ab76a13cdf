// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_node.h"

#include <string.h>

#include "sim/base/check.h"

size_t source_folder_length(const struct source *source) {
    const char *name = source->name;
    const char *slash = strncmp(name, "--set ", 6) == 0 ? NULL : strrchr(name, '/');
    return slash == NULL ? 0 : (size_t)(slash - name) + (slash == name);
}

void node_append(struct node *parent, struct node *child) {
    REQUIRE(parent->kind != NODE_SCALAR);
    REQUIRE(child->next == NULL && (parent->kind == NODE_MAP) == (child->key != NULL));
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->next = child;
    }
    parent->last = child;
}

void node_put(struct node *map, struct node *key, struct node *value) {
    REQUIRE(key->kind == NODE_SCALAR && value->next == NULL);
    REQUIRE(map->kind == NODE_MAP);
    value->key = key;
    struct node *before = NULL;
    for (struct node *old = map->first; old != NULL; before = old, old = old->next) {
        if (strcmp(old->key->text, key->text) == 0) {
            value->next = old->next;
            *(before == NULL ? &map->first : &before->next) = value;
            map->last = map->last == old ? value : map->last;
            return;
        }
    }
    node_append(map, value);
}

void node_remove(struct node *map, const char *key) {
    REQUIRE(map->kind == NODE_MAP && key != NULL);
    struct node *before = NULL;
    for (struct node *old = map->first; old != NULL; before = old, old = old->next) {
        if (strcmp(old->key->text, key) == 0) {
            *(before == NULL ? &map->first : &before->next) = old->next;
            map->last = map->last == old ? before : map->last;
            return;
        }
    }
}

struct node *node_member(const struct node *map, const char *key) {
    REQUIRE(key != NULL);
    for (struct node *child = map->first; child != NULL; child = child->next) {
        if (child->key != NULL && strcmp(child->key->text, key) == 0) {
            return child;
        }
    }
    return NULL;
}

bool node_is_empty(const struct node *node) {
    REQUIRE(node->text != NULL);
    return node->kind == NODE_SCALAR && node->text[0] == 0 && !node->quoted;
}

size_t node_count(const struct node *node) {
    size_t count = 0;
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        count++;
    }
    return count;
}

// Plain YAML for text of harmless characters that begins like a word or a number.
static bool reads_back_plain(const char *text) {
    REQUIRE(text != NULL);
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   " _-+./%()=";
    enum { LETTERS_AND_DIGITS = 62 };
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] == ' ' || strspn(text, harmless) != length) {
        return false;
    }
    char first = text[0] == '-' ? text[1] : text[0];
    return first != 0 && memchr(harmless, first, LETTERS_AND_DIGITS) != NULL;
}

void scalar_write(const char *text, struct text_buffer *buffer) {
    REQUIRE(text != NULL);
    if (reads_back_plain(text)) {
        text_buffer_add(buffer, "%s", text);
        return;
    }
    text_buffer_add(buffer, "\"");
    for (; *text != 0; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            text_buffer_add(buffer, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7F) {
            text_buffer_add(buffer, "\\x%02X", byte);
        } else {
            text_buffer_add_bytes(buffer, text, 1);
        }
    }
    text_buffer_add(buffer, "\"");
}

void node_write_flow(const struct node *node, struct text_buffer *buffer) {
    REQUIRE(node->kind == NODE_SCALAR || node->text[0] == 0);
    if (node->kind == NODE_SCALAR) {
        scalar_write(node->text, buffer);
        return;
    }
    text_buffer_add(buffer, node->kind == NODE_MAP ? "{" : "[");
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        if (node->kind == NODE_MAP) {
            scalar_write(child->key->text, buffer);
            text_buffer_add(buffer, ": ");
        }
        node_write_flow(child, buffer);
        text_buffer_add(buffer, child->next == NULL ? "" : ", ");
    }
    text_buffer_add(buffer, node->kind == NODE_MAP ? "}" : "]");
}

const struct node *node_under_name(const struct node *names, const char *name, const char *word,
                                   const char *other) {
    REQUIRE(names != NULL && names->kind == NODE_MAP);
    const struct node *entry = node_member(names, name);
    REQUIRE(entry != NULL && entry->kind == NODE_MAP);
    const struct node *member = node_member(entry, word);
    member = member == NULL ? node_member(entry, other) : member;
    return member != NULL ? member : entry;
}
