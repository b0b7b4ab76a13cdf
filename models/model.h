// SPDX-License-Identifier: GPL-3.0-or-later
// A model over one flat parameter vector: a neural network, with the loss of a minibatch and its
// gradient, or the noisy quadratic, which takes no data. A model is an immutable description that
// all threads share; a workspace holds the activations of one thread. Loss of a network: mean over
// the minibatch of the negative log-likelihood of the log-softmax of the last layer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/model_options.h"
#include "models/parameter_tensor.h"
#include "models/quadratic.h"
#include "models/real.h"

struct model;
struct model_workspace;
struct model_recipe;

// The parts of the options that the model does not take are ignored. Errors: none; returns NULL for
// a name that is not in the catalogue. Requires: sizes of at least 1, 2 to 256 classes; kernels
// that this CPU runs, alive as long as the model; in the double build no portable arithmetic.
struct model *model_create(const struct model_options *options);

// A model that need not be in the catalogue. Takes arithmetic and kernels of the options. Requires:
// every layer fits its input; the last one has at least two outputs of 1 x 1, at most 256.
struct model *model_create_from_recipe(const struct model_recipe *recipe,
                                       const struct model_options *options);

void model_destroy(struct model *model); // NULL is fine

size_t model_parameter_count(const struct model *model);
size_t model_tensor_count(const struct model *model);
const struct parameter_tensor *model_tensor(const struct model *model, size_t index);
bool model_takes_data(const struct model *model);    // false for the quadratic
size_t model_input_count(const struct model *model); // C * H * W of one sample; 0 without data
void model_input_shape(const struct model *model, size_t shape[3]); // C, H, W
int32_t model_class_count(const struct model *model);

// Of one sample, multiply and add counted as two; 0 without data.
double model_mflop_per_gradient(const struct model *model);

// The instruction set of the kernels that compute it; "" under openblas and without data.
const char *model_isa(const struct model *model);

// Prints one line per layer: kind, shape in, shape out, parameters. Ends with a newline.
void model_describe(const struct model *model, char *text, size_t size);

// Where the parameters start. By PyTorch's law every weight and bias is uniform on
// +-1/sqrt(fan_in), tensor i from the stream (seed, RNG_INITIAL_WEIGHTS, i). parameters:
// (model_parameter_count).
void model_initial_parameters(const struct model *model, uint64_t seed, real *parameters);

// ---- a network on a minibatch ----

// A minibatch's inputs lie block after block, each (C, H, W, lanes), the samples innermost. Under
// openblas the whole batch is one block. Under portable arithmetic a block has 32 lanes, and the
// last one 8, 16 or 32, the least that hold what is left; it is filled up with zeros.
// model_block_lanes: of the next block, where so many samples are left.
size_t model_block_lanes(const struct model *model, size_t batch);
size_t model_inputs_size(const struct model *model, size_t batch); // elements of all blocks

// batch_max >= 1: the largest batch that the workspace serves. Under portable arithmetic it holds
// the activations of one block, whatever the batch. No allocation happens after this.
struct model_workspace *model_workspace_create(const struct model *model, size_t batch_max);
void model_workspace_destroy(struct model_workspace *workspace); // NULL is fine

// The gradient of the mean loss over the batch, one block after the other. gradient: (parameter
// count), laid out as the parameters. Adds the losses of the block's samples to *loss_sum, in their
// order, in double. Under portable arithmetic a sample's loss does not depend on the samples beside
// it, and the gradients of the blocks are added in their order. 1 <= batch <= batch_max. Cannot
// fail. Requires: a model that takes data.
struct model_block {
    const real *inputs;    // (C, H, W, lanes), 64-byte aligned
    const uint8_t *labels; // (count)
    size_t count;          // samples in this block: lanes, or in the last one what is left
    size_t batch;          // samples in all blocks
    bool first;            // the gradient is overwritten, else added to
};
void model_gradient_block(const struct model *model, struct model_workspace *workspace,
                          const real *parameters, const struct model_block *block, real *gradient,
                          double *loss_sum);

// Forward only: losses[i] and correct[i] (1 if the largest output, the first of equals, is the
// label).
void model_evaluate(const struct model *model, struct model_workspace *workspace,
                    const real *parameters, const real *inputs, const uint8_t *labels, size_t batch,
                    double *losses, uint8_t *correct);

// ---- a model that takes no data ----

// The gradient of that key, with its noise; returns the loss, which is without noise. gradient:
// (parameter count), overwritten.
double model_noisy_gradient(const struct model *model, const struct gradient_key *key,
                            const real *parameters, real *gradient);
double model_loss(const struct model *model, const real *parameters);
