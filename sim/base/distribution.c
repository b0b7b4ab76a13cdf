// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/distribution.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/gsl_stream.h"
#include "sim/base/measured_times.h"
#include "sim/base/sim_time.h"

#define TIME_FROM(least, allowed) LAW_PARAMETER_TIME, least, allowed, NAN
#define NUMBER_ABOVE(least) LAW_PARAMETER_NUMBER, least, 0, NAN

const struct law_entry law_table[LAW_COUNT] = {
    ROW(LAW_CONSTANT) = {"constant", "always the same time", 1, {{"value", TIME_FROM(0, 1)}}},
    ROW(LAW_UNIFORM) = {"uniform",
                        "equally likely between min and max",
                        2,
                        {{"min", TIME_FROM(0, 1)}, {"max", TIME_FROM(0, 1)}}},
    ROW(LAW_EXPONENTIAL) = {"exponential",
                            "memoryless, with the given mean",
                            1,
                            {{"mean", TIME_FROM(0, 0)}}},
    ROW(LAW_SHIFTED_EXPONENTIAL) = {"shifted_exponential",
                                    "shift plus an exponential time of the given mean",
                                    2,
                                    {{"shift", TIME_FROM(0, 1)}, {"mean", TIME_FROM(0, 0)}}},
    ROW(LAW_NORMAL) = {"normal",
                       "Gaussian; `negative` says what to do with a draw below zero",
                       2,
                       {{"mean", LAW_PARAMETER_TIME, -INFINITY, 1, 0.0}, {"std", TIME_FROM(0, 0)}}},
    ROW(LAW_LOGNORMAL) = {"lognormal",
                          "the logarithm of the time is Gaussian; mean and cv (coefficient of "
                          "variation) are those of the time itself",
                          2,
                          {{"mean", TIME_FROM(0, 0)}, {"cv", NUMBER_ABOVE(0)}}},
    ROW(LAW_GAMMA) =
        {"gamma",
         "gamma with the given mean and cv (coefficient of variation); its shape is 1/cv^2",
         2,
         {{"mean", TIME_FROM(0, 0)}, {"cv", NUMBER_ABOVE(0)}}},
    ROW(LAW_WEIBULL) = {"weibull",
                        "P(T > t) = exp(-(t/scale)^shape)",
                        2,
                        {{"scale", TIME_FROM(0, 0)}, {"shape", NUMBER_ABOVE(0)}}},
    ROW(LAW_PARETO) = {"pareto",
                       "P(T > t) = (scale/t)^shape from scale on: heavy tails",
                       2,
                       {{"scale", TIME_FROM(0, 0)}, {"shape", NUMBER_ABOVE(0)}}},
    ROW(LAW_ERLANG) = {"erlang",
                       "the sum of `stages` exponential times of equal means; mean is that of the "
                       "sum",
                       2,
                       {{"mean", TIME_FROM(0, 0)}, {"stages", LAW_PARAMETER_WHOLE, 0, 0, NAN}}},
    ROW(LAW_MIXTURE) = {"mixture",
                        "each time is drawn from one of the `parts`, which have any other law; a "
                        "part's `share` says how often, and one part may leave it out",
                        0,
                        {{0}}},
    ROW(LAW_TRACE) = {"trace",
                      "the rows of a file of measured times, in turn: worker w's number n takes "
                      "row (n + w floor(rows/P)) mod rows; with `worker`, of its own rows row n",
                      2,
                      {{"min", TIME_FROM(0, 1)}, {"mean", TIME_FROM(0, 1)}}},
    ROW(LAW_EMPIRICAL) = {"empirical",
                          "each time is a row of a file of measured times, drawn anew from all; "
                          "with `worker`, from its own",
                          2,
                          {{"min", TIME_FROM(0, 1)}, {"mean", TIME_FROM(0, 1)}}},
};

const char *const negative_rule_names[NEGATIVE_RULE_COUNT] = {ROW(NEGATIVE_ABSOLUTE) = "absolute",
                                                              ROW(NEGATIVE_CLIP) = "clip",
                                                              ROW(NEGATIVE_REDRAW) = "redraw"};

