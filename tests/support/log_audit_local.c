// SPDX-License-Identifier: GPL-3.0-or-later
// The audit of runs without a server: every time once more, by recursion over rounds from the
// logged spans alone, with no events and no state machine.
//
//   k_avg ...  t += span of each step; a group's reduction begins at the latest t of its members,
//              and each goes on from its end
//   hpsgd      all t become the latest t after every gradient; a window's reduction begins where
//              the one before is over (and, after a merge, one gradient later)
//   cocod ...  a worker joins the average of round r at max(t, end of that of round r - 1), which
//              begins when the last has joined
#include "tests/support/log_audit_local.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/runlog_reader.h"

// What was due may be missing if it lies past the end, or at the instant at which the run was cut.
static void missing(struct local_audit *local, const char *what, int64_t due_ns) {
    audit_missing(local->audit, 0, what, due_ns);
}

static bool exchanges(const struct local_audit *local) {
    enum policy policy = local->audit->scenario->training.policy.policy;
    return policy_table[policy].averaging.family == AVERAGING_FAMILY_EXCHANGE;
}

// The worker computes its next gradient.
static void compute(struct local_audit *local, int32_t worker) {
    struct local_clock *clock = &local->clocks[worker];
    const struct gradient_row *row = local_audit_row(local, worker, clock->next);
    if (clock->now_ns == SIM_TIME_NEVER) {
        return;
    }
    if (row == NULL) {
        missing(local, "a dispatch", clock->now_ns);
        clock->now_ns = SIM_TIME_NEVER;
        return;
    }
    int64_t ready_ns =
        audit_computed(local->audit, worker, row->dispatched_ns, row->compute_ns + row->delay_ns);
    if (row->dispatched_ns != clock->now_ns || row->version_read != clock->version ||
        (row->ready_ns != -1 && row->ready_ns != ready_ns) ||
        (row->push_ns != 0 && !exchanges(local))) {
        audit_complain(local->audit,
                       "worker %" PRId32 ", gradient %" PRId64 ": dispatched at %" PRId64
                       ", version %" PRId64 "; should be %" PRId64 ", version %" PRId64,
                       worker, clock->next, row->dispatched_ns, row->version_read, clock->now_ns,
                       clock->version);
    }
    if (row->ready_ns == -1) {
        missing(local, "a computed gradient", ready_ns);
        ready_ns = SIM_TIME_NEVER;
    }
    clock->now_ns = ready_ns;
    clock->next++;
}

static int64_t latest(const struct local_audit *local, int32_t first, int32_t members) {
    int64_t latest_ns = 0;
    for (int32_t i = first; i < first + members; i++) {
        int64_t now_ns = local->clocks[i].now_ns;
        latest_ns = now_ns > latest_ns ? now_ns : latest_ns;
    }
    return latest_ns;
}

// The row of the group's next reduction, which is due now; NULL if the run ended there.
static const struct reduction_row *begin(struct local_audit *local, int32_t first, int32_t members,
                                         int64_t began_ns, int64_t steps) {
    const struct runlog *log = local_audit_log(local);
    bool all = members == local->audit->workers;
    size_t group = all ? 0 : 1 + (size_t)first;
    size_t at = local->next_row[group];
    while (at < log->reduction_count &&
           (log->reductions[at].worker != first || log->reductions[at].members != members)) {
        at++;
    }
    local->next_row[group] = at + 1;
    if (at >= log->reduction_count) {
        missing(local, "a reduction", began_ns);
        return NULL;
    }
    const struct reduction_row *row = &log->reductions[at];
    bool ends_it = log->ending.status == RUN_DIVERGED && at + 1 == log->reduction_count;
    if (row->began_ns != began_ns || row->number != local->next_number[group]++ ||
        row->steps != steps || row->version != local->version || (row->scope == SCOPE_ALL) != all ||
        (isnan(row->spread) != !scenario_computes(local->audit->scenario) && !ends_it)) {
        audit_complain(local->audit, "reduction %zu: at %" PRId64 ", due at %" PRId64 ", spread %g",
                       at, row->began_ns, began_ns, row->spread);
    }
    local->rows_seen++;
    return row;
}

static void include_all(struct local_audit *local) {
    for (int32_t i = 0; i < local->audit->workers; i++) {
        local->clocks[i].included = local->clocks[i].next;
    }
}

