// SPDX-License-Identifier: GPL-3.0-or-later
// The order in which the incidents of a calendar stand: by worker, the server being the last, then
// by event, by beginning and by end.
#pragma once

#include "sim/cluster/incident_plan.h"

// Less than, equal to or greater than 0, as for qsort.
int incident_compare_places(int32_t left_worker, int32_t right_worker, int32_t left_event,
                            int32_t right_event);
int incident_compare(const void *a, const void *b); // struct incident
