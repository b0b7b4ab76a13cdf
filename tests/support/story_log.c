// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/story_log.h"

#include <math.h>
#include <string.h>

#include "sim/base/memory.h"

#define MS INT64_C(1000000)

static const char scenario[] = "title: A story of two workers\n"
                               "seed: 7\n"
                               "end: 1300 ms\n"
                               "policy:\n"
                               "  name: hybrid\n"
                               "  threshold:\n"
                               "    schedule: step\n"
                               "    every: 1\n"
                               "  pushed_worker: waits\n"
                               "cluster:\n"
                               "  workers: 2\n"
                               "  start_up: 1 s\n";

// time, gradient, version, actor, kind
static const struct event_row events[] = {
    {1000 * MS, 0, 0, 0, EVENT_DISPATCHED}, {1000 * MS, 0, 0, 1, EVENT_DISPATCHED},
    {1100 * MS, 0, 0, 0, EVENT_READY},      {1101 * MS, 0, 0, 0, EVENT_ARRIVED},
    {1111 * MS, 0, 0, 0, EVENT_RECEIVED},   {1116 * MS, -1, 1, -1, EVENT_UPDATED},
    {1117 * MS, 0, 1, 0, EVENT_REPLIED},    {1118 * MS, 1, 1, 0, EVENT_DISPATCHED},
    {1200 * MS, 0, 0, 1, EVENT_READY},      {1201 * MS, 0, 1, 1, EVENT_ARRIVED},
    {1202 * MS, 1, 1, 0, EVENT_READY},      {1203 * MS, 1, 1, 0, EVENT_ARRIVED},
    {1211 * MS, 0, 1, 1, EVENT_RECEIVED},   {1221 * MS, 1, 1, 0, EVENT_RECEIVED},
    {1226 * MS, -1, 2, -1, EVENT_UPDATED},  {1227 * MS, 1, 2, 0, EVENT_REPLIED},
    {1228 * MS, 0, 2, 1, EVENT_REPLIED},    {1228 * MS, 2, 2, 0, EVENT_DISPATCHED},
    {1229 * MS, 1, 2, 1, EVENT_DISPATCHED}, {1289 * MS, 1, 2, 1, EVENT_READY},
    {1290 * MS, 1, 2, 1, EVENT_ARRIVED},    {1300 * MS, 1, 2, 1, EVENT_RECEIVED},
};

enum { EVENTS = sizeof events / sizeof events[0] };

static struct gradient_row dispatch(int32_t worker, int64_t number, int64_t version,
                                    int64_t dispatched_ns, int64_t compute_ns, int64_t delay_ns) {
    return (struct gradient_row){
        .number = number,
        .version_read = version,
        .version_applied = -1,
        .staleness = -1,
        .staleness_gradients = -1,
        .dispatched_ns = dispatched_ns,
        .ready_ns = -1,
        .arrived_ns = -1,
        .received_ns = -1,
        .applied_ns = -1,
        .compute_ns = compute_ns,
        .delay_ns = delay_ns,
        .push_ns = MS,
        .receive_ns = 10 * MS,
        .reply_ns = MS,
        .reply_travel_ns = MS,
        .loss = (double)NAN,
        .distance = (double)NAN,
        .threshold = -1,
        .buffered = -1,
        .worker = worker,
        .outcome = OUTCOME_PENDING,
        .push_attempts = 1,
        .reply_attempts = 1,
    };
}

static void receive(struct gradient_row *row, int64_t received_ns, int64_t threshold,
                    int64_t buffered) {
    row->ready_ns = row->dispatched_ns + row->compute_ns + row->delay_ns;
    row->arrived_ns = row->ready_ns + row->push_ns;
    row->received_ns = received_ns;
    row->threshold = threshold;
    row->buffered = buffered;
}

static void apply(struct gradient_row *row, int64_t applied_ns, int64_t version,
                  int64_t staleness_gradients, double loss) {
    row->applied_ns = applied_ns;
    row->version_applied = version;
    row->staleness = version - row->version_read;
    row->staleness_gradients = staleness_gradients;
    row->loss = loss;
    row->distance = 0.25 * (double)row->staleness;
    row->outcome = OUTCOME_APPLIED;
}

