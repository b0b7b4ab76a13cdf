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
//
// A worker that was counted out may come late. It comes to a barrier after its own steps since its
// last average. Whether that is the cluster's or that of all depends on how many averages
// the cluster has had: so all of a cluster wait at the same barrier, and nobody waits at another.
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/training/averaging.h"

// How many steps a worker takes between two averages.
static int64_t steps_between(const struct averaging *averaging) {
    bool has_clusters = averaging->options.cluster_size > 1;
    int64_t steps = averaging->options.cluster_steps;
    return has_clusters && steps < averaging->period ? steps : averaging->period;
}

// Whose average comes next for this worker.
static struct averaging_group next_group(const struct averaging *averaging, int32_t worker) {
    int64_t next = averaging->averages[averaging_cluster(averaging, worker)] + 1;
    bool is_last = next * steps_between(averaging) >= averaging->period;
    return is_last ? averaging_all(averaging) : averaging_cluster_of(averaging, worker);
}

static struct averaging_effect begin(struct averaging *averaging, struct averaging_group group) {
    int32_t slot = averaging_slot(averaging, group);
    INVARIANT(!averaging->busy[slot]);
    averaging->busy[slot] = true;
    averaging->reducing = averaging->reducing || group.all;
    return (struct averaging_effect){.activity = AVERAGING_REDUCES,
                                     .group = group,
                                     .steps = averaging_end_steps(averaging, group)};
}

static struct averaging_effect stepped(struct averaging *averaging, int32_t worker) {
    INVARIANT(averaging->steps[worker] >= 1 && averaging->stands_at[worker] < 0);
    if (averaging->steps[worker] < steps_between(averaging)) {
        return (struct averaging_effect){.activity = AVERAGING_GOES_ON};
    }
    struct averaging_group group = next_group(averaging, worker);
    return averaging_arrives(averaging, worker, group)
               ? begin(averaging, group)
               : (struct averaging_effect){.activity = AVERAGING_WAITS, .group = group};
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

// The cluster has had so many averages: who of it stands at a barrier stands where those go next.
static void set_averages(struct averaging *averaging, int32_t cluster, int64_t count) {
    int32_t first = cluster * averaging->options.cluster_size;
    REQUIRE(count >= 0 && first < averaging->workers);
    averaging->averages[cluster] = count;
    for (int32_t i = first; i < first + averaging->options.cluster_size; i++) {
        if (averaging->stands_at[i] >= 0) {
            averaging_goes_over(averaging, i, next_group(averaging, i));
        }
    }
}

static void end_period(struct averaging *averaging, const struct averaging_view *view) {
    averaging->reducing = false;
    averaging->versions++;
    if (averaging->versions == averaging->options.after) {
        averaging->period = averaging->options.steps;
    }
    if (averaging->adapts) {
        adapt(averaging, view);
    }
    for (int32_t i = 0; i < averaging->workers / averaging->options.cluster_size; i++) {
        set_averages(averaging, i, 0);
    }
}

static struct averaging_effect reduced(struct averaging *averaging, struct averaging_group group,
                                       const struct averaging_view *view) {
    averaging->busy[averaging_slot(averaging, group)] = false;
    if (group.all) {
        end_period(averaging, view);
    } else if (averaging_has_models(averaging, group)) {
        int32_t cluster = averaging_cluster(averaging, group.first);
        set_averages(averaging, cluster, averaging->averages[cluster] + 1);
    }
    return (struct averaging_effect){.activity = AVERAGING_TAKES, .group = group};
}

// Of its cluster, or of all.
static struct averaging_effect fewer(struct averaging *averaging, int32_t worker) {
    const struct averaging_group groups[2] = {averaging_cluster_of(averaging, worker),
                                              averaging_all(averaging)};
    for (size_t i = 0; i < 2; i++) {
        if (averaging_opens(averaging, groups[i])) {
            return begin(averaging, groups[i]);
        }
    }
    return (struct averaging_effect){.activity = AVERAGING_STANDS_BY};
}

const struct averaging_scheme averaging_periodic = {
    .steps_at_once = true, .stepped = stepped, .reduced = reduced, .fewer = fewer};
