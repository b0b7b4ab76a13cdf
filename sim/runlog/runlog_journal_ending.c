// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_journal_ending.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// The fixed front of the ending's record; behind it come, if the status says so, what the server
// did, the workers, their down times and the final parameters.
struct ending_record {
    uint64_t status; // enum run_status, plus WITH_SERVICE and WITH_DOWN_TIMES
    int64_t end_ns;
    int64_t event_count;
    uint64_t timeline_fingerprint;
    uint64_t parameter_fingerprint;
    uint64_t worker_count;
    uint64_t parameter_count;
};

enum { WITH_SERVICE = 1 << 8, WITH_DOWN_TIMES = 1 << 9 };

struct service_record {
    int64_t time_ns;
    int64_t replies;
};

// Behind these, only where there is one: the reason of the ending. Behind that, which is then there
// even if it is empty: the centre.
struct reason_record {
    int64_t stalled_since_ns;
    char reason[RUN_REASON_SIZE];
};

// Rows of earlier versions, and of runs without crashes.
enum { NARROW_WORKER = offsetof(struct worker_row, down_ns) };

unsigned char *runlog_journal_pack(unsigned char *place, const void *array, size_t bytes) {
    if (bytes > 0) {
        memcpy(place, array, bytes);
    }
    return place + bytes;
}

void *runlog_journal_unpack(unsigned char **place, size_t *left, uint64_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > *left) {
        return NULL;
    }
    void *taken = *place;
    *place += bytes;
    *left -= bytes;
    return taken;
}

// The workers as they always were, and behind them all their down times, if there are any.
static unsigned char *pack_workers(unsigned char *place, const struct runlog_ending *ending,
                                   bool with_down_times) {
    REQUIRE(ending->worker_count >= 0);
    for (int32_t i = 0; i < ending->worker_count; i++) {
        place = runlog_journal_pack(place, &ending->workers[i], NARROW_WORKER);
    }
    for (int32_t i = 0; i < ending->worker_count && with_down_times; i++) {
        place = runlog_journal_pack(place, &ending->workers[i].down_ns,
                                    sizeof ending->workers[i].down_ns);
    }
    return place;
}

static bool has_down_times(const struct runlog_ending *ending) {
    REQUIRE(ending->worker_count >= 0);
    bool found = false;
    for (int32_t i = 0; i < ending->worker_count && !found; i++) {
        found = ending->workers[i].down_ns != 0;
    }
    return found;
}

void *runlog_journal_pack_ending(const struct runlog_ending *ending, size_t parameter_count,
                                 size_t *size) {
    REQUIRE(size != NULL);
    bool with_down_times = has_down_times(ending);
    struct ending_record front = {
        .status = (uint64_t)ending->status | (ending->service.known ? WITH_SERVICE : 0) |
                  (with_down_times ? WITH_DOWN_TIMES : 0),
        .end_ns = ending->end_ns,
        .event_count = ending->event_count,
        .timeline_fingerprint = ending->timeline_fingerprint,
        .parameter_fingerprint = ending->parameter_fingerprint,
        .worker_count = (uint64_t)ending->worker_count,
        .parameter_count = parameter_count,
    };
    struct service_record service = {ending->service.time_ns, ending->service.replies};
    size_t service_bytes = ending->service.known ? sizeof service : 0;
    size_t worker_bytes =
        front.worker_count * (NARROW_WORKER + (with_down_times ? sizeof(int64_t) : 0));
    size_t parameter_bytes = parameter_count * sizeof *ending->final;
    struct reason_record reason = {.stalled_since_ns = ending->stalled_since_ns};
    size_t centre_bytes = ending->centre == NULL ? 0 : parameter_bytes;
    size_t reason_bytes = ending->reason[0] == 0 && centre_bytes == 0 ? 0 : sizeof reason;
    snprintf(reason.reason, sizeof reason.reason, "%s", ending->reason);
    *size =
        sizeof front + service_bytes + worker_bytes + parameter_bytes + reason_bytes + centre_bytes;
    unsigned char *record = memory_allocate(*size, 1);
    unsigned char *place = runlog_journal_pack(record, &front, sizeof front);
    place = runlog_journal_pack(place, &service, service_bytes);
    place = pack_workers(place, ending, with_down_times);
    place = runlog_journal_pack(place, ending->final, parameter_bytes);
    place = runlog_journal_pack(place, &reason, reason_bytes);
    runlog_journal_pack(place, ending->centre, centre_bytes);
    return record;
}

