// SPDX-License-Identifier: GPL-3.0-or-later
// The models of workers that step on their own (averaging.h): whose gradient goes where, and the
// arithmetic of steps, averages and windows. In timing-only runs the same calls do the bookkeeping
// alone.
//
//   step         x = fma(-eta, g, x), g after weight decay and the worker's own momentum, by the
//                rules of optimizer_state.h with w = w_read = x
//   average      model_average.h, in worker order; of the members' momenta likewise
//   window       S_i += g in each worker i; the reduction sums S_0 + S_1 + ... in worker order
//                (n_0 S_0 + n_1 S_1 + ... where the samples n_i of the workers count)
//   exchange     u = alpha (x - c), c = c + u, x = x - u (model_average.h)
//   merge        x = fma(-eta/P, sum, B) for all, B the version before (eta/(n_0 + n_1 + ...))
#pragma once

#include "sim/simulation/checkpoint.h"
#include "sim/simulation/simulation_state.h"
#include "sim/training/averaging.h"

// What a worker has sent to the centre: the gradient at which it did, and that one's spans.
struct local_sending {
    int64_t gradient;
    uint32_t reference;
    int64_t receive_ns;
    int64_t reply_ns;
    int64_t reply_travel_ns;
    uint64_t tie;
    struct port_spans port;
    uint64_t due_sequence; // of the event that comes next on the way to the centre
    bool under_way;        // sent, and not answered yet
    bool gone;             // the worker has crashed since: the answer will vanish
    bool returns;          // besides, its crash is over: it is back when that has happened
    int64_t port_wait_ns;  // of the answer, until the worker's next gradient has it
};

// For the end of which reduction a worker waits that it gave its model to.
enum local_wait { LOCAL_WAIT_NONE, LOCAL_WAIT_CLUSTER, LOCAL_WAIT_ALL };

struct local_worker {
    struct carried_version root;      // the version that its model comes from
    int64_t own_in_root;              // gradients of its own that are in that version
    struct parameter_version *model;  // NULL in timing-only runs
    struct parameter_version *given;  // its model when it last gave it to an average that overlaps
    struct parameter_version *window; // the sum of its gradients in the window
    bool in_window;                   // whether there is one
    struct local_sending sent;        // easgd
    struct carried_version reply;     // the version that the answer comes from (easgd)
    struct parameter_version *pull;   // that the centre's answer carries (easgd)
    bool has_pull;                    // whether there is one under way
    int64_t identity;                 // of its model: equal ones are the same to the bit
    enum local_wait reduces;
    bool goes_on_later; // it has the result, and goes on from it when it is counted in
    uint32_t *open;     // its gradients that are in no version, in order
    size_t open_count, open_capacity;
    size_t reducing; // so many of them are in the reduction that has begun, or that it joined
};

// What lies between the beginning of a group's reduction and its use.
struct local_reduction {
    struct averaging_group group;
    int64_t next_number; // of this group
    int64_t index;       // its row
    int64_t span_ns;
    int32_t given;                    // models, or windows, that it is of
    double weight;                    // of these together
    struct parameter_version *result; // mean of the models, or sum of the windows
    bool has_result;                  // that somebody will take
};

struct local_run {
    struct averaging averaging;
    struct local_worker *workers;       // (workers)
    struct local_reduction *reductions; // (1 + clusters): 0: of all, 1 + c: of cluster c
    const float **vectors;              // (workers), for averages
    float *picked;                      // (workers): the weights of these
    float *weights; // (workers): samples of each, if they count in averages; NULL: all count alike
    struct parameter_version *centre; // at the end, of a scheme that has one; NULL before
    struct training_options training; // the scenario's, with momentum at the worker
    int64_t reduction_count;
    int64_t identity_count;
    int64_t changes; // of any model: while it stays, so does their mean
};

// Of a policy with a parameter server, sim->local stays NULL.
void local_run_create(struct simulation *sim);
void local_run_destroy(struct simulation *sim); // NULL is fine; releases all models

// Whether the worker has a model, being neither down nor idle after a crash, and is counted in.
bool local_takes_part(const struct simulation *sim, int32_t worker);

