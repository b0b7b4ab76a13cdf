// SPDX-License-Identifier: GPL-3.0-or-later
// All that the swarm asks of one scenario. It runs
//   plainly, watched event by event (swarm_watch.h), its log audited (log_audit.h)
//   on two to four threads, with the arithmetic of an instruction set of this CPU
//   forked, without a change, at a random moment; with a past: from the run of what held until then
//   forked, with a change, just where an event is: as the scenario with a past that this makes,
//   whose log is audited
//   killed (or interrupted) at a random event after a random checkpoint, and resumed: to a file,
//   which is verified (sim/run/verify.h): seal, spans and replay
// and each must come to the same events, rows, parameters and fingerprints. Its own seed decides
// where it is forked and killed, so that its text repeats all of it.
#pragma once

#include "tests/support/swarm_watch.h"

enum swarm_verdict {
    SWARM_HOLDS,
    SWARM_BREAKS,
    SWARM_NO_RUN, // refused; too long; or its clock has no room for what happens
};

// Plain data: a child hands it over in shared memory.
struct swarm_report {
    enum swarm_verdict verdict;
    char what[48]; // is wrong: which of the runs
    char why[SWARM_PROBLEM_SIZE];
    uint64_t timeline, parameters; // fingerprints
    struct swarm_behaviours behaviours;
};

// folder: for its files. *report: zeroed.
void swarm_check(const char *text, const char *folder, struct swarm_report *report);
