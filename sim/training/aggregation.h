// SPDX-License-Identifier: GPL-3.0-or-later
// What a policy does at the parameter server, said once: when the buffer is applied, what becomes
// of gradients that come too late for it, and when a worker goes on. A policy is one file
// aggregation_<name>.c and one row of policy_table (training_options.c): pure functions of its
// options and of what the server knows. The server (parameter_server.h) does the rest alike for all
// of them; nobody else asks which policy it is.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/training/aggregation_view.h"
#include "sim/training/training_options.h"

struct aggregation {
    // The K that the buffer is tested against. At least 1.
    int64_t (*threshold)(const struct policy_options *options, const struct aggregation_view *view);
    // True: a worker's reply comes with the flush that applies its gradient. False: at once.
    bool (*pushed_worker_waits)(const struct policy_options *options);

    // Of these, NULL says no.

    // A gradient that was read so many versions ago is dropped on receipt, and its worker replied
    // to. Otherwise it joins the buffer, however stale.
    bool (*drops)(const struct policy_options *options, int64_t staleness);
    // What still computes stops at the flush, free and at once, and the flush's replies go to every
    // worker that has no gradient under way.
    bool (*cancels)(const struct policy_options *options);
    // A worker that has started so many gradients, and pushed them, at a version that was sent when
    // the slowest worker's clock was clock_read: does it go on at the same version, without a
    // reply?
    bool (*goes_on)(const struct policy_options *options, int64_t started, int64_t clock_read);
    // A worker that has started so many gradients and whose reply would now be due: is it held back
    // until slower ones, or its own that are still on the way, have caught up?
    bool (*holds_back)(const struct policy_options *options, int64_t started, int64_t clock_least);
};

// NULL: a policy without a server (averaging.h). Requires: a policy of the table.
const struct aggregation *aggregation_of(enum policy policy);

// What follows from the functions of a policy; false without a server.

// At most one gradient of each worker is ever in the buffer, so that a constant K above the number
// of workers would never be reached.
bool aggregation_waits(const struct policy_options *options);

// Some gradient that a worker starts may never be applied: dropped, or cancelled. Then a worker may
// start anew while one of its own is on the way.
bool aggregation_discards(const struct policy_options *options);

// ---- for the policies: what several have in common ----

bool aggregation_always(const struct policy_options *options);
bool aggregation_never(const struct policy_options *options);
int64_t aggregation_one(const struct policy_options *options, const struct aggregation_view *view);
bool aggregation_drops_stale(const struct policy_options *options, int64_t staleness);
