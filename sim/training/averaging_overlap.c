// SPDX-License-Identifier: GPL-3.0-or-later
// Local SGD whose averages travel beside the steps of the next period:
//   cocod              after K steps x := z + (x - a), a := x, where z is the average of the period
//                      before and a the worker's model when it gave it to that (CoCoD-SGD; Shen et
//                      al., arXiv 1906.12043)
//   overlap_local_sgd  x := x + alpha (z - x) (Wang, Liang, Joshi; arXiv 2002.09539)
// Then the worker gives x to the next average and goes on. It waits only where the average of the
// period before is not there yet: so a worker may be ahead of the slowest by up to a period. Before
// the first average z is the initial model. Who is counted out withdraws the own model from an
// average that has not begun: a is then the z that it took with that, so that all that it has done
// since is in its next average.
#include "sim/base/check.h"
#include "sim/training/averaging.h"

// The reduction begins if all have given their models whom it waits for.
static bool all_have_joined(struct averaging *averaging) {
    INVARIANT(averaging->joined == 0 || !averaging->reducing);
    if (averaging->joined == 0 ||
        averaging->joined < averaging_awaited(averaging, averaging_all(averaging))) {
        return false;
    }
    averaging->joined = 0;
    averaging->reducing = true;
    for (int32_t i = 0; i < averaging->workers; i++) {
        averaging->gave[i] = false;
    }
    return true;
}

static struct averaging_effect fewer(struct averaging *averaging, int32_t worker) {
    (void)worker;
    bool begins = all_have_joined(averaging);
    return (struct averaging_effect){.activity = begins ? AVERAGING_BEGINS : AVERAGING_STANDS_BY,
                                     .steps = averaging->period};
}

static struct averaging_effect joins(struct averaging *averaging, int32_t worker) {
    averaging->waits[worker] = false;
    averaging->steps[worker] = 0;
    INVARIANT(!averaging->reducing && averaging->periods[worker] - 1 == averaging->versions);
    averaging->joined++;
    averaging->gave[worker] = true;
    bool last = all_have_joined(averaging);
    return (struct averaging_effect){
        .activity = AVERAGING_JOINS, .begins = last, .steps = averaging->period};
}

static struct averaging_effect stepped(struct averaging *averaging, int32_t worker) {
    INVARIANT(averaging->steps[worker] <= averaging->period && !averaging->waits[worker]);
    if (averaging->steps[worker] < averaging->period) {
        return (struct averaging_effect){.activity = AVERAGING_GOES_ON};
    }
    // Who is in the reduction under way, or in one that has not begun, waits for its end; who is
    // counted out, until it is not.
    averaging->periods[worker]++;
    if (averaging->out[worker] || averaging->periods[worker] - 1 > averaging->versions) {
        averaging->waits[worker] = true;
        return (struct averaging_effect){.activity = AVERAGING_WAITS,
                                         .group = averaging_all(averaging)};
    }
    return joins(averaging, worker);
}

static struct averaging_effect reduced(struct averaging *averaging, struct averaging_group group,
                                       const struct averaging_view *view) {
    (void)group;
    (void)view;
    INVARIANT(averaging->reducing && averaging->joined == 0);
    averaging->reducing = false;
    averaging->versions++;
    return (struct averaging_effect){.activity = AVERAGING_LETS_JOIN};
}

const struct averaging_scheme averaging_overlap = {.steps_at_once = true,
                                                   .overlaps = true,
                                                   .stepped = stepped,
                                                   .reduced = reduced,
                                                   .joins = joins,
                                                   .fewer = fewer};
