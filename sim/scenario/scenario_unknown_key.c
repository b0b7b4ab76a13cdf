// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_unknown_key.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/closest_word.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"

// A word that is unknown here may be a key elsewhere: "'workers' stands under 'cluster'".
static void add_elsewhere(struct text_buffer *hint, const char *word) {
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *dotted = schema_table[key].key;
        const char *dot = strrchr(dotted, '.');
        if (dot != NULL && strcmp(dot + 1, word) == 0) {
            text_buffer_add(hint, "'%s' stands under '%.*s'; ", word, (int)(dot - dotted), dotted);
            return;
        }
    }
}

static bool is_member(const struct word_list *list, const char *word, size_t length) {
    for (size_t i = 0; i < list->count; i++) {
        if (strlen(list->words[i]) == length && strncmp(list->words[i], word, length) == 0) {
            return true;
        }
    }
    return false;
}

// What is often meant by a word that is no key: "name:hybrid", the "01" of "0,01", and the keys of
// a block that is not indented below its own. NULL: none of these.
static const char *usual_slip(const struct node *place, const struct word_list *list,
                              const char *word) {
    size_t colon = strcspn(word, ":");
    if (word[colon] == ':' && is_member(list, word, colon)) {
        return "a space is missing after the colon, as in name: hybrid";
    }
    if (word[0] != 0 && word[strspn(word, "0123456789")] == 0) {
        return "a comma ends a value: decimals are written with a point, as in 0.01";
    }
    for (size_t i = 0; i < list->count && list->count > 0; i++) {
        char inner[SCHEMA_DOTTED_SIZE];
        snprintf(inner, sizeof inner, "\n%s:\n%s:", list->words[i], word);
        if (schema_is_group(list->words[i]) && place->source->text[0] != 0 &&
            (strstr(place->source->text, inner) != NULL ||
             strstr(place->source->text, inner + 1) == place->source->text)) {
            return "what belongs to the key above it is indented by blanks";
        }
    }
    return NULL;
}

enum status unknown_key_error(const struct node *place, const char *prefix, const char *word,
                              struct error *error) {
    struct word_list list;
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    if (strcmp(word, "<<") == 0) {
        return node_error(place, error, "write the keys out", "merge keys ('<<') are not read");
    }
    if (schema_find(word) != KEY_COUNT && strchr(word, '.') != NULL) {
        return node_error(place, error, "in a file keys are nested, as in policy: {name: async}",
                          "unknown key '%s'", word);
    }
    schema_list_members(prefix, &list);
    const char *slip = usual_slip(place, &list, word);
    if (slip != NULL) {
        text_buffer_add(&hint, "%s; ", slip);
    } else if (closest_word(word, list.words, list.count) == NULL) {
        add_elsewhere(&hint, word);
    }
    hint_add_words(&hint, word, list.words, list.count);
    enum status status =
        node_error(place, error, list.count == 0 ? "it takes one value" : text_buffer_text(&hint),
                   "unknown key '%s'%s%s%s", text_excerpt(word, excerpt),
                   prefix[0] == 0 ? "" : " under '", prefix, prefix[0] == 0 ? "" : "'");
    text_buffer_clear(&hint);
    return status;
}
