// SPDX-License-Identifier: GPL-3.0-or-later
// How a mistake in a scenario is told: the place, what is wrong, the line with a caret, and what
// would be right.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"

// Sets "NAME:LINE:COLUMN: error: ...", the source line and a caret (where there is a line to show),
// and the hint (NULL or "": none) below. Returns STATUS_BAD_DATA.
enum status source_error(const struct source *source, int32_t line, int32_t column,
                         struct error *error, const char *hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

// The same at a node.
enum status node_error(const struct node *node, struct error *error, const char *hint,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

// Text of a user for a message: control characters replaced, cut after a few words.
enum { EXCERPT_SIZE = 64 };
const char *text_excerpt(const char *text, char excerpt[EXCERPT_SIZE]);

// Of "name:hybrid", which is one word to YAML.
#define HINT_MISSING_BLANK "a space is missing after the colon, as in name: hybrid"

// Words to choose from.
enum { WORD_LIST_MAX = 64, WORD_SIZE = 64 };
struct word_list {
    size_t count;
    const char *words[WORD_LIST_MAX]; // borrowed from the tables or from storage
    char storage[WORD_LIST_MAX][WORD_SIZE];
};

// "did you mean 'x'? known are a, b and c" for a mistyped word, in a buffer.
void hint_add_words(struct text_buffer *hint, const char *typed, const char *const *words,
                    size_t count);
