// SPDX-License-Identifier: GPL-3.0-or-later
// model: the nets' shapes, names and sizes, initial law, loss, and what a batch changes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/initial_weights.h"
#include "models/layer_kinds.h"
#include "models/model.h"
#include "models/model_catalogue.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/expect.h"
#include "tests/support/nets.h"

enum { INPUT_COUNT = 784, BATCH_MAX = 100, PARAMETER_MAX = 21840 };

struct fixture {
    struct model *model;
    struct model_workspace *workspace;
    real parameters[PARAMETER_MAX];
    real gradients[2][PARAMETER_MAX];
    real inputs[INPUT_COUNT * BATCH_MAX];
    uint8_t labels[BATCH_MAX];
    double losses[BATCH_MAX];
    uint8_t correct[BATCH_MAX];
};

static struct fixture *fixture_create(const char *name) {
    struct fixture *f = memory_allocate(1, sizeof *f);
    f->model = net_create(name, ARITHMETIC_OPENBLAS);
    f->workspace = model_workspace_create(f->model, BATCH_MAX);
    model_initial_parameters(f->model, 1, f->parameters);
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < INPUT_COUNT * BATCH_MAX; i++) {
        f->inputs[i] = (real)(3 * rng_stream_uniform(&stream) - 1);
    }
    for (size_t i = 0; i < BATCH_MAX; i++) {
        f->labels[i] = (uint8_t)(i % 10);
    }
    return f;
}

static void fixture_destroy(struct fixture *f) {
    model_workspace_destroy(f->workspace);
    model_destroy(f->model);
    memory_free(f);
}

static void expect_tensor(const struct model *model, size_t index, const char *name, size_t offset,
                          int32_t rank, const int32_t *shape) {
    const struct parameter_tensor *tensor = model_tensor(model, index);
    assert_string_equal(tensor->name, name);
    assert_int_equal(tensor->offset, offset);
    assert_int_equal(tensor->rank, rank);
    size_t count = 1;
    for (int32_t i = 0; i < rank; i++) {
        assert_int_equal(tensor->shape[i], shape[i]);
        count *= (size_t)shape[i];
    }
    assert_int_equal(tensor->count, count);
}

// Whoever recomputes a step from a log finds each tensor by this table. Shapes and counts as
// PyTorch prints them for nn.Conv2d(1, 3, 3) and nn.Linear(192, 10): 27 + 3 + 1920 + 10 = 1960.
static void mnist_ray__tensors__are_as_pytorch_names_and_shapes_them(void **state) {
    (void)state;
    struct model *model = net_create("mnist_ray", ARITHMETIC_OPENBLAS);
    assert_int_equal(model_parameter_count(model), 1960);
    assert_int_equal(model_tensor_count(model), 4);
    expect_tensor(model, 0, "conv.weight", 0, 4, (int32_t[]){3, 1, 3, 3});
    expect_tensor(model, 1, "conv.bias", 27, 1, (int32_t[]){3});
    expect_tensor(model, 2, "fc.weight", 30, 2, (int32_t[]){10, 192});
    expect_tensor(model, 3, "fc.bias", 1950, 1, (int32_t[]){10});
    model_destroy(model);
}

// The same: 250 + 10 + 5000 + 20 + 16000 + 50 + 500 + 10 = 21840.
static void mnist_lenet__tensors__are_as_pytorch_names_and_shapes_them(void **state) {
    (void)state;
    struct model *model = net_create("mnist_lenet", ARITHMETIC_OPENBLAS);
    assert_int_equal(model_parameter_count(model), 21840);
    assert_int_equal(model_tensor_count(model), 8);
    expect_tensor(model, 0, "conv1.weight", 0, 4, (int32_t[]){10, 1, 5, 5});
    expect_tensor(model, 1, "conv1.bias", 250, 1, (int32_t[]){10});
    expect_tensor(model, 2, "conv2.weight", 260, 4, (int32_t[]){20, 10, 5, 5});
    expect_tensor(model, 3, "conv2.bias", 5260, 1, (int32_t[]){20});
    expect_tensor(model, 4, "fc1.weight", 5280, 2, (int32_t[]){50, 320});
    expect_tensor(model, 5, "fc1.bias", 21280, 1, (int32_t[]){50});
    expect_tensor(model, 6, "fc2.weight", 21330, 2, (int32_t[]){10, 50});
    expect_tensor(model, 7, "fc2.bias", 21830, 1, (int32_t[]){10});
    model_destroy(model);
}