static void audit_applied(struct local_audit *local, const struct gradient_row *row,
                          int64_t time_ns, int64_t place) {
    int64_t before = local->applied_by[row->version_read];
    bool computes = scenario_computes(local->audit->scenario);
    if (row->outcome != OUTCOME_APPLIED || row->applied_ns != time_ns ||
        row->version_applied != local->version ||
        row->staleness != local->version - row->version_read ||
        row->staleness_gradients != local->gradients_applied + place - before ||
        isnan(row->loss) == computes || isnan(row->distance) == computes) {
        audit_complain(local->audit,
                       "worker %" PRId32 ", gradient %" PRId64 ": not in version %" PRId64,
                       row->worker, row->number, local->version + 1);
    }
}

// A version out of the gradients up to each worker's "included". Returns false at the end.
static bool make_version(struct local_audit *local, int64_t time_ns, int64_t span_ns) {
    const struct runlog *log = local_audit_log(local);
    if ((size_t)local->version >= log->update_count) {
        missing(local, "a version", time_ns);
        return false;
    }
    const struct update_row *update = &log->updates[local->version];
    int64_t gradients = 0;
    int64_t sum = 0;
    for (int32_t i = 0; i < local->audit->workers; i++) {
        struct local_clock *clock = &local->clocks[i];
        local->loss = i == 0 ? 0 : local->loss;
        for (; clock->applied < clock->included; clock->applied++) {
            const struct gradient_row *row = local_audit_row(local, i, clock->applied);
            audit_applied(local, row, time_ns, gradients++);
            sum += row->staleness;
            local->loss += row->loss;
        }
    }
    if (update->time_ns != time_ns || update->update_ns != span_ns ||
        update->version != local->version + 1 || update->gradients != gradients ||
        update->threshold != (exchanges(local) ? 1 : local->audit->workers) ||
        update->staleness_mean != (double)sum / (double)gradients) {
        audit_complain(local->audit, "update %" PRId64 " at %" PRId64 ", should be at %" PRId64,
                       update->version, update->time_ns, time_ns);
    }
    local->gradients_applied += gradients;
    local->loss /= (double)gradients;
    bool computes = scenario_computes(local->audit->scenario);
    if (computes ? update->loss_estimate != local->loss : !isnan(update->loss_estimate)) {
        audit_complain(local->audit, "update %" PRId64 ": loss_estimate %.17g, should be %.17g",
                       update->version, update->loss_estimate, local->loss);
    }
    local->version++;
    local->applied_by[local->version] = local->gradients_applied;
    return true;
}

// ---- k_avg, post_local, hier_avg ----

static void reduce(struct local_audit *local, int32_t first, int32_t members, int64_t steps) {
    int64_t began_ns = latest(local, first, members);
    int64_t end_ns = SIM_TIME_NEVER;
    bool all = members == local->audit->workers;
    const struct reduction_row *row = NULL;
    if (began_ns != SIM_TIME_NEVER) {
        row = begin(local, first, members, began_ns, steps);
    }
    int64_t begin_ns = row == NULL ? local_audit_log(local)->ending.end_ns : began_ns;
    end_ns = row == NULL ? SIM_TIME_NEVER
                         : audit_reduced(local->audit, first, members, began_ns, row->span_ns);
    for (int32_t i = first; i < first + members; i++) {
        struct local_clock *clock = &local->clocks[i];
        if (clock->now_ns != SIM_TIME_NEVER) {
            clock->waiting_ns += begin_ns - clock->now_ns;
            clock->communicating_ns += local_audit_within(local, end_ns) - begin_ns;
        }
    }
    if (all && row != NULL) {
        include_all(local);
    }
    if (end_ns > local_audit_log(local)->ending.end_ns ||
        (all && !make_version(local, end_ns, row->span_ns))) {
        end_ns = SIM_TIME_NEVER;
    }
    for (int32_t i = first; i < first + members; i++) {
        local->clocks[i].now_ns = end_ns;
        local->clocks[i].version = all ? local->version : local->clocks[i].version;
    }
}

