// SPDX-License-Identifier: GPL-3.0-or-later
// The audit of runs without a server in which workers crash: along the events, which the recursion
// of log_audit_local.c needs none of. Who has a model, which gradients are in a reduction, what is
// lost with whom, who begins anew and on what, and that nobody waits for more than he has to.
#include <inttypes.h>
#include <math.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_audit_local.h"

enum presence { PRESENT, DOWN, IDLE };

struct account {
    enum presence presence;
    bool takes_part; // in the reduction of all that has begun last
    bool joined;     // overlapping averages: the one to come
    bool vanishes;   // a centre's answer
    int64_t life;    // its first gradient since its last crash
    int64_t next;    // gradient
    int64_t ready;   // and before this one computed
    int64_t given;   // and before this one given to the reduction to come
    int64_t reduced; // and before this one in a reduction that has begun, or at the centre
    int64_t applied; // and before this one in a version
    int64_t steps;   // since it last took an average of all
    int64_t root;    // the version that its model comes from
    int64_t reply;   // of the centre's answer; -1: none
};

struct walk {
    struct local_audit *local;
    struct account *accounts; // (workers)
    enum averaging_family family;
    bool under_way;     // a reduction of all
    int32_t in_service; // at the centre
    int32_t lost_of;    // the worker that has just crashed
    int64_t lost_next;  // the next of its gradients that is lost
    int64_t moved_ns;   // when somebody last came to a barrier, or back, or an average was there
    int64_t due_ns;     // of the reduction of all
    int64_t threshold;  // models in the reduction of all that has begun
};

static void wrong(struct walk *walk, const struct event_row *event, const char *what) {
    audit_complain(walk->local->audit, "at %" PRId64 ", %s, worker %" PRId32 ", %" PRId64 ": %s",
                   event->time_ns, event_kind_names[event->kind], event->actor, event->gradient,
                   what);
}

static int32_t count_of(const struct walk *walk, enum presence presence) {
    int32_t count = 0;
    for (int32_t i = 0; i < walk->local->audit->workers; i++) {
        count += walk->accounts[i].presence == presence;
    }
    return count;
}

// ---- crashes ----

static void crash(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    audit_crash_event(walk->local->audit, event, walk->local->version);
    walk->lost_of = event->actor;
    walk->lost_next = account->reduced > account->applied ? account->reduced : account->applied;
    walk->lost_next = account->life > walk->lost_next ? account->life : walk->lost_next;
    account->vanishes =
        account->reply >= 0 || walk->in_service == event->actor ||
        (walk->family == AVERAGING_FAMILY_EXCHANGE && account->reduced > account->applied);
    account->presence = DOWN;
    account->joined = false;
    account->given = walk->lost_next;
}

// What it had that is in no reduction, in order, and nothing else.
static void lose(struct walk *walk, const struct event_row *event) {
    const struct gradient_row *row = local_audit_row(walk->local, event->actor, event->gradient);
    if (event->actor != walk->lost_of || event->gradient != walk->lost_next ||
        row->outcome != OUTCOME_LOST || event->gradient >= walk->accounts[event->actor].next) {
        wrong(walk, event, "should not be lost, or not now");
    }
    walk->lost_next++;
}

static void expect_all_lost(struct walk *walk, const struct event_row *event) {
    if (walk->lost_of >= 0 && event->kind != EVENT_LOST) {
        struct account *account = &walk->accounts[walk->lost_of];
        account->life = account->next;
        if (walk->lost_next != account->next) {
            wrong(walk, event, "before it, gradients should be lost");
        }
        walk->lost_of = -1;
    }
}

static void come_back(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    struct audit *audit = walk->local->audit;
    audit_crash_event(audit, event, walk->local->version);
    if (account->presence != DOWN || account->vanishes) {
        wrong(walk, event, "is not to come back");
    }
    account->presence = IDLE;
    account->next = account->ready =
        account->next > account->ready ? account->next : account->ready;
    walk->moved_ns = event->time_ns;
}

// ---- gradients ----

// An idle worker begins where all take an average, or where nobody has a model and none will come.
static void begin_anew(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    bool in_vain = count_of(walk, PRESENT) == 0 && !walk->under_way;
    bool asks = walk->family == AVERAGING_FAMILY_EXCHANGE;
    for (int32_t i = 0; i < walk->local->audit->workers; i++) { // those before it may have begun
        in_vain |= walk->accounts[i].presence == PRESENT && walk->accounts[i].steps == 0 &&
                   walk->accounts[i].root == walk->local->version && !walk->under_way;
    }
    if (account->presence == DOWN || (!in_vain && !asks && walk->due_ns != event->time_ns)) {
        wrong(walk, event, "begins, but has no model");
    }
    account->presence = PRESENT;
    account->root = walk->local->version;
    account->steps = 0;
}

static void dispatch(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    const struct gradient_row *row = local_audit_row(walk->local, event->actor, event->gradient);
    if (account->presence != PRESENT) {
        begin_anew(walk, event);
    }
    if (account->reply >= 0) {
        account->root = account->reply;
        account->reply = -1;
    }
    if (event->gradient != account->next || row->dispatched_ns != event->time_ns ||
        row->version_read != account->root) {
        wrong(walk, event, "starts out of turn, or on another version");
    }
    account->next++;
}

