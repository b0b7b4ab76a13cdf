// SPDX-License-Identifier: GPL-3.0-or-later
// distribution: every law samples what it says, rounded as stated, and its stated mean is its mean.
// Samples are drawn as the simulator draws them: one stream for each number. Seeds are fixed, so
// each test either always passes or never does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/distribution.h"
#include "sim/base/sim_time.h"
#include "tests/support/expect.h"

#define MS 1e6 // ns

static int64_t sample_number(const struct distribution *law, uint32_t actor, uint32_t number) {
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, actor, number, 0);
    return distribution_sample(law, &stream);
}

// ---- laws against their cumulative distribution functions ----

struct law_case {
    struct distribution law;
    double (*cdf)(const double *parameters, double ns);
    double variance; // in closed form; 0 where it is infinite or not compared
};

static double cdf_uniform(const double *p, double x) {
    return gsl_cdf_flat_P(x, p[0], p[1]);
}

static double cdf_exponential(const double *p, double x) {
    return gsl_cdf_exponential_P(x, p[0]);
}

static double cdf_shifted(const double *p, double x) {
    return gsl_cdf_exponential_P(x - p[0], p[1]);
}

static double cdf_normal(const double *p, double x) {
    return gsl_cdf_gaussian_P(x - p[0], p[1]);
}

static double cdf_absolute(const double *p, double x) {
    return gsl_cdf_gaussian_P(x - p[0], p[1]) - gsl_cdf_gaussian_P(-x - p[0], p[1]);
}

static double cdf_clip(const double *p, double x) {
    return x < 0 ? 0 : gsl_cdf_gaussian_P(x - p[0], p[1]);
}

// Of a normal law that is above 0.
static double cdf_redraw(const double *p, double x) {
    double below_0 = gsl_cdf_gaussian_P(-p[0], p[1]);
    return (gsl_cdf_gaussian_P(x - p[0], p[1]) - below_0) / (1 - below_0);
}

// From mean m and coefficient of variation c of the time: sigma^2 = ln(1 + c^2), zeta = ln m -
// sigma^2/2.
static double cdf_lognormal(const double *p, double x) {
    double variance = log1p(p[1] * p[1]);
    return gsl_cdf_lognormal_P(x, log(p[0]) - variance / 2, sqrt(variance));
}

// Shape 1/c^2 and scale m c^2.
static double cdf_gamma(const double *p, double x) {
    return gsl_cdf_gamma_P(x, 1 / (p[1] * p[1]), p[0] * p[1] * p[1]);
}

static double cdf_weibull(const double *p, double x) {
    return 1 - exp(-pow(x / p[0], p[1]));
}

static double cdf_pareto(const double *p, double x) {
    return x < p[0] ? 0 : 1 - pow(p[0] / x, p[1]);
}

// At least so many events of a Poisson process.
static double cdf_erlang(const double *p, double x) {
    return x > 0 ? gsl_cdf_poisson_Q((unsigned)p[1] - 1, x * p[1] / p[0]) : 0;
}

// Of an exponential law of mean 200 ms below 100 ms.
static double cdf_bounded(const double *p, double x) {
    return expm1(-fmin(x, 100 * MS) / p[0]) / expm1(-100 * MS / p[0]);
}

// Of the mixture below.
static double cdf_mixture(const double *p, double x) {
    (void)p;
    return .75 * gsl_cdf_exponential_P(x, 100 * MS) + .25 * gsl_cdf_flat_P(x, 1e9, 2e9);
}

#define TWO_PARTS                                                                                  \
    {                                                                                              \
        {.name = "fast", .share = .75, .law = LAW_EXPONENTIAL, .parameters = {100 * MS}}, {        \
            .name = "slow", .share = .25, .law = LAW_UNIFORM, .parameters = { 1e9, 2e9 }           \
        }                                                                                          \
    }

