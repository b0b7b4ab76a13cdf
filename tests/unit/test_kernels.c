// SPDX-License-Identifier: GPL-3.0-or-later
// kernels: the choice of an instruction set, special numbers, lanes that keep to themselves, and
// the bits themselves. (tests/property compares with sums in double on random shapes.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "tests/support/expect.h"
#include "tests/support/kernel_case.h"
#include "tests/support/skip.h"

static const enum kernels_isa all_isas[] = {KERNELS_GENERIC, KERNELS_AVX2, KERNELS_AVX512};

enum { ISAS = sizeof all_isas / sizeof all_isas[0], CLASSES = 10 };

// ---- choosing ----

// --isa would name another set than the one that runs.
static void kernels__every_name__finds_its_own_table(void **state) {
    (void)state;
    for (size_t i = 0; i < ISAS; i++) {
        enum kernels_isa isa = KERNELS_ISA_COUNT;
        assert_true(kernels_isa_by_name(kernels_isa_name(all_isas[i]), &isa));
        assert_true(isa == all_isas[i]);
        if (kernels_isa_supported(isa)) {
            assert_string_equal(kernels_of(isa)->isa, kernels_isa_name(isa));
        }
    }
}

// A typing error would silently choose something.
static void kernels__an_unknown_name__is_refused(void **state) {
    (void)state;
    enum kernels_isa isa = KERNELS_AVX2;
    assert_false(kernels_isa_by_name("sse9", &isa));
    assert_true(isa == KERNELS_AVX2);
}

// A CPU without AVX would be left without kernels, or one with AVX-512 would run the slow ones.
static void kernels__the_best__is_supported_and_no_better_one_is(void **state) {
    (void)state;
    assert_true(kernels_isa_supported(KERNELS_GENERIC));
    assert_true(kernels_isa_supported(kernels_best_isa()));
    for (size_t i = (size_t)kernels_best_isa() + 1; i < ISAS; i++) {
        assert_false(kernels_isa_supported(all_isas[i]));
    }
}

// ---- lanes ----

static const struct kernel_conv small_conv = {.channels = 3,
                                              .height = 9,
                                              .width = 8,
                                              .outputs = 7,
                                              .kernel = 3,
                                              .stride = 1,
                                              .padding = 1,
                                              .pool = 2,
                                              .relu = true};

static bool lane_is_equal(const float *a, const float *b, size_t count, size_t lane) {
    for (size_t i = lane; i < count; i += KERNEL_LANES) {
        if (memcmp(&a[i], &b[i], sizeof a[i]) != 0) {
            return false;
        }
    }
    return true;
}

// A sample's gradient would depend on which others share its block.
static void conv__other_lanes_change__a_lane_keeps_its_bits(void **state) {
    (void)state;
    struct kernel_case *one = kernel_case_create_conv(&small_conv, 32, 1);
    struct kernel_case *other = kernel_case_create_conv(&small_conv, 32, 2);
    memcpy(other->weights, one->weights, one->weight_count * sizeof(float));
    memcpy(other->biases, one->biases, one->bias_count * sizeof(float));
    for (size_t i = 5; i < one->in_count; i += KERNEL_LANES) {
        other->in[i] = one->in[i];
    }
    for (size_t i = 5; i < one->out_count; i += KERNEL_LANES) {
        other->d_out[i] = one->d_out[i];
    }
    for (size_t i = 0; i < ISAS; i++) {
        if (kernels_isa_supported(all_isas[i])) {
            kernel_case_run(one, all_isas[i], false);
            kernel_case_run(other, all_isas[i], false);
            assert_true(lane_is_equal(one->out, other->out, one->out_count, 5));
            assert_true(lane_is_equal(one->d_in, other->d_in, one->in_count, 5));
            assert_false(lane_is_equal(one->out, other->out, one->out_count, 6));
        }
    }
    kernel_case_destroy(one);
    kernel_case_destroy(other);
}

// A minibatch of several blocks would lose all but the last, or be rounded more than once a block.
static void conv__added_on_top__is_one_addition(void **state) {
    (void)state;
    struct kernel_case *one = kernel_case_create_conv(&small_conv, 32, 3);
    kernel_case_run(one, kernels_best_isa(), false);
    float weight = one->d_weights[4];
    float bias = one->d_biases[6];
    one->d_weights[4] = 0.3f;
    one->d_biases[6] = -0.7f;
    kernel_case_run(one, kernels_best_isa(), true);
    assert_true(one->d_weights[4] == 0.3f + weight);
    assert_true(one->d_biases[6] == -0.7f + bias);
    kernel_case_destroy(one);
}

