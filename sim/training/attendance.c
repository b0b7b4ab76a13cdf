// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/attendance.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

void attendance_init(struct attendance *attendance, int32_t workers) {
    REQUIRE(workers >= 1);
    *attendance = (struct attendance){.count = workers, .at_least = workers};
    attendance->workers = memory_allocate_scattered((size_t)workers, sizeof *attendance->workers);
    for (int32_t i = 0; i < workers; i++) {
        attendance->workers[i].latest.number = -1;
    }
}

void attendance_reset(struct attendance *attendance) {
    for (int32_t i = 0; i < attendance->count; i++) {
        memory_free(attendance->workers[i].ahead);
    }
    memory_free(attendance->workers);
    *attendance = (struct attendance){0};
}

void attendance_started(struct attendance *attendance, const struct gradient_stamp *gradient) {
    REQUIRE(gradient->worker >= 0 && gradient->worker < attendance->count);
    struct attendee *attendee = &attendance->workers[gradient->worker];
    REQUIRE(gradient->number >= attendee->next);
    INVARIANT(!attendee->held);
    attendee->latest = *gradient;
    attendee->started++;
    attendee->owed = true;
}

// The slowest have moved on: who is slowest now? Once in a clock tick of the whole cluster, not at
// each of many returns.
static void find_least(struct attendance *attendance) {
    int64_t least = INT64_MAX;
    attendance->at_least = 0;
    for (int32_t i = 0; i < attendance->count; i++) {
        const struct attendee *attendee = &attendance->workers[i];
        if (!attendee->out && attendee->clock < least) {
            least = attendee->clock;
            attendance->at_least = 0;
        }
        attendance->at_least += !attendee->out && attendee->clock == least;
    }
    if (attendance->at_least > 0) { // with nobody there it stays
        ENSURE(least >= attendance->clock_least);
        attendance->clock_least = least;
    }
}

// ---- what has come before its turn ----

static size_t place_of(const struct attendee *attendee, int64_t number) {
    return (size_t)number & (attendee->capacity - 1);
}

// Room for this number and those between the next one and it.
static void make_room(struct attendee *attendee, int64_t number) {
    REQUIRE(number >= attendee->next);
    size_t needed = (size_t)(number - attendee->next) + 1;
    if (needed <= attendee->capacity) {
        return;
    }
    struct attendee larger = *attendee;
    larger.capacity = attendee->capacity == 0 ? 8 : attendee->capacity;
    while (larger.capacity < needed) {
        larger.capacity *= 2;
    }
    larger.ahead = memory_allocate(larger.capacity, sizeof *larger.ahead);
    for (size_t i = 0; i < attendee->capacity; i++) {
        int64_t each = attendee->next + (int64_t)i;
        larger.ahead[place_of(&larger, each)] = attendee->ahead[place_of(attendee, each)];
    }
    memory_free(attendee->ahead);
    *attendee = larger;
}

// The gradient is settled: the clock counts those received up to the first that is awaited.
static void settle(struct attendee *attendee, int64_t number, enum attended_gradient how) {
    REQUIRE(number >= attendee->next);
    if (number > attendee->next || attendee->ahead != NULL) {
        make_room(attendee, number);
        uint8_t *place = &attendee->ahead[place_of(attendee, number)];
        REQUIRE(*place == ATTENDED_AWAITED);
        *place = (uint8_t)how;
    } else { // all of most policies come in turn
        attendee->clock += how == ATTENDED_RECEIVED;
        attendee->next++;
        return;
    }
    for (uint8_t *first = &attendee->ahead[place_of(attendee, attendee->next)];
         *first != ATTENDED_AWAITED; first = &attendee->ahead[place_of(attendee, attendee->next)]) {
        attendee->clock += *first == ATTENDED_RECEIVED;
        *first = ATTENDED_AWAITED;
        attendee->next++;
    }
}

static void take(struct attendance *attendance, const struct gradient_stamp *gradient,
                 enum attended_gradient how) {
    REQUIRE(gradient->worker >= 0 && gradient->worker < attendance->count);
    struct attendee *attendee = &attendance->workers[gradient->worker];
    int64_t before = attendee->clock;
    REQUIRE(gradient->number <= attendee->latest.number);
    settle(attendee, gradient->number, how);
    INVARIANT(attendee->clock >= before && attendee->clock <= attendee->started);
    if (!attendee->out && attendee->clock != before && before == attendance->clock_least &&
        --attendance->at_least == 0) {
        find_least(attendance);
    }
}

void attendance_received(struct attendance *attendance, const struct gradient_stamp *gradient) {
    take(attendance, gradient, ATTENDED_RECEIVED);
}

void attendance_cancelled(struct attendance *attendance, const struct gradient_stamp *gradient) {
    REQUIRE(attendance->workers[gradient->worker].started >= 1);
    attendance->workers[gradient->worker].started--;
    take(attendance, gradient, ATTENDED_CANCELLED);
}

