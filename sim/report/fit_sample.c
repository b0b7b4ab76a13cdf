// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_sample.h"

#include <gsl/gsl_sf_log.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

struct placed {
    int64_t span_ns;
    size_t place; // among those measured
};

static int by_span(const void *left, const void *right) {
    const struct placed *a = left;
    const struct placed *b = right;
    return (a->span_ns > b->span_ns) - (a->span_ns < b->span_ns);
}

// Ascending times, and ranks, of which equal times have the same.
static void place_in_order(struct fit_sample *sample, const struct placed *order) {
    REQUIRE(sample->count > 0);
    for (size_t i = 0, next = 0; i < sample->count; i = next) {
        while (next < sample->count && order[next].span_ns == order[i].span_ns) {
            next++;
        }
        for (size_t k = i; k < next; k++) {
            sample->ns[k] = (double)order[k].span_ns;
            sample->ranks[order[k].place] = (double)(i + 1 + next) / 2; // ranks i + 1 .. next
        }
        sample->zeros += order[i].span_ns == 0 ? next - i : 0;
        sample->distinct++;
    }
}

static void sum_times(struct fit_sample *sample) {
    double n = (double)sample->count;
    double sum = 0;
    double rest = 0;
    double squares = 0;
    for (size_t i = 0; i < sample->count; i++) {
        sum += sample->ns[i];
    }
    for (size_t i = 0; i < sample->count; i++) { // what rounding has left out of the mean
        rest += sample->ns[i] - sum / n;
    }
    sample->mean_ns = sum / n + rest / n;
    for (size_t i = 0; i < sample->count; i++) {
        double gap = sample->ns[i] - sample->mean_ns;
        squares += gap * gap;
    }
    sample->variance_ns2 = squares / n;
    sample->square_ns2 = sample->variance_ns2 + sample->mean_ns * sample->mean_ns;
}

// The mean of log(1 + d), where the mean of d is 0, is that of log(1 + d) - d: of small d alone the
// first loses all its digits.
static void sum_logs(struct fit_sample *sample) {
    REQUIRE(sample->zeros == 0);
    double n = (double)sample->count;
    double sum = 0;
    double squares = 0;
    sample->logs = memory_allocate(sample->count, sizeof *sample->logs);
    for (size_t i = 0; i < sample->count; i++) {
        double d = (sample->ns[i] - sample->mean_ns) / sample->mean_ns;
        double log_ratio = d > -0.5 ? log1p(d) : log(sample->ns[i] / sample->mean_ns);
        sum += fabs(d) < 0.5 ? gsl_sf_log_1plusx_mx(d) : log_ratio - d;
        sample->logs[i] = log_ratio;
    }
    sample->log_mean = sum / n;
    for (size_t i = 0; i < sample->count; i++) {
        double gap = sample->logs[i] - sample->log_mean;
        squares += gap * gap;
    }
    sample->log_variance = squares / n;
}

struct fit_sample fit_sample_make(const int64_t *spans_ns, size_t count) {
    REQUIRE(spans_ns != NULL && count > 0);
    struct fit_sample sample = {.count = count};
    struct placed *order = memory_allocate(count, sizeof *order);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(spans_ns[i] >= 0);
        order[i] = (struct placed){spans_ns[i], i};
    }
    qsort(order, count, sizeof *order, by_span);
    sample.ns = memory_allocate(count, sizeof *sample.ns);
    sample.ranks = memory_allocate(count, sizeof *sample.ranks);
    place_in_order(&sample, order);
    memory_free(order);
    sample.least_ns = sample.ns[0];
    sample.most_ns = sample.ns[count - 1];
    sum_times(&sample);
    if (sample.zeros == 0) {
        sum_logs(&sample);
    }
    return sample;
}

void fit_sample_reset(struct fit_sample *sample) {
    REQUIRE(sample != NULL);
    memory_free(sample->ns);
    memory_free(sample->logs);
    memory_free(sample->ranks);
    *sample = (struct fit_sample){0};
}
