// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of fields say how each kind of row is compared and written.
#include "sim/report/row_diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/runlog.h"

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

void differ_add(struct differ *differ, const char *format, ...) {
    REQUIRE(differ->used < differ->size);
    size_t room = differ->size - differ->used;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(differ->text + differ->used, room, format, arguments);
    va_end(arguments);
    ENSURE(length >= 0);
    differ->used += (size_t)length < room ? (size_t)length : room - 1;
    differ->found = true;
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
    REQUIRE(a != NULL && b != NULL);
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
    REQUIRE(size > 0);
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
            differ_add(differ, "%s%s", separator, table->fields[i].name);
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
            differ_add(differ, "%s%s", separator, value);
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
static const struct table tables[] = {
    [ROW_EVENT] = {"event", FIELDS(event_fields), sizeof(struct event_row), NULL},
    [ROW_UPDATE] = {"update", FIELDS(update_fields), sizeof(struct update_row), name_update},
    [ROW_GRADIENT] = {"gradient row", FIELDS(gradient_fields), sizeof(struct gradient_row),
                      name_gradient},
    [ROW_EVALUATION] = {"evaluation", FIELDS(evaluation_fields), sizeof(struct evaluation_row),
                        name_evaluation},
    [ROW_REDUCTION] = {"reduction", FIELDS(reduction_fields), sizeof(struct reduction_row),
                       name_reduction},
    [ROW_WORKER] = {"worker", FIELDS(worker_fields), sizeof(struct worker_row), NULL},
};
_Static_assert(sizeof tables / sizeof tables[0] == ROW_KIND_COUNT, "a table for each kind of row");

static void add_row(struct differ *differ, const struct table *table, size_t index, const void *a,
                    const void *b) {
    REQUIRE(!row_equal(table, a, b));
    char first[160] = "";
    char second[160] = "";
    if (table->name_row != NULL) {
        table->name_row(a, first, sizeof first);
    }
    differ_add(differ, "%s %zu%s differs in ", table->name, index, first);
    add_field_names(differ, table, a, b);
    if (table->fields == event_fields) {
        format_event(a, first, sizeof first);
        format_event(b, second, sizeof second);
        differ_add(differ, ": %s %s; %s %s\n", differ->names[0], first, differ->names[1], second);
        return;
    }
    differ_add(differ, ": %s", differ->names[0]);
    add_field_values(differ, table, a, b);
    differ_add(differ, "; %s", differ->names[1]);
    add_field_values(differ, table, b, a);
    differ_add(differ, "\n");
}

void differ_add_rows(struct differ *differ, enum row_kind kind, struct rows a, struct rows b) {
    REQUIRE(kind < ROW_KIND_COUNT);
    REQUIRE((a.rows != NULL || a.count == 0) && (b.rows != NULL || b.count == 0));
    const struct table *table = &tables[kind];
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
        differ_add(differ, "%s %zu is only in %s:%s (%zu rows; %zu)\n", table->name, common,
                   differ->names[a.count < b.count], what, a.count, b.count);
    }
}
