// SPDX-License-Identifier: GPL-3.0-or-later
// The schemes without a parameter server, in which every worker steps a model of its own and the
// models are averaged now and then: the sibling of aggregation.h. A scheme is a pure state machine,
// one file averaging_<name>.c: each call says what has happened and returns what happens now; it
// does no arithmetic, keeps no clock and draws nothing.
//
// A period is what lies between two reductions of all. A reduction averages the models of a group,
// which is one cluster of S workers in a row, or all. Only the end of a reduction of all makes a
// version.
#pragma once

#include "sim/training/training_options.h"

struct averaging_group {
    int32_t first;   // worker
    int32_t members; // first, first + 1, ...
    bool all;
};

enum averaging_activity {
    AVERAGING_GOES_ON, // "worker" starts its next gradient
    AVERAGING_WAITS,   // "worker" waits
    AVERAGING_REDUCES, // "worker" was the last of "group": their reduction begins, all of them wait
                       // for its end
    AVERAGING_TAKES,  // the reduction is over: "group" take the average for their models, and go on
    AVERAGING_STEPS,  // the barrier opens: all take their own step, and go on
    AVERAGING_SHIFTS, // the barrier opens: a window ends, its reduction begins, and all go on: from
                      // the average of the window before if it "merges", else by their own step
    AVERAGING_JOINS,  // "worker" merges the average of the period before, gives its model to the
                      // next reduction, which "begins" if it is the last to, and goes on
    AVERAGING_LETS_JOIN, // the reduction is over: each worker that waits for it joins now
    AVERAGING_EXCHANGES, // "worker" sends its model to the centre and waits for the answer
    AVERAGING_BEGINS,    // the reduction of what has been given to it begins beside
    AVERAGING_STANDS_BY, // nothing
};

struct averaging_effect {
    enum averaging_activity activity;
    struct averaging_group group; // REDUCES, TAKES
    int64_t steps; // that begins a reduction: local steps of its period, of the worker with most
    bool merges;   // SHIFTS
    bool begins;   // JOINS
};

// Whether a worker has a model. One that is counted out keeps what it has, but nobody waits for it,
// and it takes part in nothing that begins meanwhile: it stays behind, at its barrier or on its way
// there. Counted in again, it takes part in the next average with the model that it has.
enum averaging_presence {
    AVERAGING_PRESENT,
    AVERAGING_DOWN, // it has crashed; those who need it wait
    AVERAGING_IDLE, // it is back, and waits for the next average of all, to begin on it; nobody
                    // waits for it
};

// What is known at the end of a reduction.
struct averaging_view {
    int64_t now_ns;
    double loss; // of a reduction of all: mean loss of the period's minibatches, NaN if unknown
    double learning_rate;
};

struct averaging;

struct averaging_scheme {
    bool steps_at_once; // a worker steps its model when its gradient is computed, not at a barrier
    bool overlaps;      // reductions run beside the computation, their end makes no one wait
    bool merges_make_versions; // the version is made when all merge, not when the reduction ends
    // Gradient computed; the worker has stepped, if it steps at once.
    struct averaging_effect (*stepped)(struct averaging *averaging, int32_t worker);
    // The group's reduction is over.
    struct averaging_effect (*reduced)(struct averaging *averaging, struct averaging_group group,
                                       const struct averaging_view *view);
    // True: the worker exchanges its model with the centre before it steps by this gradient, its
    // "steps"-th of the run from 0. NULL: never.
    bool (*exchanges_first)(const struct averaging *averaging, int64_t steps);
    // Fewer may be awaited in the cluster of this worker, or more have come: what is no longer held
    // up there. NULL: nothing ever is.
    struct averaging_effect (*fewer)(struct averaging *averaging, int32_t worker);
    // After LETS_JOIN, for each worker that waits, in order. NULL: never.
    struct averaging_effect (*joins)(struct averaging *averaging, int32_t worker);
};

struct averaging {
    const struct averaging_scheme *scheme;
    struct averaging_options options;
    int32_t workers;
    int64_t versions;  // made, or, where reductions overlap, reduced
    int64_t period;    // local steps in a period, where the scheme counts them
    int64_t *steps;    // (workers) since the last average, of the cluster or of all; of an
                       // exchange: of the run
    int64_t *averages; // (clusters): of the cluster in the period
    int64_t *periods;  // (workers) ended, where reductions overlap
    // Of all at 0, of cluster c at 1 + c:
    int32_t *at_barrier; // (1 + clusters): who stand there and are counted in
    int32_t *excused;    // (1 + clusters): for whom it does not wait
    bool *busy;          // (1 + clusters): a reduction of these is under way for which they wait
    int32_t *stands_at;  // (workers): at which barrier; -1: at none
    enum averaging_presence *presence; // (workers)
    bool *out;                         // (workers) counted out
    int32_t taking_part;               // workers that have a model and are counted in
    int32_t idle;                      // workers that are
    bool *gave;     // (workers): its model is in the reduction to come, where reductions overlap
    int32_t joined; // how many models are in it
    bool *waits;    // (workers): for the end of a reduction, in order to join the next
    int32_t *queue; // ring of workers whose models have arrived at the centre
    int32_t queue_head, queue_count;
    bool reducing;     // a reduction of all is under way
    bool reduced;      // an average lies ready to be merged
    bool adapts;       // adacomm
    int64_t adapt_ns;  // adacomm: the period is set anew at the first version from then on
    double first_loss; // adacomm: of the first version
    double first_rate; // adacomm: the learning rate then
    bool rooted;       // hpsgd: the step after a merge has been taken, or there was none
};

