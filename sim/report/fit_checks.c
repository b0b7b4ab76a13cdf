// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_checks.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

struct worker_sums {
    double count;
    double ranks; // their sum
    double ns;
    double squares;  // of the ranks about their mean
    double last_gap; // of the rank before from their mean; 0: there is none
};

struct sums {
    const struct csv_times *times;
    const struct fit_sample *sample;
    struct worker_sums *workers;
    int32_t worker_count;
};

static struct worker_sums *worker_at(const struct sums *sums, size_t row) {
    REQUIRE(row < sums->times->count);
    return &sums->workers[sums->times->worker_of != NULL ? sums->times->worker_of[row] : 0];
}

static void sum_by_worker(const struct sums *sums) {
    for (size_t i = 0; i < sums->times->count; i++) {
        struct worker_sums *worker = worker_at(sums, i);
        worker->count++;
        worker->ranks += sums->sample->ranks[i];
        worker->ns += (double)sums->times->spans_ns[i];
    }
}

// Of independent times the sum of products has, for each worker of n times whose ranks have the
// variance v about their mean, the expectation -v (as the mean is their own), the variance n v^2.
static void check_correlation(const struct sums *sums, struct fit_checks *checks) {
    double products = 0;
    double squares = 0;
    double expected = 0;
    double variance = 0;
    REQUIRE(sums->times->count > 0);
    for (size_t i = 0; i < sums->times->count; i++) {
        struct worker_sums *worker = worker_at(sums, i);
        double gap = sums->sample->ranks[i] - worker->ranks / worker->count;
        products += gap * worker->last_gap;
        worker->last_gap = gap;
        worker->squares += gap * gap;
    }
    for (int32_t w = 0; w < sums->worker_count; w++) {
        const struct worker_sums *worker = &sums->workers[w];
        squares += worker->squares;
        expected -= worker->squares / worker->count;
        variance += worker->squares * worker->squares / worker->count;
    }
    checks->correlation_p = 1;
    if (squares > 0) {
        checks->correlation = products / squares;
        checks->correlation_p = 2 * gsl_cdf_ugaussian_Q(fabs(products - expected) / sqrt(variance));
    }
    checks->correlated = checks->correlation_p < FIT_CHECK_LEVEL;
}

// Equal times have equal ranks, which makes the ranks' variance less than (n^2 - 1)/12: it is taken
// as it is. Successive times that are correlated count as fewer.
static void check_workers(const struct sums *sums, struct fit_checks *checks) {
    double n = (double)sums->times->count;
    double between = 0;
    double squares = 0;
    double likeness = fmax(checks->correlated ? checks->correlation : 0, 0);
    for (size_t i = 0; i < sums->times->count; i++) {
        double gap = sums->sample->ranks[i] - (n + 1) / 2;
        squares += gap * gap;
    }
    for (int32_t w = 0; w < sums->worker_count; w++) {
        const struct worker_sums *worker = &sums->workers[w];
        INVARIANT(worker->count > 0);
        double gap = worker->ranks / worker->count - (n + 1) / 2;
        between += worker->count * gap * gap;
    }
    checks->workers_p = 1;
    if (sums->worker_count > 1 && squares > 0) {
        double statistic = between * (n - 1) / squares * (1 - likeness) / (1 + likeness);
        checks->workers_p = gsl_cdf_chisq_Q(statistic, (double)sums->worker_count - 1);
    }
    checks->workers_differ = checks->workers_p < FIT_CHECK_LEVEL;
}

static void find_extremes(const struct sums *sums, struct fit_checks *checks) {
    REQUIRE(sums->worker_count > 0);
    for (int32_t w = 0; w < sums->worker_count; w++) {
        double mean = sums->workers[w].ns / sums->workers[w].count;
        if (w == 0 || mean < checks->fastest_mean_ns) {
            checks->fastest = w;
            checks->fastest_mean_ns = mean;
        }
        if (w == 0 || mean > checks->slowest_mean_ns) {
            checks->slowest = w;
            checks->slowest_mean_ns = mean;
        }
    }
}

struct fit_checks fit_checks_of(const struct csv_times *times, const struct fit_sample *sample) {
    REQUIRE(times->count > 0 && times->count == sample->count);
    struct fit_checks checks = {0};
    struct sums sums = {.times = times, .sample = sample};
    sums.worker_count = times->worker_of != NULL ? times->worker_count : 1;
    sums.workers = memory_allocate((size_t)sums.worker_count, sizeof *sums.workers);
    sum_by_worker(&sums);
    check_correlation(&sums, &checks);
    check_workers(&sums, &checks);
    find_extremes(&sums, &checks);
    memory_free(sums.workers);
    return checks;
}
