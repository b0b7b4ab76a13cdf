// SPDX-License-Identifier: GPL-3.0-or-later
// distribution: bounds and mixtures of laws. That their samples fit their distribution function is
// in test_distribution.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "sim/base/distribution.h"
#include "sim/base/gsl_stream.h"
#include "tests/support/expect.h"

#define MS 1e6 // ns

#define TWO_PARTS                                                                                  \
    {                                                                                              \
        {.name = "fast", .share = .75, .law = LAW_EXPONENTIAL, .parameters = {100 * MS}}, {        \
            .name = "slow", .share = .25, .law = LAW_UNIFORM, .parameters = { 1e9, 2e9 }           \
        }                                                                                          \
    }

static int64_t sample_number(const struct distribution *law, uint32_t actor, uint32_t number) {
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, actor, number, 0);
    return distribution_sample(law, &stream);
}

// The laws that most scenarios have are drawn without GSL's calls: another rounding than GSL's
// would move every time of every log there is.
static void distribution_sample__laws_drawn_without_gsl__have_its_bits(void **state) {
    (void)state;
    const struct distribution exponential = {.law = LAW_EXPONENTIAL, .parameters = {2e17 / 3}};
    const struct distribution shifted = {.law = LAW_SHIFTED_EXPONENTIAL,
                                         .parameters = {1e15 / 3, 2e17 / 3}};
    const struct distribution uniform = {.law = LAW_UNIFORM, .parameters = {1e15 / 3, 2e17 / 3}};
    for (uint32_t number = 0; number < 10000; number++) {
        struct rng_stream stream;
        rng_stream_init(&stream, 1, RNG_TEST, 0, number, 0);
        struct rng_stream again = stream;
        gsl_rng view = gsl_stream_view(&stream);
        double span_ns = gsl_ran_exponential(&view, 2e17 / 3);
        assert_true(sample_number(&exponential, 0, number) == llrint(span_ns));
        assert_true(sample_number(&shifted, 0, number) == llrint(1e15 / 3 + span_ns));
        view = gsl_stream_view(&again);
        span_ns = gsl_ran_flat(&view, 1e15 / 3, 2e17 / 3);
        assert_true(sample_number(&uniform, 0, number) == llrint(span_ns));
    }
}

// Of an exponential law of rate r below A: 1/r - A/(e^(rA) - 1); of a uniform one: in the middle;
// a bound far above the times must not be missed by the quadrature.
static void distribution_mean__bounded_law__is_the_closed_form(void **state) {
    (void)state;
    struct distribution law = {
        .law = LAW_EXPONENTIAL, .parameters = {200 * MS}, .at_most = 100 * MS};
    expect_relative(distribution_mean(&law), (200 - 100 / expm1(.5)) * MS, 1e-9);
    law.at_most = 7200e9;
    expect_relative(distribution_mean(&law), 200 * MS, 1e-9);
    law.at_most = 4e18;
    expect_relative(distribution_mean(&law), 200 * MS, 1e-9);
    law = (struct distribution){
        .law = LAW_UNIFORM, .parameters = {180 * MS, 220 * MS}, .at_most = 200 * MS};
    expect_relative(distribution_mean(&law), 190 * MS, 1e-9);
    law.at_most = 300 * MS;
    expect_relative(distribution_mean(&law), 200 * MS, 1e-15);
    law = (struct distribution){
        .law = LAW_NORMAL, .parameters = {1000 * MS, MS}, .at_most = 1000 * MS};
    expect_relative(distribution_mean(&law), 1000 * MS - sqrt(2 / M_PI) * MS, 1e-9);
    // Pareto with shape 1/2, whose mean is infinite without a bound: scale (sqrt(A/scale) - 1) / (1
    // - sqrt(scale/A)), the density being scale^.5 x^-1.5 / 2.
    law = (struct distribution){.law = LAW_PARETO, .parameters = {MS, .5}, .at_most = 1e12 * MS};
    expect_relative(distribution_mean(&law), 1e6 * MS, 1e-9);
}

