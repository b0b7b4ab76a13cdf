// SPDX-License-Identifier: GPL-3.0-or-later
// A scheduled event, and THE order in which events happen.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct event {
    int64_t time_ns;
    uint64_t tie;       // 0 under the tie rule fifo, a random key under random
    uint64_t sequence;  // the order of scheduling; never equal for two events
    uint32_t kind;      // the owner's enum
    uint32_t reference; // what it is about: the owner's index
};

// Earlier time first; at equal times the smaller tie key; at equal keys what was scheduled first.
// Nothing else ever decides: sequence numbers are distinct, so the order is total.
static inline bool event_before(const struct event *a, const struct event *b) {
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns;
    }
    if (a->tie != b->tie) {
        return a->tie < b->tie;
    }
    return a->sequence < b->sequence;
}
