// SPDX-License-Identifier: GPL-3.0-or-later
// What can happen to a cluster for a while. The scenario, the cluster and the log name it alike.
#pragma once

enum incident_kind {
    INCIDENT_SLOWDOWN,   // a worker computes so many times slower
    INCIDENT_PAUSE,      // a worker computes nothing and takes no message; what it sent travels on
    INCIDENT_DISCONNECT, // a worker computes on; messages to and from it wait
    INCIDENT_SERVER_PAUSE, // the server serves nothing; messages join its queue
    INCIDENT_CRASH,        // a worker loses what it does and holds, and starts anew when it is back
    INCIDENT_LINK, // the link of a worker is so many times slower, or loses so many times more
    INCIDENT_KIND_COUNT,
};
extern const char *const incident_kind_names[INCIDENT_KIND_COUNT];
