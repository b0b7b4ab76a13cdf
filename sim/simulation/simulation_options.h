// SPDX-License-Identifier: GPL-3.0-or-later
// What a run is given, and what comes of it.
#pragma once

#include <signal.h>

#include "models/data/shard.h"
#include "sim/cluster/crash_notice.h"
#include "sim/cluster/incident_calendar.h"
#include "sim/cluster/span_source.h"
#include "sim/executor/executor.h"
#include "sim/runlog/run_sink.h"
#include "sim/scenario/scenario.h"
#include "sim/simulation/checkpoint_keeper.h"

// A stretch of the run before the last one (sim/scenario/scenario_past.h). Borrowed.
struct simulation_phase {
    int64_t until_ns;
    const struct scenario *scenario; // its training, policy and cluster's laws
    struct span_source spans;
    struct crash_notices *notices; // NULL: of no crash
};

// Everything is borrowed.
struct simulation_options {
    const struct scenario *scenario;
    struct span_source spans;
    const struct simulation_phase *phases; // (phase_count), in order of time: those before
    size_t phase_count;                    // 0: the scenario holds from the beginning
    struct crash_notices *notices;         // of the last one; NULL: of no crash
    struct incident_calendar *incidents;   // of all phases; NULL: nothing happens to the cluster
    const struct runlog_header
        *header;               // what is known before the first event; also the initial parameters
    struct executor *executor; // NULL: timing only
    const struct shard_plan
        *shards;         // for logging the samples, and weighing by them; NULL without data
    int64_t train_count; // samples of the training set, for an end in epochs
    const struct run_sink *sinks;
    size_t sink_count;
    const volatile sig_atomic_t *interrupted; // may be NULL; non-zero: stop before the next event
    struct checkpoint_keeper *keeper;         // NULL: no checkpoints
    // A run that goes on from this checkpoint: its events up to there are run again (the rerun:
    // rerun.h) with the rows that were recorded of them (gradients by index; without values), and
    // then the checkpoint is restored. NULL both: from the beginning.
    struct checkpoint *checkpoint;
    const struct runlog *recorded;
    const struct runlog *timeline; // of a counterfactual scenario, whose K hold; else NULL
    int64_t evaluate_before_ns; // if interrupted, evaluations due before this time are still made
                                // (a replay's: up to the last one recorded)
    void (*progress)(void *context, int64_t now_ns, double fraction); // may be NULL; called often
    void *progress_context;
};

struct simulation_result {
    enum run_status status;
    int64_t end_ns;
    uint64_t events; // that happened
    uint64_t timeline_fingerprint;
    uint64_t parameter_fingerprint;
    bool rerun_differs; // RUN_FAILED: the rerun did not lead to the checkpoint; sinks that have its
                        // rows were sent nothing, no "end" either
    bool sink_failed;   // RUN_FAILED: for that
    bool short_of_room; // RUN_INTERRUPTED: by a sink, so that what is written can be kept
    int64_t stalled_since_ns;      // RUN_STALLED
    char failure[RUN_REASON_SIZE]; // RUN_FAILED: why; RUN_STALLED: for whom it waits
};
