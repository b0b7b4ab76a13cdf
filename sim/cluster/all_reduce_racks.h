// SPDX-License-Identifier: GPL-3.0-or-later
// How long an all-reduce takes (all_reduce.h) whose members stand in racks with an uplink each. A
// rack's uplink carries what crosses the border of the rack, each way by itself. In each step that
// does, it adds its latency a', and its transfer takes the place of that of the members' links
// where it is longer. With m members, a model of n bytes, and a, b of the slowest of these links:
//
//   ring    2 (m-1) (a + a') + 2 (m-1)/m max(n/b, n/b')   the ring goes through each rack at one
//                                                         stretch: one message each way
//   tree    of each level 2 (a + a' + max(n/b, z n/b'))   z: messages of this level that enter the
//                                                         rack, or that leave it, if these are more
//   server  2 (a + a') + 2 max(m n/b, m' n/b')            m': members in the rack
//
// Nothing crosses the border of a rack in which all members are. Of several racks the largest a'
// and the longest transfer count, in each step. What uplinks decide is rounded up to a nanosecond,
// each level by itself; all else once.
#pragma once

#include "sim/cluster/all_reduce.h"

struct racks {
    int32_t count;              // 0 .. GROUPS_MAX
    const int16_t *rack_of;     // (members): which one each is in; -1: none
    const struct link *uplinks; // (count)
};

// Requires: members >= 1, bytes >= 0, and not ALL_REDUCE_NONE. At most SIM_SPAN_MAX_NS.
int64_t all_reduce_racks_span_ns(enum all_reduce kind, int32_t members, int64_t bytes,
                                 struct link link, const struct racks *racks);
