// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/averaging.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

static const struct averaging_scheme *scheme_of(enum policy policy) {
    switch (policy_table[policy].averaging.family) {
    case AVERAGING_FAMILY_PERIODIC:
        return &averaging_periodic;
    case AVERAGING_FAMILY_WINDOWS:
        return &averaging_hpsgd;
    case AVERAGING_FAMILY_OVERLAP:
        return &averaging_overlap;
    case AVERAGING_FAMILY_EXCHANGE:
        return &averaging_easgd;
    case AVERAGING_FAMILY_NONE:
        break;
    }
    check_failed("requirement", "a policy with local models", __FILE__, __LINE__);
}

void averaging_init(struct averaging *averaging, enum policy policy,
                    const struct averaging_options *options, int32_t workers) {
    REQUIRE(workers >= 1 && options->steps >= 1);
    *averaging = (struct averaging){.scheme = scheme_of(policy),
                                    .options = *options,
                                    .workers = workers,
                                    .period = options->steps};
    if (!policy_table[policy].averaging.has_clusters) {
        averaging->options.cluster_size = workers;
        averaging->options.cluster_steps = options->steps;
    }
    if (policy_table[policy].averaging.has_after) {
        averaging->period = 1;
    } else {
        averaging->options.after = 0;
    }
    if (!policy_table[policy].averaging.has_pull) {
        averaging->options.pull = 0;
    }
    averaging->adapt_ns = averaging->options.adapt_every_ns;
    averaging->adapts = policy_table[policy].averaging.has_adapt_every;
    REQUIRE(workers % averaging->options.cluster_size == 0);
    size_t count = (size_t)workers;
    size_t clusters = count / (size_t)averaging->options.cluster_size;
    averaging->steps = memory_allocate(count, sizeof *averaging->steps);
    averaging->averages = memory_allocate(clusters, sizeof *averaging->averages);
    averaging->periods = memory_allocate(count, sizeof *averaging->periods);
    averaging->queue = memory_allocate(count, sizeof *averaging->queue);
    averaging->waits = memory_allocate(count, sizeof *averaging->waits);
    averaging->at_barrier = memory_allocate(clusters + 1, sizeof *averaging->at_barrier);
    averaging->excused = memory_allocate(clusters + 1, sizeof *averaging->excused);
    averaging->busy = memory_allocate(clusters + 1, sizeof *averaging->busy);
    averaging->presence = memory_allocate(count, sizeof *averaging->presence);
    averaging->out = memory_allocate(count, sizeof *averaging->out);
    averaging->gave = memory_allocate(count, sizeof *averaging->gave);
    averaging->taking_part = workers;
    averaging->stands_at = memory_allocate(count, sizeof *averaging->stands_at);
    for (size_t i = 0; i < count; i++) {
        averaging->stands_at[i] = -1;
    }
}

void averaging_reset(struct averaging *averaging) {
    memory_free(averaging->steps);
    memory_free(averaging->averages);
    memory_free(averaging->periods);
    memory_free(averaging->waits);
    memory_free(averaging->queue);
    memory_free(averaging->at_barrier);
    memory_free(averaging->excused);
    memory_free(averaging->busy);
    memory_free(averaging->presence);
    memory_free(averaging->out);
    memory_free(averaging->gave);
    memory_free(averaging->stands_at);
    *averaging = (struct averaging){0};
}

struct averaging_effect averaging_stepped(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    averaging->steps[worker]++;
    INVARIANT(averaging->presence[worker] == AVERAGING_PRESENT);
    return averaging->scheme->stepped(averaging, worker);
}

struct averaging_effect averaging_reduced(struct averaging *averaging, struct averaging_group group,
                                          const struct averaging_view *view) {
    REQUIRE(group.first >= 0 && group.members >= 1);
    REQUIRE(group.first + group.members <= averaging->workers);
    int64_t before = averaging->versions;
    struct averaging_effect effect = averaging->scheme->reduced(averaging, group, view);
    ENSURE(averaging->versions == before + group.all);
    return effect;
}

struct averaging_effect averaging_joins(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    REQUIRE(averaging->scheme->joins != NULL && averaging->waits[worker]);
    return averaging->scheme->joins(averaging, worker);
}

