// SPDX-License-Identifier: GPL-3.0-or-later
// One value of the schema: from a node into its field of struct scenario, and back as text.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_schema.h"

// Reads and range-checks the value of a key. Errors: STATUS_BAD_DATA, the message says what is
// allowed.
enum status value_read(enum scenario_key key, const struct node *node, struct scenario *scenario,
                       struct error *error);

// The same of any row into any field: of a key under a name, whose row has its whole path.
enum status value_read_row(const struct schema_key *row, const struct node *node, void *field,
                           const struct scenario *scenario, struct error *error);

// Sets a key to its default. The document owns what is read for that. Requires: the keys that the
// default depends on are set.
void value_set_default(enum scenario_key key, struct document *document, struct scenario *scenario);

// The canonical text of a value, on one line; keys inside its map are written with it.
void value_write(enum scenario_key key, const struct scenario *scenario,
                 struct text_buffer *buffer);

// ---- a value that is a map by names (struct named_map) ----
// It is written as leaves ("cluster.groups.slow.slowdown: 4"). A name whose value is none is not
// there. What the keys mean, the rows of the map know.

// As a type's "read" and "write" would; value_read_row and value_write call them.
enum status value_read_named(const struct value_reading *reading);
void value_write_named(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer);

// How many names there are; the index-th. Requires: the key is a map by names; index < count.
int32_t value_name_count(enum scenario_key key, const struct scenario *scenario);
const char *value_named_at(enum scenario_key key, const struct scenario *scenario, int32_t index);

// Whether the same names stand in the same order.
bool value_names_are_equal(enum scenario_key key, const struct scenario *a,
                           const struct scenario *b);

// Calls "leaf" for each key that the canonical form has, with its whole path and its value.
void value_each_named_leaf(enum scenario_key key, const struct scenario *scenario,
                           void (*leaf)(void *context, const char *dotted, const char *value),
                           void *context);
