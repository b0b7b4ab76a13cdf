// SPDX-License-Identifier: GPL-3.0-or-later
// HPSGD (Zhou, Ye, Zhang, Lv; arXiv 2009.02701): the sum of all gradients of a window is reduced
// while the next window is computed, and enters the models one window late. There is a barrier
// after every gradient. When it opens, it is decided once for all:
//   a reduction runs, or the last opening merged:  local, all take their own step
//   else the window ends: what lies reduced is merged (x := B - eta/N sum, the version), or, the
//   first time, all take their own step; and the reduction of this window's sums begins
// So a window is as many gradients as fit into one all-reduce: at least two, but for the second
// one, which has no merge behind it and may be of one. The released code loses and double-counts a
// window at an epoch's end; here every gradient is in exactly one window: of a worker that is
// counted out when a window ends, in the next one that it takes part in.
#include "sim/base/check.h"
#include "sim/training/averaging.h"

static struct averaging_effect open_barrier(struct averaging *averaging) {
    INVARIANT(!(averaging->reducing && averaging->reduced));
    if (averaging->reducing || !averaging->rooted) {
        averaging->rooted = true;
        return (struct averaging_effect){.activity = AVERAGING_STEPS};
    }
    struct averaging_effect effect = {.activity = AVERAGING_SHIFTS,
                                      .merges = averaging->reduced,
                                      .steps =
                                          averaging_end_steps(averaging, averaging_all(averaging))};
    averaging->rooted = !effect.merges;
    averaging->reduced = false;
    averaging->reducing = true;
    return effect;
}

static struct averaging_effect stepped(struct averaging *averaging, int32_t worker) {
    if (!averaging_arrives(averaging, worker, averaging_all(averaging))) {
        return (struct averaging_effect){.activity = AVERAGING_WAITS,
                                         .group = averaging_all(averaging)};
    }
    return open_barrier(averaging);
}

static struct averaging_effect fewer(struct averaging *averaging, int32_t worker) {
    (void)worker;
    return averaging_opens(averaging, averaging_all(averaging))
               ? open_barrier(averaging)
               : (struct averaging_effect){.activity = AVERAGING_STANDS_BY};
}

static struct averaging_effect reduced(struct averaging *averaging, struct averaging_group group,
                                       const struct averaging_view *view) {
    (void)group;
    (void)view;
    INVARIANT(averaging->reducing && !averaging->reduced);
    averaging->reducing = false;
    averaging->reduced = true;
    averaging->versions++;
    return (struct averaging_effect){.activity = AVERAGING_STANDS_BY};
}

const struct averaging_scheme averaging_hpsgd = {.overlaps = true,
                                                 .merges_make_versions = true,
                                                 .stepped = stepped,
                                                 .reduced = reduced,
                                                 .fewer = fewer};
