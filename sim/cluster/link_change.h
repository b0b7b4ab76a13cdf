// SPDX-License-Identifier: GPL-3.0-or-later
// What a message becomes whose worker's link is not as ever when it sets out: its latency, its time
// on the worker's own link and its loss are so many times what they were. Which attempts are lost
// is decided by the same draws, so that with a larger loss the same are lost and more. What was
// drawn for it at its gradient's dispatch stays known: everything here follows from that and from
// the factors.
#pragma once

#include "sim/base/rng_stream.h"
#include "sim/cluster/gradient_spans.h"

// The push, or the reply, sets out: its span and its time-outs change. The stream is that of its
// losses.
void link_change_push(struct port_spans *spans, const struct link_factors *factors,
                      struct rng_stream *stream);
void link_change_reply(struct port_spans *spans, const struct link_factors *factors,
                       struct rng_stream *stream);
