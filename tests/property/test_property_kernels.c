// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels on hundreds of random shapes: against sums in double written down plainly, and the
// instruction sets against each other, bit for bit. Masks and winners are the float path's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "sim/base/memory.h"
#include "tests/support/kernel_case.h"
#include "tests/support/skip.h"

enum { CONV_SHAPES = 400, DENSE_SHAPES = 200 };

static const double error_max = 5e-6;

static void expect_close(const struct kernel_case *one, uint64_t seed, const char *tensor,
                         const float *actual, const double *expected, size_t count) {
    double error = 0;
    double norm = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = (double)actual[i] - expected[i];
        error += difference * difference;
        norm += expected[i] * expected[i];
    }
    if (!(sqrt(error) <= error_max * sqrt(norm))) {
        char text[128];
        fail_msg("seed %llu, %s: %s is off by %g of its norm %g", (unsigned long long)seed,
                 kernel_case_describe(one, text), tensor, sqrt(error / norm), sqrt(norm));
    }
}

// ---- convolution ----

// The input of one term of one position's sum, or -1 where it is outside.
static ptrdiff_t input_of(const struct kernel_conv *conv, size_t c, size_t y, size_t x, size_t ky,
                          size_t kx) {
    ptrdiff_t row = (ptrdiff_t)(y * conv->stride + ky) - (ptrdiff_t)conv->padding;
    ptrdiff_t column = (ptrdiff_t)(x * conv->stride + kx) - (ptrdiff_t)conv->padding;
    if (row < 0 || column < 0 || row >= (ptrdiff_t)conv->height ||
        column >= (ptrdiff_t)conv->width) {
        return -1;
    }
    return (((ptrdiff_t)c * (ptrdiff_t)conv->height + row) * (ptrdiff_t)conv->width + column) *
           KERNEL_LANES;
}

struct conv_reference {
    double *plain;   // what the convolution alone makes
    double *d_plain; // the gradient there
    double *d_in;
    double *d_weights;
    double *d_biases;
};

// Calls for each term: position, input, weight.
static void visit_terms(const struct kernel_case *one, struct conv_reference *reference,
                        void (*visit)(const struct kernel_case *one,
                                      struct conv_reference *reference, size_t position,
                                      size_t input, size_t weight)) {
    const struct kernel_conv *conv = &one->conv;
    size_t height = kernel_conv_side(conv, conv->height);
    size_t width = kernel_conv_side(conv, conv->width);
    size_t side = conv->kernel;
    for (size_t position = 0; position < conv->outputs * height * width; position++) {
        size_t f = position / (height * width);
        size_t y = position / width % height;
        size_t x = position % width;
        for (size_t tap = 0; tap < conv->channels * side * side; tap++) {
            ptrdiff_t input =
                input_of(conv, tap / (side * side), y, x, tap / side % side, tap % side);
            if (input >= 0) {
                visit(one, reference, position * KERNEL_LANES, (size_t)input,
                      f * conv->channels * side * side + tap);
            }
        }
    }
}

static void add_forward(const struct kernel_case *one, struct conv_reference *reference,
                        size_t position, size_t input, size_t weight) {
    for (size_t l = 0; l < KERNEL_LANES; l++) {
        reference->plain[position + l] += (double)one->weights[weight] * (double)one->in[input + l];
    }
}

static void add_backward(const struct kernel_case *one, struct conv_reference *reference,
                         size_t position, size_t input, size_t weight) {
    for (size_t l = 0; l < KERNEL_LANES; l++) {
        double d = reference->d_plain[position + l];
        reference->d_weights[weight] += d * (double)one->in[input + l];
        reference->d_in[input + l] += d * (double)one->weights[weight];
    }
}

// Where the window of output i begins, and how many positions a row of "plain" has.
static size_t window_of(const struct kernel_conv *conv, size_t i, size_t *row) {
    size_t height = kernel_conv_side(conv, conv->height);
    size_t width = kernel_conv_side(conv, conv->width);
    size_t out_height = height / conv->pool;
    size_t out_width = width / conv->pool;
    size_t position = i / KERNEL_LANES;
    size_t x = position % out_width;
    size_t y = position / out_width % out_height;
    size_t f = position / out_width / out_height;
    *row = width;
    return ((f * height + y * conv->pool) * width + x * conv->pool) * KERNEL_LANES +
           i % KERNEL_LANES;
}

