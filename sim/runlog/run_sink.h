// SPDX-License-Identifier: GPL-3.0-or-later
// Where a simulation sends its rows while it runs: the journal, a log in memory, the comparison of
// a replay. All calls come from the simulation's thread; the rows of each table come in an order
// that the scenario alone determines (but when evaluations come between the others depends on the
// threads). A NULL function is not called. Sinks do not fail: one that cannot go on remembers its
// error and answers true to "failed".
#pragma once

#include "sim/runlog/runlog.h"

struct run_sink {
    void *context;
    void (*start)(void *context, const struct runlog_header *header); // once, first
    // A log without events (header.events false) ignores these.
    void (*event)(void *context, const struct event_row *row);
    // Final rows, each "index" (the dispatch order, from 0) once, in any order. samples:
    // (sample_columns) or NULL: -1 each.
    void (*gradient)(void *context, int64_t index, const struct gradient_row *row,
                     const int32_t *samples);
    // The gradient itself, (parameter_count), of an applied one, some time before its row. A log
    // without them (header.gradient_values false) ignores it.
    void (*values)(void *context, int64_t index, const float *values);
    void (*update)(void *context, const struct update_row *row);
    void (*evaluation)(void *context, const struct evaluation_row *row); // in time order
    void (*reduction)(void *context, const struct reduction_row *row);   // as they begin
    void (*incident)(void *context, const struct incident_row *row);     // as they begin
    void (*probe)(void *context, const struct probe_row *row);           // as they are applied
    void (*end)(void *context, const struct runlog_ending *ending);      // once, last
    bool (*failed)(void *context); // asked now and then; true stops the run
    // Asked as often; true interrupts the run: there is room for its end, but not for
    // much more.
    bool (*short_of_room)(void *context);
    // Of a run that goes on from a checkpoint, whose events up to there are run again (the rerun):
    // this sink holds their rows already, and is sent the new ones only.
    bool has_rerun;
    void (*rerun_is_over)(void *context); // the rows to come are new
};

// A sink that keeps everything in *log (which must be zeroed and is the caller's). Every NaN
// becomes the canonical one, as in the file.
struct run_sink runlog_memory_sink(struct runlog *log);

// Sends a log to a sink, but for events and values: what a summary needs of a run that is over.
void runlog_play(const struct runlog *log, const struct run_sink *sink);
