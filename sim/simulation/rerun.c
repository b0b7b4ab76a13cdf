// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/rerun.h"

#include <math.h>

#include "sim/base/check.h"

void rerun_gradient(const struct runlog *recorded, int64_t index, struct gradient_row *row) {
    REQUIRE(index >= 0);
    if (recorded != NULL && (size_t)index < recorded->gradient_count) {
        const struct gradient_row *then = &recorded->gradients[index];
        row->loss = then->loss;
        row->distance = then->distance;
    }
}

double rerun_spread(const struct runlog *recorded, int64_t reduction) {
    REQUIRE(reduction >= 0);
    return recorded != NULL && (size_t)reduction < recorded->reduction_count
               ? recorded->reductions[reduction].spread
               : (double)NAN;
}

const struct update_row *rerun_update(const struct runlog *recorded, int64_t version) {
    REQUIRE(version >= 1);
    size_t index = (size_t)version - 1; // versions count from 1
    return recorded != NULL && index < recorded->update_count ? &recorded->updates[index] : NULL;
}
