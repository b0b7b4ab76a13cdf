// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/local_models.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/simulation/update_step.h"
#include "sim/training/learning_rate.h"
#include "sim/training/model_average.h"
#include "sim/training/optimizer.h"

double local_learning_rate(const struct simulation *sim, int64_t versions, int64_t gradients) {
    REQUIRE(versions >= 0 && gradients >= 0);
    const struct training_options *training = &sim->local->training;
    const struct rate_moment moment = {.updates = versions, .gradients = gradients, .size = 1};
    return learning_rate_at(&training->optimizer.rate, training->learning_rate, &moment);
}

static void release(struct simulation *sim, struct parameter_version **held) {
    if (*held != NULL) {
        INVARIANT((*held)->references > 0);
        parameter_store_release(&sim->store, *held);
        *held = NULL;
    }
}

void local_hold(struct simulation *sim, struct parameter_version **held,
                struct parameter_version *values) {
    REQUIRE(values == NULL || values->references > 0);
    release(sim, held);
    *held = values;
}

struct parameter_version *local_share(struct simulation *sim, struct parameter_version *values) {
    REQUIRE(values == NULL || values->references > 0);
    return values == NULL || !sim->computes ? NULL : parameter_store_acquire(&sim->store, values);
}

struct local_worker *local_worker_of(const struct simulation *sim, int32_t worker) {
    REQUIRE(worker >= 0 && worker < sim->local->averaging.workers);
    return &sim->local->workers[worker];
}

bool local_takes_part(const struct simulation *sim, int32_t worker) {
    return averaging_takes_part(&sim->local->averaging, worker);
}

int32_t local_worker_count(const struct simulation *sim) {
    REQUIRE(sim->local != NULL);
    return sim->local->averaging.workers;
}

// ---- beginning and end ----

void local_run_create(struct simulation *sim) {
    REQUIRE(sim->local == NULL && sim->dispatched == 0);
    const struct scenario *scenario = sim->options->scenario;
    const struct policy_options *policy = &scenario->training.policy;
    if (policy_table[policy->policy].averaging.family == AVERAGING_FAMILY_NONE) {
        return;
    }
    struct local_run *local = memory_allocate(1, sizeof *local);
    size_t workers = (size_t)scenario->cluster.workers;
    averaging_init(&local->averaging, policy->policy, &policy->averaging,
                   scenario->cluster.workers);
    size_t clusters = workers / (size_t)local->averaging.options.cluster_size;
    local->training = scenario->training;
    local->training.optimizer.momentum_place = MOMENTUM_AT_WORKER;
    if (sim->store.current != NULL) {
        optimizer_state_fit(&sim->optimizer, &local->training);
    }
    local->workers = memory_allocate(workers, sizeof *local->workers);
    local->reductions = memory_allocate(clusters + 1, sizeof *local->reductions);
    local->vectors = memory_allocate(workers, sizeof *local->vectors);
    local->picked = memory_allocate(workers, sizeof *local->picked);
    local->weights = local_weights(sim);
    for (size_t i = 0; i < workers && sim->store.current != NULL; i++) {
        struct local_worker *worker = &local->workers[i];
        struct parameter_version *initial = sim->store.current;
        worker->root.values = parameter_store_acquire(&sim->store, initial);
        worker->model = parameter_store_acquire(&sim->store, initial);
        worker->given = parameter_store_acquire(&sim->store, initial);
    }
    sim->local = local;
    sim->evaluator.subject = local_subject(sim);
}

void local_run_destroy(struct simulation *sim) {
    struct local_run *local = sim->local;
    if (local == NULL) {
        return;
    }
    for (int32_t i = 0; i < local_worker_count(sim); i++) {
        struct local_worker *worker = local_worker_of(sim, i);
        release(sim, &worker->root.values);
        release(sim, &worker->model);
        release(sim, &worker->given);
        release(sim, &worker->window);
        release(sim, &worker->pull);
        release(sim, &worker->reply.values);
        memory_free(worker->open);
    }
    release(sim, &local->centre);
    int32_t clusters = local_worker_count(sim) / local->averaging.options.cluster_size;
    for (int32_t i = 0; i <= clusters; i++) {
        release(sim, &local->reductions[i].result);
    }
    averaging_reset(&local->averaging);
    memory_free(local->workers);
    memory_free(local->reductions);
    memory_free(local->vectors);
    memory_free(local->weights);
    memory_free(local->picked);
    memory_free(local);
    sim->local = NULL;
}

// ---- gradients and steps ----

