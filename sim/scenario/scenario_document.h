// SPDX-License-Identifier: GPL-3.0-or-later
// YAML text as a tree of nodes. Reads through libfyaml's events: no aliases, anchors, tags or
// directives, one document, a cap on size and depth.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"

enum { DOCUMENT_DEPTH_MAX = 16 };

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
