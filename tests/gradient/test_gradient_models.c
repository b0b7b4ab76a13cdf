// SPDX-License-Identifier: GPL-3.0-or-later
// The nets of the catalogue, in double: gradients of the mean loss against central differences, and
// of a batch against its samples one by one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/initial_weights.h"
#include "models/model.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/expect.h"
#include "tests/support/nets.h"

struct problem {
    struct model *model;
    struct model_workspace *workspace;
    size_t batch;
    size_t parameter_count;
    real *parameters;
    real *gradient;
    real *inputs;
    uint8_t *labels;
};

static struct problem problem_create(const char *name, size_t batch) {
    struct problem p = {.model = net_create(name, ARITHMETIC_OPENBLAS), .batch = batch};
    p.parameter_count = model_parameter_count(p.model);
    p.workspace = model_workspace_create(p.model, batch);
    p.parameters = memory_allocate(p.parameter_count, sizeof(real));
    p.gradient = memory_allocate(p.parameter_count, sizeof(real));
    p.inputs = memory_allocate(model_input_count(p.model) * batch, sizeof(real));
    p.labels = memory_allocate(batch, 1);
    for (size_t t = 0; t < model_tensor_count(p.model); t++) { // also what starts at zero
        const struct parameter_tensor *tensor = model_tensor(p.model, t);
        initial_weights_fill(3, (uint32_t)t, tensor->fan_in, tensor->count,
                             p.parameters + tensor->offset);
    }
    struct rng_stream stream;
    rng_stream_init(&stream, 3, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < model_input_count(p.model) * batch; i++) {
        p.inputs[i] = (real)(3 * rng_stream_uniform(&stream) - 1);
    }
    for (size_t i = 0; i < batch; i++) {
        p.labels[i] = (uint8_t)(rng_stream_u32(&stream) % 10);
    }
    return p;
}

static void problem_destroy(struct problem *p) {
    model_workspace_destroy(p->workspace);
    model_destroy(p->model);
    memory_free(p->parameters);
    memory_free(p->gradient);
    memory_free(p->inputs);
    memory_free(p->labels);
}

static double loss_at(struct problem *p, size_t i, double value) {
    double losses[16];
    uint8_t correct[16];
    real kept = p->parameters[i];
    p->parameters[i] = (real)value;
    model_evaluate(p->model, p->workspace, p->parameters, p->inputs, p->labels, p->batch, losses,
                   correct);
    p->parameters[i] = kept;
    double sum = 0;
    for (size_t n = 0; n < p->batch; n++) {
        sum += losses[n];
    }
    return sum / (double)p->batch;
}

// About "most" parameters of each tensor: the error relative to the tensor's largest derivative.
// With h = 1e-6 no window changes its winner and no relu its sign for these inputs; differences of
// a loss near 2.3 are then exact to 3e-10, and derivatives reach 0.001 in every tensor.
static void expect_gradients(const char *name, size_t most) {
    const double h = 1e-6;
    struct problem p = problem_create(name, 5);
    batch_gradient(p.model, p.workspace, p.parameters, p.inputs, p.labels, p.batch, p.gradient);
    for (size_t t = 0; t < model_tensor_count(p.model); t++) {
        const struct parameter_tensor *tensor = model_tensor(p.model, t);
        double worst = 0;
        double largest = 0;
        for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
            largest = fmax(largest, fabs((double)p.gradient[i]));
        }
        size_t stride = 1 + tensor->count / most;
        for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i += stride) {
            double value = (double)p.parameters[i];
            double difference = (loss_at(&p, i, value + h) - loss_at(&p, i, value - h)) / (2 * h);
            worst = fmax(worst, fabs(difference - (double)p.gradient[i]));
        }
        assert_true(largest > 0.001);
        if (!(worst < 1e-6 * largest)) {
            fail_msg("%s %s: error %g, largest derivative %g", name, tensor->name, worst, largest);
        }
    }
    problem_destroy(&p);
}

// The whole chain, from the loss to the first layer: an error in how layers are put together shows
// here alone.
static void mnist_ray__every_parameter__agrees_with_differences(void **state) {
    (void)state;
    expect_gradients("mnist_ray", 10000);
}

// The same for the deeper net (all tensors).
static void mnist_lenet__many_parameters__agree_with_differences(void **state) {
    (void)state;
    expect_gradients("mnist_lenet", 300);
}

// A residual net has several ways to each parameter of its first layers: one that is forgotten, or
// added twice, shows here.
static void cifar_resnet8__some_parameters__agree_with_differences(void **state) {
    (void)state;
    expect_gradients("cifar_resnet8", 6);
}

// The other nets, for how they are put together.
static void other_nets__some_parameters__agree_with_differences(void **state) {
    (void)state;
    expect_gradients("cifar_lenet", 20);
    expect_gradients("cifar_cnn", 10);
    expect_gradients("mlp", 40);
    expect_gradients("softmax", 100);
}

static void gather_sample(const struct problem *p, size_t n, real *input) {
    for (size_t i = 0; i < model_input_count(p->model); i++) {
        input[i] = p->inputs[i * p->batch + n];
    }
}

// The gradient of the mean loss is the mean of the samples' gradients: whole vectors of samples and
// single ones take different paths and must agree. Double, sums of at most 676 * 33 terms: 1e-12 of
// the largest derivative.
static void expect_mean_of_samples(const char *name, size_t batch) {
    struct problem p = problem_create(name, batch);
    double loss =
        batch_gradient(p.model, p.workspace, p.parameters, p.inputs, p.labels, batch, p.gradient);
    real *input = memory_allocate(model_input_count(p.model), sizeof(real));
    real *single = memory_allocate(p.parameter_count, sizeof(real));
    double *mean = memory_allocate(p.parameter_count, sizeof(double));
    double mean_loss = 0;
    for (size_t n = 0; n < batch; n++) {
        gather_sample(&p, n, input);
        mean_loss +=
            batch_gradient(p.model, p.workspace, p.parameters, input, &p.labels[n], 1, single) /
            (double)batch;
        for (size_t i = 0; i < p.parameter_count; i++) {
            mean[i] += (double)single[i] / (double)batch;
        }
    }
    double largest = 0;
    double worst = 0;
    for (size_t i = 0; i < p.parameter_count; i++) {
        largest = fmax(largest, fabs(mean[i]));
        worst = fmax(worst, fabs(mean[i] - (double)p.gradient[i]));
    }
    assert_true(worst < 1e-12 * largest);
    expect_relative(loss, mean_loss, 1e-13);
    memory_free(input);
    memory_free(single);
    memory_free(mean);
    problem_destroy(&p);
}

// If a batch's gradient were not the mean of its samples', the step would depend on how samples are
// put together, and every theory of SGD would be about something else.
static void model_gradient__any_batch__is_the_mean_of_its_samples(void **state) {
    (void)state;
    const size_t batches[] = {1, 7, 32, 33};
    for (size_t i = 0; i < 4; i++) {
        expect_mean_of_samples("mnist_ray", batches[i]);
        expect_mean_of_samples("mnist_lenet", batches[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mnist_ray__every_parameter__agrees_with_differences),
        cmocka_unit_test(mnist_lenet__many_parameters__agree_with_differences),
        cmocka_unit_test(cifar_resnet8__some_parameters__agree_with_differences),
        cmocka_unit_test(other_nets__some_parameters__agree_with_differences),
        cmocka_unit_test(model_gradient__any_batch__is_the_mean_of_its_samples),
    };
    return cmocka_run_group_tests_name("gradient_models", tests, NULL, NULL);
}
