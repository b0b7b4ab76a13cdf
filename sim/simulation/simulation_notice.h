// SPDX-License-Identifier: GPL-3.0-or-later
// Crashes of which workers are told before (crash_notice.h). From then on a worker starts a
// gradient only if it will be ready, and have come in at the server, before the crash: by its own
// spans and under the incidents to come, without waits at ports. Else it idles until the crash, and
// no number, minibatch or draw is spent; the reply that has come in vanishes. One that may go on at
// its push does not, and waits for its reply. Where a run takes its past from a log, the log says
// who starts. At the next phase of a run those who idle are asked again: the crash may be off.
#pragma once

#include "sim/simulation/simulation_state.h"

// Whether the worker may start its next gradient now.
bool simulation_may_start(struct simulation *sim, int32_t worker);

// The worker does not start. Requires: it neither computes nor is down.
void simulation_idle(struct simulation *sim, int32_t worker);