// A name that is not in the catalogue must not become some other net.
static void model_create__unknown_name__is_null(void **state) {
    (void)state;
    assert_null(net_create("mnist", ARITHMETIC_OPENBLAS));
    assert_null(net_create("", ARITHMETIC_OPENBLAS));
    model_destroy(NULL);
    model_workspace_destroy(NULL);
}

// Every entry must be buildable, be found by its own name, and be what it says: a net for one kind
// of data, or one that fits any, or a model without.
static void catalogue__every_entry__builds_a_model(void **state) {
    (void)state;
    assert_int_equal(model_catalogue_count(), 8);
    for (size_t i = 0; i < model_catalogue_count(); i++) {
        const struct model_entry *entry = model_catalogue_entry(i);
        struct model *model = net_create(entry->name, ARITHMETIC_PORTABLE);
        assert_non_null(model);
        assert_ptr_equal(model_catalogue_find(entry->name), entry);
        assert_int_equal(model_takes_data(model), entry->family != MODEL_OF_NO_DATA);
        if (model_takes_data(model)) {
            bool colour = strncmp(entry->name, "cifar", 5) == 0;
            assert_int_equal(model_input_count(model), colour ? 3072 : INPUT_COUNT);
            assert_int_equal(model_class_count(model), 10);
        }
        assert_true(strlen(entry->summary) > 20);
        model_destroy(model);
    }
    assert_null(model_catalogue_find("none"));
}

// Counted by hand, or as PyTorch counts the modules: cifar_lenet (456 + 2,416 + 48,120 + 10,164 +
// 850), cifar_cnn (896 + 18,496 + 524,416 + 1,290), cifar_resnet8 (448 + 2 * 2,320 + 4,640 + 9,248
// + 544 + 18,496 + 36,928 + 2,112 + 650), mlp 784-50-20-10 (39,250 + 1,020 + 210), softmax.
static void model_parameter_count__every_net__is_counted_by_hand(void **state) {
    (void)state;
    const struct {
        const char *name;
        size_t count;
    } nets[] = {{"cifar_lenet", 62006}, {"cifar_cnn", 545098}, {"cifar_resnet8", 77706},
                {"mlp", 40480},         {"softmax", 7850},     {"quadratic", 10}};
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        struct model *model = net_create(nets[i].name, ARITHMETIC_PORTABLE);
        assert_int_equal(model_parameter_count(model), nets[i].count);
        model_destroy(model);
    }
}

// What holds a residual net's activations in scale: the last convolution of each block starts at
// zero, weights and biases, and nothing else does.
static void cifar_resnet8__initial_parameters__are_zero_where_a_path_ends(void **state) {
    (void)state;
    struct model *model = net_create("cifar_resnet8", ARITHMETIC_PORTABLE);
    real *parameters = memory_allocate(model_parameter_count(model), sizeof *parameters);
    size_t zero_tensors = 0;
    model_initial_parameters(model, 1, parameters);
    for (size_t i = 0; i < model_tensor_count(model); i++) {
        const struct parameter_tensor *tensor = model_tensor(model, i);
        size_t zeros = 0;
        for (size_t k = 0; k < tensor->count; k++) {
            zeros += parameters[tensor->offset + k] == 0;
        }
        bool ends_path = strstr(tensor->name, ".conv2.") != NULL;
        assert_int_equal(zeros, ends_path ? tensor->count : 0);
        zero_tensors += ends_path;
    }
    assert_int_equal(zero_tensors, 6);
    memory_free(parameters);
    model_destroy(model);
}

// What `bench` divides by. mnist_ray, one sample: convolution 676 * 3 * 9 = 18,252 multiply-adds,
// forward and for its weights; dense 1,920, three times: 2 * (2 * 18252 + 3 * 1920) = 84,528.
static void model_mflop_per_gradient__mnist_ray__is_counted_by_hand(void **state) {
    (void)state;
    struct model *model = net_create("mnist_ray", ARITHMETIC_OPENBLAS);
    expect_relative(model_mflop_per_gradient(model), 0.084528, 1e-12);
    model_destroy(model);
}

