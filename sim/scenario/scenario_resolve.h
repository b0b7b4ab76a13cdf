// SPDX-License-Identifier: GPL-3.0-or-later
// From a tree of YAML to a checked struct scenario: finds the keys, applies settings, fills in
// defaults, drops what does not apply.
#ifndef DESGD_SCENARIO_SCENARIO_RESOLVE_H
#define DESGD_SCENARIO_SCENARIO_RESOLVE_H

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_note.h"

// Writes a value over whatever the tree says under a dotted key, as if the file had it so. A map
// over a group of keys sets each of them; over a law it replaces the law; a key inside a law
// ("cluster.delay.std") sets that member alone. The value is copied; the key node says where the
// key was written. Requires: root is a map of "document". Errors: STATUS_BAD_DATA (an unknown key).
enum status scenario_tree_set(struct document *document, struct node *root, const struct node *key,
                              const struct node *value, struct error *error);

// Whether a dotted key is one that scenario_tree_set takes, as far as that shows without a value: a
// key, a group, or a path into a law. Errors: STATUS_BAD_DATA at the node.
enum status scenario_tree_check_key(const struct node *key, struct error *error);

// Adds to notes (NULL: nobody asks) what was written and has no effect. Errors: STATUS_BAD_DATA.
// *scenario changes only on success.
enum status scenario_resolve(const struct node *root, struct scenario *scenario,
                             struct scenario_notes *notes, struct error *error);

// The root of a document must be a map; "what" names the document ("scenario").
enum status scenario_tree_check_root(const struct node *root, const char *what,
                                     struct error *error);

#endif
