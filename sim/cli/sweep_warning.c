// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/sweep_warning.h"

#include <stdio.h>

#include "sim/base/check.h"
#include "sim/report/untrained.h"
#include "sim/run/run_prediction.h"

void sweep_warning_print(const struct sweep_plan *plan) {
    REQUIRE(sweep_plan_cell_count(plan) > 0);
    enum { CELLS_MAX = 500 };
    char reason[UNTRAINED_REASON_SIZE] = "";
    size_t cells = 0;
    size_t untrained = 0;
    for (size_t i = 0; i < sweep_plan_run_count(plan) && cells < CELLS_MAX; i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        const struct scenario *scenario = run->scenario;
        if (run->round == 0) {
            cells++;
            if (!run_predicts_training(scenario) && untrained++ == 0) {
                untrained_reason(scenario->end.time_ns, scenario->cluster.start_up_ns, reason);
            }
        }
    }
    if (untrained > 0) {
        fprintf(stderr,
                "desgd: warning: in %zu of %zu cells no gradient will be applied; the first ends "
                "%s\n",
                untrained, cells, reason);
    }
}
