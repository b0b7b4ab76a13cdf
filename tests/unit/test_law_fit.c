// SPDX-License-Identifier: GPL-3.0-or-later
// law_fit, and fit_sample and fit_root below it: maxima of likelihoods, intervals, distances.
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/fit_root.h"
#include "sim/report/fit_sample.h"
#include "sim/report/law_fit.h"
#include "sim/scenario/scenario_law.h"
#include "tests/support/expect.h"

// Ten times whose mean is 200; two of them are equal.
static const int64_t times[] = {170, 120, 250, 200, 310, 200, 90, 140, 350, 170};
enum { COUNT = sizeof times / sizeof times[0] };

static double density(enum fit_candidate candidate, const double *p, double x) {
    double v = log1p(p[1] * p[1]);
    switch (candidate) {
    case FIT_UNIFORM:
        return x >= p[0] && x <= p[1] ? 1 / (p[1] - p[0]) : 0; // GSL's has an open end
    case FIT_EXPONENTIAL:
        return gsl_ran_exponential_pdf(x, p[0]);
    case FIT_SHIFTED_EXPONENTIAL:
        return gsl_ran_exponential_pdf(x - p[0], p[1]);
    case FIT_NORMAL:
        return gsl_ran_gaussian_pdf(x - p[0], p[1]);
    case FIT_HALF_NORMAL:
        return 2 * gsl_ran_gaussian_pdf(x, p[1]);
    case FIT_LOGNORMAL:
        return gsl_ran_lognormal_pdf(x, log(p[0]) - v / 2, sqrt(v));
    case FIT_GAMMA:
        return gsl_ran_gamma_pdf(x, 1 / (p[1] * p[1]), p[0] * p[1] * p[1]);
    case FIT_ERLANG:
        return gsl_ran_gamma_pdf(x, p[1], p[0] / p[1]);
    case FIT_WEIBULL:
        return gsl_ran_weibull_pdf(x, p[0], p[1]);
    case FIT_PARETO:
        return gsl_ran_pareto_pdf(x, p[1], p[0]);
    case FIT_CONSTANT:
    case FIT_CANDIDATE_COUNT:
        break;
    }
    return NAN;
}

static double log_likelihood(enum fit_candidate candidate, const double *parameters) {
    double sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        sum += log(density(candidate, parameters, (double)times[i]));
    }
    return sum;
}

// If it failed, another law, or other parameters, would be called the likeliest. The densities are
// GSL's.
static void law_fit__every_law__has_the_greatest_likelihood(void **state) {
    (void)state;
    struct fit_sample sample = fit_sample_make(times, COUNT);
    for (int c = FIT_CONSTANT + 1; c < FIT_CANDIDATE_COUNT; c++) {
        enum fit_candidate candidate = (enum fit_candidate)c;
        struct law_fit fit = law_fit_of(candidate, &sample);
        assert_null(fit.impossible);
        expect_relative(fit.log_likelihood, log_likelihood(candidate, fit.law.parameters), 1e-12);
        expect_relative(fit.aic, 2 * fit.free_parameters - 2 * fit.log_likelihood, 1e-15);
        for (int i = 0; i < 4; i++) {
            double other[] = {fit.law.parameters[0], fit.law.parameters[1]};
            double step = candidate == FIT_ERLANG && i / 2 == 1 ? 1 / other[1] : 1e-4;
            double factor = i % 2 == 0 ? 1 + step : 1 - step;
            other[i / 2] *= factor;
            if (other[i / 2] != fit.law.parameters[i / 2]) {
                assert_true(log_likelihood(candidate, other) < fit.log_likelihood ||
                            i / 2 >= law_table[fit.law.law].parameter_count);
            }
        }
    }
    fit_sample_reset(&sample);
}