void local_measure_distance(struct simulation *sim, struct in_flight *flight) {
    const struct local_worker *worker = local_worker_of(sim, flight->row.worker);
    REQUIRE(worker->root.version == flight->read.version);
    if (flight->job != NULL) {
        flight->row.distance = optimizer_distance(flight->read.values->values,
                                                  worker->root.values->values, sim->store.count);
    }
}

const float *local_wait_gradient(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->wanted && flight->row.ready_ns >= 0);
    INVARIANT((flight->job != NULL) == sim->computes);
    if (flight->job == NULL) {
        return NULL;
    }
    double loss = 0;
    const float *gradient = executor_wait_gradient(sim->options->executor, flight->job, &loss);
    if (sim->options->header->gradient_values) {
        row_output_values(&sim->output, flight->index, gradient);
    }
    flight->row.loss = isnan(loss) ? (double)NAN : loss;
    if (isnan(flight->row.distance)) {
        local_measure_distance(sim, flight);
    }
    sim->diverged = sim->diverged || !isfinite(loss);
    return gradient;
}

void local_drop_gradient(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->wanted && flight->row.ready_ns >= 0);
    update_step_release(sim, flight);
    flight->wanted = false; // should the run go on from a checkpoint
}

// The worker's model is another from now on; the reference is taken over.
static void replace_model(struct simulation *sim, int32_t worker,
                          struct parameter_version *values) {
    REQUIRE((values != NULL) == sim->computes);
    struct local_worker *w = local_worker_of(sim, worker);
    w->identity = ++sim->local->identity_count;
    sim->local->changes++;
    if (values == NULL) {
        return;
    }
    if (!optimizer_all_finite(values->values, sim->store.count)) {
        optimizer_canonical_nan(values->values, sim->store.count);
        sim->diverged = true;
    }
    local_hold(sim, &w->model, values);
}

// The gradient as it is stepped by: weight decay, at the parameters that it was computed at, and
// momentum.
static const float *take_gradient(struct simulation *sim, const struct in_flight *flight,
                                  const float *gradient) {
    if (gradient == NULL) {
        return NULL;
    }
    INVARIANT(flight->read.values != NULL);
    const struct optimizer_gradient taken = {
        .worker = flight->row.worker,
        .values = gradient,
        .w = local_worker_of(sim, flight->row.worker)->model->values,
        .w_read = flight->read.values->values};
    return optimizer_state_take(&sim->optimizer, &sim->local->training, &taken);
}

// That the worker's model has taken up before its latest one: those of the version that it comes
// from, and its own that are not in that one, whether they are in a later one by now or in none.
static int64_t gradients_of_model(const struct simulation *sim, int32_t worker) {
    const struct local_worker *w = local_worker_of(sim, worker);
    int64_t own = sim->workers[worker].next_number - 1 - w->own_in_root;
    ENSURE(own >= 0);
    return w->root.gradients_applied + own;
}

// The worker's model comes from this version from now on, in which all of its gradients are that
// are in any.
static void root_at(struct simulation *sim, int32_t worker, const struct carried_version *version) {
    struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(version->version >= w->root.version && version->version <= sim->server.version);
    w->root.version = version->version;
    w->root.gradients_applied = version->gradients_applied;
    w->own_in_root = sim->workers[worker].next_number - (int64_t)w->open_count;
    ENSURE(w->own_in_root >= 0);
}

static void step_by(struct simulation *sim, int32_t worker, const float *gradient) {
    const struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE((gradient != NULL) == sim->computes);
    struct parameter_version *next = NULL;
    if (gradient != NULL) {
        double rate = local_learning_rate(sim, w->root.version, gradients_of_model(sim, worker));
        next = parameter_store_prepare(&sim->store);
        optimizer_step(w->model->values, gradient, (float)rate, next->values, sim->store.count);
    }
    replace_model(sim, worker, next);
}

void local_step(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(sim->local->averaging.scheme->steps_at_once);
    const float *gradient = local_wait_gradient(sim, flight);
    step_by(sim, flight->row.worker, take_gradient(sim, flight, gradient));
    local_drop_gradient(sim, flight);
}

// ---- windows ----

static struct in_flight *latest_of(struct simulation *sim, int32_t worker) {
    const struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(w->open_count > 0);
    return in_flight_at(&sim->flights, w->open[w->open_count - 1]);
}

