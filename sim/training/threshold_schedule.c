// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/threshold_schedule.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/sim_time.h"
#include "sim/base/stable_math.h"

// What a product may be off by rounding before a step is taken one count late.
static const double step_tolerance = 1e-9;

// x = at / per, exactly, in the units of the options' extents.
struct position {
    __int128 at;
    int64_t per;
};

static struct position position_of(const struct threshold_options *options,
                                   const struct aggregation_view *view) {
    switch (options->counts) {
    case COUNTS_UPDATES:
        return (struct position){view->version, 1};
    case COUNTS_TIME:
        return (struct position){view->now_ns, 1};
    case COUNTS_EPOCHS:
        REQUIRE(view->train_count >= 1);
        return (struct position){(__int128)view->gradients_received * view->batch * THRESHOLD_EPOCH,
                                 view->train_count};
    case COUNTS_GRADIENTS:
    case COUNTS_COUNT:
        break;
    }
    return (struct position){view->gradients_received, 1};
}

static int64_t number_of(int64_t threshold, const struct aggregation_view *view) {
    if (threshold == THRESHOLD_PRESENT) {
        return view->present < 1 ? 1 : view->present;
    }
    return threshold == THRESHOLD_WORKERS ? view->workers : threshold;
}

static int64_t within_workers(__int128 k, const struct aggregation_view *view) {
    return k < 1 ? 1 : k > view->workers ? view->workers : (int64_t)k;
}

// How far it has come: x / over, at most 1.
static double progress(const struct threshold_options *options,
                       const struct aggregation_view *view) {
    struct position x = position_of(options, view);
    __int128 length = (__int128)x.per * options->over;
    REQUIRE(options->over >= 1);
    return x.at >= length ? 1 : (double)x.at / (double)length;
}

// Whole steps from the start towards "value".
static int64_t stepped(int64_t start, double value, const struct aggregation_view *view) {
    INVARIANT(value >= 0 && start >= 1);
    int64_t steps = (int64_t)floor(fabs(value - (double)start) + step_tolerance);
    return within_workers(value < (double)start ? start - steps : start + steps, view);
}

static int64_t constant(const struct policy_options *policy, const struct aggregation_view *view) {
    return number_of(policy->threshold.start, view);
}

static int64_t step(const struct policy_options *policy, const struct aggregation_view *view) {
    const struct threshold_options *options = &policy->threshold;
    REQUIRE(options->every >= 1);
    struct position x = position_of(options, view);
    __int128 steps = x.at / ((__int128)x.per * options->every);
    steps = steps > INT64_MAX ? INT64_MAX : steps;
    __int128 k = number_of(options->start, view) + options->increment * steps;
    if (threshold_is_capped(options, view->workers)) {
        bool beyond = options->increment < 0 ? k < options->end : k > options->end;
        k = beyond ? options->end : k;
    }
    return within_workers(k, view);
}

static int64_t linear(const struct policy_options *policy, const struct aggregation_view *view) {
    const struct threshold_options *options = &policy->threshold;
    int64_t start = number_of(options->start, view);
    int64_t way = number_of(options->end, view) - start;
    struct position x = position_of(options, view);
    __int128 length = (__int128)x.per * options->over;
    return within_workers(start + (x.at >= length ? way : way * x.at / length), view);
}

static int64_t exponential(const struct policy_options *policy,
                           const struct aggregation_view *view) {
    double start = (double)number_of(policy->threshold.start, view);
    double end = (double)number_of(policy->threshold.end, view);
    double u = progress(&policy->threshold, view);
    double value = u == 1 ? end : start * stable_exp(u * stable_log(end / start));
    return stepped((int64_t)start, value, view);
}

// A way from start to end, of which the share is gone.
static int64_t gone(const struct policy_options *policy, const struct aggregation_view *view,
                    double share) {
    int64_t start = number_of(policy->threshold.start, view);
    int64_t end = number_of(policy->threshold.end, view);
    return stepped(start, (double)start + (double)(end - start) * share, view);
}

static int64_t cosine(const struct policy_options *policy, const struct aggregation_view *view) {
    double u = progress(&policy->threshold, view);
    return gone(policy, view, (1 - stable_cos_pi(u)) / 2);
}

static double logistic(double x) {
    return 1 / (1 + stable_exp(-x));
}

static int64_t sigmoid(const struct policy_options *policy, const struct aggregation_view *view) {
    double u = progress(&policy->threshold, view);
    double steepness = policy->threshold.steepness;
    REQUIRE(steepness > 0);
    double first = logistic(-steepness / 2);
    double last = logistic(steepness / 2);
    return gone(policy, view,
                u == 1 ? 1 : (logistic(steepness * (u - 0.5)) - first) / (last - first));
}

static int64_t table(const struct policy_options *policy, const struct aggregation_view *view) {
    const struct threshold_options *options = &policy->threshold;
    struct position x = position_of(options, view);
    int64_t k = options->start;
    REQUIRE(options->table.count >= 0 && options->table.count <= THRESHOLD_TABLE_MAX);
    for (int32_t i = 0; i < options->table.count; i++) {
        if ((__int128)options->table.rows[i].when * x.per > x.at) {
            break;
        }
        k = options->table.rows[i].threshold;
    }
    return within_workers(number_of(k, view), view);
}

