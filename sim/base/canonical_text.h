// SPDX-License-Identifier: GPL-3.0-or-later
// Reads single values out of canonical scenario text (scenario_print.h) without a YAML parser: one
// leaf a line, two blanks of indentation a level. For reports, which see only logs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Of the longest value that is read, with its end; the rest of a longer one is left out.
enum { CANONICAL_TEXT_VALUE_SIZE = 4096 };

// A key as canonical_text_each names it: "model.name" for "model", any other as it is.
const char *canonical_text_key(const char *key);

// Copies the value of a dotted key ("policy.threshold.every") as it is written, also of one in the
// map of a law ("cluster.delay.std", "cluster.compute.parts.stall.share"). False if the key is not
// there. "model" and "model.name" are one key, whichever way the text has it. Of the
// file in a law of measured times it has the hash.
bool canonical_text_value(const char *text, const char *key, char *value, size_t size);

// Whether the key is there, or one of its group ("policy.threshold").
bool canonical_text_has(const char *text, const char *key);

// Calls "leaf" for every leaf in order, with its dotted key ("model.name" also where the text says
// "model: NAME") and its value.
void canonical_text_each(const char *text,
                         void (*leaf)(void *context, const char *key, const char *value),
                         void *context);

// Calls "leaf" for every member of the map of a law, "{law: normal, std: 1 s}", with its own name;
// the value may be a map again. A bare time is the constant law: "law" and "value". Any other value
// has no members.
void canonical_text_each_member(const char *value,
                                void (*leaf)(void *context, const char *name, const char *value),
                                void *context);
