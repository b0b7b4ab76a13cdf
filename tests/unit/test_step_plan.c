// SPDX-License-Identifier: GPL-3.0-or-later
// step_plan: which layers of a net are computed together, and where gradients lie meanwhile; step:
// that the steps of nets that are put together in unusual ways compute what their layers say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/kernels/kernels.h"
#include "models/layer_kinds.h"
#include "models/model.h"
#include "models/model_parts.h"
#include "models/step.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/expect.h"
#include "tests/support/nets.h"

enum { BATCH = 5 };

static size_t step_count(const char *net, enum arithmetic arithmetic) {
    struct model *model = net_create(net, arithmetic);
    size_t count = model->plan.count;
    model_destroy(model);
    return count;
}

// A relu or a pool that is not fused costs a pass over memory, which nobody would notice but in the
// time.
static void plan__portable__takes_relu_and_pool_along(void **state) {
    (void)state;
    assert_int_equal(step_count("mnist_ray", ARITHMETIC_PORTABLE), 2);
    assert_int_equal(step_count("mnist_lenet", ARITHMETIC_PORTABLE), 4);
    assert_int_equal(step_count("cifar_lenet", ARITHMETIC_PORTABLE), 5);
    assert_int_equal(step_count("cifar_cnn", ARITHMETIC_PORTABLE), 4);
    assert_int_equal(step_count("mlp", ARITHMETIC_PORTABLE), 3);
    assert_int_equal(step_count("cifar_resnet8", ARITHMETIC_PORTABLE), 17);
    assert_int_equal(step_count("mnist_lenet", ARITHMETIC_OPENBLAS), 9);
    assert_int_equal(step_count("cifar_resnet8", ARITHMETIC_OPENBLAS), 23);
}

// Two places serve a chain of any length; a residual block needs one or two more. More of them
// would be memory that every thread holds for nothing.
static void plan__gradients__take_few_places(void **state) {
    (void)state;
    struct model *chain = net_create("cifar_lenet", ARITHMETIC_OPENBLAS);
    assert_int_equal(chain->plan.gradient_count, 2);
    assert_int_equal(chain->plan.steps[0].d_in, STEP_NONE); // nobody needs the data's gradient
    model_destroy(chain);
    struct model *residual = net_create("cifar_resnet8", ARITHMETIC_PORTABLE);
    assert_true(residual->plan.gradient_count <= 4);
    model_destroy(residual);
}

static struct model_recipe recipe_of(struct layer_shape input, const struct layer_recipe *layers,
                                     size_t count) {
    struct model_recipe recipe = {.entry = {.name = "test", .summary = "a test's"}, .input = input};
    memcpy(recipe.layers, layers, count * sizeof *layers);
    return recipe;
}

// The gradient of the recipe's net on a batch, whose sample n is the same wherever it lies.
static double gradient_of(const struct model_recipe *recipe, enum arithmetic arithmetic,
                          real **gradient, size_t *steps, size_t *count) {
    const struct model_options options = {.arithmetic = arithmetic};
    struct model *model = model_create_from_recipe(recipe, &options);
    struct model_workspace *workspace = model_workspace_create(model, BATCH);
    size_t lanes = model_block_lanes(model, BATCH);
    uint8_t labels[BATCH] = {0, 1, 1, 0, 1};
    *count = model_parameter_count(model);
    *steps = model->plan.count;
    *gradient = memory_allocate(*count, sizeof(real));
    real *parameters = memory_allocate(*count, sizeof(real));
    real *inputs = memory_allocate_aligned(model_inputs_size(model, BATCH), sizeof(real));
    struct rng_stream stream;
    rng_stream_init(&stream, 2, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < model_input_count(model); i++) {
        for (size_t n = 0; n < BATCH; n++) {
            inputs[i * lanes + n] = (real)(2 * rng_stream_uniform(&stream) - 1);
        }
    }
    model_initial_parameters(model, 2, parameters);
    double loss = batch_gradient(model, workspace, parameters, inputs, labels, BATCH, *gradient);
    memory_free(parameters);
    memory_free(inputs);
    model_workspace_destroy(workspace);
    model_destroy(model);
    return loss;
}

