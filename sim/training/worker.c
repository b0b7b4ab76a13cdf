// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/worker.h"

#include "sim/base/check.h"

void worker_init(struct worker *worker, int64_t start_ns) {
    REQUIRE(start_ns >= 0);
    *worker = (struct worker){.state = WORKER_COMMUNICATING, .since_ns = start_ns};
}

void worker_enter(struct worker *worker, enum worker_state state, int64_t now_ns) {
    REQUIRE(now_ns >= worker->since_ns);
    REQUIRE(state < WORKER_STATE_COUNT);
    worker->spent_ns[worker->state] += now_ns - worker->since_ns;
    worker->state = state;
    worker->since_ns = now_ns;
}
