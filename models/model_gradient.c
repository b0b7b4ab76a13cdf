// SPDX-License-Identifier: GPL-3.0-or-later
// A net on a minibatch: forward, loss, backward, block by block. See model.h.
#include "models/model.h"

#include "models/kernels/kernels.h"
#include "models/model_parts.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

struct model_workspace {
    size_t batch_max;
    real *outputs[MODEL_LAYER_MAX]; // of each step: (out, lanes)
    uint8_t *kept[MODEL_LAYER_MAX];
    real *gradients[STEP_GRADIENTS_MAX]; // by activations, see struct step
    void *scratch;
    double *losses; // (lanes)
};

// What a pass over one block reads.
struct block {
    size_t lanes;
    size_t count; // samples: the lanes behind them hold zeros
    const real *parameters;
    const real *inputs;
    const uint8_t *labels;
};

static const struct step *last_step(const struct model *model) {
    REQUIRE(model->plan.count >= 1);
    return &model->plan.steps[model->plan.count - 1];
}

size_t model_block_lanes(const struct model *model, size_t batch) {
    REQUIRE(batch >= 1);
    if (model->plan.kernels == NULL) {
        return batch;
    }
    size_t lanes = KERNEL_LANES_MIN;
    while (lanes < batch && lanes < KERNEL_LANES) {
        lanes *= 2;
    }
    return lanes;
}

size_t model_inputs_size(const struct model *model, size_t batch) {
    size_t lanes = model_block_lanes(model, batch);
    size_t rest = batch % lanes;
    size_t all = batch - rest + (rest == 0 ? 0 : model_block_lanes(model, rest));
    return all * model_input_count(model);
}

// ---- a thread's memory ----

struct model_workspace *model_workspace_create(const struct model *model, size_t batch_max) {
    REQUIRE(batch_max >= 1 && model_takes_data(model));
    struct model_workspace *workspace = memory_allocate(1, sizeof *workspace);
    const struct step_plan *plan = &model->plan;
    size_t lanes = model_block_lanes(model, batch_max);
    size_t scratch = 0;
    workspace->batch_max = batch_max;
    workspace->losses = memory_allocate(lanes, sizeof *workspace->losses);
    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        size_t width = layer_shape_count(&step->last->out);
        size_t bytes = step_scratch_bytes(plan, step, batch_max);
        scratch = bytes > scratch ? bytes : scratch;
        workspace->outputs[i] = memory_allocate_aligned(width * lanes, sizeof(real));
        workspace->kept[i] = memory_allocate_aligned(step->kept_bytes * lanes, 1);
    }
    for (size_t i = 0; i < plan->gradient_count; i++) {
        workspace->gradients[i] =
            memory_allocate_aligned(plan->gradient_widths[i] * lanes, sizeof(real));
    }
    workspace->scratch = memory_allocate_aligned(scratch, 1);
    return workspace;
}

void model_workspace_destroy(struct model_workspace *workspace) {
    if (workspace == NULL) {
        return;
    }
    for (size_t i = 0; i < MODEL_LAYER_MAX; i++) {
        memory_free(workspace->outputs[i]);
        memory_free(workspace->kept[i]);
    }
    for (size_t i = 0; i < STEP_GRADIENTS_MAX; i++) {
        memory_free(workspace->gradients[i]);
    }
    memory_free(workspace->scratch);
    memory_free(workspace->losses);
    memory_free(workspace);
}

// ---- one block ----

static const real *output_of(const struct model_workspace *workspace, const struct block *block,
                             size_t step) {
    REQUIRE(step == STEP_NONE || workspace->outputs[step] != NULL);
    return step == STEP_NONE ? block->inputs : workspace->outputs[step];
}

static real *gradient_place(const struct model_workspace *workspace, size_t place) {
    REQUIRE(place == STEP_NONE || place < STEP_GRADIENTS_MAX);
    return place == STEP_NONE ? NULL : workspace->gradients[place];
}

static struct layer_pass pass_of(const struct model *model, const struct model_workspace *workspace,
                                 size_t i, const struct block *block) {
    REQUIRE(i < model->plan.count);
    const struct step *step = &model->plan.steps[i];
    INVARIANT(step->in == STEP_NONE || step->in < i); // a step reads what came before it
    INVARIANT(step->other == STEP_NONE || step->other < i);
    return (struct layer_pass){.batch = block->lanes,
                               .parameters = block->parameters + step->parameters,
                               .in = output_of(workspace, block, step->in),
                               .other = step->other == STEP_NONE ? NULL
                                                                 : workspace->outputs[step->other],
                               .out = workspace->outputs[i],
                               .kept = workspace->kept[i],
                               .scratch = workspace->scratch};
}

