// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/counterfactual.h"

#include "sim/base/check.h"
#include "sim/training/threshold_schedule.h"

bool counterfactual_is_fresh(const struct simulation *sim) {
    enum counterfactual_reads reads = sim->options->scenario->counterfactual.reads;
    REQUIRE(reads < COUNTERFACTUAL_READS_COUNT);
    return reads == COUNTERFACTUAL_READS_FRESH;
}

bool counterfactual_is_single(const struct simulation *sim) {
    enum counterfactual_steps steps = sim->options->scenario->counterfactual.steps;
    REQUIRE(steps < COUNTERFACTUAL_STEPS_COUNT);
    return steps == COUNTERFACTUAL_STEPS_SINGLE;
}

int64_t counterfactual_threshold(const struct simulation *sim, int64_t gradient) {
    const struct runlog *timeline = sim->options->timeline;
    REQUIRE(gradient >= 0);
    if (timeline == NULL || (size_t)gradient >= timeline->gradient_count ||
        !threshold_reads_loss(&sim->server.options)) {
        return 0;
    }
    int64_t threshold = timeline->gradients[gradient].threshold;
    return threshold > 0 ? threshold : 0;
}
