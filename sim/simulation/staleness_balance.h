// SPDX-License-Identifier: GPL-3.0-or-later
// The staleness identity, exact for any law, any policy and a varying K: with V the version now and
// o_f what is open after the gradients of flush f have left it,
//   sum over closed (V when closed - read) + sum over open (V - read) = sum over f of o_f;
// open: gradients computing, in transit, queued or buffered, and replies under way (their version
// for "read"); closed: applied (V: the version applied to), cancelled or dropped. Where every
// worker has exactly one of them open, o_f is P less the workers that are replied to after flush f.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct staleness_balance {
    int64_t open;     // how many
    int64_t closed;   // the first sum
    int64_t expected; // the right-hand side
};

// One more is open, of a version that was made "late" versions ago: 0 for the one of now.
void staleness_balance_open(struct staleness_balance *balance, int64_t late);

// One that read "late" versions ago is closed. Requires: one is open.
void staleness_balance_close(struct staleness_balance *balance, int64_t late);

// A flush of so many gradients, whose staleness comes to "sum". Requires: so many are open.
void staleness_balance_flush(struct staleness_balance *balance, int64_t gradients, int64_t sum);

// open_sum: the second sum.
bool staleness_balance_holds(const struct staleness_balance *balance, int64_t open_sum);
