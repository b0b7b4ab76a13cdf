// SPDX-License-Identifier: GPL-3.0-or-later
// What the incidents are to an all-reduce of some workers, first, first + 1, ...
// Requires: members >= 1.
#pragma once

#include "sim/cluster/incident_calendar.h"

// What becomes of each one's link when their all-reduce begins: (members), to be released with
// memory_free; NULL: all are as ever.
struct link_factors *group_incidents_links(struct incident_calendar *calendar, int32_t first,
                                           int32_t members, int64_t now_ns);
