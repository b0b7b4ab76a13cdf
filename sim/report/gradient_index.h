// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the row of a gradient by its name: events name a gradient by worker and number, /gradients
// lists them in the order of dispatch. For the reports that tell what happened to whom.
#pragma once

#include "sim/runlog/runlog.h"

struct gradient_index {
    const struct runlog *log; // borrowed
    int32_t workers;
    size_t *first; // (workers + 1): where each worker's part of "rows" begins
    size_t *rows;  // (gradient_count): indices of rows, by worker, then in order of dispatch
};

// The log must outlive the index. Rows of workers that the header does not know are left out.
void gradient_index_init(struct gradient_index *index, const struct runlog *log);

// NULL if the log has no such gradient.
const struct gradient_row *gradient_index_find(const struct gradient_index *index, int32_t worker,
                                               int64_t number);

size_t gradient_index_count(const struct gradient_index *index, int32_t worker);

void gradient_index_reset(struct gradient_index *index);