static void audit_round(struct local_audit *local, int64_t steps, int64_t cluster_steps,
                        int32_t size) {
    int32_t workers = local->audit->workers;
    for (int64_t s = 1; s <= steps; s++) {
        for (int32_t i = 0; i < workers; i++) {
            compute(local, i);
        }
        if (s == steps) {
            reduce(local, 0, workers, s);
        }
        for (int32_t first = 0; s < steps && s % cluster_steps == 0 && first < workers && size > 1;
             first += size) {
            reduce(local, first, size, s);
        }
    }
}

// AdaComm's K of the next round. The learning rate is constant.
static int64_t adapt(const struct local_audit *local, double first_loss, int64_t period,
                     int64_t *due_ns) {
    int64_t now_ns = local_audit_log(local)->updates[local->version - 1].time_ns;
    if (now_ns < *due_ns) {
        return period;
    }
    while (*due_ns <= now_ns) {
        *due_ns += local->options->adapt_every_ns;
    }
    double next = ceil(sqrt(local->loss / first_loss) * (double)local->options->steps);
    return next < (double)period ? (int64_t)fmax(next, 1) : (period + 1) / 2;
}

// A cluster of all makes versions of its own, and with them rounds.
static void audit_periodic(struct local_audit *local) {
    const struct averaging_options *o = local->options;
    enum policy policy = local->audit->scenario->training.policy.policy;
    int32_t workers = local->audit->workers;
    bool clusters = policy == POLICY_HIER_AVG;
    int32_t size = clusters ? o->cluster_size : 1;
    int64_t period = o->steps;
    int64_t due_ns = o->adapt_every_ns;
    double first_loss = 0;
    bool one = clusters && size == workers && size > 1;
    while (latest(local, 0, workers) != SIM_TIME_NEVER && !local->audit->broken) {
        bool single = policy == POLICY_POST_LOCAL && local->version < o->after;
        int64_t steps = single ? 1 : one ? o->cluster_steps : period;
        int64_t version = local->version;
        audit_round(local, steps, clusters && !one ? o->cluster_steps : steps, size);
        if (policy == POLICY_ADACOMM && local->version > version) {
            first_loss = local->version == 1 ? local->loss : first_loss;
            period = adapt(local, first_loss, period, &due_ns);
        }
    }
}

// ---- hpsgd ----

static void audit_windows(struct local_audit *local) {
    int32_t workers = local->audit->workers;
    int64_t reduced_ns = -1; // end of the reduction that has begun; -1: none has
    int64_t span_ns = 0;
    int64_t window = 0;
    bool merged = true;
    while (!local->audit->broken) {
        for (int32_t i = 0; i < workers; i++) {
            compute(local, i);
        }
        int64_t open_ns = latest(local, 0, workers);
        int64_t until_ns = local_audit_within(local, open_ns);
        for (int32_t i = 0; i < workers; i++) {
            struct local_clock *clock = &local->clocks[i];
            clock->waiting_ns += clock->now_ns == SIM_TIME_NEVER ? 0 : until_ns - clock->now_ns;
            clock->now_ns = open_ns;
        }
        if (open_ns == SIM_TIME_NEVER) {
            return;
        }
        window++;
        const struct runlog *log = local_audit_log(local);
        bool shifts = !merged && reduced_ns <= open_ns;
        if (shifts && reduced_ns == open_ns) { // a tie: the order of the two events decides
            shifts = local->next_row[0] < log->reduction_count &&
                     log->reductions[local->next_row[0]].began_ns == open_ns;
        }
        bool merges = shifts && reduced_ns >= 0;
        if (merges && !make_version(local, open_ns, span_ns)) {
            return;
        }
        merged = merges;
        if (!shifts) {
            continue;
        }
        for (int32_t i = 0; i < workers; i++) {
            local->clocks[i].version = local->version;
        }
        include_all(local);
        const struct reduction_row *row = begin(local, 0, workers, open_ns, window);
        if (row == NULL) {
            return;
        }
        span_ns = row->span_ns;
        reduced_ns = audit_reduced(local->audit, 0, workers, open_ns, span_ns);
        window = 0;
    }
}

// ---- cocod, overlap_local_sgd ----