// The picture a user gets of a net; a text too long for its place must be cut, not overrun.
static void model_describe__mnist_ray__has_a_line_for_each_layer(void **state) {
    (void)state;
    struct model *model = net_create("mnist_ray", ARITHMETIC_OPENBLAS);
    char text[512];
    model_describe(model, text, sizeof text);
    assert_string_equal(text, "conv2d      1 x 28 x 28 -> 3 x 26 x 26   30 parameters\n"
                              "maxpool2d   3 x 26 x 26 -> 3 x 8 x 8     0 parameters\n"
                              "relu          3 x 8 x 8 -> 3 x 8 x 8     0 parameters\n"
                              "dense         3 x 8 x 8 -> 10 x 1 x 1    1930 parameters\n");
    char start[40];
    memset(start, 'x', sizeof start);
    model_describe(model, start, 20);
    assert_memory_equal(start, text, 19);
    assert_int_equal(start[19], 0);
    assert_int_equal(start[20], 'x');
    model_destroy(model);
}

// A log-likelihood that is off by a constant or a sign would still train. Zero parameters make all
// logits 0, each class probability 1/10, the loss ln 10, and the last bias' gradient
// 1/10 - (share of the label in the batch).
static void model_gradient__zero_parameters__has_loss_ln_10(void **state) {
    (void)state;
    const char *names[] = {"mnist_ray", "mnist_lenet"};
    for (int i = 0; i < 2; i++) {
        struct fixture *f = fixture_create(names[i]);
        size_t count = model_parameter_count(f->model);
        memset(f->parameters, 0, sizeof f->parameters);
        memset(f->labels, 4, sizeof f->labels);
        f->labels[0] = 7;
        double loss = batch_gradient(f->model, f->workspace, f->parameters, f->inputs, f->labels,
                                     32, f->gradients[0]);
        expect_relative(loss, 2.302585092994046, 1e-7);
        const real *d_biases = f->gradients[0] + count - 10;
        expect_within((double)d_biases[0], 0.1, 1e-7);
        expect_within((double)d_biases[4], 0.1 - 31.0 / 32, 1e-6);
        expect_within((double)d_biases[7], 0.1 - 1.0 / 32, 1e-7);
        fixture_destroy(f);
    }
}

// A log's train loss and its evaluations must speak of the same function: same parameters, same
// batch, same bits. evaluate's losses, summed in sample order and divided once, are gradient's
// loss.
static void model_evaluate__same_batch__has_the_gradients_loss_bit_for_bit(void **state) {
    (void)state;
    const char *names[] = {"mnist_ray", "mnist_lenet"};
    const size_t batches[] = {1, 7, 32, 33, 100};
    for (int i = 0; i < 2; i++) {
        struct fixture *f = fixture_create(names[i]);
        for (int b = 0; b < 5; b++) {
            double loss = batch_gradient(f->model, f->workspace, f->parameters, f->inputs,
                                         f->labels, batches[b], f->gradients[0]);
            model_evaluate(f->model, f->workspace, f->parameters, f->inputs, f->labels, batches[b],
                           f->losses, f->correct);
            double sum = 0;
            for (size_t n = 0; n < batches[b]; n++) {
                sum += f->losses[n];
            }
            sum /= (double)batches[b];
            assert_memory_equal(&sum, &loss, sizeof loss);
        }
        fixture_destroy(f);
    }
}

// Bits may depend on parameters, inputs and batch alone: not on how large a workspace is, nor on
// what it computed before, nor on what stood in the gradient's memory.
static void model_gradient__other_workspace_and_history__gives_the_same_bits(void **state) {
    (void)state;
    const char *names[] = {"mnist_ray", "mnist_lenet"};
    const size_t batches[] = {1, 7, 32, 33, 100};
    for (int i = 0; i < 2; i++) {
        struct fixture *f = fixture_create(names[i]);
        size_t size = model_parameter_count(f->model) * sizeof(real);
        for (int b = 0; b < 5; b++) {
            struct model_workspace *exact = model_workspace_create(f->model, batches[b]);
            memset(f->gradients[0], 0xff, size);
            memset(f->gradients[1], 0, size);
            double loss = batch_gradient(f->model, f->workspace, f->parameters, f->inputs,
                                         f->labels, batches[b], f->gradients[0]);
            double again = batch_gradient(f->model, exact, f->parameters, f->inputs, f->labels,
                                          batches[b], f->gradients[1]);
            assert_memory_equal(f->gradients[0], f->gradients[1], size);
            assert_memory_equal(&loss, &again, sizeof loss);
            model_workspace_destroy(exact);
        }
        fixture_destroy(f);
    }
}

