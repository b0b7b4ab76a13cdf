// SPDX-License-Identifier: GPL-3.0-or-later
// Crashes of which workers are told before: who idles, and who must not.
#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_parts.h"

const struct scenario *audit_phase_scenario(const struct audit *audit, size_t phase) {
    return phase < audit->past_count ? &audit->past[phase].scenario : audit->scenario;
}

int64_t audit_phase_end_ns(const struct audit *audit, size_t phase) {
    return phase < audit->past_count ? audit->past[phase].until_ns : SIM_TIME_NEVER;
}

size_t audit_phase_at(const struct audit *audit, int64_t time_ns) {
    size_t phase = 0;
    while (time_ns >= audit_phase_end_ns(audit, phase) && phase < audit->past_count) {
        phase++;
    }
    return phase;
}

static int by_worker_then_crash(const void *left, const void *right) {
    const struct audit_told *a = left;
    const struct audit_told *b = right;
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    return (a->crash_ns > b->crash_ns) - (a->crash_ns < b->crash_ns);
}

// All crashes of the event that a worker may be told of in the run.
static void list_crashes(struct audit *audit, size_t phase, const struct incident_plan *plan) {
    const struct scenario *scenario = audit_phase_scenario(audit, phase);
    struct worker_set members;
    incident_plan_members(&scenario->cluster, plan, scenario->seed, &members);
    for (int32_t place = 0; place < members.count; place++) {
        struct incident_sequence sequence = incident_sequence_begin(
            plan, scenario->seed, scenario->cluster.start_up_ns, members.members[place], place, 0);
        while (sequence.next_began_ns != SIM_TIME_NEVER &&
               sequence.next_began_ns - plan->notice_ns <= audit->log->ending.end_ns) {
            audit->told = memory_grow(audit->told, &audit->told_capacity, audit->told_count + 1,
                                      sizeof *audit->told);
            audit->told[audit->told_count++] =
                (struct audit_told){.phase = phase,
                                    .worker = members.members[place],
                                    .from_ns = sequence.next_began_ns - plan->notice_ns,
                                    .crash_ns = sequence.next_began_ns};
            incident_sequence_next(&sequence);
        }
    }
    worker_set_reset(&members);
}

// The incidents of an event that begin in its phase, up to a time.
static void add_to_come(struct audit *audit, size_t phase, const struct incident_plan *plan,
                        int32_t event, int64_t until_ns) {
    const struct scenario *scenario = audit_phase_scenario(audit, phase);
    int64_t from_ns = phase == 0 ? 0 : audit_phase_end_ns(audit, phase - 1);
    bool of_server = plan->kind == INCIDENT_SERVER_PAUSE;
    struct worker_set members;
    incident_plan_members(&scenario->cluster, plan, scenario->seed, &members);
    for (int32_t place = 0; place < (of_server ? 1 : members.count); place++) {
        int32_t worker = of_server ? INCIDENT_OF_SERVER : members.members[place];
        struct incident_sequence sequence = incident_sequence_begin(
            plan, scenario->seed, scenario->cluster.start_up_ns, worker, place, event);
        while (sequence.next_began_ns <= until_ns &&
               sequence.next_began_ns < audit_phase_end_ns(audit, phase)) {
            struct incident incident = incident_sequence_next(&sequence);
            if (incident.began_ns >= from_ns) {
                audit_history_add(audit->to_come, &incident);
            }
        }
    }
    worker_set_reset(&members);
}

// As far as it bears on the last crash of which somebody is told; of what begins behind the end of
// a run nobody knows.
static void lay_out_what_is_to_come(struct audit *audit) {
    const struct scenario *scenario = audit->scenario;
    int64_t until_ns = 0;
    int32_t event = 0;
    for (size_t i = 0; i < audit->told_count; i++) {
        int64_t crash_ns = audit->told[i].crash_ns;
        until_ns = crash_ns > until_ns ? crash_ns : until_ns;
    }
    if (scenario->end.kind == END_TIME && scenario->end.time_ns < until_ns) {
        until_ns = scenario->end.time_ns;
    }
    for (size_t phase = 0; phase <= audit->past_count; phase++) {
        const struct incident_plan_list *events =
            &audit_phase_scenario(audit, phase)->cluster.events;
        for (int32_t i = 0; i < events->count; i++) {
            add_to_come(audit, phase, &events->entries[i], event++, until_ns);
        }
    }
    audit_history_lay_out(audit->to_come, audit->workers);
}

void audit_list_notices(struct audit *audit) {
    audit->idle_ns = memory_allocate((size_t)audit->workers, sizeof *audit->idle_ns);
    for (size_t phase = 0; phase <= audit->past_count; phase++) {
        const struct incident_plan_list *events =
            &audit_phase_scenario(audit, phase)->cluster.events;
        for (int32_t i = 0; i < events->count; i++) {
            int64_t notice_ns = events->entries[i].notice_ns;
            if (notice_ns > audit->longest_notice_ns) {
                audit->longest_notice_ns = notice_ns;
            }
            if (notice_ns > 0) {
                list_crashes(audit, phase, &events->entries[i]);
            }
        }
    }
    if (audit->told_count > 0) {
        qsort(audit->told, audit->told_count, sizeof *audit->told, by_worker_then_crash);
        lay_out_what_is_to_come(audit);
    }
}

