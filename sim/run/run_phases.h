// SPDX-License-Identifier: GPL-3.0-or-later
// The phases of a run (sim/scenario/scenario_past.h), each with its own laws, ready to be
// simulated.
#pragma once

#include "sim/run/recorded_spans.h"
#include "sim/run/run_options.h"
#include "sim/run/run_times.h"
#include "sim/scenario/scenario_past.h"
#include "sim/simulation/simulation_options.h"

// What one phase draws from.
struct run_phase_laws {
    struct span_laws laws;
    struct crash_notices *notices;  // NULL: of no crash
    struct recorded_spans recorded; // where the run has a recorded past, or is a replay
};

struct run_phases {
    struct simulation_phase *before; // (count): those before the last
    size_t count;
    struct span_source last;
    struct scenario_phase *scenarios;    // (count), those of "before"
    struct run_phase_laws *laws;         // (count + 1)
    int64_t *updates_began_ns;           // of the log of the recorded past; NULL: there is none
    struct run_times times;              // of all phases
    struct incident_calendar *incidents; // NULL: nothing happens to the cluster
};

// parameter_count: 0 in timing-only runs; a message is 4 bytes for each unless the scenario says.
// Of the options it takes spans, replay_of, fork_of and fork_at_ns, borrowed. Errors: those of
// run_times_open; a replay needs no file of times, since the log has them.
enum status run_phases_create(const struct scenario *scenario, int64_t parameter_count,
                              const struct run_options *options, struct run_phases **phases,
                              struct error *error);
void run_phases_destroy(struct run_phases *phases);
