// SPDX-License-Identifier: GPL-3.0-or-later
// Laws with known parameters, draws of them as a cluster makes them, and what the fitting of laws
// finds again in these draws.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/report/law_fit.h"

struct fit_case {
    enum fit_candidate candidate;
    struct distribution law;
    int free[LAW_PARAMETERS_MAX]; // 1: the parameter is fitted
    size_t draws;                 // from so many on it differs from all other laws
};

extern const struct fit_case fit_cases[];
extern const size_t fit_case_count;

// spans_ns: (count). Each draw has a stream of its own, as those of a worker's gradients.
void fit_case_draw(const struct fit_case *one, uint64_t seed, int64_t *spans_ns, size_t count);

struct fit_tally {
    int covered[LAW_PARAMETERS_MAX]; // samples whose interval holds the parameter
    int picked;                      // samples for which the right law was taken
};

// Of samples of seeds 1 to "seeds", with "count" draws each.
struct fit_tally fit_case_tally(const struct fit_case *one, int seeds, size_t count);
