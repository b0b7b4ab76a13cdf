// SPDX-License-Identifier: GPL-3.0-or-later
// Averages after so many local steps, at which everybody concerned waits:
//   k_avg       all models after K steps (Zhou and Cong, arXiv 1708.01012), also called local SGD
//   adacomm     K falls with the loss F: every adapt_every it becomes
//               ceil(sqrt(eta_0 F / (eta F_0)) K_0) or, where that is not less than it was, half
//               of what it was, rounded up (Wang and Joshi, arXiv 1810.08313, section 4.2); F is
//               the mean loss of a period's minibatches, F_0 that of the first period
//   post_local  K = 1 for the first "after" versions, then K (Lin et al., arXiv 1808.07217)
//   hier_avg    those of each cluster of S after every K1 steps, all of them after K2 (Zhou and
//               Cong, arXiv 1903.05133); where both are due, all of them alone
// A cluster of one has nothing to average; a cluster of all is all.
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/training/averaging.h"

static struct averaging_effect wait_for(struct averaging *averaging, int32_t worker,
                                        struct averaging_group group, int64_t steps) {
    REQUIRE(steps >= 1);
    bool last = averaging_arrives(averaging, worker, group);
    averaging->reducing = averaging->reducing || (last && group.all);
    return (struct averaging_effect){
        .activity = last ? AVERAGING_REDUCES : AVERAGING_WAITS, .group = group, .steps = steps};
}

static struct averaging_effect stepped(struct averaging *averaging, int32_t worker) {
    int64_t steps = averaging->steps[worker];
    INVARIANT(steps >= 1 && steps <= averaging->period);
    struct averaging_group cluster = averaging_cluster_of(averaging, worker);
    if (steps >= averaging->period) {
        return wait_for(averaging, worker, averaging_all(averaging), steps);
    }
    if (steps % averaging->options.cluster_steps == 0 && cluster.members > 1) {
        return wait_for(averaging, worker, cluster, steps);
    }
    return (struct averaging_effect){.activity = AVERAGING_GOES_ON};
}

// The length of the periods to come. Where no loss is known it stays.
static void adapt(struct averaging *averaging, const struct averaging_view *view) {
    if (averaging->versions == 1) {
        averaging->first_loss = view->loss;
        averaging->first_rate = view->learning_rate;
    }
    if (view->now_ns < averaging->adapt_ns || isnan(view->loss)) {
        return;
    }
    int64_t every_ns = averaging->options.adapt_every_ns;
    REQUIRE(every_ns >= 1);
    averaging->adapt_ns = sim_time_add(
        averaging->adapt_ns, ((view->now_ns - averaging->adapt_ns) / every_ns + 1) * every_ns);
    double ratio =
        averaging->first_rate * view->loss / (view->learning_rate * averaging->first_loss);
    double period = ceil(sqrt(ratio) * (double)averaging->options.steps);
    if (period < (double)averaging->period) { // false for NaN
        averaging->period = period < 1 ? 1 : (int64_t)period;
    } else {
        averaging->period = (averaging->period + 1) / 2;
    }
    ENSURE(averaging->period >= 1);
}

static struct averaging_effect reduced(struct averaging *averaging, struct averaging_group group,
                                       const struct averaging_view *view) {
    if (group.all) {
        averaging->reducing = false;
        averaging->versions++;
        for (int32_t worker = 0; worker < averaging->workers; worker++) {
            averaging->steps[worker] = 0;
        }
        if (averaging->versions == averaging->options.after) {
            averaging->period = averaging->options.steps;
        }
        if (averaging->adapts) {
            adapt(averaging, view);
        }
    }
    return (struct averaging_effect){.activity = AVERAGING_TAKES, .group = group};
}

// Of its cluster, or of all.
static struct averaging_effect fewer(struct averaging *averaging, int32_t worker) {
    const struct averaging_group groups[2] = {averaging_cluster_of(averaging, worker),
                                              averaging_all(averaging)};
    for (size_t i = 0; i < 2; i++) {
        if (averaging_opens(averaging, groups[i])) {
            int32_t first = averaging_first_present(averaging, groups[i]);
            averaging->reducing = averaging->reducing || groups[i].all;
            return (struct averaging_effect){.activity = AVERAGING_REDUCES,
                                             .group = groups[i],
                                             .steps = averaging->steps[first]};
        }
    }
    return (struct averaging_effect){.activity = AVERAGING_STANDS_BY};
}

const struct averaging_scheme averaging_periodic = {
    .steps_at_once = true, .stepped = stepped, .reduced = reduced, .fewer = fewer};
