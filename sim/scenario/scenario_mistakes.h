// SPDX-License-Identifier: GPL-3.0-or-later
// All mistakes of one text, so that its author mends them in one go: in the order of the text, as
// many as a message holds.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"

enum {
    MISTAKES_SHOWN = 20,
    MISTAKES_COUNTED = 100, // whoever looks for mistakes may stop there
};

// Start from {0}; mistakes_finish releases it.
struct mistakes {
    size_t count;
    struct mistake *first; // (MISTAKES_SHOWN), in order
};

// Adds what was found at a node of the text with this root. What a setting says comes behind.
void mistakes_add(struct mistakes *mistakes, const struct node *root, const struct node *place,
                  const struct error *error);

// Makes one error of them, the first first; "and N more" stands for those that have no room. None
// are left then. Returns its status; STATUS_OK: there is none, and the error stays as it is. error:
// may be NULL.
enum status mistakes_finish(struct mistakes *mistakes, struct error *error);
