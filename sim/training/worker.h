// SPDX-License-Identifier: GPL-3.0-or-later
// A simulated worker as its clock sees it: computing, communicating or waiting, and for how long.
// busy + waiting + communicating + down = now - start, always, to the nanosecond.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum worker_state {
    WORKER_BUSY,          // computing its gradient, delays included
    WORKER_COMMUNICATING, // push, the server's queue and services, the way back
    WORKER_WAITING,       // its gradient lies in the buffer until others come
    WORKER_DOWN,          // crashed, and not yet back
    WORKER_STATE_COUNT,
};

struct worker {
    enum worker_state state;
    int64_t since_ns;                     // when this state began
    int64_t spent_ns[WORKER_STATE_COUNT]; // in finished stretches
    int64_t next_number;                  // gradients dispatched so far
    int64_t dropped;
    bool idles;         // until a crash that it is told of (simulation_notice.h)
    int64_t life;       // how often it has come back from a crash
    int64_t taken_life; // of the last gradient that its momentum has taken up
};

void worker_init(struct worker *worker, int64_t start_ns);

// Ends the current stretch at now_ns and begins the next. Requires: now_ns is not before the last
// change.
void worker_enter(struct worker *worker, enum worker_state state, int64_t now_ns);
