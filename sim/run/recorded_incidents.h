// SPDX-License-Identifier: GPL-3.0-or-later
// Incidents out of a log instead of the scenario's events: for a replay all of them, for a fork
// those of its past.
#pragma once

#include "sim/cluster/incident_calendar.h"
#include "sim/runlog/runlog.h"

// Adds those that began before until_ns, but for those of events that are not among the first
// "events", which is how many the scenario has. Where a stranger's log has what no run can write,
// the replay differs from it, and says so.
void recorded_incidents_add(struct incident_calendar *calendar, const struct runlog *log,
                            int64_t until_ns, int64_t events);