// Accuracy is counted from this: with zero weights and biases 0..9 class 9 is always the largest.
static void model_evaluate__known_largest_output__marks_the_right_samples(void **state) {
    (void)state;
    struct fixture *f = fixture_create("mnist_ray");
    memset(f->parameters, 0, sizeof f->parameters);
    for (size_t k = 0; k < 10; k++) {
        f->parameters[1950 + k] = (real)k;
    }
    model_evaluate(f->model, f->workspace, f->parameters, f->inputs, f->labels, 40, f->losses,
                   f->correct);
    double sum = 0;
    for (int k = 0; k < 10; k++) {
        sum += exp(k);
    }
    for (size_t n = 0; n < 40; n++) {
        assert_int_equal(f->correct[n], f->labels[n] == 9);
        expect_relative(f->losses[n], log(sum) - (double)f->labels[n], 1e-6);
    }
    fixture_destroy(f);
}

// A net that blew up must say so through its loss: that is how a run learns that it diverged.
static void model_gradient__a_parameter_is_not_a_number__makes_the_loss_nan(void **state) {
    (void)state;
    const char *names[] = {"mnist_ray", "mnist_lenet"};
    for (int i = 0; i < 2; i++) {
        struct fixture *f = fixture_create(names[i]);
        f->parameters[0] = (real)NAN;
        double loss = batch_gradient(f->model, f->workspace, f->parameters, f->inputs, f->labels,
                                     32, f->gradients[0]);
        assert_true(isnan(loss));
        fixture_destroy(f);
    }
}

// PyTorch's default law: uniform on +-1/sqrt(fan_in), mean 0, variance 1/(3 fan_in); five standard
// errors (the fourth moment of a uniform gives the variance's).
static void model_initial_parameters__every_tensor__follows_the_law(void **state) {
    (void)state;
    struct fixture *f = fixture_create("mnist_lenet");
    for (size_t t = 0; t < model_tensor_count(f->model); t++) {
        const struct parameter_tensor *tensor = model_tensor(f->model, t);
        double n = (double)tensor->count;
        double bound = 1 / sqrt((double)tensor->fan_in);
        double sum = 0;
        double squares = 0;
        double largest = 0;
        for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
            double value = (double)f->parameters[i];
            sum += value;
            squares += value * value;
            largest = fmax(largest, fabs(value));
        }
        assert_true(largest <= (double)(real)bound);
        assert_true(largest > 0.5 * bound);
        expect_within(sum / n, 0, 5 * bound / sqrt(3 * n));
        expect_within(squares / n, bound * bound / 3, 5 * bound * bound * sqrt(4.0 / 45 / n));
    }
    assert_int_equal(model_tensor(f->model, 1)->fan_in, 25);
    assert_int_equal(model_tensor(f->model, 2)->fan_in, 250);
    assert_int_equal(model_tensor(f->model, 4)->fan_in, 320);
    assert_int_equal(model_tensor(f->model, 7)->fan_in, 50);
    fixture_destroy(f);
}

// Rounds differ by their seed, tensors by their place; the same seed must give the same start to
// every policy.
static void model_initial_parameters__seed_and_tensor__key_the_numbers(void **state) {
    (void)state;
    struct fixture *f = fixture_create("mnist_lenet");
    real *other = f->gradients[0];
    model_initial_parameters(f->model, 1, other);
    assert_memory_equal(other, f->parameters, sizeof f->parameters);
    model_initial_parameters(f->model, 2, other);
    assert_memory_not_equal(other, f->parameters, 250 * sizeof(real));
    real tensor[20];
    initial_weights_fill(1, 3, 250, 20, tensor);
    assert_memory_equal(tensor, f->parameters + 5260, sizeof tensor);
    initial_weights_fill(1, 2, 250, 20, tensor);
    assert_memory_equal(tensor, f->parameters + 260, sizeof tensor);
    fixture_destroy(f);
}

