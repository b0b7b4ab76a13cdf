// SPDX-License-Identifier: GPL-3.0-or-later
// Which workers have been told that they will crash, and when: by the events of a stretch of the
// run that have a notice. Also a crash that a later stretch does not have is told of in this one.
#pragma once

#include "sim/cluster/cluster_options.h"

struct crash_notices;

// Borrows the options. NULL: no event has a notice. Requires: as incident_plan_members.
struct crash_notices *crash_notices_create(const struct cluster_options *options, uint64_t seed);
void crash_notices_destroy(struct crash_notices *notices); // NULL: nothing

// When the first crash begins of which the worker is told by now; SIM_TIME_NEVER: of none. NULL:
// likewise. Requires: of this worker, nobody has asked of a later time.
int64_t crash_notices_told(struct crash_notices *notices, int32_t worker, int64_t now_ns);

// Whether one of the events has a notice.
bool crash_notices_are_given(const struct cluster_options *options);
