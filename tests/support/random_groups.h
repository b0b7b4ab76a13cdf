// SPDX-License-Identifier: GPL-3.0-or-later
// Random groups of workers, as the value of cluster.groups.
#pragma once

#include "sim/base/rng_stream.h"
#include "sim/scenario/text_buffer.h"

// Up to four groups, those with numbers first, of fewer than 25 workers together.
void random_groups_add(struct rng_stream *stream, struct text_buffer *text);
