// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/updates_began.h"

#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

static int compare_times(const void *a, const void *b) {
    int64_t left_ns = *(const int64_t *)a;
    int64_t right_ns = *(const int64_t *)b;
    return (left_ns > right_ns) - (left_ns < right_ns);
}

int64_t *updates_began(const struct runlog *log) {
    REQUIRE(log->gradients != NULL || log->gradient_count == 0);
    int64_t *began_ns = memory_allocate(log->update_count, sizeof *began_ns);
    int64_t *received_ns = memory_allocate(log->gradient_count, sizeof *received_ns);
    size_t received = 0;
    for (size_t i = 0; i < log->gradient_count && log->incident_count > 0; i++) {
        if (log->gradients[i].received_ns >= 0) {
            received_ns[received++] = log->gradients[i].received_ns;
        }
    }
    if (received > 0) {
        qsort(received_ns, received, sizeof *received_ns, compare_times);
    }
    for (size_t i = 0; i < log->update_count; i++) {
        const struct update_row *row = &log->updates[i];
        began_ns[i] = row->time_ns - row->update_ns; // at the latest
        // A receipt at the very end comes after it, where it takes no time and a pause held it up.
        int64_t after_ns = row->after_receipt_ns;
        size_t before = began_ns[i] < after_ns
                            ? 0
                            : sim_times_until(received_ns, received, sizeof *received_ns, 0,
                                              began_ns[i] - after_ns);
        if (before > 0) {
            began_ns[i] = received_ns[before - 1] + after_ns;
        }
    }
    memory_free(received_ns);
    return began_ns;
}