// Writing a law as the only part of a mixture says nothing new.
static void distribution_sample__mixture_of_one_part__is_that_law_bit_for_bit(void **state) {
    (void)state;
    static const struct distribution laws[] = {
        {.law = LAW_CONSTANT, .parameters = {7}},
        {.law = LAW_EXPONENTIAL, .parameters = {200 * MS}, .at_most = 150 * MS},
        {.law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = NEGATIVE_CLIP},
        {.law = LAW_GAMMA, .parameters = {200 * MS, 2}},
        {.law = LAW_PARETO, .parameters = {200 * MS, 2.5}}};
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        struct distribution mixture = {.law = LAW_MIXTURE, .part_count = 1};
        mixture.parts[0] = (struct law_part){.share = 1,
                                             .law = laws[i].law,
                                             .negative = laws[i].negative,
                                             .at_most = laws[i].at_most};
        memcpy(mixture.parts[0].parameters, laws[i].parameters, sizeof laws[i].parameters);
        for (uint32_t number = 0; number < 100; number++) {
            assert_true(sample_number(&mixture, 3, number) == sample_number(&laws[i], 3, number));
        }
        assert_true(distribution_mean(&mixture) == distribution_mean(&laws[i]));
        assert_true(distribution_share(&mixture, 1e8) == distribution_share(&laws[i], 1e8));
        assert_true(distribution_least(&mixture) == distribution_least(&laws[i]));
    }
}

// Common random numbers: every span is the one that the law of its part alone gives, and a larger
// share of a part moves those spans alone that are of this part now.
static void distribution_sample__mixture__takes_the_spans_of_its_parts(void **state) {
    (void)state;
    struct distribution few = {.law = LAW_MIXTURE, .part_count = 2, .parts = TWO_PARTS};
    struct distribution many = few;
    struct distribution fast = distribution_part(&few, 0);
    struct distribution slow = distribution_part(&few, 1);
    int counts[2] = {0};
    many.parts[0].share = .65;
    many.parts[1].share = .35;
    for (uint32_t number = 0; number < 10000; number++) {
        int64_t fast_ns = sample_number(&fast, 0, number);
        int64_t slow_ns = sample_number(&slow, 0, number);
        int64_t few_ns = sample_number(&few, 0, number);
        int64_t many_ns = sample_number(&many, 0, number);
        assert_true(few_ns == fast_ns || few_ns == slow_ns);
        assert_true(many_ns == slow_ns || (many_ns == fast_ns && few_ns == fast_ns));
        counts[0] += few_ns == slow_ns;
        counts[1] += many_ns == slow_ns;
    }
    assert_in_range(counts[0], 2500 - 174, 2500 + 174); // 4 standard deviations of 43.3
    assert_in_range(counts[1], 3500 - 191, 3500 + 191); // of 47.7
}

// A share of 0 is a part that is not there: not its least time, nor its mean, be it infinite.
static void distribution_mean__part_without_a_share__does_not_count(void **state) {
    (void)state;
    struct distribution law = {.law = LAW_MIXTURE, .part_count = 2, .parts = TWO_PARTS};
    law.parts[0].share = 0;
    law.parts[0].law = LAW_PARETO;
    law.parts[0].parameters[1] = .5;
    law.parts[1].share = 1;
    assert_true(distribution_mean(&law) == 1.5e9);
    assert_true(distribution_least(&law) == 1e9);
    for (uint32_t number = 0; number < 1000; number++) {
        assert_true(sample_number(&law, 0, number) >= 1000000000);
    }
}

// Of exponential laws of means m below A: the sum of m (1 - e^(-A/m)) - A e^(-A/m), over that of
// 1 - e^(-A/m).
static void distribution_mean__bounded_mixture__is_the_closed_form(void **state) {
    (void)state;
    const struct distribution law = {
        .law = LAW_MIXTURE,
        .at_most = 100 * MS,
        .part_count = 2,
        .parts = {{.share = .5, .law = LAW_EXPONENTIAL, .parameters = {100 * MS}},
                  {.share = .5, .law = LAW_EXPONENTIAL, .parameters = {200 * MS}}}};
    double above = exp(-1) + exp(-.5);
    double sum = 100 * (1 - exp(-1)) + 200 * (1 - exp(-.5)) - 100 * above;
    expect_relative(distribution_mean(&law), sum / (2 - above) * MS, 1e-9);
    expect_within(distribution_share(&law, 50 * MS), (2 - exp(-.5) - exp(-.25)) / (2 - above),
                  1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distribution_sample__laws_drawn_without_gsl__have_its_bits),
        cmocka_unit_test(distribution_mean__bounded_law__is_the_closed_form),
        cmocka_unit_test(distribution_sample__mixture_of_one_part__is_that_law_bit_for_bit),
        cmocka_unit_test(distribution_sample__mixture__takes_the_spans_of_its_parts),
        cmocka_unit_test(distribution_mean__part_without_a_share__does_not_count),
        cmocka_unit_test(distribution_mean__bounded_mixture__is_the_closed_form),
    };
    return cmocka_run_group_tests_name("distribution_composed", tests, NULL, NULL);
}