static void wait_to_join(struct local_audit *local, struct local_clock *clock, int64_t began_ns,
                         int64_t over_ns) {
    if (clock->now_ns == SIM_TIME_NEVER) {
        clock->joined_ns = SIM_TIME_NEVER;
        return;
    }
    clock->joined_ns = clock->now_ns > over_ns ? clock->now_ns : over_ns;
    int64_t until_ns = local_audit_within(local, clock->joined_ns);
    int64_t waits_ns = local_audit_within(local, began_ns) - clock->now_ns;
    waits_ns = waits_ns < 0 ? 0 : waits_ns;
    clock->waiting_ns += waits_ns;
    clock->communicating_ns += until_ns - clock->now_ns - waits_ns;
}

static void audit_overlap(struct local_audit *local) {
    int32_t workers = local->audit->workers;
    int64_t began_ns = 0;
    int64_t over_ns = 0; // of the average of the round before
    int64_t span_ns = 0;
    for (int64_t round = 0; !local->audit->broken; round++) {
        for (int64_t s = 0; s < local->options->steps; s++) {
            for (int32_t i = 0; i < workers; i++) {
                compute(local, i);
            }
        }
        int64_t joined_ns = 0;
        for (int32_t i = 0; i < workers; i++) {
            struct local_clock *clock = &local->clocks[i];
            wait_to_join(local, clock, began_ns, over_ns);
            joined_ns = clock->joined_ns > joined_ns ? clock->joined_ns : joined_ns;
        }
        bool over = over_ns <= local_audit_log(local)->ending.end_ns;
        if (round > 0 && (!over || !make_version(local, over_ns, span_ns))) {
            return;
        }
        for (int32_t i = 0; i < workers; i++) {
            struct local_clock *clock = &local->clocks[i];
            clock->now_ns = clock->joined_ns;
            clock->included = clock->next;
            clock->version = local->version;
        }
        const struct reduction_row *row =
            joined_ns > local_audit_log(local)->ending.end_ns
                ? NULL
                : begin(local, 0, workers, joined_ns, local->options->steps);
        began_ns = row == NULL ? SIM_TIME_NEVER : joined_ns;
        over_ns = row == NULL ? SIM_TIME_NEVER
                              : audit_reduced(local->audit, 0, workers, began_ns, row->span_ns);
        span_ns = row == NULL ? 0 : row->span_ns;
    }
}

// ---- easgd ----

// Steps until the worker sends its model; its time is then that of the arrival.
static void go_to_sending(struct local_audit *local, int32_t i) {
    struct local_clock *clock = &local->clocks[i];
    bool before = local->options->gradient == ELASTIC_BEFORE;
    int64_t steps = local->options->steps;
    for (;;) {
        compute(local, i);
        if (clock->now_ns == SIM_TIME_NEVER) {
            return;
        }
        int64_t number = clock->next - 1;
        if (before ? number > 0 && number % steps == 0 : (number + 1) % steps == 0) {
            const struct gradient_row *row = local_audit_row(local, i, number);
            clock->sent_ns = clock->now_ns;
            clock->now_ns = audit_pushed(local->audit, row, clock->now_ns);
            return;
        }
    }
}

// One service of the centre. Returns when it is over; SIM_TIME_NEVER: the run ends within it.
static int64_t serve(struct local_audit *local, int32_t i, int64_t free_ns) {
    struct local_clock *clock = &local->clocks[i];
    const struct runlog *log = local_audit_log(local);
    const struct gradient_row *row = local_audit_row(local, i, clock->next - 1);
    int64_t start_ns = clock->now_ns > free_ns ? clock->now_ns : free_ns;
    int64_t received_ns = audit_served(local->audit, start_ns, row->receive_ns);
    if (row->received_ns == -1) {
        missing(local, "a model received", received_ns);
        return SIM_TIME_NEVER;
    }
    if (row->received_ns != received_ns || row->arrived_ns != clock->now_ns) {
        audit_complain(local->audit,
                       "the model of worker %" PRId32 " is received at %" PRId64
                       ", should be %" PRId64,
                       i, row->received_ns, received_ns);
    }
    if ((size_t)local->version == log->update_count) {
        return SIM_TIME_NEVER; // of an update that did not end no row tells the span
    }
    int64_t span_ns = log->updates[local->version].update_ns;
    int64_t updated_ns = audit_served(local->audit, received_ns, span_ns);
    clock->included = clock->next - (local->options->gradient == ELASTIC_BEFORE ? 1 : 0);
    make_version(local, updated_ns, span_ns);
    int64_t replied_ns = audit_served(local->audit, updated_ns, row->reply_ns);
    const struct gradient_row *next = local_audit_row(local, i, clock->next);
    int64_t wait_ns = next == NULL ? 0 : next->reply_port_wait_ns;
    int64_t delivered_ns = next == NULL && audit_has_port(local->audit)
                               ? SIM_TIME_NEVER // no row tells how long it waits there
                               : audit_returned(local->audit, row, replied_ns, wait_ns);
    clock->version = local->version;
    clock->communicating_ns += local_audit_within(local, delivered_ns) - clock->sent_ns;
    clock->sent_ns = -1;
    clock->now_ns = delivered_ns > log->ending.end_ns ? SIM_TIME_NEVER : delivered_ns;
    return replied_ns;
}