// Returns the net's outputs: (classes, lanes).
static const real *forward(const struct model *model, const struct model_workspace *workspace,
                           const struct block *block, bool keep) {
    for (size_t i = 0; i < model->plan.count; i++) {
        struct layer_pass pass = pass_of(model, workspace, i, block);
        pass.kept = keep || model->plan.kernels == NULL ? pass.kept : NULL;
        step_forward(&model->plan, &model->plan.steps[i], &pass);
    }
    return workspace->outputs[model->plan.count - 1];
}

static void add_to(real *target, const real *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        target[i] += values[i];
    }
}

static void backward(const struct model *model, const struct model_workspace *workspace,
                     const struct block *block, real *gradient, bool add) {
    for (size_t i = model->plan.count; i-- > 0;) {
        const struct step *step = &model->plan.steps[i];
        if (step->layer->weight_rank == 0 && step->in == STEP_NONE && step->other == STEP_NONE) {
            continue; // nobody needs the data's gradient
        }
        struct layer_pass pass = pass_of(model, workspace, i, block);
        real *d_in = gradient_place(workspace, step->d_in);
        real *d_other = gradient_place(workspace, step->d_other);
        real *d_extra = gradient_place(workspace, step->d_extra);
        size_t count = layer_shape_count(&step->layer->in) * block->lanes;
        INVARIANT(step->d_out != step->d_in && step->d_out != step->d_other);
        pass.d_out = gradient_place(workspace, step->d_out);
        pass.d_in = step->d_in_adds ? d_extra : d_in;
        pass.d_other = step->d_other_adds ? d_extra : d_other;
        pass.d_parameters = gradient + step->parameters;
        step_backward(&model->plan, step, &pass, add);
        if (step->d_in_adds) {
            add_to(d_in, d_extra, count);
        }
        if (step->d_other_adds) {
            add_to(d_other, d_extra, count);
        }
    }
}

// ---- a batch ----

static struct step_outputs outputs_of(const struct model *model, const struct block *block,
                                      const real *outputs) {
    return (struct step_outputs){.classes = last_step(model)->last->out.channels,
                                 .lanes = block->lanes,
                                 .count = block->count,
                                 .values = outputs,
                                 .labels = block->labels};
}

void model_gradient_block(const struct model *model, struct model_workspace *workspace,
                          const real *parameters, const struct model_block *block, real *gradient,
                          double *loss_sum) {
    size_t lanes = model_block_lanes(model, block->count);
    REQUIRE(model_takes_data(model) && block->batch <= workspace->batch_max);
    REQUIRE(block->count >= 1 && block->count <= lanes && block->count <= block->batch);
    REQUIRE(model->plan.kernels != NULL || block->count == block->batch);
    const struct block pass = {lanes, block->count, parameters, block->inputs, block->labels};
    const struct step_outputs outputs =
        outputs_of(model, &pass, forward(model, workspace, &pass, true));
    step_loss(&model->plan, &outputs, block->batch, workspace->losses,
              gradient_place(workspace, last_step(model)->d_out));
    backward(model, workspace, &pass, gradient, !block->first);
    for (size_t n = 0; n < block->count; n++) {
        *loss_sum += workspace->losses[n];
    }
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

void model_evaluate(const struct model *model, struct model_workspace *workspace,
                    const real *parameters, const real *inputs, const uint8_t *labels, size_t batch,
                    double *losses, uint8_t *correct) {
    REQUIRE(model_takes_data(model) && batch >= 1 && batch <= workspace->batch_max);
    for (size_t first = 0, lanes; first < batch; first += lanes) {
        lanes = model_block_lanes(model, batch - first);
        const struct block pass = {lanes, least(batch - first, lanes), parameters,
                                   inputs + first * model_input_count(model), labels + first};
        const struct step_outputs outputs =
            outputs_of(model, &pass, forward(model, workspace, &pass, false));
        step_loss(&model->plan, &outputs, batch, losses + first, NULL);
        step_correct(&model->plan, &outputs, correct + first);
    }
}

// ---- without data ----

double model_noisy_gradient(const struct model *model, const struct gradient_key *key,
                            const real *parameters, real *gradient) {
    REQUIRE(!model_takes_data(model));
    return quadratic_gradient(&model->quadratic, parameters, key, gradient);
}

double model_loss(const struct model *model, const real *parameters) {
    REQUIRE(!model_takes_data(model));
    return quadratic_loss(&model->quadratic, parameters);
}
