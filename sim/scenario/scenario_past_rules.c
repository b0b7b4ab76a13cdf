// SPDX-License-Identifier: GPL-3.0-or-later
// Which keys may differ midway.
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_past.h"

// The first row whose key is the dotted one, or a group that it stands in.
static const struct {
    const char *key;
    enum past_rule rule;
    const char *why;
} rules[] = {
    {"title", PAST_FOLLOWS, "a run has one title"},
    {"end", PAST_FOLLOWS, "a run ends once"},
    {"evaluation", PAST_FOLLOWS, "the whole run is evaluated in one way"},
    {"log", PAST_FOLLOWS, "the whole run is logged in one way"},
    {"seed", PAST_FIXED, "all draws, past and future, depend on it"},
    {"seeds", PAST_FIXED, "draws, past and future, depend on it"},
    {"model", PAST_FIXED, "the parameters of one model do not fit another"},
    {"data", PAST_FIXED, "the gradients in progress were computed on them"},
    {"training.batch", PAST_FIXED,
     "which samples a minibatch holds follows from its size and number"},
    {"training", PAST_MAY_DIFFER, NULL},
    {"policy", PAST_MAY_DIFFER, NULL},
    {"cluster.compute", PAST_MAY_DIFFER, NULL},
    {"cluster.compute_per_sample", PAST_MAY_DIFFER, NULL},
    {"cluster.delay", PAST_MAY_DIFFER, NULL},
    {"cluster.network", PAST_MAY_DIFFER, NULL},
    {"cluster.server", PAST_MAY_DIFFER, NULL},
    {"cluster.groups", PAST_MAY_DIFFER, NULL},
    {"cluster.events", PAST_MAY_DIFFER, NULL},
    {"cluster.workers", PAST_FIXED, "no worker joins or leaves midway, and each has its shard"},
    {"cluster.start_up", PAST_FIXED, "the run has started"},
    {"ties", PAST_FIXED, "the events in progress were ordered by it when they were scheduled"},
    {"semantics", PAST_FIXED, "one run follows one set of rules"},
    {"arithmetic", PAST_FIXED, "the past could not be rebuilt to the bit"},
};

enum past_rule scenario_past_rule(const char *dotted, const char **why) {
    REQUIRE(dotted != NULL && why != NULL);
    *why = "it holds for a whole run";
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t length = strlen(rules[i].key);
        if (strncmp(dotted, rules[i].key, length) == 0 &&
            (dotted[length] == 0 || dotted[length] == '.')) {
            *why = rules[i].why == NULL ? *why : rules[i].why;
            return rules[i].rule;
        }
    }
    return PAST_FIXED;
}
