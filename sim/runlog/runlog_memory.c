// SPDX-License-Identifier: GPL-3.0-or-later
// The sink that keeps a whole log in memory. The HDF5 file is made from such a log, so that both
// are equal by construction: what is made canonical is made so here.
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/run_sink.h"

// Marks a gradient row that has not come yet; no outcome is that large.
static const uint32_t ROW_AWAITED = UINT32_MAX;

static double canonical(double value) {
    return isnan(value) ? (double)NAN : value;
}

static void keep_start(void *context, const struct runlog_header *header) {
    struct runlog *log = context;
    REQUIRE(log->header.scenario == NULL);
    runlog_header_copy(&log->header, header);
}

static void keep_event(void *context, const struct event_row *row) {
    struct runlog *log = context;
    if (!log->header.events) {
        return;
    }
    log->events = memory_grow(log->events, &log->event_capacity, log->event_count + 1, sizeof *row);
    log->events[log->event_count++] = *row;
}

// Rows of values for the gradients from "first" on, NaN until they come.
static void extend_values(struct runlog *log, size_t first, size_t count) {
    size_t columns = log->header.parameter_count;
    log->values =
        memory_grow(log->values, &log->value_capacity, count * columns, sizeof *log->values);
    for (size_t i = first * columns; i < count * columns; i++) {
        log->values[i] = NAN;
    }
}

static void extend_gradients(struct runlog *log, size_t count) {
    size_t columns = (size_t)log->header.sample_columns;
    log->gradients =
        memory_grow(log->gradients, &log->gradient_capacity, count, sizeof *log->gradients);
    if (columns > 0) {
        log->samples =
            memory_grow(log->samples, &log->sample_capacity, count * columns, sizeof *log->samples);
    }
    if (log->header.gradient_values) {
        extend_values(log, log->gradient_count, count);
    }
    for (; log->gradient_count < count; log->gradient_count++) {
        log->gradients[log->gradient_count].outcome = ROW_AWAITED;
    }
}

static size_t place_of_gradient(struct runlog *log, int64_t index) {
    REQUIRE(index >= 0);
    size_t place = (size_t)index;
    if (place >= log->gradient_count) {
        extend_gradients(log, place + 1);
    }
    return place;
}

static void keep_gradient(void *context, int64_t index, const struct gradient_row *row,
                          const int32_t *samples) {
    struct runlog *log = context;
    size_t place = place_of_gradient(log, index);
    struct gradient_row *kept = &log->gradients[place];
    REQUIRE(kept->outcome == ROW_AWAITED);
    *kept = *row;
    kept->loss = canonical(row->loss);
    kept->distance = canonical(row->distance);
    size_t columns = (size_t)log->header.sample_columns;
    if (columns == 0) {
        return;
    }
    int32_t *kept_samples = log->samples + place * columns;
    if (samples == NULL) {
        memset(kept_samples, 0xff, columns * sizeof *samples); // -1: none
    } else {
        memcpy(kept_samples, samples, columns * sizeof *samples);
    }
}

static void keep_values(void *context, int64_t index, const float *values) {
    struct runlog *log = context;
    size_t columns = log->header.parameter_count;
    if (!log->header.gradient_values || columns == 0) {
        return;
    }
    size_t place = place_of_gradient(log, index); // may move the values
    float *kept = log->values + place * columns;
    for (size_t i = 0; i < columns; i++) {
        kept[i] = isnan(values[i]) ? NAN : values[i];
    }
}

static void keep_update(void *context, const struct update_row *row) {
    struct runlog *log = context;
    log->updates =
        memory_grow(log->updates, &log->update_capacity, log->update_count + 1, sizeof *row);
    struct update_row *kept = &log->updates[log->update_count++];
    *kept = *row;
    kept->staleness_mean = canonical(row->staleness_mean);
    kept->learning_rate = canonical(row->learning_rate);
    kept->update_norm = canonical(row->update_norm);
}

static void keep_evaluation(void *context, const struct evaluation_row *row) {
    struct runlog *log = context;
    log->evaluations = memory_grow(log->evaluations, &log->evaluation_capacity,
                                   log->evaluation_count + 1, sizeof *row);
    struct evaluation_row *kept = &log->evaluations[log->evaluation_count++];
    *kept = *row;
    kept->test_loss = canonical(row->test_loss);
    kept->test_accuracy = canonical(row->test_accuracy);
    kept->train_loss = canonical(row->train_loss);
    kept->train_accuracy = canonical(row->train_accuracy);
}

static void keep_reduction(void *context, const struct reduction_row *row) {
    struct runlog *log = context;
    log->reductions = memory_grow(log->reductions, &log->reduction_capacity,
                                  log->reduction_count + 1, sizeof *row);
    struct reduction_row *kept = &log->reductions[log->reduction_count++];
    *kept = *row;
    kept->spread = canonical(row->spread);
}

static void keep_end(void *context, const struct runlog_ending *ending) {
    struct runlog *log = context;
    REQUIRE(ending->worker_count == log->header.workers);
    for (size_t i = 0; i < log->gradient_count; i++) {
        INVARIANT(log->gradients[i].outcome != ROW_AWAITED);
    }
    runlog_ending_copy(&log->ending, ending, log->header.parameter_count);
}

struct run_sink runlog_memory_sink(struct runlog *log) {
    REQUIRE(log != NULL);
    return (struct run_sink){
        .context = log,
        .start = keep_start,
        .event = keep_event,
        .gradient = keep_gradient,
        .values = keep_values,
        .update = keep_update,
        .evaluation = keep_evaluation,
        .reduction = keep_reduction,
        .end = keep_end,
    };
}