static bool unpack_reason(unsigned char **place, size_t *left, struct runlog_ending *ending) {
    struct reason_record reason = {0};
    const void *bytes = *left == 0 ? NULL : runlog_journal_unpack(place, left, 1, sizeof reason);
    if (bytes != NULL) {
        memcpy(&reason, bytes, sizeof reason); // behind the parameters nothing is aligned
        ending->stalled_since_ns = reason.stalled_since_ns;
        memcpy(ending->reason, reason.reason, sizeof ending->reason);
    }
    return run_reason_is_plain(ending->reason);
}

// All that is left, if anything is.
static bool unpack_centre(unsigned char **place, size_t *left, size_t count,
                          struct runlog_ending *ending) {
    if (*left > 0) {
        ending->centre = runlog_journal_unpack(place, left, count, sizeof *ending->centre);
    }
    return *left == 0;
}

static bool unpack_service(unsigned char **place, size_t *left, struct runlog_service *service) {
    const struct service_record *record = runlog_journal_unpack(place, left, 1, sizeof *record);
    if (record == NULL || record->time_ns < 0 || record->replies < 0) {
        return false;
    }
    *service = (struct runlog_service){true, record->time_ns, record->replies};
    return true;
}

// Rows to be released with memory_free; NULL: they are not there.
static struct worker_row *unpack_workers(unsigned char **place, size_t *left,
                                         const struct ending_record *front) {
    const unsigned char *narrow =
        runlog_journal_unpack(place, left, front->worker_count, NARROW_WORKER);
    bool with_down_times = (front->status & WITH_DOWN_TIMES) != 0;
    const int64_t *down_ns =
        with_down_times ? runlog_journal_unpack(place, left, front->worker_count, sizeof *down_ns)
                        : NULL;
    if (narrow == NULL || (with_down_times && down_ns == NULL)) {
        return NULL;
    }
    struct worker_row *rows = memory_allocate(front->worker_count, sizeof *rows);
    for (size_t i = 0; i < front->worker_count; i++) {
        memcpy(&rows[i], narrow + i * NARROW_WORKER, NARROW_WORKER);
        rows[i].down_ns = with_down_times ? down_ns[i] : 0;
    }
    return rows;
}

bool runlog_journal_unpack_ending(unsigned char *place, size_t left, int32_t workers,
                                  size_t parameter_count, struct runlog_ending *ending) {
    const struct ending_record *front = runlog_journal_unpack(&place, &left, 1, sizeof *front);
    if (front == NULL || front->worker_count != (uint64_t)workers ||
        front->parameter_count != parameter_count) {
        return false;
    }
    uint64_t status = front->status & ~(uint64_t)(WITH_SERVICE | WITH_DOWN_TIMES);
    *ending = (struct runlog_ending){
        .status = (enum run_status)status,
        .end_ns = front->end_ns,
        .event_count = front->event_count,
        .timeline_fingerprint = front->timeline_fingerprint,
        .parameter_fingerprint = front->parameter_fingerprint,
        .worker_count = (int32_t)front->worker_count,
    };
    if (status >= RUN_STATUS_COUNT ||
        ((front->status & WITH_SERVICE) != 0 && !unpack_service(&place, &left, &ending->service))) {
        return false;
    }
    ending->workers = unpack_workers(&place, &left, front);
    ending->final =
        runlog_journal_unpack(&place, &left, front->parameter_count, sizeof *ending->final);
    bool good = ending->workers != NULL && ending->final != NULL &&
                unpack_reason(&place, &left, ending) &&
                unpack_centre(&place, &left, front->parameter_count, ending);
    if (!good) {
        memory_free(ending->workers);
    }
    return good;
}
