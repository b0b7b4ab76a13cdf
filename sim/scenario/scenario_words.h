// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario comes to, in sentences: whom cluster.delay delays, who is in which group, and who
// of these is delayed besides. Says nothing of a scenario in which all workers are alike.
#pragma once

#include "sim/scenario/scenario.h"
#include "sim/scenario/text_buffer.h"

void scenario_words_tell(const struct scenario *scenario, void (*tell)(const char *sentence));

// The same, and what happens to the cluster (scenario_events_words.h); of each phase of a past, if
// they differ in either.
void scenario_words_tell_phases(const struct scenario *scenario,
                                void (*tell)(const char *sentence));

// "worker 7", "workers 0 to 2", "workers 3, 7 and 15 to 24", "nobody": those of so many workers
// that are members.
void scenario_words_add_workers(struct text_buffer *buffer, const bool *members, int32_t workers);
