// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_unknown_key.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"

// Where a word is looked for.
struct word_search {
    const char *word;
    const char *prefix;
    bool below; // the prefix, or elsewhere
    bool named; // among the keys under names, or the others
};

// Adds " or under 'policy.threshold'" for each place of the schema that has the word. Returns the
// count of places, those before included.
static size_t add_places(struct text_buffer *hint, const struct word_search *search, size_t count) {
    REQUIRE(search->word != NULL && search->prefix != NULL);
    char last[SCHEMA_DOTTED_SIZE] = ""; // the keys of a group stand together: one place
    size_t last_size = sizeof last;     // none yet
    size_t length = strlen(search->word);
    char dotted[SCHEMA_DOTTED_SIZE];
    for (size_t i = 0; schema_listed(i, dotted) != NULL; i++) {
        bool inside =
            search->prefix[0] != 0 && strncmp(dotted, search->prefix, strlen(search->prefix)) == 0;
        if (inside != search->below || (schema_find(dotted) == KEY_COUNT) != search->named) {
            continue;
        }
        for (const char *at = dotted; at != NULL; at = strchr(at, '.')) {
            at += *at == '.';
            size_t size = at == dotted ? 0 : (size_t)(at - dotted) - 1;
            bool same = size == last_size && strncmp(dotted, last, size) == 0;
            if (strcspn(at, ".") == length && strncmp(at, search->word, length) == 0 && !same) {
                text_buffer_add(hint, "%s%s%.*s%s", count++ > 0 ? " or " : "",
                                size == 0 ? "at the top" : "under '", (int)size, dotted,
                                size == 0 ? "" : "'");
                memcpy(last, dotted, sizeof last);
                last_size = size;
            }
        }
    }
    return count;
}

// A word that is unknown here may be a key elsewhere: the nearest place comes first. One under a
// name is told to who writes there, or if there is no other and no word here that looks like it.
static bool add_elsewhere(struct text_buffer *hint, const char *word, const char *prefix,
                          const struct word_list *here) {
    struct text_buffer places = {0};
    const char *name = NULL;
    size_t count = 0;
    bool named = schema_find_map(prefix, &name) != NULL;
    bool slip = !named && closest_word(word, here->words, here->count) != NULL;
    for (int i = 0; i < (slip ? 1 : 2) && count == 0; i++, named = !named) {
        struct word_search search = {word, prefix, true, named};
        count = add_places(&places, &search, count);
        search.below = false;
        count = add_places(&places, &search, count);
    }
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
    const struct schema_key *outer = schema_find_row(dotted);
    bool is_law = outer != NULL && outer->type->is_law;
    schema_join(dotted, word, inner);
    return schema_find_row(inner) != NULL || schema_is_group(inner) ||
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

// A word that cannot be a name where names stand.
static enum status name_error(const struct node *place, const char *prefix, const char *word,
                              const struct named_map *names, struct error *error) {
    REQUIRE(!key_is_name(word));
    char excerpt[EXCERPT_SIZE];
    char hint[256];
    snprintf(hint, sizeof hint,
             "a name has small letters, digits and _, begins with a letter and has at most %d "
             "characters, as in %s",
             MAP_NAME_SIZE - 1, names->example);
    return node_error(place, error, hint, "'%s' cannot be the name of %s %s under '%s'",
                      text_excerpt(word, excerpt),
                      strchr("aeiou", names->what[0]) == NULL ? "a" : "an", names->what, prefix);
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
    if (schema_find_row(word) != NULL && strchr(word, '.') != NULL) {
        return node_error(place, error, "in a file keys are nested, as in policy: {name: async}",
                          "unknown key '%s'", word);
    }
    const char *name = NULL;
    const struct named_map *names = schema_find_map(prefix, &name);
    if (names != NULL && name == NULL) {
        return name_error(place, prefix, word, names, error);
    }
    schema_list_members(prefix, &list);
    const char *slip = usual_slip(&list, word);
    const struct node *block = map == NULL ? NULL : unknown_key_block(map, prefix, place);
    if (block != NULL) {
        text_buffer_add(&hint, "what belongs to '%s' above it is indented by spaces; ",
                        text_excerpt(block->key->text, excerpt));
    } else if (slip != NULL) {
        text_buffer_add(&hint, "%s; ", slip);
    } else if (add_elsewhere(&hint, word, prefix, &list)) {
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