static void fill_gradients(struct runlog *log) {
    log->gradient_count = 5;
    log->gradients = memory_allocate(5, sizeof *log->gradients);
    struct gradient_row *rows = log->gradients;
    rows[0] = dispatch(0, 0, 0, 1000 * MS, 100 * MS, 0);
    receive(&rows[0], 1111 * MS, 1, 1);
    apply(&rows[0], 1116 * MS, 0, 0, 2.25);
    rows[1] = dispatch(1, 0, 0, 1000 * MS, 150 * MS, 50 * MS);
    receive(&rows[1], 1211 * MS, 2, 1);
    apply(&rows[1], 1226 * MS, 1, 1, 2.5);
    rows[2] = dispatch(0, 1, 1, 1118 * MS, 84 * MS, 0);
    receive(&rows[2], 1221 * MS, 2, 2);
    apply(&rows[2], 1226 * MS, 1, 0, 2.0);
    rows[3] = dispatch(0, 2, 2, 1228 * MS, 100 * MS, 0);
    rows[4] = dispatch(1, 1, 2, 1229 * MS, 60 * MS, 0);
    receive(&rows[4], 1300 * MS, 2, 1);
}

static void fill_updates(struct runlog *log) {
    static const struct update_row rows[] = {
        {1116 * MS, 5 * MS, 1, 1, 1, 0.0, 0, 0.01, 0.125, 0x1111, NAN, 0},
        {1226 * MS, 5 * MS, 2, 2, 2, 0.5, 1, 0.01, 0.250, 0x2222, 0.75, 0},
    };
    log->update_count = 2;
    log->updates = memory_allocate(2, sizeof *rows);
    memcpy(log->updates, rows, sizeof rows);
}

static void fill_evaluations(struct runlog *log) {
    const struct evaluation_row rows[] = {
        {0, 0, 2.3, 0.10, 2.4, (double)NAN, -1, -1},
        {500 * MS, 0, 2.2, 0.12, 2.0, (double)NAN, -1, -1},
        {1000 * MS, 0, 2.1, 0.20, 2.2, (double)NAN, -1, -1},
        {1300 * MS, 2, 0.6, 0.60, 2.1, (double)NAN, -1, -1},
    };
    log->evaluation_count = 4;
    log->evaluations = memory_allocate(4, sizeof *rows);
    memcpy(log->evaluations, rows, sizeof rows);
}

static void fill_header(struct runlog_header *header) {
    *header = (struct runlog_header){
        .scenario = memory_copy_text(scenario),
        .policy = "hybrid",
        .seed = 7,
        .workers = 2,
        .events = true,
        .parameter_count = 2,
        .initial = memory_allocate(2, sizeof(float)),
    };
    header->initial[0] = 1.0F;
    header->initial[1] = -1.0F;
}

static void fill_ending(struct runlog_ending *ending) {
    *ending = (struct runlog_ending){
        .status = RUN_COMPLETE,
        .end_ns = 1300 * MS,
        .timeline_fingerprint = 0xabc,
        .parameter_fingerprint = 0x2222,
        .worker_count = 2,
        .workers = memory_allocate(2, sizeof *ending->workers),
        .final = memory_allocate(2, sizeof(float)),
    };
    ending->workers[0] = (struct worker_row){256 * MS, 0, 44 * MS, 3, 0, 0};
    ending->workers[1] = (struct worker_row){260 * MS, 10 * MS, 30 * MS, 2, 0, 0};
    ending->final[0] = 0.5F;
    ending->final[1] = -0.5F;
}

struct runlog story_log_create(void) {
    struct runlog log = {0};
    fill_header(&log.header);
    log.event_count = EVENTS;
    log.events = memory_allocate(EVENTS, sizeof *log.events);
    memcpy(log.events, events, sizeof events);
    fill_gradients(&log);
    fill_updates(&log);
    fill_evaluations(&log);
    fill_ending(&log.ending);
    return log;
}
