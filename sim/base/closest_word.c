// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/closest_word.h"

#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static int fold(char letter) {
    return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
}

static bool differ(char a, char b) {
    return fold(a) != fold(b);
}

// Optimal string alignment distance, by rows. Requires: both words at most WORD_MAX long.
static size_t edit_distance(const char *a, const char *b) {
    REQUIRE(strlen(a) <= WORD_MAX && strlen(b) <= WORD_MAX);
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++) {
        above[j] = j;
        before[j] = 0;
    }
    for (size_t i = 1; a[i - 1] != 0; i++) {
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t replace = above[j - 1] + differ(a[i - 1], b[j - 1]);
            row[j] = least(replace, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) && !differ(a[i - 2], b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[width];
}

const char *closest_word(const char *typed, const char *const *words, size_t count) {
    REQUIRE(typed != NULL && (words != NULL || count == 0));
    const char *best = NULL;
    size_t best_distance = 5;
    if (strlen(typed) > WORD_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);
        if (length == 0 || length > WORD_MAX) { // a column of a CSV file may have no name
            continue;
        }
        size_t distance = edit_distance(typed, words[i]);
        if (distance < best_distance && distance <= 1 + length / 3) {
            best = words[i];
            best_distance = distance;
        }
    }
    return best;
}
