// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/server_pauses.h"

#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

static int compare_beginnings(const void *a, const void *b) {
    const struct server_pause *left = a;
    const struct server_pause *right = b;
    return (left->began_ns > right->began_ns) - (left->began_ns < right->began_ns);
}

// Those that meet become one.
static void join(struct server_pauses *pauses) {
    size_t joined = 0;
    for (size_t i = 0; i < pauses->count; i++) {
        struct server_pause pause = pauses->pauses[i];
        struct server_pause *last = joined == 0 ? NULL : &pauses->pauses[joined - 1];
        if (last == NULL || last->ended_ns < pause.began_ns) {
            pauses->pauses[joined++] = pause;
        } else if (pause.ended_ns > last->ended_ns) {
            last->ended_ns = pause.ended_ns;
        }
    }
    ENSURE(joined <= pauses->count);
    pauses->count = joined;
}

void server_pauses_init(struct server_pauses *pauses, const struct runlog *log) {
    REQUIRE(log->incidents != NULL || log->incident_count == 0);
    *pauses = (struct server_pauses){
        .pauses = memory_allocate(log->incident_count, sizeof *pauses->pauses)};
    for (size_t i = 0; i < log->incident_count; i++) {
        const struct incident_row *row = &log->incidents[i];
        if (row->kind == INCIDENT_SERVER_PAUSE) {
            pauses->pauses[pauses->count++] =
                (struct server_pause){row->began_ns, row->ended_ns < 0 ? INT64_MAX : row->ended_ns};
        }
    }
    if (pauses->count > 0) {
        qsort(pauses->pauses, pauses->count, sizeof *pauses->pauses, compare_beginnings);
    }
    join(pauses);
}

void server_pauses_reset(struct server_pauses *pauses) {
    memory_free(pauses->pauses);
    *pauses = (struct server_pauses){0};
}

int64_t server_pauses_began(const struct server_pauses *pauses, int64_t end_ns, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    int64_t began_ns = end_ns - span_ns;
    for (size_t i = TIMES_BEFORE(pauses->pauses, pauses->count, began_ns, end_ns); i > 0; i--) {
        const struct server_pause *pause = &pauses->pauses[i - 1];
        if (pause->ended_ns <= began_ns || pause->ended_ns > end_ns) {
            break;
        }
        began_ns -= pause->ended_ns - pause->began_ns;
    }
    return began_ns;
}

// ---- of workers ----

// The incidents of a log are in the order of time. A stranger's may be of no worker.
static bool is_of(const struct runlog *log, const struct incident_row *row,
                  enum incident_kind kind) {
    return row->kind == kind && row->worker >= 0 && row->worker < log->header.workers;
}

static void append(struct worker_spans *spans, const struct incident_row *row) {
    size_t *end = &spans->end[row->worker];
    struct server_pause span = {row->began_ns, row->ended_ns < 0 ? INT64_MAX : row->ended_ns};
    span.ended_ns = span.ended_ns > span.began_ns ? span.ended_ns : span.began_ns; // a stranger's
    if (*end > spans->first[row->worker] && spans->spans[*end - 1].ended_ns >= span.began_ns) {
        const struct server_pause *last = &spans->spans[--*end];
        span.began_ns = last->began_ns;
        span.ended_ns = span.ended_ns > last->ended_ns ? span.ended_ns : last->ended_ns;
    }
    spans->spans[(*end)++] = span;
}

void worker_spans_init(struct worker_spans *spans, const struct runlog *log,
                       enum incident_kind kind) {
    REQUIRE(log->header.workers >= 0);
    size_t workers = (size_t)log->header.workers;
    spans->first = memory_allocate(workers + 1, sizeof *spans->first);
    spans->end = memory_allocate(workers, sizeof *spans->end);
    spans->spans = memory_allocate(log->incident_count, sizeof *spans->spans);
    for (size_t i = 0; i < log->incident_count; i++) {
        if (is_of(log, &log->incidents[i], kind)) {
            spans->first[log->incidents[i].worker + 1]++;
        }
    }
    for (size_t i = 0; i < workers; i++) {
        spans->first[i + 1] += spans->first[i];
        spans->end[i] = spans->first[i];
    }
    for (size_t i = 0; i < log->incident_count; i++) {
        if (is_of(log, &log->incidents[i], kind)) {
            append(spans, &log->incidents[i]);
        }
    }
}