void audit_drop_notices(struct audit *audit) {
    audit_history_reset(audit->to_come);
    memory_free(audit->told);
    memory_free(audit->idle_ns);
}

int64_t audit_told_ns(const struct audit *audit, int32_t worker, int64_t time_ns) {
    size_t phase = audit_phase_at(audit, time_ns);
    size_t low = 0;
    size_t high = audit->told_count;
    while (low < high) { // the worker's first crash behind that time
        size_t middle = low + (high - low) / 2;
        const struct audit_told *told = &audit->told[middle];
        bool before = told->worker != worker ? told->worker < worker : told->crash_ns <= time_ns;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    for (; low < audit->told_count && audit->told[low].worker == worker; low++) {
        const struct audit_told *told = &audit->told[low];
        if (told->phase == phase && told->from_ns <= time_ns) {
            return told->crash_ns;
        }
        if (told->crash_ns - audit->longest_notice_ns > time_ns) {
            break;
        }
    }
    return SIM_TIME_NEVER;
}

// When the gradient would come in if it started then, and waited at no port.
static int64_t would_arrive(const struct audit *audit, const struct gradient_row *row,
                            int64_t start_ns) {
    struct audit before = *audit;
    struct gradient_row alone = *row;
    before.history = audit->to_come;
    alone.push_port_wait_ns = 0;
    alone.dispatched_ns = start_ns;
    int64_t ready_ns = audit_computed(&before, row->worker, start_ns,
                                      sim_time_add(row->compute_ns, row->delay_ns));
    return ready_ns == SIM_TIME_NEVER ? ready_ns : audit_pushed(&before, &alone, ready_ns);
}

void audit_start_in_notice(struct audit *audit, size_t i) {
    const struct gradient_row *row = &audit->log->gradients[i];
    int64_t crash_ns = audit_told_ns(audit, row->worker, row->dispatched_ns);
    if (crash_ns != SIM_TIME_NEVER && would_arrive(audit, row, row->dispatched_ns) >= crash_ns) {
        audit_complain(audit,
                       "gradient row %zu begins, but cannot come in before the crash at %" PRId64,
                       i, crash_ns);
    }
}

bool audit_may_idle(const struct audit *audit, int32_t worker, int64_t time_ns,
                    const struct gradient_row *next) {
    return audit_told_ns(audit, worker, time_ns) != SIM_TIME_NEVER &&
           (next == NULL || next->dispatched_ns > time_ns);
}

static void idle(struct audit *audit, int32_t worker, int64_t time_ns,
                 const struct gradient_row *next) {
    int64_t end_ns = audit->log->ending.end_ns;
    int64_t crash_ns = audit_told_ns(audit, worker, time_ns);
    // Its number, and so its spans, are those of the one that it starts next; a phase has its own.
    bool is_known = next != NULL && audit->past_count == 0;
    if (time_ns < end_ns && (crash_ns == SIM_TIME_NEVER ||
                             (is_known && would_arrive(audit, next, time_ns) < crash_ns))) {
        audit_complain(audit, "worker %" PRId32 " starts nothing at %" PRId64 ", but could", worker,
                       time_ns);
    }
    int64_t until_ns = audit_crash_after(audit, worker, time_ns);
    until_ns = next != NULL && next->dispatched_ns < until_ns ? next->dispatched_ns : until_ns;
    until_ns = end_ns < until_ns ? end_ns : until_ns;
    audit->idle_ns[worker] += until_ns - time_ns;
}

bool audit_is_asked_again(const struct audit *audit, const struct gradient_row *row) {
    size_t phase = audit_phase_at(audit, row->dispatched_ns);
    return phase > 0 && audit->past[phase - 1].until_ns == row->dispatched_ns &&
           audit_told_ns(audit, row->worker, row->dispatched_ns - 1) != SIM_TIME_NEVER;
}

void audit_begin(struct audit *audit, int32_t worker, int64_t time_ns) {
    const struct gradient_row *rows = audit->log->gradients;
    size_t low = audit->first[worker];
    size_t high = audit->first[worker + 1];
    while (low < high) { // the first one from then on
        size_t middle = low + (high - low) / 2;
        bool before = rows[audit->rows[middle]].dispatched_ns < time_ns;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    const struct gradient_row *next =
        low < audit->first[worker + 1] ? &rows[audit->rows[low]] : NULL;
    if ((next == NULL || next->dispatched_ns > time_ns) && time_ns < audit->log->ending.end_ns) {
        idle(audit, worker, time_ns, next);
    }
}

void audit_start_up(struct audit *audit) {
    int64_t start_ns = audit->scenario->cluster.start_up_ns;
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        if (!audit_is_down(audit, worker, start_ns)) {
            audit_begin(audit, worker, start_ns);
        }
    }
}

void audit_reply_in_vain(struct audit *audit, size_t row, int64_t time_ns) {
    const struct gradient_row *gradient = &audit->log->gradients[row];
    if (audit_crash_of(audit, gradient) > time_ns) {
        idle(audit, gradient->worker, time_ns, audit_next_of_worker(audit, gradient));
    }
}
