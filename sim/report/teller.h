// SPDX-License-Identifier: GPL-3.0-or-later
// Who tells: what it knows at an event, and how a line is said.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "sim/report/gradient_index.h"
#include "sim/report/past_changes.h"
#include "sim/report/tell_options.h"
#include "sim/runlog/runlog.h"

// One of the two ends of an incident.
struct incident_mark {
    int64_t time_ns;
    size_t row; // of /incidents
    bool ends;
    bool counts_out; // the worker of that row is counted out then (tell_missing.h)
    bool counts_in;  // or in
};

// Who is silent, by the incidents that have begun: asked in the order of time.
struct silence_watch {
    int64_t *until_ns; // (workers)
    size_t seen;       // of /incidents
};

struct told_worker {
    int64_t reply_version; // carried by the reply under way to it; TELL_NO_REPLY: none
    int64_t crashed_ns;    // when it crashed last; -1: it has not
    int64_t own;           // its last event but for those below; -1: none
    int64_t sent;          // the last of what it sent: that it arrived, was received, was answered
    bool down;
    bool counted_out;
};

// What is known behind the events that were told.
struct tell_state {
    size_t events_told, changes_told, marks_told, evaluations_told;
    bool is_over;                // all is told, how the run ended, too
    size_t lines;                // said within the window
    int64_t said_ns;             // the time of the last of them
    int64_t served_ns;           // of the last that the server received, made or sent; -1: none
    int64_t queued;              // gradients that have arrived and are not yet received
    int64_t threshold;           // K as it was last told of; -1: not yet
    int64_t version;             // the latest made
    struct told_worker *workers; // (header.workers)
    struct silence_watch silences;
    const struct gradient_row **buffer;
    size_t buffer_count, buffer_capacity;
};

struct teller {
    FILE *out;
    const struct runlog *log;
    const struct tell_options *options;
    struct gradient_index index;
    struct past_changes past;
    struct incident_mark *marks; // beginnings and ends of incidents
    size_t mark_count;
    int64_t pending;      // gradients that are so when the run ends
    size_t *pending_rows; // (pending_row_count), by worker: those whose worker there is
    size_t pending_row_count;
    bool server_pauses; // so no row tells when a service began
    bool local;         // there is no server: workers step models of their own
    bool measuring;     // the first of the passes
    int width;          // of the column of times, without " s"
    int decimals;
    struct tell_state state;
};

// One line, with its time in front, if that is wanted.
void tell_say(struct teller *teller, int64_t time_ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// One more line under it, without a time.
void tell_add(struct teller *teller, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Whether the options ask for this time, and for this worker.
bool tell_in_window(const struct teller *teller, int64_t time_ns);
bool tell_about(const struct teller *teller, int32_t worker);

// Whether the worker of an event has crashed since it pushed the gradient or, told to stop it,
// started it; also if the log has no such gradient.
bool tell_crashed_since(const struct teller *teller, const struct event_row *event);

// *copy is zeroed, or a copy of before, whose memory is used again.
void tell_state_copy(struct tell_state *copy, const struct tell_state *state, int32_t workers);
void tell_state_reset(struct tell_state *state);
