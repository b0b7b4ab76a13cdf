// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/timeline.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/gradient_index.h"
#include "sim/report/run_metrics.h"
#include "sim/report/server_pauses.h"
#include "sim/report/untrained.h"
#include "sim/runlog/updates_began.h"

struct cutter {
    const struct runlog *log;
    struct gradient_index index;
    void (*take)(void *context, const struct timeline_interval *interval);
    void *context;
    int64_t *began_ns; // (updates): when each update began
    struct reply {
        int64_t left_ns;     // -1: not known
        int64_t vanished_ns; // when it came in for nothing; -1: it did not, or that is not known
    } * replies;             // (gradients): to each
    int64_t last_update_ns;  // when the one began that is under way at the end; or the end
    int64_t *reduced_ns;     // (reductions): when each was over
    int64_t *until_ns;       // (reductions): when it and all before it were
    struct worker_spans crashes, stalls;
    struct server_pauses pauses;
    bool local;  // there is no server: workers average their models
    bool beside; // which nobody waits for
    bool joins;  // they wait for the one before that which has their gradients
    int64_t start_up_ns, from_ns, to_ns;
};

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void add_row(const struct cutter *cutter, int32_t lane, enum timeline_kind kind,
                    int64_t start_ns, int64_t end_ns, size_t row) {
    REQUIRE(kind < TIMELINE_KIND_COUNT);
    INVARIANT(cutter->from_ns <= cutter->to_ns);
    struct timeline_interval interval = {
        .start_ns = greater(start_ns, cutter->from_ns),
        .end_ns = lesser(end_ns, lesser(cutter->to_ns, cutter->log->ending.end_ns)),
        .lane = lane,
        .kind = kind,
        .row = row};
    bool is_moment = start_ns == end_ns &&
                     (kind == TIMELINE_UPDATING || (kind == TIMELINE_REDUCING && lane < 0));
    if (interval.start_ns < interval.end_ns ||
        (interval.start_ns == interval.end_ns && is_moment)) {
        cutter->take(cutter->context, &interval);
    }
}

// Of the worker of a gradient.
static void add(const struct cutter *cutter, const struct gradient_row *row,
                enum timeline_kind kind, int64_t start_ns, int64_t end_ns) {
    REQUIRE(row >= cutter->log->gradients);
    add_row(cutter, row->worker, kind, start_ns, end_ns, (size_t)(row - cutter->log->gradients));
}

static const struct gradient_row *next_of(const struct cutter *cutter,
                                          const struct gradient_row *row) {
    return row->number == INT64_MAX
               ? NULL
               : gradient_index_find(&cutter->index, row->worker, row->number + 1);
}

// When the gradient's worker crashes for the first time after it has started it; INT64_MAX: never.
static int64_t crashed(const struct cutter *cutter, const struct gradient_row *row) {
    const struct worker_spans *crashes = &cutter->crashes;
    size_t i = worker_spans_after(crashes, row->worker, row->dispatched_ns);
    i += i < crashes->end[row->worker] && crashes->spans[i].began_ns <= row->dispatched_ns;
    return i < crashes->end[row->worker] ? crashes->spans[i].began_ns : INT64_MAX;
}

// When the worker's next gradient starts, or it crashes, or the end of the run.
static int64_t next_dispatch(const struct cutter *cutter, const struct gradient_row *row) {
    const struct gradient_row *next = next_of(cutter, row);
    return lesser(next == NULL ? cutter->log->ending.end_ns : next->dispatched_ns,
                  crashed(cutter, row));
}

// ---- workers ----

// When the server began the reply to a gradient; -1: neither its events nor its rows tell, as of a
// worker's last one, or under incidents.
static int64_t answered(const struct cutter *cutter, const struct gradient_row *row,
                        const struct gradient_row *next) {
    int64_t left_ns = cutter->replies[row - cutter->log->gradients].left_ns;
    if (left_ns >= 0) {
        return server_pauses_began(&cutter->pauses, left_ns, row->reply_ns);
    }
    if (next == NULL || cutter->log->incident_count > 0) {
        return -1;
    }
    int64_t way_ns = sim_time_add(row->reply_travel_ns, next->reply_port_wait_ns);
    return next->dispatched_ns - sim_time_add(way_ns, row->reply_ns);
}

