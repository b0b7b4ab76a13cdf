// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_applies.h"

#include "models/data/dataset_catalogue.h"
#include "sim/base/check.h"
#include "sim/training/threshold_schedule.h"

// ---- what the conditions ask ----

static const struct policy_entry *policy_of(const struct scenario *s) {
    REQUIRE(s->training.policy.policy < POLICY_COUNT);
    return &policy_table[s->training.policy.policy];
}

static const struct averaging_entry *averaging_of(const struct scenario *s) {
    return &policy_of(s)->averaging;
}

static bool is_served(const struct scenario *s) {
    return averaging_of(s)->family == AVERAGING_FAMILY_NONE;
}

static const struct schedule_entry *schedule_of(const struct scenario *s) {
    REQUIRE(s->training.policy.threshold.schedule < SCHEDULE_COUNT);
    static const struct schedule_entry none = {.name = "none"};
    return applies_threshold(s) ? &schedule_table[s->training.policy.threshold.schedule] : &none;
}

static const struct rate_options *rate_of(const struct scenario *s) {
    REQUIRE(s->training.optimizer.rate.schedule < RATE_SCHEDULE_COUNT);
    return &s->training.optimizer.rate;
}

static bool has_seed_apart(const struct scenario *s, enum seed_use use) {
    REQUIRE(use < SEED_USE_COUNT);
    return s->seeds[use].source != SEED_OF_SCENARIO;
}

static bool holds_data(const struct scenario *s, enum dataset_format format) {
    return scenario_has_data(s) && dataset_catalogue_format(s->data.name) == format;
}

static bool steps_once(const struct scenario *s) {
    return policy_local_steps(&s->training.policy) == 1;
}

// ---- the conditions ----

#define WHEN(condition, holds)                                                                     \
    bool applies_##condition(const struct scenario *s) {                                           \
        return holds;                                                                              \
    }
#define OF_POLICY(condition, of) WHEN(condition, s->training.policy.policy == (of))
#include "sim/scenario/scenario_keys.def"
