// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/log_audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/training/aggregation.h"
#include "tests/support/log_audit_parts.h"

enum { PROBLEM_SIZE = 600 };

void audit_complain(struct audit *audit, const char *format, ...) {
    if (audit->broken) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(audit->problem, audit->problem_size, format, arguments);
    va_end(arguments);
    audit->broken = true;
}

void audit_missing(struct audit *audit, size_t row, const char *what, int64_t due_ns) {
    const struct runlog_ending *ending = &audit->log->ending;
    bool cut = (ending->status != RUN_COMPLETE && ending->status != RUN_STALLED) ||
               audit->scenario->end.kind != END_TIME;
    if (due_ns < ending->end_ns || (due_ns == ending->end_ns && !cut)) {
        audit_complain(audit, "gradient row %zu: %s was due at %" PRId64 ", the end is %" PRId64,
                       row, what, due_ns, ending->end_ns);
    }
}

const struct scenario *audit_scenario_at(const struct audit *audit, int64_t time_ns) {
    for (size_t i = 0; i < audit->past_count; i++) {
        if (time_ns < audit->past[i].until_ns) {
            return &audit->past[i].scenario;
        }
    }
    return audit->scenario;
}

struct audit_rules audit_rules_at(const struct audit *audit, int64_t time_ns) {
    return audit_rules_of(&audit_scenario_at(audit, time_ns)->training.policy);
}

// The rules of all phases taken together.
struct audit_rules audit_rules_of_some(const struct audit *audit) {
    struct audit_rules some = audit->rules;
    for (size_t i = 0; i < audit->past_count; i++) {
        struct audit_rules rules = audit_rules_of(&audit->past[i].scenario.training.policy);
        some.drops = some.drops || rules.drops;
        some.goes_on = some.goes_on || rules.goes_on;
        some.bounded = some.bounded || rules.bounded;
    }
    return some;
}

// Whether some phase drops late gradients.
bool audit_drops_some(const struct audit *audit) {
    return audit_rules_of_some(audit).drops;
}

const struct gradient_row *audit_next_of_worker(const struct audit *audit,
                                                const struct gradient_row *row) {
    size_t next = audit->first[row->worker] + (size_t)row->number + 1;
    return next < audit->first[row->worker + 1] ? &audit->log->gradients[audit->rows[next]] : NULL;
}

// ---- gradients ----

// Lists the rows by worker. Numbers count each worker's dispatches; rows are in dispatch order.
static void index_rows(struct audit *audit) {
    const struct runlog *log = audit->log;
    int64_t last_ns = audit->scenario->cluster.start_up_ns;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (row->worker < 0 || row->worker >= audit->workers || row->dispatched_ns < last_ns) {
            audit_complain(audit, "gradient row %zu: worker %" PRId32 " dispatched at %" PRId64, i,
                           row->worker, row->dispatched_ns);
            return;
        }
        last_ns = row->dispatched_ns;
        audit->first[row->worker + 1]++;
    }
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        audit->first[worker + 1] += audit->first[worker];
    }
    size_t *filled = memory_allocate((size_t)audit->workers, sizeof *filled);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (row->number != (int64_t)filled[row->worker]) {
            audit_complain(audit, "gradient row %zu: number %" PRId64 " of worker %" PRId32, i,
                           row->number, row->worker);
        }
        audit->rows[audit->first[row->worker] + filled[row->worker]++] = i;
    }
    memory_free(filled);
}

// One step of a gradient's way. Returns false where the way ends.
static bool step(struct audit *audit, size_t row, const char *what, int64_t expected_ns,
                 int64_t actual_ns) {
    if (actual_ns == -1) {
        audit_missing(audit, row, what, expected_ns);
        return false;
    }
    if (actual_ns != expected_ns || actual_ns > audit->log->ending.end_ns) {
        audit_complain(audit, "gradient row %zu: %s at %" PRId64 ", should be %" PRId64, row, what,
                       actual_ns, expected_ns);
    }
    return true;
}

// Late gradients are not asked for their K.
static bool outcome_fits(const struct audit *audit, const struct gradient_row *row) {
    bool received = row->received_ns >= 0;
    bool kept = received && row->outcome != OUTCOME_DROPPED;
    if (kept != (row->threshold >= 1) || kept != (row->buffered >= 1)) {
        return false;
    }
    switch ((enum gradient_outcome)row->outcome) {
    case OUTCOME_APPLIED:
        return received && row->applied_ns >= row->received_ns;
    case OUTCOME_DROPPED:
        return audit_rules_at(audit, row->received_ns).drops && received && row->applied_ns == -1;
    case OUTCOME_CANCELLED:
        return audit_drops_some(audit) && row->ready_ns == -1 && row->applied_ns == -1;
    case OUTCOME_PENDING:
        return row->applied_ns == -1;
    case OUTCOME_LOST:
        return row->applied_ns == -1;
    case OUTCOME_COUNT:
        break;
    }
    return false;
}