static double share(enum fit_candidate candidate, const double *p, double x) {
    double v = log1p(p[1] * p[1]);
    switch (candidate) {
    case FIT_UNIFORM:
        return gsl_cdf_flat_P(x, p[0], p[1]);
    case FIT_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, p[0]);
    case FIT_SHIFTED_EXPONENTIAL:
        return gsl_cdf_exponential_P(x - p[0], p[1]);
    case FIT_NORMAL:
        return (gsl_cdf_gaussian_P(x - p[0], p[1]) - gsl_cdf_gaussian_P(-p[0], p[1])) /
               gsl_cdf_gaussian_Q(-p[0], p[1]); // draws below 0 are made again
    case FIT_HALF_NORMAL:
        return 2 * gsl_cdf_gaussian_P(x, p[1]) - 1;
    case FIT_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, log(p[0]) - v / 2, sqrt(v));
    case FIT_GAMMA:
        return gsl_cdf_gamma_P(x, 1 / (p[1] * p[1]), p[0] * p[1] * p[1]);
    case FIT_ERLANG:
        return gsl_cdf_gamma_P(x, p[1], p[0] / p[1]);
    case FIT_WEIBULL:
        return gsl_cdf_weibull_P(x, p[0], p[1]);
    case FIT_PARETO:
        return gsl_cdf_pareto_P(x, p[1], p[0]);
    case FIT_CONSTANT:
    case FIT_CANDIDATE_COUNT:
        break;
    }
    return NAN;
}

// If it failed, a law would be said to fit that does not. The distribution functions are GSL's.
static void law_fit__every_law__has_the_largest_difference_of_shares_as_its_distance(void **state) {
    (void)state;
    struct fit_sample sample = fit_sample_make(times, COUNT);
    for (int c = FIT_CONSTANT + 1; c < FIT_CANDIDATE_COUNT; c++) {
        enum fit_candidate candidate = (enum fit_candidate)c;
        struct law_fit fit = law_fit_of(candidate, &sample);
        double largest = 0;
        for (size_t i = 0; i < COUNT; i++) {
            double below = 0;
            double up_to = 0;
            for (size_t k = 0; k < COUNT; k++) {
                below += times[k] < times[i];
                up_to += times[k] <= times[i];
            }
            double law = share(candidate, fit.law.parameters, (double)times[i]);
            largest = fmax(largest, fmax(law - below / COUNT, up_to / COUNT - law));
        }
        expect_within(fit.distance, largest, 1e-12);
    }
    fit_sample_reset(&sample);
}

// If it failed, intervals of few times would be too narrow. The quantiles are those of printed
// tables: chi-squared of 9, 18 and 20 degrees of freedom, Student's t of 9.
static void law_fit__ten_times__have_the_intervals_of_the_tables(void **state) {
    (void)state;
    struct fit_sample sample = fit_sample_make(times, COUNT);
    struct law_fit exponential = law_fit_of(FIT_EXPONENTIAL, &sample);
    expect_relative(exponential.low[0], 20 * 200 / 34.170, 1e-4);
    expect_relative(exponential.high[0], 20 * 200 / 9.591, 1e-4);
    struct law_fit normal = law_fit_of(FIT_NORMAL, &sample);
    double squares = 0;
    double logs = 0;
    for (size_t i = 0; i < COUNT; i++) {
        squares += (double)((times[i] - 200) * (times[i] - 200));
        logs += log((double)times[i] / 90);
    }
    expect_relative(normal.high[0] - 200, 2.262 * sqrt(squares / 9 / 10), 1e-3);
    expect_relative(200 - normal.low[0], 2.262 * sqrt(squares / 9 / 10), 1e-3);
    expect_relative(normal.low[1], sqrt(squares / 19.023), 1e-4);
    expect_relative(normal.high[1], sqrt(squares / 2.700), 1e-3);
    struct law_fit pareto = law_fit_of(FIT_PARETO, &sample);
    expect_relative(pareto.low[1], 8.231 / (2 * logs), 1e-3);
    expect_relative(pareto.high[1], 31.526 / (2 * logs), 1e-4);
    // the share of samples whose least value is as far from the bound: (1 + u)^-9 = .05
    struct law_fit uniform = law_fit_of(FIT_UNIFORM, &sample);
    double out = (uniform.high[1] - 350) / (350 - 90);
    expect_relative(pow(1 + out, -9), 0.05, 1e-9);
    expect_within(uniform.low[0], fmax(90 - out * 260, 0), 1e-9);
    struct law_fit shifted = law_fit_of(FIT_SHIFTED_EXPONENTIAL, &sample);
    expect_within(shifted.low[0], 90 - out * 110, 1e-9);
    expect_relative(shifted.low[1], 20 * 110 / 31.526, 1e-4);
    expect_relative(shifted.high[1], 20 * 110 / 8.231, 1e-4);
    // n times know n (k^2 psi'(k) - k) of the logarithm of a shape k; cv = k^-1/2: half its error
    struct law_fit gamma = law_fit_of(FIT_GAMMA, &sample);
    double k = pow(gamma.law.parameters[1], -2);
    double reach = 1.95996 / 2 / sqrt(COUNT * (k * k * gsl_sf_psi_1(k) - k));
    expect_relative(log(gamma.high[1] / gamma.law.parameters[1]), reach, 1e-4);
    expect_relative(log(gamma.law.parameters[1] / gamma.low[1]), reach, 1e-4);
    fit_sample_reset(&sample);
}

