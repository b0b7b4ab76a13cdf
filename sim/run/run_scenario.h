// SPDX-License-Identifier: GPL-3.0-or-later
// One run from a checked scenario to a finished log file.
#ifndef DESGD_RUN_RUN_SCENARIO_H
#define DESGD_RUN_RUN_SCENARIO_H

#include <signal.h>

#include "sim/cluster/span_source.h"
#include "sim/runlog/run_sink.h"
#include "sim/scenario/scenario.h"
#include "sim/simulation/simulation.h"

struct run_options {
    const char *output;              // PATH of the HDF5 log; NULL: none
    const char *const *inputs;       // (input_count): files that are read besides the data; none
    size_t input_count;              // of them is written to
    const char *data_folder;         // --data; NULL: as data_folder.h says
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

// Times of the host, in seconds.
struct run_outcome {
    struct simulation_result result;
    double simulate_seconds; // events and arithmetic, up to the closed journal
    double publish_seconds;  // journal to HDF5
    bool had_ended;          // to be resumed, but there was nothing left to simulate
    bool can_resume;         // interrupted, and there is a checkpoint
    bool is_foreign; // STATUS_BAD_DATA: what was to be resumed is of another scenario, other
                     // data, arithmetic or version; without "resume" it is replaced
};

enum { RUN_SINKS_MAX = 8 };

// Returns STATUS_OK, STATUS_DIVERGED or STATUS_INTERRUPTED (the log is whole in all three), or an
// error of the inputs (65, 66) or of the output (73, 74); then no file is left under the final
// name, but of a run that failed after something was played (65): its log up to there, status
// failed; and of one that was interrupted since there is hardly room left (74): as of others.
// What the output's names hold that is not this program's, or is read, is in the way (73):
// run_claim.h. A run that cannot be written keeps its journal if there is a checkpoint. Sinks that
// ask for values and samples do not get those of a resumed run's rerun.
enum status run_scenario(const struct scenario *scenario, const struct run_options *options,
                         struct run_outcome *outcome, struct error *error);

// Makes the log of a run that had ended when its file could not be written. Errors: of
// runlog_recover.
enum status run_recover(const char *journal, const char *output, struct error *error);

// The processors that this process may use.
int32_t run_default_threads(void);

#endif
