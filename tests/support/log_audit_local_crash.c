// SPDX-License-Identifier: GPL-3.0-or-later
// The audit of runs without a server in which workers crash or are counted out: along the events,
// which the recursion of log_audit_local.c needs none of. Who has a model and takes part, which
// gradients are in a reduction, what is lost with whom, who begins anew and on what, and that
// nobody waits for more than he has to.
//
// The last at an instant is the call of the roll, and no event says so. It has been called if what
// happens could not happen before it; what could has not waited for it.
#include <inttypes.h>
#include <math.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_audit_local.h"

enum presence { PRESENT, DOWN, IDLE };

struct account {
    enum presence presence;
    bool out;        // counted out
    bool late;       // since its last average others may have had one, or a barrier, without it
    bool takes_part; // in the reduction of all that has begun last
    bool joined;     // overlapping averages: the one to come
    bool stands;     // at a barrier, or is about to go on
    bool vanishes;   // a centre's answer
    int64_t life;    // its first gradient since its last crash
    int64_t next;    // gradient
    int64_t ready;   // and before this one computed
    int64_t given;   // and before this one given to the reduction to come
    int64_t reduced; // and before this one in a reduction that has begun, or at the centre
    int64_t applied; // and before this one in a version
    int64_t steps;   // since it last took an average of all or of its cluster
    int64_t root;    // the version that its model comes from
    int64_t reply;   // of the centre's answer; -1: none
    int64_t rounds;  // averages of its cluster since the last one of all
    int64_t out_until_ns;
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
    struct audit_silence *silences; // (silence_count), by the time of the roll
    size_t silence_count;
    size_t silences_over; // those before have been counted out
    int64_t *ends_ns;     // (reductions)
};

static void wrong(struct walk *walk, const struct event_row *event, const char *what) {
    audit_complain(walk->local->audit, "at %" PRId64 ", %s, worker %" PRId32 ", %" PRId64 ": %s",
                   event->time_ns, event_kind_names[event->kind], event->actor, event->gradient,
                   what);
}

static bool takes_part(const struct account *account) {
    return account->presence == PRESENT && !account->out;
}

// ---- who is counted out ----

static void move(struct walk *walk, int64_t time_ns) {
    walk->moved_ns = time_ns > walk->moved_ns ? time_ns : walk->moved_ns;
}

// The calls of the roll before that time.
static void call_roll(struct walk *walk, int64_t before_ns) {
    while (walk->silences_over < walk->silence_count &&
           walk->silences[walk->silences_over].missed_ns < before_ns) {
        const struct audit_silence *silence = &walk->silences[walk->silences_over++];
        struct account *account = &walk->accounts[silence->worker];
        account->out = true;
        account->out_until_ns = silence->ended_ns;
        account->joined = false;
        account->late = account->late || walk->family == AVERAGING_FAMILY_WINDOWS;
        move(walk, silence->missed_ns);
    }
}

// Who is counted out before the events of that time, and in.
static void come_to(struct walk *walk, int64_t time_ns) {
    call_roll(walk, time_ns);
    for (int32_t i = 0; i < walk->local->audit->workers; i++) {
        struct account *account = &walk->accounts[i];
        if (account->out && account->out_until_ns <= time_ns) {
            account->out = false;
            move(walk, account->out_until_ns);
        }
    }
}

// Whether those whom a barrier of these waits for all stand at it.
static bool is_full(const struct walk *walk, int32_t first, int32_t members) {
    bool some = false;
    for (int32_t i = first; i < first + members; i++) {
        const struct account *account = &walk->accounts[i];
        bool stands = walk->family == AVERAGING_FAMILY_OVERLAP ? account->joined : account->stands;
        if (!account->out && (account->presence == DOWN || (takes_part(account) && !stands))) {
            return false;
        }
        some = some || takes_part(account);
    }
    return some;
}

// When, from then on, all who take part in it are connected or counted out.
static int64_t all_heeded(const struct walk *walk, const struct reduction_row *row,
                          int64_t from_ns) {
    for (int32_t i = row->worker; i < row->worker + (int32_t)row->members;) {
        int64_t time_ns =
            !takes_part(&walk->accounts[i])
                ? from_ns
                : audit_heeded(walk->local->audit, walk->silences, walk->silence_count, i, from_ns);
        i = time_ns == from_ns ? i + 1 : row->worker;
        from_ns = time_ns;
    }
    return from_ns;
}

// ---- clusters ----

static void set_rounds(struct walk *walk, int32_t first, int32_t members, int64_t rounds) {
    for (int32_t i = first; i < first + members; i++) {
        walk->accounts[i].rounds = rounds;
    }
}

