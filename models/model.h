// SPDX-License-Identifier: GPL-3.0-or-later
// A neural network over one flat parameter vector: the loss of a minibatch and its gradient.
// A model is an immutable description that all threads share; a workspace holds the activations of
// one thread. Loss: mean over the minibatch of the negative log-likelihood of the log-softmax of
// the last layer.
#ifndef DESGD_MODELS_MODEL_H
#define DESGD_MODELS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "models/real.h"
#include "sim/base/status.h"

enum { TENSOR_RANK_MAX = 4, TENSOR_NAME_SIZE = 32 };

// One parameter tensor inside the flat vector, row-major, in PyTorch's order: convolution weights
// (out, in, kernel height, kernel width), dense weights (out, in), biases (out).
struct parameter_tensor {
    char name[TENSOR_NAME_SIZE]; // as in PyTorch: "conv1.weight", "fc1.bias"
    int32_t rank;
    int32_t shape[TENSOR_RANK_MAX];
    size_t offset; // of the first element, in elements
    size_t count;
    size_t fan_in;
};

struct model;
struct model_workspace;

// The catalogue: one row per net, for the scenario parser and "desgd list models". "none" (timing
// only) is not a net; the scenario knows it by itself.
struct model_entry {
    const char *name;
    const char *summary; // the layers in words
};
size_t model_catalogue_count(void);
const struct model_entry *model_catalogue_entry(size_t index);

// Errors: none; returns NULL for a name that is not in the catalogue.
struct model *model_create(const char *name);
void model_destroy(struct model *model); // NULL is fine

const char *model_name(const struct model *model);
size_t model_parameter_count(const struct model *model);
size_t model_tensor_count(const struct model *model);
const struct parameter_tensor *model_tensor(const struct model *model, size_t index);
size_t model_input_count(const struct model *model); // C * H * W of one sample
int32_t model_class_count(const struct model *model);
double model_mflop_per_gradient(
    const struct model *model); // of one sample, multiply and add counted as two

// Prints one line per layer: kind, shape in, shape out, parameters. Ends with a newline.
void model_describe(const struct model *model, char *text, size_t size);

// PyTorch's default law: every weight and bias uniform on +-1/sqrt(fan_in), tensor i from the
// stream (seed, RNG_INITIAL_WEIGHTS, i). parameters: (model_parameter_count).
void model_initial_parameters(const struct model *model, uint64_t seed, real *parameters);

// batch_max >= 1: the largest batch that the workspace serves. No allocation happens after this.
struct model_workspace *model_workspace_create(const struct model *model, size_t batch_max);
void model_workspace_destroy(struct model_workspace *workspace); // NULL is fine

// The gradient of the mean loss over the batch. inputs: (C, H, W, batch), the batch innermost;
// labels: (batch); gradient: (parameter count), overwritten, laid out as the parameters. Returns
// the mean loss: summed in double in sample order, divided once. 1 <= batch <= batch_max. Cannot
// fail.
double model_gradient(const struct model *model, struct model_workspace *workspace,
                      const real *parameters, const real *inputs, const uint8_t *labels,
                      size_t batch, real *gradient);

// Forward only: losses[i] and correct[i] (1 if the largest output, the first of equals, is the
// label).
void model_evaluate(const struct model *model, struct model_workspace *workspace,
                    const real *parameters, const real *inputs, const uint8_t *labels, size_t batch,
                    double *losses, uint8_t *correct);

#endif
