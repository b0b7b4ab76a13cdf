// SPDX-License-Identifier: GPL-3.0-or-later
// Incidents in words: when they begin and when they end, between the events of a run.
#pragma once

#include "sim/report/teller.h"

// The marks of a log in the order in which they are told: at one instant ends come first. *count:
// how many. To be released with memory_free.
struct incident_mark *tell_incident_marks(const struct runlog *log, size_t *count);

// Those up to this time that are not told yet, each behind the changes up to its own time and the
// evaluations before it; what else happens at the same instant comes behind them, but for who is
// counted out: unless the roll has been called.
void tell_incidents(struct teller *teller, int64_t time_ns, bool roll_called);
