// SPDX-License-Identifier: GPL-3.0-or-later
// Looks at a run event by event: the rules that hold at each moment, and what is reached. It knows
// a worker and a gradient by their events alone; what follows from all rows together is the audit's
// (log_audit.h).
//   time never goes back; versions rise by one; a version that is named has been made
//   a worker starts its gradients in order, one at a time, and none while it is down; what is ready
//   or cancelled is what it computes; who waits computes nothing
//   a gradient is ready, arrives and is received once each, in this order; it is lost once, and not
//   after that; a reply is to what was sent or cancelled, once
//   a gradient ends exactly once, by one row, which says what its events say; what is under way at
//   the end is so by events and by rows; staleness >= 0 is the difference of its versions;
//   updates apply as many gradients as are applied; the times of each worker add up
//   a run that stalls does so for something that lasts: else its workers wait for each other
#pragma once

#include <signal.h>

#include "sim/base/incident_kind.h"
#include "sim/runlog/run_sink.h"
#include "sim/scenario/scenario_past.h"
#include "sim/training/training_options.h"

// What a worker (for the server's events: some worker) is at: a sum of these.
enum swarm_state {
    SWARM_COMPUTES = 1,
    SWARM_SENDS = 2, // something of it is under way, or in the server's queue
    SWARM_WAITS = 4, // something of it was received, and not replied to; or it waits for others
    SWARM_DOWN = 8,
    SWARM_STATES = 16
};

// How often: an event of this kind found its worker in this state; an incident of this kind lasted
// there; a run came to this end.
struct swarm_behaviours {
    uint32_t events[POLICY_COUNT][EVENT_KIND_COUNT][SWARM_STATES];
    uint32_t incidents[POLICY_COUNT][EVENT_KIND_COUNT][INCIDENT_KIND_COUNT];
    uint32_t endings[POLICY_COUNT][RUN_STATUS_COUNT];
};

// Adds the second to the first. Returns how many are new to it.
size_t swarm_behaviours_add(struct swarm_behaviours *all, const struct swarm_behaviours *some);
size_t swarm_behaviours_reached(const struct swarm_behaviours *behaviours);

enum { SWARM_EVENTS_MOST = 60000, SWARM_PROBLEM_SIZE = 640, SWARM_HAS_ENDED = 1 << 30 };

struct swarm_watched_worker {
    int64_t started;   // gradients
    int64_t computing; // the number of one; -1: none
    int64_t sent;      // ready, and neither received nor lost
    int64_t held;      // received, and neither replied to nor lost
    bool is_down, waits;
    uint32_t *seen; // (started): bit k: its event of kind k; SWARM_HAS_ENDED: its row
    size_t capacity;
    int64_t until_ns[INCIDENT_KIND_COUNT]; // what happens to it ends then
};

struct swarm_watch {
    char problem[SWARM_PROBLEM_SIZE]; // the first; "": none
    volatile sig_atomic_t has_enough; // as run_options.interrupted: broken, or too long
    int64_t events;
    struct swarm_behaviours behaviours;
    // its own
    const struct scenario *scenario;
    struct scenario_phase *phases;
    size_t phase_count;
    struct swarm_watched_worker *workers; // (workers)
    bool logs_events, has_server;
    int64_t last_ns, versions, updates, applied, applied_by_updates, reductions, rows, under_way;
    uint32_t *reduced; // (reductions)
    size_t reduced_capacity;
};

// For one run; borrows the scenario. Release with swarm_watch_reset.
void swarm_watch_init(struct swarm_watch *watch, const struct scenario *scenario);
void swarm_watch_reset(struct swarm_watch *watch);

struct run_sink swarm_watch_sink(struct swarm_watch *watch);