static void compute(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    const struct gradient_row *row = local_audit_row(walk->local, event->actor, event->gradient);
    int64_t ready_ns = audit_computed(walk->local->audit, event->actor, row->dispatched_ns,
                                      sim_time_add(row->compute_ns, row->delay_ns));
    if (event->gradient != account->next - 1 || account->presence != PRESENT ||
        row->ready_ns != event->time_ns || row->ready_ns != ready_ns) {
        wrong(walk, event, "is not ready now");
    }
    account->ready = account->next;
    account->steps++;
    walk->moved_ns = event->time_ns;
}

// ---- reductions ----

// Everybody whom it waits for has come, the last one now, and nobody is down.
static void begin(struct walk *walk, const struct event_row *event) {
    const struct local_audit *local = walk->local;
    const struct reduction_row *row = &local_audit_log(local)->reductions[event->gradient];
    bool all = row->scope == SCOPE_ALL;
    bool beside = walk->family == AVERAGING_FAMILY_OVERLAP;
    int32_t models = 0;
    for (int32_t i = row->worker; i < row->worker + (int32_t)row->members; i++) {
        struct account *account = &walk->accounts[i];
        bool present = account->presence == PRESENT;
        bool stands = beside ? account->joined
                             : account->ready == account->next && account->steps == row->steps;
        if (account->presence == DOWN || (present && !stands)) {
            wrong(walk, event, "begins too early");
        }
        models += present;
        account->takes_part = all ? present : account->takes_part;
        if (all && present) {
            account->reduced = beside ? account->given : account->next;
            account->joined = false;
            account->steps = walk->family == AVERAGING_FAMILY_WINDOWS ? 0 : account->steps;
        }
    }
    if (models == 0 || event->time_ns != walk->moved_ns || event->time_ns != row->began_ns ||
        (all && walk->under_way)) {
        wrong(walk, event, "should have begun before, or not at all");
    }
    if (all) {
        walk->threshold = models;
        walk->under_way = true;
    }
}

static void finish(struct walk *walk, const struct event_row *event) {
    const struct reduction_row *row = &local_audit_log(walk->local)->reductions[event->gradient];
    if (event->time_ns < sim_time_add(row->began_ns, row->span_ns)) {
        wrong(walk, event, "is over too early");
    }
    walk->moved_ns = event->time_ns;
    walk->due_ns = row->scope == SCOPE_ALL ? event->time_ns : walk->due_ns;
    walk->under_way = walk->under_way && row->scope != SCOPE_ALL;
}

static int64_t apply_those_of(struct walk *walk, const struct event_row *event, int32_t worker) {
    struct account *account = &walk->accounts[worker];
    int64_t count = 0;
    for (; account->applied < account->reduced; account->applied++) {
        const struct gradient_row *row = local_audit_row(walk->local, worker, account->applied);
        if (row->outcome == OUTCOME_LOST) {
            continue; // with an earlier crash
        }
        if (row->outcome != OUTCOME_APPLIED || row->applied_ns != event->time_ns ||
            row->version_applied != event->version - 1) {
            wrong(walk, event, "leaves out a gradient that was given to it");
        }
        count++;
    }
    return count;
}

static void make_version(struct walk *walk, const struct event_row *event) {
    const struct runlog *log = local_audit_log(walk->local);
    bool exchanges = walk->family == AVERAGING_FAMILY_EXCHANGE;
    int64_t count = 0;
    for (int32_t i = 0; i < walk->local->audit->workers; i++) {
        count += !exchanges || i == walk->in_service ? apply_those_of(walk, event, i) : 0;
    }
    const struct update_row *row = &log->updates[walk->local->version];
    int64_t models = exchanges ? 1 : walk->threshold;
    if (event->version != ++walk->local->version || row->time_ns != event->time_ns ||
        row->gradients != count || row->threshold != models) {
        wrong(walk, event, "is not of the gradients that were given to it");
    }
    walk->local->gradients_applied += count;
    walk->due_ns = event->time_ns;
    for (int32_t i = 0;
         walk->family == AVERAGING_FAMILY_PERIODIC && i < walk->local->audit->workers; i++) {
        walk->accounts[i].root = walk->local->version;
        walk->accounts[i].steps = 0;
    }
    if (exchanges) {
        walk->accounts[walk->in_service].reply = event->version;
    }
}

static void merge(struct walk *walk, const struct event_row *event) {
    if (event->actor < 0) {
        for (int32_t i = 0; i < walk->local->audit->workers; i++) {
            walk->accounts[i].root = walk->local->version;
        }
        return;
    }
    struct account *account = &walk->accounts[event->actor];
    account->joined = true;
    account->given = account->next;
    account->root = walk->local->version;
    account->steps = 0;
    walk->moved_ns = event->time_ns;
}

// ---- a centre ----

