// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/executor/thread_space.h"

#include <string.h>

#include "models/data/minibatch.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

void thread_space_prepare(struct thread_space *space, const struct executor_options *options) {
    REQUIRE(options->batch >= 1);
    if (space->ready) {
        return;
    }
    size_t batch = (size_t)options->batch;
    size_t most = batch > EVALUATION_BATCH ? batch : EVALUATION_BATCH;
    space->ready = true;
    if (options->local_steps > 1) {
        size_t count = model_parameter_count(options->model);
        space->local = memory_allocate_aligned(count, sizeof *space->local);
        space->step = memory_allocate_aligned(count, sizeof *space->step);
    }
    if (!model_takes_data(options->model)) {
        return;
    }
    size_t lanes = model_block_lanes(options->model, most);
    space->workspace = model_workspace_create(options->model, most);
    space->inputs = memory_allocate_aligned(model_inputs_size(options->model, lanes), sizeof(real));
    space->labels = memory_allocate(lanes, sizeof *space->labels);
    space->indices = memory_allocate(most, sizeof *space->indices);
}

void thread_space_reset(struct thread_space *space) {
    model_workspace_destroy(space->workspace);
    memory_free(space->inputs);
    memory_free(space->labels);
    memory_free(space->indices);
    memory_free(space->local);
    memory_free(space->step);
}

// Block by block, so that the inputs of a block are still near when they are read.
static double minibatch_gradient(struct thread_space *space, const struct executor_options *options,
                                 const struct gradient_key *key, const float *parameters,
                                 float *gradient) {
    if (!model_takes_data(options->model)) {
        return model_noisy_gradient(options->model, key, parameters, gradient);
    }
    REQUIRE(space->workspace != NULL);
    size_t batch = (size_t)options->batch;
    double loss_sum = 0;
    INVARIANT(options->shards != NULL);
    minibatch_indices(options->shards, key->seed, key->worker, key->number, batch, space->indices);
    for (size_t first = 0, lanes; first < batch; first += lanes) {
        lanes = model_block_lanes(options->model, batch - first);
        const struct model_block block = {.inputs = space->inputs,
                                          .labels = space->labels,
                                          .count = least(batch - first, lanes),
                                          .batch = batch,
                                          .first = first == 0};
        dataset_gather(options->dataset, SPLIT_TRAIN, space->indices + first, block.count, lanes,
                       space->inputs, space->labels);
        model_gradient_block(options->model, space->workspace, parameters, &block, gradient,
                             &loss_sum);
    }
    return loss_sum / (double)batch;
}

// One step of a worker by itself: sum += g, x -= rate g.
static void take_local_step(float *sum, float *local, const float *gradient, float rate,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        sum[i] += gradient[i];
        local[i] -= rate * gradient[i];
    }
}

double thread_space_gradient(struct thread_space *space, const struct executor_options *options,
                             const struct gradient_key *key, const struct local_way *way,
                             float *gradient) {
    REQUIRE(space->ready && way->parameters != NULL);
    REQUIRE(key->worker >= 0 && key->number >= 0);
    if (options->local_steps <= 1) {
        return minibatch_gradient(space, options, key, way->parameters, gradient);
    }
    size_t count = model_parameter_count(options->model);
    double loss = 0;
    memset(gradient, 0, count * sizeof *gradient);
    memcpy(space->local, way->parameters, count * sizeof *gradient);
    for (int64_t step = 0; step < options->local_steps; step++) {
        struct gradient_key own = *key;
        own.number = key->number * options->local_steps + step;
        loss += minibatch_gradient(space, options, &own, space->local, space->step);
        take_local_step(gradient, space->local, space->step, (float)way->rate, count);
    }
    return loss / (double)options->local_steps;
}

size_t thread_space_evaluated_at_once(const struct executor_options *options) {
    size_t count = least(model_block_lanes(options->model, EVALUATION_BATCH), EVALUATION_BATCH);
    ENSURE(count >= 1);
    return count;
}
