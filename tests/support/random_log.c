// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/random_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/runlog/runlog_schema.h"

enum { VALUES_MAX = 1000000 };

// SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t next_random(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t *state, uint64_t limit) {
    return next_random(state) % limit;
}

// From "least": its least and greatest values, small ones, large ones.
static int64_t random_integer(uint64_t *state, int64_t least) {
    switch (below(state, 8)) {
    case 0:
        return least;
    case 1:
        return INT64_MAX;
    case 2:
        return (int64_t)(next_random(state) >> 1);
    default:
        return least + (int64_t)below(state, 1000);
    }
}

static double random_real(uint64_t *state) {
    static const double specials[] = {0.0,      -0.0,     5e-324, 1.7976931348623157e308,
                                      INFINITY, -INFINITY};
    switch (below(state, 8)) {
    case 0:
        return (double)NAN;
    case 1:
        return copysign((double)NAN, -1.0); // must become the canonical one
    case 2:
        return specials[below(state, sizeof specials / sizeof specials[0])];
    default:
        return (double)(int64_t)next_random(state) * 0x1p-63;
    }
}

// Fills a row column by column, as the schema allows.
static void fill_row(const struct runlog_table *table, int32_t workers, uint64_t *state,
                     unsigned char *row) {
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        int64_t integer = random_integer(state, column->least);
        uint64_t bits = next_random(state);
        int32_t least = column->type == COLUMN_WORKER ? (int32_t)column->least : 0;
        int32_t worker = (int32_t)below(state, (uint64_t)(workers - least)) + least;
        double real = random_real(state);
        uint32_t word = (uint32_t)below(state, column->word_count == 0 ? 1 : column->word_count);
        const void *values[COLUMN_TYPE_COUNT] = {&integer, &bits, &worker, &real, &word};
        bool narrow = column->type == COLUMN_WORKER || column->type == COLUMN_ENUM;
        memcpy(row + column->offset, values[column->type], narrow ? 4 : 8);
    }
}

// Row "number" of a table.
static void fill_table_row(const struct random_log_options *options, enum runlog_table_id id,
                           size_t number, uint64_t *state, void *row) {
    const struct runlog_table *table = &runlog_tables[id];
    fill_row(table, options->workers, state, row);
    for (size_t i = 0; i < table->column_count && number < options->narrow; i++) {
        if (table->columns[i].may_lack) {
            runlog_field_make_absent(&table->columns[i], row);
        }
    }
}

static size_t random_count(uint64_t *state) {
    static const size_t counts[] = {0, 1, 2, 25, 255, 256, 257, 1000, 16384, 16385, 20000};
    return counts[below(state, sizeof counts / sizeof counts[0])];
}

struct random_log_options random_log_options(uint64_t seed) {
    uint64_t state = seed;
    struct random_log_options options = {.seed = seed};
    options.events_logged = below(&state, 4) != 0;
    options.events = random_count(&state);
    options.gradients = random_count(&state);
    options.updates = random_count(&state);
    options.reductions = random_count(&state);
    options.evaluations = random_count(&state);
    options.workers = (int32_t)below(&state, 400) + 1;
    options.sample_columns = below(&state, 2) == 0 ? 0 : (int32_t)below(&state, 40) + 1;
    options.parameters = below(&state, 3) == 0 ? 0 : below(&state, 20000) + 24;
    options.values_logged = options.gradients > 0 && options.parameters > 0 &&
                            options.gradients * options.parameters < VALUES_MAX &&
                            below(&state, 2) == 0;
    options.centre_kept = options.parameters > 0 && below(&state, 2) == 0;
    options.incidents = random_count(&state);
    options.narrow = random_count(&state);
    return options;
}

static float *random_parameters(uint64_t *state, size_t count) {
    float *parameters = memory_allocate(count, sizeof *parameters);
    for (size_t i = 0; i < count; i++) {
        parameters[i] = (float)random_real(state);
    }
    return parameters;
}

static void play_start(const struct random_log_options *options, uint64_t *state,
                       const struct run_sink *sink) {
    struct layout_row layout[2] = {
        {.name = "conv1.weight", .rank = 4, .shape = {2, 1, 2, 2}, .offset = 0},
        {.name = "a name of exactly 31 characters", .rank = 1, .shape = {16}, .offset = 8},
    };
    uint64_t seed = next_random(state);
    uint64_t data_hash = next_random(state);
    struct runlog_header header = {
        .scenario = "title: Gr\xc3\xb6\xc3\x9f"
                    "e\nseed: 1\n",
        .policy = "hybrid",
        .seed = seed,
        .data_hash = data_hash,
        .workers = options->workers,
        .sample_columns = options->sample_columns,
        .events = options->events_logged,
        .gradient_values = options->values_logged,
        .layout_count = options->parameters == 0 ? 0 : 2,
        .layout = options->parameters == 0 ? NULL : layout,
        .parameter_count = options->parameters,
    };
    float *initial = random_parameters(state, options->parameters);
    header.initial = options->parameters == 0 ? NULL : initial;
    sink->start(sink->context, &header);
    memory_free(initial);
}

