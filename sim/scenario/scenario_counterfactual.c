// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_counterfactual.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_print.h"
#include "sim/training/threshold_schedule.h"

bool scenario_is_counterfactual(const struct scenario *scenario) {
    const struct counterfactual_options *options = &scenario->counterfactual;
    REQUIRE(options->reads < COUNTERFACTUAL_READS_COUNT);
    REQUIRE(options->steps < COUNTERFACTUAL_STEPS_COUNT);
    return options->timeline != 0 || options->reads != COUNTERFACTUAL_READS_RECORDED ||
           options->steps != COUNTERFACTUAL_STEPS_RECORDED;
}

// The first of its keys that somebody wrote, or the whole scenario.
static const struct node *place_of(const struct scenario_places *places) {
    static const enum scenario_key keys[] = {KEY_COUNTERFACTUAL_READS, KEY_COUNTERFACTUAL_STEPS,
                                             KEY_COUNTERFACTUAL_TIMELINE};
    REQUIRE(places->root != NULL);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (places->written[keys[i]] != NULL) {
            return places->written[keys[i]];
        }
    }
    return places->root;
}

enum status counterfactual_check(const struct scenario *scenario,
                                 const struct scenario_places *places, struct error *error) {
    const struct policy_options *policy = &scenario->training.policy;
    REQUIRE(policy->policy < POLICY_COUNT);
    const struct policy_entry *entry = &policy_table[policy->policy];
    const char *why = NULL;
    if (!scenario_is_counterfactual(scenario)) {
        return STATUS_OK;
    }
    if (!scenario_computes(scenario)) {
        return node_error(place_of(places), error, "use a model",
                          "'counterfactual' is about gradients, of which `model: none` has none");
    }
    if (entry->averaging.family != AVERAGING_FAMILY_NONE) {
        why = "has no parameter server whose versions gradients could read otherwise";
    } else if (policy_local_steps(policy) > 1) {
        why = "sends the sum of several local steps, which is no gradient at one version";
    } else if (scenario->training.optimizer.rate.of == RATE_OF_LOCAL) {
        why = "takes the rate of its steps from the version that was read";
    } else if (threshold_reads_loss(policy) && policy->missing_ns != MISSING_WAITS) {
        why = "follows the loss, and no row has the K of the moment at which a worker is counted "
              "out: set 'policy.missing: waits'";
    }
    return why == NULL ? STATUS_OK
                       : node_error(place_of(places), error,
                                    "counterfactual runs are of policies with a parameter server "
                                    "and single gradients",
                                    "'counterfactual' cannot be: '%s' %s", entry->name, why);
}

static size_t line_length(const char *text) {
    return strcspn(text, "\n");
}

// The first line in which the texts differ, which do.
static enum status refuse_line(const char *name, const char *own, const char *recorded,
                               struct error *error) {
    REQUIRE(strcmp(own, recorded) != 0);
    size_t length = line_length(own);
    while (length > 0 && length == line_length(recorded) && strncmp(own, recorded, length) == 0) {
        own += length + 1;
        recorded += length + 1;
        length = line_length(own);
    }
    own += strspn(own, " ");
    recorded += strspn(recorded, " ");
    return error_set(error, STATUS_BAD_DATA,
                     "%s: the timeline of another scenario: there it is \"%.*s\", here \"%.*s\"; "
                     "only title, seeds.weights, seeds.minibatches, evaluation, log, training (not "
                     "its batch) and policy.combine may be otherwise",
                     name, (int)line_length(recorded), recorded, (int)line_length(own), own);
}

enum status counterfactual_adopt(const char *name, const struct scenario *recorded,
                                 uint64_t timeline, struct scenario *scenario,
                                 struct error *error) {
    REQUIRE(name != NULL && recorded != NULL && timeline != 0);
    uint64_t named = scenario->counterfactual.timeline;
    if (named != 0 && named != timeline) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: has timeline %016" PRIx64
                         ", but 'counterfactual.timeline' says %016" PRIx64,
                         name, timeline, named);
    }
    struct scenario like = *recorded;
    memcpy(like.title, scenario->title, sizeof like.title);
    like.evaluation = scenario->evaluation;
    like.log = scenario->log;
    like.seeds[SEEDS_WEIGHTS] = scenario->seeds[SEEDS_WEIGHTS];
    like.seeds[SEEDS_MINIBATCHES] = scenario->seeds[SEEDS_MINIBATCHES];
    like.training.learning_rate = scenario->training.learning_rate;
    like.training.optimizer = scenario->training.optimizer;
    like.training.policy.combine = scenario->training.policy.combine;
    like.counterfactual = scenario->counterfactual;
    like.semantics = scenario->semantics;
    char *own = scenario_print(scenario);
    char *other = scenario_print(&like);
    enum status status = strcmp(own, other) == 0 ? STATUS_OK : refuse_line(name, own, other, error);
    memory_free(own);
    memory_free(other);
    if (status == STATUS_OK) {
        scenario->counterfactual.timeline = timeline;
    }
    return status;
}
