// SPDX-License-Identifier: GPL-3.0-or-later
// A tree of YAML in which every node knows where it was written, so that an error can show the
// line. Plain data; the nodes belong to a document (scenario_document.h). Knows nothing of what the
// keys mean.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/text_buffer.h"

// Where text came from: a file, a setting of the command line, a default.
struct source {
    const char *name; // as messages show it
    const char *text; // zero-terminated; "" where there is no line to show
};

// The length of the folder in its name, "" being the working folder: of a setting it is that.
size_t source_folder_length(const struct source *source);

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node {
    enum node_kind kind;
    const char *text; // of a scalar, without its quotes
    bool quoted;
    struct node *key;   // of a member of a map: a scalar
    struct node *first; // child of a map or a list, in the order of the text
    struct node *last;
    struct node *next; // sibling
    const struct source *source;
    int32_t line;   // from 1
    int32_t column; // from 1, in characters
};

// Adds a child at the end. Requires: the child is in no other tree.
void node_append(struct node *parent, struct node *child);

// Puts a value under a key of a map: in the place of the first member of that name, or at the end.
// Requires: the value is in no other tree.
void node_put(struct node *map, struct node *key, struct node *value);

// Takes the first member of that name out of a map, if there is one.
void node_remove(struct node *map, const char *key);

// In a map by names, where one of two words was written under a name, or else what stands there.
// Requires: the name is there, and is a map.
const struct node *node_under_name(const struct node *names, const char *name, const char *word,
                                   const char *other);

// The first member of a map with this key, or NULL.
struct node *node_member(const struct node *map, const char *key);

bool node_is_empty(const struct node *node); // a plain scalar without text: "key:"
size_t node_count(const struct node *node);  // children

// A value on one line, as flow YAML that reads back as the same tree.
void node_write_flow(const struct node *node, struct text_buffer *buffer);

// A scalar's text as YAML: plain where that reads back, otherwise in double quotes.
void scalar_write(const char *text, struct text_buffer *buffer);
