// SPDX-License-Identifier: GPL-3.0-or-later
// Every net, as the simulator runs it, in float: its gradient under both arithmetics against the
// same net in double, tensor by tensor, and the two against each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/initial_weights.h"
#include "models/kernels/kernels.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/nets.h"
#include "tests/support/reference_net.h"

// The bound of both comparisons, of the norm of a tensor's gradient.
#define RELATIVE_ERROR_MAX 5e-6

enum { BATCH_MAX = 33 };

struct problem {
    struct model *model;
    size_t batch;
    real *parameters;
    real *inputs; // in the model's blocks
    real *gradient;
    uint8_t labels[BATCH_MAX];
};

// Samples and parameters are the same under both arithmetics; tensors that start at zero get the
// common law, since a path that ends in zeros has no gradient to compare.
static struct problem problem_create(const char *name, enum arithmetic arithmetic, size_t batch) {
    struct problem p = {.model = net_create(name, arithmetic), .batch = batch};
    size_t inputs = model_input_count(p.model);
    p.parameters = memory_allocate(model_parameter_count(p.model), sizeof(real));
    p.gradient = memory_allocate(model_parameter_count(p.model), sizeof(real));
    p.inputs = memory_allocate_aligned(model_inputs_size(p.model, batch), sizeof(real));
    for (size_t t = 0; t < model_tensor_count(p.model); t++) {
        const struct parameter_tensor *tensor = model_tensor(p.model, t);
        initial_weights_fill(4, (uint32_t)t, tensor->fan_in, tensor->count,
                             p.parameters + tensor->offset);
    }
    for (size_t n = 0; n < batch; n++) {
        struct rng_stream stream;
        rng_stream_init(&stream, 4, RNG_TEST, (uint32_t)n, 0, 0);
        size_t most = model_block_lanes(p.model, batch);
        size_t first = n / most * most;
        size_t lanes = model_block_lanes(p.model, batch - first);
        real *block = p.inputs + first * inputs;
        for (size_t i = 0; i < inputs; i++) {
            block[i * lanes + n - first] = (real)(3 * rng_stream_uniform(&stream) - 1);
        }
        p.labels[n] = (uint8_t)(rng_stream_u32(&stream) % 10);
    }
    return p;
}

static void problem_destroy(struct problem *p) {
    model_destroy(p->model);
    memory_free(p->parameters);
    memory_free(p->inputs);
    memory_free(p->gradient);
}

static double compute(struct problem *p) {
    struct model_workspace *workspace = model_workspace_create(p->model, p->batch);
    double loss = batch_gradient(p->model, workspace, p->parameters, p->inputs, p->labels, p->batch,
                                 p->gradient);
    model_workspace_destroy(workspace);
    return loss;
}

static double reference(const struct problem *p, double *gradient) {
    double loss = 0;
    for (size_t first = 0, lanes; first < p->batch; first += lanes) {
        lanes = model_block_lanes(p->model, p->batch - first);
        size_t count = p->batch - first < lanes ? p->batch - first : lanes;
        struct net_block *block = net_block_create(p->model, p->parameters,
                                                   p->inputs + first * model_input_count(p->model),
                                                   p->labels + first, lanes, count);
        loss += net_block_reference(block, p->batch, gradient);
        net_block_destroy(block);
    }
    return loss / (double)p->batch;
}

// |a - b| / |b| of one tensor.
static double relative_error(const struct parameter_tensor *tensor, const real *a,
                             const double *b) {
    double difference = 0;
    double norm = 0;
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        norm += b[i] * b[i];
    }
    assert_true(norm > 0);
    return sqrt(difference / norm);
}

static double worst_tensor(const struct problem *p, const double *gradient) {
    double worst = 0;
    for (size_t t = 0; t < model_tensor_count(p->model); t++) {
        worst = fmax(worst, relative_error(model_tensor(p->model, t), p->gradient, gradient));
    }
    return worst;
}

static void expect_agreement(const char *name, size_t batch) {
    struct problem portable = problem_create(name, ARITHMETIC_PORTABLE, batch);
    struct problem openblas = problem_create(name, ARITHMETIC_OPENBLAS, batch);
    size_t count = model_parameter_count(portable.model);
    double *exact = memory_allocate(count, sizeof *exact);
    double loss = reference(&portable, exact);
    double portable_loss = compute(&portable);
    double portable_error = worst_tensor(&portable, exact);
    memset(exact, 0, count * sizeof *exact);
    reference(&openblas, exact);
    double openblas_loss = compute(&openblas);
    double openblas_error = worst_tensor(&openblas, exact);
    for (size_t i = 0; i < count; i++) {
        exact[i] = (double)openblas.gradient[i];
    }
    double difference = worst_tensor(&portable, exact);
    print_message("%-14s batch %2zu: portable %.1e, openblas %.1e, between them %.1e\n", name,
                  batch, portable_error, openblas_error, difference);
    assert_true(portable_error < RELATIVE_ERROR_MAX);
    assert_true(openblas_error < RELATIVE_ERROR_MAX);
    assert_true(difference < RELATIVE_ERROR_MAX);
    assert_true(fabs(portable_loss - loss) < 1e-6 * loss);
    assert_true(fabs(openblas_loss - loss) < 1e-6 * loss);
    memory_free(exact);
    problem_destroy(&portable);
    problem_destroy(&openblas);
}

static const char *const nets[] = {"mnist_ray", "mnist_lenet",   "cifar_lenet", "cifar_cnn",
                                   "softmax",   "cifar_resnet8", "mlp"};
enum { NET_COUNT = sizeof nets / sizeof nets[0] };

// What a net learns must be the gradient, whichever kernels compute it: a wrong fused pool, a
// shortcut that is added twice or a block of samples that is forgotten is no rounding error.
static void gradients__of_every_net__are_those_in_double(void **state) {
    (void)state;
    for (size_t i = 0; i < NET_COUNT; i++) {
        expect_agreement(nets[i], 7);
    }
}

// The same for a batch of more than one block, the second one nearly empty.
static void gradients__of_two_blocks__are_those_in_double(void **state) {
    (void)state;
    expect_agreement("mnist_lenet", 33);
    expect_agreement("cifar_lenet", 33);
    expect_agreement("mlp", 33);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients__of_every_net__are_those_in_double),
        cmocka_unit_test(gradients__of_two_blocks__are_those_in_double),
    };
    return cmocka_run_group_tests_name("gradient_float_nets", tests, NULL, NULL);
}
