// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/worker_groups.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

_Static_assert(GROUPS_MAX <= INT16_MAX, "the index of a group fits");

// The groups being filled, in order.
struct filling {
    const struct cluster_options *options;
    uint64_t seed;
    int16_t *of;    // (workers): the group, -1 for none
    bool *taken;    // (workers): is in an earlier group
    bool *reserved; // (workers): the same, or some group names it
};

static void fill_named(struct filling *filling) {
    const struct worker_group_list *groups = &filling->options->groups;
    REQUIRE(groups->count <= GROUPS_MAX);
    for (int32_t i = 0; i < groups->count; i++) {
        const struct worker_choice *who = &groups->entries[i].who;
        for (int32_t r = 0; who->kind == WORKERS_NUMBERS && r < who->range_count; r++) {
            for (int32_t worker = who->ranges[r].first;
                 worker <= who->ranges[r].last && worker < filling->options->workers; worker++) {
                filling->reserved[worker] = true;
            }
        }
    }
}

static struct filling filling_create(const struct cluster_options *options, uint64_t seed) {
    size_t workers = (size_t)options->workers;
    REQUIRE(options->workers >= 1);
    struct filling filling = {.options = options,
                              .seed = seed,
                              .of = memory_allocate(workers, sizeof *filling.of),
                              .taken = memory_allocate(workers, sizeof *filling.taken),
                              .reserved = memory_allocate(workers, sizeof *filling.reserved)};
    for (size_t worker = 0; worker < workers; worker++) {
        filling.of[worker] = -1;
    }
    fill_named(&filling);
    return filling;
}

static enum group_fault_kind choice_fault(const struct worker_choice *who, int32_t workers) {
    switch (who->kind) {
    case WORKERS_NOT_SAID:
        return GROUP_SAYS_NOBODY;
    case WORKERS_NUMBERS:
        return who->who == WORKERS_DRAWN ? GROUP_DRAWS_NUMBERS : GROUPS_OK;
    case WORKERS_SHARE:
        return who->share > 0 && worker_choice_count(who, workers) == 0 ? GROUP_SHARE_OF_NOBODY
                                                                        : GROUPS_OK;
    case WORKERS_COUNT:
        return GROUPS_OK;
    case WORKERS_OF_GROUP:
        break;
    }
    REQUIRE(who->kind < WORKERS_OF_GROUP); // a group is no other group's
    return GROUPS_OK;
}

static enum group_fault_kind set_fault(enum worker_set_fault fault) {
    static const enum group_fault_kind kinds[] = {
        [WORKER_SET_OK] = GROUPS_OK,
        [WORKER_SET_NO_SUCH_WORKER] = GROUP_NO_SUCH_WORKER,
        [WORKER_SET_TOO_MANY] = GROUP_TOO_MANY,
        [WORKER_SET_TWICE] = GROUP_NAMES_TWICE,
    };
    REQUIRE(fault <= WORKER_SET_TWICE);
    return kinds[fault];
}

// Its members, who must be in no other group.
static void take(struct filling *filling, const struct worker_set *set, struct group_fault *fault) {
    REQUIRE(fault->kind == GROUPS_OK);
    for (int32_t i = 0; i < set->count && fault->kind == GROUPS_OK; i++) {
        int32_t worker = set->members[i];
        if (filling->taken[worker]) {
            fault->kind = GROUPS_OVERLAP;
            fault->other = filling->of[worker];
            fault->number = worker;
        }
        filling->of[worker] = (int16_t)fault->group;
        filling->taken[worker] = true;
        filling->reserved[worker] = true;
    }
}

static struct group_fault fill(struct filling *filling, int32_t index) {
    const struct worker_group *group = &filling->options->groups.entries[index];
    struct group_fault fault = {.group = index};
    bool drawn = group->who.who == WORKERS_DRAWN;
    const struct worker_set_request request = {.workers = filling->options->workers,
                                               .seed = filling->seed,
                                               .name = group->name,
                                               .taken = drawn ? filling->reserved : filling->taken};
    struct worker_set set;
    REQUIRE(index < filling->options->groups.count);
    fault.kind = choice_fault(&group->who, filling->options->workers);
    if (fault.kind == GROUPS_OK) {
        fault.kind = set_fault(worker_set_check(&group->who, &request, &fault.number));
    }
    if (fault.kind == GROUPS_OK) {
        worker_set_resolve(&group->who, &request, &set);
        take(filling, &set, &fault);
        worker_set_reset(&set);
    }
    return fault;
}

static struct group_fault fill_all(struct filling *filling) {
    struct group_fault fault = {.kind = GROUPS_OK};
    for (int32_t i = 0; i < filling->options->groups.count && fault.kind == GROUPS_OK; i++) {
        fault = fill(filling, i);
    }
    memory_free(filling->taken);
    memory_free(filling->reserved);
    return fault;
}

struct group_fault worker_groups_check(const struct cluster_options *options, uint64_t seed) {
    REQUIRE(options->groups.count >= 0 && options->groups.count <= GROUPS_MAX);
    if (options->groups.count == 0) {
        return (struct group_fault){.kind = GROUPS_OK};
    }
    struct filling filling = filling_create(options, seed);
    struct group_fault fault = fill_all(&filling);
    memory_free(filling.of);
    return fault;
}

int16_t *worker_groups_create(const struct cluster_options *options, uint64_t seed) {
    REQUIRE(options->groups.count >= 0 && options->groups.count <= GROUPS_MAX);
    if (options->groups.count == 0) {
        return NULL;
    }
    struct filling filling = filling_create(options, seed);
    struct group_fault fault = fill_all(&filling);
    ENSURE(fault.kind == GROUPS_OK);
    return filling.of;
}