ROWS_COMPLETE(LAW_COUNT + NEGATIVE_RULE_COUNT);

struct distribution distribution_constant(int64_t span_ns) {
    REQUIRE(span_ns >= 0 && span_ns <= SIM_SPAN_MAX_NS);
    return (struct distribution){.law = LAW_CONSTANT, .parameters = {(double)span_ns}};
}

_Static_assert(sizeof(struct law_times) <= LAW_PARTS_MAX * sizeof(struct law_part),
               "a law is not larger for it");

bool distribution_is_measured(const struct distribution *distribution) {
    return distribution->law == LAW_TRACE || distribution->law == LAW_EMPIRICAL;
}

struct distribution distribution_part(const struct distribution *distribution, int index) {
    REQUIRE(index >= 0 && index < distribution->part_count);
    const struct law_part *part = &distribution->parts[index];
    struct distribution law = {
        .law = part->law, .negative = part->negative, .at_most = part->at_most};
    memcpy(law.parameters, part->parameters, sizeof law.parameters);
    return law;
}

// A negative normal draw, or one above a bound, occurs with probability below one for any law that
// the scenario accepts, but may be near it; after this many redraws the time is 0, or the bound.
enum { REDRAWS_MAX = 100000 };

static double sample_normal(const struct distribution *d, const gsl_rng *rng) {
    double x = d->parameters[0] + gsl_ran_gaussian(rng, d->parameters[1]);
    if (d->negative == NEGATIVE_REDRAW) {
        for (int i = 0; x < 0 && i < REDRAWS_MAX; i++) {
            x = d->parameters[0] + gsl_ran_gaussian(rng, d->parameters[1]);
        }
    }
    if (x < 0) {
        x = d->negative == NEGATIVE_ABSOLUTE ? -x : 0.0;
    }
    return x;
}

static double sample_lognormal(double mean, double cv, const gsl_rng *rng) {
    REQUIRE(mean > 0 && cv > 0);
    double variance = log1p(cv * cv); // of the logarithm
    return gsl_ran_lognormal(rng, log(mean) - variance / 2, sqrt(variance));
}

// As gsl_ran_exponential and gsl_ran_flat have it, to the bit, without the three calls through
// pointers: most times of most runs are of these laws.
static inline double sample_exponential(double mean, struct rng_stream *stream) {
    return -mean * log1p(-rng_stream_uniform(stream));
}
static inline double sample_uniform(double min, double max, struct rng_stream *stream) {
    double u = rng_stream_uniform(stream);
    return min * (1 - u) + max * u;
}

static double sample_by_gsl(const struct distribution *d, struct rng_stream *stream) {
    const double *p = d->parameters;
    gsl_rng rng = gsl_stream_view(stream);
    switch (d->law) {
    case LAW_NORMAL:
        return sample_normal(d, &rng);
    case LAW_LOGNORMAL:
        return sample_lognormal(p[0], p[1], &rng);
    case LAW_GAMMA:
        return gsl_ran_gamma(&rng, 1 / (p[1] * p[1]), p[0] * p[1] * p[1]);
    case LAW_WEIBULL:
        return gsl_ran_weibull(&rng, p[0], p[1]);
    case LAW_PARETO:
        return gsl_ran_pareto(&rng, p[1], p[0]);
    case LAW_ERLANG:
        return gsl_ran_erlang(&rng, p[0] / p[1], p[1]);
    case LAW_CONSTANT:
    case LAW_UNIFORM:
    case LAW_EXPONENTIAL:
    case LAW_SHIFTED_EXPONENTIAL:
    case LAW_MIXTURE:
    case LAW_TRACE:
    case LAW_EMPIRICAL:
    case LAW_COUNT:
        break;
    }
    check_failed("invariant", "a law of the table", __FILE__, __LINE__);
}

