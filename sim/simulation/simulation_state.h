// SPDX-License-Identifier: GPL-3.0-or-later
// The state of one run: what it was given, and what each of its parts keeps. The parts that work on
// it include this; it includes none of them.
#pragma once

#include "sim/engine/engine.h"
#include "sim/simulation/evaluation.h"
#include "sim/simulation/in_flight.h"
#include "sim/simulation/pace.h"
#include "sim/simulation/prober.h"
#include "sim/simulation/row_output.h"
#include "sim/simulation/run_end.h"
#include "sim/simulation/simulation_options.h"
#include "sim/simulation/staleness_balance.h"
#include "sim/training/optimizer_state.h"
#include "sim/training/parameter_server.h"
#include "sim/training/worker.h"

// What carries one message at a time each way.
struct message_port {
    uint64_t name;       // of an uplink (port_spans)
    int64_t in_free_ns;  // when it is free for the next push
    int64_t out_free_ns; // for the next reply
};

struct simulation {
    const struct simulation_options *options;
    const struct scenario *scenario; // of the present phase: what may change midway is read here
    struct span_source spans;        // of the present phase
    size_t phase;                    // of options->phases; phase_count: the last
    bool random_ties;
    bool looks_ahead; // so many workers are simulated that they are not all in the caches
    bool computes;    // false in timing-only runs, and in a rerun: no values then, no jobs, no sums
    const struct runlog *recorded; // what they gave, in a rerun (rerun.h), else NULL
    struct run_end end;
    struct engine engine;
    struct parameter_server server;
    struct worker *workers;
    struct in_flight_table flights;
    struct in_flight_chain *lives; // (workers): of what each has under way since it was last back;
                                   // NULL: nothing happens to the cluster
    struct parameter_store store;  // empty in timing-only runs
    struct evaluator evaluator;
    struct row_output output;
    int64_t dispatched;
    int64_t event_rows; // events told to the sinks
    int64_t gradients_applied;
    int64_t update_span_ns;   // of the update under way
    struct message_port port; // the server's
    struct message_port *uplinks;
    size_t uplink_count, uplink_capacity;
    struct runlog_service service;
    bool diverged;
    struct local_run *local; // NULL where there is a parameter server (local_models.h)
    float *sum;              // (parameters): of one flush
    struct optimizer_state optimizer;
    struct prober prober;
    int32_t *samples; // (batch), if samples are logged
    struct staleness_balance staleness;
    struct pace pace;
    struct incident_calendar *incidents; // borrowed; NULL: nothing happens to the cluster
    struct silence *silences;            // (workers) simulation_missing.h; NULL: nobody is missed
    struct silence *silences_ahead;      // (workers) as far as a reduction has looked ahead
    int64_t next_call_ns;                // when the roll is called next for a silence
    int64_t happened_ns;                 // when anything did last, but for calls of the roll
    int64_t received_ns;                 // of the last receipt
    int64_t after_receipt_ns;            // of the update under way: it began so long after that
    int64_t cancelled_events;            // in the engine's queue, that will not happen
    bool short_of_room;                  // a sink says so
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

// The staleness identity (staleness_balance.h), looked at over all that is open.
bool simulation_staleness_adds_up(const struct simulation *sim);
