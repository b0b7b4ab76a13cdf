// SPDX-License-Identifier: GPL-3.0-or-later
// The threshold K over the run: a schedule is one row of schedule_table, with its function. All are
// pure functions of the view, but for one that decides now and then and keeps its last decision
// in the view's memory. What they compute with has the same bits on every CPU (stable_math.h).
//
// K1 = "present" is the number of those who are present at that receipt.
//
// x is what "counts" says: gradients received, updates applied, cluster time, or epochs of received
// gradients; K0 = start, K1 = end, u = x / over up to 1, where K = K1:
//   constant     K0, also above the number of workers
//   step         K0 + increment * floor(x / every) (arXiv 2407.00101: K0 = increment = 1);
//                up to K1, unless that lies behind K0
//   linear       K0 + (K1 - K0) u
//   exponential  K0 (K1 / K0)^u
//   cosine       K0 + (K1 - K0) (1 - cos(pi u)) / 2
//   sigmoid      K0 + (K1 - K0) (s(u) - s(0)) / (s(1) - s(0)),
//                s(u) = 1 / (1 + exp(-steepness (u - 1/2)))
//   table        the K of the last row whose x has come; K0 before
//   expression   the formula's value, rounded down; K0 where it has none
//   adasync      see threshold_adasync
// In between K moves by whole steps, each when it has been reached: floor(|K(x) - K0| + 1e-9) steps
// from K0. All but the first are kept within 1..P; and where some workers are counted out
// (parameter_server.h), they, and the first where workers wait, within those who are present.
#pragma once

#include "sim/training/aggregation_view.h"
#include "sim/training/training_options.h"

// One row per schedule, for "desgd list schedules" too: what it is, and which keys under
// policy.threshold apply besides start.
struct schedule_entry {
    const char *name;
    const char *summary;
    const char *paper; // NULL: none
    // K at this receipt. Several remember in view->memory.
    int64_t (*threshold)(const struct policy_options *policy, const struct aggregation_view *view);
    bool has_every;
    bool has_increment;
    bool has_counts;
    bool has_way; // end, over
    bool has_steepness;
    bool has_table;
    bool has_formula;
    bool has_window;              // and so needs a training loss, unless its formula does not
    enum threshold_counts counts; // unless the scenario says otherwise
};

extern const struct schedule_entry schedule_table[SCHEDULE_COUNT];

// True if the threshold depends on the training loss.
bool threshold_reads_loss(const struct policy_options *policy);

// K at this receipt. May remember it in view->memory.
int64_t threshold_at(const struct policy_options *policy, const struct aggregation_view *view);

// AdaSync (Dutta et al., arXiv 2003.10579): K from F0, the first training loss, and F, the present
// one. Where workers wait, the positive root of K^2 + bK - bP = 0 with b = K0^2 F0 / ((P - K0) F);
// in the batch forms K0 sqrt(F0 / F). To the nearest whole number, within 1..P; P if K0 = P.
int64_t threshold_adasync(int64_t first, int64_t workers, bool waits, double first_loss,
                          double loss);
