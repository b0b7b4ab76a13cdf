// SPDX-License-Identifier: GPL-3.0-or-later
// What a comparison is called in a paper: names of keys, and captions that say what was done.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"

// Where the last "words" words of a dotted key begin.
static const char *tail_of(const char *key, int words) {
    REQUIRE(words > 0);
    const char *at = key + strlen(key);
    while (at > key && words > 0) {
        at--;
        words -= *at == '.';
    }
    return *at == '.' ? at + 1 : at;
}

// "Learning rate", "Policy" for policy.name, "Threshold every": the last word, with the one before
// it where the key lies deeper or another varied key would read the same.
static void write_readable(const char *key, int words, char name[COMPARE_READABLE_SIZE]) {
    REQUIRE(words > 0);
    static const char of_itself[] = ".name";
    size_t length = strlen(key);
    bool is_name =
        length > strlen(of_itself) && strcmp(key + length - strlen(of_itself), of_itself) == 0;
    snprintf(name, COMPARE_READABLE_SIZE, "%s", tail_of(key, is_name ? words + 1 : words));
    if (is_name && strlen(name) > strlen(of_itself)) {
        name[strlen(name) - strlen(of_itself)] = 0;
    }
    for (char *at = name; *at != 0; at++) {
        *at = *at == '_' || *at == '.' ? ' ' : *at;
    }
    name[0] = (char)toupper((unsigned char)name[0]);
}

static int dots_in(const char *key) {
    int dots = 0;
    for (; *key != 0; key++) {
        dots += *key == '.';
    }
    return dots;
}

const char *compare_readable_key(const struct comparison *comparison, size_t key,
                                 char name[COMPARE_READABLE_SIZE]) {
    REQUIRE(key < comparison->key_count);
    char other[COMPARE_READABLE_SIZE];
    int dots = dots_in(comparison->keys[key]);
    for (int words = dots > 1 ? 2 : 1; words <= dots + 1; words++) {
        bool is_taken = false;
        write_readable(comparison->keys[key], words, name);
        for (size_t k = 0; k < comparison->key_count; k++) {
            int depth = dots_in(comparison->keys[k]) > 1 && words == 1 ? 2 : words;
            write_readable(comparison->keys[k], depth, other);
            is_taken |= k != key && strcmp(name, other) == 0;
        }
        if (!is_taken) {
            break;
        }
    }
    return name;
}

struct readable_law {
    const struct comparison *comparison;
    const char *key;
    char *text; // COMPARE_VALUE_SIZE
};

static void add_member(void *context, const char *name, const char *value) {
    struct readable_law *law = context;
    char key[COMPARE_VALUE_SIZE];
    size_t used = strlen(law->text);
    snprintf(key, sizeof key, "%s.%s", law->key, name);
    if (used == 0) { // the law's name
        snprintf(law->text, COMPARE_VALUE_SIZE, "%s", value);
    } else if (compare_key_varies(law->comparison, key, false)) {
        snprintf(law->text + used, COMPARE_VALUE_SIZE - used, ", %s %s", name, value);
    }
}

const char *compare_readable_value(const struct comparison *comparison,
                                   const struct compare_cell *cell, size_t key,
                                   char text[COMPARE_VALUE_SIZE]) {
    REQUIRE(key < comparison->key_count);
    const char *value = compare_shown(cell->values[key]);
    struct readable_law law = {comparison, comparison->keys[key], text};
    text[0] = 0;
    if (value[0] == '{') {
        canonical_text_each_member(value, add_member, &law);
    }
    return text[0] == 0 ? value : text;
}

static void write_baseline(FILE *out, const struct comparison *comparison) {
    const struct compare_options *options = &comparison->options;
    char name[COMPARE_READABLE_SIZE];
    for (size_t i = 0; i < options->baseline_count; i++) {
        const struct compare_setting *setting = &options->baseline[i];
        write_readable(setting->key, dots_in(setting->key) > 1 ? 2 : 1, name);
        name[0] = (char)tolower((unsigned char)name[0]);
        fprintf(out, "%s%s %s", i > 0 ? ", " : "", name, setting->value);
    }
}

static size_t family_size(const struct comparison *comparison, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    size_t cells = 0;
    for (size_t c = 0; c < comparison->cell_count; c++) {
        const struct compare_numbers *numbers = &comparison->cells[c].numbers[metric];
        cells += comparison->cells[c].same_as == c && !numbers->same_run && numbers->t.p >= 0;
    }
    return cells;
}

char *compare_caption(const struct comparison *comparison, int metric, const char *suffix,
                      const char *title) {
    REQUIRE(metric >= -1 && metric < COMPARE_METRIC_COUNT);
    static const char primary[] = "PRIMARY: ";
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    size_t cells = metric >= 0 ? family_size(comparison, metric) : 0;
    title += strncmp(title, primary, strlen(primary)) == 0 ? strlen(primary) : 0;
    fprintf(stream, "%c%s.", toupper((unsigned char)title[0]), title + 1);
    if (metric >= 0 && *suffix == 0 && comparison->options.baseline_count > 0) {
        fputs(" Value: mean over the n rounds; difference to ", stream);
        write_baseline(stream, comparison);
        fprintf(
            stream,
            ", paired by round, with 95 %% intervals of Student's t and p adjusted by Holm (%zu "
            "cell%s); significant: at most .05.",
            cells, cells == 1 ? "" : "s");
    } else if (metric >= 0 && *suffix == 0) {
        fputs(" Value: mean over the n rounds.", stream);
    }
    INVARIANT(fclose(stream) == 0);
    char *copy = memory_copy_text(text);
    memory_free(text);
    return copy;
}
