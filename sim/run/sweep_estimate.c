// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/sweep_estimate.h"

#include <math.h>
#include <stdbool.h>

#include "sim/base/memory.h"
#include "sim/run/run_record.h"

struct seconds {
    double sum;
    size_t count;
};

static double mean_of(const struct seconds *seconds) {
    return seconds->count == 0 ? (double)NAN : seconds->sum / (double)seconds->count;
}

struct sweep_estimate sweep_estimate_of(const char *folder, const struct sweep_plan *plan) {
    size_t count = sweep_plan_run_count(plan);
    struct seconds *cells = memory_allocate(sweep_plan_cell_count(plan), sizeof *cells);
    bool *missing = memory_allocate(count, sizeof *missing);
    struct seconds all = {0};
    struct sweep_estimate estimate = {0};
    for (size_t i = 0; i < count; i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        struct run_record record;
        missing[i] = !run_record_find(folder, run->hash, &record);
        if (!missing[i]) {
            all.sum += record.totals.wall_seconds;
            all.count++;
            cells[run->cell].sum += record.totals.wall_seconds;
            cells[run->cell].count++;
            run_record_reset(&record);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct seconds *cell = &cells[sweep_plan_run(plan, i)->cell];
        if (missing[i]) {
            estimate.run_seconds += mean_of(cell->count > 0 ? cell : &all);
        }
    }
    estimate.done = all.count;
    estimate.missing = count - all.count;
    memory_free(cells);
    memory_free(missing);
    return estimate;
}
