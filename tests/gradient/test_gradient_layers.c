// SPDX-License-Identifier: GPL-3.0-or-later
// Every kind of layer, in double: its gradients against central differences of its own outputs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/layer.h"
#include "models/layer_conv2d_direct.h"
#include "models/layer_kinds.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

// A layer with everything that one pass over a batch touches. The number that is differentiated is
// sum over outputs of d_out * out, with random d_out: its gradient by out is d_out.
struct bench {
    struct layer layer;
    size_t batch;
    size_t in_count;
    size_t out_count;
    size_t parameter_count;
    real *in;
    real *other;
    real *out;
    real *parameters;
    real *d_in;
    real *d_other;
    real *d_out;
    real *d_parameters;
    uint8_t *kept;
    real *scratch;
};

// Distinct numbers on +-1, at least 1/(count + 1) apart and as far from zero: no ties for max-pool
// or relu within the differences below.
static void fill_apart(real *values, size_t count, uint32_t actor) {
    if (count == 0) {
        return;
    }
    struct rng_stream stream;
    int32_t *order = memory_allocate(count, sizeof *order);
    for (size_t i = 0; i < count; i++) {
        order[i] = (int32_t)i;
    }
    rng_stream_init(&stream, 1, RNG_TEST, actor, 0, 0);
    rng_stream_shuffle(&stream, order, count);
    for (size_t i = 0; i < count; i++) {
        double magnitude = (1 + order[i] - order[i] % 2) / (double)(count + 1);
        values[i] = (real)(order[i] % 2 == 0 ? magnitude : -magnitude);
    }
    memory_free(order);
}

static struct bench bench_create(struct layer_recipe recipe, struct layer_shape in, size_t batch) {
    struct bench bench = {.layer = {.recipe = recipe, .in = in}, .batch = batch};
    recipe.kind->plan(&bench.layer);
    bench.in_count = layer_shape_count(&in) * batch;
    bench.out_count = layer_shape_count(&bench.layer.out) * batch;
    if (bench.layer.weight_rank > 0) {
        bench.parameter_count = bench.layer.weight_shape[0];
        for (size_t i = 1; i < bench.layer.weight_rank; i++) {
            bench.parameter_count *= bench.layer.weight_shape[i];
        }
        bench.parameter_count += bench.layer.weight_shape[0];
    }
    size_t scratch_count =
        recipe.kind->scratch_count == NULL ? 0 : recipe.kind->scratch_count(&bench.layer, batch);
    bench.in = memory_allocate(bench.in_count, sizeof(real));
    bench.other = memory_allocate(bench.in_count, sizeof(real));
    bench.d_other = memory_allocate(bench.in_count, sizeof(real));
    bench.out = memory_allocate(bench.out_count, sizeof(real));
    bench.parameters = memory_allocate(bench.parameter_count, sizeof(real));
    bench.d_in = memory_allocate(bench.in_count, sizeof(real));
    bench.d_out = memory_allocate(bench.out_count, sizeof(real));
    bench.d_parameters = memory_allocate(bench.parameter_count, sizeof(real));
    bench.kept = memory_allocate(bench.layer.kept_bytes * batch, 1);
    bench.scratch = memory_allocate_aligned(scratch_count, sizeof(real));
    fill_apart(bench.in, bench.in_count, 1);
    fill_apart(bench.other, bench.in_count, 4);
    fill_apart(bench.d_out, bench.out_count, 2);
    fill_apart(bench.parameters, bench.parameter_count, 3);
    return bench;
}

static void bench_destroy(struct bench *bench) {
    void *all[] = {bench->in,   bench->other, bench->d_other,      bench->out,  bench->parameters,
                   bench->d_in, bench->d_out, bench->d_parameters, bench->kept, bench->scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        memory_free(all[i]);
    }
}

static struct layer_pass forward_pass(const struct bench *bench) {
    return (struct layer_pass){.batch = bench->batch,
                               .parameters = bench->parameters,
                               .in = bench->in,
                               .other = bench->other,
                               .out = bench->out,
                               .kept = bench->kept,
                               .scratch = bench->scratch};
}

static double number(struct bench *bench) {
    struct layer_pass pass = forward_pass(bench);
    bench->layer.recipe.kind->forward(&bench->layer, &pass);
    double sum = 0;
    for (size_t i = 0; i < bench->out_count; i++) {
        sum += (double)bench->d_out[i] * (double)bench->out[i];
    }
    return sum;
}