// If it failed, the times of a steady machine would lose their spread in rounding.
static void law_fit__times_that_differ_in_the_ninth_digit__keep_their_spread(void **state) {
    (void)state;
    static const int64_t steady[] = {10000000000, 10000000010, 10000000020, 10000000030};
    struct fit_sample sample = fit_sample_make(steady, 4);
    double cv = sqrt(125.0) / 1e10;
    expect_relative(sample.log_variance, cv * cv, 1e-6);
    expect_relative(sample.log_mean, -cv * cv / 2, 1e-6);
    assert_string_equal(law_fit_of(FIT_GAMMA, &sample).impossible,
                        "a parameter would be below 1e-06");
    assert_string_equal(law_fit_of(FIT_PARETO, &sample).impossible,
                        "a parameter would be above 1e+06");
    expect_relative(law_fit_of(FIT_NORMAL, &sample).law.parameters[1], sqrt(125.0), 1e-9);
    fit_sample_reset(&sample);
}

// GSL's own distribution function of a gamma law of a large shape ends the process.
static void law_fit__gamma_of_any_shape__has_a_distance(void **state) {
    (void)state;
    for (int64_t step = 10; step <= 100000000; step *= 10) {
        int64_t spans_ns[100];
        for (int i = 0; i < 100; i++) {
            spans_ns[i] = 5000000000 + step * i;
        }
        struct fit_sample sample = fit_sample_make(spans_ns, 100);
        struct law_fit gamma = law_fit_of(FIT_GAMMA, &sample);
        struct law_fit normal = law_fit_of(FIT_NORMAL, &sample);
        if (gamma.impossible == NULL) {
            expect_relative(gamma.law.parameters[1] * sample.mean_ns, normal.law.parameters[1],
                            step < 100000 ? 1e-4 : 0.1);
            expect_within(gamma.distance, normal.distance, step < 100000 ? 1e-3 : 0.05);
        }
        fit_sample_reset(&sample);
    }
}

// GSL's quantiles end the process where there are millions of times. The mean of n times has a
// standard error of std / sqrt(n), their standard deviation one of std / sqrt(2 n).
static void law_fit__many_times__have_the_intervals_of_large_samples(void **state) {
    (void)state;
    enum { MANY = 3000000 };
    int64_t *spans_ns = memory_allocate(MANY, sizeof *spans_ns);
    for (int i = 0; i < MANY; i++) {
        spans_ns[i] = 1000000 + i;
    }
    struct fit_sample sample = fit_sample_make(spans_ns, MANY);
    struct law_fit normal = law_fit_of(FIT_NORMAL, &sample);
    struct law_fit exponential = law_fit_of(FIT_EXPONENTIAL, &sample);
    double root = sqrt((double)MANY);
    expect_relative(normal.high[0] - normal.low[0], 2 * 1.95996 * normal.law.parameters[1] / root,
                    1e-4);
    expect_relative(normal.high[1] - normal.low[1],
                    2 * 1.95996 * normal.law.parameters[1] / (root * sqrt(2)), 1e-4);
    expect_relative(exponential.high[0] - exponential.low[0], 2 * 1.95996 * sample.mean_ns / root,
                    1e-4);
    expect_within((exponential.high[0] + exponential.low[0]) / 2 / sample.mean_ns, 1, 1e-5);
    double last = INFINITY;
    for (sample.count = 2; sample.count < 3000; sample.count++) { // of 2319 GSL finds none
        struct law_fit fit = law_fit_of(FIT_EXPONENTIAL, &sample);
        assert_true(fit.high[0] < last && fit.low[0] > 0);
        last = fit.high[0];
    }
    fit_sample_reset(&sample);
    memory_free(spans_ns);
}

