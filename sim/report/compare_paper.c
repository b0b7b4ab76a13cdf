// SPDX-License-Identifier: GPL-3.0-or-later
// What a comparison and its cells are called in a paper, a figure or a page: titles, names of keys
// and cells, and captions that say what was done.
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

const char *compare_cell_policy(const struct comparison *comparison, size_t cell,
                                char name[COMPARE_READABLE_SIZE]) {
    REQUIRE(cell < comparison->cell_count);
    const char *text = comparison->cells[cell].text;
    if (!canonical_text_value(text, "policy.name", name, COMPARE_READABLE_SIZE)) {
        name[0] = 0;
    }
    return name;
}

const char *compare_cell_label(const struct comparison *comparison, size_t cell,
                               char label[COMPARE_READABLE_SIZE]) {
    REQUIRE(cell < comparison->cell_count);
    char value[COMPARE_VALUE_SIZE];
    size_t used = 0;
    for (size_t k = 0; k < comparison->key_count && used < COMPARE_READABLE_SIZE; k++) {
        used += (size_t)snprintf(
            label + used, COMPARE_READABLE_SIZE - used, "%s%s", k > 0 ? ", " : "",
            compare_readable_value(comparison, &comparison->cells[cell], k, value));
    }
    if (comparison->key_count == 0) {
        compare_cell_policy(comparison, cell, label);
    }
    return label;
}

// The text of a scalar as canonical text writes it: in quotes where that is needed.
static void unquote(const char *value, char text[COMPARE_READABLE_SIZE]) {
    size_t used = 0;
    bool is_quoted = value[0] == '"';
    for (value += is_quoted; *value != 0 && used + 1 < COMPARE_READABLE_SIZE; value++) {
        if (is_quoted && value[0] == '\\' && value[1] == 'x' && value[2] != 0 && value[3] != 0) {
            text[used++] = ' '; // of a control character
            value += 3;
        } else if (!is_quoted || value[0] != '"') {
            value += is_quoted && value[0] == '\\' && value[1] != 0;
            text[used++] = *value;
        }
    }
    text[used] = 0;
}

const char *compare_title(const struct comparison *comparison, const char *otherwise,
                          char title[COMPARE_READABLE_SIZE]) {
    REQUIRE(otherwise != NULL);
    char first[COMPARE_VALUE_SIZE] = "";
    char value[COMPARE_VALUE_SIZE];
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        const char *scenario = comparison->runs[cell->first].scenario;
        if (!canonical_text_value(scenario, "title", value, sizeof value) ||
            (i > 0 && strcmp(value, first) != 0)) {
            return otherwise;
        }
        snprintf(first, sizeof first, "%s", value);
    }
    unquote(first, title);
    return title[0] == 0 ? otherwise : title;
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