static const struct law_case law_cases[] = {
    {{.law = LAW_UNIFORM, .parameters = {180 * MS, 220 * MS}}, cdf_uniform, 40 * MS * 40 * MS / 12},
    {{.law = LAW_EXPONENTIAL, .parameters = {200 * MS}}, cdf_exponential, 200 * MS * 200 * MS},
    {{.law = LAW_SHIFTED_EXPONENTIAL, .parameters = {150 * MS, 50 * MS}},
     cdf_shifted,
     50 * MS * 50 * MS},
    {{.law = LAW_NORMAL, .parameters = {900 * MS, 100 * MS}}, cdf_normal, 100 * MS * 100 * MS},
    {{.law = LAW_NORMAL, .parameters = {0, 250 * MS}}, cdf_absolute, 0},
    {{.law = LAW_NORMAL, .parameters = {100 * MS, 250 * MS}}, cdf_absolute, 0},
    {{.law = LAW_NORMAL, .parameters = {-100 * MS, 250 * MS}, .negative = NEGATIVE_REDRAW},
     cdf_redraw,
     0},
    {{.law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = NEGATIVE_REDRAW}, cdf_redraw, 0},
    {{.law = LAW_LOGNORMAL, .parameters = {200 * MS, 0.5}}, cdf_lognormal, 100 * MS * 100 * MS},
    {{.law = LAW_GAMMA, .parameters = {200 * MS, 0.5}}, cdf_gamma, 100 * MS * 100 * MS},
    {{.law = LAW_GAMMA, .parameters = {200 * MS, 2.0}}, cdf_gamma, 400 * MS * 400 * MS},
    // Weibull's variance: scale^2 (Gamma(1 + 2/k) - Gamma(1 + 1/k)^2); for k = 2, 1 - pi/4.
    {{.law = LAW_WEIBULL, .parameters = {200 * MS, 2.0}},
     cdf_weibull,
     200 * MS * 200 * MS *(1 - M_PI / 4)},
    // Pareto's: scale^2 a / ((a - 1)^2 (a - 2)); for a = 9, 9/448.
    {{.law = LAW_PARETO, .parameters = {200 * MS, 9.0}}, cdf_pareto, 200 * MS * 200 * MS * 9 / 448},
    {{.law = LAW_PARETO, .parameters = {200 * MS, 2.5}}, cdf_pareto, 0},
    {{.law = LAW_ERLANG, .parameters = {200 * MS, 1}}, cdf_exponential, 200 * MS * 200 * MS},
    {{.law = LAW_ERLANG, .parameters = {200 * MS, 4}}, cdf_erlang, 100 * MS * 100 * MS},
    {{.law = LAW_ERLANG, .parameters = {200 * MS, 400}}, cdf_erlang, 10 * MS * 10 * MS},
    // An exponential law of rate r below A: 1/r^2 - A^2 e^(rA)/(e^(rA) - 1)^2.
    {{.law = LAW_EXPONENTIAL, .parameters = {200 * MS}, .at_most = 100 * MS},
     cdf_bounded,
     MS *MS *(40000 - 10000 * 1.6487212707001282 / 0.42083928701674104)},
    // E X^2 - (E X)^2: 3/4 2 m^2 + 1/4 (1500^2 + 1000^2/12) - 450^2, in ms.
    {{.law = LAW_MIXTURE, .part_count = 2, .parts = TWO_PARTS},
     cdf_mixture,
     MS *MS *(.75 * 2e4 + .25 * (2.25e6 + 1e6 / 12) - 450 * 450)},
};

enum { CASES = sizeof law_cases / sizeof law_cases[0], SAMPLES = 20000 };

