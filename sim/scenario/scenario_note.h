// SPDX-License-Identifier: GPL-3.0-or-later
// What a user wrote and what yet has no effect, since another choice makes it inapplicable: it is
// no mistake (a sweep over policies has it in every cell), but whoever wrote it should know.
#pragma once

#include <stdbool.h>

#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_check.h"
#include "sim/scenario/scenario_schema.h"

// Of one scenario, or of the cells of a sweep together: a key that has an effect in one of them is
// not told. Start from {0}; release with scenario_notes_reset.
struct scenario_notes {
    bool settings_only; // the text is not the user's: that of a log
    struct scenario_note {
        bool applies;      // somewhere
        char *place;       // where it was written, first; NULL: nowhere without effect
        char *group;       // the group that it was written in the map of; NULL: in none
        char *group_place; // of that map
        char *reason;      // "policy is async"
    } keys[KEY_COUNT];
    struct scenario_notes *past; // (past_count) of the entries of its past
    size_t past_count;
};

// Adds the written keys of a scenario, before what does not apply is dropped from it.
void scenario_notes_add(struct scenario_notes *notes, const struct scenario_places *places,
                        const struct scenario *scenario);

// Those of an entry of the past, from 0 on: what is written there is the user's, however the rest
// came. Valid until another entry is asked for.
struct scenario_notes *scenario_notes_of_past(struct scenario_notes *notes, size_t entry);

// One sentence for each, in the order of the schema, and then those of the past: "note: PLACE: KEY
// has no effect: REASON"; of a map all of whose keys have none for one reason, one for the map.
void scenario_notes_tell(const struct scenario_notes *notes, void (*tell)(const char *sentence));

void scenario_notes_reset(struct scenario_notes *notes);
