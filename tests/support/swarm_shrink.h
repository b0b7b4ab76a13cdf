// SPDX-License-Identifier: GPL-3.0-or-later
// The smallest scenario that still fails: lines are taken out, workers are fewer, the end is
// earlier, as long as it does.
#pragma once

#include "tests/support/swarm_text.h"

struct swarm_judge {
    void *context;
    bool (*fails)(void *context, const char *text); // in the same way
};

// Replaces the text, which fails, after at most so many judgements. Returns how many it took.
size_t swarm_shrink(const struct swarm_judge *judge, size_t most, char text[SWARM_TEXT_SIZE]);