static void add_to_window(struct simulation *sim, int32_t worker, const float *gradient) {
    REQUIRE((gradient != NULL) == sim->computes);
    struct local_worker *w = local_worker_of(sim, worker);
    w->in_window = true;
    if (gradient == NULL) {
        return;
    }
    if (w->window == NULL) {
        w->window = parameter_store_prepare(&sim->store);
        memset(w->window->values, 0, sim->store.count * sizeof *gradient);
    }
    optimizer_accumulate(w->window->values, gradient, sim->store.count);
}

static void pass_gradient(struct simulation *sim, int32_t worker, bool steps) {
    struct in_flight *flight = latest_of(sim, worker);
    const float *gradient = take_gradient(sim, flight, local_wait_gradient(sim, flight));
    add_to_window(sim, worker, gradient);
    if (steps) {
        step_by(sim, worker, gradient);
    }
    local_drop_gradient(sim, flight);
}

void local_step_in_window(struct simulation *sim) {
    for (int32_t worker = 0; worker < local_worker_count(sim); worker++) {
        if (local_takes_part(sim, worker)) {
            pass_gradient(sim, worker, true);
        }
    }
}

// B - eta/m sum, of so many windows, becomes the version.
static void merge_window(struct simulation *sim) {
    struct local_reduction *reduction = &sim->local->reductions[0];
    INVARIANT((reduction->result != NULL) == sim->computes);
    if (reduction->result != NULL) {
        double rate = local_learning_rate(sim, sim->server.version, sim->gradients_applied) /
                      reduction->weight;
        struct parameter_version *next = parameter_store_prepare(&sim->store);
        optimizer_step(sim->store.current->values, reduction->result->values, (float)rate,
                       next->values, sim->store.count);
        if (!optimizer_all_finite(next->values, sim->store.count)) {
            optimizer_canonical_nan(next->values, sim->store.count);
            sim->diverged = true;
        }
        local_hold(sim, &reduction->result, next);
    }
    local_publish(sim);
}

// The sums of all windows, in worker order; the windows are empty then.
static struct parameter_version *sum_windows(struct simulation *sim,
                                             struct local_reduction *reduction) {
    reduction->given = 0;
    reduction->weight = 0;
    struct parameter_version *sum = NULL;
    for (int32_t i = 0; i < local_worker_count(sim); i++) {
        struct local_worker *worker = local_worker_of(sim, i);
        float weight = sim->local->weights == NULL ? 1 : sim->local->weights[i];
        if (!local_takes_part(sim, i)) {
            continue; // what it has, it keeps
        }
        INVARIANT(worker->in_window);
        INVARIANT((worker->window != NULL) == (worker->in_window && sim->computes));
        reduction->given++;
        reduction->weight += (double)weight;
        worker->in_window = false;
        if (worker->window == NULL) {
            continue;
        }
        if (sum == NULL && weight == 1) {
            sum = worker->window; // the first one's own buffer takes the others in
            worker->window = NULL;
            continue;
        }
        if (sum == NULL) {
            sum = parameter_store_prepare(&sim->store);
            memset(sum->values, 0, sim->store.count * sizeof *sum->values);
        }
        optimizer_accumulate_weighted(sum->values, worker->window->values, weight,
                                      sim->store.count);
        release(sim, &worker->window);
    }
    ENSURE((sum != NULL) == sim->computes);
    return sum;
}

void local_end_window(struct simulation *sim, bool merges) {
    for (int32_t worker = 0; worker < local_worker_count(sim); worker++) {
        if (local_takes_part(sim, worker)) {
            pass_gradient(sim, worker, !merges);
        }
    }
    if (merges) {
        merge_window(sim);
    }
    INVARIANT(sim->local->reductions[0].result == NULL);
    sim->local->reductions[0].result = sum_windows(sim, &sim->local->reductions[0]);
    sim->local->reductions[0].has_result = true;
}

// ---- whose models come from where ----

// The worker's model comes from the version of now.
static void root(struct simulation *sim, int32_t worker) {
    const struct carried_version now = {.version = sim->server.version,
                                        .gradients_applied = sim->gradients_applied};
    root_at(sim, worker, &now);
    if (sim->computes) {
        local_hold(sim, &local_worker_of(sim, worker)->root.values,
                   local_share(sim, sim->store.current));
    }
}

// One and the same model for all of the group.
static void unite(struct simulation *sim, const struct averaging_group *group,
                  struct parameter_version *values) {
    REQUIRE(group->members >= 1 && group->first + group->members <= local_worker_count(sim));
    int64_t identity = ++sim->local->identity_count;
    sim->local->changes++;
    for (int32_t i = group->first; i < group->first + group->members; i++) {
        struct local_worker *worker = local_worker_of(sim, i);
        if (!local_takes(sim, group, i)) {
            continue;
        }
        worker->identity = identity;
        if (sim->computes) {
            local_hold(sim, &worker->model, local_share(sim, values));
        }
        if (group->all) {
            root(sim, i);
        }
    }
}

