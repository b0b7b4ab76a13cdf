// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to the cluster, and when: the incidents of a scenario's events, or those that a log
// has recorded, and how long things take under them. Incidents are made as far as anybody asks, and
// the answers depend on the scenario alone, not on who asked before.
//
// At any moment the speed of a worker is 1, divided by the factors of its slowdowns in the order of
// their events, or 0 in a pause; so is the server's in a server_pause. Work is done when speed has
// integrated to its span. Where speed changes, what remains is rounded to the nearest ns, half to
// even.
#pragma once

#include "sim/cluster/incident_plan.h"

struct incident_calendar;

// horizon_ns: nobody will ask how things go behind it (SIM_TIME_NEVER: it is not known when that
// is).
struct incident_calendar *incident_calendar_create(int32_t workers, int64_t horizon_ns);
void incident_calendar_destroy(struct incident_calendar *calendar); // NULL: nothing

// The events of a stretch of the run: those of their incidents that begin in from_ns..until_ns, the
// end excluded. Borrows the options. Requires: nobody has asked before.
void incident_calendar_plan(struct incident_calendar *calendar,
                            const struct cluster_options *options, uint64_t seed, int64_t from_ns,
                            int64_t until_ns);

// An incident that was recorded; in any order. Those of one event and worker that overlap end where
// the next begins. Requires: likewise; it does not end before it begins; its worker is there.
void incident_calendar_record(struct incident_calendar *calendar, const struct incident *incident);

bool incident_calendar_is_empty(const struct incident_calendar *calendar);

// ---- how long things take ----

// When a worker's work of this span is done that begins now; SIM_TIME_NEVER: never.
int64_t incident_calendar_computed(struct incident_calendar *calendar, int32_t worker,
                                   int64_t now_ns, int64_t span_ns);

// The same of the server's.
int64_t incident_calendar_served(struct incident_calendar *calendar, int64_t now_ns,
                                 int64_t span_ns);

// When a message between worker and server that is ready now can set out, or come in at the
// server: when the worker is connected.
int64_t incident_calendar_connected(struct incident_calendar *calendar, int32_t worker,
                                    int64_t now_ns);

// When a message that would come in at the worker now does: when it is connected and not paused.
int64_t incident_calendar_taken(struct incident_calendar *calendar, int32_t worker, int64_t now_ns);

// ---- who is there ----

// When the worker is back, of one that is down now: when no crash, no pause and no disconnection of
// it stands any more; now, if none does. SIM_TIME_NEVER: never.
int64_t incident_calendar_back(struct incident_calendar *calendar, int32_t worker, int64_t now_ns);

// Whether a crash of the worker stands now.
bool incident_calendar_is_down(struct incident_calendar *calendar, int32_t worker, int64_t now_ns);

// When its first crash begins that begins later than this; SIM_TIME_NEVER: none does.
int64_t incident_calendar_next_crash(struct incident_calendar *calendar, int32_t worker,
                                     int64_t after_ns);
// The worker's next silence: a stretch of time in which, without a gap, it is crashed, paused or
// disconnected. *began_ns: from_ns, if it has begun before; *ended_ns: SIM_TIME_NEVER, if it does
// not end. False: there is none.
bool incident_calendar_silence(struct incident_calendar *calendar, int32_t worker, int64_t from_ns,
                               int64_t *began_ns, int64_t *ended_ns);

// What the incidents make of the link of a worker at that moment: the products of their factors, in
// the order of their events; 1: it is as ever.
struct link_factors incident_calendar_link(struct incident_calendar *calendar, int32_t worker,
                                           int64_t time_ns);

// Whether any of its incidents may be a link's.
bool incident_calendar_has_links(const struct incident_calendar *calendar);

// ---- the record ----

// The next incident, in the order (beginning, event, worker), if it begins by until_ns.
bool incident_calendar_next(struct incident_calendar *calendar, int64_t until_ns,
                            struct incident *incident);

// There would be more than INCIDENTS_MAX: from then on the answers know of no more.
bool incident_calendar_is_flooded(const struct incident_calendar *calendar);
