// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/attendance.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

void attendance_init(struct attendance *attendance, int32_t workers) {
    *attendance = (struct attendance){.count = workers, .at_least = workers};
    attendance->workers = memory_allocate((size_t)workers, sizeof *attendance->workers);
}

void attendance_reset(struct attendance *attendance) {
    memory_free(attendance->workers);
    *attendance = (struct attendance){0};
}

void attendance_started(struct attendance *attendance, const struct gradient_stamp *gradient) {
    struct attendee *attendee = &attendance->workers[gradient->worker];
    INVARIANT(!attendee->held);
    attendee->latest = *gradient;
    attendee->owed = true;
}

// The slowest have moved on: who is slowest now? Once in a clock tick of the whole cluster.
static void find_least(struct attendance *attendance) {
    attendance->clock_least++;
    for (int32_t i = 0; i < attendance->count; i++) {
        attendance->at_least += attendance->workers[i].clock == attendance->clock_least;
    }
}

void attendance_received(struct attendance *attendance, const struct gradient_stamp *gradient) {
    struct attendee *attendee = &attendance->workers[gradient->worker];
    attendance->at_least -= attendee->clock == attendance->clock_least;
    attendee->clock++;
    if (attendance->at_least == 0) {
        find_least(attendance);
    }
}

bool attendance_is_owed(const struct attendance *attendance,
                        const struct gradient_stamp *gradient) {
    const struct attendee *attendee = &attendance->workers[gradient->worker];
    return attendee->owed && attendee->latest.number == gradient->number;
}

void attendance_hold(struct attendance *attendance, int32_t worker) {
    struct attendee *attendee = &attendance->workers[worker];
    REQUIRE(attendee->owed);
    attendance->held += !attendee->held;
    attendee->held = true;
}

void attendance_answer(struct attendance *attendance, int32_t worker) {
    struct attendee *attendee = &attendance->workers[worker];
    REQUIRE(attendee->owed);
    attendance->held -= attendee->held;
    attendee->owed = false;
    attendee->held = false;
}