// Whether the worker of a gradient that was received waited for others then: it had not gone on at
// its push, nor was it replied to at once. Of its last one: whether it ever did.
static bool has_waited(const struct cutter *cutter, const struct gradient_row *row,
                       const struct gradient_row *next) {
    const struct runlog_ending *ending = &cutter->log->ending;
    int64_t answered_ns = answered(cutter, row, next);
    if (answered_ns >= 0) {
        return answered_ns > row->received_ns;
    }
    if (next != NULL) {
        // Perhaps for no time; but no one waits for the version that was there at first.
        return next->dispatched_ns > row->received_ns && next->version_read > 0;
    }
    return row->worker < ending->worker_count && ending->workers[row->worker].waiting_ns > 0;
}

// How many updates there were before the reply. Under incidents it may have been long on its way;
// but it brought the version that the worker read next.
static size_t updates_before(const struct cutter *cutter, const struct gradient_row *row,
                             const struct gradient_row *next) {
    const struct runlog *log = cutter->log;
    int64_t answered_ns = answered(cutter, row, next);
    if (answered_ns < 0 && next != NULL && next->version_read >= 0) {
        uint64_t version = (uint64_t)next->version_read;
        return version < log->update_count ? (size_t)version : log->update_count;
    }
    return answered_ns < 0 ? 0 : TIMES_UNTIL(log->updates, log->update_count, time_ns, answered_ns);
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
    return greater(cutter->last_update_ns, row->received_ns);
}

// When a cancelled gradient stopped: at the start of the update whose version its worker took next;
// if there is none, or the worker has crashed, of the first that ended after the dispatch.
static int64_t stopped(const struct cutter *cutter, const struct gradient_row *row) {
    const struct runlog *log = cutter->log;
    if (row->outcome != OUTCOME_CANCELLED) {
        return INT64_MAX;
    }
    const struct gradient_row *next = next_of(cutter, row);
    if (next != NULL && next->version_read > row->version_read &&
        (uint64_t)next->version_read <= log->update_count &&
        crashed(cutter, row) > next->dispatched_ns) {
        return cutter->began_ns[next->version_read - 1];
    }
    size_t low = (size_t)(row->version_read < 0 ? 0 : row->version_read);
    while (low < log->update_count && cutter->began_ns[low] < row->dispatched_ns) {
        low++;
    }
    return low < log->update_count ? cutter->began_ns[low]
                                   : lesser(next_dispatch(cutter, row), cutter->last_update_ns);
}

// ---- what a worker does with a gradient ----

// So much work of the worker from then on, cut at the end, and its pauses within. Returns when it
// was done.
static int64_t add_work(const struct cutter *cutter, const struct gradient_row *row,
                        enum timeline_kind kind, int64_t start_ns, int64_t work_ns,
                        int64_t end_ns) {
    const struct worker_spans *stalls = &cutter->stalls;
    for (size_t i = worker_spans_after(stalls, row->worker, start_ns); start_ns < end_ns; i++) {
        int64_t done_ns = sim_time_add(start_ns, work_ns);
        bool stalls_now = i < stalls->end[row->worker];
        int64_t stall_ns = stalls_now ? greater(stalls->spans[i].began_ns, start_ns) : INT64_MAX;
        if (stall_ns >= done_ns) {
            add(cutter, row, kind, start_ns, lesser(done_ns, end_ns));
            return lesser(done_ns, end_ns);
        }
        add(cutter, row, kind, start_ns, lesser(stall_ns, end_ns));
        work_ns -= stall_ns - start_ns;
        start_ns = stalls->spans[i].ended_ns;
        add(cutter, row, TIMELINE_STALLED, stall_ns, lesser(start_ns, end_ns));
    }
    return end_ns;
}

// How long it computed, its pauses aside: what a slowdown adds to computing and delay is shared
// alike between the two.
static int64_t computing_ns(const struct cutter *cutter, const struct gradient_row *row) {
    const struct worker_spans *stalls = &cutter->stalls;
    int64_t work_ns = row->ready_ns - row->dispatched_ns;
    if (row->delay_ns == 0) {
        return INT64_MAX; // all of it
    }
    if (row->ready_ns < row->dispatched_ns || row->stalled_ns == 0) {
        return row->compute_ns;
    }
    for (size_t i = worker_spans_after(stalls, row->worker, row->dispatched_ns);
         i < stalls->end[row->worker] && stalls->spans[i].began_ns < row->ready_ns; i++) {
        work_ns -= lesser(stalls->spans[i].ended_ns, row->ready_ns) -
                   greater(stalls->spans[i].began_ns, row->dispatched_ns);
    }
    double share = (double)row->compute_ns / ((double)row->compute_ns + (double)row->delay_ns);
    work_ns = work_ns > 0 && share > 0 ? work_ns : 0; // a stranger's may have any share
    return work_ns == 0 || share >= 1 ? work_ns : (int64_t)(share * (double)work_ns);
}

