// SPDX-License-Identifier: GPL-3.0-or-later
// Elastic averaging SGD (Zhang, Choromanska, LeCun; arXiv 1412.6651, algorithm 1): after every K
// local steps a worker sends its model x to the centre c, which answers with u = alpha (x - c);
// c += u, x -= u. Nobody waits for anybody else, but for the centre, which serves one after the
// other. "gradient: before", as in the paper: the next gradient has been computed at x when the
// pull comes, and is stepped by after it; "after": the pull comes first, and the gradient is
// computed at what it leaves.
#include "sim/base/check.h"
#include "sim/training/averaging.h"

static bool exchanges_first(const struct averaging *averaging, int64_t steps) {
    REQUIRE(steps >= 0);
    return averaging->options.gradient == ELASTIC_BEFORE && steps > 0 &&
           steps % averaging->period == 0;
}

static struct averaging_effect stepped(struct averaging *averaging, int32_t worker) {
    INVARIANT(averaging->period >= 1 && averaging->steps[worker] >= 1);
    bool due = averaging->options.gradient == ELASTIC_AFTER &&
               averaging->steps[worker] % averaging->period == 0;
    return (struct averaging_effect){.activity = due ? AVERAGING_EXCHANGES : AVERAGING_GOES_ON};
}

static struct averaging_effect reduced(struct averaging *averaging, struct averaging_group group,
                                       const struct averaging_view *view) {
    (void)averaging;
    (void)group;
    (void)view;
    return (struct averaging_effect){.activity = AVERAGING_STANDS_BY};
}

const struct averaging_scheme averaging_easgd = {.steps_at_once = true,
                                                 .exchanges_first = exchanges_first,
                                                 .stepped = stepped,
                                                 .reduced = reduced};