// What did not happen is -1, and nothing else.
static bool times_fit(const struct gradient_row *row) {
    return row->ready_ns >= -1 && row->arrived_ns >= -1 && row->received_ns >= -1 &&
           row->applied_ns >= -1;
}

static void audit_way(struct audit *audit, size_t i) {
    const struct gradient_row *row = &audit->log->gradients[i];
    const struct audit_rules rules = audit_rules_at(audit, row->received_ns);
    int64_t computing_ns = sim_time_add(row->compute_ns, row->delay_ns);
    int64_t ready_ns = audit_computed(audit, row->worker, row->dispatched_ns, computing_ns);
    if (!audit_loss_fits(audit, row, ready_ns)) {
        audit_complain(audit, "gradient row %zu: is lost, or is not, against the crashes", i);
    }
    bool at_server = row->outcome != OUTCOME_CANCELLED && row->outcome != OUTCOME_LOST &&
                     step(audit, i, "ready", ready_ns, row->ready_ns) &&
                     step(audit, i, "arrived", audit_push_end_ns(audit, row), row->arrived_ns);
    bool order =
        at_server ? row->received_ns == -1 || row->received_ns >= row->arrived_ns + row->receive_ns
                  : row->arrived_ns == -1 && row->received_ns == -1;
    if (!order || !times_fit(row) || !outcome_fits(audit, row) || !audit_attempts_fit(audit, row)) {
        audit_complain(audit, "gradient row %zu: its times, attempts or outcome do not fit", i);
    }
    if ((row->tie != 0) != (audit->scenario->ties == TIES_RANDOM)) {
        audit_complain(audit, "gradient row %zu: its tie key does not fit the rule", i);
    }
    const struct gradient_row *next = audit_next_of_worker(audit, row);
    const struct audit_rules some = audit_rules_of_some(audit);
    if (next == NULL || some.drops || some.goes_on || some.bounded ||
        audit_starts_anew(audit, next)) {
        return; // the account of the server says when
    }
    if (row->received_ns < 0 || next->dispatched_ns < row->received_ns ||
        (rules.waits &&
         (row->outcome != OUTCOME_APPLIED || next->dispatched_ns < row->applied_ns))) {
        audit_complain(audit, "gradient row %zu: its worker starts the next one too early", i);
    }
}

static void audit_values(struct audit *audit, size_t i) {
    const struct gradient_row *row = &audit->log->gradients[i];
    bool applied = row->outcome == OUTCOME_APPLIED;
    int64_t staleness = applied ? row->version_applied - row->version_read : -1;
    if (row->staleness != staleness || (applied && (staleness < 0 || row->version_read < 0)) ||
        (!applied && (row->version_applied != -1 || row->staleness_gradients != -1))) {
        audit_complain(audit, "gradient row %zu: staleness %" PRId64 ", should be %" PRId64, i,
                       row->staleness, staleness);
    }
    bool valued = applied && scenario_computes(audit->scenario);
    bool diverged = audit->log->ending.status == RUN_DIVERGED;
    if (isnan(row->distance) != !valued || (!diverged && isnan(row->loss) != !valued) ||
        (valued && staleness == 0 && row->distance != 0)) {
        audit_complain(audit, "gradient row %zu: loss %g, distance %g", i, row->loss,
                       row->distance);
    }
}

// ---- updates ----

static void audit_update(struct audit *audit, size_t i, const int64_t *counts, const int64_t *sums,
                         const int64_t *maxima) {
    const struct update_row *row = &audit->log->updates[i];
    int64_t before_ns = i == 0 ? 0 : row[-1].time_ns;
    bool computes = scenario_computes(audit->scenario);
    if (row->version != (int64_t)i + 1 || row->time_ns < before_ns ||
        row->time_ns > audit->log->ending.end_ns) {
        audit_complain(audit, "update %zu: version %" PRId64 " at %" PRId64, i, row->version,
                       row->time_ns);
    } else if (row->gradients != counts[i] || row->gradients < 1 || row->threshold < 1 ||
               row->gradients < row->threshold || row->staleness_max != maxima[i] ||
               row->staleness_mean != (double)sums[i] / (double)counts[i]) {
        audit_complain(audit,
                       "update %zu: %" PRId64 " gradients, should be %" PRId64 " (K %" PRId64
                       "); or their staleness is wrong",
                       i, row->gradients, counts[i], row->threshold);
    } else if (!audit_rate_fits(audit, i) || isnan(row->update_norm) != !computes ||
               (row->parameter_hash == 0) == computes) {
        if (audit->log->ending.status != RUN_DIVERGED) {
            audit_complain(audit, "update %zu: learning rate, norm or hash", i);
        }
    }
}

