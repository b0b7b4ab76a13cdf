// SPDX-License-Identifier: GPL-3.0-or-later
// cluster.events: what happens to the cluster, by names.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const struct value_type value_events; // struct incident_plan_list

// Of its keys: none, or what it is.
extern const struct value_type value_kind_or_none; // enum incident_kind; INCIDENT_KIND_COUNT: none