// GSL's own function is wrong for shapes above 300,000: the fit and theory would take a law for
// another one. The normal law differs by cv (1 - z^2) / 3 times its density.
static void distribution_share__gamma_of_a_small_cv__is_nearly_normal(void **state) {
    (void)state;
    for (double cv = 1e-6; cv < 3e-3; cv *= 1.1) {
        const struct distribution gamma = {.law = LAW_GAMMA, .parameters = {200e6, cv}};
        const struct distribution erlang = {.law = LAW_ERLANG, .parameters = {200e6, 1 / cv / cv}};
        for (double z = -4; z <= 4; z += 0.25) {
            double x = 200e6 * (1 + z * cv);
            double expected =
                gsl_cdf_ugaussian_P(z) + cv * (1 - z * z) / 3 * gsl_ran_ugaussian_pdf(z);
            expect_within(distribution_share(&gamma, x), expected, 1e-7 + cv * cv);
            expect_within(distribution_share(&erlang, x), expected, 1e-7 + cv * cv);
        }
    }
}

// A law that cannot give a time must not be fitted to it.
static void law_fit__times_that_a_law_cannot_give__are_refused_with_the_reason(void **state) {
    (void)state;
    static const int64_t with_zero[] = {0, 3, 5};
    static const int64_t equal[] = {7, 7};
    struct fit_sample sample = fit_sample_make(with_zero, 3);
    for (int c = 0; c < FIT_CANDIDATE_COUNT; c++) {
        const char *why = law_fit_of((enum fit_candidate)c, &sample).impossible;
        if (c == FIT_CONSTANT) {
            assert_string_equal(why, "the times differ");
        } else if (c >= FIT_LOGNORMAL) {
            assert_string_equal(why, "some times are 0");
        } else {
            assert_null(why);
        }
    }
    fit_sample_reset(&sample);
    sample = fit_sample_make(equal, 2);
    for (int c = 0; c < FIT_CANDIDATE_COUNT; c++) {
        struct law_fit fit = law_fit_of((enum fit_candidate)c, &sample);
        assert_true((fit.impossible == NULL) == (c == FIT_CONSTANT));
    }
    expect_within(law_fit_of(FIT_CONSTANT, &sample).law.parameters[0], 7, 0);
    fit_sample_reset(&sample);
}

// Draws below 0 must be told of where there would be some, and only there, and be given as the
// times have them.
static void law_fit__normal__has_the_rule_for_negative_draws_that_suits(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    int64_t spans_ns[DRAWS];
    for (int rule = NEGATIVE_CLIP; rule <= NEGATIVE_REDRAW; rule++) {
        const struct distribution law = {
            .law = LAW_NORMAL, .parameters = {2000, 1000}, .negative = (enum negative_rule)rule};
        for (int i = 0; i < DRAWS; i++) {
            struct rng_stream stream;
            rng_stream_init(&stream, 1, RNG_TEST, 0, (uint32_t)i, 0);
            spans_ns[i] = distribution_sample(&law, &stream);
        }
        struct fit_sample sample = fit_sample_make(spans_ns, DRAWS);
        struct law_fit fit = law_fit_of(FIT_NORMAL, &sample);
        assert_true(law_fit_meets_zero(&fit, &sample));
        assert_int_equal(fit.law.negative, rule);
        expect_relative(law_fit_below_zero(&fit),
                        gsl_cdf_ugaussian_P(-fit.law.parameters[0] / fit.law.parameters[1]), 1e-12);
        fit_sample_reset(&sample);
    }
    static const int64_t narrow[] = {999, 1000, 1001, 1002};
    struct fit_sample sample = fit_sample_make(narrow, 4);
    struct law_fit fit = law_fit_of(FIT_NORMAL, &sample);
    assert_int_equal(fit.law.negative, NEGATIVE_ABSOLUTE);
    assert_false(law_fit_meets_zero(&fit, &sample));
    fit_sample_reset(&sample);
}

