// SPDX-License-Identifier: GPL-3.0-or-later
// A message that gets lost is sent again after a time-out, which grows from attempt to attempt,
// until it arrives. Acknowledgements are free and never lost, so that nothing arrives twice. Which
// attempts are lost is a row of draws, one for each: with a larger share the same are lost, and
// more.
#pragma once

#include <stdint.h>

#include "sim/base/rng_stream.h"
#include "sim/cluster/cluster_options.h"

struct message_losses {
    int64_t count;   // attempts that are lost before the one that arrives
    int64_t span_ns; // their time-outs, each rounded half to even; at most SIM_SPAN_MAX_NS
};

// More attempts are not lost one after the other: even where 99 % are, the probability is 1e-436.
enum { MESSAGE_LOSSES_MAX = 100000 };

// The time-outs of so many attempts that are lost; SIM_SPAN_MAX_NS of more than MESSAGE_LOSSES_MAX,
// which only a log can say that is wrong. Requires: count >= 0, and as below.
int64_t message_loss_span_ns(const struct loss_options *loss, int64_t count);

// Of one message, from the stream, of which it takes one uniform draw for each attempt.
// Requires: 0 <= share < 1, timeout_ns >= 0, backoff >= 1.
struct message_losses message_loss_draw(const struct loss_options *loss, struct rng_stream *stream);