// A law that no case draws from could be any other. (Steps are no continuous law: those are in
// test_measured_times.c.)
static void law_table__every_law_but_constant__has_a_case(void **state) {
    (void)state;
    int cases[LAW_COUNT] = {[LAW_CONSTANT] = 1, [LAW_TRACE] = 1, [LAW_EMPIRICAL] = 1};
    for (size_t i = 0; i < CASES; i++) {
        cases[law_cases[i].law.law]++;
    }
    for (int law = 0; law < LAW_COUNT; law++) {
        if (cases[law] == 0) {
            fail_msg("no case of the law '%s'", law_table[law].name);
        }
    }
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sample_case(size_t index, double samples[SAMPLES]) {
    for (uint32_t i = 0; i < SAMPLES; i++) {
        samples[i] = (double)sample_number(&law_cases[index].law, (uint32_t)index, i);
    }
    qsort(samples, SAMPLES, sizeof *samples, compare_doubles);
}

// Kolmogorov and Smirnov: sqrt(n) times the largest distance of the sampled from the true
// distribution function exceeds 2.23 once in 10,000 times. A wrong parameter (a rate for a mean, a
// variance for a standard deviation) exceeds it by far.
static void distribution_sample__every_law__fits_its_distribution_function(void **state) {
    (void)state;
    static double samples[SAMPLES];
    for (size_t i = 0; i < CASES; i++) {
        sample_case(i, samples);
        double distance = 0;
        for (int j = 0; j < SAMPLES; j++) {
            double p = law_cases[i].cdf(law_cases[i].law.parameters, samples[j]);
            distance = fmax(distance, fmax((j + 1.0) / SAMPLES - p, p - (double)j / SAMPLES));
        }
        if (!(distance * sqrt(SAMPLES) < 2.23)) {
            print_error("case %zu, %s: %g\n", i, law_table[law_cases[i].law.law].name,
                        distance * sqrt(SAMPLES));
            fail();
        }
    }
}

// The mean of (x - centre)^power.
static double moment(const double samples[SAMPLES], double centre, int power) {
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        sum += pow(samples[i] - centre, power);
    }
    return sum / SAMPLES;
}

// The closed forms of the theory tests start from distribution_mean; the variances are textbook.
// Within 4 standard errors, the errors taken from the sample.
static void distribution_mean__every_law__is_the_mean_of_samples(void **state) {
    (void)state;
    static double samples[SAMPLES];
    for (size_t i = 0; i < CASES; i++) {
        sample_case(i, samples);
        double mean = distribution_mean(&law_cases[i].law);
        double variance = moment(samples, mean, 2);
        expect_within(moment(samples, mean, 1), 0, 4 * sqrt(variance / SAMPLES));
        if (law_cases[i].variance > 0) {
            double spread = moment(samples, mean, 4) - variance * variance;
            expect_within(variance, law_cases[i].variance, 4 * sqrt(spread / SAMPLES));
        }
    }
}

// ---- means in closed form ----

static double mean_of(enum law law, double first, double second, enum negative_rule negative) {
    struct distribution distribution = {
        .law = law, .parameters = {first, second}, .negative = negative};
    return distribution_mean(&distribution);
}

// E|N| = sqrt(2/pi) sigma and E max(0, N) = sigma/sqrt(2 pi): 0.797885 and 0.398942. A half-normal
// redrawn has the mean of |N|.
static void distribution_mean__normal_around_0__is_the_closed_form(void **state) {
    (void)state;
    expect_relative(mean_of(LAW_NORMAL, 0, 1, NEGATIVE_ABSOLUTE), sqrt(2 / M_PI), 1e-14);
    expect_relative(mean_of(LAW_NORMAL, 0, 1, NEGATIVE_ABSOLUTE), 0.797885, 1e-6);
    expect_relative(mean_of(LAW_NORMAL, 0, 1, NEGATIVE_CLIP), 1 / sqrt(2 * M_PI), 1e-14);
    expect_relative(mean_of(LAW_NORMAL, 0, 1, NEGATIVE_CLIP), 0.398942, 2e-6);
    expect_relative(mean_of(LAW_NORMAL, 0, 1, NEGATIVE_REDRAW), sqrt(2 / M_PI), 1e-14);
}

