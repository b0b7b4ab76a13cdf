// SPDX-License-Identifier: GPL-3.0-or-later
// Closed forms of stochastic gradient descent on the noisy quadratic. In formulas a is step times
// curvature, b step times noise.
#include "sim/validate/theory.h"
#include "sim/validate/validation.h"

static const struct closed_form variance = {
    "b^2 / (a (2 - a)), with the step and noise of an update",
    "autoregression of order 1",
    "",
    CLOSED_FORM_MEAN,
    theory_variance,
    measure_mean_square,
};
static const struct closed_form variance_local = {
    "b^2 / (P a (2 - a)), right after an average",
    "autoregression of the mean model",
    "",
    CLOSED_FORM_MEAN,
    theory_variance_local,
    measure_mean_square,
};
static const struct closed_form variance_momentum = {
    "b^2 (1 + m) / (a (1 - m) (2 (1 + m) - a))",
    "autoregression of order 2",
    "",
    CLOSED_FORM_MEAN,
    theory_variance_momentum,
    measure_mean_square,
};
static const struct closed_form variance_delayed = {
    "b^2/pi integral over 0..pi of 1 / |e^(iu) - 1 + a e^(-idu)|^2, d = P - 1",
    "spectrum of the delayed recursion",
    "",
    CLOSED_FORM_MEAN,
    theory_variance_delayed,
    measure_mean_square,
};
static const struct closed_form read_square_random = {
    "E r^2 of what is read: fixed point of the second moments of (w, r)",
    "exponential times: the next is equally likely any",
    "",
    CLOSED_FORM_MEAN,
    theory_read_square_random,
    measure_read_square,
};
static const struct closed_form bias = {
    "(1 - a)^n", "mean of the recursion", "", CLOSED_FORM_MEAN, theory_bias, measure_mean,
};
static const struct closed_form bias_random = {
    "w <- w - a r, r <- r + (w - r) / P, n times from 1",
    "staleness as momentum; Mitliagkas et al., Allerton 2016",
    "",
    CLOSED_FORM_MEAN,
    theory_bias_random,
    measure_mean,
};
static const struct closed_form edge = {
    "1 (shrinks) if a < 2 sin(pi / (4 d + 2)), d = P - 1; else 0",
    "roots of z^(d+1) = z^d - a",
    "",
    CLOSED_FORM_EXACT,
    theory_stable,
    measure_stable,
};
static const struct closed_form spread = {
    "D b^2 (1 - 1/P) sum over j < H of (1 - a)^(2j)",
    "independent steps from one model; local SGD",
    "",
    CLOSED_FORM_MEAN,
    theory_spread,
    measure_spread,
};

#define QUADRATIC_TEXT(updates, dimension, noise, rate)                                            \
    "end: " updates " updates\nmodel: {name: quadratic, dimension: " dimension                     \
    ", curvature: 2, noise: " noise "}\ntraining: {learning_rate: " rate "}\n"
#define EDGE_TEXT(workers, updates, rate)                                                          \
    "end: " updates " updates\nmodel: {name: quadratic, dimension: 1, curvature: 2, noise: 0}\n"   \
    "training: {learning_rate: " rate "}\npolicy: {name: async}\n"                                 \
    "cluster: {workers: " workers ", compute: 1 s}\n"

