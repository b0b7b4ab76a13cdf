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
    averaging->periods = memory_allocate(count, sizeof *averaging->periods);
    averaging->queue = memory_allocate(count, sizeof *averaging->queue);
    averaging->waits = memory_allocate(count, sizeof *averaging->waits);
    averaging->at_barrier = memory_allocate(clusters + 1, sizeof *averaging->at_barrier);
    averaging->presence = memory_allocate(count, sizeof *averaging->presence);
    averaging->present = workers;
    averaging->stands_at = memory_allocate(count, sizeof *averaging->stands_at);
    for (size_t i = 0; i < count; i++) {
        averaging->stands_at[i] = -1;
    }
}

void averaging_reset(struct averaging *averaging) {
    memory_free(averaging->steps);
    memory_free(averaging->periods);
    memory_free(averaging->waits);
    memory_free(averaging->queue);
    memory_free(averaging->at_barrier);
    memory_free(averaging->presence);
    memory_free(averaging->stands_at);
    *averaging = (struct averaging){0};
}

struct averaging_effect averaging_stepped(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    averaging->steps[worker]++;
    struct averaging_effect effect = averaging->scheme->stepped(averaging, worker);
    ENSURE(effect.steps <= averaging->period || effect.activity == AVERAGING_SHIFTS);
    return effect;
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

static int32_t slot_of(const struct averaging *averaging, struct averaging_group group) {
    return group.all ? 0 : 1 + group.first / averaging->options.cluster_size;
}

// The one place that says for whom a barrier waits.
static bool is_awaited(const struct averaging *averaging, int32_t worker) {
    return averaging->presence[worker] != AVERAGING_IDLE;
}

int32_t averaging_awaited(const struct averaging *averaging, struct averaging_group group) {
    int32_t count = group.members;
    for (int32_t i = 0; i < group.members && averaging->idle > 0; i++) {
        count -= !is_awaited(averaging, group.first + i);
    }
    ENSURE(count >= 0);
    return count;
}

int32_t averaging_first_present(const struct averaging *averaging, struct averaging_group group) {
    int32_t worker = group.first;
    while (averaging->presence[worker] != AVERAGING_PRESENT) {
        worker++;
        REQUIRE(worker < group.first + group.members);
    }
    return worker;
}

bool averaging_opens(struct averaging *averaging, struct averaging_group group) {
    int32_t slot = slot_of(averaging, group);
    int32_t count = averaging->at_barrier[slot];
    INVARIANT(count >= 0 && count <= group.members);
    if (count == 0 || count < averaging_awaited(averaging, group)) {
        return false;
    }
    averaging->at_barrier[slot] = 0;
    for (int32_t i = 0; i < group.members; i++) {
        averaging->stands_at[group.first + i] = -1;
    }
    return true;
}

bool averaging_arrives(struct averaging *averaging, int32_t worker, struct averaging_group group) {
    REQUIRE(averaging->stands_at[worker] < 0);
    averaging->stands_at[worker] = slot_of(averaging, group);
    averaging->at_barrier[averaging->stands_at[worker]]++;
    return averaging_opens(averaging, group);
}

// ---- who is there ----

void averaging_crashed(struct averaging *averaging, int32_t worker) {
    REQUIRE(worker >= 0 && worker < averaging->workers);
    bool given = averaging->scheme->joins != NULL && !averaging->reducing &&
                 averaging->periods[worker] > averaging->versions;
    averaging->joined -= given && averaging->presence[worker] == AVERAGING_PRESENT;
    if (averaging->stands_at[worker] >= 0) {
        averaging->at_barrier[averaging->stands_at[worker]]--;
        averaging->stands_at[worker] = -1;
    }
    averaging->present -= averaging->presence[worker] == AVERAGING_PRESENT;
    averaging->idle -= averaging->presence[worker] == AVERAGING_IDLE;
    averaging->presence[worker] = AVERAGING_DOWN;
    averaging->waits[worker] = false;
    averaging->steps[worker] = 0;
    INVARIANT(averaging->joined >= 0 && averaging->present >= 0 && averaging->idle >= 0);
}

struct averaging_effect averaging_returned(struct averaging *averaging, int32_t worker) {
    REQUIRE(averaging->presence[worker] == AVERAGING_DOWN);
    averaging->presence[worker] = AVERAGING_IDLE;
    averaging->idle++;
    return averaging->scheme->fewer == NULL
               ? (struct averaging_effect){.activity = AVERAGING_STANDS_BY}
               : averaging->scheme->fewer(averaging, worker);
}

void averaging_starts(struct averaging *averaging, int32_t worker) {
    REQUIRE(averaging->presence[worker] == AVERAGING_IDLE);
    averaging->presence[worker] = AVERAGING_PRESENT;
    averaging->idle--;
    averaging->present++;
    averaging->steps[worker] = 0;
    averaging->periods[worker] = averaging->versions;
}

bool averaging_has_nobody(const struct averaging *averaging) {
    INVARIANT(averaging->present >= 0);
    return averaging->present == 0 && !averaging->reducing;
}
