// SPDX-License-Identifier: GPL-3.0-or-later
// The nets as the simulator runs them, in float: how far rounding moves a gradient.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/model.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/expect.h"
#include "tests/support/nets.h"

enum { BATCH_MAX = 100, INPUT_COUNT = 784, PARAMETER_MAX = 21840 };

static void fill_problem(const struct model *model, real *parameters, real *inputs,
                         uint8_t *labels) {
    struct rng_stream stream;
    rng_stream_init(&stream, 5, RNG_TEST, 0, 0, 0);
    model_initial_parameters(model, 5, parameters);
    for (size_t i = 0; i < (size_t)INPUT_COUNT * BATCH_MAX; i++) {
        inputs[i] = (real)(3 * rng_stream_uniform(&stream) - 1);
    }
    for (size_t i = 0; i < BATCH_MAX; i++) {
        labels[i] = (uint8_t)(rng_stream_u32(&stream) % 10);
    }
}

// inputs: (INPUT_COUNT, BATCH_MAX); the first "batch" columns become (INPUT_COUNT, batch).
static void take_columns(const real *inputs, size_t first, size_t batch, real *taken) {
    for (size_t i = 0; i < INPUT_COUNT; i++) {
        memcpy(taken + i * batch, inputs + i * BATCH_MAX + first, batch * sizeof(real));
    }
}

struct memory {
    real *parameters;
    real *inputs;
    real *taken;
    real *gradient;
    real *single;
    double *mean;
    uint8_t labels[BATCH_MAX];
};

static struct memory memory_create(void) {
    return (struct memory){
        .parameters = memory_allocate(PARAMETER_MAX, sizeof(real)),
        .inputs = memory_allocate((size_t)INPUT_COUNT * BATCH_MAX, sizeof(real)),
        .taken = memory_allocate((size_t)INPUT_COUNT * BATCH_MAX, sizeof(real)),
        .gradient = memory_allocate(PARAMETER_MAX, sizeof(real)),
        .single = memory_allocate(PARAMETER_MAX, sizeof(real)),
        .mean = memory_allocate(PARAMETER_MAX, sizeof(double)),
    };
}

static void memory_destroy(struct memory *m) {
    memory_free(m->parameters);
    memory_free(m->inputs);
    memory_free(m->taken);
    memory_free(m->gradient);
    memory_free(m->single);
    memory_free(m->mean);
}

static double norm_of_difference(const double *a, const real *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = a[i] - (b == NULL ? 0 : (double)b[i]);
        sum += difference * difference;
    }
    return sqrt(sum);
}

// The mean of the gradients of the first "batch" samples, one by one, in double.
static double mean_of_samples(const struct model *model, struct model_workspace *workspace,
                              struct memory *m, size_t batch) {
    size_t count = model_parameter_count(model);
    double loss = 0;
    memset(m->mean, 0, count * sizeof(double));
    for (size_t n = 0; n < batch; n++) {
        take_columns(m->inputs, n, 1, m->taken);
        loss +=
            batch_gradient(model, workspace, m->parameters, m->taken, &m->labels[n], 1, m->single) /
            (double)batch;
        for (size_t i = 0; i < count; i++) {
            m->mean[i] += (double)m->single[i] / (double)batch;
        }
    }
    return loss;
}

static void expect_mean_of_samples(const char *name) {
    const size_t batches[] = {1, 7, 32, 33, 100};
    struct model *model = net_create(name, ARITHMETIC_OPENBLAS);
    struct model_workspace *workspace = model_workspace_create(model, BATCH_MAX);
    struct memory m = memory_create();
    fill_problem(model, m.parameters, m.inputs, m.labels);
    for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
        size_t count = model_parameter_count(model);
        double mean_loss = mean_of_samples(model, workspace, &m, batches[b]);
        take_columns(m.inputs, 0, batches[b], m.taken);
        double loss = batch_gradient(model, workspace, m.parameters, m.taken, m.labels, batches[b],
                                     m.gradient);
        double error = norm_of_difference(m.mean, m.gradient, count);
        assert_true(error < 1e-5 * norm_of_difference(m.mean, NULL, count));
        expect_relative(loss, mean_loss, 1e-6);
    }
    memory_destroy(&m);
    model_workspace_destroy(workspace);
    model_destroy(model);
}

// Float rounds to 6e-8; sums of up to 67,600 terms in eight lanes and the few layers may gather a
// hundred times that, but not more: 1e-5 of the gradient's norm.
static void model_gradient__float__is_the_mean_of_its_samples_to_1e_5(void **state) {
    (void)state;
    expect_mean_of_samples("mnist_ray");
    expect_mean_of_samples("mnist_lenet");
}

// Moves along the gradient by a small step: the loss must change by gradient * step. The float
// build is what trains, so its gradient must be the loss's own, too: 1 % (the loss itself is
// rounded).
static void expect_slope(const char *name) {
    struct model *model = net_create(name, ARITHMETIC_OPENBLAS);
    struct model_workspace *workspace = model_workspace_create(model, BATCH_MAX);
    struct memory m = memory_create();
    size_t count = model_parameter_count(model);
    fill_problem(model, m.parameters, m.inputs, m.labels);
    batch_gradient(model, workspace, m.parameters, m.inputs, m.labels, BATCH_MAX, m.gradient);
    double slope = 0;
    for (size_t i = 0; i < count; i++) {
        slope += (double)m.gradient[i] * (double)m.gradient[i];
        m.mean[i] = (double)m.gradient[i];
    }
    double losses[2];
    const double h = 0.002 / sqrt(slope);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < count; i++) {
            double step = (side == 0 ? h : -h) * m.mean[i];
            m.single[i] = (real)((double)m.parameters[i] + step);
        }
        losses[side] =
            batch_gradient(model, workspace, m.single, m.inputs, m.labels, BATCH_MAX, m.gradient);
    }
    expect_relative((losses[0] - losses[1]) / (2 * h), slope, 0.01);
    memory_destroy(&m);
    model_workspace_destroy(workspace);
    model_destroy(model);
}

// See expect_slope.
static void model_gradient__float__is_the_slope_of_the_loss(void **state) {
    (void)state;
    assert_int_equal(sizeof(real), sizeof(float));
    expect_slope("mnist_ray");
    expect_slope("mnist_lenet");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_gradient__float__is_the_mean_of_its_samples_to_1e_5),
        cmocka_unit_test(model_gradient__float__is_the_slope_of_the_loss),
    };
    return cmocka_run_group_tests_name("gradient_float_models", tests, NULL, NULL);
}
