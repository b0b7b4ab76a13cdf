// SPDX-License-Identifier: GPL-3.0-or-later
// What the server knows of each worker: the gradient that it started last, whether it still waits
// for the reply to that one, and how many gradients have been received from it without a gap (its
// clock): one that overtakes another on the way does not count before that one. And who is counted
// out, because nothing has been heard of it for so long: the others' least clock is without it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/training/gradient_stamp.h"

enum attended_gradient { ATTENDED_AWAITED, ATTENDED_RECEIVED, ATTENDED_CANCELLED };

struct attendee {
    struct gradient_stamp latest; // the gradient started last; its number is -1 before the first
    int64_t started;              // gradients that it has started, without those cancelled
    int64_t clock;  // gradients received from it without a gap, whatever became of them
    int64_t next;   // the first gradient that is awaited: all before it are settled
    uint8_t *ahead; // ring (capacity, a power of two): enum attended_gradient of next and those
                    // behind it, by number; NULL: all are awaited
    size_t capacity;
    bool owed;     // no reply to "latest" has begun
    bool returned; // it has been back from a crash: more than one of its gradients may be here
    bool held;     // besides, "latest" has been applied: the reply is held back
    bool out;      // it is counted out
    int32_t here;  // gradients of it at the server: in the queue, in service, in the buffer
};

struct attendance {
    struct attendee *workers; // (count)
    int32_t count;
    int64_t clock_least; // of all workers that are counted in; it never falls
    int32_t at_least;    // of these, workers with this clock
    int32_t held;        // workers whose reply is held back
    int32_t absent;      // workers that are counted out and have no gradient here
};

void attendance_init(struct attendance *attendance, int32_t workers);
void attendance_reset(struct attendance *attendance);

// The worker starts this gradient; from now on it is owed the reply to it.
void attendance_started(struct attendance *attendance, const struct gradient_stamp *gradient);

// The server has received a gradient: its worker's clock advances, unless an earlier one is still
// on the way. Requires: it has been started, and neither received nor cancelled.
void attendance_received(struct attendance *attendance, const struct gradient_stamp *gradient);

// The worker has given a gradient up, which nobody will receive: its clock does not wait for it.
// Requires: likewise.
void attendance_cancelled(struct attendance *attendance, const struct gradient_stamp *gradient);

// The same of a gradient that is lost with its worker, which is owed no reply to it any more.
void attendance_lost(struct attendance *attendance, const struct gradient_stamp *gradient);

// The worker begins anew after a crash: it is counted in and owed nothing, and its clock is the
// others' least.
void attendance_returned(struct attendance *attendance, int32_t worker);

// A gradient of the worker has come in: the worker is counted in, unless it is silent, so that this
// set out before. If it was counted out, and fell behind, its clock goes on from the least of the
// others.
void attendance_arrived(struct attendance *attendance, int32_t worker, bool silent);

// A gradient of the worker is here no longer: dropped, or on its way into a version. Requires: one
// is here.
void attendance_left(struct attendance *attendance, int32_t worker);

// The worker is counted out until it is heard of: a gradient of it comes in when it is not silent,
// or it returns.
void attendance_count_out(struct attendance *attendance, int32_t worker);

// True if the gradient's worker waits for the reply to this very gradient.
bool attendance_is_owed(const struct attendance *attendance, const struct gradient_stamp *gradient);

// The gradient has been applied, but its worker may not start yet. Requires: it is owed.
void attendance_hold(struct attendance *attendance, int32_t worker);

// The worker is replied to. Requires: it is owed.
void attendance_answer(struct attendance *attendance, int32_t worker);
