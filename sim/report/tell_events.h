// SPDX-License-Identifier: GPL-3.0-or-later
// The events of a run with a server in words; those of a run without one that are told alike.
#pragma once

#include "sim/report/teller.h"

// In the place of a version that was sent to a worker.
enum { TELL_NO_REPLY = -1, TELL_BACK_WITHOUT_REPLY = -2 };

void tell_event(struct teller *teller, const struct event_row *event);

// The update that made a version; NULL: the log has none.
const struct update_row *tell_update_of(const struct runlog *log, int64_t version);

// "1, 4, 7", "0 to 24", "1 (2 of them), 4": the workers of the buffer in order.
void tell_list_buffer(const struct teller *teller, FILE *text);