// Textbook means of the others.
static void distribution_mean__other_laws__are_the_closed_forms(void **state) {
    (void)state;
    expect_relative(mean_of(LAW_CONSTANT, 7, 0, 0), 7, 0);
    expect_relative(mean_of(LAW_UNIFORM, 180, 220, 0), 200, 0);
    expect_relative(mean_of(LAW_EXPONENTIAL, 200, 0, 0), 200, 0);
    expect_relative(mean_of(LAW_SHIFTED_EXPONENTIAL, 150, 50, 0), 200, 0);
    expect_relative(mean_of(LAW_LOGNORMAL, 200, 3, 0), 200, 0);
    expect_relative(mean_of(LAW_GAMMA, 200, 3, 0), 200, 0);
    expect_relative(mean_of(LAW_ERLANG, 200, 3, 0), 200, 0);
    expect_relative(mean_of(LAW_WEIBULL, 200, 2, 0), 200 * sqrt(M_PI) / 2, 1e-14);
    expect_relative(mean_of(LAW_WEIBULL, 200, 1, 0), 200, 1e-14);
    expect_relative(mean_of(LAW_PARETO, 200, 5, 0), 250, 1e-15);
    assert_true(isinf(mean_of(LAW_PARETO, 200, 1, 0)));
    assert_true(isinf(mean_of(LAW_PARETO, 200, 0.5, 0)));
}

// ---- the distribution function ----

// The quadratures of theory and the fits take it for the truth.
static void distribution_share__every_law__is_the_textbook_function(void **state) {
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        const struct distribution *law = &law_cases[i].law;
        double most = law->at_most > 0 ? law->at_most : 4000 * MS;
        for (double x = 0; x <= most; x += most / 64) {
            double expected =
                x == most && law->at_most > 0 ? 1 : law_cases[i].cdf(law->parameters, x);
            expect_within(distribution_share(law, x), fmax(expected, 0), 1e-12);
        }
        assert_true(distribution_share(law, -1) == 0);
    }
}

// A law for waiting that is mostly 0 would seem to have no zeros.
static void distribution_share__normal_law_clipped__has_its_atom_at_0(void **state) {
    (void)state;
    const struct distribution clip = {
        .law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = NEGATIVE_CLIP};
    expect_within(distribution_share(&clip, 0), 0.5, 1e-15);
    expect_within(distribution_share(&clip, 250 * MS), cdf_clip(clip.parameters, 250 * MS), 1e-15);
}

// A bound of a constant, and theory, would find no time that is certain.
static void distribution_share__constant__is_a_step(void **state) {
    (void)state;
    const struct distribution law = distribution_constant(7);
    assert_true(distribution_share(&law, 6.999) == 0);
    assert_true(distribution_share(&law, 7) == 1);
}

// ---- bounds ----

// Under a bound that only some spans exceed, all others are the same to the bit: common random
// numbers. Those that exceed it are drawn again from the same law.
static void distribution_sample__bound__changes_only_what_exceeds_it(void **state) {
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct distribution bounded = law_cases[i].law;
        double mean = distribution_mean(&law_cases[i].law);
        int changed = 0;
        bounded.at_most = floor(mean);
        for (uint32_t number = 0; number < 1000; number++) {
            int64_t free_ns = sample_number(&law_cases[i].law, 0, number);
            int64_t bounded_ns = sample_number(&bounded, 0, number);
            assert_true((double)bounded_ns <= bounded.at_most);
            assert_true((double)free_ns > bounded.at_most + .5 || free_ns == bounded_ns);
            changed += free_ns != bounded_ns;
        }
        assert_in_range(changed, 100, 900);
    }
}

