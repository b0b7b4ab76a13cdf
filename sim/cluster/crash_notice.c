// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/crash_notice.h"

#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/incident_plan.h"

struct crash_notices {
    struct incident_sequence *sequences; // (count), by worker; each at its next crash
    size_t count, capacity;
    size_t *first; // (workers + 1): of each worker
    int32_t workers;
};

static int compare_workers(const void *left, const void *right) {
    const struct incident_sequence *a = left;
    const struct incident_sequence *b = right;
    return (a->worker > b->worker) - (a->worker < b->worker);
}

static void add_event(struct crash_notices *notices, const struct cluster_options *options,
                      const struct incident_plan *plan, uint64_t seed) {
    struct worker_set members;
    REQUIRE(plan->kind == INCIDENT_CRASH);
    incident_plan_members(options, plan, seed, &members);
    for (int32_t place = 0; place < members.count; place++) {
        notices->sequences = memory_grow(notices->sequences, &notices->capacity, notices->count + 1,
                                         sizeof *notices->sequences);
        notices->sequences[notices->count++] = incident_sequence_begin(
            plan, seed, options->start_up_ns, members.members[place], place, 0);
    }
    worker_set_reset(&members);
}

bool crash_notices_are_given(const struct cluster_options *options) {
    bool given = false;
    REQUIRE(options->events.count <= INCIDENT_PLANS_MAX);
    for (int32_t i = 0; i < options->events.count; i++) {
        given = given || options->events.entries[i].notice_ns > 0;
    }
    return given;
}

struct crash_notices *crash_notices_create(const struct cluster_options *options, uint64_t seed) {
    REQUIRE(options->workers >= 1);
    if (!crash_notices_are_given(options)) {
        return NULL;
    }
    struct crash_notices *notices = memory_allocate(1, sizeof *notices);
    notices->workers = options->workers;
    for (int32_t i = 0; i < options->events.count; i++) {
        if (options->events.entries[i].notice_ns > 0) {
            add_event(notices, options, &options->events.entries[i], seed);
        }
    }
    ENSURE(notices->count > 0);
    qsort(notices->sequences, notices->count, sizeof *notices->sequences, compare_workers);
    notices->first = memory_allocate((size_t)options->workers + 1, sizeof *notices->first);
    for (size_t i = 0; i < notices->count; i++) {
        notices->first[notices->sequences[i].worker + 1]++;
    }
    for (int32_t i = 0; i < options->workers; i++) {
        notices->first[i + 1] += notices->first[i];
    }
    return notices;
}

void crash_notices_destroy(struct crash_notices *notices) {
    if (notices != NULL) {
        memory_free(notices->sequences);
        memory_free(notices->first);
        memory_free(notices);
    }
}

int64_t crash_notices_told(struct crash_notices *notices, int32_t worker, int64_t now_ns) {
    int64_t crash_ns = SIM_TIME_NEVER;
    REQUIRE(worker >= 0 && now_ns >= 0 && now_ns != SIM_TIME_NEVER);
    if (notices == NULL) {
        return crash_ns;
    }
    REQUIRE(worker < notices->workers);
    for (size_t i = notices->first[worker]; i < notices->first[worker + 1]; i++) {
        struct incident_sequence *sequence = &notices->sequences[i];
        while (sequence->next_began_ns <= now_ns) {
            incident_sequence_next(sequence);
        }
        bool is_told = sequence->next_began_ns != SIM_TIME_NEVER &&
                       sequence->next_began_ns - now_ns <= sequence->plan->notice_ns;
        crash_ns =
            is_told && sequence->next_began_ns < crash_ns ? sequence->next_began_ns : crash_ns;
    }
    ENSURE(crash_ns > now_ns);
    return crash_ns;
}