static inline double sample_real(const struct distribution *d, struct rng_stream *stream) {
    const double *p = d->parameters;
    switch (d->law) {
    case LAW_CONSTANT:
        return p[0];
    case LAW_UNIFORM:
        return sample_uniform(p[0], p[1], stream);
    case LAW_EXPONENTIAL:
        return sample_exponential(p[0], stream);
    case LAW_SHIFTED_EXPONENTIAL:
        return p[0] + sample_exponential(p[1], stream);
    default:
        return sample_by_gsl(d, stream);
    }
}

static double sample_within(const struct distribution *d, struct rng_stream *stream) {
    REQUIRE(d->at_most >= 0);
    double ns = sample_real(d, stream);
    for (int i = 0; d->at_most > 0 && ns > d->at_most; i++) {
        if (i == REDRAWS_MAX) {
            return d->at_most;
        }
        rng_stream_next_draw(stream);
        ns = sample_real(d, stream);
    }
    return ns;
}

static int choose_part(const struct distribution *d, const struct rng_stream *stream) {
    REQUIRE(d->part_count >= 1 && d->part_count <= LAW_PARTS_MAX);
    struct rng_stream beside;
    rng_stream_beside(stream, &beside);
    double left = rng_stream_uniform(&beside);
    int index = 0;
    while (index + 1 < d->part_count && left >= d->parts[index].share) {
        left -= d->parts[index++].share;
    }
    return index;
}

static double sample_mixture(const struct distribution *d, struct rng_stream *stream) {
    REQUIRE(d->law == LAW_MIXTURE);
    for (int i = 0;; i++) {
        struct distribution part = distribution_part(d, choose_part(d, stream));
        double ns = sample_within(&part, stream);
        if (d->at_most == 0 || ns <= d->at_most) {
            return ns;
        }
        if (i == REDRAWS_MAX) {
            return d->at_most;
        }
        rng_stream_next_draw(stream);
    }
}

static int64_t sample_measured(const struct distribution *d, struct rng_stream *stream) {
    const struct measured_times *measured = d->times.measured;
    uint32_t actor = rng_stream_actor(stream);
    REQUIRE(measured != NULL);
    return d->law == LAW_TRACE ? measured_times_in_turn(measured, actor, rng_stream_number(stream))
                               : measured_times_at(measured, actor, rng_stream_uniform(stream));
}

int64_t distribution_sample(const struct distribution *distribution, struct rng_stream *stream) {
    REQUIRE(distribution->law < LAW_COUNT);
    if (distribution_is_measured(distribution)) {
        return sample_measured(distribution, stream);
    }
    double ns = distribution->law == LAW_MIXTURE ? sample_mixture(distribution, stream)
                                                 : sample_within(distribution, stream);
    INVARIANT(ns >= 0);
    return ns < (double)SIM_SPAN_MAX_NS ? llrint(ns) : SIM_SPAN_MAX_NS;
}

// Of any law but a mixture.
static double least_of(const struct distribution *distribution) {
    switch (distribution->law) {
    case LAW_CONSTANT:
    case LAW_UNIFORM:
    case LAW_SHIFTED_EXPONENTIAL:
    case LAW_PARETO:
    case LAW_TRACE:
    case LAW_EMPIRICAL:
        return distribution->parameters[0];
    case LAW_EXPONENTIAL:
    case LAW_NORMAL:
    case LAW_LOGNORMAL:
    case LAW_GAMMA:
    case LAW_WEIBULL:
    case LAW_ERLANG:
    case LAW_MIXTURE:
    case LAW_COUNT:
        break;
    }
    return 0;
}

double distribution_least(const struct distribution *distribution) {
    REQUIRE(distribution->law < LAW_COUNT);
    double least = distribution->law == LAW_MIXTURE ? (double)INFINITY : least_of(distribution);
    for (int i = 0; i < distribution->part_count; i++) {
        struct distribution part = distribution_part(distribution, i);
        least = distribution->parts[i].share > 0 ? fmin(least, least_of(&part)) : least;
    }
    return least;
}

// ---- the distribution function ----

