// SPDX-License-Identifier: GPL-3.0-or-later
// A scenario with a past: until some moments it was otherwise.
//
//   past: [{until: 40 s, policy.name: async}, {until: 60 s, policy.threshold.every: 300}]
//
// says that up to 40 s the policy was async, from there to 60 s what the scenario says but with
// every: 300, and from 60 s on what it says. Each entry names what differs from the scenario
// itself, not from its neighbour. A phase lasts from the end of the one before to its own: events
// at times below "until" happen in it, those at "until" or later in the next.
//
// At the change of phase nothing happens to the state of the run. Gradients keep the spans that
// were drawn when they were dispatched, an update under way the span drawn at its beginning; what
// begins later draws from the laws of its own phase. Every draw is keyed by (seed, purpose, worker,
// number) and by nothing else, so that two scenarios with equal laws share all spans of equal
// gradients, whatever happened to their policies. What the change of policy means to the server is
// said in sim/training/parameter_server.h.
//
// Canonical form: entries name only keys that may change and do change, with canonical values; an
// entry that would change nothing, or ends by the time that the first gradient starts, is left out.
// So a past without effect is no past, and the scenario equal to one that never had it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_node.h"
#include "sim/scenario/scenario_note.h"

enum { SCENARIO_PHASES_MAX = 16 };

struct scenario_phase {
    int64_t until_ns;
    struct scenario scenario; // what held until then; it has no past of its own
};

// What a past may say of a key.
enum past_rule {
    PAST_MAY_DIFFER, // it may change midway
    PAST_FOLLOWS,    // it has one value for the whole run, which a fork may change
    PAST_FIXED,      // it has one value for the whole run, which a fork cannot change
};

// The rule of a dotted key. why: the reason, half a sentence, unless it may differ.
enum past_rule scenario_past_rule(const char *dotted, const char **why);

// The phases before the last, in order, to be released with memory_free; *phases is NULL if there
// are none. Returns how many.
size_t scenario_past_phases(const struct scenario *scenario, struct scenario_phase **phases);

// Whether the file of a law, of now or of the past, is not in the scenario's list
// (scenario_times.h).
bool scenario_past_lacks_times(const struct scenario *scenario);

// The canonical text of a scenario as it is at its end: without its past, and without the semantics
// that it needs, which follow from all phases together. To be released with memory_free.
char *scenario_past_present_text(const struct scenario *scenario);

// Empty if every leaf in which two canonical texts differ may do so midway or, where it "forks", at
// a fork; else the sentence that says which may not.
void scenario_past_check_rules(const char *text, const char *other, bool forks, char *sentence,
                               size_t size);

// The place of a mistake: a node, or a name.
struct past_place {
    const struct node *node;
    const char *name;
};

// Writes the phases that have an effect into scenario->past. Errors: STATUS_BAD_DATA: the policy of
// a phase cannot change midway; too many phases for the room that there is.
enum status scenario_past_store(const struct scenario_phase *phases, size_t count,
                                struct scenario *scenario, const struct past_place *place,
                                struct error *error);

// For the parser: reads "past" as it was written (a list) into the canonical scenario->past.
// Everything else of *scenario must be resolved. Adds to notes (NULL: nobody asks) what was written
// in it and has no effect. Errors: STATUS_BAD_DATA.
enum status scenario_past_resolve(const struct node *list, struct scenario *scenario,
                                  struct scenario_notes *notes, struct error *error);