// Follows the float path's choice; fails if that is not the maximum. Returns where in "plain"
// output i comes from, or SIZE_MAX for relu's zero.
static size_t source_of(const struct kernel_case *one, const double *plain, size_t i) {
    const struct kernel_conv *conv = &one->conv;
    size_t row;
    size_t window = window_of(conv, i, &row);
    double largest = -INFINITY;
    for (size_t k = 0; k < conv->pool * conv->pool; k++) {
        size_t place = window + (k / conv->pool * row + k % conv->pool) * KERNEL_LANES;
        largest = fmax(largest, plain[place]);
    }
    bool blocked =
        conv->pool > 1 ? one->winners[i] == KERNEL_NO_WINNER : conv->relu && one->out[i] <= 0;
    size_t winner = conv->pool > 1 ? one->winners[i] : 0;
    if (blocked) {
        assert_true(conv->relu && largest < 1e-4);
        return SIZE_MAX;
    }
    assert_true(winner < conv->pool * conv->pool);
    size_t place = window + (winner / conv->pool * row + winner % conv->pool) * KERNEL_LANES;
    assert_true(plain[place] >= largest - 1e-4);
    return place;
}

static void follow_float_path(const struct kernel_case *one, struct conv_reference *reference,
                              double *out) {
    size_t plane = kernel_conv_side(&one->conv, one->conv.height) *
                   kernel_conv_side(&one->conv, one->conv.width) * KERNEL_LANES;
    for (size_t i = 0; i < one->out_count; i++) {
        size_t source = source_of(one, reference->plain, i);
        out[i] = source == SIZE_MAX ? 0 : reference->plain[source];
        if (source != SIZE_MAX) {
            reference->d_plain[source] = (double)one->d_out[i];
            reference->d_biases[source / plane] += (double)one->d_out[i];
        }
    }
}

static void expect_conv_close(const struct kernel_case *one, uint64_t seed) {
    const struct kernel_conv *conv = &one->conv;
    size_t plane =
        kernel_conv_side(conv, conv->height) * kernel_conv_side(conv, conv->width) * KERNEL_LANES;
    size_t plain_count = conv->outputs * plane;
    struct conv_reference reference = {
        .plain = memory_allocate(plain_count, sizeof(double)),
        .d_plain = memory_allocate(plain_count, sizeof(double)),
        .d_in = memory_allocate(one->in_count, sizeof(double)),
        .d_weights = memory_allocate(one->weight_count, sizeof(double)),
        .d_biases = memory_allocate(one->bias_count, sizeof(double))};
    double *out = memory_allocate(one->out_count, sizeof(double));
    for (size_t i = 0; i < plain_count; i++) {
        reference.plain[i] = (double)one->biases[i / plane];
    }
    visit_terms(one, &reference, add_forward);
    follow_float_path(one, &reference, out);
    visit_terms(one, &reference, add_backward);
    expect_close(one, seed, "out", one->out, out, one->out_count);
    expect_close(one, seed, "d_in", one->d_in, reference.d_in, one->in_count);
    expect_close(one, seed, "d_weights", one->d_weights, reference.d_weights, one->weight_count);
    expect_close(one, seed, "d_biases", one->d_biases, reference.d_biases, one->bias_count);
    memory_free(reference.plain);
    memory_free(reference.d_plain);
    memory_free(reference.d_in);
    memory_free(reference.d_weights);
    memory_free(reference.d_biases);
    memory_free(out);
}

// A wrong border, cut or order of a convolution would be seen here, in whichever shape it hides.
static void conv__random_shapes__are_the_sums_in_double(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < CONV_SHAPES; seed++) {
        struct kernel_case *one = kernel_case_create_random(KERNEL_CASE_CONV, seed);
        kernel_case_run(one, kernels_best_isa(), false);
        expect_conv_close(one, seed);
        kernel_case_destroy(one);
    }
}