static void play_values(const struct random_log_options *options, uint64_t *state, int64_t index,
                        const struct run_sink *sink) {
    float *values = random_parameters(state, options->parameters);
    sink->values(sink->context, index, values);
    memory_free(values);
}

static void play_gradients(const struct random_log_options *options, uint64_t *state,
                           const struct run_sink *sink) {
    int32_t *samples = memory_allocate((size_t)options->sample_columns, sizeof *samples);
    for (size_t i = 0; i < options->gradients; i++) {
        struct gradient_row row;
        fill_table_row(options, TABLE_GRADIENTS, i, state, &row);
        for (int32_t j = 0; j < options->sample_columns; j++) {
            samples[j] = (int32_t)below(state, 60000);
        }
        // Every eighth stays behind its neighbours: 1 2 3 4 5 6 7 0.
        size_t group = i / 8 * 8;
        size_t length = options->gradients - group < 8 ? options->gradients - group : 8;
        size_t index = group + (i - group + 1) % length;
        if (options->values_logged && index % 3 != 0) {
            play_values(options, state, (int64_t)index, sink);
        }
        sink->gradient(sink->context, (int64_t)index, &row,
                       options->sample_columns == 0 || below(state, 50) == 0 ? NULL : samples);
    }
    memory_free(samples);
}

static void play_end(const struct random_log_options *options, uint64_t *state,
                     const struct run_sink *sink) {
    size_t workers = (size_t)options->workers;
    enum run_status status = (enum run_status)below(state, RUN_STATUS_COUNT);
    int64_t end_ns = random_integer(state, 0);
    int64_t event_count = random_integer(state, 0);
    uint64_t timeline_fingerprint = next_random(state);
    struct runlog_ending ending = {
        .status = status,
        .end_ns = end_ns,
        .event_count = event_count,
        .timeline_fingerprint = timeline_fingerprint,
        .parameter_fingerprint = next_random(state),
        .worker_count = options->workers,
        .workers = memory_allocate(workers, sizeof *ending.workers),
    };
    if (status == RUN_FAILED || status == RUN_STALLED) {
        snprintf(ending.reason, sizeof ending.reason, "%" PRIu64, next_random(state));
        ending.stalled_since_ns = status == RUN_STALLED ? random_integer(state, 0) : 0;
    }
    if (below(state, 4) != 0) {
        ending.service =
            (struct runlog_service){true, random_integer(state, 0), random_integer(state, 0)};
    }
    float *final = random_parameters(state, options->parameters);
    ending.final = options->parameters == 0 ? NULL : final;
    ending.centre = options->centre_kept ? random_parameters(state, options->parameters) : NULL;
    for (size_t i = 0; i < workers; i++) {
        fill_table_row(options, TABLE_WORKERS, i, state, &ending.workers[i]);
    }
    sink->end(sink->context, &ending);
    memory_free(final);
    memory_free(ending.centre);
    memory_free(ending.workers);
}

void random_log_play(const struct random_log_options *options, const struct run_sink *sink) {
    uint64_t state = options->seed + 1;
    play_start(options, &state, sink);
    for (size_t i = 0; i < options->events; i++) {
        struct event_row row;
        fill_table_row(options, TABLE_EVENTS, i, &state, &row);
        sink->event(sink->context, &row);
    }
    play_gradients(options, &state, sink);
    for (size_t i = 0; i < options->updates; i++) {
        struct update_row row;
        fill_table_row(options, TABLE_UPDATES, i, &state, &row);
        sink->update(sink->context, &row);
    }
    for (size_t i = 0; i < options->evaluations; i++) {
        struct evaluation_row row;
        fill_table_row(options, TABLE_EVALUATIONS, i, &state, &row);
        sink->evaluation(sink->context, &row);
    }
    for (size_t i = 0; i < options->reductions; i++) {
        struct reduction_row row;
        fill_table_row(options, TABLE_REDUCTIONS, i, &state, &row);
        sink->reduction(sink->context, &row);
    }
    for (size_t i = 0; i < options->incidents; i++) {
        struct incident_row row;
        fill_table_row(options, TABLE_INCIDENTS, i, &state, &row);
        sink->incident(sink->context, &row);
    }
    for (size_t i = 0; i < options->incidents; i++) { // as many
        struct probe_row row;
        fill_table_row(options, TABLE_PROBES, i, &state, &row);
        sink->probe(sink->context, &row);
    }
    play_end(options, &state, sink);
}