// Evaluation asks for no winners, and would give another loss than training.
static void conv__winners_not_wanted__give_the_same_outputs(void **state) {
    (void)state;
    struct kernel_case *one = kernel_case_create_conv(&small_conv, 32, 4);
    float *out = memory_allocate_aligned(one->out_count, sizeof(float));
    for (size_t i = 0; i < ISAS; i++) {
        if (!kernels_isa_supported(all_isas[i])) {
            continue;
        }
        const struct kernels *kernels = kernels_of(all_isas[i]);
        kernel_case_run(one, all_isas[i], false);
        struct kernel_pass pass = {
            .lanes = KERNEL_LANES,
            .weights = one->weights,
            .biases = one->biases,
            .in = one->in,
            .out = out,
            .scratch = memory_allocate_aligned(kernels->conv_scratch_bytes(&small_conv), 1)};
        kernels->conv_forward(&small_conv, &pass);
        assert_memory_equal(out, one->out, one->out_count * sizeof(float));
        memory_free(pass.scratch);
    }
    memory_free(out);
    kernel_case_destroy(one);
}

// ---- pool, mean, relu ----

static _Alignas(64) float pool_in[4 * KERNEL_LANES];
static _Alignas(64) float pool_out[KERNEL_LANES];
static _Alignas(64) float pool_d_in[4 * KERNEL_LANES];
static _Alignas(64) uint8_t pool_winners[KERNEL_LANES];

static void pool_one_window(const struct kernels *kernels, const float window[4], bool relu) {
    static _Alignas(64) float d_out[KERNEL_LANES];
    for (size_t i = 0; i < 4 * KERNEL_LANES; i++) {
        pool_in[i] = window[i / KERNEL_LANES];
        d_out[i % KERNEL_LANES] = 1;
    }
    struct kernel_pool pool = {.channels = 1, .height = 2, .width = 2, .pool = 2, .relu = relu};
    struct kernel_pass pass = {.lanes = KERNEL_LANES,
                               .in = pool_in,
                               .out = pool_out,
                               .winners = pool_winners,
                               .d_out = d_out,
                               .d_in = pool_d_in};
    kernels->pool_forward(&pool, &pass);
    kernels->pool_backward(&pool, &pass);
}

// Equal inputs would share or lose the gradient, NaN would vanish, relu would leak.
static void pool__special_windows__have_the_winner_that_is_promised(void **state) {
    (void)state;
    static const struct {
        float window[4];
        bool relu;
        uint8_t winner;
    } cases[] = {{{1, 2, 2, 1}, false, 1},
                 {{-3, -3, -3, -3}, false, 0},
                 {{1, 2, NAN, 5}, false, 2},
                 {{NAN, 7, 1, 1}, true, 0},
                 {{1, 2, 3, NAN}, true, 3},
                 {{-1, -2, -0.5f, -9}, true, KERNEL_NO_WINNER},
                 {{0, 0, 0, 0}, true, KERNEL_NO_WINNER},
                 {{-INFINITY, -1, -2, -3}, false, 1},
                 {{INFINITY, INFINITY, 0, 0}, true, 0}};
    for (size_t i = 0; i < ISAS; i++) {
        for (size_t j = 0; kernels_isa_supported(all_isas[i]) && j < sizeof cases / sizeof cases[0];
             j++) {
            pool_one_window(kernels_of(all_isas[i]), cases[j].window, cases[j].relu);
            for (size_t l = 0; l < KERNEL_LANES; l++) {
                assert_int_equal(pool_winners[l], cases[j].winner);
                for (size_t k = 0; k < 4; k++) {
                    float expected = k == cases[j].winner ? 1 : 0;
                    assert_true(pool_d_in[k * KERNEL_LANES + l] == expected);
                }
            }
            float expected =
                cases[j].winner == KERNEL_NO_WINNER ? 0 : cases[j].window[cases[j].winner];
            assert_true(pool_out[0] == expected || (isnan(pool_out[0]) && isnan(expected)));
        }
    }
}

