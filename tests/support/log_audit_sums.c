// SPDX-License-Identifier: GPL-3.0-or-later
// What a run comes to: its end, the server's totals, and its parameters, which are those of the
// gradients that the rows say were applied, and of no others.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/training/optimizer.h"
#include "sim/training/optimizer_state.h"
#include "tests/support/log_audit_parts.h"

// ---- the end ----

static uint64_t applied_by(const struct runlog *log, size_t updates) {
    uint64_t sum = 0; // without a sign: what a wrong log says may be any number
    for (size_t i = 0; i < updates; i++) {
        sum += (uint64_t)log->updates[i].gradients;
    }
    return sum;
}

// A run ends with the update that reaches its count, or at its time.
static bool is_at_end(const struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct end_options *end = &audit->scenario->end;
    size_t updates = log->update_count;
    bool complete = log->ending.status == RUN_COMPLETE;
    uint64_t wanted = (uint64_t)end->count;
    bool made = false;    // as many as it wants
    bool between = false; // but not before the last one
    if (end->kind == END_TIME) {
        return (!complete && log->ending.status != RUN_STALLED) ||
               log->ending.end_ns == end->time_ns;
    }
    if (end->kind == END_UPDATES) {
        made = updates >= wanted;
        between = updates <= wanted;
    } else if (end->kind == END_GRADIENTS) {
        made = applied_by(log, updates) >= wanted;
        between = updates == 0 || applied_by(log, updates - 1) < wanted;
    } else {
        return true; // epochs are of the data
    }
    bool last = updates > 0 && log->updates[updates - 1].time_ns == log->ending.end_ns;
    return complete ? made && between && last : !made || log->ending.status == RUN_DIVERGED;
}

void audit_end(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct runlog_ending *ending = &log->ending;
    int64_t since_ns = audit->scenario->cluster.start_up_ns;
    if (log->update_count > 0) {
        since_ns = log->updates[log->update_count - 1].time_ns;
    }
    bool stalled = ending->status == RUN_STALLED;
    if (!is_at_end(audit)) {
        audit_complain(audit, "the run is %s at %" PRId64 ", with %zu updates",
                       run_status_names[ending->status], ending->end_ns, log->update_count);
    }
    if (ending->stalled_since_ns != (stalled ? since_ns : 0) ||
        (ending->reason[0] != 0) != (stalled || ending->status == RUN_FAILED)) {
        audit_complain(audit, "it says that it has stalled since %" PRId64 ": '%s'",
                       ending->stalled_since_ns, ending->reason);
    }
}

// ---- the server ----

void audit_service(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct runlog_service *service = &log->ending.service;
    int64_t time_ns = 0;
    int64_t replies = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        time_ns = row->received_ns < 0 ? time_ns : sim_time_add(time_ns, row->receive_ns);
        time_ns = audit->reply_end_ns[i] < 0 ? time_ns : sim_time_add(time_ns, row->reply_ns);
    }
    for (size_t i = 0; i < log->update_count; i++) {
        time_ns = sim_time_add(time_ns, log->updates[i].update_ns);
    }
    for (size_t i = 0; i < log->event_count; i++) {
        replies += log->events[i].kind == EVENT_REPLIED;
    }
    if (!service->known || service->time_ns != time_ns || service->replies != replies) {
        audit_complain(audit,
                       "the server serves for %" PRId64 " ns, %" PRId64
                       " replies; should be %" PRId64 ", %" PRId64,
                       service->time_ns, service->replies, time_ns, replies);
    }
}

// ---- the parameters ----

// The versions once more, out of the gradients' values.
struct versions {
    struct audit *audit;
    size_t count;  // parameters
    float *values; // (1 + updates, count)
    float *sum;    // (count)
    struct optimizer_state state;
    int64_t *lives; // (workers): how often each has come back by its latest gradient
    size_t *places; // (gradients): rows of those applied, by version, worker and number
    size_t place_count;
};

static const float *version_of(const struct versions *versions, int64_t version) {
    return versions->values + (size_t)version * versions->count;
}

// How often the worker has been back by then.
static int64_t life_at(const struct audit *audit, int32_t worker, int64_t time_ns) {
    int64_t lives = 0;
    for (size_t i = audit->absence_first[worker]; i < audit->absence_first[worker + 1]; i++) {
        lives += audit->absences[i].back_ns <= time_ns;
    }
    return lives;
}

