// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of a run, checked on its log alone: a second account of what the simulation does,
// written against the rules and not against the simulation. All to the nanosecond, tolerance 0.
//
//   gradients   each time follows from the one before and the logged span; a worker has one at a
//               time, unless it goes on at its push, and under "waits" starts none before its last
//               one is applied; cancelled and dropped are those, and only those, that an update
//               finds computing or on their way
//   server      one FIFO queue; receive, update, replies in (worker, number) order, uninterrupted;
//               K = the formula at every n; versions rise by one; a reply starts the next gradient
//   updates     their gradients, staleness and order agree with the gradients' rows
//   staleness   sum over applied (applied - read) + sum over open (V - read) =
//               sum over flushes (P - workers replied to after it): P - k_f under "waits", P - 1
//               under "continues"; 0 for every gradient where late ones are dropped
//   workers     busy + waiting + communicating = end - start_up, each part as the rows say
//   events      one for each thing that happened, in order, with the version of that moment
//   evaluations at 0, every, ..., end, of the last version made by then
//   incidents   each row is one of its event; how long things take under them, without the
//               simulator's calendar
//   ports       one message at a time each way, first come, first served
//   parameters  to the bit those of the gradients applied, with momenta that end with a crash,
//               where their values are logged
//   ending      counts, totals and fingerprints; the time or count of the end is reached
//
// Without events (log.events false) what only their order decides is left out.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/runlog/runlog.h"
#include "sim/scenario/scenario.h"

// True if the log keeps the rules; else the first broken one goes to "problem".
bool log_audit(const struct scenario *scenario, const struct runlog *log, char *problem,
               size_t size);

// Fails the running test if it does not.
void log_audit_expect_sound(const struct scenario *scenario, const struct runlog *log);
