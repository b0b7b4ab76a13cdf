// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/curve_table.h"

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_csv.h"

#define AT(row, field) .offset = offsetof(struct row, field)
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

#define PROGRESS_COLUMNS(row)                                                                      \
    {"updates", AT(row, until.updates), COLUMN_DOUBLE, .units = "1",                               \
     .long_name = "updates until then"},                                                           \
        {"gradients", AT(row, until.gradients), COLUMN_DOUBLE, .units = "1",                       \
         .long_name = "gradients applied until then"},                                             \
        {"samples", AT(row, until.samples), COLUMN_DOUBLE, .units = "1",                           \
         .long_name = "training samples in these gradients, NaN without data"},                    \
    {                                                                                              \
        "bytes", AT(row, until.bytes), COLUMN_DOUBLE,                                              \
            .units = "B", .long_name = "bytes of the messages that had set out until then"         \
    }

#define DOUBLE(row, field, text)                                                                   \
    { #field, AT(row, field), COLUMN_DOUBLE, .units = "1", .long_name = (text) }

static const struct runlog_column evaluation_columns[] = {
    {"time_ns", AT(curve_evaluation, time_ns), COLUMN_INT64, .units = "ns",
     .long_name = "simulated time"},
    {"version", AT(curve_evaluation, version), COLUMN_INT64, .units = "1",
     .long_name = "parameter version evaluated"},
    DOUBLE(curve_evaluation, test_loss, "mean loss over the test samples"),
    DOUBLE(curve_evaluation, test_accuracy, "fraction of the test samples classified correctly"),
    DOUBLE(curve_evaluation, train_loss, "mean loss over the training samples"),
    DOUBLE(curve_evaluation, train_accuracy,
           "fraction of the training samples classified correctly"),
    PROGRESS_COLUMNS(curve_evaluation),
};

static const struct runlog_column span_columns[] = {
    {"began_ns", AT(curve_span, began_ns), COLUMN_INT64, .units = "ns",
     .long_name = "simulated time at which the span begins"},
    {"ended_ns", AT(curve_span, ended_ns), COLUMN_INT64, .units = "ns",
     .long_name = "simulated time at which it ends"},
    PROGRESS_COLUMNS(curve_span),
    DOUBLE(curve_span, threshold_mean, "mean threshold K of its updates"),
    DOUBLE(curve_span, staleness_mean, "mean staleness of the gradients applied in it, versions"),
    DOUBLE(curve_span, staleness_least, "the least"),
    DOUBLE(curve_span, staleness_most, "the greatest"),
    DOUBLE(curve_span, staleness_gradients_mean,
           "mean staleness of the gradients applied in it, gradients"),
    DOUBLE(curve_span, staleness_gradients_least, "the least"),
    DOUBLE(curve_span, staleness_gradients_most, "the greatest"),
    DOUBLE(curve_span, step_mean, "mean effective step of its updates"),
    DOUBLE(curve_span, busy_share, "share of the workers' time in computing"),
    DOUBLE(curve_span, waiting_share, "share in waiting for others"),
    DOUBLE(curve_span, communicating_share, "share in communicating and queueing"),
    DOUBLE(curve_span, idle_share, "share in both"),
    DOUBLE(curve_span, server_load, "share of the time in which the server was at work"),
};

const struct runlog_table curve_tables[CURVE_TABLE_COUNT] = {
    ROW(CURVES_EVALUATIONS) = {.name = "curves_evaluations",
                               .text = "One row per evaluation, with what the run had done.",
                               .row_bytes = sizeof(struct curve_evaluation),
                               .columns = evaluation_columns,
                               .column_count = COUNT_OF(evaluation_columns)},
    ROW(CURVES_SPANS) = {.name = "curves_spans",
                         .text = "One row per span of the run, all equally long but the last.",
                         .row_bytes = sizeof(struct curve_span),
                         .columns = span_columns,
                         .column_count = COUNT_OF(span_columns)},
};
ROWS_COMPLETE(CURVE_TABLE_COUNT);

const void *curve_table_rows(const struct curves *curves, enum curve_table_id id, size_t *count) {
    REQUIRE(id < CURVE_TABLE_COUNT);
    *count = id == CURVES_SPANS ? curves->span_count : curves->evaluation_count;
    return id == CURVES_SPANS ? (const void *)curves->spans : (const void *)curves->evaluations;
}

void curves_of_log(const struct runlog *log, struct curves *curves) {
    struct curve_scenario scenario;
    *curves = (struct curves){0};
    curve_scenario_read(log, &scenario);
    curve_find_evaluations(log, &scenario, curves);
    curve_find_spans(log, &scenario, curves);
}

void curves_reset(struct curves *curves) {
    memory_free(curves->evaluations);
    memory_free(curves->spans);
    *curves = (struct curves){0};
}

static void write_table(const struct runlog *log, enum curve_table_id id, FILE *out) {
    struct curves curves;
    size_t count = 0;
    curves_of_log(log, &curves);
    const void *rows = curve_table_rows(&curves, id, &count);
    runlog_csv_rows(&curve_tables[id], rows, count, out);
    curves_reset(&curves);
}

void curve_table_write_evaluations(const struct runlog *log, FILE *out) {
    write_table(log, CURVES_EVALUATIONS, out);
}

void curve_table_write_spans(const struct runlog *log, FILE *out) {
    write_table(log, CURVES_SPANS, out);
}
