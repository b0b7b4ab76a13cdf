// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/aggregation.h"

#include "sim/base/check.h"

const struct aggregation *aggregation_of(enum policy policy) {
    REQUIRE(policy < POLICY_COUNT);
    return policy_table[policy].aggregation;
}

bool aggregation_waits(const struct policy_options *options) {
    const struct aggregation *aggregation = aggregation_of(options->policy);
    if (aggregation == NULL) {
        return false;
    }
    bool goes_on = aggregation->goes_on != NULL && aggregation->goes_on(options, 0, 0);
    return aggregation->pushed_worker_waits(options) && !goes_on;
}

bool aggregation_discards(const struct policy_options *options) {
    const struct aggregation *aggregation = aggregation_of(options->policy);
    return aggregation != NULL && (aggregation->drops != NULL ||
                                   (aggregation->cancels != NULL && aggregation->cancels(options)));
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

bool aggregation_drops_stale(const struct policy_options *options, int64_t staleness) {
    (void)options;
    REQUIRE(staleness >= 0);
    return staleness > 0;
}
