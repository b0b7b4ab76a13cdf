// SPDX-License-Identifier: GPL-3.0-or-later
// The state of one run, shared by the files that make up the simulation (simulation*.c,
// update_step.c).
#ifndef DESGD_SIMULATION_SIMULATION_STATE_H
#define DESGD_SIMULATION_SIMULATION_STATE_H

#include "sim/engine/engine.h"
#include "sim/simulation/evaluation.h"
#include "sim/simulation/in_flight.h"
#include "sim/simulation/row_output.h"
#include "sim/simulation/simulation.h"
#include "sim/training/optimizer_state.h"
#include "sim/training/parameter_server.h"
#include "sim/training/worker.h"

struct simulation {
    const struct simulation_options *options;
    const struct scenario *scenario; // of the present phase: what may change midway is read here
    struct span_source spans;        // of the present phase
    size_t phase;                    // of options->phases; phase_count: the last
    bool random_ties;
    bool computes; // false in timing-only runs, and while a past is run again: no values then, no
                   // jobs, no sums; what they gave comes from "past"
    const struct runlog *past; // while it is run again, else NULL
    int64_t end_ns;            // SIM_TIME_NEVER if the end is a count, which then is one of:
    int64_t end_updates;
    int64_t end_gradients;
    struct engine engine;
    struct parameter_server server;
    struct worker *workers;
    struct in_flight_table flights;
    struct parameter_store store; // empty in timing-only runs
    struct evaluator evaluator;
    struct row_output output;
    int64_t dispatched;
    int64_t event_rows; // events told to the sinks
    int64_t gradients_applied;
    int64_t update_span_ns; // of the update under way
    bool diverged;
    struct local_run *local; // NULL where there is a parameter server (local_models.h)
    float *sum;              // (parameters): of one flush
    struct optimizer_state optimizer;
    int32_t *samples;           // (batch), if samples are logged
    int64_t open_reads;         // versions held by open gradients and by replies under way
    int64_t staleness_closed;   // left-hand side of the identity below, but for what is open
    int64_t staleness_expected; // its right-hand side
    int64_t cancelled_events;   // in the engine's queue, that will not happen
    int64_t checked_ns;         // for noticing that the clock stands still
    uint64_t checked_events;
    int64_t version_made_ns; // when the last version was made; 0: none was
    int64_t longest_wait_ns; // between two events, or for a gradient, since the start-up
    bool short_of_room;      // a sink says so
    bool sink_failed;
    char failure[RUN_REASON_SIZE];
};

struct simulation *simulation_state_create(const struct simulation_options *options);
void simulation_state_destroy(struct simulation *sim);

// Goes over to the phase that an event at this time belongs to, if it is another one. The state is
// kept as it is.
void simulation_enter_phase(struct simulation *sim, int64_t time_ns);

// Fingerprint of the current parameters; 0 in timing-only runs.
uint64_t simulation_parameter_hash(const struct simulation *sim);

// The staleness identity, exact for any law, any policy and a varying K: with V the version now and
// o_f what is open after the gradients of flush f have left it,
//   sum over closed (V when closed - read) + sum over open (V - read) = sum over f of o_f;
// open: gradients computing, in transit, queued or buffered, and replies under way (their version
// for "read"); closed: applied (V: the version applied to), cancelled or dropped. Where every
// worker has exactly one of them open, o_f is P less the workers that are replied to after flush f.
bool simulation_staleness_adds_up(const struct simulation *sim);

#endif
