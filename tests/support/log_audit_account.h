// SPDX-License-Identifier: GPL-3.0-or-later
// The auditor's account of the server, which the files of log_audit_server.c share.
#pragma once

#include "sim/training/aggregation.h"
#include "tests/support/log_audit_parts.h"

struct worker_account {
    size_t latest;      // row of the gradient that it started last
    bool owed;          // no reply to that one has been sent, and it has not gone on without
    bool held;          // besides, that one has been applied
    int64_t clock;      // gradients received from it without a gap
    int64_t started;    // without those cancelled or lost
    size_t settled;     // of its own rows, in order: all before are received, cancelled or lost
    int64_t clock_read; // the slowest worker's clock when its version was sent
    bool returned;      // it has been back from a crash
    bool out;           // it is counted out
    int64_t here;       // gradients of it at the door, in service or in the buffer
};

struct server_account {
    struct audit *audit;
    struct worker_account *workers;
    int64_t free_ns;  // when the service under way is over
    int64_t received; // n
    int64_t version;
    bool stopped;   // the run ends within a service
    size_t *buffer; // (gradients): rows in it
    size_t buffered;
    size_t repeats; // of these, which a worker brought that had been back from a crash, and had one
    bool *taken;    // (gradients): it has been received
    size_t *queue;  // (gradients): rows at the door, from queue_first on
    size_t queue_first, queue_end;
    int64_t least;       // the slowest clock of those who are counted in, when there were some
    int64_t received_ns; // of the last receipt
    struct audit_silence *silences;
    size_t silence_count, silences_over;
    bool looks;       // fewer are present, and the buffer has not been tested since
    int64_t looks_ns; // since then
    double loss;      // mean over the last gradients applied
    double first_loss;
    struct threshold_memory memory;
};

// K at n gradients received and that many updates made.
int64_t audit_threshold_of(struct server_account *server, const struct scenario *scenario);

// Whether the buffer is full: where workers wait, what one brings that has been back from a crash
// does not count if it has one there already.
bool audit_buffer_is_full(const struct server_account *server, const struct audit_rules *rules,
                          int64_t threshold);

void audit_advance_clock(struct server_account *server, int32_t worker);
int64_t audit_least_clock(const struct server_account *server);
void audit_find_least(struct server_account *server); // of those who are counted in

// A gradient of the worker has come in: it is counted in, unless it is silent still.
void audit_count_in(struct server_account *server, int32_t worker, int64_t time_ns);

// What an event of a crash does to the account. row: of a gradient, where the event is about one.
void audit_lose(struct server_account *server, size_t row, int64_t time_ns);
void audit_return(struct server_account *server, int32_t worker);
