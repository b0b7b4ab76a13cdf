// SPDX-License-Identifier: GPL-3.0-or-later
// "did you mean ...?": the known word nearest to a mistyped one.
#pragma once

#include <stddef.h>

// The word with the least edit distance (insert, delete, replace, swap neighbours; the case of
// letters is no difference), or NULL when none is near: at most 1 + a third of its length apart,
// and never more than four. The first of equals.
const char *closest_word(const char *typed, const char *const *words, size_t count);
