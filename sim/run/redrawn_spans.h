// SPDX-License-Identifier: GPL-3.0-or-later
// Draws every span of a log anew, from the laws and the seed of its scenario, and holds the
// recorded ones against them: a replay takes the spans from the file, and so cannot know whether
// they are those of the scenario beside them.
//
// Another libm may round a sampled double to its neighbour. So a recorded span may differ from the
// drawn one by 1 ns, and by 2^-46 of itself (which is 1 ns from 20 hours on), for each draw that is
// in it; it is then counted as rounded. A span without a random draw must be equal, and so must
// the keys of random ties and the bytes of an all-reduce. Of incidents the beginnings and ends are
// held against those that the events give.
#pragma once

#include "sim/runlog/runlog.h"
#include "sim/scenario/scenario.h"

// Spans of gradients, updates and reductions. Keys of ties count where ties are random.
struct span_tally {
    uint64_t compared;
    uint64_t rounded; // differ as another libm may round
    uint64_t other;   // are not those of the scenario
    char first[320];  // the first of these, a sentence; "": none. Where nothing was compared: why
};

// Requires: the scenario has the log's workers. Reads nothing but the rows of the log, and files of
// measured times. Errors: those of run_times_open.
enum status redrawn_spans_compare(const struct runlog *log, const struct scenario *scenario,
                                  struct span_tally *tally, struct error *error);
