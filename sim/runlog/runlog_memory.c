// SPDX-License-Identifier: GPL-3.0-or-later
// The sink that keeps a whole log in memory. The HDF5 file is made from such a log, so that both
// are equal by construction: what is made canonical is made so here.
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/run_sink.h"
#include "sim/runlog/runlog_schema.h"

// Marks a gradient row that has not come yet; no outcome is that large.
static const uint32_t ROW_AWAITED = UINT32_MAX;

// Adds a row to the rows of a table, which it returns.
static void *append(void *rows, size_t *count, size_t *capacity, enum runlog_table_id id,
                    const void *row) {
    const struct runlog_table *table = &runlog_tables[id];
    unsigned char *grown = memory_grow(rows, capacity, *count + 1, table->row_bytes);
    unsigned char *kept = grown + (*count)++ * table->row_bytes;
    memcpy(kept, row, table->row_bytes);
    runlog_rows_make_canonical(table, kept, 1);
    return grown;
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
    runlog_rows_make_canonical(&runlog_tables[TABLE_GRADIENTS], kept, 1);
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
        append(log->updates, &log->update_count, &log->update_capacity, TABLE_UPDATES, row);
}

static void keep_evaluation(void *context, const struct evaluation_row *row) {
    struct runlog *log = context;
    log->evaluations = append(log->evaluations, &log->evaluation_count, &log->evaluation_capacity,
                              TABLE_EVALUATIONS, row);
}

static void keep_reduction(void *context, const struct reduction_row *row) {
    struct runlog *log = context;
    log->reductions = append(log->reductions, &log->reduction_count, &log->reduction_capacity,
                             TABLE_REDUCTIONS, row);
}

static void keep_incident(void *context, const struct incident_row *row) {
    struct runlog *log = context;
    log->incidents =
        append(log->incidents, &log->incident_count, &log->incident_capacity, TABLE_INCIDENTS, row);
}

static void keep_probe(void *context, const struct probe_row *row) {
    struct runlog *log = context;
    log->probes = append(log->probes, &log->probe_count, &log->probe_capacity, TABLE_PROBES, row);
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
        .incident = keep_incident,
        .probe = keep_probe,
        .end = keep_end,
    };
}

void runlog_play(const struct runlog *log, const struct run_sink *sink) {
    REQUIRE(sink != NULL);
    if (sink->start != NULL) {
        sink->start(sink->context, &log->header);
    }
    for (size_t i = 0; i < log->gradient_count && sink->gradient != NULL; i++) {
        sink->gradient(sink->context, (int64_t)i, &log->gradients[i], NULL);
    }
    for (size_t i = 0; i < log->update_count && sink->update != NULL; i++) {
        sink->update(sink->context, &log->updates[i]);
    }
    for (size_t i = 0; i < log->evaluation_count && sink->evaluation != NULL; i++) {
        sink->evaluation(sink->context, &log->evaluations[i]);
    }
    for (size_t i = 0; i < log->reduction_count && sink->reduction != NULL; i++) {
        sink->reduction(sink->context, &log->reductions[i]);
    }
    for (size_t i = 0; i < log->incident_count && sink->incident != NULL; i++) {
        sink->incident(sink->context, &log->incidents[i]);
    }
    for (size_t i = 0; i < log->probe_count && sink->probe != NULL; i++) {
        sink->probe(sink->context, &log->probes[i]);
    }
    if (sink->end != NULL) {
        sink->end(sink->context, &log->ending);
    }
}
