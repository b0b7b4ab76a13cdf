// SPDX-License-Identifier: GPL-3.0-or-later
// What one event of a scenario comes to: its incidents, one after another, for each member. Each is
// a pure function of (seed, name of the event, worker, index), so nothing else moves them.
#pragma once

#include "sim/cluster/cluster_options.h"

enum { INCIDENT_OF_SERVER = -1 }; // in the place of a worker

enum { INCIDENTS_MAX = 1000000 }; // of a run

struct incident {
    int64_t began_ns;
    int64_t ended_ns; // SIM_TIME_NEVER: it lasts to the end
    int32_t worker;   // or INCIDENT_OF_SERVER
    int32_t event;    // counts the events of a run
    enum incident_kind kind;
    double factor;            // of a slowdown: time is so many times longer; else 0
    struct link_factors link; // of a link; else 0
};

// The incidents of one member of an event. Plain data.
struct incident_sequence {
    const struct incident_plan *plan;
    uint64_t seed;
    int64_t start_up_ns;
    int64_t offset_ns; // the member's stagger
    int32_t worker;
    int32_t event;
    int64_t next_index;
    int64_t next_began_ns; // SIM_TIME_NEVER: there is none
};

// place: of the member among the event's, from 0.
struct incident_sequence incident_sequence_begin(const struct incident_plan *plan, uint64_t seed,
                                                 int64_t start_up_ns, int32_t worker, int32_t place,
                                                 int32_t event);

// The next incident. One ends at the latest when the one behind it begins. Requires: there is one.
struct incident incident_sequence_next(struct incident_sequence *sequence);

// Who is meant; a server_pause: nobody. Release with worker_set_reset. Requires: worker_set_check
// finds no fault, nor does worker_groups_check, and a group that is named is there.
void incident_plan_members(const struct cluster_options *options, const struct incident_plan *plan,
                           uint64_t seed, struct worker_set *members);

// Which share of the time a member is in an incident, in the long run (by renewal); 0 where it is
// not repeated, NaN where that has no limit.
double incident_plan_share(const struct incident_plan *plan);

// The probability that so many members have no incident within the span from the start-up on: exact
// to the rounding of the first spans. NaN where the first one is not drawn.
double incident_plan_spares(const struct incident_plan *plan, int32_t members, int64_t span_ns);
