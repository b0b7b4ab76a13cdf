// SPDX-License-Identifier: GPL-3.0-or-later
// What is told in detail: nothing, unless the options ask for it, but what is lost or waits on the
// way.
#pragma once

#include "sim/report/teller.h"

enum { TELL_DETAIL_SIZE = 64 };

// ", delayed by 0.050 s", ", after 0.012 s in the queue", or "". row may be NULL.
const char *tell_delay(const struct teller *teller, const struct gradient_row *row,
                       char text[TELL_DETAIL_SIZE]);
const char *tell_wait(const struct teller *teller, const struct gradient_row *row,
                      char text[TELL_DETAIL_SIZE]);

// "; it arrives at attempt 3" of a message that is lost and sent again, or "", with details or
// without.
const char *tell_attempts(int64_t attempts, char text[TELL_DETAIL_SIZE]);

// "; incidents held it up for 0.080 s", or "".
const char *tell_stalled(int64_t stalled_ns, char text[TELL_DETAIL_SIZE]);

// " after 0.080 s at the port", or "".
const char *tell_port(int64_t wait_ns, char text[TELL_DETAIL_SIZE]);

// K as a row of this time has it: a line if it was another before. -1: it has none.
void tell_threshold(struct teller *teller, int64_t time_ns, int64_t threshold);

// Evaluations of earlier times that are not yet told: one sees all events of its own time.
void tell_evaluations(struct teller *teller, int64_t before_ns);

// The changes of the scenario up to this time that are not yet told, each behind the evaluations of
// earlier times; they come before the events of their own. Without details what it was before.
void tell_changes(struct teller *teller, int64_t time_ns);
