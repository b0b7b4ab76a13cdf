// SPDX-License-Identifier: GPL-3.0-or-later
// Who is counted out, and in again. No row says so: it follows from the incidents, from
// policy.missing and from what arrives at the server.
#pragma once

#include "sim/report/teller.h"

// The moments at which a silence of a worker has lasted so long that it is counted out, where it is
// not so already, and, without a server, at which it is over and the worker is counted in, with the
// row of the incident in which the silence began; in no order, at most two for each incident.
// Returns how many.
size_t tell_missing_marks(const struct runlog *log, struct incident_mark *marks);

// How often workers were counted out, and for how long up to the end, all together. Requires: the
// log has events.
struct missing_total {
    int64_t times;
    double ns;
};
struct missing_total tell_missing_total(const struct runlog *log);

// Whether that is never, by the incidents alone.
bool tell_missing_is_none(const struct runlog *log);

// The worker is counted out, unless it is.
void tell_counted_out(struct teller *teller, int64_t time_ns, int32_t worker);

// A gradient of the worker has come in, or it is back from a crash, or its silence is over.
void tell_heard_of(struct teller *teller, int64_t time_ns, int32_t worker);