// ---- dense ----

static void expect_dense_close(const struct kernel_case *one, uint64_t seed) {
    size_t inputs = one->dense.inputs;
    double *out = memory_allocate(one->out_count, sizeof(double));
    double *d_in = memory_allocate(one->in_count, sizeof(double));
    double *d_weights = memory_allocate(one->weight_count, sizeof(double));
    double *d_biases = memory_allocate(one->bias_count, sizeof(double));
    for (size_t at = 0; at < one->out_count; at++) {
        size_t o = at / KERNEL_LANES;
        double sum = (double)one->biases[o];
        bool blocked = one->dense.relu && one->out[at] <= 0;
        double d = blocked ? 0 : (double)one->d_out[at];
        for (size_t i = 0; i < inputs; i++) {
            double in = (double)one->in[i * KERNEL_LANES + at % KERNEL_LANES];
            double weight = (double)one->weights[o * inputs + i];
            sum += weight * in;
            d_weights[o * inputs + i] += d * in;
            d_in[i * KERNEL_LANES + at % KERNEL_LANES] += d * weight;
        }
        d_biases[o] += d;
        assert_true(!blocked || sum < 1e-4);
        out[at] = blocked ? 0 : sum;
    }
    expect_close(one, seed, "out", one->out, out, one->out_count);
    expect_close(one, seed, "d_in", one->d_in, d_in, one->in_count);
    expect_close(one, seed, "d_weights", one->d_weights, d_weights, one->weight_count);
    expect_close(one, seed, "d_biases", one->d_biases, d_biases, one->bias_count);
    memory_free(out);
    memory_free(d_in);
    memory_free(d_weights);
    memory_free(d_biases);
}

// The same for dense layers, whose blocks are cut along inputs and outputs.
static void dense__random_shapes__are_the_sums_in_double(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < DENSE_SHAPES; seed++) {
        struct kernel_case *one = kernel_case_create_random(KERNEL_CASE_DENSE, seed);
        kernel_case_run(one, kernels_best_isa(), false);
        expect_dense_close(one, seed);
        kernel_case_destroy(one);
    }
}

// ---- bits ----

static void expect_equal_bits(enum kernel_case_kind kind, uint64_t seed) {
    struct kernel_case *one = kernel_case_create_random(kind, seed);
    uint64_t expected = 0;
    for (int isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
        if (!kernels_isa_supported((enum kernels_isa)isa)) {
            continue;
        }
        memset(one->d_weights, 0, one->weight_count * sizeof(float));
        memset(one->d_biases, 0, one->bias_count * sizeof(float));
        kernel_case_run(one, (enum kernels_isa)isa, false);
        kernel_case_run(one, (enum kernels_isa)isa, true);
        uint64_t actual = kernel_case_fingerprint(one);
        expected = isa == KERNELS_GENERIC ? actual : expected;
        if (actual != expected) {
            char text[128];
            fail_msg("seed %llu, %s: %s has other bits than generic", (unsigned long long)seed,
                     kernel_case_describe(one, text), kernels_isa_name((enum kernels_isa)isa));
        }
    }
    kernel_case_destroy(one);
}

// A run would end with other parameters on another CPU if the sets differed in one bit.
static void kernels__all_instruction_sets__give_the_same_bits(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 150; seed++) {
        expect_equal_bits(KERNEL_CASE_CONV, seed);
        expect_equal_bits(KERNEL_CASE_DENSE, seed);
    }
}

// A CPU that lacks a set leaves it out of every test above, and a reader must see that.
static void kernels__of_every_instruction_set__were_tried(void **state) {
    (void)state;
    skip_without_all_instruction_sets();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv__random_shapes__are_the_sums_in_double),
        cmocka_unit_test(dense__random_shapes__are_the_sums_in_double),
        cmocka_unit_test(kernels__all_instruction_sets__give_the_same_bits),
        cmocka_unit_test(kernels__of_every_instruction_set__were_tried),
    };
    return cmocka_run_group_tests_name("property_kernels", tests, NULL, NULL);
}
