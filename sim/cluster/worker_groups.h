// SPDX-License-Identifier: GPL-3.0-or-later
// Which group each worker is in. The groups take their members in the order of the scenario: a
// count or a share those that no earlier group has. Who is drawn is drawn from these, too, but
// not from the numbers that any group names, so that no seed makes two groups overlap.
#pragma once

#include "sim/cluster/cluster_options.h"

enum group_fault_kind {
    GROUPS_OK,
    GROUP_SAYS_NOBODY,     // neither worker nor workers
    GROUP_DRAWS_NUMBERS,   // who: drawn, of numbers
    GROUP_NO_SUCH_WORKER,  // number: of the worker
    GROUP_TOO_MANY,        // number: how many there are to choose from
    GROUP_NAMES_TWICE,     // number: of the worker
    GROUP_SHARE_OF_NOBODY, // a share of less than one worker
    GROUPS_OVERLAP,        // number: of the worker; other: the earlier group
};

struct group_fault {
    enum group_fault_kind kind;
    int32_t group; // index in the list
    int32_t other;
    int32_t number;
};

// The first thing that is wrong with the groups of a cluster; GROUPS_OK: nothing.
struct group_fault worker_groups_check(const struct cluster_options *options, uint64_t seed);

// The index of each worker's group, -1 for none; NULL where there are no groups. To be released
// with memory_free. Requires: worker_groups_check finds no fault.
int16_t *worker_groups_create(const struct cluster_options *options, uint64_t seed);
