// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fit_cases.h"

#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/report/fit_report.h"

#define MS 1e6

const struct fit_case fit_cases[] = {
    {FIT_CONSTANT, {.law = LAW_CONSTANT, .parameters = {200 * MS}}, {1}, 2000},
    {FIT_UNIFORM, {.law = LAW_UNIFORM, .parameters = {180 * MS, 220 * MS}}, {1, 1}, 2000},
    {FIT_EXPONENTIAL, {.law = LAW_EXPONENTIAL, .parameters = {300 * MS}}, {1}, 2000},
    {FIT_SHIFTED_EXPONENTIAL,
     {.law = LAW_SHIFTED_EXPONENTIAL, .parameters = {100 * MS, 50 * MS}},
     {1, 1},
     2000},
    {FIT_NORMAL,
     {.law = LAW_NORMAL, .parameters = {200 * MS, 20 * MS}, .negative = NEGATIVE_ABSOLUTE},
     {1, 1},
     2000},
    {FIT_HALF_NORMAL,
     {.law = LAW_NORMAL, .parameters = {0, 250 * MS}, .negative = NEGATIVE_ABSOLUTE},
     {0, 1},
     2000},
    {FIT_LOGNORMAL, {.law = LAW_LOGNORMAL, .parameters = {200 * MS, 0.3}}, {1, 1}, 2000},
    {FIT_GAMMA, {.law = LAW_GAMMA, .parameters = {200 * MS, 0.3}}, {1, 1}, 2000},
    {FIT_ERLANG, {.law = LAW_ERLANG, .parameters = {200 * MS, 3}}, {1, 1}, 10000},
    {FIT_WEIBULL, {.law = LAW_WEIBULL, .parameters = {200 * MS, 1.7}}, {1, 1}, 2000},
    {FIT_PARETO, {.law = LAW_PARETO, .parameters = {100 * MS, 2.5}}, {1, 1}, 2000},
    // near normal and lognormal
    {FIT_GAMMA, {.law = LAW_GAMMA, .parameters = {200 * MS, 0.05}}, {1, 1}, SIZE_MAX},
};
const size_t fit_case_count = sizeof fit_cases / sizeof fit_cases[0];

void fit_case_draw(const struct fit_case *one, uint64_t seed, int64_t *spans_ns, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct rng_stream stream;
        rng_stream_init(&stream, seed, RNG_COMPUTE, 0, (uint32_t)i, 0);
        spans_ns[i] = distribution_sample(&one->law, &stream);
    }
}

struct fit_tally fit_case_tally(const struct fit_case *one, int seeds, size_t count) {
    struct fit_tally tally = {0};
    const struct fit_source source = {.file = "a.csv", .column = "ms", .key = "compute"};
    struct csv_times times = {.count = count};
    times.spans_ns = memory_allocate(count, sizeof *times.spans_ns);
    for (int seed = 1; seed <= seeds; seed++) {
        fit_case_draw(one, (uint64_t)seed, times.spans_ns, count);
        struct fit_report report = fit_report_make(&source, &times);
        const struct law_fit *fit = &report.fits[one->candidate];
        for (int i = 0; i < LAW_PARAMETERS_MAX; i++) {
            double truth = one->law.parameters[i];
            tally.covered[i] +=
                fit->impossible == NULL && fit->low[i] <= truth && truth <= fit->high[i];
        }
        tally.picked += report.chosen == one->candidate;
        fit_report_reset(&report);
    }
    memory_free(times.spans_ns);
    return tally;
}
