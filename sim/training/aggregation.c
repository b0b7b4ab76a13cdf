// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/aggregation.h"

#include "sim/base/check.h"
#include "sim/training/threshold_schedule.h"

static const struct aggregation *const registry[POLICY_COUNT] = {
    [POLICY_SYNC] = &aggregation_sync,
    [POLICY_ASYNC] = &aggregation_async,
    [POLICY_HYBRID] = &aggregation_hybrid,
    [POLICY_K_SYNC] = &aggregation_k_sync,
    [POLICY_K_BATCH_SYNC] = &aggregation_k_batch_sync,
    [POLICY_K_ASYNC] = &aggregation_k_async,
    [POLICY_K_BATCH_ASYNC] = &aggregation_k_batch_async,
    [POLICY_BACKUP] = &aggregation_backup,
    [POLICY_N_SOFTSYNC] = &aggregation_n_softsync,
    [POLICY_SSP] = &aggregation_ssp,
    [POLICY_FEDBUFF] = &aggregation_fedbuff,
    [POLICY_DC_ASGD] = &aggregation_dc_asgd,
    [POLICY_GAP_AWARE] = &aggregation_gap_aware,
    // NULL: policies without a server (averaging.h)
};

const struct aggregation *aggregation_of(enum policy policy) {
    REQUIRE(policy < POLICY_COUNT);
    return registry[policy];
}

bool aggregation_always(const struct policy_options *options) {
    (void)options;
    return true;
}

bool aggregation_never(const struct policy_options *options) {
    (void)options;
    return false;
}

int64_t aggregation_one(const struct policy_options *options, const struct aggregation_view *view) {
    (void)options;
    (void)view;
    return 1;
}

int64_t aggregation_scheduled_threshold(const struct policy_options *options,
                                        const struct aggregation_view *view) {
    return threshold_at(options, view);
}
