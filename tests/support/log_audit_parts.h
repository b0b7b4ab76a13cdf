// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of log_audit share.
#pragma once

#include "sim/cluster/incident_calendar.h"
#include "sim/scenario/scenario_past.h"
#include "tests/support/log_audit.h"

// What the policy of a scenario says, in the words of its definition.
struct audit_rules {
    bool waits;   // a worker that has pushed is replied to with the flush, not at once
    bool drops;   // gradients read before an update and not in it are dropped
    bool cancels; // besides, at a flush everybody starts anew
    bool goes_on; // a worker goes on at its push, at the same version: always, or if "bounded" says
                  // so
    bool bounded; // by "slack" gradients that a worker may be ahead
    int64_t slack;
};

struct audit {
    const struct scenario *scenario;
    const struct runlog *log;
    struct audit_rules rules;    // of the scenario; see audit_rules_at
    struct scenario_phase *past; // (past_count): until some moments it was another scenario
    size_t past_count;
    struct incident_calendar *calendar; // what happened to the cluster
    int64_t flush_replies; // workers without an open gradient at a flush, summed over the flushes
    int32_t workers;
    char *problem;
    size_t problem_size;
    bool broken;
    size_t *first; // (workers + 1): where each worker's part of "rows" begins
    size_t *rows;  // (gradients): row indices by worker, then number
    // What the account of the server says of each gradient:
    int64_t *waits_until_ns; // the beginning of the update after which its worker is replied to;
                             // the run's end if that did not come
    int64_t *cancelled_ns;   // -1: it is not
    int64_t *reply_end_ns;   // -1: no reply
    int64_t *reply_version;  // -1: no reply
    int64_t *place;          // in its flush; -1: not applied
    double *losses;          // (gradients + 1): of those applied, in order
    size_t loss_count;
    bool *went_on; // its worker did so at its push
};

// Remembers the first problem.
void audit_complain(struct audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Where the log says that something did not happen that was due at this time: it must be past the
// end (at the end's own instant, if the run was cut there by a count, a signal or a divergence).
void audit_missing(struct audit *audit, size_t row, const char *what, int64_t due_ns);

// When something is over that begins then: computing, a service, a message to the server, one to
// the worker, an all-reduce.
struct incident_calendar *audit_calendar_of(const struct scenario *scenario,
                                            const struct runlog *log);
int64_t audit_computed(const struct audit *audit, int32_t worker, int64_t start_ns,
                       int64_t span_ns);
int64_t audit_served(const struct audit *audit, int64_t start_ns, int64_t span_ns);
int64_t audit_pushed(const struct audit *audit, int32_t worker, int64_t start_ns, int64_t span_ns);
int64_t audit_returned(const struct audit *audit, int32_t worker, int64_t start_ns,
                       int64_t span_ns);
int64_t audit_reduced(const struct audit *audit, int32_t first, int32_t members, int64_t start_ns,
                      int64_t span_ns);

// Each gradient says how much longer incidents made its computing.
void audit_stalled(struct audit *audit);

// What holds at that time.
const struct scenario *audit_scenario_at(const struct audit *audit, int64_t time_ns);
struct audit_rules audit_rules_at(const struct audit *audit, int64_t time_ns);

// The update has the learning rate that its scenario gives it.
bool audit_rate_fits(const struct audit *audit, size_t update);

// The next gradient of the same worker, or NULL.
const struct gradient_row *audit_next_of_worker(const struct audit *audit,
                                                const struct gradient_row *row);

// When a push is there that has set out.
int64_t audit_push_end_ns(const struct audit *audit, const struct gradient_row *row);

bool audit_has_port(const struct audit *audit);

// The server's port and the uplinks carry one message at a time each way, and none waits while one
// is free.
void audit_port(struct audit *audit);

// Without a loss there is one attempt; a time-out never shrinks.
bool audit_attempts_fit(const struct audit *audit, const struct gradient_row *row);

struct audit_rules audit_rules_of(const struct policy_options *policy);
void audit_server(struct audit *audit); // needs events
void audit_events(struct audit *audit); // needs the server's account

void audit_local(struct audit *audit); // all of a run without a server