static bool has_models(const struct walk *walk, int32_t first, int32_t members) {
    bool some = false;
    for (int32_t i = first; i < first + members; i++) {
        some = some || walk->accounts[i].presence == PRESENT;
    }
    return some;
}

static int32_t cluster_size(const struct walk *walk) {
    bool has_clusters = walk->local->audit->scenario->training.policy.policy == POLICY_HIER_AVG;
    return has_clusters ? walk->local->options->cluster_size : walk->local->audit->workers;
}

// Local steps in the period.
static int64_t steps_of(const struct walk *walk, const struct account *account) {
    return account->rounds * walk->local->options->cluster_steps + account->steps;
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
    account->takes_part = false;
    account->stands = false;
    account->given = walk->lost_next;
    int32_t first = event->actor / cluster_size(walk) * cluster_size(walk);
    if (!has_models(walk, first, cluster_size(walk))) {
        set_rounds(walk, first, cluster_size(walk), 0);
    }
}

// What it had that is in no reduction, in order, and nothing else.
static void lose(struct walk *walk, const struct event_row *event) {
    const struct gradient_row *row = local_audit_row(walk->local, event->actor, event->gradient);
    if (event->actor != walk->lost_of || event->gradient != walk->lost_next ||
        row->outcome != OUTCOME_LOST || event->gradient >= walk->accounts[event->actor].next) {
        wrong(walk, event, "should not be lost, or not now");
    }
    walk->local->audit->lost_ns[row - local_audit_log(walk->local)->gradients] = event->time_ns;
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

// Nobody who takes part has a model, and none will come; or those before it have just begun so.
static bool begins_in_vain(const struct walk *walk) {
    bool nobody = true;
    bool fresh = false;
    for (int32_t i = 0; i < walk->local->audit->workers; i++) {
        const struct account *account = &walk->accounts[i];
        nobody = nobody && !takes_part(account);
        fresh |=
            takes_part(account) && account->steps == 0 && account->root == walk->local->version;
    }
    return (nobody || fresh) && !walk->under_way;
}

// An idle worker begins where all take an average, or where nobody has a model and none will come.
static void begin_anew(struct walk *walk, const struct event_row *event) {
    struct account *account = &walk->accounts[event->actor];
    bool is_due = walk->family == AVERAGING_FAMILY_EXCHANGE || walk->due_ns == event->time_ns;
    if (!is_due && !begins_in_vain(walk)) {
        call_roll(walk, event->time_ns + 1);
    }
    if (account->presence == DOWN || account->out || (!is_due && !begins_in_vain(walk))) {
        wrong(walk, event, "begins, but has no model");
    }
    account->presence = PRESENT;
    account->root = walk->local->version;
    account->steps = 0;
    account->late = false;
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
    account->stands = false;
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
    account->stands = true;
    account->steps++;
    walk->moved_ns = event->time_ns;
}

// ---- reductions ----

// Everybody whom it waits for has come, the last one now, and nobody is down.
static void expect_due(struct walk *walk, const struct event_row *event,
                       const struct reduction_row *row) {
    if (!is_full(walk, row->worker, (int32_t)row->members) || walk->moved_ns != event->time_ns) {
        call_roll(walk, event->time_ns + 1);
    }
    if (!is_full(walk, row->worker, (int32_t)row->members)) {
        wrong(walk, event, "begins too early");
    }
    if (event->time_ns != walk->moved_ns || event->time_ns != row->began_ns ||
        (row->scope == SCOPE_ALL && walk->under_way)) {
        wrong(walk, event, "should have begun before, or not at all");
    }
}

static void begin(struct walk *walk, const struct event_row *event) {
    const struct reduction_row *row = &local_audit_log(walk->local)->reductions[event->gradient];
    bool all = row->scope == SCOPE_ALL;
    bool beside = walk->family == AVERAGING_FAMILY_OVERLAP;
    int32_t models = 0;
    int64_t most = 0;
    int64_t common = -1; // of all who are not late
    bool alike = true;
    expect_due(walk, event, row);
    walk->ends_ns[event->gradient] =
        all_heeded(walk, row, sim_time_add(all_heeded(walk, row, event->time_ns), row->span_ns));
    for (int32_t i = row->worker; i < row->worker + (int32_t)row->members; i++) {
        struct account *account = &walk->accounts[i];
        bool takes = takes_part(account);
        int64_t steps = beside ? walk->local->options->steps : steps_of(walk, account);
        if (takes && !account->late) {
            common = common < 0 ? steps : common;
            alike = alike && steps == common;
        }
        models += takes;
        most = takes && steps > most ? steps : most;
        account->late = !takes;
        account->takes_part = all ? takes : account->takes_part;
        account->reduced = !all || !takes ? account->reduced
                           : beside       ? account->given
                                          : account->next;
        account->joined = account->joined && !takes;
        account->stands = account->stands && !takes;
        account->steps = takes && !beside ? 0 : account->steps;
    }
    if (!alike || most != row->steps) {
        wrong(walk, event, "has not the steps of the one with most, or some are out of step");
    }
    if (all) {
        walk->threshold = models;
        walk->under_way = true;
    }
}

static void finish(struct walk *walk, const struct event_row *event) {
    const struct reduction_row *row = &local_audit_log(walk->local)->reductions[event->gradient];
    if (event->time_ns != walk->ends_ns[event->gradient]) {
        wrong(walk, event, "is not over now");
    }
    walk->moved_ns = event->time_ns;
    walk->due_ns = row->scope == SCOPE_ALL ? event->time_ns : walk->due_ns;
    walk->under_way = walk->under_way && row->scope != SCOPE_ALL;
    if (row->scope != SCOPE_ALL && has_models(walk, row->worker, (int32_t)row->members)) {
        set_rounds(walk, row->worker, (int32_t)row->members,
                   walk->accounts[row->worker].rounds + 1);
    }
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
    if (walk->family == AVERAGING_FAMILY_WINDOWS &&
        !is_full(walk, 0, walk->local->audit->workers)) {
        call_roll(walk, event->time_ns + 1);
    }
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
        struct account *account = &walk->accounts[i];
        account->root = account->takes_part ? walk->local->version : account->root;
        account->rounds = 0;
    }
    if (exchanges) {
        walk->accounts[walk->in_service].reply = event->version;
    }
}