static void audit_updates(struct audit *audit) {
    const struct runlog *log = audit->log;
    int64_t *counts = memory_allocate(log->update_count, sizeof *counts);
    int64_t *sums = memory_allocate(log->update_count, sizeof *sums);
    int64_t *maxima = memory_allocate(log->update_count, sizeof *maxima);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (row->outcome != OUTCOME_APPLIED) {
            continue;
        }
        size_t at = (size_t)row->version_applied;
        if (at >= log->update_count || log->updates[at].time_ns != row->applied_ns) {
            audit_complain(audit, "gradient row %zu: applied at %" PRId64 " by no such update", i,
                           row->applied_ns);
            break;
        }
        counts[at]++;
        sums[at] += row->staleness;
        maxima[at] = row->staleness > maxima[at] ? row->staleness : maxima[at];
    }
    for (size_t i = 0; i < log->update_count && !audit->broken; i++) {
        audit_update(audit, i, counts, sums, maxima);
    }
    memory_free(counts);
    memory_free(sums);
    memory_free(maxima);
}

// ---- workers, ending ----

// When the worker stopped computing: ready, cancelled, or the end of the run.
static int64_t computed_until(const struct audit *audit, size_t row) {
    const struct gradient_row *gradient = &audit->log->gradients[row];
    if (gradient->ready_ns >= 0) {
        return gradient->ready_ns;
    }
    if (gradient->outcome == OUTCOME_LOST) {
        return audit_crash_of(audit, gradient);
    }
    return audit->cancelled_ns[row] >= 0 ? audit->cancelled_ns[row] : audit->log->ending.end_ns;
}

static void audit_worker(struct audit *audit, int32_t worker) {
    const struct runlog *log = audit->log;
    const struct worker_row *row = &log->ending.workers[worker];
    int64_t end_ns = log->ending.end_ns;
    int64_t start_ns = audit->scenario->cluster.start_up_ns;
    int64_t busy = 0;
    int64_t waiting = audit->idle_ns[worker];
    int64_t dropped = 0;
    for (size_t i = audit->first[worker]; i < audit->first[worker + 1]; i++) {
        const struct gradient_row *gradient = &log->gradients[audit->rows[i]];
        bool kept = gradient->received_ns >= 0 && gradient->outcome != OUTCOME_DROPPED;
        busy += computed_until(audit, audit->rows[i]) - gradient->dispatched_ns;
        dropped += gradient->outcome == OUTCOME_DROPPED;
        if (kept && audit_rules_at(audit, gradient->received_ns).waits &&
            !audit->went_on[audit->rows[i]]) {
            int64_t until_ns = audit->waits_until_ns[audit->rows[i]];
            int64_t crash_ns = audit_crash_of(audit, gradient);
            until_ns = crash_ns < until_ns ? crash_ns : until_ns;
            // Its worker may have been replied to before: that reply was for all who waited.
            waiting += until_ns > gradient->received_ns ? until_ns - gradient->received_ns : 0;
        }
    }
    int64_t total = end_ns > start_ns ? end_ns - start_ns : 0;
    int64_t down = audit_down_ns(audit, worker);
    bool timed = log->header.events; // without, nobody knows when the cancelled ones were
    bool fits = (row->busy_ns == busy || (!timed && audit_drops_some(audit))) &&
                row->communicating_ns >= 0 && row->down_ns == down &&
                row->busy_ns + row->waiting_ns + row->communicating_ns + down == total &&
                row->gradients == (int64_t)(audit->first[worker + 1] - audit->first[worker]) &&
                row->dropped == dropped;
    if (!fits || (timed && row->waiting_ns != waiting)) {
        audit_complain(
            audit,
            "worker %" PRId32 ": busy %" PRId64 " (should be %" PRId64 "), waiting %" PRId64
            " (%" PRId64 "), communicating %" PRId64 ", together %" PRId64,
            worker, row->busy_ns, busy, row->waiting_ns, waiting, row->communicating_ns, total);
    }
}

