// SPDX-License-Identifier: GPL-3.0-or-later
// The one table of keys that a scenario may hold: what each means, which values it takes, what it
// is when nobody writes it, and where it goes in struct scenario. Parser, messages, canonical form
// and documentation are all made from it.
#pragma once

#include <stdbool.h>

#include "sim/scenario/scenario_key.h"

enum scenario_key { // in the order of the canonical form
#define KEY(NAME, ...) KEY_##NAME,
#include "sim/scenario/scenario_keys.def"
    KEY_COUNT
};

extern const struct schema_key schema_table[KEY_COUNT];

// The value of a key when nothing is written, as YAML: of some it depends on the policy, whose name
// is then read before.
const char *schema_fallback(enum scenario_key key, const struct scenario *scenario);

// The key with this dotted name, or KEY_COUNT.
enum scenario_key schema_find(const char *dotted);

// The same of a key under a name that the user chose ("cluster.groups.slow.slowdown"), or NULL.
const struct named_key *schema_find_named(const char *dotted);

// The row of a key of either kind, or NULL.
const struct schema_key *schema_find_row(const char *dotted);

// The map by names that a path leads to or into, or NULL. *name: where the name begins in the path;
// NULL: it leads to the map itself.
const struct named_map *schema_find_map(const char *dotted, const char **name);

// True for "policy", "policy.threshold", "cluster.groups", "cluster.groups.slow": the path of a map
// that holds further keys.
bool schema_is_group(const char *dotted);

// True if the key stands inside the map of another one ("cluster.delay.who" in "cluster.delay").
bool schema_is_inside(enum scenario_key inner, enum scenario_key outer);

// "prefix.word"; a name that is too long comes out cut, and is then unknown like any other.
enum { SCHEMA_DOTTED_SIZE = 128 };
const char *schema_join(const char *prefix, const char *word, char dotted[SCHEMA_DOTTED_SIZE]);

// The words that may stand in the map "prefix" ("" for the top), each once, in order. None where
// the user chooses them.
void schema_list_members(const char *prefix, struct word_list *list);

// The index-th of all keys, in the order of the canonical form, with those under a name, which is
// NAME then; NULL behind the last.
const struct schema_key *schema_listed(size_t index, char dotted[SCHEMA_DOTTED_SIZE]);
