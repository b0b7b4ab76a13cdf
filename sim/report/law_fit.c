// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/law_fit.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdbool.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/report/fit_root.h"

// Both tails of an interval of 95 %, and one tail.
#define TAIL 0.025
#define WHOLE_TAIL 0.05

// From here on quantiles by formulas for many degrees of freedom.
#define CHI_SQUARED_MANY 1e3
#define STUDENT_MANY 1e5

static double sample_size(const struct fit_sample *sample) {
    return (double)sample->count;
}

// log of the product of the times, in ns.
static double sum_of_logs(const struct fit_sample *sample) {
    REQUIRE(sample->zeros == 0);
    return sample_size(sample) * (log(sample->mean_ns) + sample->log_mean);
}

static void set_interval(struct law_fit *fit, int parameter, double value, double low,
                         double high) {
    REQUIRE(parameter < LAW_PARAMETERS_MAX);
    fit->law.parameters[parameter] = value;
    fit->low[parameter] = low;
    fit->high[parameter] = high;
}

// Where the chi-squared law of so many degrees of freedom has this share below: of many by the cube
// root of Wilson and Hilferty (within 2e-6 there), since GSL's search does not always end.
static double chi_squared(double share, double degrees) {
    REQUIRE(degrees > 0);
    double spread = 2 / (9 * degrees);
    return degrees < CHI_SQUARED_MANY
               ? gsl_cdf_chisq_Pinv(share, degrees)
               : degrees * gsl_pow_3(1 - spread + gsl_cdf_ugaussian_Pinv(share) * sqrt(spread));
}

static double student(double tail, double degrees) {
    REQUIRE(degrees > 0);
    return degrees < STUDENT_MANY ? gsl_cdf_tdist_Qinv(tail, degrees)
                                  : gsl_cdf_ugaussian_Qinv(tail);
}

// sum / scale has the chi-squared law of so many degrees of freedom.
static void set_scale(struct law_fit *fit, int parameter, double value, double sum,
                      double degrees) {
    set_interval(fit, parameter, value, sum / chi_squared(1 - TAIL, degrees),
                 sum / chi_squared(TAIL, degrees));
}

// How far a bound may lie beyond the outermost of n times, in units of the mean distance from it
// (exponential) or of the range (uniform): P(more than u) = (1 + u)^-(n - 1) in both.
static double beyond(const struct fit_sample *sample) {
    REQUIRE(sample->count > 1);
    return expm1(-log(WHOLE_TAIL) / (sample_size(sample) - 1));
}

// ---- the laws, each with its fit and its distribution function ----

static void fit_constant(struct law_fit *fit, const struct fit_sample *sample) {
    set_interval(fit, 0, sample->least_ns, sample->least_ns, sample->least_ns);
    fit->log_likelihood = (double)INFINITY;
}

static void fit_uniform(struct law_fit *fit, const struct fit_sample *sample) {
    double range = sample->most_ns - sample->least_ns;
    double out = range * beyond(sample);
    set_interval(fit, 0, sample->least_ns, fmax(sample->least_ns - out, 0), sample->least_ns);
    set_interval(fit, 1, sample->most_ns, sample->most_ns, sample->most_ns + out);
    fit->log_likelihood = -sample_size(sample) * log(range);
}

static void fit_exponential(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    set_scale(fit, 0, sample->mean_ns, 2 * n * sample->mean_ns, 2 * n);
    fit->log_likelihood = -n * (log(sample->mean_ns) + 1);
}

static void fit_shifted_exponential(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double mean = sample->mean_ns - sample->least_ns;
    set_interval(fit, 0, sample->least_ns, fmax(sample->least_ns - mean * beyond(sample), 0),
                 sample->least_ns);
    set_scale(fit, 1, mean, 2 * n * mean, 2 * (n - 1));
    fit->log_likelihood = -n * (log(mean) + 1);
}

static void fit_normal(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double std = sqrt(sample->variance_ns2);
    double reach = student(TAIL, n - 1) * std / sqrt(n - 1);
    set_interval(fit, 0, sample->mean_ns, sample->mean_ns - reach, sample->mean_ns + reach);
    set_scale(fit, 1, std, n * sample->variance_ns2, n - 1);
    fit->low[1] = sqrt(fit->low[1]);
    fit->high[1] = sqrt(fit->high[1]);
    fit->log_likelihood = -n / 2 * (log(2 * M_PI * sample->variance_ns2) + 1);
}

