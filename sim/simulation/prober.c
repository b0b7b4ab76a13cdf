// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/prober.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

void prober_init(struct prober *prober, int64_t every, size_t parameters) {
    REQUIRE(every >= 0);
    *prober = (struct prober){.every = every};
    if (every > 0 && parameters > 0) {
        prober->applied = memory_allocate_aligned(parameters, sizeof *prober->applied);
    }
}

void prober_reset(struct prober *prober) {
    REQUIRE(prober->open_count <= prober->open_capacity);
    memory_free(prober->applied);
    memory_free(prober->open);
    *prober = (struct prober){0};
}