// A redraw is the next draw of the key, not the rest of this one: else another law of the same key
// would give another redraw, though its draw was the same.
static void distribution_sample__above_its_bound__takes_the_next_draw_of_the_key(void **state) {
    (void)state;
    const struct distribution bounded = {
        .law = LAW_EXPONENTIAL, .parameters = {200 * MS}, .at_most = 100 * MS};
    const struct distribution unbounded = {.law = LAW_EXPONENTIAL, .parameters = {200 * MS}};
    for (uint32_t number = 0; number < 100; number++) {
        struct rng_stream stream;
        int64_t expected = INT64_MAX;
        for (uint32_t draw = 0; (double)expected > 100 * MS; draw++) {
            rng_stream_init(&stream, 1, RNG_TEST, 0, number, draw);
            expected = distribution_sample(&unbounded, &stream);
        }
        assert_true(sample_number(&bounded, 0, number) == expected);
    }
}

// The paper's barrier waits for the slowest of 12 (or 13, or 25) delays: E[max] of that many |N|
// and max(0, N) in units of sigma, by numerical integration. 20,000 rounds, within 4 standard
// errors.
static void distribution_sample__largest_of_n_normal_delays__has_the_known_mean(void **state) {
    (void)state;
    static const struct {
        enum negative_rule negative;
        uint32_t count;
        double expected;
    } rows[] = {{NEGATIVE_ABSOLUTE, 12, 1.95830}, {NEGATIVE_ABSOLUTE, 13, 1.99181},
                {NEGATIVE_ABSOLUTE, 25, 2.25353}, {NEGATIVE_CLIP, 12, 1.62925},
                {NEGATIVE_CLIP, 13, 1.66800},     {NEGATIVE_CLIP, 25, 1.96531}};
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        struct distribution law = {
            .law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = rows[row].negative};
        double sum = 0;
        double squares = 0;
        for (uint32_t round = 0; round < SAMPLES; round++) {
            int64_t largest = 0;
            for (uint32_t worker = 0; worker < rows[row].count; worker++) {
                int64_t delay = sample_number(&law, worker, round);
                largest = delay > largest ? delay : largest;
            }
            double x = (double)largest / (250 * MS) - rows[row].expected;
            sum += x;
            squares += x * x;
        }
        expect_within(sum / SAMPLES, 0, 4 * sqrt(squares / SAMPLES / SAMPLES));
    }
}

// ---- negative draws ----

// One draw under the three rules: turned around, cut off, or drawn again; where it is positive, all
// three agree.
static void distribution_sample__negative_draw__follows_the_rule(void **state) {
    (void)state;
    struct distribution absolute = {.law = LAW_NORMAL, .parameters = {0, 250 * MS}};
    struct distribution clip = {
        .law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = NEGATIVE_CLIP};
    struct distribution redraw = {
        .law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = NEGATIVE_REDRAW};
    int clipped = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        int64_t turned = sample_number(&absolute, 0, i);
        int64_t cut = sample_number(&clip, 0, i);
        int64_t again = sample_number(&redraw, 0, i);
        assert_true(turned > 0 && again > 0);
        assert_true(cut == 0 || cut == turned);
        assert_true(cut == 0 ? again != turned : again == turned);
        clipped += cut == 0;
    }
    assert_in_range(clipped, 4800, 5200); // 5000 +- 4 standard deviations of 50
}

// A law that is almost never positive must not hang the simulator.
static void distribution_sample__hopeless_redraw__ends_at_0(void **state) {
    (void)state;
    struct distribution law = {
        .law = LAW_NORMAL, .parameters = {-1000 * MS, 1 * MS}, .negative = NEGATIVE_REDRAW};
    assert_true(sample_number(&law, 0, 0) == 0);
}

// ---- rounding and bounds ----

// To the nearest nanosecond, half to even: half up would lengthen every run of ties.
static void distribution_sample__half_a_nanosecond__goes_to_even(void **state) {
    (void)state;
    static const double values[] = {0, 0.25, 0.5, 0.75, 1.5, 2.5, 3.5, 1e15 + 0.5};
    static const int64_t expected[] = {0, 0, 0, 1, 2, 2, 4, 1000000000000000};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct distribution law = {.law = LAW_CONSTANT, .parameters = {values[i]}};
        int64_t span_ns = -1;
        assert_true(sample_number(&law, 0, 0) == expected[i]);
        assert_true(distribution_is_constant(&law, &span_ns));
        assert_true(span_ns == expected[i]);
    }
}

