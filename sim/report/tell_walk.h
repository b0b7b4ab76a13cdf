// SPDX-License-Identifier: GPL-3.0-or-later
// Tells a log event by event: what is known at an event (teller.h) is as if all before had been
// told.
#pragma once

#include "sim/base/status.h"
#include "sim/report/teller.h"

// Borrows the log and the options. Errors: STATUS_BAD_DATA (no events, or no such worker); then
// there is nothing to end.
enum status tell_walk_begin(struct teller *teller, const struct runlog *log,
                            const struct tell_options *options, struct error *error);

// Before the first event. measuring: nothing is printed; one such walk to the end comes before
// those that print.
void tell_walk_rewind(struct teller *teller, bool measuring);

// Tells the next event, and what comes before it and is no event; behind the last what is left, and
// how the run ended. False: that was told.
bool tell_walk_on(struct teller *teller);

void tell_walk_end(struct teller *teller);
