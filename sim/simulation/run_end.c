// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/run_end.h"

#include <math.h>

#include "sim/base/sim_time.h"

// Gradients that make up so many epochs of the training set, rounded up. 0.27 epochs of 60,000
// samples are 16,200, although 0.27 * 60000 is a little more in floating point: hence the
// tolerance, above the error of three roundings.
static int64_t gradients_of_epochs(double epochs, int64_t train_count, int64_t samples) {
    REQUIRE(epochs >= 0 && samples >= 1);
    double gradients = ceil(epochs * (double)train_count / (double)samples * (1 - 1e-15));
    return gradients < 1 ? 1 : (int64_t)gradients;
}

int64_t run_end_samples_of_a_gradient(const struct scenario *scenario) {
    int64_t samples = scenario->training.batch * policy_local_steps(&scenario->training.policy);
    ENSURE(samples >= 1);
    return samples;
}

struct run_end run_end_of(const struct scenario *scenario, int64_t train_count) {
    const struct end_options *options = &scenario->end;
    struct run_end end = {SIM_TIME_NEVER, INT64_MAX, INT64_MAX};
    switch (options->kind) {
    case END_TIME:
        end.time_ns = options->time_ns;
        return end;
    case END_UPDATES:
        end.updates = options->count;
        return end;
    case END_GRADIENTS:
        end.gradients = options->count;
        return end;
    case END_EPOCHS:
        end.gradients = gradients_of_epochs(options->epochs, train_count,
                                            run_end_samples_of_a_gradient(scenario));
        return end;
    case END_KIND_COUNT:
        break;
    }
    check_failed("invariant", "a kind of end", __FILE__, __LINE__);
}

double run_end_fraction(const struct run_end *end, int64_t now_ns, int64_t updates,
                        int64_t gradients) {
    double done = 0;
    if (end->time_ns != SIM_TIME_NEVER && end->time_ns > 0) {
        done = (double)now_ns / (double)end->time_ns;
    } else if (end->updates != INT64_MAX) {
        done = (double)updates / (double)end->updates;
    } else if (end->gradients != INT64_MAX) {
        done = (double)gradients / (double)end->gradients;
    }
    ENSURE(done >= 0);
    return done < 1 ? done : 1;
}
