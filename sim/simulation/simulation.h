// SPDX-License-Identifier: GPL-3.0-or-later
// One run: the only place that knows engine (when), cluster (how long) and training (what next),
// and turns the effects of the state machines into events. One handler per kind of event.
#pragma once

#include "sim/simulation/simulation_options.h"

// Runs to the end and tells every sink; RUN_STALLED: nothing happened up to the end any more
// (simulation_stall.h). Ends early with RUN_DIVERGED, RUN_INTERRUPTED, or RUN_FAILED: a sink
// failed, time stands still, the next event lies past the end of the clock, or so far away that
// there would be more than EVALUATIONS_MAX evaluations up to it, or the rerun differs from what was
// recorded. With a keeper an interrupted run leaves a checkpoint. Of a run that goes on every sink
// gets all rows, the rerun's too, unless it has them (run_sink.h); without the gradients' values
// and the samples.
struct simulation_result simulation_run(const struct simulation_options *options);

// Whether a run ended with RUN_FAILED because its events made too many incidents (incident_plan.h),
// which its log does not have.
bool simulation_failed_for_incidents(const struct runlog_ending *ending);