// A net outside of the catalogue is a table, too: no other code may need to know it.
static void model_create_from_recipe__a_new_table__is_a_net(void **state) {
    (void)state;
    const struct model_recipe recipe = {
        .entry = {.name = "tiny", .summary = "one dense layer"},
        .input = {2, 1, 1},
        .layers = {{.kind = &layer_dense, .name = "d", .outputs = 3}},
    };
    const struct model_options options = {.arithmetic = ARITHMETIC_OPENBLAS};
    struct model *model = model_create_from_recipe(&recipe, &options);
    struct model_workspace *workspace = model_workspace_create(model, 1);
    const real parameters[] = {1, 2, 3, 4, 5, 6, 0, 0, 1}; // logits 1 - 2, 3 - 4, 5 - 6 + 1
    const real inputs[] = {1, -1};
    const uint8_t labels[] = {2};
    real gradient[9];
    double loss = batch_gradient(model, workspace, parameters, inputs, labels, 1, gradient);
    expect_relative(loss, log(1 + 2 * exp(-1)), 1e-6);
    expect_relative((double)gradient[6], 1 / (2 + exp(1)), 1e-6);
    expect_relative((double)gradient[1], -1 / (2 + exp(1)), 1e-6);
    model_workspace_destroy(workspace);
    model_destroy(model);
}

// A small minibatch would cost as much as one of 32, or its samples would not fit into their block.
static void model_block_lanes__of_what_is_left__are_the_least_that_hold_it(void **state) {
    (void)state;
    const struct {
        size_t batch;
        size_t lanes;
        size_t all;
    } cases[] = {{1, 8, 8},    {8, 8, 8},    {9, 16, 16},  {16, 16, 16}, {17, 32, 32},
                 {32, 32, 32}, {33, 32, 40}, {48, 32, 48}, {49, 32, 64}, {100, 32, 104}};
    struct model *portable = net_create("mnist_ray", ARITHMETIC_PORTABLE);
    struct model *openblas = net_create("mnist_ray", ARITHMETIC_OPENBLAS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(model_block_lanes(portable, cases[i].batch), cases[i].lanes);
        assert_int_equal(model_inputs_size(portable, cases[i].batch), 784 * cases[i].all);
        assert_int_equal(model_block_lanes(openblas, cases[i].batch), cases[i].batch);
        assert_int_equal(model_inputs_size(openblas, cases[i].batch), 784 * cases[i].batch);
    }
    model_destroy(portable);
    model_destroy(openblas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mnist_ray__tensors__are_as_pytorch_names_and_shapes_them),
        cmocka_unit_test(mnist_lenet__tensors__are_as_pytorch_names_and_shapes_them),
        cmocka_unit_test(model_create__unknown_name__is_null),
        cmocka_unit_test(catalogue__every_entry__builds_a_model),
        cmocka_unit_test(model_parameter_count__every_net__is_counted_by_hand),
        cmocka_unit_test(cifar_resnet8__initial_parameters__are_zero_where_a_path_ends),
        cmocka_unit_test(model_mflop_per_gradient__mnist_ray__is_counted_by_hand),
        cmocka_unit_test(model_describe__mnist_ray__has_a_line_for_each_layer),
        cmocka_unit_test(model_gradient__zero_parameters__has_loss_ln_10),
        cmocka_unit_test(model_evaluate__same_batch__has_the_gradients_loss_bit_for_bit),
        cmocka_unit_test(model_gradient__other_workspace_and_history__gives_the_same_bits),
        cmocka_unit_test(model_evaluate__known_largest_output__marks_the_right_samples),
        cmocka_unit_test(model_gradient__a_parameter_is_not_a_number__makes_the_loss_nan),
        cmocka_unit_test(model_initial_parameters__every_tensor__follows_the_law),
        cmocka_unit_test(model_initial_parameters__seed_and_tensor__key_the_numbers),
        cmocka_unit_test(model_create_from_recipe__a_new_table__is_a_net),
        cmocka_unit_test(model_block_lanes__of_what_is_left__are_the_least_that_hold_it),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
