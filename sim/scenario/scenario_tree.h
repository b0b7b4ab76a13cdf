// SPDX-License-Identifier: GPL-3.0-or-later
// The tree of a scenario's text by the keys of the schema: its root, dotted paths into it, and
// groups of keys that are written as one value.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_schema.h"

// The root of a document must be a map, and of the kind that "what" names: "scenario" or "sweep".
enum status scenario_tree_check_root(const struct node *root, const char *what,
                                     struct error *error);

// Writes a value over whatever the tree says under a dotted key, as if the file had it so. A map
// over a group of keys sets each of them; over a law it replaces the law; a key inside a law
// ("cluster.delay.std") sets that member alone. The value is copied; the key node says where the
// key was written. Requires: root is a map of "document". Errors: STATUS_BAD_DATA (an unknown key).
enum status scenario_tree_set(struct document *document, struct node *root, const struct node *key,
                              const struct node *value, struct error *error);

// Two members of a map that say the same in two ways, as "worker" and "workers": refused at the
// second, which is this member, of the dotted key. Errors: STATUS_BAD_DATA.
enum status scenario_tree_check_instead(const struct node *map, const struct node *member,
                                        const char *dotted, struct error *error);

// Whether a dotted key is one that scenario_tree_set takes, as far as that shows without a value: a
// key, a group, or a path into a law. Errors: STATUS_BAD_DATA at the node.
enum status scenario_tree_check_key(const struct node *key, struct error *error);

// A group of which no key is written ("cluster:", "cluster: {}") is refused: its keys would be at
// their defaults, as they are without it; that may be meant, or a value was forgotten. Errors:
// STATUS_BAD_DATA at the node.
enum status scenario_tree_check_group(const struct node *group, const char *dotted,
                                      struct error *error);

// A group that may be one value, short for a map with it: of one key, and perhaps with a second key
// that the short form decides.
struct short_form {
    const char *group;
    enum scenario_key key;
    enum scenario_key decided; // KEY_COUNT: none
    const char *decision;
};

// The short form that this value of a group is, or NULL.
const struct short_form *short_form_of(const char *dotted, const struct node *node);

// The one key that a single value of a group is short for: "policy.name" for "policy"; else NULL.
const char *short_form_key(const char *group);
