// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of fields say how each kind of row is compared and written.
#include "sim/report/runlog_diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/sim_time.h"

enum field_type { FIELD_INT64, FIELD_INT32, FIELD_UINT32, FIELD_HASH, FIELD_DOUBLE };

struct field {
    const char *name;
    size_t offset;
    enum field_type type;
};

static const struct field event_fields[] = {
    {"time_ns", offsetof(struct event_row, time_ns), FIELD_INT64},
    {"kind", offsetof(struct event_row, kind), FIELD_UINT32},
    {"actor", offsetof(struct event_row, actor), FIELD_INT32},
    {"gradient", offsetof(struct event_row, gradient), FIELD_INT64},
    {"version", offsetof(struct event_row, version), FIELD_INT64},
};

static const struct field update_fields[] = {
    {"time_ns", offsetof(struct update_row, time_ns), FIELD_INT64},
    {"update_ns", offsetof(struct update_row, update_ns), FIELD_INT64},
    {"version", offsetof(struct update_row, version), FIELD_INT64},
    {"threshold", offsetof(struct update_row, threshold), FIELD_INT64},
    {"gradients", offsetof(struct update_row, gradients), FIELD_INT64},
    {"staleness_mean", offsetof(struct update_row, staleness_mean), FIELD_DOUBLE},
    {"staleness_max", offsetof(struct update_row, staleness_max), FIELD_INT64},
    {"learning_rate", offsetof(struct update_row, learning_rate), FIELD_DOUBLE},
    {"update_norm", offsetof(struct update_row, update_norm), FIELD_DOUBLE},
    {"parameter_hash", offsetof(struct update_row, parameter_hash), FIELD_HASH},
    {"loss_estimate", offsetof(struct update_row, loss_estimate), FIELD_DOUBLE},
};

static const struct field gradient_fields[] = {
    {"worker", offsetof(struct gradient_row, worker), FIELD_INT32},
    {"number", offsetof(struct gradient_row, number), FIELD_INT64},
    {"version_read", offsetof(struct gradient_row, version_read), FIELD_INT64},
    {"version_applied", offsetof(struct gradient_row, version_applied), FIELD_INT64},
    {"staleness", offsetof(struct gradient_row, staleness), FIELD_INT64},
    {"staleness_gradients", offsetof(struct gradient_row, staleness_gradients), FIELD_INT64},
    {"dispatched_ns", offsetof(struct gradient_row, dispatched_ns), FIELD_INT64},
    {"ready_ns", offsetof(struct gradient_row, ready_ns), FIELD_INT64},
    {"arrived_ns", offsetof(struct gradient_row, arrived_ns), FIELD_INT64},
    {"received_ns", offsetof(struct gradient_row, received_ns), FIELD_INT64},
    {"applied_ns", offsetof(struct gradient_row, applied_ns), FIELD_INT64},
    {"compute_ns", offsetof(struct gradient_row, compute_ns), FIELD_INT64},
    {"delay_ns", offsetof(struct gradient_row, delay_ns), FIELD_INT64},
    {"push_ns", offsetof(struct gradient_row, push_ns), FIELD_INT64},
    {"receive_ns", offsetof(struct gradient_row, receive_ns), FIELD_INT64},
    {"reply_ns", offsetof(struct gradient_row, reply_ns), FIELD_INT64},
    {"reply_travel_ns", offsetof(struct gradient_row, reply_travel_ns), FIELD_INT64},
    {"tie", offsetof(struct gradient_row, tie), FIELD_HASH},
    {"threshold", offsetof(struct gradient_row, threshold), FIELD_INT64},
    {"buffered", offsetof(struct gradient_row, buffered), FIELD_INT64},
    {"outcome", offsetof(struct gradient_row, outcome), FIELD_UINT32},
    {"loss", offsetof(struct gradient_row, loss), FIELD_DOUBLE},
    {"distance", offsetof(struct gradient_row, distance), FIELD_DOUBLE},
};

static const struct field evaluation_fields[] = {
    {"time_ns", offsetof(struct evaluation_row, time_ns), FIELD_INT64},
    {"version", offsetof(struct evaluation_row, version), FIELD_INT64},
    {"test_loss", offsetof(struct evaluation_row, test_loss), FIELD_DOUBLE},
    {"test_accuracy", offsetof(struct evaluation_row, test_accuracy), FIELD_DOUBLE},
    {"train_loss", offsetof(struct evaluation_row, train_loss), FIELD_DOUBLE},
    {"train_accuracy", offsetof(struct evaluation_row, train_accuracy), FIELD_DOUBLE},
};

