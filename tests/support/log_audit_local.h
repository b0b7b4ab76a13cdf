// SPDX-License-Identifier: GPL-3.0-or-later
// What the two files of the audit of runs without a server share.
#pragma once

#include "tests/support/log_audit_parts.h"

struct local_clock {
    int64_t now_ns;   // when the worker is free; SIM_TIME_NEVER: past the end
    int64_t next;     // gradient
    int64_t version;  // that its model comes from
    int64_t included; // gradients before this one are in a reduction of all that has begun
    int64_t applied;  // and before this one in a version
    int64_t waiting_ns;
    int64_t communicating_ns;
    int64_t sent_ns;   // its model is at the centre, or on its way, since then; -1: it is not
    int64_t joined_ns; // overlapping averages
};

struct local_audit {
    struct audit *audit;
    const struct averaging_options *options;
    struct local_clock *clocks;
    int64_t version;
    int64_t gradients_applied;
    double loss;          // mean of the minibatches of the latest version
    int64_t *applied_by;  // (1 + updates): by the version and those before it
    size_t *next_row;     // (1 + workers): where to look for the next row of a group
    int64_t *next_number; // (1 + workers)
    int64_t rows_seen;
};

const struct runlog *local_audit_log(const struct local_audit *local);

// The time, or the end of the run if that comes first.
int64_t local_audit_within(const struct local_audit *local, int64_t time_ns);

// The worker's gradient with this number, or NULL.
const struct gradient_row *local_audit_row(const struct local_audit *local, int32_t worker,
                                           int64_t number);

// After the rounds: what is in no version, a worker's times, the events.
void local_audit_pending(struct local_audit *local);
void local_audit_worker(struct local_audit *local, int32_t worker);
void local_audit_events(struct local_audit *local);

// In the place of all these, where workers crash or are counted out; needs events.
void local_audit_crashes(struct local_audit *local);

// What is left for it to say of rows: how many gradients came to what, a worker's times.
void local_audit_outcomes(struct local_audit *local);
void local_audit_totals(struct local_audit *local, int32_t worker);
