// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/incident_order.h"

int incident_compare_places(int32_t left_worker, int32_t right_worker, int32_t left_event,
                            int32_t right_event) {
    if (left_worker != right_worker) {
        return (uint32_t)left_worker < (uint32_t)right_worker ? -1 : 1;
    }
    return (left_event > right_event) - (left_event < right_event);
}

int incident_compare(const void *a, const void *b) {
    const struct incident *left = a;
    const struct incident *right = b;
    int order = incident_compare_places(left->worker, right->worker, left->event, right->event);
    if (order == 0) {
        order = (left->began_ns > right->began_ns) - (left->began_ns < right->began_ns);
    }
    return order != 0 ? order
                      : (left->ended_ns > right->ended_ns) - (left->ended_ns < right->ended_ns);
}
