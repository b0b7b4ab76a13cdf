// SPDX-License-Identifier: GPL-3.0-or-later
// What of a log is told.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tell_options {
    int64_t from_ns; // events with from_ns <= time <= to_ns
    int64_t to_ns;
    int32_t worker; // its events and the updates that apply its gradients; -1: everything
    bool details;   // also delays and times in the queue, every change of K, evaluations, and what
                    // the scenario had before and after a change
};

static inline struct tell_options tell_options_all(void) {
    return (struct tell_options){.from_ns = INT64_MIN, .to_ns = INT64_MAX, .worker = -1};
}
