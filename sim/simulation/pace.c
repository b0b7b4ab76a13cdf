// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/pace.h"

// So many events at one instant, and so many more for each worker. A gradient makes six; a log of
// them would fill the disk.
enum { EVENTS_AT_ONE_INSTANT_MAX = 1000000, EVENTS_AT_ONE_INSTANT_PER_WORKER_MAX = 100 };

void pace_note_version(struct pace *pace, int64_t now_ns) {
    REQUIRE(now_ns >= pace->version_made_ns);
    pace->version_made_ns = now_ns;
}

bool pace_stands_still(struct pace *pace, int64_t now_ns, uint64_t events, int32_t workers) {
    REQUIRE(now_ns >= pace->checked_ns && events >= pace->checked_events && workers >= 1);
    if (now_ns > pace->checked_ns) {
        pace->checked_ns = now_ns;
        pace->checked_events = events;
    }
    uint64_t most =
        EVENTS_AT_ONE_INSTANT_MAX + EVENTS_AT_ONE_INSTANT_PER_WORKER_MAX * (uint64_t)workers;
    return events - pace->checked_events > most;
}
