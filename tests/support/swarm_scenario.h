// SPDX-License-Identifier: GPL-3.0-or-later
// Random scenarios for the swarm: any policy, schedule, law, group, loss, port, event, tie rule,
// model that takes little time, 1 to 64 workers, and a past. All follow from the stream.
#pragma once

#include "sim/base/rng_stream.h"
#include "tests/support/swarm_text.h"

// A scenario of nothing before.
void swarm_scenario_fresh(struct rng_stream *stream, char text[SWARM_TEXT_SIZE]);

// One like the parent: with a few of its keys changed, or a section of a fresh one in it.
void swarm_scenario_mutated(struct rng_stream *stream, const char *parent,
                            char text[SWARM_TEXT_SIZE]);

// Whether all that it reads is in its text. One that has lost the line of its model or of its data
// is a net over a data set of the disk.
bool swarm_scenario_is_whole(const char *text);