static void arrive(struct walk *walk, const struct event_row *event) {
    bool before = walk->local->options->gradient == ELASTIC_BEFORE;
    struct account *account = &walk->accounts[event->actor];
    if (account->presence != PRESENT) {
        wrong(walk, event, "should be lost");
    }
    account->reduced = event->gradient + (before ? 0 : 1);
}

static void vanish(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    if (!account->vanishes || account->reply != event->version) {
        wrong(walk, event, "does not vanish");
    }
    account->vanishes = false;
    account->reply = -1;
    walk->moved_ns = event->time_ns;
}

// ---- all of it ----

static void take(struct walk *walk, const struct event_row *event) {
    expect_all_lost(walk, event);
    switch ((enum event_kind)event->kind) {
    case EVENT_CRASHED:
        crash(walk, event);
        return;
    case EVENT_LOST:
        lose(walk, event);
        return;
    case EVENT_RETURNED:
        come_back(walk, event);
        return;
    case EVENT_VANISHED:
        vanish(walk, event);
        return;
    case EVENT_DISPATCHED:
        dispatch(walk, event);
        return;
    case EVENT_READY:
        compute(walk, event);
        return;
    case EVENT_REDUCING:
        begin(walk, event);
        return;
    case EVENT_REDUCED:
        finish(walk, event);
        return;
    case EVENT_UPDATED:
        make_version(walk, event);
        return;
    case EVENT_MERGED:
        merge(walk, event);
        return;
    case EVENT_ARRIVED:
        arrive(walk, event);
        return;
    case EVENT_RECEIVED:
        walk->in_service = event->actor;
        return;
    case EVENT_REPLIED:
        walk->in_service = -1;
        return;
    default:
        return;
    }
}

static void audit_outcomes(struct walk *walk) {
    const struct runlog *log = local_audit_log(walk->local);
    int64_t counts[OUTCOME_COUNT] = {0};
    int64_t told = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        counts[log->gradients[i].outcome]++;
    }
    for (size_t i = 0; i < log->event_count; i++) {
        told += log->events[i].kind == EVENT_LOST;
    }
    if (counts[OUTCOME_APPLIED] != walk->local->gradients_applied || counts[OUTCOME_LOST] != told ||
        counts[OUTCOME_APPLIED] + counts[OUTCOME_LOST] + counts[OUTCOME_PENDING] !=
            (int64_t)log->gradient_count) {
        audit_complain(walk->local->audit,
                       "%" PRId64 " gradients applied, should be %" PRId64 "; %" PRId64
                       " lost, should be %" PRId64,
                       counts[OUTCOME_APPLIED], walk->local->gradients_applied,
                       counts[OUTCOME_LOST], told);
    }
}

static void audit_totals(struct walk *walk, int32_t worker) {
    struct audit *audit = walk->local->audit;
    const struct runlog *log = audit->log;
    const struct worker_row *row = &log->ending.workers[worker];
    int64_t busy_ns = 0;
    for (int64_t n = 0; local_audit_row(walk->local, worker, n) != NULL; n++) {
        const struct gradient_row *gradient = local_audit_row(walk->local, worker, n);
        int64_t crash_ns = audit_crash_after(audit, worker, gradient->dispatched_ns);
        int64_t until_ns = gradient->ready_ns < 0 ? crash_ns : gradient->ready_ns;
        busy_ns += local_audit_within(walk->local, until_ns) - gradient->dispatched_ns;
    }
    int64_t down_ns = audit_down_ns(audit, worker);
    int64_t start_ns = audit->scenario->cluster.start_up_ns;
    int64_t total_ns = log->ending.end_ns > start_ns ? log->ending.end_ns - start_ns : 0;
    if (row->busy_ns != busy_ns || row->down_ns != down_ns || row->waiting_ns < 0 ||
        row->communicating_ns < 0 ||
        row->busy_ns + row->waiting_ns + row->communicating_ns + row->down_ns != total_ns) {
        audit_complain(audit,
                       "worker %" PRId32 ": busy %" PRId64 " (should be %" PRId64 "), down %" PRId64
                       " (%" PRId64 ")",
                       worker, row->busy_ns, busy_ns, row->down_ns, down_ns);
    }
}

void local_audit_crashes(struct local_audit *local) {
    const struct audit *audit = local->audit;
    struct walk walk = {.local = local,
                        .family =
                            policy_table[audit->scenario->training.policy.policy].averaging.family,
                        .in_service = -1,
                        .lost_of = -1,
                        .due_ns = audit->scenario->cluster.start_up_ns};
    walk.accounts = memory_allocate((size_t)audit->workers, sizeof *walk.accounts);
    for (int32_t i = 0; i < audit->workers; i++) {
        walk.accounts[i].reply = -1;
    }
    for (size_t i = 0; i < audit->log->event_count && !audit->broken; i++) {
        take(&walk, &audit->log->events[i]);
    }
    if (!audit->broken) {
        audit_outcomes(&walk);
        audit_crashes_told(local->audit);
    }
    for (int32_t i = 0; i < audit->workers && !audit->broken; i++) {
        audit_totals(&walk, i);
    }
    memory_free(walk.accounts);
}
