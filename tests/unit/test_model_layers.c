// SPDX-License-Identifier: GPL-3.0-or-later
// Layers by themselves: known outputs, ties, leftovers, NaN, and vectors against single numbers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/lanes.h"
#include "models/layer.h"
#include "models/layer_conv2d_direct.h"
#include "models/layer_kinds.h"
#include "models/softmax_loss.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/expect.h"

static struct layer plan(struct layer_recipe recipe, struct layer_shape in) {
    struct layer layer = {.recipe = recipe, .in = in};
    recipe.kind->plan(&layer);
    return layer;
}

static void expect_shape(struct layer_shape shape, size_t channels, size_t height, size_t width) {
    assert_int_equal(shape.channels, channels);
    assert_int_equal(shape.height, height);
    assert_int_equal(shape.width, width);
}

static void fill_random(real *values, size_t count, uint32_t actor) {
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, actor, 0, 0);
    for (size_t i = 0; i < count; i++) {
        values[i] = (real)(2 * rng_stream_uniform(&stream) - 1);
    }
}

// PyTorch's sizes: 26 / 3 = 8, two rows and columns are left over; a convolution without padding
// loses kernel - 1.
static void layers__shapes__are_pytorchs(void **state) {
    (void)state;
    struct layer_shape in = {3, 26, 26};
    expect_shape(plan((struct layer_recipe){.kind = &layer_maxpool2d, .kernel = 3}, in).out, 3, 8,
                 8);
    expect_shape(
        plan((struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 7, .kernel = 5},
             in)
            .out,
        7, 22, 22);
    expect_shape(
        plan(
            (struct layer_recipe){
                .kind = &layer_conv2d, .name = "c", .outputs = 7, .kernel = 3, .padding = 1},
            in)
            .out,
        7, 26, 26);
    expect_shape(plan((struct layer_recipe){.kind = &layer_avgpool}, in).out, 3, 1, 1);
    expect_shape(plan((struct layer_recipe){.kind = &layer_add}, in).out, 3, 26, 26);
    expect_shape(plan((struct layer_recipe){.kind = &layer_relu}, in).out, 3, 26, 26);
    expect_shape(
        plan((struct layer_recipe){.kind = &layer_dense, .name = "d", .outputs = 10}, in).out, 10,
        1, 1);
}

enum { POOL_BATCH = 11 }; // one vector and three single samples

// A pool of 2 over one 3 x 5 image, all samples alike.
static void pool_images(const real image[15], real *out, const real *d_out, real *d_in) {
    struct layer layer = plan((struct layer_recipe){.kind = &layer_maxpool2d, .kernel = 2},
                              (struct layer_shape){1, 3, 5});
    real in[15 * POOL_BATCH];
    uint8_t kept[2 * POOL_BATCH];
    for (size_t i = 0; i < 15 * POOL_BATCH; i++) {
        in[i] = image[i / POOL_BATCH];
    }
    struct layer_pass pass = {
        .batch = POOL_BATCH, .in = in, .out = out, .kept = kept, .d_out = d_out, .d_in = d_in};
    layer_maxpool2d.forward(&layer, &pass);
    if (d_in != NULL) {
        layer_maxpool2d.backward(&layer, &pass);
    }
}

// Ties are frequent behind a relu or on a black border; the whole gradient must go to the first of
// equals, as in PyTorch, and to no leftover row or column.
static void maxpool2d__equal_values__the_first_wins_all(void **state) {
    (void)state;
    const real image[15] = {5, 5, 1, 2, 9, //
                            5, 5, 2, 0, 9, //
                            9, 9, 9, 9, 9};
    const real expected[15] = {1, 0, 0, 2, 0, //
                               0, 0, 0, 0, 0, //
                               0, 0, 0, 0, 0};
    real out[2 * POOL_BATCH];
    real d_out[2 * POOL_BATCH];
    real d_in[15 * POOL_BATCH];
    for (size_t i = 0; i < 2 * POOL_BATCH; i++) {
        d_out[i] = (real)(1 + i / POOL_BATCH);
    }
    memset(d_in, 0xff, sizeof d_in);
    pool_images(image, out, d_out, d_in);
    for (size_t i = 0; i < 2 * POOL_BATCH; i++) {
        expect_within((double)out[i], i < POOL_BATCH ? 5 : 2, 0);
    }
    for (size_t i = 0; i < 15 * POOL_BATCH; i++) {
        expect_within((double)d_in[i], (double)expected[i / POOL_BATCH], 0);
    }
}