static void fit_half_normal(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    set_scale(fit, 1, sqrt(sample->square_ns2), n * sample->square_ns2, n);
    fit->low[1] = sqrt(fit->low[1]);
    fit->high[1] = sqrt(fit->high[1]);
    fit->log_likelihood = n / 2 * (log(2 / (M_PI * sample->square_ns2)) - 1);
    fit->law.negative = NEGATIVE_ABSOLUTE;
}

// The logarithm of the mean is m + v/2, of which the first is normal and the second has limits from
// the chi-squared law; the distances of the limits from their estimates add as squares.
static void fit_lognormal(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double v = sample->log_variance;
    double unbiased = v * n / (n - 1);
    double v_low = v * n / chi_squared(1 - TAIL, n - 1);
    double v_high = v * n / chi_squared(TAIL, n - 1);
    double reach = gsl_cdf_ugaussian_Qinv(TAIL) * sqrt(unbiased / n);
    double middle = log(sample->mean_ns) + sample->log_mean;
    set_interval(fit, 0, exp(middle + v / 2),
                 exp(middle + unbiased / 2 - hypot(reach, (unbiased - v_low) / 2)),
                 exp(middle + unbiased / 2 + hypot(reach, (v_high - unbiased) / 2)));
    set_interval(fit, 1, sqrt(expm1(v)), sqrt(expm1(v_low)), sqrt(expm1(v_high)));
    fit->log_likelihood = -sum_of_logs(sample) - n / 2 * (log(2 * M_PI * v) + 1);
}

// log k - psi(k); of large k by its series, since the difference loses its digits.
static double log_less_psi(double k) {
    REQUIRE(k > 0);
    return k < 100 ? log(k) - gsl_sf_psi(k)
                   : 1 / (2 * k) + 1 / (12 * k * k) - 1 / (120 * k * k * k * k);
}

// k psi'(k) - 1: the information on log k of one time, divided by k.
static double gamma_information(double k) {
    REQUIRE(k > 0);
    return k < 100 ? k * gsl_sf_psi_1(k) - 1
                   : 1 / (2 * k) + 1 / (6 * k * k) - 1 / (30 * k * k * k * k);
}

static double gamma_log_likelihood(const struct fit_sample *sample, double k) {
    REQUIRE(k > 0);
    return -sum_of_logs(sample) +
           sample_size(sample) *
               (k * sample->log_mean + log(k / (2 * M_PI)) / 2 - log(gsl_sf_gammastar(k)));
}

static double gamma_excess(double log_shape, void *context) {
    return log_less_psi(exp(log_shape)) + ((const struct fit_sample *)context)->log_mean;
}

// The shape k solves log k - psi(k) = log(mean) - mean of log, and the left side is between
// 1/(2k) and 1/k. Mean and shape are estimated independently of each other.
static void fit_gamma(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double gap = -sample->log_mean;
    double k = exp(fit_root(gamma_excess, (void *)sample, -log(2 * gap) - 1e-9, -log(gap)));
    double z = gsl_cdf_ugaussian_Qinv(TAIL);
    double mean_reach = z / sqrt(n * k);
    double cv_reach = z / 2 / sqrt(n * k * gamma_information(k));
    double cv = 1 / sqrt(k);
    set_interval(fit, 0, sample->mean_ns, sample->mean_ns * exp(-mean_reach),
                 sample->mean_ns * exp(mean_reach));
    set_interval(fit, 1, cv, cv * exp(-cv_reach), cv * exp(cv_reach));
    fit->log_likelihood = gamma_log_likelihood(sample, k);
}

// Its shape is the whole number beside that of the gamma law which has the greater likelihood; it
// may be those within the gamma law's interval.
static void fit_erlang(struct law_fit *fit, const struct fit_sample *sample) {
    struct law_fit gamma = {.law = {.law = LAW_GAMMA}};
    fit_gamma(&gamma, sample);
    double n = sample_size(sample);
    double below = floor(pow(gamma.law.parameters[1], -2));
    double stages =
        below >= 1 && gamma_log_likelihood(sample, below) >= gamma_log_likelihood(sample, below + 1)
            ? below
            : below + 1;
    set_scale(fit, 0, sample->mean_ns, 2 * n * stages * sample->mean_ns, 2 * n * stages);
    set_interval(fit, 1, stages, fmin(stages, ceil(pow(gamma.high[1], -2))),
                 fmax(stages, floor(pow(gamma.low[1], -2))));
    fit->log_likelihood = gamma_log_likelihood(sample, stages);
}

