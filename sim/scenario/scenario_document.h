// SPDX-License-Identifier: GPL-3.0-or-later
// YAML as a plain tree whose every node knows where it was written, so that an error can show the
// line. Reads through libfyaml's events: no aliases, anchors, tags or directives, one document, a
// cap on size and depth. Knows nothing of what the keys mean.
#ifndef DESGD_SCENARIO_SCENARIO_DOCUMENT_H
#define DESGD_SCENARIO_SCENARIO_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/scenario/text_buffer.h"

enum { DOCUMENT_DEPTH_MAX = 16 };

// Where text came from: a file, a setting of the command line, a default.
struct source {
    const char *name; // as messages show it
    const char *text; // zero-terminated; "" where there is no line to show
};

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

// Owns all nodes and sources made in it.
struct document;
struct document *document_create(void);
void document_destroy(struct document *document); // NULL is fine

// Parses YAML text (copied); "name" stands in the messages. An empty text is a scalar "".
// Errors: STATUS_BAD_DATA: not YAML, not UTF-8, longer than SOURCE_SIZE_MAX, nested deeper than
// DOCUMENT_DEPTH_MAX, several documents, an anchor, alias, tag or directive, a value or key with a
// character that no word may hold (character_fault).
enum status document_add_text(struct document *document, const char *name, const char *text,
                              size_t size, struct node **root, struct error *error);

// The same from a file, which is not read at all when it is too long. Errors besides:
// STATUS_NO_INPUT (missing, a directory, cannot be read), those of node_check_characters.
enum status document_add_file(struct document *document, const char *path, struct node **root,
                              struct error *error);

// Looks through the values and keys of a tree that a user has written. Errors: STATUS_BAD_DATA: one
// has a character that deceives (character_deceit).
enum status node_check_characters(const struct node *node, struct error *error);

// A scalar that nobody wrote, at the place of another node (or at 1:1 of a source of this name).
struct node *document_add_scalar(struct document *document, const struct node *place,
                                 const char *text);
struct node *document_add_named_scalar(struct document *document, const char *name,
                                       const char *text);

// An empty map at the place of another node, and a deep copy of a node of any document, whose
// sources must outlive this one.
struct node *document_add_map(struct document *document, const struct node *place);
struct node *document_copy(struct document *document, const struct node *node);

// Puts a value under a key of a map: in the place of the first member of that name, or at the end.
// Requires: the value is in no other tree.
void node_put(struct node *map, struct node *key, struct node *value);

// The first member of a map with this key, or NULL.
struct node *node_member(const struct node *map, const char *key);

bool node_is_empty(const struct node *node); // a plain scalar without text: "key:"
size_t node_count(const struct node *node);  // children

// A value on one line, as flow YAML that reads back as the same tree.
void node_write_flow(const struct node *node, struct text_buffer *buffer);

// A scalar's text as YAML: plain where that reads back, otherwise in double quotes.
void scalar_write(const char *text, struct text_buffer *buffer);

#endif
