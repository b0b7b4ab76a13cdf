// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of a word that is no key where it stands.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"

// Sets the error at the place of the word, which stands under "prefix" ("": at the top), with what
// may be meant and what is known there. map: the one in which the place is a key; NULL: in none.
// Returns STATUS_BAD_DATA.
enum status unknown_key_error(const struct node *place, const struct node *map, const char *prefix,
                              const char *word, struct error *error);

// The member above a key of a map that the key would belong to, were it indented: one without a
// value, in whose own map the word is known, as it is not where it stands. NULL: there is none.
const struct node *unknown_key_block(const struct node *map, const char *prefix,
                                     const struct node *key);