// The convolution with the pool fused behind it against the two one after the other.
static void expect_fused_is_both(const struct kernel_conv *conv, enum kernels_isa isa,
                                 const float *odd_inputs) {
    struct kernel_conv plain = *conv;
    plain.pool = 1;
    plain.relu = false;
    struct kernel_case *fused = kernel_case_create_conv(conv, 32, 5);
    struct kernel_case *bare = kernel_case_create_conv(&plain, 32, 5);
    for (size_t i = 0; odd_inputs != NULL && i < fused->in_count; i++) {
        float odd = odd_inputs[i % 64];
        fused->in[i] = bare->in[i] = odd == 0 ? fused->in[i] : odd;
    }
    kernel_case_run(fused, isa, false);
    kernel_case_run(bare, isa, false);
    struct kernel_pool pool = {.channels = conv->outputs,
                               .height = kernel_conv_side(conv, conv->height),
                               .width = kernel_conv_side(conv, conv->width),
                               .pool = conv->pool,
                               .relu = conv->relu};
    float *out = memory_allocate_aligned(fused->out_count, sizeof(float));
    uint8_t *winners = memory_allocate_aligned(fused->out_count, 1);
    kernels_of(isa)->pool_forward(
        &pool, &(struct kernel_pass){
                   .lanes = KERNEL_LANES, .in = bare->out, .out = out, .winners = winners});
    for (size_t i = 0; i < fused->out_count; i++) {
        bool both_nan = isnan(out[i]) && isnan(fused->out[i]); // whose payload is of no meaning
        assert_true(both_nan || memcmp(&out[i], &fused->out[i], sizeof out[i]) == 0);
    }
    assert_memory_equal(winners, fused->winners, fused->out_count);
    memory_free(out);
    memory_free(winners);
    kernel_case_destroy(fused);
    kernel_case_destroy(bare);
}

// A pool by itself would differ from the one that is fused behind a convolution: with padding the
// windows are stored first, without they are compared in registers, in blocks of every size, and
// those with a NaN take another way.
static void pool__behind_a_convolution__is_the_pool_by_itself(void **state) {
    (void)state;
    float odd_inputs[64] = {0};
    odd_inputs[5] = NAN;
    odd_inputs[40] = INFINITY;
    odd_inputs[41] = -INFINITY;
    for (size_t i = 0; i < ISAS; i++) {
        if (!kernels_isa_supported(all_isas[i])) {
            continue;
        }
        expect_fused_is_both(&small_conv, all_isas[i], NULL);
        for (size_t outputs = 1; outputs <= 14; outputs++) {
            struct kernel_conv conv = small_conv;
            conv.outputs = outputs;
            conv.padding = outputs == 8;
            conv.pool = 2 + outputs % 3;
            conv.stride = 1 + outputs % 2;
            conv.height = 17;
            conv.width = 14 + outputs % 4;
            conv.relu = outputs % 4 < 2;
            expect_fused_is_both(&conv, all_isas[i], NULL);
            expect_fused_is_both(&conv, all_isas[i], odd_inputs);
        }
    }
}

// A residual net's last layers: a mean over a plane, sums of two branches, relu by itself.
static void elementwise__small_numbers__are_as_on_paper(void **state) {
    (void)state;
    for (size_t i = 0; i < ISAS; i++) {
        if (!kernels_isa_supported(all_isas[i])) {
            continue;
        }
        const struct kernels *kernels = kernels_of(all_isas[i]);
        for (size_t j = 0; j < 4 * KERNEL_LANES; j++) {
            pool_in[j] = (float)(j / KERNEL_LANES) - 1; // -1 0 1 2
        }
        kernels->mean_forward(1, 4, KERNEL_LANES, pool_in, pool_out);
        assert_true(pool_out[0] == 0.5f && pool_out[31] == 0.5f);
        kernels->mean_backward(1, 4, KERNEL_LANES, pool_out, pool_d_in);
        assert_true(pool_d_in[0] == 0.125f && pool_d_in[4 * KERNEL_LANES - 1] == 0.125f);
        kernels->add(4 * KERNEL_LANES, pool_in, pool_d_in, pool_d_in);
        assert_true(pool_d_in[0] == -0.875f && pool_d_in[3 * KERNEL_LANES] == 2.125f);
        pool_in[1] = NAN;
        kernels->relu_forward(4 * KERNEL_LANES, pool_in, pool_in);
        assert_true(pool_in[0] == 0 && isnan(pool_in[1]) && pool_in[3 * KERNEL_LANES] == 2);
        kernels->relu_backward(4 * KERNEL_LANES, pool_in, pool_d_in, pool_d_in);
        assert_true(pool_d_in[0] == 0 && pool_d_in[1] == -0.875f);
        assert_true(pool_d_in[KERNEL_LANES] == 0 && pool_d_in[3 * KERNEL_LANES] == 2.125f);
    }
}