static const struct field reduction_fields[] = {
    {"began_ns", offsetof(struct reduction_row, began_ns), FIELD_INT64},
    {"span_ns", offsetof(struct reduction_row, span_ns), FIELD_INT64},
    {"scope", offsetof(struct reduction_row, scope), FIELD_UINT32},
    {"worker", offsetof(struct reduction_row, worker), FIELD_INT32},
    {"members", offsetof(struct reduction_row, members), FIELD_INT64},
    {"number", offsetof(struct reduction_row, number), FIELD_INT64},
    {"version", offsetof(struct reduction_row, version), FIELD_INT64},
    {"steps", offsetof(struct reduction_row, steps), FIELD_INT64},
    {"bytes_intra", offsetof(struct reduction_row, bytes_intra), FIELD_INT64},
    {"bytes_inter", offsetof(struct reduction_row, bytes_inter), FIELD_INT64},
    {"tie", offsetof(struct reduction_row, tie), FIELD_HASH},
    {"spread", offsetof(struct reduction_row, spread), FIELD_DOUBLE},
};

static const struct field worker_fields[] = {
    {"busy_ns", offsetof(struct worker_row, busy_ns), FIELD_INT64},
    {"waiting_ns", offsetof(struct worker_row, waiting_ns), FIELD_INT64},
    {"communicating_ns", offsetof(struct worker_row, communicating_ns), FIELD_INT64},
    {"gradients", offsetof(struct worker_row, gradients), FIELD_INT64},
    {"dropped", offsetof(struct worker_row, dropped), FIELD_INT64},
};

struct table {
    const char *name; // of one row
    const struct field *fields;
    size_t field_count;
    size_t row_size;
    void (*name_row)(const void *row, char *text, size_t size); // who it is about; may be NULL
};

struct rows {
    const void *rows;
    size_t count;
};

struct differ {
    const char *const *names;
    struct runlog_difference *difference;
    size_t used;
};

static void add(struct differ *differ, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct differ *differ, const char *format, ...) {
    size_t room = RUNLOG_DIFFERENCE_SIZE - differ->used;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(differ->difference->text + differ->used, room, format, arguments);
    va_end(arguments);
    differ->used += (size_t)length < room ? (size_t)length : room - 1;
    differ->difference->found = true;
}

static size_t type_size(enum field_type type) {
    return type == FIELD_INT32 || type == FIELD_UINT32 ? 4 : 8;
}