void local_merge(struct simulation *sim) {
    struct averaging_group all = averaging_all(&sim->local->averaging);
    REQUIRE(sim->local->averaging.scheme->merges_make_versions);
    unite(sim, &all, sim->store.current);
}

void local_take(struct simulation *sim, struct local_reduction *reduction) {
    REQUIRE(reduction->group.all || reduction->has_result);
    local_average_momenta(sim, &reduction->group);
    bool all = reduction->group.all;
    unite(sim, &reduction->group, all ? sim->store.current : reduction->result);
    release(sim, &reduction->result);
    reduction->has_result = false;
}

void local_begin_anew(struct simulation *sim, int32_t worker) {
    REQUIRE(sim->local->averaging.presence[worker] == AVERAGING_IDLE);
    const struct averaging_group alone = {.first = worker, .members = 1, .all = true};
    unite(sim, &alone, sim->store.current);
    if (sim->computes) {
        local_hold(sim, &local_worker_of(sim, worker)->given, local_share(sim, sim->store.current));
        optimizer_state_forget_worker(&sim->optimizer, worker);
    }
}

void local_withdraw(struct simulation *sim, int32_t worker) {
    struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(sim->local->averaging.scheme->joins != NULL);
    w->reducing = 0;
    if (sim->computes) {
        local_hold(sim, &w->given, local_share(sim, w->root.values));
    }
}

void local_publish(struct simulation *sim) {
    struct local_reduction *reduction = &sim->local->reductions[0];
    REQUIRE((reduction->result != NULL) == sim->computes);
    reduction->has_result = false;
    if (reduction->result != NULL) {
        parameter_store_publish(&sim->store, reduction->result);
        reduction->result = NULL;
    }
}

void local_join(struct simulation *sim, int32_t worker) {
    struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(w->open_count > 0 && !w->has_pull);
    struct parameter_version *merged = NULL;
    if (sim->computes) {
        const struct averaging *averaging = &sim->local->averaging;
        const float *average = sim->store.current->values;
        merged = parameter_store_prepare(&sim->store);
        memcpy(merged->values, w->model->values, sim->store.count * sizeof *merged->values);
        if (averaging->options.pull > 0) {
            model_average_pull(merged->values, average, (float)averaging->options.pull,
                               sim->store.count);
        } else {
            model_average_rebase(merged->values, w->given->values, average, sim->store.count);
        }
    }
    replace_model(sim, worker, merged);
    if (merged != NULL) {
        local_hold(sim, &w->given, local_share(sim, merged));
    }
    root(sim, worker);
    w->reducing = w->open_count;
}

void local_exchange(struct simulation *sim, int32_t worker, size_t held) {
    struct local_worker *w = local_worker_of(sim, worker);
    struct local_reduction *centre = &sim->local->reductions[0];
    REQUIRE(!w->has_pull && held <= w->open_count);
    w->reducing = w->open_count - held;
    w->has_pull = true;
    if (!sim->computes) {
        return;
    }
    local_hold(sim, &w->pull, parameter_store_prepare(&sim->store));
    local_hold(sim, &centre->result, parameter_store_prepare(&sim->store));
    model_average_elastic(w->model->values, sim->store.current->values,
                          (float)sim->local->averaging.options.pull, w->pull->values,
                          centre->result->values, sim->store.count);
}

void local_answer(struct simulation *sim, int32_t worker) {
    struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(w->has_pull);
    w->reply.version = sim->server.version;
    w->reply.gradients_applied = sim->gradients_applied;
    if (sim->computes) {
        local_hold(sim, &w->reply.values, local_share(sim, sim->store.current));
    }
}

void local_take_pull(struct simulation *sim, int32_t worker) {
    struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(w->has_pull);
    struct parameter_version *pulled = NULL;
    if (sim->computes) {
        pulled = parameter_store_prepare(&sim->store);
        memcpy(pulled->values, w->model->values, sim->store.count * sizeof *pulled->values);
        model_average_subtract(pulled->values, w->pull->values, sim->store.count);
        local_hold(sim, &w->root.values, w->reply.values);
        release(sim, &w->pull);
        w->reply.values = NULL;
    }
    w->has_pull = false;
    root_at(sim, worker, &w->reply);
    replace_model(sim, worker, pulled);
}