// ---- loss ----

static _Alignas(64) float logits[CLASSES * KERNEL_LANES];
static _Alignas(64) float d_logits[CLASSES * KERNEL_LANES];

static void fill_logits(float scale, uint8_t *labels) {
    for (size_t i = 0; i < CLASSES * KERNEL_LANES; i++) {
        logits[i] = scale * (float)((double)((i * 7919 + 13) % 1009) / 500 - 1);
    }
    for (size_t i = 0; i < KERNEL_LANES; i++) {
        labels[i] = (uint8_t)(i * 3 % CLASSES);
    }
}

// The loss in double of what is in the logits, and the sum that a probability is a part of.
static double reference_loss(size_t lane, uint8_t label, double *largest, double *sum) {
    *largest = -INFINITY;
    *sum = 0;
    for (size_t k = 0; k < CLASSES; k++) {
        *largest = fmax(*largest, (double)logits[k * KERNEL_LANES + lane]);
    }
    for (size_t k = 0; k < CLASSES; k++) {
        *sum += exp((double)logits[k * KERNEL_LANES + lane] - *largest);
    }
    return log(*sum) - ((double)logits[label * KERNEL_LANES + lane] - *largest);
}

// Exponential and logarithm are the kernels' own: an error there would bend every gradient.
static void softmax_loss__all_scales__is_the_one_in_double(void **state) {
    (void)state;
    static const float scales[] = {0.01f, 1, 8, 40, 87, 300};
    uint8_t labels[KERNEL_LANES];
    double losses[KERNEL_LANES];
    for (size_t i = 0; i < ISAS * 6; i++) {
        if (!kernels_isa_supported(all_isas[i / 6])) {
            continue;
        }
        fill_logits(scales[i % 6], labels);
        kernels_of(all_isas[i / 6])
            ->softmax_loss(CLASSES, KERNEL_LANES, KERNEL_LANES, logits, labels, 0.25f, d_logits,
                           losses);
        for (size_t l = 0; l < KERNEL_LANES; l++) {
            double largest;
            double sum;
            double expected = reference_loss(l, labels[l], &largest, &sum);
            expect_within(losses[l], expected, 3e-7 * (1 + expected));
            for (size_t k = 0; k < CLASSES; k++) {
                double probability = exp((double)logits[k * KERNEL_LANES + l] - largest) / sum;
                expect_within((double)d_logits[k * KERNEL_LANES + l],
                              0.25 * (probability - (k == labels[l])), 1.5e-7);
            }
        }
    }
}

// Lanes that only fill up a block would add to the gradients of parameters.
static void softmax_loss__fewer_samples_than_lanes__leaves_the_others_zero(void **state) {
    (void)state;
    uint8_t labels[KERNEL_LANES];
    double losses[KERNEL_LANES] = {0};
    fill_logits(1, labels);
    for (size_t i = 0; i < ISAS; i++) {
        if (kernels_isa_supported(all_isas[i])) {
            kernels_of(all_isas[i])
                ->softmax_loss(CLASSES, KERNEL_LANES, 19, logits, labels, 1, d_logits, losses);
            for (size_t j = 0; j < CLASSES * KERNEL_LANES; j++) {
                assert_true((d_logits[j] == 0) == (j % KERNEL_LANES >= 19));
            }
            assert_true(losses[18] > 0 && losses[19] == 0);
        }
    }
}

// A diverged run would go on with numbers that look sound.
static void softmax_loss__nan_or_infinity__is_not_finite(void **state) {
    (void)state;
    uint8_t labels[KERNEL_LANES];
    double losses[KERNEL_LANES];
    for (size_t i = 0; i < ISAS; i++) {
        if (kernels_isa_supported(all_isas[i])) {
            fill_logits(1, labels);
            logits[3 * KERNEL_LANES + 4] = NAN;
            logits[5 * KERNEL_LANES + 6] = INFINITY;
            logits[0 * KERNEL_LANES + 7] = NAN;
            kernels_of(all_isas[i])
                ->softmax_loss(CLASSES, KERNEL_LANES, KERNEL_LANES, logits, labels, 1, d_logits,
                               losses);
            assert_true(isnan(losses[4]) && !isfinite(losses[6]) && isnan(losses[7]));
            assert_true(isfinite(losses[5]));
            assert_true(isnan(d_logits[4]) && isnan(d_logits[7]));
        }
    }
}

