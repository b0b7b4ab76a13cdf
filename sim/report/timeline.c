// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/gradient_index.h"
#include "sim/report/server_pauses.h"
#include "sim/runlog/updates_began.h"

const char *const timeline_kind_names[TIMELINE_KIND_COUNT] = {
    [TIMELINE_COMPUTING] = "computing", [TIMELINE_DELAYED] = "delayed",
    [TIMELINE_QUEUED] = "queued",       [TIMELINE_WAITING] = "waiting",
    [TIMELINE_RECEIVING] = "receiving", [TIMELINE_UPDATING] = "updating",
    [TIMELINE_REPLYING] = "replying",   [TIMELINE_RESENDING] = "resending",
};

struct cutter {
    const struct runlog *log;
    struct gradient_index index;
    struct timeline *timeline;
    int64_t *began_ns; // (updates): when each update began
    size_t *first;     // (workers + 1): where each worker's part of the crashes begins
    int64_t *crashes;  // when they begin, by worker, in order of time
    struct server_pauses pauses;
    int64_t from_ns;
    int64_t to_ns;
};

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void add(struct cutter *cutter, int32_t lane, enum timeline_kind kind, int64_t start_ns,
                int64_t end_ns) {
    REQUIRE(kind < TIMELINE_KIND_COUNT);
    INVARIANT(cutter->from_ns <= cutter->to_ns);
    struct timeline *timeline = cutter->timeline;
    struct timeline_interval interval = {
        .start_ns = greater(start_ns, cutter->from_ns),
        .end_ns = lesser(end_ns, lesser(cutter->to_ns, cutter->log->ending.end_ns)),
        .lane = lane,
        .kind = kind,
    };
    if (interval.start_ns >= interval.end_ns) {
        return;
    }
    timeline->intervals = memory_grow(timeline->intervals, &timeline->capacity, timeline->count + 1,
                                      sizeof *timeline->intervals);
    timeline->intervals[timeline->count++] = interval;
}

static const struct gradient_row *next_of(const struct cutter *cutter,
                                          const struct gradient_row *row) {
    return row->number == INT64_MAX
               ? NULL
               : gradient_index_find(&cutter->index, row->worker, row->number + 1);
}

// The incidents of a log are in the order of time. A stranger's may be of no worker.
static bool is_crash(const struct cutter *cutter, const struct incident_row *row) {
    return row->kind == INCIDENT_CRASH && row->worker >= 0 && row->worker < cutter->index.workers;
}

static void find_crashes(struct cutter *cutter) {
    const struct runlog *log = cutter->log;
    size_t workers = (size_t)cutter->index.workers;
    cutter->first = memory_allocate(workers + 2, sizeof *cutter->first);
    cutter->crashes = memory_allocate(log->incident_count, sizeof *cutter->crashes);
    for (size_t i = 0; i < log->incident_count; i++) {
        if (is_crash(cutter, &log->incidents[i])) {
            cutter->first[log->incidents[i].worker + 2]++;
        }
    }
    for (size_t i = 2; i < workers + 2; i++) {
        cutter->first[i] += cutter->first[i - 1];
    }
    for (size_t i = 0; i < log->incident_count; i++) {
        if (is_crash(cutter, &log->incidents[i])) {
            cutter->crashes[cutter->first[log->incidents[i].worker + 1]++] =
                log->incidents[i].began_ns;
        }
    }
    ENSURE(cutter->first[0] == 0);
}