static void merge(struct walk *walk, const struct event_row *event) {
    if (event->actor < 0) {
        for (int32_t i = 0; i < walk->local->audit->workers; i++) {
            struct account *account = &walk->accounts[i];
            account->root = takes_part(account) ? walk->local->version : account->root;
        }
        return;
    }
    struct account *account = &walk->accounts[event->actor];
    bool has_come = event[-1].kind == EVENT_READY && event[-1].actor == event->actor;
    if (!has_come && walk->due_ns != event->time_ns) {
        call_roll(walk, event->time_ns + 1); // it has waited to be counted in
    }
    if (account->out || walk->under_way) {
        wrong(walk, event, "gives its model, but should wait");
    }
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

static void serve(struct walk *walk, const struct event_row *event) {
    walk->in_service = event->actor;
}

static void reply(struct walk *walk, const struct event_row *event) {
    (void)event;
    walk->in_service = -1;
}

static void take(struct walk *walk, const struct event_row *event) {
    static void (*const takers[EVENT_KIND_COUNT])(struct walk *, const struct event_row *) = {
        [EVENT_CRASHED] = crash,   [EVENT_LOST] = lose,           [EVENT_RETURNED] = come_back,
        [EVENT_VANISHED] = vanish, [EVENT_DISPATCHED] = dispatch, [EVENT_READY] = compute,
        [EVENT_REDUCING] = begin,  [EVENT_REDUCED] = finish,      [EVENT_UPDATED] = make_version,
        [EVENT_MERGED] = merge,    [EVENT_ARRIVED] = arrive,      [EVENT_RECEIVED] = serve,
        [EVENT_REPLIED] = reply,
    };
    expect_all_lost(walk, event);
    come_to(walk, event->time_ns);
    if (event->kind < EVENT_KIND_COUNT && takers[event->kind] != NULL) {
        takers[event->kind](walk, event);
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
    walk.ends_ns = memory_allocate(audit->log->reduction_count, sizeof *walk.ends_ns);
    walk.accounts = memory_allocate((size_t)audit->workers, sizeof *walk.accounts);
    for (int32_t i = 0; i < audit->workers; i++) {
        walk.accounts[i].reply = -1;
    }
    if (walk.family != AVERAGING_FAMILY_EXCHANGE) {
        walk.silence_count = audit_silences(audit, &walk.silences);
    }
    for (size_t i = 0; i < audit->log->event_count && !audit->broken; i++) {
        take(&walk, &audit->log->events[i]);
    }
    if (!audit->broken) {
        local_audit_outcomes(local);
        audit_crashes_told(local->audit);
    }
    for (int32_t i = 0; i < audit->workers && !audit->broken; i++) {
        local_audit_totals(local, i);
    }
    memory_free(walk.ends_ns);
    memory_free(walk.silences);
    memory_free(walk.accounts);
}