enum { CHECKED_MAX = 400 };

// The largest difference between derivatives and central differences, relative to the largest
// derivative. Differentiates by values[0 .. count-1], or by about CHECKED_MAX of them.
static double worst_error(struct bench *bench, real *values, const real *derivatives,
                          size_t count) {
    const double h = 1e-5;
    double worst = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i += 1 + count / CHECKED_MAX) {
        real kept = values[i];
        values[i] = (real)((double)kept + h);
        double above = number(bench);
        values[i] = (real)((double)kept - h);
        double below = number(bench);
        values[i] = kept;
        worst = fmax(worst, fabs((above - below) / (2 * h) - (double)derivatives[i]));
        largest = fmax(largest, fabs((double)derivatives[i]));
    }
    assert_true(largest > 0);
    return worst / largest;
}

static void expect_gradients(struct layer_recipe recipe, struct layer_shape in, size_t batch) {
    struct bench bench = bench_create(recipe, in, batch);
    for (size_t i = 0; i < bench.in_count; i++) {
        bench.d_in[i] = (real)NAN; // whatever is not overwritten shows
    }
    number(&bench);
    struct layer_pass pass = forward_pass(&bench);
    pass.d_in = bench.d_in;
    pass.d_other = bench.d_other;
    pass.d_out = bench.d_out;
    pass.d_parameters = bench.d_parameters;
    recipe.kind->backward(&bench.layer, &pass);
    assert_true(worst_error(&bench, bench.in, bench.d_in, bench.in_count) < 1e-6);
    if (recipe.kind == &layer_add) {
        assert_true(worst_error(&bench, bench.other, bench.d_other, bench.in_count) < 1e-6);
    }
    if (bench.parameter_count > 0) {
        double error =
            worst_error(&bench, bench.parameters, bench.d_parameters, bench.parameter_count);
        assert_true(error < 1e-6);
    }
    bench_destroy(&bench);
}

// If these bounds held in float, the differences would prove nothing.
static void gradient_tests__number_type__is_double(void **state) {
    (void)state;
    assert_int_equal(sizeof(real), sizeof(double));
}

// A wrong convolution gradient would train, only worse: nobody would notice. Few inputs to an
// output: the direct kernels; batches with and without whole vectors; odd numbers of filters.
static void conv2d__few_inputs__gradients_agree_with_differences(void **state) {
    (void)state;
    const size_t batches[] = {1, 3, 8, 11};
    for (size_t i = 0; i < 4; i++) {
        expect_gradients(
            (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 3, .kernel = 3},
            (struct layer_shape){1, 6, 7}, batches[i]);
        expect_gradients(
            (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 9, .kernel = 2},
            (struct layer_shape){2, 4, 5}, batches[i]);
    }
}

// The same for layers with many inputs to an output, which go through matrix products.
static void conv2d__many_inputs__gradients_agree_with_differences(void **state) {
    (void)state;
    const size_t batches[] = {1, 3, 8};
    for (size_t i = 0; i < 3; i++) {
        expect_gradients(
            (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 5, .kernel = 3},
            (struct layer_shape){4, 6, 5}, batches[i]);
    }
}

// Both ways of a convolution must be under test: a changed limit would leave one without.
static void conv2d__layers_of_these_tests__take_both_ways(void **state) {
    (void)state;
    struct layer few = {.recipe = {.kind = &layer_conv2d, .name = "c", .outputs = 3, .kernel = 3},
                        .in = {1, 6, 7}};
    struct layer many = {.recipe = {.kind = &layer_conv2d, .name = "c", .outputs = 5, .kernel = 3},
                         .in = {4, 6, 5}};
    layer_conv2d.plan(&few);
    layer_conv2d.plan(&many);
    assert_true(conv2d_direct_fits(&few));
    assert_false(conv2d_direct_fits(&many));
}

// A convolution of several blocks of rows adds the blocks up: 36 inputs, 40 columns of 25 samples
// give one row of output a block of its own.
static void conv2d__several_blocks__gradients_agree_with_differences(void **state) {
    (void)state;
    expect_gradients(
        (struct layer_recipe){.kind = &layer_conv2d, .name = "c", .outputs = 2, .kernel = 3},
        (struct layer_shape){4, 5, 42}, 25);
}