// Returns when it ended.
static int64_t add_computing(const struct cutter *cutter, const struct gradient_row *row) {
    int64_t end_ns =
        row->ready_ns >= 0 ? row->ready_ns : lesser(stopped(cutter, row), crashed(cutter, row));
    int64_t computed_ns = add_work(cutter, row, TIMELINE_COMPUTING, row->dispatched_ns,
                                   computing_ns(cutter, row), end_ns);
    return add_work(cutter, row, TIMELINE_DELAYED, computed_ns, INT64_MAX, end_ns);
}

// The worker of a gradient goes on at that time: until then it waits for an average, or for others
// before it begins.
static void add_average(const struct cutter *cutter, const struct gradient_row *row,
                        int64_t next_ns) {
    const struct runlog *log = cutter->log;
    int64_t time_ns = row->ready_ns;
    size_t low = sim_times_until(cutter->until_ns, log->reduction_count, sizeof *cutter->until_ns,
                                 0, time_ns);
    for (; low < log->reduction_count && log->reductions[low].began_ns < next_ns; low++) {
        const struct reduction_row *reduction = &log->reductions[low];
        int64_t member = (int64_t)row->worker - reduction->worker;
        int64_t end_ns = lesser(cutter->reduced_ns[low], next_ns);
        // Who is counted out stands at its barrier meanwhile.
        bool is_over = cutter->reduced_ns[low] <= log->ending.end_ns;
        bool without_it = reduction->scope == SCOPE_ALL && is_over && !cutter->joins &&
                          row->applied_ns != cutter->reduced_ns[low];
        if (cutter->beside || member < 0 || member >= reduction->members || end_ns <= time_ns ||
            without_it) {
            continue;
        }
        add(cutter, row, TIMELINE_WAITING, time_ns, reduction->began_ns);
        add(cutter, row, TIMELINE_REDUCING, greater(time_ns, reduction->began_ns), end_ns);
        time_ns = end_ns;
    }
    add(cutter, row, TIMELINE_WAITING, time_ns, next_ns);
}

// When the reply to a gradient set out, or the version with which its worker goes on at "next_ns".
static int64_t set_out(const struct cutter *cutter, const struct gradient_row *row,
                       const struct gradient_row *after, int64_t next_ns) {
    int64_t replied_ns = cutter->replies[row - cutter->log->gradients].left_ns;
    if (replied_ns >= 0 || after == NULL || after->dispatched_ns != next_ns) {
        return replied_ns >= 0 ? replied_ns : next_ns;
    }
    return next_ns - sim_time_add(row->reply_travel_ns, after->reply_port_wait_ns);
}

// From that time on, when nothing of its worker is on its way to the server, to what that starts
// next.
static void add_reply(const struct cutter *cutter, const struct gradient_row *row, int64_t time_ns,
                      int64_t next_ns) {
    int64_t back_ns = set_out(cutter, row, next_of(cutter, row), next_ns);
    int64_t vanished_ns = cutter->replies[row - cutter->log->gradients].vanished_ns;
    back_ns = lesser(greater(back_ns, time_ns), next_ns);
    vanished_ns = vanished_ns < back_ns ? next_ns : lesser(vanished_ns, next_ns);
    add(cutter, row, TIMELINE_QUEUED, time_ns, back_ns);
    add(cutter, row, TIMELINE_SENDING, back_ns, vanished_ns);
    add(cutter, row, TIMELINE_WAITING, vanished_ns, next_ns); // it starts nothing before its crash
}

// Whether its worker is held back, with its gradient applied, when the run ends or it crashes: no
// reply has set out, though there was time for one.
static bool is_held(const struct cutter *cutter, const struct gradient_row *row, int64_t next_ns) {
    const struct runlog *log = cutter->log;
    int64_t travel_ns = log->header.events ? 0 : row->reply_travel_ns;
    return strcmp(log->header.policy, "ssp") == 0 && row->applied_ns >= 0 &&
           cutter->replies[row - log->gradients].left_ns < 0 &&
           sim_time_add(row->applied_ns, sim_time_add(row->reply_ns, travel_ns)) < next_ns &&
           (next_of(cutter, row) == NULL || crashed(cutter, row) == next_ns);
}

