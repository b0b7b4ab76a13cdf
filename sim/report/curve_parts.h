// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of curve_table: what the scenario says about updates, and the messages of a run.
#pragma once

#include <stdbool.h>

#include "sim/report/curve_table.h"
#include "sim/report/past_changes.h"

// What an update is, in each phase of a scenario that changed on its way.
struct curve_scenario {
    size_t changes; // phases after the first
    struct curve_phase {
        int64_t until_ns; // updates before then are of this phase or an earlier one
        double samples;   // in a gradient; NaN without data
        bool adds_up;     // an update applies the sum of its gradients, not their mean
    } phases[PAST_CHANGES_MAX + 1];
    double message_bytes;
    bool steps_locally; // each worker on a model of its own
    bool has_server;
    bool trains; // there are parameters
};

void curve_scenario_read(const struct runlog *log, struct curve_scenario *scenario);
const struct curve_phase *curve_phase_at(const struct curve_scenario *scenario, int64_t time_ns);

// Hands over every message that set out in the run, with its bytes: first the pushes, then the
// replies, then the all-reduces, each in the order of their rows.
void curve_messages_each(const struct runlog *log, const struct curve_scenario *scenario,
                         void (*take)(void *context, int64_t time_ns, double bytes), void *context);

void curve_find_evaluations(const struct runlog *log, const struct curve_scenario *scenario,
                            struct curves *curves);
void curve_find_spans(const struct runlog *log, const struct curve_scenario *scenario,
                      struct curves *curves);
