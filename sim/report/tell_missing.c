// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/tell_missing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/past_changes.h"
#include "sim/report/untrained.h"

// A stretch of time in which a worker is silent, without a gap.
struct silence {
    int64_t ended_ns; // -1: there was none yet
    int64_t began_ns;
    size_t row;
};

enum { VALUE_SIZE = 64 };

static bool is_silence(uint32_t kind) {
    return kind == INCIDENT_PAUSE || kind == INCIDENT_DISCONNECT || kind == INCIDENT_CRASH;
}

// How long a worker may be silent from that time on; SIM_TIME_NEVER: for ever.
static int64_t patience(const struct runlog *log, const struct past_changes *past,
                        int64_t began_ns) {
    char value[VALUE_SIZE];
    int64_t span_ns = 0;
    past_changes_value(past, log->header.scenario, began_ns, "policy.missing", value, sizeof value);
    if (strcmp(value, "goes_on") == 0) {
        return 0;
    }
    return sim_time_parse(value, &span_ns) == NULL && span_ns >= 0 ? span_ns : SIM_TIME_NEVER;
}

static int64_t start_up_of(const struct runlog *log) {
    char value[VALUE_SIZE];
    int64_t start_up_ns = 0;
    if (canonical_text_value(log->header.scenario, canonical_text_key("cluster.start_up"), value,
                             sizeof value)) {
        sim_time_parse(value, &start_up_ns);
    }
    return start_up_ns;
}

// The marks of a silence, if it has any. Returns how many.
static size_t mark_of(const struct runlog *log, const struct past_changes *past,
                      const struct silence *silence, struct incident_mark *marks) {
    int64_t start_ns = start_up_of(log);
    int64_t missed_ns = sim_time_add(silence->began_ns, patience(log, past, silence->began_ns));
    missed_ns = missed_ns < start_ns ? start_ns : missed_ns;
    if (missed_ns >= silence->ended_ns || missed_ns > log->ending.end_ns) {
        return 0;
    }
    marks[0] = (struct incident_mark){missed_ns, silence->row, .counts_out = true};
    if (!untrained_steps_locally(log->header.scenario) || silence->ended_ns > log->ending.end_ns) {
        return 1;
    }
    marks[1] = (struct incident_mark){silence->ended_ns, silence->row, .counts_in = true};
    return 2;
}

size_t tell_missing_marks(const struct runlog *log, struct incident_mark *marks) {
    bool is_told = log->header.workers > 0 && log->header.scenario != NULL;
    size_t workers = is_told ? (size_t)log->header.workers : 0;
    struct silence *silences = memory_allocate(workers, sizeof *silences);
    struct past_changes past;
    size_t count = 0;
    past_changes_read(log->header.scenario, &past);
    for (size_t worker = 0; worker < workers; worker++) {
        silences[worker].ended_ns = -1;
    }
    for (size_t i = 0; i < log->incident_count; i++) { // in the order of their beginnings
        const struct incident_row *row = &log->incidents[i];
        if (!is_silence(row->kind) || row->worker < 0 || (size_t)row->worker >= workers) {
            continue;
        }
        struct silence *silence = &silences[row->worker];
        int64_t ended_ns = row->ended_ns < 0 ? SIM_TIME_NEVER : row->ended_ns;
        if (row->began_ns > silence->ended_ns) {
            count += silence->ended_ns < 0 ? 0 : mark_of(log, &past, silence, &marks[count]);
            *silence = (struct silence){ended_ns, row->began_ns, i};
        }
        silence->ended_ns = ended_ns > silence->ended_ns ? ended_ns : silence->ended_ns;
    }
    for (size_t worker = 0; worker < workers; worker++) {
        const struct silence *silence = &silences[worker];
        count += silence->ended_ns < 0 ? 0 : mark_of(log, &past, silence, &marks[count]);
    }
    memory_free(silences);
    ENSURE(count <= 2 * log->incident_count);
    return count;
}

static bool is_silent(struct silence_watch *watch, const struct runlog *log, int64_t time_ns,
                      int32_t worker) {
    REQUIRE(worker >= 0 && worker < log->header.workers);
    for (; watch->seen < log->incident_count && log->incidents[watch->seen].began_ns <= time_ns;
         watch->seen++) {
        const struct incident_row *row = &log->incidents[watch->seen];
        if (is_silence(row->kind) && row->worker >= 0 && row->worker < log->header.workers) {
            int64_t ended_ns = row->ended_ns < 0 ? SIM_TIME_NEVER : row->ended_ns;
            int64_t *until_ns = &watch->until_ns[row->worker];
            *until_ns = ended_ns > *until_ns ? ended_ns : *until_ns;
        }
    }
    return watch->until_ns[worker] > time_ns;
}