// cluster_size in the options must divide the workers where the scheme has clusters.
void averaging_init(struct averaging *averaging, enum policy policy,
                    const struct averaging_options *options, int32_t workers);
void averaging_reset(struct averaging *averaging); // releases the memory

struct averaging_effect averaging_stepped(struct averaging *averaging, int32_t worker);
struct averaging_effect averaging_reduced(struct averaging *averaging, struct averaging_group group,
                                          const struct averaging_view *view);
struct averaging_effect averaging_joins(struct averaging *averaging, int32_t worker);

// The worker crashes: it leaves the barrier at which it stands and the reduction to come; what of
// it is in one that has begun stays there.
void averaging_crashed(struct averaging *averaging, int32_t worker);

// It is back, and idle. Returns what no longer waits for it. Requires: it is down.
struct averaging_effect averaging_returned(struct averaging *averaging, int32_t worker);

// An idle worker begins on the latest version. Requires: it is counted in.
void averaging_starts(struct averaging *averaging, int32_t worker);

// Nobody who is counted in has a model, and no average of all is under way: whoever is idle waits
// in vain.
bool averaging_has_nobody(const struct averaging *averaging);

// The worker is counted out, and in. What it gave to a reduction that has not begun is withdrawn;
// true: there was something. What follows for the others averaging_looks_again says.
bool averaging_count_out(struct averaging *averaging, int32_t worker);
void averaging_count_in(struct averaging *averaging, int32_t worker);

// What nobody holds up any more in the cluster of this worker, or of all: the last may have been
// counted out, have come back, or have been moved to another barrier.
struct averaging_effect averaging_looks_again(struct averaging *averaging, int32_t worker);

// Whether somebody of the group has a model, counted in or not.
bool averaging_has_models(const struct averaging *averaging, struct averaging_group group);

// Whether the worker has a model and is counted in.
bool averaging_takes_part(const struct averaging *averaging, int32_t worker);

// The centre serves one model at a time, first come, first served. A model has arrived; true: its
// service begins now.
bool averaging_centre_arrives(struct averaging *averaging, int32_t worker);

// The service under way is over. Returns the worker whose service begins now, -1: none.
int32_t averaging_centre_served(struct averaging *averaging);

struct averaging_group averaging_all(const struct averaging *averaging);
struct averaging_group averaging_cluster_of(const struct averaging *averaging, int32_t worker);

// ---- for the schemes ----

extern const struct averaging_scheme averaging_periodic; // k_avg, post_local, adacomm, hier_avg
extern const struct averaging_scheme averaging_hpsgd;
extern const struct averaging_scheme averaging_overlap; // cocod, overlap_local_sgd
extern const struct averaging_scheme averaging_easgd;

// The worker comes to the barrier of the group; true: it was the last, and the barrier is clear.
// One that is counted out never is: a look again opens it to others who have just been counted in.
bool averaging_arrives(struct averaging *averaging, int32_t worker, struct averaging_group group);

// Whether all stand at the barrier that it waits for, and somebody does; then it is clear.
bool averaging_opens(struct averaging *averaging, struct averaging_group group);

// How many of the group a barrier waits for.
int32_t averaging_awaited(const struct averaging *averaging, struct averaging_group group);

// A worker that stands at a barrier stands at that of the group from now on.
void averaging_goes_over(struct averaging *averaging, int32_t worker, struct averaging_group group);

// Of those of the group who take part in its reduction, which begins: the most steps of the period
// that one of them has taken. They have none then.
int64_t averaging_end_steps(struct averaging *averaging, struct averaging_group group);

// The first of the group that takes part. Requires: somebody does.
int32_t averaging_first_present(const struct averaging *averaging, struct averaging_group group);

// Where at_barrier, excused and busy have the group, and where averages have the worker's.
int32_t averaging_slot(const struct averaging *averaging, struct averaging_group group);
int32_t averaging_cluster(const struct averaging *averaging, int32_t worker);