static void take(struct versions *versions, size_t row) {
    struct audit *audit = versions->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    const struct training_options *training = &audit->scenario->training;
    int64_t life = life_at(audit, gradient->worker, gradient->dispatched_ns);
    if (life > versions->lives[gradient->worker]) { // a momentum does not outlive a crash
        versions->lives[gradient->worker] = life;
        optimizer_state_forget_worker(&versions->state, gradient->worker);
    }
    const struct optimizer_gradient taken = {.worker = gradient->worker,
                                             .values = audit->log->values + row * versions->count,
                                             .w = version_of(versions, gradient->version_applied),
                                             .w_read =
                                                 version_of(versions, gradient->version_read)};
    const float *values = optimizer_state_take(&versions->state, training, &taken);
    optimizer_accumulate_weighted(versions->sum, values,
                                  stale_weight_of(&training->policy, gradient->staleness),
                                  versions->count);
}

// Returns false where it cannot go on.
static bool make_version(struct versions *versions, size_t update, size_t *place) {
    struct audit *audit = versions->audit;
    const struct update_row *row = &audit->log->updates[update];
    const struct training_options *training = &audit->scenario->training;
    size_t bytes = versions->count * sizeof *versions->values;
    memset(versions->sum, 0, bytes);
    for (; *place < versions->place_count; (*place)++) {
        const struct gradient_row *gradient = &audit->log->gradients[versions->places[*place]];
        if (gradient->version_applied != (int64_t)update) {
            break;
        }
        take(versions, versions->places[*place]);
    }
    float *next = versions->values + (update + 1) * versions->count;
    double rate = row->learning_rate;
    const float *direction =
        optimizer_state_direction(&versions->state, training, versions->sum, row->gradients, &rate);
    rate *= policy_server_rate(&training->policy);
    optimizer_step(version_of(versions, (int64_t)update), direction, (float)rate, next,
                   versions->count);
    optimizer_canonical_nan(next, versions->count);
    if (fingerprint_bytes(next, bytes) != row->parameter_hash) {
        audit_complain(audit, "version %" PRId64 " is not made of the gradients applied to it",
                       row->version);
        return false;
    }
    return true;
}

// Values are there of those that were applied, and of no others.
static void audit_which_values(struct audit *audit, size_t count) {
    bool diverged = audit->log->ending.status == RUN_DIVERGED;
    for (size_t i = 0; i < audit->log->gradient_count && !diverged; i++) {
        const float *values = audit->log->values + i * count;
        bool applied = audit->log->gradients[i].outcome == OUTCOME_APPLIED;
        for (size_t j = 0; j < count; j++) {
            if (isnan(values[j]) == applied) {
                audit_complain(audit, "gradient row %zu: its values, or none, do not fit", i);
                return;
            }
        }
    }
}

static int by_version_then_worker(const void *left, const void *right, void *context) {
    const struct gradient_row *rows = context;
    const struct gradient_row *a = &rows[*(const size_t *)left];
    const struct gradient_row *b = &rows[*(const size_t *)right];
    if (a->version_applied != b->version_applied) {
        return a->version_applied < b->version_applied ? -1 : 1;
    }
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

void audit_parameters(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct training_options *training = &audit->scenario->training;
    size_t count = log->header.parameter_count;
    if (!log->header.gradient_values || count == 0 || audit->past_count > 0 ||
        training->optimizer.rate.of == RATE_OF_LOCAL) {
        return;
    }
    audit_which_values(audit, count);
    struct versions versions = {.audit = audit, .count = count};
    versions.values = memory_allocate((log->update_count + 1) * count, sizeof *versions.values);
    versions.sum = memory_allocate(count, sizeof *versions.sum);
    versions.lives = memory_allocate((size_t)audit->workers, sizeof *versions.lives);
    versions.places = memory_allocate(log->gradient_count, sizeof *versions.places);
    optimizer_state_init(&versions.state, count, audit->workers);
    optimizer_state_fit(&versions.state, training);
    memcpy(versions.values, log->header.initial, count * sizeof *versions.values);
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (log->gradients[i].outcome == OUTCOME_APPLIED) {
            versions.places[versions.place_count++] = i;
        }
    }
    qsort_r(versions.places, versions.place_count, sizeof *versions.places, by_version_then_worker,
            log->gradients);
    size_t place = 0;
    for (size_t i = 0; i < log->update_count && make_version(&versions, i, &place); i++) {
    }
    optimizer_state_reset(&versions.state);
    memory_free(versions.values);
    memory_free(versions.sum);
    memory_free(versions.lives);
    memory_free(versions.places);
}