// From its push to what its worker starts next.
static void add_exchange(const struct cutter *cutter, const struct gradient_row *row,
                         int64_t next_ns) {
    const struct gradient_row *after = next_of(cutter, row);
    int64_t arrived_ns = row->arrived_ns >= 0 ? lesser(row->arrived_ns, next_ns) : next_ns;
    add(cutter, row, row->push_attempts > 1 ? TIMELINE_RESENDING : TIMELINE_SENDING, row->ready_ns,
        arrived_ns);
    bool kept = row->received_ns >= 0 && row->outcome != OUTCOME_DROPPED;
    if (kept && has_waited(cutter, row, after)) {
        int64_t received_ns = lesser(row->received_ns, next_ns);
        bool goes_on = after != NULL && after->dispatched_ns == next_ns;
        int64_t flushed_ns = lesser(wait_ended(cutter, row, goes_on ? after : NULL), next_ns);
        flushed_ns = is_held(cutter, row, next_ns) ? next_ns : flushed_ns;
        add(cutter, row, TIMELINE_QUEUED, arrived_ns, received_ns);
        add(cutter, row, TIMELINE_WAITING, received_ns, flushed_ns);
        arrived_ns = greater(received_ns, flushed_ns);
    }
    add_reply(cutter, row, arrived_ns, next_ns);
}

static void add_gradient(const struct cutter *cutter, const struct gradient_row *row) {
    if (row->worker < 0 || row->worker >= cutter->index.workers) {
        return; // a stranger's
    }
    int64_t end_ns = add_computing(cutter, row);
    int64_t next_ns = next_dispatch(cutter, row);
    if (row->ready_ns >= 0) {
        (cutter->local ? add_average : add_exchange)(cutter, row, next_ns);
    } else if (row->outcome == OUTCOME_CANCELLED) {
        add_reply(cutter, row, end_ns, next_ns);
    }
}

// ---- crashes ----

// When the worker starts its first gradient that is not before that time.
static int64_t dispatch_after(const struct cutter *cutter, int32_t worker, int64_t time_ns) {
    const struct gradient_index *index = &cutter->index;
    size_t low = index->first[worker];
    size_t end = low + gradient_index_count(index, worker);
    for (size_t high = end; low < high;) {
        size_t middle = low + (high - low) / 2;
        bool before = cutter->log->gradients[index->rows[middle]].dispatched_ns < time_ns;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low < end ? cutter->log->gradients[index->rows[low]].dispatched_ns : INT64_MAX;
}

// From that time on the worker waits until it starts a gradient or crashes: an average to begin on
// may be missing, or time for a gradient before a crash.
static void add_idle(const struct cutter *cutter, int32_t worker, int64_t from_ns) {
    const struct worker_spans *crashes = &cutter->crashes;
    size_t next = worker_spans_after(crashes, worker, from_ns);
    int64_t crash_ns = next < crashes->end[worker] ? crashes->spans[next].began_ns : INT64_MAX;
    add_row(cutter, worker, TIMELINE_WAITING, from_ns,
            lesser(crash_ns, dispatch_after(cutter, worker, from_ns)), TIMELINE_NO_ROW);
}

static void add_down(const struct cutter *cutter, int32_t worker) {
    const struct worker_spans *crashes = &cutter->crashes;
    add_idle(cutter, worker, cutter->start_up_ns);
    for (size_t i = worker_spans_after(crashes, worker, cutter->start_up_ns);
         i < crashes->end[worker]; i++) {
        int64_t back_ns = crashes->spans[i].ended_ns;
        add_row(cutter, worker, TIMELINE_DOWN,
                greater(crashes->spans[i].began_ns, cutter->start_up_ns), back_ns, TIMELINE_NO_ROW);
        add_idle(cutter, worker, back_ns);
    }
}

// ---- the lane of the server ----

static void add_services(const struct cutter *cutter) {
    const struct runlog *log = cutter->log;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        int64_t replied_ns = cutter->replies[i].left_ns;
        if (row->received_ns >= 0) {
            add_row(cutter, -1, TIMELINE_RECEIVING,
                    server_pauses_began(&cutter->pauses, row->received_ns, row->receive_ns),
                    row->received_ns, i);
        }
        if (replied_ns >= 0) {
            add_row(cutter, -1, TIMELINE_REPLYING,
                    server_pauses_began(&cutter->pauses, replied_ns, row->reply_ns), replied_ns, i);
        }
    }
    for (size_t i = 0; i < log->update_count; i++) {
        add_row(cutter, -1, TIMELINE_UPDATING, cutter->began_ns[i], log->updates[i].time_ns, i);
    }
    for (size_t i = 0; i < cutter->pauses.count; i++) {
        const struct server_pause *pause = &cutter->pauses.pauses[i];
        add_row(cutter, -1, TIMELINE_STALLED, pause->began_ns, pause->ended_ns, TIMELINE_NO_ROW);
    }
}