static int64_t expression(const struct policy_options *policy,
                          const struct aggregation_view *view) {
    const double values[THRESHOLD_VARIABLE_COUNT] = {
        [THRESHOLD_VARIABLE_N] = (double)view->gradients_received,
        [THRESHOLD_VARIABLE_UPDATES] = (double)view->version,
        [THRESHOLD_VARIABLE_TIME] = sim_time_to_seconds(view->now_ns),
        [THRESHOLD_VARIABLE_EPOCH] =
            (double)view->gradients_received * (double)view->batch / (double)view->train_count,
        [THRESHOLD_VARIABLE_LOSS] = view->loss,
        [THRESHOLD_VARIABLE_P] = (double)view->workers,
    };
    double value = expression_value(&policy->threshold.formula, values);
    if (isnan(value)) {
        return within_workers(number_of(policy->threshold.start, view), view);
    }
    double k = floor(value + step_tolerance);
    return k < 1 ? 1 : k > view->workers ? view->workers : (int64_t)k;
}

int64_t threshold_adasync(int64_t first, int64_t workers, bool waits, double first_loss,
                          double loss) {
    REQUIRE(first >= 1 && first <= workers);
    double k = (double)first;
    double p = (double)workers;
    if (!waits) {
        k *= sqrt(first_loss / loss);
    } else if (first < workers) {
        double b = k * k * first_loss / ((p - k) * loss);
        k = (sqrt(b * b + 4 * b * p) - b) / 2;
    }
    k = floor(k + 0.5);
    // Losses of exactly 0 make infinities and NaN: the end of training is synchronous.
    return k >= 1 && k <= p ? (int64_t)k : k < 1 ? 1 : workers;
}

static int64_t adasync(const struct policy_options *policy, const struct aggregation_view *view) {
    const struct threshold_options *options = &policy->threshold;
    struct threshold_memory *memory = view->memory;
    REQUIRE(memory != NULL && options->every >= 1);
    struct position x = position_of(options, view);
    int64_t decision = (int64_t)(x.at / ((__int128)x.per * options->every));
    int64_t first = within_workers(number_of(options->start, view), view);
    if (memory->threshold == 0) {
        memory->threshold = first;
    }
    if (decision > memory->decision && !isnan(view->loss)) {
        memory->threshold =
            threshold_adasync(first, view->workers, view->waits, view->first_loss, view->loss);
        memory->decision = decision;
    }
    return memory->threshold;
}

const struct schedule_entry schedule_table[SCHEDULE_COUNT] = {
    ROW(SCHEDULE_CONSTANT) = {.name = "constant", .threshold = constant, .summary = "K = start"},
    ROW(SCHEDULE_STEP) =
        {.name = "step",
         .threshold = step,
         .summary =
             "K(x) = start + increment * floor(x / every), kept between 1 and P; it stops at end",
         .has_every = true,
         .has_increment = true,
         .has_counts = true,
         .paper = "arXiv 2407.00101"},
    ROW(SCHEDULE_LINEAR) = {.name = "linear",
                            .threshold = linear,
                            .summary =
                                "K goes in a straight line from start to end while x goes from 0 "
                                "to over; it is rounded down where K rises, up where K falls",
                            .has_counts = true,
                            .has_way = true},
    ROW(SCHEDULE_EXPONENTIAL) =
        {.name = "exponential",
         .threshold = exponential,
         .summary = "K(x) = start * (end / start)^(x / over), rounded as for linear",
         .has_counts = true,
         .has_way = true},
    ROW(SCHEDULE_COSINE) =
        {.name = "cosine",
         .threshold = cosine,
         .summary =
             "K(x) = start + (end - start) * (1 - cos(pi x / over)) / 2, rounded as for linear",
         .has_counts = true,
         .has_way = true},
    ROW(SCHEDULE_SIGMOID) = {.name = "sigmoid",
                             .threshold = sigmoid,
                             .summary = "K goes from start to end along a logistic curve, which is "
                                        "steepest in the middle; rounded as for linear",
                             .has_counts = true,
                             .has_way = true,
                             .has_steepness = true},
    ROW(SCHEDULE_TABLE) =
        {.name = "table",
         .threshold = table,
         .summary =
             "K is that of the last row whose x has been reached; start before the first row",
         .has_counts = true,
         .has_table = true},
    ROW(SCHEDULE_EXPRESSION) =
        {.name = "expression",
         .threshold = expression,
         .summary = "K is a formula of n, updates, time (in s), epoch, loss and P, rounded down",
         .has_formula = true,
         .has_window = true},
    ROW(SCHEDULE_ADASYNC) = {.name = "adasync",
                             .counts = COUNTS_TIME,
                             .threshold = adasync,
                             .summary = "K follows the training loss and is decided again at "
                                        "intervals: the lower the loss, the larger K",
                             .has_every = true,
                             .has_counts = true,
                             .has_window = true,
                             .paper = "arXiv 2003.10579"},
};

ROWS_COMPLETE(SCHEDULE_COUNT);

bool threshold_reads_loss(const struct policy_options *policy) {
    const struct schedule_entry *schedule = &schedule_table[policy->threshold.schedule];
    if (!policy_table[policy->policy].has_threshold) {
        return false;
    }
    return schedule->has_formula
               ? expression_uses(&policy->threshold.formula, THRESHOLD_VARIABLE_LOSS)
               : schedule->has_window;
}

int64_t threshold_at(const struct policy_options *policy, const struct aggregation_view *view) {
    REQUIRE(policy->threshold.schedule < SCHEDULE_COUNT);
    REQUIRE(view->workers >= 1 && view->gradients_received >= 0 && view->version >= 0);
    REQUIRE(view->present >= 0 && view->present <= view->workers);
    int64_t threshold = schedule_table[policy->threshold.schedule].threshold(policy, view);
    bool is_capped = view->waits || policy->threshold.schedule != SCHEDULE_CONSTANT;
    int64_t most = view->present < 1 ? 1 : view->present;
    // A constant that no number of workers bounds is not bounded by those who are there either.
    if (is_capped && view->present < view->workers && threshold > most) {
        threshold = most;
    }
    ENSURE(threshold >= 1);
    return threshold;
}
