// SPDX-License-Identifier: GPL-3.0-or-later
// Runs without a server, whose workers step models of their own, in words.
#pragma once

#include "sim/report/teller.h"

bool tell_is_local(const struct runlog *log);

// Where a gradient is that was computed and that no version has when such a run ends.
const char *tell_local_pending(const struct teller *teller);

// Whether the event, the next to be told, comes of a call of the roll at its instant.
bool tell_local_follows_roll(const struct teller *teller, size_t event);

// Runs without a server. Returns false for an event that is told as everywhere else.
bool tell_local_event(struct teller *teller, const struct event_row *event);