static void audit_ending(struct audit *audit) {
    const struct runlog *log = audit->log;
    size_t count = log->header.parameter_count;
    if (!runlog_fingerprints_hold(log)) {
        audit_complain(audit, "the timeline fingerprint is not that of the rows");
    }
    if (scenario_computes(audit->scenario)) {
        const float *final = log->ending.final;
        uint64_t last = log->update_count == 0
                            ? fingerprint_bytes(log->header.initial, count * sizeof *final)
                            : log->updates[log->update_count - 1].parameter_hash;
        if (log->ending.parameter_fingerprint != last ||
            fingerprint_bytes(final, count * sizeof *final) != last) {
            audit_complain(audit, "the parameter fingerprint is not that of the last update");
        }
    }
    if (log->header.events && (int64_t)log->event_count != log->ending.event_count) {
        audit_complain(audit, "there are %zu events, the ending says %" PRId64, log->event_count,
                       log->ending.event_count);
    }
}

// ---- all of it ----

static void audit_all(struct audit *audit) {
    const struct runlog *log = audit->log;
    index_rows(audit);
    audit_stalled(audit);
    audit_end(audit);
    if (policy_table[audit->scenario->training.policy.policy].averaging.family !=
        AVERAGING_FAMILY_NONE) {
        if (!audit->broken) {
            audit_local(audit);
            audit_reduction_spans(audit);
            audit_evaluations(audit);
        }
        if (!audit->broken) {
            audit_parameters(audit);
        }
        return;
    }
    for (size_t i = 0; i < log->gradient_count && !audit->broken; i++) {
        audit_way(audit, i);
        audit_start_in_notice(audit, i);
        audit_values(audit, i);
    }
    if (!audit->broken) {
        audit_updates(audit);
    }
    if (!audit->broken && log->header.events) {
        audit_server(audit);
    }
    if (!audit->broken && log->header.events) {
        audit_events(audit);
        audit_staleness(audit);
        audit_staleness_in_gradients(audit);
        audit_balance(audit);
        audit_service(audit);
    }
    if (!audit->broken) {
        audit_parameters(audit);
    }
    for (int32_t worker = 0; worker < audit->workers && !audit->broken; worker++) {
        audit_worker(audit, worker);
    }
    audit_evaluations(audit);
    audit_ending(audit);
}

bool log_audit(const struct scenario *scenario, const struct runlog *log, char *problem,
               size_t size) {
    const struct policy_options *policy = &scenario->training.policy;
    struct audit audit = {.scenario = scenario,
                          .log = log,
                          .rules = audit_rules_of(policy),
                          .workers = scenario->cluster.workers,
                          .problem = problem,
                          .problem_size = size};
    size_t count = log->gradient_count;
    struct audit_history history = {0};
    struct audit_history to_come = {0};
    audit.history = &history;
    audit.to_come = &to_come;
    audit.past_count = scenario_past_phases(scenario, &audit.past);
    audit_find_groups(&audit);
    audit_incidents(&audit);
    audit_find_absences(&audit);
    audit_list_notices(&audit);
    audit.first = memory_allocate((size_t)audit.workers + 1, sizeof *audit.first);
    audit.rows = memory_allocate(count, sizeof *audit.rows);
    audit.waits_until_ns = memory_allocate(count, sizeof *audit.waits_until_ns);
    audit.reply_end_ns = memory_allocate(count, sizeof *audit.reply_end_ns);
    audit.reply_version = memory_allocate(count, sizeof *audit.reply_version);
    audit.place = memory_allocate(count, sizeof *audit.place);
    audit.cancelled_ns = memory_allocate(count, sizeof *audit.cancelled_ns);
    audit.lost_ns = memory_allocate(count, sizeof *audit.lost_ns);
    audit.vanishes_ns = memory_allocate(count, sizeof *audit.vanishes_ns);
    audit.went_on = memory_allocate(count, sizeof *audit.went_on);
    for (size_t i = 0; i < count; i++) {
        audit.waits_until_ns[i] = log->ending.end_ns;
        audit.reply_end_ns[i] = audit.reply_version[i] = audit.place[i] = -1;
        audit.cancelled_ns[i] = audit.lost_ns[i] = audit.vanishes_ns[i] = -1;
    }
    audit_all(&audit);
    audit_drop_notices(&audit);
    audit_history_reset(&history);
    audit_drop_groups(&audit);
    memory_free(audit.past);
    memory_free(audit.first);
    memory_free(audit.rows);
    memory_free(audit.waits_until_ns);
    memory_free(audit.reply_end_ns);
    memory_free(audit.reply_version);
    memory_free(audit.place);
    memory_free(audit.cancelled_ns);
    memory_free(audit.lost_ns);
    memory_free(audit.vanishes_ns);
    memory_free(audit.absences);
    memory_free(audit.absence_first);
    memory_free(audit.went_on);
    return !audit.broken;
}

void log_audit_expect_sound(const struct scenario *scenario, const struct runlog *log) {
    char problem[PROBLEM_SIZE];
    if (!log_audit(scenario, log, problem, sizeof problem)) {
        fail_msg("the log breaks a rule: %s", problem);
    }
}