// P(T <= x) of the normal law after the rule for negative draws. Requires: x >= 0.
static double share_of_normal(const struct distribution *d, double x) {
    double m = d->parameters[0];
    double s = d->parameters[1];
    double share = gsl_cdf_gaussian_P(x - m, s);
    REQUIRE(x >= 0 && s > 0);
    switch (d->negative) {
    case NEGATIVE_ABSOLUTE:
        return share - gsl_cdf_gaussian_P(-x - m, s);
    case NEGATIVE_REDRAW:
        return (share - gsl_cdf_gaussian_P(-m, s)) / gsl_cdf_gaussian_Q(-m, s);
    case NEGATIVE_CLIP:
    case NEGATIVE_RULE_COUNT:
        break;
    }
    return share;
}

static double share_of_lognormal(double mean, double cv, double x) {
    REQUIRE(mean > 0 && cv > 0);
    double variance = log1p(cv * cv); // of the logarithm
    return x > 0 ? gsl_cdf_lognormal_P(x, log(mean) - variance / 2, sqrt(variance)) : 0;
}

// Of large shapes by the cube root of Wilson and Hilferty (within 1e-7 there): GSL's own is wrong
// by up to .16 (of shape 1e10; by .005 of 8e5).
static double share_of_gamma(double mean, double shape, double x) {
    REQUIRE(mean > 0 && shape > 0);
    return shape < 1e5
               ? gsl_cdf_gamma_P(x / mean * shape, shape, 1)
               : gsl_cdf_ugaussian_P((cbrt(x / mean) - 1 + 1 / (9 * shape)) * sqrt(9 * shape));
}

// Without a bound, and of any law but a mixture. Requires: x >= 0.
static double share_of(const struct distribution *d, double x) {
    const double *p = d->parameters;
    switch (d->law) {
    case LAW_CONSTANT:
        return x >= p[0];
    case LAW_UNIFORM:
        return x >= p[1] ? 1 : gsl_cdf_flat_P(x, p[0], p[1]);
    case LAW_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, p[0]);
    case LAW_SHIFTED_EXPONENTIAL:
        return gsl_cdf_exponential_P(x - p[0], p[1]);
    case LAW_NORMAL:
        return share_of_normal(d, x);
    case LAW_LOGNORMAL:
        return share_of_lognormal(p[0], p[1], x);
    case LAW_GAMMA:
        return share_of_gamma(p[0], 1 / (p[1] * p[1]), x);
    case LAW_WEIBULL:
        return gsl_cdf_weibull_P(x, p[0], p[1]);
    case LAW_PARETO:
        return x <= p[0] ? 0 : gsl_cdf_pareto_P(x, p[1], p[0]);
    case LAW_ERLANG:
        return share_of_gamma(p[0], p[1], x);
    case LAW_TRACE:
    case LAW_EMPIRICAL:
        REQUIRE(d->times.measured != NULL);
        return measured_times_share(d->times.measured, x);
    case LAW_MIXTURE:
    case LAW_COUNT:
        break;
    }
    check_failed("invariant", "a law of the table", __FILE__, __LINE__);
}

// Without its own bound; parts have theirs.
static double share_unbounded(const struct distribution *d, double x) {
    REQUIRE(x >= 0);
    double share = d->law == LAW_MIXTURE ? 0 : share_of(d, x);
    for (int i = 0; i < d->part_count; i++) {
        struct distribution part = distribution_part(d, i);
        bool within = part.at_most == 0 || x < part.at_most;
        double whole = part.at_most == 0 ? 1 : share_of(&part, part.at_most);
        share += d->parts[i].share * (within ? share_of(&part, x) / whole : 1);
    }
    return fmin(share, 1);
}

double distribution_share(const struct distribution *distribution, double ns) {
    double most = distribution->at_most;
    REQUIRE(distribution->law < LAW_COUNT && most >= 0);
    if (ns < 0) {
        return 0;
    }
    if (most == 0) {
        return share_unbounded(distribution, ns);
    }
    return ns >= most ? 1 : share_unbounded(distribution, ns) / share_unbounded(distribution, most);
}