static double read_double(const void *bytes) {
    double value = 0;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static bool field_equal(const struct field *field, const void *a, const void *b) {
    const char *x = (const char *)a + field->offset;
    const char *y = (const char *)b + field->offset;
    return memcmp(x, y, type_size(field->type)) == 0 ||
           (field->type == FIELD_DOUBLE && isnan(read_double(x)) && isnan(read_double(y)));
}

static bool row_equal(const struct table *table, const void *a, const void *b) {
    for (size_t i = 0; i < table->field_count; i++) {
        if (!field_equal(&table->fields[i], a, b)) {
            return false;
        }
    }
    return true;
}

static void format_field(const struct field *field, const void *row, char *text, size_t size) {
    const char *bytes = (const char *)row + field->offset;
    uint64_t wide = 0;
    uint32_t narrow = 0;
    memcpy(type_size(field->type) == 4 ? (void *)&narrow : (void *)&wide, bytes,
           type_size(field->type));
    if (field->type == FIELD_DOUBLE) {
        snprintf(text, size, "%.17g", read_double(bytes));
    } else if (field->type == FIELD_HASH) {
        snprintf(text, size, "%016" PRIx64, wide);
    } else if (field->type == FIELD_INT64) {
        snprintf(text, size, "%" PRId64, (int64_t)wide);
    } else if (field->type == FIELD_INT32) {
        snprintf(text, size, "%" PRId32, (int32_t)narrow);
    } else {
        snprintf(text, size, "%" PRIu32, narrow);
    }
}

// "time_ns, version": every field in which the rows differ.
static void add_field_names(struct differ *differ, const struct table *table, const void *a,
                            const void *b) {
    const char *separator = "";
    for (size_t i = 0; i < table->field_count; i++) {
        if (!field_equal(&table->fields[i], a, b)) {
            add(differ, "%s%s", separator, table->fields[i].name);
            separator = ", ";
        }
    }
}

static void add_field_values(struct differ *differ, const struct table *table, const void *row,
                             const void *other) {
    char value[64];
    const char *separator = " ";
    for (size_t i = 0; i < table->field_count; i++) {
        if (!field_equal(&table->fields[i], row, other)) {
            format_field(&table->fields[i], row, value, sizeof value);
            add(differ, "%s%s", separator, value);
            separator = ", ";
        }
    }
}

static void format_event(const void *bytes, char *text, size_t size) {
    const struct event_row *row = bytes;
    char time[SIM_TIME_TEXT_SIZE];
    const char *kind = row->kind < EVENT_KIND_COUNT ? event_kind_names[row->kind] : "unknown kind";
    sim_time_format_seconds(row->time_ns, time);
    if (row->actor < 0) {
        snprintf(text, size, "%s, server %s, version %" PRId64, time, kind, row->version);
    } else {
        snprintf(text, size, "%s, worker %" PRId32 " %s, gradient %" PRId64 ", version %" PRId64,
                 time, row->actor, kind, row->gradient, row->version);
    }
}

static void name_update(const void *bytes, char *text, size_t size) {
    const struct update_row *row = bytes;
    char time[SIM_TIME_TEXT_SIZE];
    snprintf(text, size, " (%s, makes version %" PRId64 ")",
             sim_time_format_seconds(row->time_ns, time), row->version);
}

static void name_gradient(const void *bytes, char *text, size_t size) {
    const struct gradient_row *row = bytes;
    snprintf(text, size, " (worker %" PRId32 ", gradient %" PRId64 ")", row->worker, row->number);
}

static void name_evaluation(const void *bytes, char *text, size_t size) {
    const struct evaluation_row *row = bytes;
    char time[SIM_TIME_TEXT_SIZE];
    snprintf(text, size, " (at %s)", sim_time_format_seconds(row->time_ns, time));
}

static void name_reduction(const void *bytes, char *text, size_t size) {
    const struct reduction_row *row = bytes;
    char time[SIM_TIME_TEXT_SIZE];
    snprintf(text, size, " (%s, %" PRId64 " workers from %" PRId32 ")",
             sim_time_format_seconds(row->began_ns, time), row->members, row->worker);
}

#define FIELDS(fields) (fields), sizeof(fields) / sizeof(fields)[0]
static const struct table event_table = {"event", FIELDS(event_fields), sizeof(struct event_row),
                                         NULL};
static const struct table update_table = {"update", FIELDS(update_fields),
                                          sizeof(struct update_row), name_update};
static const struct table gradient_table = {"gradient row", FIELDS(gradient_fields),
                                            sizeof(struct gradient_row), name_gradient};
static const struct table evaluation_table = {"evaluation", FIELDS(evaluation_fields),
                                              sizeof(struct evaluation_row), name_evaluation};
static const struct table reduction_table = {"reduction", FIELDS(reduction_fields),
                                             sizeof(struct reduction_row), name_reduction};
static const struct table worker_table = {"worker", FIELDS(worker_fields),
                                          sizeof(struct worker_row), NULL};

static void add_row(struct differ *differ, const struct table *table, size_t index, const void *a,
                    const void *b) {
    char first[160] = "";
    char second[160] = "";
    if (table->name_row != NULL) {
        table->name_row(a, first, sizeof first);
    }
    add(differ, "%s %zu%s differs in ", table->name, index, first);
    add_field_names(differ, table, a, b);
    if (table->fields == event_fields) {
        format_event(a, first, sizeof first);
        format_event(b, second, sizeof second);
        add(differ, ": %s %s; %s %s\n", differ->names[0], first, differ->names[1], second);
        return;
    }
    add(differ, ": %s", differ->names[0]);
    add_field_values(differ, table, a, b);
    add(differ, "; %s", differ->names[1]);
    add_field_values(differ, table, b, a);
    add(differ, "\n");
}

static void diff_table(struct differ *differ, const struct table *table, struct rows a,
                       struct rows b) {
    size_t common = a.count < b.count ? a.count : b.count;
    for (size_t i = 0; i < common; i++) {
        const void *x = (const char *)a.rows + i * table->row_size;
        const void *y = (const char *)b.rows + i * table->row_size;
        if (!row_equal(table, x, y)) {
            add_row(differ, table, i, x, y);
            return;
        }
    }
    if (a.count != b.count) {
        char what[160] = "";
        const char *longer = a.count > b.count ? a.rows : b.rows;
        if (table->fields == event_fields) {
            what[0] = ' ';
            format_event(longer + common * table->row_size, what + 1, sizeof what - 1);
        } else if (table->name_row != NULL) {
            table->name_row(longer + common * table->row_size, what, sizeof what);
        }
        add(differ, "%s %zu is only in %s:%s (%zu rows; %zu)\n", table->name, common,
            differ->names[a.count < b.count], what, a.count, b.count);
    }
}

static uint32_t float_bits(float value) {
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void diff_parameters(struct differ *differ, const char *what, const float *a, const float *b,
                            const size_t counts[2]) {
    if (counts[0] != counts[1]) {
        add(differ, "%s parameters: %s %zu, %s %zu\n", what, differ->names[0], counts[0],
            differ->names[1], counts[1]);
        return;
    }
    for (size_t i = 0; i < counts[0]; i++) {
        if (float_bits(a[i]) != float_bits(b[i]) && !(isnan(a[i]) && isnan(b[i]))) {
            add(differ, "%s parameter %zu differs: %s %.9g, %s %.9g\n", what, i, differ->names[0],
                (double)a[i], differ->names[1], (double)b[i]);
            return;
        }
    }
}

// Logs from before it was kept have none of a scheme that has one.
static void diff_centre(struct differ *differ, const struct runlog *a, const struct runlog *b,
                        const size_t counts[2]) {
    const float *x = a->ending.centre;
    const float *y = b->ending.centre;
    if (x != NULL && y != NULL) {
        diff_parameters(differ, "centre", x, y, counts);
    } else if (x != y && strcmp((x == NULL ? a : b)->header.policy, "easgd") != 0) {
        add(differ, "centre parameters are only in %s\n", differ->names[x == NULL]);
    }
}

static void diff_samples(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    size_t columns = (size_t)a->header.sample_columns;
    size_t rows = a->gradient_count < b->gradient_count ? a->gradient_count : b->gradient_count;
    if (a->samples == NULL || b->samples == NULL ||
        a->header.sample_columns != b->header.sample_columns) {
        return;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        if (a->samples[i] != b->samples[i]) {
            const struct gradient_row *row = &a->gradients[i / columns];
            add(differ,
                "sample %zu of gradient row %zu (worker %" PRId32 ", gradient %" PRId64
                ") differs: %s %" PRId32 "; %s %" PRId32 "\n",
                i % columns, i / columns, row->worker, row->number, differ->names[0], a->samples[i],
                differ->names[1], b->samples[i]);
            return;
        }
    }
}

static void diff_values(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    size_t columns = a->header.parameter_count;
    size_t rows = a->gradient_count < b->gradient_count ? a->gradient_count : b->gradient_count;
    if (a->values == NULL || b->values == NULL || columns != b->header.parameter_count) {
        return;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        float x = a->values[i];
        float y = b->values[i];
        if (float_bits(x) != float_bits(y) && !(isnan(x) && isnan(y))) {
            const struct gradient_row *row = &a->gradients[i / columns];
            add(differ,
                "value %zu of gradient row %zu (worker %" PRId32 ", gradient %" PRId64
                ") differs: %s %.9g; %s %.9g\n",
                i % columns, i / columns, row->worker, row->number, differ->names[0], (double)x,
                differ->names[1], (double)y);
            return;
        }
    }
}

static void diff_hash(struct differ *differ, const char *what, uint64_t a, uint64_t b) {
    if (a != b) {
        add(differ, "%s differs: %s %016" PRIx64 "; %s %016" PRIx64 "\n", what, differ->names[0], a,
            differ->names[1], b);
    }
}

static const char *status_name(const struct runlog *log) {
    return log->ending.status < RUN_STATUS_COUNT ? run_status_names[log->ending.status] : "unknown";
}

// Of runs that ended alike: since when one stalled, and for whom, or why one failed.
static void diff_cause(struct differ *differ, const struct runlog_ending *a,
                       const struct runlog_ending *b) {
    char first[SIM_TIME_TEXT_SIZE];
    char second[SIM_TIME_TEXT_SIZE];
    if (a->stalled_since_ns != b->stalled_since_ns) {
        add(differ, "beginning of the stall differs: %s %s; %s %s\n", differ->names[0],
            sim_time_format_seconds(a->stalled_since_ns, first), differ->names[1],
            sim_time_format_seconds(b->stalled_since_ns, second));
    }
    if (strcmp(a->reason, b->reason) != 0) {
        add(differ, "cause of the end differs: %s %s; %s %s\n", differ->names[0], a->reason,
            differ->names[1], b->reason);
    }
}

static void diff_ending(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    char first[SIM_TIME_TEXT_SIZE];
    char second[SIM_TIME_TEXT_SIZE];
    if (a->ending.status != b->ending.status) {
        add(differ, "status differs: %s %s; %s %s\n", differ->names[0], status_name(a),
            differ->names[1], status_name(b));
    } else {
        diff_cause(differ, &a->ending, &b->ending);
    }
    if (a->ending.end_ns != b->ending.end_ns) {
        add(differ, "end differs: %s %s; %s %s\n", differ->names[0],
            sim_time_format_seconds(a->ending.end_ns, first), differ->names[1],
            sim_time_format_seconds(b->ending.end_ns, second));
    }
    if (a->ending.event_count != b->ending.event_count) {
        add(differ, "number of events differs: %s %" PRId64 "; %s %" PRId64 "\n", differ->names[0],
            a->ending.event_count, differ->names[1], b->ending.event_count);
    }
    diff_hash(differ, "timeline fingerprint", a->ending.timeline_fingerprint,
              b->ending.timeline_fingerprint);
    diff_hash(differ, "parameter fingerprint", a->ending.parameter_fingerprint,
              b->ending.parameter_fingerprint);
}

struct scenario_differ {
    const char *other;
    const char *const *names;
    bool only_missing; // the second pass: keys that the first scenario lacks
    char *text;
    size_t used;
};

static void diff_key(void *context, const char *key, const char *value) {
    struct scenario_differ *differ = context;
    char other[512];
    bool present = canonical_text_value(differ->other, key, other, sizeof other);
    if (differ->only_missing ? present : present && strcmp(value, other) == 0) {
        return;
    }
    const char *first = differ->only_missing ? "(none)" : value;
    const char *second = differ->only_missing ? value : present ? other : "(none)";
    size_t room = RUNLOG_DIFFERENCE_SIZE - differ->used;
    int length = snprintf(differ->text + differ->used, room, "%s: %s %s; %s %s\n", key,
                          differ->names[0], first, differ->names[1], second);
    differ->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void diff_scenario(const struct runlog *a, const struct runlog *b, const char *const *names,
                          char text[RUNLOG_DIFFERENCE_SIZE]) {
    struct scenario_differ differ = {b->header.scenario, names, false, text, 0};
    canonical_text_each(a->header.scenario, diff_key, &differ);
    differ.other = a->header.scenario;
    differ.only_missing = true;
    canonical_text_each(b->header.scenario, diff_key, &differ);
    if (a->header.data_hash != b->header.data_hash) {
        snprintf(text + differ.used, RUNLOG_DIFFERENCE_SIZE - differ.used,
                 "contents of the data: %s %016" PRIx64 "; %s %016" PRIx64 "\n", names[0],
                 a->header.data_hash, names[1], b->header.data_hash);
    }
}

bool runlog_diff(const struct runlog *first, const struct runlog *second,
                 const char *const names[2], struct runlog_difference *difference) {
    const struct runlog *a = first;
    const struct runlog *b = second;
    struct differ differ = {names, difference, 0};
    const size_t parameters[2] = {a->header.parameter_count, b->header.parameter_count};
    REQUIRE(a->header.scenario != NULL && b->header.scenario != NULL);
    *difference = (struct runlog_difference){0};
    diff_scenario(a, b, names, difference->scenario);
    if (a->header.events == b->header.events) { // of two without events neither may have any
        diff_table(&differ, &event_table, (struct rows){a->events, a->event_count},
                   (struct rows){b->events, b->event_count});
    }
    diff_table(&differ, &update_table, (struct rows){a->updates, a->update_count},
               (struct rows){b->updates, b->update_count});
    diff_table(&differ, &gradient_table, (struct rows){a->gradients, a->gradient_count},
               (struct rows){b->gradients, b->gradient_count});
    diff_table(&differ, &evaluation_table, (struct rows){a->evaluations, a->evaluation_count},
               (struct rows){b->evaluations, b->evaluation_count});
    diff_table(&differ, &reduction_table, (struct rows){a->reductions, a->reduction_count},
               (struct rows){b->reductions, b->reduction_count});
    diff_parameters(&differ, "initial", a->header.initial, b->header.initial, parameters);
    diff_parameters(&differ, "final", a->ending.final, b->ending.final, parameters);
    diff_centre(&differ, a, b, parameters);
    diff_table(&differ, &worker_table,
               (struct rows){a->ending.workers, (size_t)a->ending.worker_count},
               (struct rows){b->ending.workers, (size_t)b->ending.worker_count});
    diff_samples(&differ, a, b);
    diff_values(&differ, a, b);
    diff_ending(&differ, a, b);
    return difference->found;
}