bool averaging_centre_arrives(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    REQUIRE(averaging->queue_count < averaging->workers);
    int32_t place = (averaging->queue_head + averaging->queue_count) % averaging->workers;
    averaging->queue[place] = worker;
    averaging->queue_count++;
    return averaging->queue_count == 1;
}

int32_t averaging_centre_served(struct averaging *averaging) {
    REQUIRE(averaging->queue_count > 0);
    averaging->queue_head = (averaging->queue_head + 1) % averaging->workers;
    averaging->queue_count--;
    return averaging->queue_count == 0 ? -1 : averaging->queue[averaging->queue_head];
}

struct averaging_group averaging_all(const struct averaging *averaging) {
    return (struct averaging_group){.members = averaging->workers, .all = true};
}

struct averaging_group averaging_cluster_of(const struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    int32_t size = averaging->options.cluster_size;
    return (struct averaging_group){
        .first = worker / size * size, .members = size, .all = size == averaging->workers};
}

int32_t averaging_cluster(const struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    return worker / averaging->options.cluster_size;
}

int32_t averaging_slot(const struct averaging *averaging, struct averaging_group group) {
    return group.all ? 0 : 1 + averaging_cluster(averaging, group.first);
}

bool averaging_has_models(const struct averaging *averaging, struct averaging_group group) {
    REQUIRE(group.first >= 0 && group.first + group.members <= averaging->workers);
    bool some = false;
    for (int32_t i = group.first; i < group.first + group.members && !some; i++) {
        some = averaging->presence[i] == AVERAGING_PRESENT;
    }
    return some;
}

bool averaging_takes_part(const struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    return averaging->presence[worker] == AVERAGING_PRESENT && !averaging->out[worker];
}

// ---- barriers ----

// The one place that says for whom a barrier waits.
static bool is_awaited(const struct averaging *averaging, int32_t worker) {
    return averaging->presence[worker] != AVERAGING_IDLE && !averaging->out[worker];
}

int32_t averaging_awaited(const struct averaging *averaging, struct averaging_group group) {
    int32_t count = group.members - averaging->excused[averaging_slot(averaging, group)];
    ENSURE(count >= 0 && count <= group.members);
    return count;
}

int32_t averaging_first_present(const struct averaging *averaging, struct averaging_group group) {
    int32_t worker = group.first;
    while (!averaging_takes_part(averaging, worker)) {
        worker++;
        REQUIRE(worker < group.first + group.members);
    }
    return worker;
}

bool averaging_opens(struct averaging *averaging, struct averaging_group group) {
    int32_t slot = averaging_slot(averaging, group);
    int32_t count = averaging->at_barrier[slot];
    INVARIANT(count >= 0 && count <= group.members);
    if (count == 0 || averaging->busy[slot] || count < averaging_awaited(averaging, group)) {
        return false;
    }
    averaging->at_barrier[slot] = 0;
    for (int32_t i = group.first; i < group.first + group.members; i++) {
        bool goes = averaging->stands_at[i] == slot && !averaging->out[i];
        INVARIANT(goes == averaging_takes_part(averaging, i));
        averaging->stands_at[i] = goes ? -1 : averaging->stands_at[i];
    }
    return true;
}

static void stand(struct averaging *averaging, int32_t worker, struct averaging_group group) {
    REQUIRE(averaging->stands_at[worker] < 0);
    averaging->stands_at[worker] = averaging_slot(averaging, group);
    averaging->at_barrier[averaging->stands_at[worker]] += !averaging->out[worker];
}

static void leave(struct averaging *averaging, int32_t worker) {
    if (averaging->stands_at[worker] >= 0) {
        averaging->at_barrier[averaging->stands_at[worker]] -= !averaging->out[worker];
        averaging->stands_at[worker] = -1;
    }
}

bool averaging_arrives(struct averaging *averaging, int32_t worker, struct averaging_group group) {
    stand(averaging, worker, group);
    return !averaging->out[worker] && averaging_opens(averaging, group);
}

void averaging_goes_over(struct averaging *averaging, int32_t worker,
                         struct averaging_group group) {
    REQUIRE(averaging->stands_at[worker] >= 0);
    leave(averaging, worker);
    stand(averaging, worker, group);
}

