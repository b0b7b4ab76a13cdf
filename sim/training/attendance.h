// SPDX-License-Identifier: GPL-3.0-or-later
// What the server knows of each worker: the gradient that it started last, whether it still waits
// for the reply to that one, and how many gradients have been received from it (its clock).
#ifndef DESGD_TRAINING_ATTENDANCE_H
#define DESGD_TRAINING_ATTENDANCE_H

#include <stdbool.h>

#include "sim/training/gradient_stamp.h"

struct attendee {
    struct gradient_stamp latest; // the gradient started last
    int64_t clock;                // gradients received from it, whatever became of them
    bool owed;                    // no reply to "latest" has begun
    bool held;                    // besides, "latest" has been applied: the reply is held back
};

struct attendance {
    struct attendee *workers; // (count)
    int32_t count;
    int64_t clock_least; // of all workers
    int32_t at_least;    // workers with this clock
    int32_t held;        // workers whose reply is held back
};

void attendance_init(struct attendance *attendance, int32_t workers);
void attendance_reset(struct attendance *attendance);

// The worker starts this gradient; from now on it is owed the reply to it.
void attendance_started(struct attendance *attendance, const struct gradient_stamp *gradient);

// The server has received a gradient: its worker's clock advances.
void attendance_received(struct attendance *attendance, const struct gradient_stamp *gradient);

// True if the gradient's worker waits for the reply to this very gradient.
bool attendance_is_owed(const struct attendance *attendance, const struct gradient_stamp *gradient);

// The gradient has been applied, but its worker may not start yet. Requires: it is owed.
void attendance_hold(struct attendance *attendance, int32_t worker);

// The worker is replied to. Requires: it is owed.
void attendance_answer(struct attendance *attendance, int32_t worker);

#endif