static void add_reductions(const struct cutter *cutter) {
    for (size_t i = 0; i < cutter->log->reduction_count; i++) {
        const struct reduction_row *row = &cutter->log->reductions[i];
        if (row->scope == SCOPE_ALL) {
            add_row(cutter, -1, TIMELINE_REDUCING, row->began_ns, cutter->reduced_ns[i], i);
        }
    }
}

// ---- all of it ----

static void note_reply(const struct cutter *cutter, const struct event_row *event) {
    const struct gradient_row *row =
        gradient_index_find(&cutter->index, event->actor, event->gradient);
    if (row != NULL) {
        struct reply *reply = &cutter->replies[row - cutter->log->gradients];
        *(event->kind == EVENT_REPLIED ? &reply->left_ns : &reply->vanished_ns) = event->time_ns;
    }
}

// What the events tell more exactly than the rows.
static void find_ends(struct cutter *cutter) {
    const struct runlog *log = cutter->log;
    cutter->replies = memory_allocate(log->gradient_count, sizeof *cutter->replies);
    cutter->reduced_ns = memory_allocate(log->reduction_count, sizeof *cutter->reduced_ns);
    cutter->until_ns = memory_allocate(log->reduction_count, sizeof *cutter->until_ns);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        bool fills = row->outcome == OUTCOME_PENDING && row->received_ns >= 0 &&
                     row->buffered >= row->threshold;
        cutter->replies[i] = (struct reply){-1, -1};
        cutter->last_update_ns =
            lesser(cutter->last_update_ns, fills ? row->received_ns : log->ending.end_ns);
    }
    for (size_t i = 0; i < log->reduction_count; i++) {
        cutter->reduced_ns[i] =
            sim_time_add(log->reductions[i].began_ns, log->reductions[i].span_ns);
    }
    for (size_t i = 0; i < log->event_count; i++) {
        const struct event_row *event = &log->events[i];
        if (event->kind == EVENT_REPLIED || event->kind == EVENT_VANISHED) {
            note_reply(cutter, event);
        } else if (event->kind == EVENT_REDUCED && event->gradient >= 0 &&
                   (uint64_t)event->gradient < log->reduction_count) {
            cutter->reduced_ns[event->gradient] = event->time_ns;
        }
    }
    for (size_t i = 0; i < log->reduction_count; i++) {
        cutter->until_ns[i] =
            greater(cutter->reduced_ns[i], i == 0 ? INT64_MIN : cutter->until_ns[i - 1]);
    }
}

static void release(struct cutter *cutter) {
    memory_free(cutter->began_ns);
    memory_free(cutter->replies);
    memory_free(cutter->reduced_ns);
    memory_free(cutter->until_ns);
    worker_spans_reset(&cutter->crashes);
    worker_spans_reset(&cutter->stalls);
    server_pauses_reset(&cutter->pauses);
    gradient_index_reset(&cutter->index);
}

bool timeline_has_no_server(const struct runlog *log) {
    return log->header.scenario != NULL && untrained_steps_locally(log->header.scenario) &&
           strcmp(log->header.policy, "easgd") != 0;
}

// Nobody does anything before; 0 if the log does not say.
static int64_t start_up_of(const struct runlog *log) {
    return log->header.scenario == NULL ? 0 : run_metrics_start_up_ns(log->header.scenario);
}

void timeline_each(const struct runlog *log, int64_t from_ns, int64_t to_ns,
                   void (*take)(void *context, const struct timeline_interval *interval),
                   void *context) {
    REQUIRE(from_ns <= to_ns && take != NULL);
    struct cutter cutter = {.log = log,
                            .take = take,
                            .context = context,
                            .local = timeline_has_no_server(log),
                            .beside = strcmp(log->header.policy, "hpsgd") == 0,
                            .joins = strcmp(log->header.policy, "cocod") == 0 ||
                                     strcmp(log->header.policy, "overlap_local_sgd") == 0,
                            .last_update_ns = log->ending.end_ns,
                            .start_up_ns = start_up_of(log),
                            .from_ns = from_ns,
                            .to_ns = to_ns};
    gradient_index_init(&cutter.index, log);
    cutter.began_ns = updates_began(log);
    find_ends(&cutter);
    worker_spans_init_down(&cutter.crashes, log, cutter.start_up_ns);
    worker_spans_init(&cutter.stalls, log, INCIDENT_PAUSE);
    server_pauses_init(&cutter.pauses, log);
    for (size_t i = 0; i < log->gradient_count; i++) {
        add_gradient(&cutter, &log->gradients[i]);
    }
    for (int32_t worker = 0; worker < cutter.index.workers; worker++) {
        add_down(&cutter, worker);
    }
    (cutter.local ? add_reductions : add_services)(&cutter);
    release(&cutter);
}
