// SPDX-License-Identifier: GPL-3.0-or-later
// Random events of a cluster, as they are written.
#pragma once

#include <stdbool.h>

#include "sim/base/rng_stream.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/text_buffer.h"

// A map of them for a cluster of so many workers. Without a server none pauses it.
void random_events_add(struct rng_stream *stream, int32_t workers, bool has_server,
                       bool sends_gradients, struct text_buffer *text);

// A value of policy.missing: about as long as these events last.
void random_events_add_missing(struct rng_stream *stream, struct text_buffer *text);

// The text of a random cluster (random_cluster.h), of which the scenario was read, with such events
// and such a value goes into "text" (size).
void random_events_join(struct rng_stream *stream, const struct scenario *scenario,
                        const char *cluster, char *text, size_t size);
