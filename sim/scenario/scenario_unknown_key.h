// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of a word that is no key where it stands.
#ifndef DESGD_SCENARIO_SCENARIO_UNKNOWN_KEY_H
#define DESGD_SCENARIO_SCENARIO_UNKNOWN_KEY_H

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"

// Sets the error at the place of the word, which stands under "prefix" ("": at the top), with what
// may be meant and what is known there. Returns STATUS_BAD_DATA.
enum status unknown_key_error(const struct node *place, const char *prefix, const char *word,
                              struct error *error);

#endif
