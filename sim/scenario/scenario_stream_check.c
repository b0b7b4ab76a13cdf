// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_stream_check.h"

#include "models/data/random_data.h"
#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/training/threshold_schedule.h"

// What is asked of a stream, and by which key; KEY_COUNT: nothing.
static enum scenario_key epochs_of(const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    const struct threshold_options *threshold = &policy->threshold;
    const struct schedule_entry *schedule = &schedule_table[threshold->schedule];
    REQUIRE(threshold->schedule < SCHEDULE_COUNT);
    if (scenario->end.kind == END_EPOCHS) {
        return KEY_END;
    }
    if (!policy_table[policy->policy].has_threshold) {
        return KEY_COUNT;
    }
    if (schedule->has_counts && threshold->counts == COUNTS_EPOCHS) {
        return KEY_COUNTS;
    }
    bool reads =
        schedule->has_formula && expression_uses(&threshold->formula, THRESHOLD_VARIABLE_EPOCH);
    return reads ? KEY_FORMULA : KEY_COUNT;
}

static enum status refuse(const struct scenario_places *places, enum scenario_key key,
                          const char *hint, const char *what, struct error *error) {
    const struct node *place = places->written[key];
    REQUIRE(places->root != NULL);
    return node_error(place == NULL ? places->root : place, error, hint, "a stream has no %s",
                      what);
}

enum status stream_check(const struct scenario *scenario, const struct scenario_places *places,
                         struct error *error) {
    REQUIRE(data_options_stream(&scenario->data));
    const struct random_data_options options = {.features = scenario->data.features,
                                                .classes = scenario->data.classes,
                                                .samples = scenario->data.samples};
    const char *wrong = random_stream_check(&options);
    enum scenario_key key = epochs_of(scenario);
    if (wrong != NULL) {
        const struct node *place = places->written[KEY_DATA_FEATURES];
        return node_error(place == NULL ? places->root : place, error, wrong,
                          "there is no stream with %d features, %d classes and %d samples",
                          options.features, options.classes, options.samples);
    }
    if (key != KEY_COUNT) {
        return refuse(places, key, "count gradients, updates or time",
                      "epochs: each gradient draws its samples anew", error);
    }
    if (places->written[KEY_DATA_SHARDS] != NULL || places->written[KEY_DATA_ALPHA] != NULL) {
        return refuse(places,
                      places->written[KEY_DATA_SHARDS] != NULL ? KEY_DATA_SHARDS : KEY_DATA_ALPHA,
                      "leave the key out, or use data: random",
                      "shards: no worker owns a sample, and each draws from all of them", error);
    }
    if (scenario->training.policy.averaging.weights == WEIGHTS_SAMPLES) {
        return refuse(places, KEY_WEIGHTS, "use weights: equal",
                      "shards, by whose sizes models could be weighed", error);
    }
    return STATUS_OK;
}
