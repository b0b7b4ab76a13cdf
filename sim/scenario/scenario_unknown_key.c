// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_unknown_key.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"

// Adds " or under 'policy.threshold'" for each place of the schema that has the word, below the
// prefix or elsewhere. Returns the count of places, those before included.
static size_t add_places(struct text_buffer *hint, const char *word, const char *prefix, bool below,
                         size_t count) {
    REQUIRE(word != NULL && prefix != NULL);
    const char *last = NULL; // the keys of a group stand together: one place
    size_t last_size = 0;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *dotted = schema_table[key].key;
        for (const char *at = dotted; at != NULL; at = strchr(at, '.')) {
            at += *at == '.';
            size_t size = at == dotted ? 0 : (size_t)(at - dotted) - 1;
            bool same = last != NULL && size == last_size && strncmp(dotted, last, size) == 0;
            bool inside = prefix[0] != 0 && strncmp(dotted, prefix, strlen(prefix)) == 0;
            if (strcspn(at, ".") == strlen(word) && strncmp(at, word, strlen(word)) == 0 && !same &&
                inside == below) {
                text_buffer_add(hint, "%s%s%.*s%s", count++ > 0 ? " or " : "",
                                size == 0 ? "at the top" : "under '", (int)size, dotted,
                                size == 0 ? "" : "'");
                last = dotted;
                last_size = size;
            }
        }
    }
    return count;
}

// A word that is unknown here may be a key elsewhere: the nearest place comes first.
static bool add_elsewhere(struct text_buffer *hint, const char *word, const char *prefix) {
    struct text_buffer places = {0};
    size_t count = add_places(&places, word, prefix, true, 0);
    count = add_places(&places, word, prefix, false, count);
    if (count > 0) {
        text_buffer_add(hint, "'%s' stands %s; ", word, text_buffer_text(&places));
    }
    text_buffer_clear(&places);
    return count > 0;
}

static bool is_member(const struct word_list *list, const char *word, size_t length) {
    for (size_t i = 0; i < list->count; i++) {
        if (strlen(list->words[i]) == length && strncmp(list->words[i], word, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_known_below(const char *dotted, const char *word) {
    REQUIRE(dotted != NULL && word != NULL);
    char inner[SCHEMA_DOTTED_SIZE];
    enum scenario_key outer = schema_find(dotted);
    bool is_law = outer != KEY_COUNT && (schema_table[outer].type->takes & TAKES_MAP) != 0;
    schema_join(dotted, word, inner);
    return schema_find(inner) != KEY_COUNT || schema_is_group(inner) ||
           (is_law && law_has_member(word));
}

const struct node *unknown_key_block(const struct node *map, const char *prefix,
                                     const struct node *key) {
    const struct node *block = NULL;
    REQUIRE(map->kind == NODE_MAP);
    for (const struct node *member = map->first; member != NULL && member->key != key;
         member = member->next) {
        char dotted[SCHEMA_DOTTED_SIZE];
        schema_join(prefix, member->key->text, dotted);
        block = node_is_empty(member) && is_known_below(dotted, key->text) ? member : block;
    }
    return is_known_below(prefix, key->text) ? NULL : block;
}

// What is often meant by a word that is no key: "name:hybrid", the "01" of "0,01". NULL: none of
// these.
static const char *usual_slip(const struct word_list *list, const char *word) {
    size_t colon = strcspn(word, ":");
    if (word[colon] == ':' && is_member(list, word, colon)) {
        return HINT_MISSING_BLANK;
    }
    return word[0] != 0 && word[strspn(word, "0123456789")] == 0
               ? "a comma ends a value: decimals are written with a point, as in 0.01"
               : NULL;
}

enum status unknown_key_error(const struct node *place, const struct node *map, const char *prefix,
                              const char *word, struct error *error) {
    REQUIRE(place->kind == NODE_SCALAR && prefix != NULL && word != NULL);
    struct word_list list;
    struct text_buffer hint = {0};
    const char *typed = word;
    char excerpt[EXCERPT_SIZE];
    if (strcmp(word, "<<") == 0) {
        return node_error(place, error, "write the keys out", "merge keys ('<<') are not read");
    }
    if (schema_find(word) != KEY_COUNT && strchr(word, '.') != NULL) {
        return node_error(place, error, "in a file keys are nested, as in policy: {name: async}",
                          "unknown key '%s'", word);
    }
    schema_list_members(prefix, &list);
    const char *slip = usual_slip(&list, word);
    const struct node *block = map == NULL ? NULL : unknown_key_block(map, prefix, place);
    if (block != NULL) {
        text_buffer_add(&hint, "what belongs to '%s' above it is indented by spaces; ",
                        text_excerpt(block->key->text, excerpt));
    } else if (slip != NULL) {
        text_buffer_add(&hint, "%s; ", slip);
    } else if (add_elsewhere(&hint, word, prefix)) {
        typed = ""; // no word that merely looks alike
    }
    hint_add_words(&hint, typed, list.words, list.count);
    enum status status =
        node_error(place, error, list.count == 0 ? "it takes one value" : text_buffer_text(&hint),
                   "unknown key '%s'%s%s%s", text_excerpt(word, excerpt),
                   prefix[0] == 0 ? "" : " under '", prefix, prefix[0] == 0 ? "" : "'");
    text_buffer_clear(&hint);
    return status;
}