static int compare_times(const void *a, const void *b) {
    int64_t left = ((const struct incident_mark *)a)->time_ns;
    int64_t right = ((const struct incident_mark *)b)->time_ns;
    return (left > right) - (left < right);
}

// *out_ns: when the worker was counted out, and 1 more; 0: it is in.
static void count_in(struct missing_total *total, int64_t *out_ns, int64_t time_ns) {
    REQUIRE(*out_ns >= 0);
    bool out = *out_ns > 0 && *out_ns <= time_ns; // the times of a stranger's events may go back
    total->ns += out ? (double)(time_ns + 1 - *out_ns) : 0;
    *out_ns = 0;
}

static void count_by_mark(struct missing_total *total, int64_t *out_ns,
                          const struct incident_mark *mark) {
    REQUIRE(mark->counts_in != mark->counts_out);
    if (mark->counts_in) {
        count_in(total, out_ns, mark->time_ns);
    } else if (*out_ns == 0) {
        total->times++;
        *out_ns = mark->time_ns + 1;
    }
}

struct missing_total tell_missing_total(const struct runlog *log) {
    struct incident_mark *marks = memory_allocate(2 * log->incident_count, sizeof *marks);
    int64_t *out_ns = memory_allocate((size_t)log->header.workers, sizeof *out_ns);
    struct silence_watch watch = {memory_allocate((size_t)log->header.workers, sizeof(int64_t)), 0};
    struct missing_total total = {0};
    REQUIRE(log->header.events);
    size_t count = tell_missing_marks(log, marks);
    if (count > 0) {
        qsort(marks, count, sizeof *marks, compare_times);
    }
    for (size_t i = 0, next = 0; i <= log->event_count; i++) {
        const struct event_row *event = i < log->event_count ? &log->events[i] : NULL;
        for (; next < count && (event == NULL || marks[next].time_ns < event->time_ns); next++) {
            count_by_mark(&total, &out_ns[log->incidents[marks[next].row].worker], &marks[next]);
        }
        bool heard = event != NULL && event->actor >= 0 &&
                     (event->kind == EVENT_ARRIVED || event->kind == EVENT_RETURNED);
        if (heard && out_ns[event->actor] > 0 &&
            !is_silent(&watch, log, event->time_ns, event->actor)) {
            count_in(&total, &out_ns[event->actor], event->time_ns);
        }
    }
    for (int32_t worker = 0; worker < log->header.workers; worker++) {
        count_in(&total, &out_ns[worker], log->ending.end_ns);
    }
    memory_free(marks);
    memory_free(out_ns);
    memory_free(watch.until_ns);
    ENSURE(total.ns >= 0);
    return total;
}

bool tell_missing_is_none(const struct runlog *log) {
    REQUIRE(log->incidents != NULL || log->incident_count == 0);
    struct incident_mark *marks = memory_allocate(2 * log->incident_count, sizeof *marks);
    size_t count = tell_missing_marks(log, marks);
    memory_free(marks);
    return count == 0;
}

void tell_counted_out(struct teller *teller, int64_t time_ns, int32_t worker) {
    REQUIRE(worker >= 0);
    if (worker >= teller->index.workers || teller->state.workers[worker].counted_out) {
        return;
    }
    teller->state.workers[worker].counted_out = true;
    if (tell_about(teller, worker)) {
        tell_say(teller, time_ns, "worker %" PRId32 " is counted out: nobody waits for it", worker);
    }
}

void tell_heard_of(struct teller *teller, int64_t time_ns, int32_t worker) {
    REQUIRE(worker >= 0 && worker < teller->index.workers);
    if (teller->state.workers[worker].counted_out &&
        is_silent(&teller->state.silences, teller->log, time_ns, worker)) {
        return; // what comes in had set out before
    }
    if (teller->state.workers[worker].counted_out && tell_about(teller, worker)) {
        tell_say(teller, time_ns, "worker %" PRId32 " is heard of again, and counted in", worker);
    }
    teller->state.workers[worker].counted_out = false;
}