// Ranks decide whether times are correlated and workers differ.
static void fit_sample__equal_times__share_the_mean_of_their_ranks(void **state) {
    (void)state;
    static const double ranks[] = {4.5, 2, 8, 6.5, 9, 6.5, 1, 3, 10, 4.5};
    struct fit_sample sample = fit_sample_make(times, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        expect_within(sample.ranks[i], ranks[i], 0);
        assert_true(i == 0 || sample.ns[i - 1] <= sample.ns[i]);
    }
    assert_int_equal(sample.distinct, 8);
    assert_int_equal(sample.zeros, 0);
    expect_within(sample.mean_ns, 200, 1e-12);
    fit_sample_reset(&sample);
}

static double less_two(double x, void *context) {
    return exp(x) - *(const double *)context;
}

// A shape far from the first guess would not be found.
static void fit_root__a_root_outside_of_the_first_interval__is_found(void **state) {
    (void)state;
    double most = 1e30;
    double least = 1e-30;
    expect_within(fit_root(less_two, &most, 0, 1), log(1e30), 1e-9);
    expect_within(fit_root(less_two, &least, 0, 1), log(1e-30), 1e-9);
}

// If it failed, the distance would be held against a wrong bound. From tables of Kolmogorov's law:
// 1.358 for many times, and .409 for ten.
static void law_fit__distance_bound__is_that_of_the_tables(void **state) {
    (void)state;
    expect_relative(law_fit_distance_bound(1000000), 1.358e-3, 1e-3);
    expect_relative(law_fit_distance_bound(10), 0.409, 0.01);
}

// A number that fits but that no scenario takes would be printed for pasting.
static void law_fit__limits_of_numbers__are_those_of_scenarios(void **state) {
    (void)state;
    expect_within(FIT_NUMBER_LEAST, LAW_NUMBER_LEAST, 0);
    expect_within(FIT_NUMBER_MOST, LAW_NUMBER_MOST, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law_fit__every_law__has_the_greatest_likelihood),
        cmocka_unit_test(law_fit__every_law__has_the_largest_difference_of_shares_as_its_distance),
        cmocka_unit_test(law_fit__ten_times__have_the_intervals_of_the_tables),
        cmocka_unit_test(law_fit__times_that_differ_in_the_ninth_digit__keep_their_spread),
        cmocka_unit_test(law_fit__gamma_of_any_shape__has_a_distance),
        cmocka_unit_test(law_fit__many_times__have_the_intervals_of_large_samples),
        cmocka_unit_test(distribution_share__gamma_of_a_small_cv__is_nearly_normal),
        cmocka_unit_test(law_fit__times_that_a_law_cannot_give__are_refused_with_the_reason),
        cmocka_unit_test(law_fit__normal__has_the_rule_for_negative_draws_that_suits),
        cmocka_unit_test(fit_sample__equal_times__share_the_mean_of_their_ranks),
        cmocka_unit_test(fit_root__a_root_outside_of_the_first_interval__is_found),
        cmocka_unit_test(law_fit__distance_bound__is_that_of_the_tables),
        cmocka_unit_test(law_fit__limits_of_numbers__are_those_of_scenarios),
    };
    return cmocka_run_group_tests_name("law_fit", tests, NULL, NULL);
}