void worker_spans_reset(struct worker_spans *spans) {
    memory_free(spans->first);
    memory_free(spans->end);
    memory_free(spans->spans);
    *spans = (struct worker_spans){0};
}

size_t worker_spans_after(const struct worker_spans *spans, int32_t worker, int64_t time_ns) {
    REQUIRE(worker >= 0);
    size_t first = spans->first[worker];
    return first + TIMES_UNTIL(spans->spans + first, spans->end[worker] - first, ended_ns, time_ns);
}

// Until when the worker is silent for that reason, too, if it is so at that time; else the time.
static int64_t prolonged(const struct worker_spans *spans, int32_t worker, int64_t time_ns) {
    size_t i = worker_spans_after(spans, worker, time_ns);
    bool holds = i < spans->end[worker] && spans->spans[i].began_ns <= time_ns;
    return holds ? spans->spans[i].ended_ns : time_ns;
}

// By the events, which tell it of who had to wait for a centre, too, perhaps until it crashed
// again. A stranger's log may have more of them than incidents.
static void take_events(struct worker_spans *spans, const struct runlog *log) {
    for (int32_t worker = 0; worker < log->header.workers; worker++) {
        spans->end[worker] = spans->first[worker];
    }
    for (size_t i = 0; i < log->event_count; i++) {
        const struct event_row *event = &log->events[i];
        if (event->actor < 0 || event->actor >= log->header.workers) {
            continue;
        }
        size_t *end = &spans->end[event->actor];
        if (event->kind == EVENT_CRASHED && *end < spans->first[event->actor + 1]) {
            spans->spans[(*end)++] = (struct server_pause){event->time_ns, INT64_MAX};
        } else if (event->kind == EVENT_RETURNED && *end > spans->first[event->actor]) {
            spans->spans[*end - 1].ended_ns = event->time_ns;
        }
    }
}

// By the incidents: until the crash and what keeps the worker silent besides are over.
static void prolong(struct worker_spans *spans, const struct runlog *log, int64_t start_up_ns) {
    static const enum incident_kind kinds[] = {INCIDENT_CRASH, INCIDENT_PAUSE, INCIDENT_DISCONNECT};
    struct worker_spans reasons[3];
    for (size_t k = 0; k < 3; k++) {
        worker_spans_init(&reasons[k], log, kinds[k]);
    }
    for (int32_t worker = 0; worker < log->header.workers; worker++) {
        size_t end = spans->first[worker];
        for (size_t i = end; i < spans->end[worker]; i++) {
            struct server_pause span = spans->spans[i];
            for (size_t k = 0; span.ended_ns > start_up_ns && k < 3;) { // until none prolongs it
                int64_t ended_ns = prolonged(&reasons[k], worker, span.ended_ns);
                k = ended_ns > span.ended_ns ? 0 : k + 1;
                span.ended_ns = ended_ns;
            }
            if (end == spans->first[worker] || spans->spans[end - 1].ended_ns < span.began_ns) {
                spans->spans[end++] = span;
            }
        }
        spans->end[worker] = end;
    }
    for (size_t k = 0; k < 3; k++) {
        worker_spans_reset(&reasons[k]);
    }
}

void worker_spans_init_down(struct worker_spans *spans, const struct runlog *log,
                            int64_t start_up_ns) {
    worker_spans_init(spans, log, INCIDENT_CRASH);
    if (log->event_count > 0) {
        take_events(spans, log);
    } else {
        prolong(spans, log, start_up_ns);
    }
}