int64_t averaging_end_steps(struct averaging *averaging, struct averaging_group group) {
    int64_t most = 0;
    for (int32_t i = group.first; i < group.first + group.members; i++) {
        if (averaging_takes_part(averaging, i)) {
            int64_t before = averaging->averages[averaging_cluster(averaging, i)] *
                             averaging->options.cluster_steps;
            int64_t steps = before + averaging->steps[i];
            most = steps > most ? steps : most;
            averaging->steps[i] = 0;
        }
    }
    ENSURE(most >= 1);
    return most;
}

// ---- who is there ----

static void set_presence(struct averaging *averaging, int32_t worker,
                         enum averaging_presence presence, bool out) {
    bool took_part = averaging_takes_part(averaging, worker);
    bool was_awaited = is_awaited(averaging, worker);
    averaging->idle -= averaging->presence[worker] == AVERAGING_IDLE;
    averaging->presence[worker] = presence;
    averaging->out[worker] = out;
    averaging->idle += presence == AVERAGING_IDLE;
    averaging->taking_part += averaging_takes_part(averaging, worker) - took_part;
    int32_t fewer = was_awaited - is_awaited(averaging, worker);
    averaging->excused[0] += fewer;
    averaging->excused[1 + averaging_cluster(averaging, worker)] += fewer;
    INVARIANT(averaging->taking_part >= 0 && averaging->idle >= 0 && averaging->excused[0] >= 0);
}

// A model that was given to the reduction to come is not in it any more. Returns whether it was.
static bool withdraw(struct averaging *averaging, int32_t worker) {
    bool gave = averaging->gave[worker];
    averaging->joined -= gave;
    averaging->periods[worker] -= gave;
    averaging->gave[worker] = false;
    INVARIANT(averaging->joined >= 0);
    return gave;
}

// Where nobody of a cluster has a model any more, none of its averages in the period is left.
static void forget_averages(struct averaging *averaging, int32_t worker) {
    int64_t *averages = &averaging->averages[averaging_cluster(averaging, worker)];
    if (*averages > 0 &&
        !averaging_has_models(averaging, averaging_cluster_of(averaging, worker))) {
        *averages = 0;
    }
}

void averaging_crashed(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    leave(averaging, worker);
    withdraw(averaging, worker);
    set_presence(averaging, worker, AVERAGING_DOWN, averaging->out[worker]);
    averaging->waits[worker] = false;
    averaging->steps[worker] = 0;
    forget_averages(averaging, worker);
}

struct averaging_effect averaging_looks_again(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    return averaging->scheme->fewer == NULL
               ? (struct averaging_effect){.activity = AVERAGING_STANDS_BY}
               : averaging->scheme->fewer(averaging, worker);
}

struct averaging_effect averaging_returned(struct averaging *averaging, int32_t worker) {
    REQUIRE(averaging->presence[worker] == AVERAGING_DOWN);
    set_presence(averaging, worker, AVERAGING_IDLE, averaging->out[worker]);
    return averaging_looks_again(averaging, worker);
}

void averaging_starts(struct averaging *averaging, int32_t worker) {
    REQUIRE(averaging->presence[worker] == AVERAGING_IDLE && !averaging->out[worker]);
    set_presence(averaging, worker, AVERAGING_PRESENT, false);
    averaging->steps[worker] = 0;
    averaging->periods[worker] = averaging->versions;
}

bool averaging_count_out(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers && !averaging->out[worker]);
    if (averaging->stands_at[worker] >= 0) {
        averaging->at_barrier[averaging->stands_at[worker]]--;
    }
    set_presence(averaging, worker, averaging->presence[worker], true);
    return withdraw(averaging, worker);
}

void averaging_count_in(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers && averaging->out[worker]);
    set_presence(averaging, worker, averaging->presence[worker], false);
    if (averaging->stands_at[worker] >= 0) {
        averaging->at_barrier[averaging->stands_at[worker]]++;
    }
    // It is where those are who have given nothing to the reduction to come.
    int64_t ended = averaging->versions + averaging->reducing + averaging->waits[worker];
    if (averaging->periods[worker] < ended) {
        averaging->periods[worker] = ended;
    }
}

bool averaging_has_nobody(const struct averaging *averaging) {
    INVARIANT(averaging->taking_part >= 0);
    return averaging->taking_part == 0 && !averaging->reducing;
}
