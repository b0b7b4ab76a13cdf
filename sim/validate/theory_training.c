// SPDX-License-Identifier: GPL-3.0-or-later
// Stochastic gradient descent on the noisy quadratic, with a step a (in units of 1 / curvature) and
// a noise b in each update. With K gradients in an update that are added up the step is K a, and
// the noise sqrt(K) b; their mean has the step a and the noise b / sqrt(K).
#include <math.h>

#include "sim/base/check.h"
#include "sim/validate/stale_descent.h"
#include "sim/validate/theory.h"

struct descent {
    double a, b;
};

static struct descent descent_of(const struct scenario *scenario) {
    const struct training_options *training = &scenario->training;
    REQUIRE(scenario_has_model(scenario, "quadratic"));
    bool local = policy_table[training->policy.policy].averaging.family != AVERAGING_FAMILY_NONE;
    double count = local ? 1 : theory_threshold(scenario);
    double sum = training->policy.combine == COMBINE_SUM ? count : 1;
    return (struct descent){
        .a = sum * training->learning_rate * scenario->quadratic.curvature,
        .b = sum * training->learning_rate * scenario->quadratic.noise / sqrt(count),
    };
}

double theory_variance(const struct scenario *scenario) {
    struct descent d = descent_of(scenario);
    return d.b * d.b / (d.a * (2 - d.a));
}

// Of the mean of P models, right after it is taken: the local steps between leave no trace.
double theory_variance_local(const struct scenario *scenario) {
    return theory_variance(scenario) / scenario->cluster.workers;
}

// v = m v + g, w -= step v: Var w = b^2 (1 + m) / (a (1 - m) (2 (1 + m) - a)).
double theory_variance_momentum(const struct scenario *scenario) {
    struct descent d = descent_of(scenario);
    double m = scenario->training.optimizer.momentum;
    return d.b * d.b * (1 + m) / (d.a * (1 - m) * (2 * (1 + m) - d.a));
}

double theory_variance_delayed(const struct scenario *scenario) {
    struct descent d = descent_of(scenario);
    return stale_descent_variance_constant(d.a, d.b, scenario->cluster.workers - 1);
}

double theory_read_square_random(const struct scenario *scenario) {
    struct descent d = descent_of(scenario);
    return stale_descent_read_square_random(d.a, d.b, scenario->cluster.workers);
}

// From w = 1.
double theory_bias(const struct scenario *scenario) {
    REQUIRE(scenario->end.kind == END_UPDATES);
    return pow(1 - descent_of(scenario).a, (double)scenario->end.count);
}

double theory_bias_random(const struct scenario *scenario) {
    REQUIRE(scenario->end.kind == END_UPDATES);
    return stale_descent_mean_random(descent_of(scenario).a, scenario->cluster.workers,
                                     scenario->end.count);
}

double theory_stable(const struct scenario *scenario) {
    return descent_of(scenario).a < stale_descent_edge(scenario->cluster.workers - 1);
}

// Of P models after H steps from one model: each coordinate deviates by b^2 sum (1-a)^(2j), of
// which the mean takes the P-th part.
double theory_spread(const struct scenario *scenario) {
    struct descent d = descent_of(scenario);
    double sum = 0;
    for (int64_t j = 0; j < scenario->training.policy.averaging.steps; j++) {
        sum += pow(1 - d.a, 2 * (double)j);
    }
    return scenario->quadratic.dimension * d.b * d.b * sum * (1 - 1.0 / scenario->cluster.workers);
}
