// SPDX-License-Identifier: GPL-3.0-or-later
// The learning rate of an update once more, by its definition.
#include <math.h>

#include "tests/support/log_audit_parts.h"

static double factor_at(const struct rate_options *rate, double n) {
    if (rate->schedule == RATE_STEP) {
        return pow(rate->factor, floor(n / (double)rate->every));
    }
    if (rate->schedule == RATE_COSINE) {
        double along = fmin(1, n / (double)rate->over);
        return rate->least + (1 - rate->least) * (1 + cos(acos(-1.0) * along)) / 2;
    }
    return 1;
}

bool audit_rate_fits(const struct audit *audit, size_t update) {
    const struct update_row *row = &audit->log->updates[update];
    const struct training_options *training = &audit_scenario_at(audit, row->time_ns)->training;
    const struct rate_options *rate = &training->optimizer.rate;
    double n = (double)update;
    if (rate->counts == RATE_COUNTS_GRADIENTS) {
        n = 0;
        for (size_t i = 0; i < update; i++) {
            n += (double)audit->log->updates[i].gradients;
        }
    }
    double size = (double)row->gradients;
    double warm = rate->warm_up == 0 ? 1 : fmin(1, (n + 1) / (double)rate->warm_up);
    double scale = rate->scaling == RATE_SCALING_LINEAR ? size
                   : rate->scaling == RATE_SCALING_ROOT ? sqrt(size)
                                                        : 1;
    if (rate->of == RATE_OF_LOCAL) { // the server takes the ways as they are
        return row->learning_rate == training->learning_rate * scale;
    }
    double expected = training->learning_rate * factor_at(rate, n) * warm * scale;
    // Powers and cosines of other libraries differ in the last bits.
    double tolerance = rate->schedule == RATE_CONSTANT ? 0 : 1e-13;
    return fabs(row->learning_rate - expected) <= tolerance * expected;
}
