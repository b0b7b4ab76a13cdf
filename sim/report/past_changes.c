// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/past_changes.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/sim_time.h"

static const char opening[] = "{until: ";

// Cuts one entry, "TIME, KEY: VALUE}", into its two parts.
static void read_entry(struct past_changes *changes, char *entry) {
    REQUIRE(changes->count < PAST_CHANGES_MAX);
    int64_t time_ns = 0;
    char *close = strrchr(entry, '}');
    if (close == NULL) {
        return;
    }
    *close = 0;
    char *comma = strstr(entry, ", ");
    if (comma != NULL) {
        *comma = 0;
    }
    if (sim_time_parse(entry, &time_ns) == NULL) {
        changes->changes[changes->count].time_ns = time_ns;
        changes->changes[changes->count].before = comma == NULL ? "" : comma + 2;
        changes->count++;
    }
}

void past_changes_read(const char *scenario, struct past_changes *changes) {
    changes->count = 0;
    if (scenario == NULL ||
        !canonical_text_value(scenario, "past", changes->text, sizeof changes->text)) {
        return;
    }
    char *entry = strstr(changes->text, opening);
    while (entry != NULL && changes->count < PAST_CHANGES_MAX) {
        entry += strlen(opening);
        char *next = strstr(entry, opening);
        if (next != NULL) {
            *next = 0;
        }
        read_entry(changes, entry);
        entry = next;
    }
}

// ---- what a change changed ----

enum { KEY_SIZE = 96, VALUE_SIZE = 256 };

struct past_item {
    char key[KEY_SIZE];
    char value[VALUE_SIZE];
};

// The end of an item: the comma that no bracket and no quotes hold, or the end of the text.
static const char *item_end(const char *at) {
    int depth = 0;
    bool quoted = false;
    for (; *at != 0 && (quoted || depth > 0 || *at != ','); at++) {
        quoted = *at == '"' ? !quoted : quoted;
        depth += !quoted && (*at == '{' || *at == '[');
        depth -= !quoted && (*at == '}' || *at == ']');
    }
    return at;
}

// Takes "KEY: VALUE" off the front of a list. NULL: there is none, or no more.
static const char *next_item(const char *list, struct past_item *item) {
    const char *end = item_end(list);
    const char *colon = strstr(list, ": ");
    if (colon == NULL || colon >= end || colon == list) { // no key: somebody has edited the log
        return NULL;
    }
    snprintf(item->key, sizeof item->key, "%.*s", (int)(colon - list), list);
    snprintf(item->value, sizeof item->value, "%.*s", (int)(end - colon - 2), colon + 2);
    return *end == 0 ? end : end + 1 + strspn(end + 1, " ");
}

static bool find_item(const char *list, const char *key, struct past_item *found) {
    while (list != NULL && *list != 0) {
        list = next_item(list, found);
        if (list != NULL && strcmp(found->key, key) == 0) {
            return true;
        }
    }
    return false;
}

// What a key is in a phase: what its entry says, or else the scenario.
static void value_in(const char *entry, const char *scenario, const char *key,
                     char value[VALUE_SIZE]) {
    REQUIRE(key[0] != 0);
    struct past_item item;
    if (find_item(entry, key, &item)) {
        snprintf(value, VALUE_SIZE, "%s", item.value);
    } else if (!canonical_text_value(scenario, canonical_text_key(key), value, VALUE_SIZE)) {
        snprintf(value, VALUE_SIZE, "none");
    }
}

void past_changes_value(const struct past_changes *changes, const char *scenario, int64_t time_ns,
                        const char *key, char *value, size_t size) {
    REQUIRE(size > 0);
    char whole[VALUE_SIZE];
    size_t i = 0;
    while (i < changes->count && changes->changes[i].time_ns <= time_ns) {
        i++;
    }
    value_in(i < changes->count ? changes->changes[i].before : "", scenario, key, whole);
    snprintf(value, size, "%s", whole);
}

struct description {
    const char *scenario;
    const char *before; // entries of the two phases
    const char *after;
    char *text;
    size_t size;
};

static void describe_key(const struct description *description, const char *key) {
    char before[VALUE_SIZE];
    char after[VALUE_SIZE];
    value_in(description->before, description->scenario, key, before);
    value_in(description->after, description->scenario, key, after);
    size_t used = strlen(description->text);
    if (strcmp(before, after) != 0) {
        snprintf(description->text + used, description->size - used, "%s%s from %s to %s",
                 used == 0 ? "" : ", ", key, before, after);
    }
}

void past_changes_describe(const struct past_changes *changes, const char *scenario, size_t index,
                           char *text, size_t size) {
    REQUIRE(index < changes->count && size > 0);
    bool last = index + 1 == changes->count;
    const struct description description = {.scenario = scenario,
                                            .before = changes->changes[index].before,
                                            .after = last ? "" : changes->changes[index + 1].before,
                                            .text = text,
                                            .size = size};
    struct past_item item;
    struct past_item other;
    text[0] = 0;
    for (const char *at = next_item(description.before, &item); at != NULL;
         at = next_item(at, &item)) {
        describe_key(&description, item.key);
    }
    for (const char *at = next_item(description.after, &item); at != NULL;
         at = next_item(at, &item)) {
        if (!find_item(description.before, item.key, &other)) {
            describe_key(&description, item.key);
        }
    }
}
