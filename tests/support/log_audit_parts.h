// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of log_audit share.
#pragma once

#include "sim/cluster/incident_plan.h"
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

// A worker is down: from a crash until it is back.
struct audit_absence {
    int32_t worker;
    int64_t began_ns;
    int64_t back_ns; // SIM_TIME_NEVER: it is not
    bool told, over; // the events have said so
};

// A crash of which a worker is told, in a phase of the run.
struct audit_told {
    size_t phase;
    int64_t from_ns;
    int64_t crash_ns;
    int32_t worker;
};

// What holds for a worker, or the server, from a moment on until its next spell.
struct audit_spell {
    int64_t from_ns;
    unsigned kinds; // of incidents that stand, a bit each
    bool turns;     // an incident that changes a speed begins or ends at this moment
    double factor;  // of the slowdowns together
    size_t next;    // spell of the same place that turns; or behind the last
    struct link_factors link;
};

// What happens to the cluster, laid out in spells.
struct audit_history {
    struct incident *incidents; // (count): by worker, the server being the first, then by beginning
    size_t count, capacity;
    size_t *first_incident;     // (workers + 2)
    struct audit_spell *spells; // (spell_count): likewise
    size_t spell_count;
    size_t *first_spell; // (workers + 2)
};

struct audit {
    const struct scenario *scenario;
    const struct runlog *log;
    struct audit_rules rules;    // of the scenario; see audit_rules_at
    struct scenario_phase *past; // (past_count): until some moments it was another scenario
    size_t past_count;
    struct audit_history *history;  // what happened to the cluster
    int16_t **group_of;             // (past_count + 1): of each phase, by worker; NULL: no groups
    struct audit_absence *absences; // (absence_count), by worker, then time, up to the run's end
    size_t absence_count, absence_capacity;
    size_t *absence_first;   // (workers + 1), the first absence of each worker
    struct audit_told *told; // (told_count): by worker, then by crash
    size_t told_count, told_capacity;
    int64_t longest_notice_ns;
    struct audit_history *to_come; // by the events of the scenarios, as far as told
    int64_t *idle_ns;              // (workers): how long each starts nothing before crashes
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
    int64_t *lost_ns;        // likewise; also of a run without a server
    int64_t *vanishes_ns;    // when the reply to it comes in at a worker that has crashed since; -1
    int64_t *reply_end_ns;   // -1: no reply
    int64_t *reply_version;  // -1: no reply
    int64_t *place;          // in its flush; -1: not applied
    double *losses;          // (gradients + 1): of those applied, in order
    size_t loss_count;
    bool *went_on; // its worker did so at its push
};

void audit_evaluations(struct audit *audit); // all are where they should be, and no others

