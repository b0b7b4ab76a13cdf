// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/aggregation.h"

#include "sim/base/check.h"

static const struct aggregation *const registry[POLICY_COUNT] = {
    [POLICY_SYNC] = &aggregation_sync,
    [POLICY_ASYNC] = &aggregation_async,
    [POLICY_HYBRID] = &aggregation_hybrid,
};

const struct aggregation *aggregation_of(enum policy policy) {
    REQUIRE(policy < POLICY_COUNT);
    return registry[policy];
}