void random_log_make(const struct random_log_options *options, struct runlog *log) {
    struct run_sink sink = runlog_memory_sink(log);
    random_log_play(options, &sink);
}

static void expect_bytes(const void *a, const void *b, size_t bytes, const char *label,
                         const char *what) {
    if (bytes == 0) {
        if (a != NULL || b != NULL) {
            fail_msg("%s: %s: an empty array is not NULL", label, what);
        }
    } else if (memcmp(a, b, bytes) != 0) {
        fail_msg("%s: %s: differs", label, what);
    }
}

static void expect_number(uint64_t a, uint64_t b, const char *label, const char *what) {
    if (a != b) {
        fail_msg("%s: %s: %llu and %llu", label, what, (unsigned long long)a,
                 (unsigned long long)b);
    }
}

static void expect_equal_headers(const struct runlog_header *a, const struct runlog_header *b,
                                 const char *label) {
    if (strcmp(a->scenario, b->scenario) != 0 || strcmp(a->policy, b->policy) != 0) {
        fail_msg("%s: scenario or policy differ", label);
    }
    expect_number(a->seed, b->seed, label, "seed");
    expect_number(a->data_hash, b->data_hash, label, "data_hash");
    expect_number((uint64_t)a->workers, (uint64_t)b->workers, label, "workers");
    expect_number((uint64_t)a->sample_columns, (uint64_t)b->sample_columns, label,
                  "sample_columns");
    expect_number(a->events, b->events, label, "events");
    expect_number(a->gradient_values, b->gradient_values, label, "gradient_values");
    expect_number(a->layout_count, b->layout_count, label, "layout_count");
    expect_number(a->parameter_count, b->parameter_count, label, "parameter_count");
    expect_bytes(a->initial, b->initial, a->parameter_count * sizeof *a->initial, label, "initial");
    for (size_t i = 0; i < a->layout_count; i++) { // not as bytes: a row has padding
        const struct layout_row *x = &a->layout[i];
        const struct layout_row *y = &b->layout[i];
        expect_bytes(x, y, offsetof(struct layout_row, shape) + sizeof x->shape, label, "layout");
        expect_number((uint64_t)x->offset, (uint64_t)y->offset, label, "layout offset");
    }
}

static void expect_equal_endings(const struct runlog *a, const struct runlog *b,
                                 const char *label) {
    const struct runlog_ending *x = &a->ending;
    const struct runlog_ending *y = &b->ending;
    expect_number(x->status, y->status, label, "status");
    expect_number((uint64_t)x->end_ns, (uint64_t)y->end_ns, label, "end_ns");
    expect_number((uint64_t)x->event_count, (uint64_t)y->event_count, label, "event_count");
    expect_number(x->timeline_fingerprint, y->timeline_fingerprint, label, "timeline");
    expect_number(x->parameter_fingerprint, y->parameter_fingerprint, label, "parameters");
    expect_number((uint64_t)x->stalled_since_ns, (uint64_t)y->stalled_since_ns, label, "stalled");
    expect_number(x->service.known, y->service.known, label, "whether there was a server");
    expect_number((uint64_t)x->service.time_ns, (uint64_t)y->service.time_ns, label, "service");
    expect_number((uint64_t)x->service.replies, (uint64_t)y->service.replies, label, "replies");
    expect_bytes(x->reason, y->reason, sizeof x->reason, label, "reason");
    expect_bytes(x->final, y->final, a->header.parameter_count * sizeof *x->final, label, "final");
    expect_number(x->centre != NULL, y->centre != NULL, label, "whether there is a centre");
    expect_bytes(x->centre, y->centre,
                 x->centre == NULL ? 0 : a->header.parameter_count * sizeof *x->centre, label,
                 "centre");
}

void random_log_expect_equal(const struct runlog *a, const struct runlog *b, const char *label) {
    expect_equal_headers(&a->header, &b->header, label);
    expect_equal_endings(a, b, label);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct runlog_table *table = &runlog_tables[i];
        size_t counts[2];
        const void *x = runlog_table_rows(a, (enum runlog_table_id)i, &counts[0]);
        const void *y = runlog_table_rows(b, (enum runlog_table_id)i, &counts[1]);
        expect_number(counts[0], counts[1], label, table->name);
        expect_bytes(x, y, counts[0] * table->row_bytes, label, table->name);
    }
    size_t samples = a->gradient_count * (size_t)a->header.sample_columns;
    expect_bytes(a->samples, b->samples, samples * sizeof *a->samples, label, "samples");
    size_t values = a->header.gradient_values ? a->gradient_count * a->header.parameter_count : 0;
    expect_bytes(a->values, b->values, values * sizeof *a->values, label, "values");
}
