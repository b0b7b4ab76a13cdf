// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/figure_line.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/untrained.h"

const char *const figure_curve_names[FIGURE_CURVE_COUNT] = {
    ROW(FIGURE_TEST_ACCURACY) = "test_accuracy",   ROW(FIGURE_TEST_LOSS) = "test_loss",
    ROW(FIGURE_TRAIN_ACCURACY) = "train_accuracy", ROW(FIGURE_TRAIN_LOSS) = "train_loss",
    ROW(FIGURE_THRESHOLD) = "threshold",           ROW(FIGURE_STALENESS) = "staleness",
};
ROWS_COMPLETE(FIGURE_CURVE_COUNT);

int64_t figure_line_span_ns(int64_t end_ns) {
    REQUIRE(end_ns >= 0);
    static const int64_t steps[] = {1, 2, 5};
    const int64_t least = end_ns / 125;
    int64_t power = 1;
    for (;; power *= 10) {
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            if (steps[i] * power >= least || power > INT64_MAX / 100) {
                return steps[i] * power;
            }
        }
    }
}

// The point of that time, made where it is missing. Times mostly come in order: search from the
// end.
static struct figure_point *point_at(struct figure_line *line, int64_t time_ns) {
    INVARIANT(line->count <= line->capacity);
    size_t at = line->count;
    while (at > 0 && line->points[at - 1].time_ns > time_ns) {
        at--;
    }
    if (at > 0 && line->points[at - 1].time_ns == time_ns) {
        return &line->points[at - 1];
    }
    line->points =
        memory_grow(line->points, &line->capacity, line->count + 1, sizeof *line->points);
    memmove(&line->points[at + 1], &line->points[at], (line->count - at) * sizeof *line->points);
    line->count++;
    line->points[at] = (struct figure_point){.time_ns = time_ns};
    return &line->points[at];
}

// One round's value; one that is not finite is none.
static void add_value(struct figure_line *line, int64_t time_ns, double value) {
    if (!isfinite(value)) {
        return;
    }
    struct figure_point *point = point_at(line, time_ns);
    point->rounds++;
    point->mean += (value - point->mean) / (double)point->rounds;
    point->least = point->rounds == 1 ? value : fmin(point->least, value);
    point->most = point->rounds == 1 ? value : fmax(point->most, value);
}

static void add_evaluations(struct figure_lines *lines, const struct runlog *log) {
    for (size_t i = 0; i < log->evaluation_count; i++) {
        const struct evaluation_row *row = &log->evaluations[i];
        add_value(&lines->lines[FIGURE_TEST_ACCURACY], row->time_ns, 100 * row->test_accuracy);
        add_value(&lines->lines[FIGURE_TEST_LOSS], row->time_ns, row->test_loss);
        add_value(&lines->lines[FIGURE_TRAIN_ACCURACY], row->time_ns, 100 * row->train_accuracy);
        add_value(&lines->lines[FIGURE_TRAIN_LOSS], row->time_ns, row->train_loss);
    }
}

// Updates are in time order: those of one span follow each other.
static void add_updates(struct figure_lines *lines, const struct runlog *log, int64_t span_ns,
                        int64_t end_ns) {
    REQUIRE(span_ns > 0);
    const char *scenario = log->header.scenario;
    bool has_server = scenario == NULL || !untrained_steps_locally(scenario);
    size_t i = 0;
    while (i < log->update_count && log->updates[i].time_ns / span_ns * span_ns < end_ns) {
        int64_t span = log->updates[i].time_ns / span_ns;
        double thresholds = 0;
        double updates = 0;
        double staleness = 0;
        double gradients = 0;
        for (; i < log->update_count && log->updates[i].time_ns / span_ns == span; i++) {
            const struct update_row *row = &log->updates[i];
            thresholds += (double)row->threshold;
            updates += 1;
            staleness += row->staleness_mean * (double)row->gradients;
            gradients += (double)row->gradients;
        }
        int64_t middle = sim_time_add(span * span_ns, span_ns / 2);
        if (has_server) { // else an update is an average of models
            add_value(&lines->lines[FIGURE_THRESHOLD], middle, thresholds / updates);
        }
        add_value(&lines->lines[FIGURE_STALENESS], middle, staleness / gradients);
    }
}

// Points are put in order by insertion: that must not take for ever.
static bool in_time_order(const struct runlog *log) {
    bool ordered = true;
    for (size_t i = 1; i < log->evaluation_count && ordered; i++) {
        ordered = log->evaluations[i - 1].time_ns <= log->evaluations[i].time_ns;
    }
    for (size_t i = 1; i < log->update_count && ordered; i++) {
        ordered = log->updates[i - 1].time_ns <= log->updates[i].time_ns;
    }
    return ordered;
}

enum status figure_lines_add(struct figure_lines *lines, const char *name, const struct runlog *log,
                             int64_t span_ns, int64_t end_ns, struct error *error) {
    REQUIRE(name != NULL);
    REQUIRE(span_ns > 0);
    if (!in_time_order(log)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its evaluations or updates are not in the order of time", name);
    }
    lines->rounds++;
    add_evaluations(lines, log);
    add_updates(lines, log, span_ns, end_ns);
    return STATUS_OK;
}

void figure_lines_reset(struct figure_lines *lines) {
    for (int curve = 0; curve < FIGURE_CURVE_COUNT; curve++) {
        memory_free(lines->lines[curve].points);
    }
    *lines = (struct figure_lines){0};
}