// Whether it waits for the end of the group's reduction.
bool local_reduces(const struct simulation *sim, const struct averaging_group *group,
                   int32_t worker);

// Whether it takes the result of the group's reduction that is over: of all, who is idle does, too.
bool local_takes(const struct simulation *sim, const struct averaging_group *group, int32_t worker);

struct local_worker *local_worker_of(const struct simulation *sim, int32_t worker);
int32_t local_worker_count(const struct simulation *sim);

// A further reference to values; NULL where nothing is computed.
struct parameter_version *local_share(struct simulation *sim, struct parameter_version *values);

// Takes over a reference, in place of the one that was held.
void local_hold(struct simulation *sim, struct parameter_version **held,
                struct parameter_version *values);

// The models in a checkpoint: see checkpoint.h. Requires: the store's current version is restored.
void local_fields(struct simulation *sim, struct checkpoint *checkpoint);

// The learning rate where so many versions have been made, and so many gradients taken up. Of a
// worker's step: the versions up to the one that its model comes from, the gradients in that one,
// and its own since.
double local_learning_rate(const struct simulation *sim, int64_t versions, int64_t gradients);

// The distance of a gradient's row: how far the parameters at which it was computed were from the
// version that these came from. Requires: the worker's model still comes from that version.
void local_measure_distance(struct simulation *sim, struct in_flight *flight);

// The worker's gradient, computed and not yet stepped with: fills its loss. Valid until the next
// call of local_drop_gradient. NULL in timing-only runs.
const float *local_wait_gradient(struct simulation *sim, struct in_flight *flight);
void local_drop_gradient(struct simulation *sim, struct in_flight *flight);

// The worker steps its model by its latest gradient.
void local_step(struct simulation *sim, struct in_flight *flight);

// Of those who take part every window takes its worker's latest gradient, and every model steps by
// it.
void local_step_in_window(struct simulation *sim);

// The window ends: its sums go to the reduction of all. Those who merge then take over the sum of
// the window before as a version; otherwise all step.
void local_end_window(struct simulation *sim, bool merges);

// The worker merges the latest version into its model (cocod, overlap_local_sgd) and gives the
// result to the next average.
void local_join(struct simulation *sim, int32_t worker);

// The worker's model and the centre pull each other: the result becomes the next version, the pull
// goes to the worker. Its gradients but for the last "held" are in that version.
void local_exchange(struct simulation *sim, int32_t worker, size_t held);

// The centre's answer sets out: it comes from the version of now.
void local_answer(struct simulation *sim, int32_t worker);

// The answer has come: the worker's model is pulled, and comes from that version now.
void local_take_pull(struct simulation *sim, int32_t worker);

// What each worker counts in averages, to be released with memory_free; NULL: all count alike.
float *local_weights(const struct simulation *sim);

// The members' momenta become their mean, as their models have.
void local_average_momenta(struct simulation *sim, const struct averaging_group *group);

// What the worker has given to the average to come is not in it any more (averaging_overlap.c).
void local_withdraw(struct simulation *sim, int32_t worker);

// The mean of what those members give who take part, into the group's reduction. Returns their
// spread.
double local_average(struct simulation *sim, struct local_reduction *reduction);

// Root mean square distance of the models from their mean; NaN in timing-only runs.
double local_spread(struct simulation *sim);

// The models of those who take it become the result of the group's reduction, which for all is the
// version by now.
void local_take(struct simulation *sim, struct local_reduction *reduction);

// The models of those who take part become the store's current version; also those of the idle.
void local_merge(struct simulation *sim);

// An idle worker begins on the latest version.
void local_begin_anew(struct simulation *sim, int32_t worker);

// The result of the reduction of all becomes the store's current version.
void local_publish(struct simulation *sim);

// What an evaluation looks at (evaluation.h): the mean of the models of those who take part; the
// latest version where nobody does, or windows are summed.
struct evaluation_subject local_subject(struct simulation *sim);

// The parameters that the run leaves behind become the store's current ones; the centre, if there
// is one, is kept.
void local_settle(struct simulation *sim);
