// SPDX-License-Identifier: GPL-3.0-or-later
// The swarm: scenario after scenario from one seed, each checked in a process of its own. One that
// reaches what none before it did is kept, and half of those that follow are made from those that
// are kept. What comes of it depends on the seed and the number alone, not on how many run at once.
#pragma once

#include <stdio.h>

#include "tests/support/swarm_check.h"

enum { SWARM_FINDINGS_MOST = 5 };

struct swarm_hunt {
    // asked for
    size_t wanted; // scenarios that come to an end
    uint64_t seed;
    int32_t jobs;       // at once
    unsigned seconds;   // that one may take
    const char *folder; // for files of runs, and of findings
    FILE *told;         // findings and progress; NULL: nobody is told
    // what came of it
    size_t tried, held, no_run, kept, findings;
    uint64_t fingerprint; // of all of their fingerprints
    struct swarm_behaviours behaviours;
};

// Until there are enough, or as many findings. Each finding is written into the folder twice: as it
// was found, and as the smallest that breaks in the same way.
void swarm_hunt(struct swarm_hunt *hunt);

// "policy, kind, state, count" of all that was reached, in lines with tabs.
void swarm_hunt_tell_behaviours(const struct swarm_behaviours *behaviours, FILE *out);
