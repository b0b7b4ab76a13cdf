// SPDX-License-Identifier: GPL-3.0-or-later
// What a run is asked for besides its scenario.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/cluster/span_source.h"
#include "sim/runlog/run_sink.h"

enum { RUN_SINKS_MAX = 8 };

struct dataset;

struct run_options {
    const char *output;              // PATH of the HDF5 log; NULL: none
    const char *const *inputs;       // (input_count): files that are read besides the data; none
    size_t input_count;              // of them is written to
    const char *data_folder;         // --data; NULL: as data_folder.h says
    struct dataset **opened_data;    // read from there already (run_inputs.h); may be NULL
    int32_t threads;                 // >= 1
    const struct kernels *kernels;   // of arithmetic: portable; NULL: the fastest. Changes no bit
    const struct span_source *spans; // NULL: from the scenario's laws
    const struct runlog *replay_of;  // takes the spans of this log (recorded_spans.h)
    const struct runlog *fork_of;    // what began before fork_at_ns in this log takes its spans
    int64_t fork_at_ns;              // from there; NULL: nothing does
    const struct run_sink *sinks;    // besides the log
    size_t sink_count;
    const volatile sig_atomic_t *interrupted; // may be NULL
    // With an output: checkpoints beside it, from which a later call with "resume" goes on.
    bool checkpoints;
    bool resume;               // requires: checkpoints, an output
    const char *continued_by;  // who does so, for messages; NULL: the same command with --resume
    double checkpoint_seconds; // of the host's clock between two; 0: only when asked for
    const volatile sig_atomic_t *checkpoint_requests; // counts from 0; may be NULL
    void (*notice)(const char *sentence);             // may be NULL: what the user should know
    int64_t evaluate_before_ns;                       // see simulation.h; 0 for a run
    void (*progress)(void *context, int64_t now_ns, double fraction); // may be NULL
    void *progress_context;
};
