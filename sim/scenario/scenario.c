// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario.h"

#include <string.h>

#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"

const char *const ties_names[TIES_COUNT] = {[TIES_FIFO] = "fifo", [TIES_RANDOM] = "random"};

const char *const arithmetic_names[ARITHMETIC_COUNT] = {
    [ARITHMETIC_PORTABLE] = "portable", [ARITHMETIC_OPENBLAS] = "openblas"};

const char *const counterfactual_reads_names[COUNTERFACTUAL_READS_COUNT] = {
    [COUNTERFACTUAL_READS_RECORDED] = "recorded", [COUNTERFACTUAL_READS_FRESH] = "fresh"};

const char *const counterfactual_steps_names[COUNTERFACTUAL_STEPS_COUNT] = {
    [COUNTERFACTUAL_STEPS_RECORDED] = "recorded", [COUNTERFACTUAL_STEPS_SINGLE] = "single"};

uint64_t scenario_seed(const struct scenario *scenario, enum seed_use use) {
    REQUIRE(use < SEED_USE_COUNT);
    const struct seed_choice *choice = &scenario->seeds[use];
    if (choice->source == SEED_OF_SCENARIO) {
        return scenario->seed;
    }
    const char *policy = policy_table[scenario->training.policy.policy].name;
    return choice->source == SEED_OWN
               ? choice->value
               : fingerprint_bytes_seeded(policy, strlen(policy), scenario->seed);
}

bool scenario_seeds_follow_policy(const struct scenario *scenario) {
    bool follow = false;
    for (enum seed_use use = 0; use < SEED_USE_COUNT; use++) {
        follow = follow || scenario->seeds[use].source == SEED_OF_POLICY;
    }
    return follow;
}

bool scenario_computes(const struct scenario *scenario) {
    return !scenario_has_model(scenario, "none");
}

bool scenario_has_data(const struct scenario *scenario) {
    REQUIRE(scenario->model[0] != 0);
    const struct model_entry *entry = model_catalogue_find(scenario->model);
    return entry != NULL && entry->family != MODEL_OF_NO_DATA;
}

bool scenario_has_model(const struct scenario *scenario, const char *name) {
    REQUIRE(name != NULL);
    return strcmp(scenario->model, name) == 0;
}

struct model_options scenario_model_options(const struct scenario *scenario, size_t input_count,
                                            int32_t class_count) {
    REQUIRE(class_count >= 0);
    return (struct model_options){.name = scenario->model,
                                  .arithmetic = scenario->arithmetic,
                                  .input_count = input_count,
                                  .class_count = class_count,
                                  .mlp = scenario->mlp,
                                  .quadratic = scenario->quadratic};
}
