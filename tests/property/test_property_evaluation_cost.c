// SPDX-License-Identifier: GPL-3.0-or-later
// What an evaluation costs beside training: a sample's forward pass against its gradient, measured
// in turn on this machine.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "models/model_parts.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/base/wall_clock.h"
#include "tests/support/nets.h"

#ifdef __SANITIZE_ADDRESS__
static const bool measures_nothing = true;
#else
static const bool measures_nothing = false;
#endif

enum { GRADIENT_BATCH = 32, EVALUATION_BATCH = 64, TURNS = 40 };

#define COST_MAX 0.35

struct work {
    struct model *model;
    struct model_workspace *workspace;
    real *parameters;
    real *gradient;
    real *inputs;
    uint8_t labels[EVALUATION_BATCH];
};

static struct work work_create(const char *net) {
    struct work work = {.model = net_create(net, ARITHMETIC_PORTABLE)};
    size_t inputs = model_inputs_size(work.model, EVALUATION_BATCH);
    size_t count = model_parameter_count(work.model);
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    work.workspace = model_workspace_create(work.model, EVALUATION_BATCH);
    work.parameters = memory_allocate(count, sizeof(real));
    work.gradient = memory_allocate(count, sizeof(real));
    work.inputs = memory_allocate_aligned(inputs, sizeof(real));
    model_initial_parameters(work.model, 1, work.parameters);
    for (size_t i = 0; i < inputs; i++) {
        work.inputs[i] = (real)(3 * rng_stream_uniform(&stream) - 1);
    }
    return work;
}

static void work_destroy(struct work *work) {
    model_workspace_destroy(work->workspace);
    model_destroy(work->model);
    memory_free(work->parameters);
    memory_free(work->gradient);
    memory_free(work->inputs);
}

// The quotient of the shortest times of both, so that whatever else the machine does is left out.
static double cost_of_evaluation(struct work *work) {
    double gradient = INFINITY;
    double evaluation = INFINITY;
    for (int turn = 0; turn < TURNS; turn++) {
        double losses[EVALUATION_BATCH];
        uint8_t correct[EVALUATION_BATCH];
        double start = wall_clock_seconds();
        model_gradient(work->model, work->workspace, work->parameters, work->inputs, work->labels,
                       GRADIENT_BATCH, work->gradient);
        double middle = wall_clock_seconds();
        model_evaluate(work->model, work->workspace, work->parameters, work->inputs, work->labels,
                       EVALUATION_BATCH, losses, correct);
        evaluation = fmin(evaluation, wall_clock_seconds() - middle);
        gradient = fmin(gradient, middle - start);
    }
    return evaluation / EVALUATION_BATCH / (gradient / GRADIENT_BATCH);
}

// The share of a gradient's multiply-adds that is its forward pass: a third, and more where much
// of the work is in the first layer, whose inputs need no gradient.
static double share_of_forward_pass(const struct model *model) {
    double forward = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        forward += 2e-6 * (double)model->layers[i].multiply_adds;
    }
    return forward / model_mflop_per_gradient(model);
}

// Evaluations come every second of cluster time on thousands of samples. One of them may cost 0.35
// of its gradient, or what its arithmetic alone asks for where that is more.
static void evaluation__of_a_sample__costs_a_third_of_its_gradient(void **state) {
    (void)state;
    static const char *const nets[] = {"mnist_ray", "mnist_lenet",   "cifar_lenet", "cifar_cnn",
                                       "softmax",   "cifar_resnet8", "mlp"};
    if (measures_nothing) {
        skip();
    }
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        struct work work = work_create(nets[i]);
        double cost = cost_of_evaluation(&work);
        double share = share_of_forward_pass(work.model);
        work_destroy(&work);
        print_message("%-14s %.3f of a gradient; of its operations: %.3f\n", nets[i], cost, share);
        assert_true(cost <= fmax(COST_MAX, share));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation__of_a_sample__costs_a_third_of_its_gradient),
    };
    return cmocka_run_group_tests_name("evaluation_cost", tests, NULL, NULL);
}