void attendance_lost(struct attendance *attendance, const struct gradient_stamp *gradient) {
    struct attendee *attendee = &attendance->workers[gradient->worker];
    if (attendance_is_owed(attendance, gradient)) {
        attendee->owed = false;
    }
    attendance_cancelled(attendance, gradient);
    ENSURE(!attendance_is_owed(attendance, gradient));
}

// How many of the worker's gradients its clock will still count: those that are here, also behind
// one that they have overtaken.
static int64_t to_be_counted(const struct attendee *attendee) {
    int64_t count = 0;
    for (int64_t number = attendee->next; number <= attendee->latest.number; number++) {
        bool is_known = number - attendee->next < (int64_t)attendee->capacity;
        count += !is_known || attendee->ahead[place_of(attendee, number)] != ATTENDED_CANCELLED;
    }
    return count;
}

// INT64_MAX: nobody else is counted in.
static int64_t least_of_others(const struct attendance *attendance, int32_t worker) {
    const struct attendee *own = &attendance->workers[worker];
    int64_t least = INT64_MAX;
    if (attendance->at_least > (!own->out && own->clock == attendance->clock_least)) {
        return attendance->clock_least;
    }
    for (int32_t i = 0; i < attendance->count; i++) {
        const struct attendee *attendee = &attendance->workers[i];
        bool counts = i != worker && !attendee->out;
        least = counts && attendee->clock < least ? attendee->clock : least;
    }
    return least;
}

// is_slowest: it is so already, by the clock that it had.
static void count_in(struct attendance *attendance, struct attendee *attendee, bool is_slowest) {
    attendee->out = false;
    if (attendance->at_least > is_slowest && attendee->clock >= attendance->clock_least) {
        attendance->at_least += (attendee->clock == attendance->clock_least) - is_slowest;
    } else {
        find_least(attendance);
    }
    ENSURE(attendance->at_least >= 1);
}

void attendance_returned(struct attendance *attendance, int32_t worker) {
    REQUIRE(worker >= 0 && worker < attendance->count);
    struct attendee *attendee = &attendance->workers[worker];
    attendance->held -= attendee->held;
    attendee->held = false;
    attendee->owed = false;
    attendee->returned = true;
    bool is_slowest = !attendee->out && attendee->clock == attendance->clock_least;
    int64_t least = least_of_others(attendance, worker);
    if (least != INT64_MAX) {
        attendee->clock = least;
    } else if (attendee->clock < attendance->clock_least) {
        attendee->clock = attendance->clock_least;
    }
    attendance->absent -= attendee->out && attendee->here == 0;
    attendee->started = attendee->clock + to_be_counted(attendee);
    count_in(attendance, attendee, is_slowest);
    INVARIANT(attendance->held >= 0 && attendee->started >= attendance->clock_least);
}

// ---- who is there ----

void attendance_arrived(struct attendance *attendance, int32_t worker, bool silent) {
    REQUIRE(worker >= 0 && worker < attendance->count);
    struct attendee *attendee = &attendance->workers[worker];
    INVARIANT(attendee->here >= 0);
    attendee->here++;
    if (!attendee->out) {
        return;
    }
    attendance->absent -= attendee->here == 1; // it is present in any case
    if (silent) {
        return;
    }
    int64_t behind = attendance->clock_least - attendee->clock;
    if (behind > 0) {
        attendee->clock += behind;
        attendee->started += behind;
    }
    count_in(attendance, attendee, false);
}

void attendance_left(struct attendance *attendance, int32_t worker) {
    REQUIRE(worker >= 0 && worker < attendance->count);
    struct attendee *attendee = &attendance->workers[worker];
    REQUIRE(attendee->here >= 1);
    attendee->here--;
    if (attendee->out && attendee->here == 0) {
        attendance->absent++;
    }
}

void attendance_count_out(struct attendance *attendance, int32_t worker) {
    REQUIRE(worker >= 0 && worker < attendance->count);
    struct attendee *attendee = &attendance->workers[worker];
    if (attendee->out) {
        return;
    }
    attendee->out = true;
    attendance->absent += attendee->here == 0;
    if (attendee->clock == attendance->clock_least && --attendance->at_least == 0) {
        find_least(attendance);
    }
    ENSURE(attendance->absent <= attendance->count);
}

bool attendance_is_owed(const struct attendance *attendance,
                        const struct gradient_stamp *gradient) {
    REQUIRE(gradient->worker >= 0 && gradient->worker < attendance->count);
    const struct attendee *attendee = &attendance->workers[gradient->worker];
    return attendee->owed && attendee->latest.number == gradient->number;
}

void attendance_hold(struct attendance *attendance, int32_t worker) {
    struct attendee *attendee = &attendance->workers[worker];
    REQUIRE(attendee->owed);
    attendance->held += !attendee->held;
    INVARIANT(attendance->held <= attendance->count);
    attendee->held = true;
}

void attendance_answer(struct attendance *attendance, int32_t worker) {
    struct attendee *attendee = &attendance->workers[worker];
    REQUIRE(attendee->owed);
    attendance->held -= attendee->held;
    INVARIANT(attendance->held >= 0);
    attendee->owed = false;
    attendee->held = false;
}