// The centre serves in the order of the arrivals.
static void audit_exchange(struct local_audit *local) {
    const struct runlog *log = local_audit_log(local);
    int64_t free_ns = 0;
    for (int32_t i = 0; i < local->audit->workers; i++) {
        local->clocks[i].sent_ns = -1;
        go_to_sending(local, i);
    }
    for (size_t e = 0; e < log->event_count && !local->audit->broken; e++) {
        int32_t i = log->events[e].actor;
        if (log->events[e].kind != EVENT_ARRIVED || free_ns == SIM_TIME_NEVER) {
            continue;
        }
        free_ns = serve(local, i, free_ns);
        if (free_ns != SIM_TIME_NEVER && local->clocks[i].now_ns != SIM_TIME_NEVER) {
            go_to_sending(local, i);
        }
    }
    for (int32_t i = 0; i < local->audit->workers; i++) {
        struct local_clock *clock = &local->clocks[i];
        clock->communicating_ns += clock->sent_ns < 0 ? 0 : log->ending.end_ns - clock->sent_ns;
    }
}

static void audit_family(struct local_audit *local) {
    switch (policy_table[local->audit->scenario->training.policy.policy].averaging.family) {
    case AVERAGING_FAMILY_PERIODIC:
        audit_periodic(local);
        return;
    case AVERAGING_FAMILY_WINDOWS:
        audit_windows(local);
        return;
    case AVERAGING_FAMILY_OVERLAP:
        audit_overlap(local);
        return;
    case AVERAGING_FAMILY_EXCHANGE:
        audit_exchange(local);
        return;
    case AVERAGING_FAMILY_NONE:
        return;
    }
}

static bool counts_out(const struct local_audit *local) {
    struct audit_silence *silences = NULL;
    size_t count = audit_silences(local->audit, &silences);
    memory_free(silences);
    return count > 0 && !exchanges(local);
}

static void audit_all(struct local_audit *local) {
    struct audit *audit = local->audit;
    if (audit->absence_count > 0 || counts_out(local)) {
        if (audit->log->header.events) {
            local_audit_crashes(local);
        }
        return;
    }
    audit_family(local);
    if (!audit->broken) {
        local_audit_pending(local);
    }
    for (int32_t worker = 0; worker < audit->workers && !audit->broken; worker++) {
        local_audit_worker(local, worker);
    }
    if (!audit->broken && audit->log->header.events) {
        local_audit_events(local);
    }
}

void audit_local(struct audit *audit) {
    size_t workers = (size_t)audit->workers;
    struct local_audit local = {.audit = audit,
                                .options = &audit->scenario->training.policy.averaging};
    local.clocks = memory_allocate(workers, sizeof *local.clocks);
    local.next_row = memory_allocate(workers + 1, sizeof *local.next_row);
    local.applied_by = memory_allocate(audit->log->update_count + 1, sizeof *local.applied_by);
    local.next_number = memory_allocate(workers + 1, sizeof *local.next_number);
    for (size_t i = 0; i < workers; i++) {
        local.clocks[i].now_ns = audit->scenario->cluster.start_up_ns;
    }
    audit_all(&local);
    if (!audit->broken && !runlog_fingerprints_hold(audit->log)) {
        audit_complain(audit, "the timeline fingerprint is not that of the rows");
    }
    memory_free(local.clocks);
    memory_free(local.next_row);
    memory_free(local.next_number);
    memory_free(local.applied_by);
}
