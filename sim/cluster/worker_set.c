// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/worker_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

// 29 % of 100 workers are 29, although 0.29 * 100 is a little less in floating point: more than its
// error and less than any share that a scenario can mean.
static const double share_tolerance = 1e-6;

int32_t worker_share_count(double share, int32_t workers) {
    REQUIRE(share >= 0 && share <= 1 && workers >= 1);
    return (int32_t)floor(share * workers + share_tolerance);
}

int32_t worker_choice_count(const struct worker_choice *choice, int32_t workers) {
    REQUIRE(workers >= 1);
    REQUIRE(choice->kind == WORKERS_COUNT || choice->kind == WORKERS_SHARE);
    return choice->kind == WORKERS_COUNT ? choice->count
                                         : worker_share_count(choice->share, workers);
}

static bool is_free(const struct worker_set_request *request, int32_t worker) {
    return request->taken == NULL || !request->taken[worker];
}

static int32_t count_free(const struct worker_set_request *request) {
    int32_t count = 0;
    for (int32_t worker = 0; worker < request->workers; worker++) {
        count += is_free(request, worker);
    }
    return count;
}

static enum worker_set_fault check_numbers(const struct worker_choice *choice, int32_t workers,
                                           int32_t *wrong) {
    REQUIRE(choice->range_count <= WORKER_RANGES_MAX);
    for (int32_t i = 0; i < choice->range_count; i++) {
        const struct worker_range *range = &choice->ranges[i];
        if (range->last >= workers) {
            *wrong = range->first >= workers ? range->first : range->last;
            return WORKER_SET_NO_SUCH_WORKER;
        }
        for (int32_t j = 0; j < i; j++) {
            const struct worker_range *other = &choice->ranges[j];
            if (range->first <= other->last && other->first <= range->last) {
                *wrong = range->first > other->first ? range->first : other->first;
                return WORKER_SET_TWICE;
            }
        }
    }
    return WORKER_SET_OK;
}

enum worker_set_fault worker_set_check(const struct worker_choice *choice,
                                       const struct worker_set_request *request, int32_t *wrong) {
    REQUIRE(request->workers >= 1 && wrong != NULL);
    if (choice->kind == WORKERS_NUMBERS) {
        return check_numbers(choice, request->workers, wrong);
    }
    if (choice->kind == WORKERS_COUNT || choice->kind == WORKERS_SHARE) {
        int32_t available = count_free(request);
        if (worker_choice_count(choice, request->workers) > available) {
            *wrong = available;
            return WORKER_SET_TOO_MANY;
        }
    }
    return WORKER_SET_OK;
}

static int compare_numbers(const void *a, const void *b) {
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static void add_numbers(const struct worker_choice *choice, struct worker_set *set) {
    REQUIRE(choice->kind == WORKERS_NUMBERS);
    for (int32_t i = 0; i < choice->range_count; i++) {
        const struct worker_range *range = &choice->ranges[i];
        for (int32_t worker = range->first; worker <= range->last; worker++) {
            set->members[set->count++] = worker;
        }
    }
    qsort(set->members, (size_t)set->count, sizeof *set->members, compare_numbers);
}

struct ticket {
    uint64_t number;
    int32_t worker;
};

static int compare_tickets(const void *a, const void *b) {
    const struct ticket *left = a;
    const struct ticket *right = b;
    if (left->number != right->number) {
        return left->number < right->number ? -1 : 1;
    }
    return compare_numbers(&left->worker, &right->worker);
}

static uint64_t ticket_number(const struct worker_set_request *request, int32_t worker) {
    REQUIRE(request->name != NULL);
    struct rng_stream stream;
    uint64_t name = fingerprint_bytes(request->name, strlen(request->name));
    rng_stream_init(&stream, request->seed, RNG_WHO, (uint32_t)name, (uint32_t)worker, 0);
    return rng_stream_u64(&stream);
}

// Cuts the set, which has all that may be chosen, to those with the least numbers.
static void draw_members(const struct worker_set_request *request, int32_t count,
                         struct worker_set *set) {
    REQUIRE(count <= set->count);
    struct ticket *tickets = memory_allocate((size_t)set->count, sizeof *tickets);
    for (int32_t i = 0; i < set->count; i++) {
        tickets[i] = (struct ticket){ticket_number(request, set->members[i]), set->members[i]};
    }
    qsort(tickets, (size_t)set->count, sizeof *tickets, compare_tickets);
    for (int32_t i = 0; i < count; i++) {
        set->members[i] = tickets[i].worker;
    }
    memory_free(tickets);
    qsort(set->members, (size_t)count, sizeof *set->members, compare_numbers);
}

void worker_set_resolve(const struct worker_choice *choice,
                        const struct worker_set_request *request, struct worker_set *set) {
    int32_t wrong = 0;
    REQUIRE(worker_set_check(choice, request, &wrong) == WORKER_SET_OK);
    REQUIRE(choice->kind != WORKERS_NOT_SAID && choice->kind != WORKERS_OF_GROUP);
    *set = (struct worker_set){.members =
                                   memory_allocate((size_t)request->workers, sizeof *set->members)};
    if (choice->kind == WORKERS_NUMBERS) {
        add_numbers(choice, set);
        return;
    }
    int32_t count = worker_choice_count(choice, request->workers);
    for (int32_t worker = 0; worker < request->workers; worker++) {
        if (is_free(request, worker) && (choice->who == WORKERS_DRAWN || set->count < count)) {
            set->members[set->count++] = worker;
        }
    }
    if (choice->who == WORKERS_DRAWN) {
        draw_members(request, count, set);
        set->count = count;
    }
    ENSURE(set->count == count);
}

void worker_set_reset(struct worker_set *set) {
    memory_free(set->members);
    *set = (struct worker_set){0};
}
