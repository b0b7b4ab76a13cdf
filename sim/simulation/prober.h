// SPDX-License-Identifier: GPL-3.0-or-later
// What a simulation keeps of its probes (probe.h).
#pragma once

#include <stdint.h>

#include "sim/runlog/runlog.h"

struct prober {
    int64_t every;      // of the applied gradients; 0: none is probed
    float *applied;     // (parameters): the gradient that was applied
    struct probe *open; // (open_count): of the update under way, in the order of application
    size_t open_count, open_capacity;
    size_t repeated; // rows of the rerun
};

struct probe {
    struct probe_row row;
    int32_t worker; // whose gradient "number" it is
    int64_t number;
};

// parameters: 0 in timing-only runs, in which nothing is probed.
void prober_init(struct prober *prober, int64_t every, size_t parameters);
void prober_reset(struct prober *prober);