// Both arithmetics agree: the layers one by one, and the steps that take several.
static void expect_one_function(struct layer_shape input, const struct layer_recipe *layers,
                                size_t layer_count, size_t expected_steps) {
    struct model_recipe recipe = recipe_of(input, layers, layer_count);
    real *by_layers = NULL;
    real *by_steps = NULL;
    size_t steps = 0;
    size_t count = 0;
    double layers_loss = gradient_of(&recipe, ARITHMETIC_OPENBLAS, &by_layers, &steps, &count);
    assert_int_equal(steps, layer_count);
    double steps_loss = gradient_of(&recipe, ARITHMETIC_PORTABLE, &by_steps, &steps, &count);
    assert_int_equal(steps, expected_steps);
    expect_relative(steps_loss, layers_loss, 1e-5);
    double difference = 0;
    double norm = 0;
    for (size_t i = 0; i < count; i++) {
        difference += pow((double)by_layers[i] - (double)by_steps[i], 2);
        norm += pow((double)by_layers[i], 2);
    }
    assert_true(norm > 0 && sqrt(difference / norm) < 5e-6);
    memory_free(by_layers);
    memory_free(by_steps);
}

#define CONV(outputs_, kernel_, padding_)                                                          \
    {                                                                                              \
        .kind = &layer_conv2d, .name = "c", .outputs = (outputs_), .kernel = (kernel_),            \
        .padding = (padding_)                                                                      \
    }
#define DENSE(outputs_)                                                                            \
    { .kind = &layer_dense, .name = "d", .outputs = (outputs_) }
#define KIND(kind_)                                                                                \
    { .kind = &(kind_) }
#define POOL(side_)                                                                                \
    { .kind = &layer_maxpool2d, .kernel = (side_) }

// What somebody else reads must be there: an output inside a fused step is not.
static void steps__output_with_two_readers__is_not_fused_away(void **state) {
    (void)state;
    const struct layer_recipe layers[] = {CONV(3, 3, 1),
                                          KIND(layer_relu),
                                          {.kind = &layer_add, .adds = 2},
                                          KIND(layer_avgpool),
                                          DENSE(2)};
    expect_one_function((struct layer_shape){2, 5, 6}, layers, 5, 5);
}

// Relu and max-pool may come in any order, alone or behind anything, twice, or before everything.
static void steps__relu_and_pool_in_any_order__are_one_function(void **state) {
    (void)state;
    const struct layer_recipe both[] = {CONV(4, 3, 0), POOL(2), KIND(layer_relu), DENSE(2)};
    const struct layer_recipe swapped[] = {CONV(4, 3, 0), KIND(layer_relu), POOL(2), DENSE(2)};
    const struct layer_recipe twice[] = {CONV(4, 3, 0),    POOL(2),          POOL(2),
                                         KIND(layer_relu), KIND(layer_relu), DENSE(2)};
    const struct layer_recipe before[] = {
        KIND(layer_relu),    POOL(2),          KIND(layer_relu), CONV(3, 2, 1),
        KIND(layer_avgpool), KIND(layer_relu), DENSE(2)};
    expect_one_function((struct layer_shape){2, 11, 8}, both, 4, 2);
    expect_one_function((struct layer_shape){2, 11, 8}, swapped, 4, 2);
    expect_one_function((struct layer_shape){2, 11, 8}, twice, 6, 4);
    expect_one_function((struct layer_shape){2, 11, 8}, before, 7, 6);
}

// A path that is read three times gathers three gradients, a sum of an output with itself two.
static void steps__several_readers__add_their_gradients(void **state) {
    (void)state;
    const struct layer_recipe layers[] = {
        CONV(3, 3, 1),
        {.kind = &layer_conv2d, .name = "e", .outputs = 3, .kernel = 1},
        {.kind = &layer_add, .adds = 2},
        KIND(layer_relu),
        {.kind = &layer_add, .adds = 4},
        {.kind = &layer_conv2d, .name = "f", .outputs = 3, .kernel = 3, .padding = 1, .reads = 5},
        {.kind = &layer_add, .adds = 2},
        KIND(layer_avgpool),
        DENSE(2)};
    expect_one_function((struct layer_shape){2, 5, 6}, layers, 9, 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan__portable__takes_relu_and_pool_along),
        cmocka_unit_test(plan__gradients__take_few_places),
        cmocka_unit_test(steps__output_with_two_readers__is_not_fused_away),
        cmocka_unit_test(steps__relu_and_pool_in_any_order__are_one_function),
        cmocka_unit_test(steps__several_readers__add_their_gradients),
    };
    return cmocka_run_group_tests_name("step_plan", tests, NULL, NULL);
}
