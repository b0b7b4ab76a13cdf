// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/tell_incident.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/tell_details.h"
#include "sim/report/tell_missing.h"

static int compare_marks(const void *a, const void *b) {
    const struct incident_mark *left = a;
    const struct incident_mark *right = b;
    if (left->time_ns != right->time_ns) {
        return left->time_ns < right->time_ns ? -1 : 1;
    }
    if (left->counts_out != right->counts_out) {
        return left->counts_out ? 1 : -1;
    }
    if (left->counts_in != right->counts_in) {
        return left->counts_in ? 1 : -1;
    }
    if (left->ends != right->ends) {
        return left->ends ? -1 : 1;
    }
    return (left->row > right->row) - (left->row < right->row);
}

// One that ends as it begins is nothing to tell of, and crashes have events of their own.
struct incident_mark *tell_incident_marks(const struct runlog *log, size_t *count) {
    struct incident_mark *marks = memory_allocate(4 * log->incident_count, sizeof *marks);
    *count = tell_missing_marks(log, marks);
    for (size_t i = 0; i < log->incident_count; i++) {
        const struct incident_row *row = &log->incidents[i];
        if (row->began_ns == row->ended_ns || row->kind >= INCIDENT_KIND_COUNT ||
            row->kind == INCIDENT_CRASH) {
            continue;
        }
        marks[(*count)++] = (struct incident_mark){row->began_ns, i, .ends = false};
        if (row->ended_ns >= 0 && row->ended_ns <= log->ending.end_ns) {
            marks[(*count)++] = (struct incident_mark){row->ended_ns, i, .ends = true};
        }
    }
    if (*count > 0) {
        qsort(marks, *count, sizeof *marks, compare_marks);
    }
    return marks;
}

static const char *words_of(enum incident_kind kind, bool ends) {
    switch (kind) {
    case INCIDENT_PAUSE:
        return ends ? "wakes" : "falls silent: it is paused";
    case INCIDENT_DISCONNECT:
        return ends ? "is connected again" : "falls silent: it is disconnected";
    case INCIDENT_SERVER_PAUSE:
        return ends ? "goes on" : "pauses";
    case INCIDENT_LINK:
        return ends ? "has its link as it was" : "has another link";
    case INCIDENT_SLOWDOWN:
    case INCIDENT_CRASH:
    case INCIDENT_KIND_COUNT:
        break;
    }
    return ends ? "no longer takes" : "takes";
}

// ": 0.5 times the bandwidth, 5 times the latency"
static void tell_link(struct teller *teller, const struct incident_mark *mark, const char *words) {
    const struct incident_row *row = &teller->log->incidents[mark->row];
    const double factors[] = {row->bandwidth_factor, row->latency_factor, row->loss_factor};
    static const char *const names[] = {"bandwidth", "latency", "loss"};
    char text[160] = "";
    size_t used = 0;
    for (int i = 0; i < 3 && !mark->ends; i++) {
        if (factors[i] != 1) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.15g times the %s",
                                     used == 0 ? ": " : ", ", factors[i], names[i]);
        }
        INVARIANT(used < sizeof text);
    }
    tell_say(teller, mark->time_ns, "worker %" PRId32 " %s%s", row->worker, words, text);
}

static void tell_mark(struct teller *teller, const struct incident_mark *mark) {
    const struct incident_row *row = &teller->log->incidents[mark->row];
    REQUIRE(row->kind < INCIDENT_KIND_COUNT);
    if (mark->counts_out) {
        tell_counted_out(teller, mark->time_ns, row->worker);
        return;
    }
    if (mark->counts_in) { // the return from a crash says it itself
        if (!teller->state.workers[row->worker].down) {
            tell_heard_of(teller, mark->time_ns, row->worker);
        }
        return;
    }
    const char *words = words_of((enum incident_kind)row->kind, mark->ends);
    if (row->worker < 0) {
        if (teller->options->worker < 0) {
            tell_say(teller, mark->time_ns, "server %s", words);
        }
    } else if (tell_about(teller, row->worker) && row->kind == INCIDENT_SLOWDOWN) {
        tell_say(teller, mark->time_ns, "worker %" PRId32 " %s %.15g times as long to compute",
                 row->worker, words, row->factor);
    } else if (tell_about(teller, row->worker) && row->kind == INCIDENT_LINK) {
        tell_link(teller, mark, words);
    } else if (tell_about(teller, row->worker)) {
        tell_say(teller, mark->time_ns, "worker %" PRId32 " %s", row->worker, words);
    }
}

// The roll is called last at its instant.
static bool is_due(const struct incident_mark *mark, int64_t time_ns, bool roll_called) {
    return mark->time_ns < time_ns ||
           (mark->time_ns == time_ns && (!mark->counts_out || roll_called));
}

void tell_incidents(struct teller *teller, int64_t time_ns, bool roll_called) {
    INVARIANT(teller->state.marks_told <= teller->mark_count);
    while (teller->state.marks_told < teller->mark_count &&
           is_due(&teller->marks[teller->state.marks_told], time_ns, roll_called)) {
        const struct incident_mark *mark = &teller->marks[teller->state.marks_told++];
        tell_changes(teller, mark->time_ns);
        tell_evaluations(teller, mark->time_ns);
        tell_mark(teller, mark);
    }
}