// When the gradient's worker crashes for the first time after it has started it; INT64_MAX: never.
static int64_t crashed(const struct cutter *cutter, const struct gradient_row *row) {
    if (row->worker < 0 || row->worker >= cutter->index.workers) {
        return INT64_MAX; // a stranger's
    }
    size_t low = cutter->first[row->worker];
    size_t end = cutter->first[row->worker + 1];
    for (size_t high = end; low < high;) {
        size_t middle = low + (high - low) / 2;
        bool before = cutter->crashes[middle] <= row->dispatched_ns;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low < end ? cutter->crashes[low] : INT64_MAX;
}

// When the worker's next gradient starts, or it crashes, or the end of the run.
static int64_t next_dispatch(const struct cutter *cutter, const struct gradient_row *row) {
    const struct gradient_row *next = next_of(cutter, row);
    return lesser(next == NULL ? cutter->log->ending.end_ns : next->dispatched_ns,
                  crashed(cutter, row));
}

// ---- workers ----

// When the server began the reply to a gradient, without incidents. Of a worker's last one no row
// tells.
static int64_t answered(const struct gradient_row *row, const struct gradient_row *next) {
    int64_t way_ns = sim_time_add(row->reply_travel_ns, next->reply_port_wait_ns);
    return next->dispatched_ns - sim_time_add(way_ns, row->reply_ns);
}

// Whether the worker of a gradient that was received waited for others then: it had not gone on at
// its push, nor was it replied to at once. Of its last one: whether it ever did.
static bool has_waited(const struct cutter *cutter, const struct gradient_row *row,
                       const struct gradient_row *next) {
    const struct runlog_ending *ending = &cutter->log->ending;
    if (next != NULL && cutter->log->incident_count > 0) {
        // Perhaps for no time; but no one waits for the version that was there at first.
        return next->dispatched_ns > row->received_ns && next->version_read > 0;
    }
    if (next != NULL) {
        return answered(row, next) > row->received_ns;
    }
    return row->worker < ending->worker_count && ending->workers[row->worker].waiting_ns > 0;
}

// How many updates there were before the reply. Under incidents it may have been long on its way;
// but it brought the version that the worker read next.
static size_t updates_before(const struct cutter *cutter, const struct gradient_row *row,
                             const struct gradient_row *next) {
    const struct runlog *log = cutter->log;
    size_t low = 0;
    if (log->incident_count > 0 && next != NULL && next->version_read >= 0) {
        uint64_t version = (uint64_t)next->version_read;
        return version < log->update_count ? (size_t)version : log->update_count;
    }
    for (size_t high = log->update_count; next != NULL && low < high;) {
        size_t middle = low + (high - low) / 2;
        bool before = log->updates[middle].time_ns <= answered(row, next);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

// When the wait for others ended: at the start of the update before the reply. A gradient that
// filled the buffer at its receipt never waited, even if the run ended during the update.
static int64_t wait_ended(const struct cutter *cutter, const struct gradient_row *row,
                          const struct gradient_row *next) {
    const struct runlog *log = cutter->log;
    size_t low = updates_before(cutter, row, next);
    bool applied = row->version_applied >= 0 && (uint64_t)row->version_applied < log->update_count;
    low = low == 0 && applied ? (size_t)row->version_applied + 1 : low;
    if (low > 0) {
        return greater(cutter->began_ns[low - 1], row->received_ns);
    }
    return row->buffered >= row->threshold ? row->received_ns : log->ending.end_ns;
}

// When a cancelled gradient stopped: at the start of the first update that ended after its
// dispatch.
static int64_t stopped(const struct cutter *cutter, const struct gradient_row *row) {
    const struct runlog *log = cutter->log;
    if (row->outcome != OUTCOME_CANCELLED) {
        return INT64_MAX;
    }
    size_t low = (size_t)(row->version_read < 0 ? 0 : row->version_read);
    while (low < log->update_count && cutter->began_ns[low] < row->dispatched_ns) {
        low++;
    }
    return low < log->update_count ? cutter->began_ns[low] : next_dispatch(cutter, row);
}

// When the push was there that was sent more than once; else when it set out.
static int64_t resent(const struct cutter *cutter, const struct gradient_row *row) {
    REQUIRE(row->ready_ns >= 0);
    if (row->push_attempts <= 1) {
        return row->ready_ns;
    }
    return row->arrived_ns >= 0 ? row->arrived_ns : cutter->log->ending.end_ns;
}

static void add_worker_intervals(struct cutter *cutter, const struct gradient_row *row) {
    int64_t end = lesser(stopped(cutter, row), crashed(cutter, row));
    int64_t computed = lesser(sim_time_add(row->dispatched_ns, row->compute_ns), end);
    int64_t delayed = lesser(sim_time_add(computed, row->delay_ns), end);
    if (row->ready_ns > delayed) { // under incidents it takes longer
        computed = lesser(sim_time_add(computed, row->ready_ns - delayed), end);
        delayed = row->ready_ns;
    }
    add(cutter, row->worker, TIMELINE_COMPUTING, row->dispatched_ns, computed);
    add(cutter, row->worker, TIMELINE_DELAYED, computed, delayed);
    if (row->ready_ns < 0) {
        return;
    }
    int64_t next = next_dispatch(cutter, row);
    const struct gradient_row *after = next_of(cutter, row);
    bool kept = row->received_ns >= 0 && row->outcome != OUTCOME_DROPPED;
    int64_t there = lesser(resent(cutter, row), next);
    add(cutter, row->worker, TIMELINE_RESENDING, row->ready_ns, there);
    if (!kept || !has_waited(cutter, row, after)) {
        add(cutter, row->worker, TIMELINE_QUEUED, there, next);
        return;
    }
    int64_t flushed = lesser(wait_ended(cutter, row, after), next);
    add(cutter, row->worker, TIMELINE_QUEUED, there, row->received_ns);
    add(cutter, row->worker, TIMELINE_WAITING, row->received_ns, flushed);
    add(cutter, row->worker, TIMELINE_QUEUED, flushed, next);
}

static void add_server_intervals(struct cutter *cutter) {
    const struct runlog *log = cutter->log;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (row->received_ns >= 0) {
            add(cutter, -1, TIMELINE_RECEIVING,
                server_pauses_began(&cutter->pauses, row->received_ns, row->receive_ns),
                row->received_ns);
        }
    }
    for (size_t i = 0; i < log->update_count; i++) {
        add(cutter, -1, TIMELINE_UPDATING, cutter->began_ns[i], log->updates[i].time_ns);
    }
    for (size_t i = 0; i < log->event_count; i++) {
        const struct event_row *event = &log->events[i];
        const struct gradient_row *row =
            event->kind == EVENT_REPLIED
                ? gradient_index_find(&cutter->index, event->actor, event->gradient)
                : NULL;
        if (row != NULL) {
            add(cutter, -1, TIMELINE_REPLYING,
                server_pauses_began(&cutter->pauses, event->time_ns, row->reply_ns),
                event->time_ns);
        }
    }
}

void timeline_of_log(const struct runlog *log, int64_t from_ns, int64_t to_ns,
                     struct timeline *timeline) {
    REQUIRE(from_ns <= to_ns);
    struct cutter cutter = {.log = log, .timeline = timeline, .from_ns = from_ns, .to_ns = to_ns};
    timeline_reset(timeline);
    gradient_index_init(&cutter.index, log);
    cutter.began_ns = updates_began(log);
    find_crashes(&cutter);
    server_pauses_init(&cutter.pauses, log);
    for (size_t i = 0; i < log->gradient_count; i++) {
        add_worker_intervals(&cutter, &log->gradients[i]);
    }
    add_server_intervals(&cutter);
    memory_free(cutter.began_ns);
    memory_free(cutter.first);
    memory_free(cutter.crashes);
    server_pauses_reset(&cutter.pauses);
    gradient_index_reset(&cutter.index);
}

void timeline_reset(struct timeline *timeline) {
    memory_free(timeline->intervals);
    *timeline = (struct timeline){0};
}

static void write_kind(FILE *out, const struct timeline *timeline, enum timeline_kind kind,
                       int64_t origin_ns) {
    REQUIRE(kind < TIMELINE_KIND_COUNT);
    size_t written = 0;
    fprintf(out, "# %s: lane, start / s, end / s\n", timeline_kind_names[kind]);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_interval *interval = &timeline->intervals[i];
        if (interval->kind == kind) {
            fprintf(out, "%" PRId32 " %.9f %.9f\n", interval->lane,
                    sim_time_to_seconds(interval->start_ns - origin_ns),
                    sim_time_to_seconds(interval->end_ns - origin_ns));
            written++;
        }
    }
    fputs(written == 0 ? "NaN NaN NaN\n" : "", out);
}

void timeline_write(FILE *out, const struct timeline *timeline, int64_t origin_ns) {
    for (int kind = 0; kind < TIMELINE_KIND_COUNT; kind++) {
        fputs(kind > 0 ? "\n\n" : "", out);
        write_kind(out, timeline, (enum timeline_kind)kind, origin_ns);
    }
}
