// SPDX-License-Identifier: GPL-3.0-or-later
// Who is meant: some of the workers, as a scenario says it, and the numbers that this comes to.
//
//   worker: 3           the worker with the number 3
//   workers: 3          so many: the lowest numbers that nobody before has
//   workers: [3, 7]     these numbers; workers: 15..24 and [3, 15..24] are numbers, too
//   workers: 40 %       a share, rounded down, as a count
//   workers: slow       the members of a group
//   who: drawn          of a count or a share: a subset that the seed decides, fixed for the run
//
// Drawn are those with the least random numbers, of which each worker has one, keyed (seed, the
// set's name, worker): so neither more workers nor another set moves them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { WORKER_RANGES_MAX = 32, MAP_NAME_SIZE = 32 };

enum worker_choice_kind {
    WORKERS_NOT_SAID,
    WORKERS_COUNT,
    WORKERS_SHARE,
    WORKERS_NUMBERS,
    WORKERS_OF_GROUP,
};

struct worker_range { // both ends belong to it
    int32_t first;
    int32_t last;
};

enum worker_draw { WORKERS_FIXED, WORKERS_DRAWN, WORKER_DRAW_COUNT };

// As it is written. Plain data.
struct worker_choice {
    enum worker_choice_kind kind;
    enum worker_draw who;
    int32_t count; // WORKERS_COUNT
    double share;  // WORKERS_SHARE, 0..1
    int32_t range_count;
    struct worker_range ranges[WORKER_RANGES_MAX]; // WORKERS_NUMBERS, as written
    char group[MAP_NAME_SIZE];                     // WORKERS_OF_GROUP
};

// The numbers, ascending.
struct worker_set {
    int32_t count;
    int32_t *members;
};

// What the numbers depend on besides.
struct worker_set_request {
    int32_t workers;   // of the cluster
    uint64_t seed;     // of the run
    const char *name;  // of what it is a set of: keys the draw
    const bool *taken; // (workers): not to be counted or drawn; NULL: none
};

enum worker_set_fault {
    WORKER_SET_OK,
    WORKER_SET_NO_SUCH_WORKER, // *wrong: the number
    WORKER_SET_TOO_MANY,       // *wrong: how many there are to choose from
    WORKER_SET_TWICE,          // *wrong: the number that is named twice
};

// What keeps a choice from having an effect, so that a scenario can be refused.
enum worker_set_fault worker_set_check(const struct worker_choice *choice,
                                       const struct worker_set_request *request, int32_t *wrong);

// How many of the workers a share of them is, rounded down. Requires: it is 0..1.
int32_t worker_share_count(double share, int32_t workers);

// How many a count or a share comes to.
int32_t worker_choice_count(const struct worker_choice *choice, int32_t workers);

// Requires: worker_set_check finds no fault; the kind is not WORKERS_NOT_SAID or WORKERS_OF_GROUP
// (whose members the caller knows). Release with worker_set_reset.
void worker_set_resolve(const struct worker_choice *choice,
                        const struct worker_set_request *request, struct worker_set *set);

void worker_set_reset(struct worker_set *set);