// 1/k = the mean of log(time), weighted by time^k, less the plain mean.
static double weibull_excess(double log_shape, void *context) {
    const struct fit_sample *sample = context;
    double k = exp(log_shape);
    double most = sample->logs[sample->count - 1];
    double weights = 0;
    double weighted = 0;
    for (size_t i = 0; i < sample->count; i++) {
        double weight = exp(k * (sample->logs[i] - most));
        weights += weight;
        weighted += weight * (sample->logs[i] - sample->log_mean);
    }
    return weighted / weights - 1 / k;
}

// log((mean of time^k)^(1/k) / mean)
static double weibull_log_scale(const struct fit_sample *sample, double k) {
    REQUIRE(k > 0 && sample->logs != NULL);
    double most = sample->logs[sample->count - 1];
    double sum = 0;
    for (size_t i = 0; i < sample->count; i++) {
        sum += exp(k * (sample->logs[i] - most));
    }
    return most + log(sum / sample_size(sample)) / k;
}

// The logarithm of a Weibull time has a standard deviation of pi / (k sqrt(6)). The information on
// (log scale, log shape) gives the variances (1 + 6 (1 - g)^2 / pi^2) / (n k^2), 6 / (pi^2 n),
// where g is Euler's constant.
static void fit_weibull(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double guess = log(M_PI / sqrt(6 * sample->log_variance));
    double k = exp(fit_root(weibull_excess, (void *)sample, guess - 0.5, guess + 0.5));
    double log_scale = weibull_log_scale(sample, k);
    double scale = sample->mean_ns * exp(log_scale);
    double z = gsl_cdf_ugaussian_Qinv(TAIL);
    double shape_reach = z * sqrt(6 / n) / M_PI;
    double scale_reach = z * sqrt((1 + 6 * gsl_pow_2((1 - M_EULER) / M_PI)) / n) / k;
    set_interval(fit, 0, scale, scale * exp(-scale_reach), scale * exp(scale_reach));
    set_interval(fit, 1, k, k * exp(-shape_reach), k * exp(shape_reach));
    fit->log_likelihood =
        n * (log(k) + k * (sample->log_mean - log_scale) - 1) - sum_of_logs(sample);
}

// log(time / scale) is exponential.
static void fit_pareto(struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double least = sample->least_ns;
    double mean = sample->log_mean - sample->logs[0];
    set_interval(fit, 0, least, least * exp(-mean * beyond(sample)), least);
    set_interval(fit, 1, 1 / mean, chi_squared(TAIL, 2 * (n - 1)) / (2 * n * mean),
                 chi_squared(1 - TAIL, 2 * (n - 1)) / (2 * n * mean));
    fit->log_likelihood = -n * (log(mean) + 1) - sum_of_logs(sample);
}

static const struct {
    const char *name; // NULL: the law's
    enum law law;
    int free_parameters;
    bool takes_logs; // no time may be 0
    void (*fit)(struct law_fit *fit, const struct fit_sample *sample);
} candidates[FIT_CANDIDATE_COUNT] = {
    ROW(FIT_CONSTANT) = {NULL, LAW_CONSTANT, 1, false, fit_constant},
    ROW(FIT_UNIFORM) = {NULL, LAW_UNIFORM, 2, false, fit_uniform},
    ROW(FIT_EXPONENTIAL) = {NULL, LAW_EXPONENTIAL, 1, false, fit_exponential},
    ROW(FIT_SHIFTED_EXPONENTIAL) = {NULL, LAW_SHIFTED_EXPONENTIAL, 2, false,
                                    fit_shifted_exponential},
    ROW(FIT_NORMAL) = {NULL, LAW_NORMAL, 2, false, fit_normal},
    ROW(FIT_HALF_NORMAL) = {"normal, absolute", LAW_NORMAL, 1, false, fit_half_normal},
    ROW(FIT_LOGNORMAL) = {NULL, LAW_LOGNORMAL, 2, true, fit_lognormal},
    ROW(FIT_GAMMA) = {NULL, LAW_GAMMA, 2, true, fit_gamma},
    ROW(FIT_ERLANG) = {NULL, LAW_ERLANG, 2, true, fit_erlang},
    ROW(FIT_WEIBULL) = {NULL, LAW_WEIBULL, 2, true, fit_weibull},
    ROW(FIT_PARETO) = {NULL, LAW_PARETO, 2, true, fit_pareto},
};
ROWS_COMPLETE(FIT_CANDIDATE_COUNT);