// A heavy tail beyond the clock is held at the longest span, not wrapped around into the past.
static void distribution_sample__heavy_tail__is_held_at_the_longest_span(void **state) {
    (void)state;
    struct distribution law = {.law = LAW_PARETO, .parameters = {200 * MS, 0.01}};
    int held = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        int64_t span_ns = sample_number(&law, 0, i);
        assert_true(span_ns >= 200000000 && span_ns <= SIM_SPAN_MAX_NS);
        held += span_ns == SIM_SPAN_MAX_NS;
    }
    assert_true(held > 500);
}

// Constants need no stream and must not use one up.
static void distribution_is_constant__only_the_constant_law__is(void **state) {
    (void)state;
    struct distribution constant = distribution_constant(INT64_C(123456789));
    int64_t span_ns = 0;
    assert_true(distribution_is_constant(&constant, &span_ns));
    assert_true(span_ns == 123456789);
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    assert_true(distribution_sample(&constant, &stream) == 123456789);
    assert_true(stream.draws == 0);
    for (size_t i = 0; i < CASES; i++) {
        span_ns = -1;
        assert_false(distribution_is_constant(&law_cases[i].law, &span_ns));
        assert_true(span_ns == -1);
    }
}

// ---- the table of laws ----

// The parser, the canonical form and the documentation all read this table: a hole in it would be a
// law that cannot be written down.
static void law_table__every_law__has_name_summary_and_parameters(void **state) {
    (void)state;
    for (int law = 0; law < LAW_COUNT; law++) {
        const struct law_entry *entry = &law_table[law];
        assert_non_null(entry->name);
        assert_non_null(entry->summary);
        assert_in_range(entry->parameter_count, law == LAW_MIXTURE ? 0 : 1, LAW_PARAMETERS_MAX);
        for (int i = 0; i < LAW_PARAMETERS_MAX; i++) {
            assert_int_equal(entry->parameters[i].name != NULL, i < entry->parameter_count);
        }
        for (int other = 0; other < law; other++) {
            assert_string_not_equal(entry->name, law_table[other].name);
        }
    }
    for (int rule = 0; rule < NEGATIVE_RULE_COUNT; rule++) {
        assert_non_null(negative_rule_names[rule]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law_table__every_law_but_constant__has_a_case),
        cmocka_unit_test(distribution_sample__every_law__fits_its_distribution_function),
        cmocka_unit_test(distribution_mean__every_law__is_the_mean_of_samples),
        cmocka_unit_test(distribution_mean__normal_around_0__is_the_closed_form),
        cmocka_unit_test(distribution_mean__other_laws__are_the_closed_forms),
        cmocka_unit_test(distribution_share__every_law__is_the_textbook_function),
        cmocka_unit_test(distribution_share__normal_law_clipped__has_its_atom_at_0),
        cmocka_unit_test(distribution_share__constant__is_a_step),
        cmocka_unit_test(distribution_sample__bound__changes_only_what_exceeds_it),
        cmocka_unit_test(distribution_sample__above_its_bound__takes_the_next_draw_of_the_key),
        cmocka_unit_test(distribution_sample__largest_of_n_normal_delays__has_the_known_mean),
        cmocka_unit_test(distribution_sample__negative_draw__follows_the_rule),
        cmocka_unit_test(distribution_sample__hopeless_redraw__ends_at_0),
        cmocka_unit_test(distribution_sample__half_a_nanosecond__goes_to_even),
        cmocka_unit_test(distribution_sample__heavy_tail__is_held_at_the_longest_span),
        cmocka_unit_test(distribution_is_constant__only_the_constant_law__is),
        cmocka_unit_test(law_table__every_law__has_name_summary_and_parameters),
    };
    return cmocka_run_group_tests_name("distribution", tests, NULL, NULL);
}