static const struct validation_row rows[] = {
    {"variance/sequential_small_step", &variance,
     QUADRATIC_TEXT("120", "2000", "1", "0.05") "policy: {name: async}\n"
                                                "cluster: {workers: 1, compute: 1 s}\n"},
    {"variance/sequential_half", &variance,
     QUADRATIC_TEXT("40", "2000", "3", "0.25") "policy: {name: async}\n"
                                               "cluster: {workers: 1, compute: 1 s}\n"},
    {"variance/sequential_near_edge", &variance,
     QUADRATIC_TEXT("40", "2000", "0.5", "0.75") "policy: {name: async}\n"
                                                 "cluster: {workers: 1, compute: 1 s}\n"},
    {"variance/sync_mean", &variance,
     QUADRATIC_TEXT("40", "2000", "1", "0.2") "policy: {name: sync, combine: mean}\n"
                                              "cluster: {workers: 5, compute: 1 s}\n"},
    {"variance/sync_sum", &variance,
     QUADRATIC_TEXT("40", "2000", "1", "0.04") "policy: {name: sync, combine: sum}\n"
                                               "cluster: {workers: 5, compute: 1 s}\n"},
    {"variance/k_sync_mean", &variance,
     QUADRATIC_TEXT("40", "2000", "1",
                    "0.2") "policy: {name: k_sync, threshold: 3, combine: mean}\n"
                           "cluster: {workers: 6, compute: {law: exponential, mean: 1 s}}\n"},
    {"variance/momentum", &variance_momentum,
     "end: 260 updates\nmodel: {name: quadratic, dimension: 2000, curvature: 2, noise: 1}\n"
     "training: {learning_rate: 0.05, momentum: 0.9}\npolicy: {name: async}\n"
     "cluster: {workers: 1, compute: 1 s}\n"},
    {"variance/k_avg", &variance_local,
     QUADRATIC_TEXT("20", "2000", "1", "0.1") "policy: {name: k_avg, steps: 3}\n"
                                              "cluster: {workers: 4, compute: 1 s}\n"},
    {"variance/delay_1", &variance_delayed,
     QUADRATIC_TEXT("80", "2000", "1", "0.15") "policy: {name: async}\n"
                                               "cluster: {workers: 2, compute: 1 s}\n"},
    {"variance/delay_4", &variance_delayed,
     QUADRATIC_TEXT("250", "2000", "1", "0.05") "policy: {name: async}\n"
                                                "cluster: {workers: 5, compute: 1 s}\n"},
    {"variance/delay_24", &variance_delayed,
     QUADRATIC_TEXT("500", "2000", "1", "0.01") "policy: {name: async}\n"
                                                "cluster: {workers: 25, compute: 1 s}\n"},
    {"variance/async_exponential_4", &read_square_random,
     QUADRATIC_TEXT("1200", "100", "1", "0.05") "policy: {name: async}\ncluster: {workers: 4, "
                                                "compute: {law: exponential, mean: 1 s}}\n"},
    {"variance/async_exponential_10", &read_square_random,
     QUADRATIC_TEXT("1500", "100", "1", "0.03") "policy: {name: async}\ncluster: {workers: 10, "
                                                "compute: {law: exponential, mean: 1 s}}\n"},
    {"bias/sequential_20", &bias,
     QUADRATIC_TEXT("20", "1000", "1", "0.02") "policy: {name: async}\n"
                                               "cluster: {workers: 1, compute: 1 s}\n"},
    {"bias/sync_20", &bias,
     QUADRATIC_TEXT("20", "1000", "1", "0.02") "policy: {name: sync, combine: mean}\n"
                                               "cluster: {workers: 5, compute: 1 s}\n"},
    {"bias/async_exponential_5", &bias_random,
     QUADRATIC_TEXT("12", "1", "0", "0.02") "policy: {name: async}\ncluster: {workers: 5, compute: "
                                            "{law: exponential, mean: 1 s}}\n"},
    {"bias/async_exponential_25", &bias_random,
     QUADRATIC_TEXT("25", "1", "0", "0.01") "policy: {name: async}\ncluster: {workers: 25, "
                                            "compute: {law: exponential, mean: 1 s}}\n"},
    // Curvature 2: the edges are at rates of .5, .17365 and .032052; these are a hundredth off.
    {"edge/below_2_workers", &edge, EDGE_TEXT("2", "2000", "0.495")},
    {"edge/above_2_workers", &edge, EDGE_TEXT("2", "2000", "0.505")},
    {"edge/below_5_workers", &edge, EDGE_TEXT("5", "5000", "0.1719")},
    {"edge/above_5_workers", &edge, EDGE_TEXT("5", "5000", "0.1754")},
    {"edge/below_25_workers", &edge, EDGE_TEXT("25", "60000", "0.03173")},
    {"edge/above_25_workers", &edge, EDGE_TEXT("25", "60000", "0.03237")},
    {"spread/k_avg_4", &spread,
     QUADRATIC_TEXT("40", "50", "1", "0.1") "policy: {name: k_avg, steps: 4}\n"
                                            "cluster: {workers: 5, compute: 1 s}\n"},
    {"spread/k_avg_10", &spread,
     QUADRATIC_TEXT("40", "50", "1", "0.05") "policy: {name: k_avg, steps: 10}\n"
                                             "cluster: {workers: 3, compute: {law: gamma, mean: 1 "
                                             "s, cv: 1}}\n"},
};

const struct validation_part validation_training = {rows, sizeof rows / sizeof rows[0]};