const char *law_fit_name(enum fit_candidate candidate) {
    REQUIRE(candidate < FIT_CANDIDATE_COUNT);
    const char *name = candidates[candidate].name;
    return name != NULL ? name : law_table[candidates[candidate].law].name;
}

// ---- what all of them have ----

double law_fit_below_zero(const struct law_fit *fit) {
    bool plain = fit->law.law == LAW_NORMAL && fit->law.parameters[0] > 0;
    return plain ? gsl_cdf_ugaussian_P(-fit->law.parameters[0] / fit->law.parameters[1]) : 0;
}

bool law_fit_meets_zero(const struct law_fit *fit, const struct fit_sample *sample) {
    return law_fit_below_zero(fit) * sample_size(sample) > 0.01;
}

static double distance_of(const struct law_fit *fit, const struct fit_sample *sample) {
    double n = sample_size(sample);
    double distance = 0;
    for (size_t i = 0; fit->law.law != LAW_CONSTANT && i < sample->count; i++) {
        double share = distribution_share(&fit->law, sample->ns[i]);
        distance = fmax(distance, fmax(share - (double)i / n, (double)(i + 1) / n - share));
    }
    return distance;
}

// The normal law is fitted as it is. Where negative draws are to be expected, times of 0 say that
// they are clipped; without such times they are best drawn again, since none was measured.
static void choose_negative(struct law_fit *fit, const struct fit_sample *sample) {
    REQUIRE(fit->law.law == LAW_NORMAL);
    double expected = law_fit_below_zero(fit) * sample_size(sample);
    if (law_fit_meets_zero(fit, sample)) {
        fit->law.negative = (double)sample->zeros > expected / 2 ? NEGATIVE_CLIP : NEGATIVE_REDRAW;
    }
}

static const char *why_impossible(enum fit_candidate candidate, const struct fit_sample *sample) {
    bool equal = sample->distinct == 1;
    if (equal != (candidate == FIT_CONSTANT)) {
        return equal ? "all times are equal" : "the times differ";
    }
    return candidates[candidate].takes_logs && sample->zeros > 0 ? "some times are 0" : NULL;
}

// A scenario could not say it.
static const char *why_out_of_range(const struct law_fit *fit) {
    const struct law_entry *law = &law_table[fit->law.law];
    for (int i = 0; i < law->parameter_count; i++) {
        double value = fit->law.parameters[i];
        if (law->parameters[i].kind != LAW_PARAMETER_TIME &&
            !(value >= FIT_NUMBER_LEAST && value <= FIT_NUMBER_MOST)) {
            return value < 1 ? "a parameter would be below 1e-06"
                             : "a parameter would be above 1e+06";
        }
    }
    return NULL;
}

struct law_fit law_fit_of(enum fit_candidate candidate, const struct fit_sample *sample) {
    REQUIRE(candidate < FIT_CANDIDATE_COUNT);
    REQUIRE(sample->count > 1 || sample->distinct == 1);
    struct law_fit fit = {.impossible = why_impossible(candidate, sample)};
    fit.law.law = candidates[candidate].law;
    fit.law.negative = NEGATIVE_ABSOLUTE; // the default of scenarios
    fit.free_parameters = candidates[candidate].free_parameters;
    if (fit.impossible == NULL) {
        candidates[candidate].fit(&fit, sample);
        fit.aic = 2 * fit.free_parameters - 2 * fit.log_likelihood;
        fit.impossible = why_out_of_range(&fit);
    }
    if (fit.impossible == NULL && candidate == FIT_NORMAL) {
        choose_negative(&fit, sample);
    }
    if (fit.impossible == NULL) {
        fit.distance = distance_of(&fit, sample);
    }
    return fit;
}

// The 95 % point of Kolmogorov's law, with Stephens's correction for a small count.
double law_fit_distance_bound(size_t count) {
    REQUIRE(count > 0);
    double root = sqrt((double)count);
    return 1.358 / (root + 0.12 + 0.11 / root);
}
