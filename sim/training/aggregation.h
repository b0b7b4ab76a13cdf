// SPDX-License-Identifier: GPL-3.0-or-later
// What distinguishes one policy from another at the parameter server: when the buffer is applied,
// what becomes of gradients that come too late for it, and when a worker goes on. A policy is one
// file aggregation_<name>.c and one row of the registry: pure functions of its options and of what
// the server knows. The server (parameter_server.h) does the rest alike for all of them.
#ifndef DESGD_TRAINING_AGGREGATION_H
#define DESGD_TRAINING_AGGREGATION_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/training/aggregation_view.h"
#include "sim/training/training_options.h"

// Of gradients that are read before an update and are not in it.
enum late_gradients {
    LATE_APPLIED,   // they join the buffer like any other, stale
    LATE_DROPPED,   // they are dropped on receipt
    LATE_CANCELLED, // dropped on receipt; what still computes stops at the flush, free and at once,
                    // and the flush's replies go to every worker that has none under way
};

// Functions that are NULL say no.
struct aggregation {
    // The K that the buffer is tested against. At least 1.
    int64_t (*threshold)(const struct policy_options *options, const struct aggregation_view *view);
    // True: a worker's reply comes with the flush that applies its gradient. False: at once.
    bool (*pushed_worker_waits)(const struct policy_options *options);
    // NULL: LATE_APPLIED.
    enum late_gradients (*late)(const struct policy_options *options);
    // A worker that has started so many gradients, and pushed them, at a version that was sent when
    // the slowest worker's clock was clock_read: does it go on at the same version, without a
    // reply?
    bool (*goes_on)(const struct policy_options *options, int64_t started, int64_t clock_read);
    // A worker that has started so many gradients and whose reply would now be due: is it held back
    // until slower ones, or its own that are still on the way, have caught up?
    bool (*holds_back)(const struct policy_options *options, int64_t started, int64_t clock_least);
};

// The policies' own, one per file.
extern const struct aggregation aggregation_sync;
extern const struct aggregation aggregation_async;
extern const struct aggregation aggregation_hybrid;
extern const struct aggregation aggregation_k_sync;
extern const struct aggregation aggregation_k_batch_sync;
extern const struct aggregation aggregation_k_async;
extern const struct aggregation aggregation_k_batch_async;
extern const struct aggregation aggregation_backup;
extern const struct aggregation aggregation_n_softsync;
extern const struct aggregation aggregation_ssp;
extern const struct aggregation aggregation_fedbuff;
extern const struct aggregation aggregation_dc_asgd;
extern const struct aggregation aggregation_gap_aware;

const struct aggregation *aggregation_of(enum policy policy);

// What several policies have in common.
bool aggregation_always(const struct policy_options *options);
bool aggregation_never(const struct policy_options *options);
int64_t aggregation_one(const struct policy_options *options, const struct aggregation_view *view);
int64_t aggregation_scheduled_threshold(const struct policy_options *options,
                                        const struct aggregation_view *view);

#endif
