// SPDX-License-Identifier: GPL-3.0-or-later
// When nothing can happen any more, or not before the end: who is waited for, and why.
//
// A run has stalled if, when its time is over, nothing has happened for longer than ever before,
// and the next event would come only after a pause that is as long as the whole run since its
// start-up, and ten times as long as every pause and every gradient before (a hundred times if no
// version was made), while somebody waits for others, or some version was made; or if the server
// does one thing for so long; or if all that is left would come after an incident that lasts to the
// end. A function of the simulated run alone; the span of an update under
// way, which is in no log, is drawn again by a repetition. Not looked at: runs whose end is a
// count, which go on to that event.
#pragma once

#include "sim/simulation/simulation_state.h"

// Requires: the end is a time, nothing is left to happen up to it, and what is cancelled is off the
// queue's front. True: says in sim->failure for whom it waits.
bool simulation_has_stalled(struct simulation *sim);

// The same of a run whose end is a count, at once: all that is left would come after an incident
// that lasts to the end.
bool simulation_waits_for_ever(struct simulation *sim);

// Since when: the last version was made then, or the start-up was over.
int64_t simulation_progress_ended_ns(const struct simulation *sim);

// Says in sim->failure what lies beyond the end of the clock: the worker, the gradient and the span
// of the first event that was scheduled there. Requires: no other event is left.
void simulation_explain_clock(struct simulation *sim);