// ---- means ----

// E of the normal law after the rule for negative draws; m/s = a, with phi and Phi of the standard
// normal: absolute s(2 phi(a) + a (2 Phi(a) - 1)); clip s(phi(a) + a Phi(a)); redraw m + s
// phi(a)/Phi(a).
static double mean_normal(const struct distribution *d) {
    double m = d->parameters[0];
    double s = d->parameters[1];
    REQUIRE(s > 0);
    double density = gsl_ran_ugaussian_pdf(m / s);
    double below = gsl_cdf_ugaussian_P(m / s);
    switch (d->negative) {
    case NEGATIVE_ABSOLUTE:
        return 2 * s * density + m * (2 * below - 1);
    case NEGATIVE_CLIP:
        return s * density + m * below;
    case NEGATIVE_REDRAW:
    case NEGATIVE_RULE_COUNT:
        break;
    }
    return m + s * density / below;
}

static double mean_unbounded(const struct distribution *d) {
    const double *p = d->parameters;
    switch (d->law) {
    case LAW_UNIFORM:
        return (p[0] + p[1]) / 2;
    case LAW_SHIFTED_EXPONENTIAL:
        return p[0] + p[1];
    case LAW_NORMAL:
        return mean_normal(d);
    case LAW_WEIBULL:
        return p[0] * tgamma(1 + 1 / p[1]);
    case LAW_PARETO:
        return p[1] > 1 ? p[0] * p[1] / (p[1] - 1) : (double)INFINITY;
    case LAW_TRACE:
    case LAW_EMPIRICAL:
        return p[LAW_MEASURED_MEAN];
    case LAW_CONSTANT:
    case LAW_EXPONENTIAL:
    case LAW_LOGNORMAL:
    case LAW_GAMMA:
    case LAW_ERLANG:
    case LAW_MIXTURE:
    case LAW_COUNT:
        break;
    }
    return p[0];
}

// The share above least + e^v, per v.
static double share_above(double v, void *context) {
    const struct distribution *d = context;
    double x = exp(v);
    return (1 - distribution_share(d, distribution_least(d) + x)) * x;
}

// The least sample and the integral of the share above, over the logarithm of the time: a bound may
// lie many powers of ten above what the law mostly gives.
static double mean_bounded(const struct distribution *d) {
    double least = distribution_least(d);
    double width =
        (d->law == LAW_UNIFORM ? fmin(d->at_most, d->parameters[1]) : d->at_most) - least;
    const double first = 1e-6; // ns: up to there the share above is taken for 1
    double rest = 0;
    if (width <= first) {
        return least + fmax(width, 0);
    }
    gsl_integration_cquad_workspace *space = gsl_integration_cquad_workspace_alloc(200);
    struct distribution law = *d;
    gsl_function above = {share_above, &law};
    gsl_integration_cquad(&above, log(first), log(width), 0, 1e-10, space, &rest, NULL, NULL);
    gsl_integration_cquad_workspace_free(space);
    return least + first + rest;
}

// Of any law but a mixture, with its bound.
static double mean_of(const struct distribution *d) {
    bool bounded = d->at_most > 0 && d->law != LAW_CONSTANT && share_of(d, d->at_most) < 1;
    return bounded ? mean_bounded(d) : mean_unbounded(d);
}

double distribution_mean(const struct distribution *distribution) {
    REQUIRE(distribution->law < LAW_COUNT);
    double mean = 0;
    if (distribution->law != LAW_MIXTURE) {
        return mean_of(distribution);
    }
    if (distribution->at_most > 0 && share_unbounded(distribution, distribution->at_most) < 1) {
        return mean_bounded(distribution);
    }
    for (int i = 0; i < distribution->part_count; i++) {
        struct distribution part = distribution_part(distribution, i);
        mean +=
            distribution->parts[i].share > 0 ? distribution->parts[i].share * mean_of(&part) : 0;
    }
    return mean;
}
