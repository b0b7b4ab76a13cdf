// SPDX-License-Identifier: GPL-3.0-or-later
// How the clock of a run moves: whether it stands still, and how long things have ever taken.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/check.h"

// Starts as zeroes.
struct pace {
    int64_t checked_ns; // when the clock was last seen to have moved
    uint64_t checked_events;
    int64_t version_made_ns; // when the last version was made; 0: none was
    int64_t longest_wait_ns; // between two events, or for a gradient, since the start-up
};

// The clock has stood so long between two events, or a gradient has taken so long.
static inline void pace_note_wait(struct pace *pace, int64_t wait_ns) {
    REQUIRE(wait_ns >= 0);
    if (wait_ns > pace->longest_wait_ns) {
        pace->longest_wait_ns = wait_ns;
    }
}

void pace_note_version(struct pace *pace, int64_t now_ns);

// Asked between events, now and then: whether so many have happened at one instant that no span of
// the scenario moves the clock.
bool pace_stands_still(struct pace *pace, int64_t now_ns, uint64_t events, int32_t workers);