// Zeros around the image take part in no gradient but shift every window; a padding as wide as the
// window allows, one that leaves no border, and a window of one pixel, which needs none.
static void conv2d__with_padding__gradients_agree_with_differences(void **state) {
    (void)state;
    const size_t batches[] = {1, 3, 8};
    for (size_t i = 0; i < 3; i++) {
        struct layer_recipe recipe = {
            .kind = &layer_conv2d, .name = "c", .outputs = 4, .kernel = 3, .padding = 1};
        expect_gradients(recipe, (struct layer_shape){3, 5, 4}, batches[i]);
        recipe.padding = 2;
        expect_gradients(recipe, (struct layer_shape){1, 2, 3}, batches[i]);
        recipe.kernel = 1;
        recipe.padding = 0;
        expect_gradients(recipe, (struct layer_shape){5, 3, 3}, batches[i]);
    }
}

// Both terms of a sum get the whole gradient.
static void add__two_terms__gradients_agree_with_differences(void **state) {
    (void)state;
    expect_gradients((struct layer_recipe){.kind = &layer_add}, (struct layer_shape){3, 2, 5}, 1);
    expect_gradients((struct layer_recipe){.kind = &layer_add}, (struct layer_shape){3, 2, 2}, 11);
}

// Every place of a channel gets its share of the mean's gradient.
static void avgpool__any_plane__gradients_agree_with_differences(void **state) {
    (void)state;
    const size_t batches[] = {1, 8, 11};
    for (size_t i = 0; i < 3; i++) {
        expect_gradients((struct layer_recipe){.kind = &layer_avgpool},
                         (struct layer_shape){3, 4, 5}, batches[i]);
    }
}

// Gradients must reach the winners of the windows and nobody else, also where rows and columns are
// left over.
static void maxpool2d__any_window__gradients_agree_with_differences(void **state) {
    (void)state;
    const size_t batches[] = {1, 8, 11};
    for (size_t i = 0; i < 3; i++) {
        expect_gradients((struct layer_recipe){.kind = &layer_maxpool2d, .kernel = 2},
                         (struct layer_shape){2, 4, 6}, batches[i]);
        expect_gradients((struct layer_recipe){.kind = &layer_maxpool2d, .kernel = 3},
                         (struct layer_shape){1, 8, 7}, batches[i]);
    }
}

// A relu that lets gradients of blocked numbers through is another function.
static void relu__both_signs__gradients_agree_with_differences(void **state) {
    (void)state;
    expect_gradients((struct layer_recipe){.kind = &layer_relu}, (struct layer_shape){3, 2, 5}, 1);
    expect_gradients((struct layer_recipe){.kind = &layer_relu}, (struct layer_shape){3, 2, 2}, 8);
}

// A dense layer on an image sees channels, rows and columns as features in PyTorch's order; its
// three products must agree about it.
static void dense__image_or_features__gradients_agree_with_differences(void **state) {
    (void)state;
    const size_t batches[] = {1, 5, 16};
    for (size_t i = 0; i < 3; i++) {
        expect_gradients((struct layer_recipe){.kind = &layer_dense, .name = "d", .outputs = 7},
                         (struct layer_shape){2, 3, 4}, batches[i]);
        expect_gradients((struct layer_recipe){.kind = &layer_dense, .name = "d", .outputs = 3},
                         (struct layer_shape){6, 1, 1}, batches[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_tests__number_type__is_double),
        cmocka_unit_test(conv2d__few_inputs__gradients_agree_with_differences),
        cmocka_unit_test(conv2d__many_inputs__gradients_agree_with_differences),
        cmocka_unit_test(conv2d__layers_of_these_tests__take_both_ways),
        cmocka_unit_test(conv2d__several_blocks__gradients_agree_with_differences),
        cmocka_unit_test(conv2d__with_padding__gradients_agree_with_differences),
        cmocka_unit_test(add__two_terms__gradients_agree_with_differences),
        cmocka_unit_test(avgpool__any_plane__gradients_agree_with_differences),
        cmocka_unit_test(maxpool2d__any_window__gradients_agree_with_differences),
        cmocka_unit_test(relu__both_signs__gradients_agree_with_differences),
        cmocka_unit_test(dense__image_or_features__gradients_agree_with_differences),
    };
    return cmocka_run_group_tests_name("gradient_layers", tests, NULL, NULL);
}
