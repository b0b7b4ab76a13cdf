// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of tell share.
#ifndef DESGD_REPORT_TELL_PARTS_H
#define DESGD_REPORT_TELL_PARTS_H

#include "sim/report/gradient_index.h"
#include "sim/report/past_changes.h"
#include "sim/report/tell.h"

struct teller {
    FILE *out;
    const struct runlog *log;
    const struct tell_options *options;
    struct gradient_index index;
    struct past_changes past;
    size_t changes_told;
    bool measuring; // the first of the two passes
    int width;      // of the column of times, without " s"
    int decimals;
    int64_t queued; // gradients that have arrived and are not yet received
    const struct gradient_row **buffer;
    size_t buffer_count, buffer_capacity;
    bool local;        // there is no server: workers step models of their own
    int64_t threshold; // K as it was last told of; -1: not yet
    size_t evaluations_told;
    int64_t *reply_version; // (workers): carried by the reply under way to each, -1: none
};

// One line, with its time in front, if that is wanted.
void tell_say(struct teller *teller, int64_t time_ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Whether the options ask for this worker.
bool tell_about(const struct teller *teller, int32_t worker);

// ---- tell_details.c: nothing, unless the options ask for details ----

enum { TELL_DETAIL_SIZE = 64 };

// ", delayed by 0.050 s", ", after 0.012 s in the queue", or "". row may be NULL.
const char *tell_delay(const struct teller *teller, const struct gradient_row *row,
                       char text[TELL_DETAIL_SIZE]);
const char *tell_wait(const struct teller *teller, const struct gradient_row *row,
                      char text[TELL_DETAIL_SIZE]);

// K as a row of this time has it: a line if it was another before. -1: it has none.
void tell_threshold(struct teller *teller, int64_t time_ns, int64_t threshold);

// Evaluations of earlier times that are not yet told: one sees all events of its own time.
void tell_evaluations(struct teller *teller, int64_t before_ns);

// The index-th change of the scenario; without details what it was before.
void tell_change(struct teller *teller, size_t index);

// ---- tell_local.c ----

bool tell_is_local(const struct runlog *log);

// Where a gradient is that was computed and that no version has when such a run ends.
const char *tell_local_pending(const struct teller *teller);

// Runs without a server. Returns false for an event that is told as everywhere else.
bool tell_local_event(struct teller *teller, const struct event_row *event);

#endif
