// SPDX-License-Identifier: GPL-3.0-or-later
// How a net is computed: a list of steps, each one layer, or under portable arithmetic also a layer
// with the relu and the max-pool behind it in one pass over memory. The plan says which memory each
// step reads and writes, so that a thread holds one block of samples and few gradients at a time.
// Internal to models: used by model.c and model_gradient.c.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "models/layer.h"
#include "models/model_catalogue.h"

enum { STEP_NONE = SIZE_MAX, STEP_GRADIENTS_MAX = 6 };

struct step {
    const struct layer *layer; // the first of its layers
    const struct layer *last;
    bool relu;         // besides the first layer there is a relu
    size_t pool;       // side of the max-pool besides the first layer; 1: none
    size_t parameters; // offset of the first layer's in the flat vector
    size_t kept_bytes; // a sample, as in struct layer
    size_t in;         // the step whose output it reads; STEP_NONE: the net's input
    size_t other;      // the step of the other term of a sum; STEP_NONE: no sum
    size_t d_out;      // the places of gradients by activations; STEP_NONE: not wanted
    size_t d_in;
    size_t d_other;
    bool d_in_adds; // somebody's gradient is there already: this one is made in d_extra, and added
    bool d_other_adds;
    size_t d_extra;
};

struct step_plan {
    const struct kernels *kernels; // NULL: the layers' own functions, over a whole batch
    size_t count;
    struct step steps[MODEL_LAYER_MAX];
    size_t gradient_count;
    size_t gradient_widths[STEP_GRADIENTS_MAX]; // numbers a sample in each of the places
};

// Plans "count" layers that have been planned; offsets: of their parameters. Borrows layers and
// kernels.
void step_plan_make(struct step_plan *plan, const struct kernels *kernels,
                    const struct layer *layers, const size_t *offsets, size_t count);

// Bytes of scratch that one step needs for blocks of up to batch_max samples.
size_t step_scratch_bytes(const struct step_plan *plan, const struct step *step, size_t batch_max);

// One step over one block. "add": a further block of a batch, whose gradient of the parameters is
// added to what is there (portable arithmetic alone).
void step_forward(const struct step_plan *plan, const struct step *step,
                  const struct layer_pass *pass);
void step_backward(const struct step_plan *plan, const struct step *step,
                   const struct layer_pass *pass, bool add);

// What the last step made of a block, and what it should be.
struct step_outputs {
    size_t classes;
    size_t lanes;          // of the block
    size_t count;          // samples
    const real *values;    // (classes, lanes)
    const uint8_t *labels; // (count)
};

// The loss of each sample, (count), and the gradient of the mean over "batch" samples by the
// outputs, zero in the lanes behind the samples; d_outputs NULL: not wanted.
void step_loss(const struct step_plan *plan, const struct step_outputs *outputs, size_t batch,
               double *losses, real *d_outputs);

// correct[i] = 1 if the largest output of sample i, the first of equals, is its label.
void step_correct(const struct step_plan *plan, const struct step_outputs *outputs,
                  uint8_t *correct);