// Accuracy would count the wrong class among equals.
static void softmax_best__equal_outputs__is_the_first(void **state) {
    (void)state;
    uint8_t best[KERNEL_LANES];
    for (size_t i = 0; i < ISAS; i++) {
        if (kernels_isa_supported(all_isas[i])) {
            for (size_t j = 0; j < CLASSES * KERNEL_LANES; j++) {
                size_t k = j / KERNEL_LANES;
                logits[j] = k == j % KERNEL_LANES % CLASSES || k == 9 ? 1 : -1;
            }
            kernels_of(all_isas[i])
                ->softmax_best(CLASSES, KERNEL_LANES, KERNEL_LANES, logits, best);
            for (size_t l = 0; l < KERNEL_LANES; l++) {
                assert_int_equal(best[l], l % CLASSES);
            }
        }
    }
}

// ---- bits ----

// Another compiler, optimisation, CPU or cut into blocks would give another result than the one
// that is written down here. (Changing the order of summation on purpose changes it, too, and with
// it the scenario's "semantics".)
static void kernels__known_layers__have_the_bits_of_record(void **state) {
    (void)state;
    static const struct kernel_conv wide = {.channels = 11,
                                            .height = 10,
                                            .width = 12,
                                            .outputs = 29,
                                            .kernel = 5,
                                            .stride = 2,
                                            .padding = 2,
                                            .pool = 1,
                                            .relu = false};
    static const struct kernel_dense dense = {.inputs = 147, .outputs = 53, .relu = true};
    for (size_t i = 0; i < ISAS; i++) {
        if (!kernels_isa_supported(all_isas[i])) {
            continue;
        }
        struct kernel_case *cases[] = {kernel_case_create_conv(&small_conv, 32, 6),
                                       kernel_case_create_conv(&wide, 32, 7),
                                       kernel_case_create_dense(&dense, 32, 8)};
        uint64_t all = 0;
        for (size_t j = 0; j < 3; j++) {
            kernel_case_run(cases[j], all_isas[i], false);
            all = fingerprint_combine(all, kernel_case_fingerprint(cases[j]));
            kernel_case_destroy(cases[j]);
        }
        uint8_t labels[KERNEL_LANES];
        double losses[KERNEL_LANES];
        fill_logits(5, labels);
        kernels_of(all_isas[i])
            ->softmax_loss(CLASSES, KERNEL_LANES, KERNEL_LANES, logits, labels, 1, d_logits,
                           losses);
        all = fingerprint_combine(all, fingerprint_bytes(d_logits, sizeof d_logits));
        all = fingerprint_combine(all, fingerprint_bytes(losses, sizeof losses));
        char text[FINGERPRINT_TEXT_SIZE];
        assert_string_equal(fingerprint_format(all, text), "ec375d0e8c73a45a");
    }
}

// A CPU that lacks a set leaves it out of every test above, and a reader must see that.
static void kernels__of_every_instruction_set__were_tried(void **state) {
    (void)state;
    skip_without_all_instruction_sets();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels__every_name__finds_its_own_table),
        cmocka_unit_test(kernels__an_unknown_name__is_refused),
        cmocka_unit_test(kernels__the_best__is_supported_and_no_better_one_is),
        cmocka_unit_test(conv__other_lanes_change__a_lane_keeps_its_bits),
        cmocka_unit_test(conv__added_on_top__is_one_addition),
        cmocka_unit_test(conv__winners_not_wanted__give_the_same_outputs),
        cmocka_unit_test(pool__special_windows__have_the_winner_that_is_promised),
        cmocka_unit_test(pool__behind_a_convolution__is_the_pool_by_itself),
        cmocka_unit_test(elementwise__small_numbers__are_as_on_paper),
        cmocka_unit_test(softmax_loss__all_scales__is_the_one_in_double),
        cmocka_unit_test(softmax_loss__fewer_samples_than_lanes__leaves_the_others_zero),
        cmocka_unit_test(softmax_loss__nan_or_infinity__is_not_finite),
        cmocka_unit_test(softmax_best__equal_outputs__is_the_first),
        cmocka_unit_test(kernels__known_layers__have_the_bits_of_record),
        cmocka_unit_test(kernels__of_every_instruction_set__were_tried),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
