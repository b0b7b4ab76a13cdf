// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_note.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_variation.h"
#include "sim/training/threshold_schedule.h"

// The first key whose value, with that of so many others, keeps a key from having an effect.
// KEY_COUNT: none.
static enum scenario_key decider_of(enum scenario_key key, struct scenario *scenario,
                                    bool with_another) {
    REQUIRE(key < KEY_COUNT && !variation_may_apply(key, scenario));
    enum scenario_key varied[] = {0, 0, key};
    for (; varied[0] < KEY_COUNT; varied[0]++) {
        bool decides = variation_may_apply(varied[0], scenario);
        varied[1] = with_another ? varied[0] + 1 : KEY_COUNT - 1;
        for (; decides && varied[1] < KEY_COUNT; varied[1]++) {
            if (variation_applies(key, scenario, varied, 3)) {
                return varied[0];
            }
        }
    }
    return KEY_COUNT;
}

// What decides; where it takes more than two keys, what it takes.
static char *reason_of(enum scenario_key key, struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT);
    struct text_buffer reason = {0};
    const struct policy_options *policy = &scenario->training.policy;
    if (key == KEY_THRESHOLD_END && policy_table[policy->policy].has_threshold &&
        schedule_table[policy->threshold.schedule].has_increment) {
        text_buffer_add(&reason, policy->threshold.end == THRESHOLD_PRESENT
                                     ? "K steps up to those who are present in any case"
                                     : "K does not step past it");
        return reason.text;
    }
    enum scenario_key decider = decider_of(key, scenario, false);
    decider = decider == KEY_COUNT ? decider_of(key, scenario, true) : decider;
    if (decider == KEY_COUNT) {
        text_buffer_add(&reason, "it takes ");
        variation_write(key, &reason);
    } else {
        text_buffer_add(&reason, "%s is ", variation_short_name(decider));
        value_write(decider, scenario, &reason);
    }
    return reason.text;
}

static char *place_of(const struct node *node) {
    REQUIRE(node->source != NULL);
    struct text_buffer place = {0};
    node = node->key != NULL ? node->key : node;
    text_buffer_add(&place, "%s:%" PRId32 ":%" PRId32, node->source->name, node->line,
                    node->column);
    return place.text;
}

// The map, or the value short for one, that a key was written in; NULL: it stands at the top.
static const struct node *group_of(const struct node *root, const char *dotted, size_t *length) {
    REQUIRE(root->kind == NODE_MAP);
    const struct node *group = root;
    const char *word = dotted;
    for (const char *dot = strchr(word, '.'); dot != NULL && group != NULL;
         dot = strchr(word, '.')) {
        struct text_buffer name = {0};
        text_buffer_add_bytes(&name, word, (size_t)(dot - word));
        group = group->kind == NODE_MAP ? node_member(group, text_buffer_text(&name)) : group;
        text_buffer_clear(&name);
        word = dot + 1;
    }
    *length = word == dotted ? 0 : (size_t)(word - dotted - 1);
    return *length == 0 ? NULL : group;
}

static void fill(struct scenario_note *note, enum scenario_key key,
                 const struct scenario_places *places, struct scenario *scenario) {
    REQUIRE(note->place == NULL && note->reason == NULL);
    const struct node *node = places->written[key];
    size_t length = 0;
    const struct node *group = group_of(places->root, schema_table[key].key, &length);
    note->place = place_of(node);
    note->reason = reason_of(key, scenario);
    if (group != NULL && group->source == node->source) {
        struct text_buffer name = {0};
        text_buffer_add_bytes(&name, schema_table[key].key, length);
        note->group = name.text;
        note->group_place = place_of(group);
    }
}

void scenario_notes_add(struct scenario_notes *notes, const struct scenario_places *places,
                        const struct scenario *scenario) {
    REQUIRE(places->root != NULL);
    struct scenario tried = *scenario;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const struct node *node = places->written[key];
        struct scenario_note *note = &notes->keys[key];
        if (node == NULL || note->applies ||
            (notes->settings_only && node->source == places->root->source)) {
            continue;
        }
        note->applies = variation_may_apply(key, &tried);
        if (!note->applies && note->place == NULL) {
            fill(note, key, places, &tried);
        }
    }
}

struct scenario_notes *scenario_notes_of_past(struct scenario_notes *notes, size_t entry) {
    REQUIRE(entry <= notes->past_count);
    if (entry == notes->past_count) {
        notes->past = memory_resize(notes->past, entry + 1, sizeof *notes->past);
        notes->past[notes->past_count++] = (struct scenario_notes){.settings_only = true};
    }
    return &notes->past[entry];
}

static bool is_told(const struct scenario_note *note) {
    REQUIRE((note->place == NULL) == (note->reason == NULL));
    return note->place != NULL && !note->applies;
}

static bool same_group(const struct scenario_note *a, const struct scenario_note *b) {
    REQUIRE((a->group == NULL) == (a->group_place == NULL));
    return a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0 &&
           strcmp(a->group_place, b->group_place) == 0;
}

static bool in_group(enum scenario_key key, const char *group) {
    REQUIRE(key < KEY_COUNT && group != NULL);
    size_t length = strlen(group);
    return strncmp(schema_table[key].key, group, length) == 0 &&
           schema_table[key].key[length] == '.';
}

// Whether all that was written in the map of a key is without effect for one reason, and is more
// than this key; of a value that is short for a map, also if it is only one.
static bool whole_group(const struct scenario_notes *notes, const struct scenario_note *note) {
    REQUIRE(is_told(note));
    bool whole = note->group != NULL;
    size_t count = whole && strcmp(note->place, note->group_place) == 0;
    for (enum scenario_key key = 0; key < KEY_COUNT && whole; key++) {
        const struct scenario_note *other = &notes->keys[key];
        bool told = is_told(other) && same_group(note, other);
        whole = !in_group(key, note->group) || !other->applies;
        whole = whole && (!told || strcmp(other->reason, note->reason) == 0);
        count += told;
    }
    return whole && count > 1;
}

static bool group_was_told(const struct scenario_notes *notes, enum scenario_key key) {
    REQUIRE(key < KEY_COUNT);
    for (enum scenario_key earlier = 0; earlier < key; earlier++) {
        if (is_told(&notes->keys[earlier]) &&
            same_group(&notes->keys[earlier], &notes->keys[key])) {
            return true;
        }
    }
    return false;
}

void scenario_notes_tell(const struct scenario_notes *notes, void (*tell)(const char *sentence)) {
    REQUIRE(notes != NULL && tell != NULL);
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const struct scenario_note *note = &notes->keys[key];
        bool whole = is_told(note) && whole_group(notes, note);
        if (!is_told(note) || (whole && group_was_told(notes, key))) {
            continue;
        }
        struct text_buffer sentence = {0};
        text_buffer_add(&sentence, "note: %s: %s has no effect: %s",
                        whole ? note->group_place : note->place,
                        whole ? note->group : schema_table[key].key, note->reason);
        tell(sentence.text);
        text_buffer_clear(&sentence);
    }
    for (size_t i = 0; i < notes->past_count; i++) {
        scenario_notes_tell(&notes->past[i], tell);
    }
}

void scenario_notes_reset(struct scenario_notes *notes) {
    REQUIRE(notes != NULL);
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        struct scenario_note *note = &notes->keys[key];
        memory_free(note->place);
        memory_free(note->group);
        memory_free(note->group_place);
        memory_free(note->reason);
    }
    for (size_t i = 0; i < notes->past_count; i++) {
        scenario_notes_reset(&notes->past[i]);
    }
    memory_free(notes->past);
    *notes = (struct scenario_notes){0};
}