// Remembers the first problem.
void audit_complain(struct audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Where the log says that something did not happen that was due at this time: it must be past the
// end (at the end's own instant, if the run was cut there by a count, a signal or a divergence).
void audit_missing(struct audit *audit, size_t row, const char *what, int64_t due_ns);

// ---- what happened to the cluster ----

// Incidents in any order, then all at once; of one event and worker the next ends the one before.
void audit_history_add(struct audit_history *history, const struct incident *incident);
void audit_history_lay_out(struct audit_history *history, int32_t workers);
void audit_history_reset(struct audit_history *history);

// When a span is done that begins then, of a worker, or of the server, which stand still in
// incidents of that kind; SIM_TIME_NEVER: never.
int64_t audit_history_done(const struct audit_history *history, int32_t worker,
                           enum incident_kind standing, int64_t now_ns, int64_t span_ns);

// When, from then on, no incident of these kinds (a bit each) stands.
int64_t audit_history_over(const struct audit_history *history, int32_t worker, unsigned kinds,
                           int64_t now_ns);

// The first crash that begins behind that time; SIM_TIME_NEVER: none.
int64_t audit_history_next_crash(const struct audit_history *history, int32_t worker,
                                 int64_t after_ns);
struct link_factors audit_history_link(const struct audit_history *history, int32_t worker,
                                       int64_t time_ns);

// The phase of the run with this number, and the one of that time.
const struct scenario *audit_phase_scenario(const struct audit *audit, size_t phase);
int64_t audit_phase_end_ns(const struct audit *audit, size_t phase);
size_t audit_phase_at(const struct audit *audit, int64_t time_ns);

// The rows of /incidents are in order, and each is one that its event may make. Then they are laid
// out.
void audit_incidents(struct audit *audit);

bool audit_is_down(const struct audit *audit, int32_t worker, int64_t time_ns);

// When something is over that begins then: computing, a service, a message to the server, one to
// the worker, an all-reduce; and when a message may set out.
int64_t audit_connected(const struct audit *audit, int32_t worker, int64_t from_ns);
int64_t audit_computed(const struct audit *audit, int32_t worker, int64_t start_ns,
                       int64_t span_ns);
int64_t audit_served(const struct audit *audit, int64_t start_ns, int64_t span_ns);
int64_t audit_pushed(const struct audit *audit, const struct gradient_row *row, int64_t start_ns);
int64_t audit_returned(const struct audit *audit, const struct gradient_row *row, int64_t start_ns,
                       int64_t wait_ns);
int64_t audit_reduced(const struct audit *audit, int32_t first, int32_t members, int64_t start_ns,
                      int64_t span_ns);

// Each gradient says how much longer incidents made its computing.
void audit_stalled(struct audit *audit);
// When workers are counted out, in the order of (time, worker), by the incidents that the log tells
// of: what tells of each worker's silences is policy.missing at their beginning. Returns how many;
// to be released with memory_free.
struct audit_silence {
    int64_t missed_ns;
    int32_t worker;
    int64_t ended_ns;
};
size_t audit_silences(const struct audit *audit, struct audit_silence **silences);

// When, from then on, the worker is connected or counted out.
int64_t audit_heeded(const struct audit *audit, const struct audit_silence *silences, size_t count,
                     int32_t worker, int64_t from_ns);

// What holds at that time.
const struct scenario *audit_scenario_at(const struct audit *audit, int64_t time_ns);
struct audit_rules audit_rules_at(const struct audit *audit, int64_t time_ns);

// The rules of all phases taken together.
struct audit_rules audit_rules_of_some(const struct audit *audit);
bool audit_drops_some(const struct audit *audit);

// ---- crashes ----

void audit_find_absences(struct audit *audit);

// The first crash behind that time; SIM_TIME_NEVER: there is none.
int64_t audit_crash_after(const struct audit *audit, int32_t worker, int64_t time_ns);

// That of which a gradient can be lost: the next, or the one of the moment at which it starts, if
// it starts before that.
int64_t audit_crash_of(const struct audit *audit, const struct gradient_row *row);

// Its worker has come back with it.
bool audit_starts_anew(const struct audit *audit, const struct gradient_row *row);

// How long the worker was down.
int64_t audit_down_ns(const struct audit *audit, int32_t worker);

// Whether the reply to this gradient, which comes in then, finds nobody.
bool audit_vanishes(const struct audit *audit, size_t row, int64_t delivered_ns);

// A gradient that should be ready then is lost if and only if its worker crashes before it arrives.
bool audit_loss_fits(struct audit *audit, const struct gradient_row *row, int64_t ready_ns);

// An event that says that a worker crashes, or is back.
void audit_crash_event(struct audit *audit, const struct event_row *event, int64_t version);
void audit_crashes_told(struct audit *audit);

// ---- crashes that workers are told of ----

void audit_list_notices(struct audit *audit);
void audit_drop_notices(struct audit *audit);

// The first crash that the worker is told of by then; SIM_TIME_NEVER: none.
int64_t audit_told_ns(const struct audit *audit, int32_t worker, int64_t time_ns);

// None begins that cannot come in before the crash.
void audit_start_in_notice(struct audit *audit, size_t row);

// Whether the worker may start nothing then; next: what it starts next, or NULL.
bool audit_may_idle(const struct audit *audit, int32_t worker, int64_t time_ns,
                    const struct gradient_row *next);

// It begins because a phase does.
bool audit_is_asked_again(const struct audit *audit, const struct gradient_row *row);

// The worker is back at this time, or all begin: it starts a gradient, or could not end it.
void audit_begin(struct audit *audit, int32_t worker, int64_t time_ns);
void audit_start_up(struct audit *audit);

// The reply to a gradient has come in, and its worker starts nothing: it has crashed, or could end
// nothing before it does.
void audit_reply_in_vain(struct audit *audit, size_t row, int64_t time_ns);

// ---- staleness ----

void audit_staleness(struct audit *audit);
void audit_staleness_in_gradients(struct audit *audit);

// The staleness identity in its general form (staleness_balance.h), by the events.
void audit_balance(struct audit *audit);

// The update has the learning rate that its scenario gives it.
bool audit_rate_fits(const struct audit *audit, size_t update);

// The next gradient of the same worker, or NULL.
const struct gradient_row *audit_next_of_worker(const struct audit *audit,
                                                const struct gradient_row *row);

// How long a message of the gradient takes that sets out then, but for waiting, and when, from then
// on, its last attempt sets out: the drawn span, and what incidents made of the link.
struct audit_way {
    int64_t span_ns;
    int64_t timeouts_ns;
};
struct audit_way audit_way_of_push(const struct audit *audit, const struct gradient_row *row,
                                   int64_t sets_out_ns);
struct audit_way audit_way_of_reply(const struct audit *audit, const struct gradient_row *row,
                                    int64_t sets_out_ns);

// When a push is there that has set out.
int64_t audit_push_end_ns(const struct audit *audit, const struct gradient_row *row);

bool audit_has_port(const struct audit *audit);

// Who is in which group, for as long as the audit lasts.
void audit_find_groups(struct audit *audit);
void audit_drop_groups(struct audit *audit);

// The server's port and the uplinks carry one message at a time each way, and none waits while one
// is free.
void audit_port(struct audit *audit);

// Without a loss there is one attempt; a time-out never shrinks.
bool audit_attempts_fit(const struct audit *audit, const struct gradient_row *row);

struct audit_rules audit_rules_of(const struct policy_options *policy);
void audit_server(struct audit *audit); // needs events
void audit_events(struct audit *audit); // needs the server's account

// ---- what a run comes to ----

// The count or the time of its end is reached, or it says why not.
void audit_end(struct audit *audit);

// Needs the server's account.
void audit_service(struct audit *audit);

// Where the gradients' values are logged: to the bit. Needs the updates to fit the gradients.
void audit_parameters(struct audit *audit);

// What each all-reduce takes, where nothing of it is drawn.
void audit_reduction_spans(struct audit *audit);

void audit_local(struct audit *audit); // all of a run without a server