// A NaN that a pool swallows hides that a run has diverged.
static void maxpool2d__a_value_is_not_a_number__it_wins(void **state) {
    (void)state;
    const real image[15] = {1, 2,         3, (real)NAN, 0, //
                            4, (real)NAN, 9, 1,         0};
    real out[2 * POOL_BATCH];
    pool_images(image, out, NULL, NULL);
    for (size_t i = 0; i < 2 * POOL_BATCH; i++) {
        assert_true(isnan(out[i])); // the last of its window, and one before larger numbers
    }
}

// Relu must pass NaN, too, and give a clean zero for negative numbers; at exactly zero its gradient
// is zero, as in PyTorch.
static void relu__zero_negative_and_nan__are_as_in_pytorch(void **state) {
    (void)state;
    struct layer layer =
        plan((struct layer_recipe){.kind = &layer_relu}, (struct layer_shape){1, 1, 11});
    const real in[11] = {-1, 0, 2, (real)NAN, -0.0f, 3, -4, 5, -1, 0, 7};
    const real d_out[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const double expected[11] = {0, 0, 3, 4, 0, 6, 0, 8, 0, 0, 11};
    real out[11];
    real d_in[11];
    struct layer_pass pass = {.batch = 1, .in = in, .out = out, .d_out = d_out, .d_in = d_in};
    layer_relu.forward(&layer, &pass);
    layer_relu.backward(&layer, &pass);
    for (int i = 0; i < 11; i++) {
        expect_within((double)d_in[i], expected[i], 0);
        if (i == 3) {
            assert_true(isnan(out[i]));
        } else {
            expect_within((double)out[i], in[i] > 0 ? (double)in[i] : 0, 0);
            assert_false(signbit(out[i]));
        }
    }
}

// out[f][y][x][n] by the definition, in double.
static double convolve_at(const struct layer *layer, const real *parameters, const real *in,
                          size_t batch, const size_t at[4]) {
    size_t k = layer->recipe.kernel;
    double sum = (double)parameters[layer->recipe.outputs * layer->fan_in + at[0]];
    for (size_t c = 0; c < layer->in.channels; c++) {
        for (size_t ky = 0; ky < k; ky++) {
            for (size_t kx = 0; kx < k; kx++) {
                size_t weight = ((at[0] * layer->in.channels + c) * k + ky) * k + kx;
                size_t y = at[1] + ky - layer->recipe.padding; // far above the height if negative
                size_t x = at[2] + kx - layer->recipe.padding;
                if (y >= layer->in.height || x >= layer->in.width) {
                    continue;
                }
                size_t pixel = ((c * layer->in.height + y) * layer->in.width + x) * batch + at[3];
                sum += (double)parameters[weight] * (double)in[pixel];
            }
        }
    }
    return sum;
}

static void expect_convolution(struct layer_recipe recipe, struct layer_shape shape, size_t batch) {
    struct layer layer = plan(recipe, shape);
    size_t out_count = layer_shape_count(&layer.out) * batch;
    size_t in_count = layer_shape_count(&shape) * batch;
    size_t parameter_count = recipe.outputs * (layer.fan_in + 1);
    real *in = memory_allocate(in_count, sizeof(real));
    real *out = memory_allocate(out_count, sizeof(real));
    real *parameters = memory_allocate(parameter_count, sizeof(real));
    real *scratch =
        memory_allocate_aligned(layer_conv2d.scratch_count(&layer, batch), sizeof(real));
    fill_random(in, in_count, 1);
    fill_random(parameters, parameter_count, 2);
    struct layer_pass pass = {
        .batch = batch, .parameters = parameters, .in = in, .out = out, .scratch = scratch};
    layer_conv2d.forward(&layer, &pass);
    for (size_t i = 0; i < out_count; i++) {
        size_t pixel = i / batch;
        size_t plane = layer.out.height * layer.out.width;
        size_t at[4] = {pixel / plane, pixel % plane / layer.out.width, pixel % layer.out.width,
                        i % batch};
        double expected = convolve_at(&layer, parameters, in, batch, at);
        expect_within((double)out[i], expected, 1e-7 * (double)layer.fan_in);
    }
    memory_free(in);
    memory_free(out);
    memory_free(parameters);
    memory_free(scratch);
}

// Central differences cannot tell a convolution from a consistent other linear map: here it is
// compared with its definition, both ways of computing it, whole vectors and single numbers.
static void conv2d__any_shape_and_batch__is_the_definition(void **state) {
    (void)state;
    const size_t batches[] = {1, 7, 32, 33};
    for (int i = 0; i < 4; i++) {
        expect_convolution(
            (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 3, .kernel = 3},
            (struct layer_shape){1, 9, 8}, batches[i]);
        expect_convolution(
            (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 10, .kernel = 5},
            (struct layer_shape){1, 7, 9}, batches[i]);
        expect_convolution(
            (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 4, .kernel = 5},
            (struct layer_shape){3, 8, 6}, batches[i]);
        expect_convolution(
            (struct layer_recipe){
                .kind = &layer_conv2d, .name = "c", .outputs = 4, .kernel = 3, .padding = 1},
            (struct layer_shape){3, 8, 6}, batches[i]);
        expect_convolution(
            (struct layer_recipe){
                .kind = &layer_conv2d, .name = "c", .outputs = 2, .kernel = 3, .padding = 2},
            (struct layer_shape){5, 2, 3}, batches[i]);
    }
}

// The two ways of a convolution stand next to each other: a layer belongs to one of them by its
// shape alone, never by the batch.
static void conv2d_direct_fits__inputs_of_an_output__decide(void **state) {
    (void)state;
    struct layer_shape shape = {2, 8, 8};
    struct layer small =
        plan((struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 20, .kernel = 4},
             shape);
    struct layer large =
        plan((struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 3, .kernel = 5},
             shape);
    assert_true(conv2d_direct_fits(&small));
    assert_false(conv2d_direct_fits(&large));
}

// The order of this sum is part of the semantics: another one gives other bits.
static void lanes_sum__order__is_as_documented(void **state) {
    (void)state;
    real values[19];
    fill_random(values, 19, 4);
    real sums[8] = {0};
    for (int i = 0; i < 19; i++) {
        sums[i % 8] += values[i];
    }
    real expected =
        ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    real actual = lanes_sum(values, 19);
    assert_memory_equal(&actual, &expected, sizeof actual);
    real few = lanes_sum(values, 1);
    assert_memory_equal(&few, &values[0], sizeof few);
}

// Of classes with equal outputs the first counts, whatever the kernel: an untrained net would else
// have another accuracy by another instruction set.
static void softmax_loss_correct__equal_outputs__count_for_the_first_class(void **state) {
    (void)state;
    const real outputs[3 * 2] = {1, 0, 1, 2, 0, 2}; // of two samples: classes 0 and 1; 1 and 2
    uint8_t correct[2];
    softmax_loss_correct(outputs, 3, 2, (const uint8_t[]){0, 1}, correct);
    assert_true(correct[0] == 1 && correct[1] == 1);
    softmax_loss_correct(outputs, 3, 2, (const uint8_t[]){1, 2}, correct);
    assert_true(correct[0] == 0 && correct[1] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers__shapes__are_pytorchs),
        cmocka_unit_test(maxpool2d__equal_values__the_first_wins_all),
        cmocka_unit_test(maxpool2d__a_value_is_not_a_number__it_wins),
        cmocka_unit_test(relu__zero_negative_and_nan__are_as_in_pytorch),
        cmocka_unit_test(conv2d__any_shape_and_batch__is_the_definition),
        cmocka_unit_test(conv2d_direct_fits__inputs_of_an_output__decide),
        cmocka_unit_test(lanes_sum__order__is_as_documented),
        cmocka_unit_test(softmax_loss_correct__equal_outputs__count_for_the_first_class),
    };
    return cmocka_run_group_tests_name("model_layers", tests, NULL, NULL);
}
