// SPDX-License-Identifier: GPL-3.0-or-later
// A run that is still going on, as far as its journal tells: where it has come to, and what
// happened last. The rows come table by table, so what is known of each is taken by itself.
#pragma once

#include <stdio.h>

#include "sim/runlog/run_sink.h"

struct followed {
    bool started; // it has a header
    bool ended;   // and an end
    enum run_status status;
    char policy[32];
    int32_t workers;
    bool has_events;
    int64_t end_ns;           // of the scenario; SIM_TIME_NEVER: it is none in time
    int64_t now_ns;           // of the last row; -1: there is none
    int64_t gradients;        // applied
    struct update_row update; // the last; version 0: none yet
    struct evaluation_row evaluation;
    bool evaluated;
    struct event_row *recent; // the last events, (kept) as a ring
    size_t kept;
    size_t event_count; // in all: the last is recent[(event_count - 1) % kept]
};

// A sink that fills *followed, which is zeroed; what an earlier one has left is used again. Release
// with followed_reset.
struct run_sink followed_sink(struct followed *followed);
void followed_reset(struct followed *followed);

// How many of the last events are known, and the i-th of them in their order.
size_t followed_recent_count(const struct followed *followed);
const struct event_row *followed_recent(const struct followed *followed, size_t index);

// "12.300 s (12 %)   version 81   K 4   accuracy 70.70 %   66.1 gradients/s": a line without its
// end. per_second: gradients in a second of the host, as its reader has seen them; NaN: not known.
void followed_print(FILE *out, const struct followed *followed, double per_second);
