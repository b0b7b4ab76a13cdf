// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/run_metrics.h"

#include <math.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/sim_time.h"

const char *const run_quantity_names[RUN_QUANTITY_COUNT] = {
    [RUN_TEST_ACCURACY] = "test_accuracy",
    [RUN_TEST_LOSS] = "test_loss",
    [RUN_TRAIN_ACCURACY] = "train_accuracy",
    [RUN_TRAIN_LOSS] = "train_loss",
};

static double quantity_of(const struct evaluation_row *row, int quantity) {
    REQUIRE(quantity >= 0 && quantity < RUN_QUANTITY_COUNT);
    const double values[RUN_QUANTITY_COUNT] = {
        [RUN_TEST_ACCURACY] = row->test_accuracy,
        [RUN_TEST_LOSS] = row->test_loss,
        [RUN_TRAIN_ACCURACY] = row->train_accuracy,
        [RUN_TRAIN_LOSS] = row->train_loss,
    };
    return values[quantity];
}

static bool is_loss(int quantity) {
    REQUIRE(quantity >= 0 && quantity < RUN_QUANTITY_COUNT);
    return quantity == RUN_TEST_LOSS || quantity == RUN_TRAIN_LOSS;
}

void run_metrics_start(struct run_metrics_accumulator *accumulator,
                       const struct run_metrics_options *options) {
    REQUIRE(options->sustained > 0);
    *accumulator = (struct run_metrics_accumulator){.options = *options};
    accumulator->metrics.crossing.by_ns = SIM_TIME_NEVER;
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        accumulator->metrics.values[i] =
            (struct run_metric){(double)NAN, (double)NAN, (double)NAN, (double)NAN, -1};
    }
}

static void add_last_to_means(struct run_metrics_accumulator *accumulator) {
    REQUIRE(accumulator->metrics.evaluations > 0);
    const struct evaluation_row *row = &accumulator->last;
    bool after = row->time_ns >= accumulator->options.after_ns;
    accumulator->metrics.evaluations_in_mean++;
    accumulator->metrics.evaluations_in_mean_after += after;
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        accumulator->sums[i] += quantity_of(row, i);
        accumulator->sums_after[i] += after ? quantity_of(row, i) : 0;
    }
}

// The first of "above" evaluations in a row opens the interval of a crossing that may count later.
static void look_for_crossing(struct run_metrics_accumulator *accumulator,
                              const struct evaluation_row *row, int64_t time_before_ns) {
    INVARIANT(accumulator->above >= 0);
    REQUIRE(accumulator->options.sustained >= 1);
    struct run_crossing *crossing = &accumulator->metrics.crossing;
    crossing->measured |= !isnan(row->test_accuracy);
    if (crossing->reached || isnan(accumulator->options.target)) {
        return;
    }
    if (!(row->test_accuracy >= accumulator->options.target)) {
        accumulator->above = 0;
        return;
    }
    if (accumulator->above++ == 0) {
        crossing->after_ns = time_before_ns;
        crossing->by_ns = row->time_ns;
    }
    crossing->reached = accumulator->above >= accumulator->options.sustained;
}

void run_metrics_add(struct run_metrics_accumulator *accumulator,
                     const struct evaluation_row *row) {
    struct run_metrics *metrics = &accumulator->metrics;
    if (metrics->evaluations > 0) {
        add_last_to_means(accumulator);
    }
    look_for_crossing(accumulator, row, metrics->evaluations > 0 ? accumulator->last.time_ns : 0);
    if (metrics->evaluations == 0) {
        accumulator->first = *row;
    }
    accumulator->last = *row;
    metrics->evaluations++;
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        struct run_metric *metric = &metrics->values[i];
        double value = quantity_of(row, i);
        bool better = is_loss(i) ? value < metric->best : value > metric->best;
        if (better || (isnan(metric->best) && !isnan(value))) {
            metric->best = value;
            metric->best_ns = row->time_ns;
        }
        metric->final = value;
    }
}

static void end_crossing(struct run_metrics_accumulator *accumulator) {
    struct run_crossing *crossing = &accumulator->metrics.crossing;
    crossing->reached |= accumulator->above > 0; // all up to the last
    if (!crossing->reached) {
        crossing->after_ns = accumulator->metrics.evaluations > 0 ? accumulator->last.time_ns : 0;
        crossing->by_ns = SIM_TIME_NEVER;
    }
}

// Of the test loss, or of the training loss where there is no other.
static double loss_grown(const struct evaluation_row *first, const struct evaluation_row *last) {
    bool tested = !isnan(first->test_loss) && !isnan(last->test_loss);
    double before = tested ? first->test_loss : first->train_loss;
    double after = tested ? last->test_loss : last->train_loss;
    bool grown = before > 0 && isfinite(after) && after / before >= RUN_LOSS_GROWN;
    return grown && isfinite(after / before) ? after / before : 0;
}

void run_metrics_end(struct run_metrics_accumulator *accumulator, enum run_status status,
                     int64_t end_ns) {
    struct run_metrics *metrics = &accumulator->metrics;
    bool any = metrics->evaluations > 0;
    if (any && accumulator->last.time_ns < end_ns) {
        add_last_to_means(accumulator);
    }
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        struct run_metric *metric = &metrics->values[i];
        if (metrics->evaluations_in_mean > 0) {
            metric->mean = accumulator->sums[i] / (double)metrics->evaluations_in_mean;
        }
        if (metrics->evaluations_in_mean_after > 0) {
            metric->mean_after =
                accumulator->sums_after[i] / (double)metrics->evaluations_in_mean_after;
        }
    }
    end_crossing(accumulator);
    metrics->loss_grown = any ? loss_grown(&accumulator->first, &accumulator->last) : 0;
    metrics->diverged = run_metrics_diverged(status, any ? &accumulator->last : NULL);
}

struct run_metrics run_metrics_of(const struct evaluation_row *rows, size_t count,
                                  enum run_status status, int64_t end_ns,
                                  const struct run_metrics_options *options) {
    REQUIRE(rows != NULL || count == 0);
    struct run_metrics_accumulator accumulator;
    run_metrics_start(&accumulator, options);
    for (size_t i = 0; i < count; i++) {
        run_metrics_add(&accumulator, &rows[i]);
    }
    run_metrics_end(&accumulator, status, end_ns);
    return accumulator.metrics;
}

int64_t run_metrics_start_up_ns(const char *scenario) {
    char value[64] = "";
    int64_t start_up_ns = 0;
    if (canonical_text_value(scenario, "cluster.start_up", value, sizeof value)) {
        sim_time_parse(value, &start_up_ns);
    }
    return start_up_ns;
}

bool run_metrics_diverged(enum run_status status, const struct evaluation_row *last) {
    REQUIRE(status < RUN_STATUS_COUNT);
    if (status == RUN_DIVERGED) {
        return true;
    }
    if (last == NULL || (isnan(last->test_accuracy) && isnan(last->train_accuracy))) {
        return false;
    }
    double loss = isnan(last->test_accuracy) ? last->train_loss : last->test_loss;
    return !(loss <= 2 * log(10));
}
