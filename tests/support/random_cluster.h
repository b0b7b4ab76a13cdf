// SPDX-License-Identifier: GPL-3.0-or-later
// Scenarios of random small clusters, timing only where there is a server: any laws, often round
// constants so that events meet at one instant; any policy with a server, threshold, end, network,
// loss, server and tie rule.
#pragma once

#include "sim/base/rng_stream.h"

enum { RANDOM_CLUSTER_TEXT_SIZE = 2048 };

// YAML, drawn from the stream.
void random_cluster_make(struct rng_stream *stream, uint32_t seed,
                         char text[RANDOM_CLUSTER_TEXT_SIZE]);

// The same without a server, or with a centre in its place. Half of them compute.
void random_local_cluster_make(struct rng_stream *stream, uint32_t seed,
                               char text[RANDOM_CLUSTER_TEXT_SIZE]);
