// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/incident_kind.h"

#include "sim/base/complete_table.h"

const char *const incident_kind_names[INCIDENT_KIND_COUNT] = {
    ROW(INCIDENT_SLOWDOWN) = "slowdown",     ROW(INCIDENT_PAUSE) = "pause",
    ROW(INCIDENT_DISCONNECT) = "disconnect", ROW(INCIDENT_SERVER_PAUSE) = "server_pause",
    ROW(INCIDENT_CRASH) = "crash",           ROW(INCIDENT_LINK) = "link",
};
ROWS_COMPLETE(INCIDENT_KIND_COUNT);
