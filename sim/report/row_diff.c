// SPDX-License-Identifier: GPL-3.0-or-later
// The schema of the log says how each kind of row is compared and written.
#include "sim/report/row_diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

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

static double read_double(const void *bytes) {
    double value = 0;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static bool field_equal(const struct runlog_column *column, const void *a, const void *b) {
    REQUIRE(a != NULL && b != NULL);
    const char *x = (const char *)a + column->offset;
    const char *y = (const char *)b + column->offset;
    return memcmp(x, y, runlog_field_bytes(column)) == 0 ||
           (column->type == COLUMN_DOUBLE && isnan(read_double(x)) && isnan(read_double(y)));
}

static bool row_equal(const struct runlog_table *table, const void *a, const void *b) {
    for (size_t i = 0; i < table->column_count; i++) {
        if (!field_equal(&table->columns[i], a, b)) {
            return false;
        }
    }
    return true;
}

static void add_field(struct differ *differ, const struct runlog_column *column, const void *row) {
    const char *bytes = (const char *)row + column->offset;
    uint64_t bits = 0;
    if (column->type == COLUMN_DOUBLE) {
        differ_add(differ, "%.17g", read_double(bytes));
    } else if (column->type == COLUMN_UINT64) {
        memcpy(&bits, bytes, sizeof bits);
        differ_add(differ, "%016" PRIx64, bits);
    } else {
        differ_add(differ, "%" PRId64, runlog_field_integer(column, row));
    }
}

// "time_ns, version": every field in which the rows differ, or its values in the first; of a
// gradient's what the arithmetic has made is last.
static void add_fields(struct differ *differ, enum runlog_table_id id, const void *row,
                       const void *other, bool values) {
    const struct runlog_table *table = &runlog_tables[id];
    const char *separator = values ? " " : "";
    for (int late = 0; late <= 1; late++) {
        for (size_t i = 0; i < table->column_count; i++) {
            const struct runlog_column *column = &table->columns[i];
            bool is_late = id == TABLE_GRADIENTS && column->type == COLUMN_DOUBLE;
            if (is_late == (late == 1) && !field_equal(column, row, other)) {
                differ_add(differ, "%s%s", separator, values ? "" : column->name);
                if (values) {
                    add_field(differ, column, row);
                }
                separator = ", ";
            }
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

static void name_incident(const void *bytes, char *text, size_t size) {
    const struct incident_row *row = bytes;
    char time[SIM_TIME_TEXT_SIZE];
    snprintf(text, size, " (%s, %s, worker %" PRId32 ")",
             row->kind < INCIDENT_KIND_COUNT ? incident_kind_names[row->kind] : "unknown kind",
             sim_time_format_seconds(row->began_ns, time), row->worker);
}

static const struct {
    const char *name;                                           // of one row
    void (*describe)(const void *row, char *text, size_t size); // who it is about; may be NULL
} kinds[] = {
    [TABLE_EVENTS] = {"event", NULL},
    [TABLE_UPDATES] = {"update", name_update},
    [TABLE_GRADIENTS] = {"gradient row", name_gradient},
    [TABLE_EVALUATIONS] = {"evaluation", name_evaluation},
    [TABLE_REDUCTIONS] = {"reduction", name_reduction},
    [TABLE_INCIDENTS] = {"incident", name_incident},
    [TABLE_PROBES] = {"probe", NULL},
    [TABLE_WORKERS] = {"worker", NULL},
};
_Static_assert(sizeof kinds / sizeof kinds[0] == TABLE_COUNT, "a name for each kind of row");

static void add_row(struct differ *differ, enum runlog_table_id id, size_t index, const void *a,
                    const void *b) {
    REQUIRE(!row_equal(&runlog_tables[id], a, b));
    char first[160] = "";
    char second[160] = "";
    if (kinds[id].describe != NULL) {
        kinds[id].describe(a, first, sizeof first);
    }
    differ_add(differ, "%s %zu%s differs in ", kinds[id].name, index, first);
    add_fields(differ, id, a, b, false);
    if (id == TABLE_EVENTS) {
        format_event(a, first, sizeof first);
        format_event(b, second, sizeof second);
        differ_add(differ, ": %s %s; %s %s\n", differ->names[0], first, differ->names[1], second);
        return;
    }
    differ_add(differ, ": %s", differ->names[0]);
    add_fields(differ, id, a, b, true);
    differ_add(differ, "; %s", differ->names[1]);
    add_fields(differ, id, b, a, true);
    differ_add(differ, "\n");
}

void differ_add_rows(struct differ *differ, enum runlog_table_id id, const struct runlog *a,
                     const struct runlog *b) {
    REQUIRE(id < TABLE_COUNT);
    const struct runlog_table *table = &runlog_tables[id];
    size_t counts[2];
    const char *x = runlog_table_rows(a, id, &counts[0]);
    const char *y = runlog_table_rows(b, id, &counts[1]);
    REQUIRE((x != NULL || counts[0] == 0) && (y != NULL || counts[1] == 0));
    size_t common = counts[0] < counts[1] ? counts[0] : counts[1];
    for (size_t i = 0; i < common; i++) {
        if (!row_equal(table, x + i * table->row_bytes, y + i * table->row_bytes)) {
            add_row(differ, id, i, x + i * table->row_bytes, y + i * table->row_bytes);
            return;
        }
    }
    if (counts[0] != counts[1]) {
        char what[160] = "";
        const char *row = (counts[0] > counts[1] ? x : y) + common * table->row_bytes;
        if (id == TABLE_EVENTS) {
            what[0] = ' ';
            format_event(row, what + 1, sizeof what - 1);
        } else if (kinds[id].describe != NULL) {
            kinds[id].describe(row, what, sizeof what);
        }
        differ_add(differ, "%s %zu is only in %s:%s (%zu rows; %zu)\n", kinds[id].name, common,
                   differ->names[counts[0] < counts[1]], what, counts[0], counts[1]);
    }
}
