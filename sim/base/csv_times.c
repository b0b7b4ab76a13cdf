// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/csv_times.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/csv_reader.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

#define BYTES_MAX ((uint64_t)4 << 30)

enum { COLUMNS_MAX = 4096, NO_COLUMN = -1 };

struct name {
    char *text;
    int32_t id; // by the order in which the names come
};

struct reading {
    const struct csv_times_options *options;
    struct csv_reader *reader;
    struct csv_field field; // the last one
    int column;             // of the times
    int worker_column;
    int columns;
    struct csv_times times; // worker_of: ids, until all names are known
    size_t span_capacity;
    size_t worker_capacity;
    struct name *names; // in order
    size_t name_capacity;
};

static enum status next_field(struct reading *reading, struct error *error) {
    REQUIRE(reading->reader != NULL);
    return csv_reader_next(reading->reader, BYTES_MAX, &reading->field, error);
}

// ---- the header ----

static enum status refuse_column(const struct reading *reading, const char *column,
                                 char *const *names, struct error *error) {
    REQUIRE(reading->columns > 0);
    char list[1024] = "";
    struct csv_field header = {.line = 1, .column = 1};
    const char *meant = closest_word(column, (const char *const *)names, (size_t)reading->columns);
    bool by_another = reading->columns == 1 && strpbrk(names[0], ";\t") != NULL;
    size_t length = 0;
    for (int i = 0; i < reading->columns && length < sizeof list; i++) {
        int added =
            snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "", names[i]);
        length += (size_t)added;
    }
    return csv_reader_refuse(reading->reader, &header, error,
                             "the header has no column '%s'%s%s%s; it has: %s%s%s", column,
                             meant != NULL ? " (did you mean '" : "", meant != NULL ? meant : "",
                             meant != NULL ? "'?)" : "", list, length < sizeof list ? "" : " ...",
                             by_another ? "; columns are separated by commas" : "");
}

static enum status find_column(struct reading *reading, const char *column, char *const *names,
                               int *found, struct error *error) {
    struct csv_field header = {.line = 1, .column = 1};
    *found = NO_COLUMN;
    for (int i = 0; i < reading->columns; i++) {
        if (strcmp(names[i], column) == 0) {
            if (*found != NO_COLUMN) {
                return csv_reader_refuse(reading->reader, &header, error,
                                         "two columns have the name '%s'", column);
            }
            *found = i;
        }
    }
    return *found == NO_COLUMN ? refuse_column(reading, column, names, error) : STATUS_OK;
}

static enum status read_names(struct reading *reading, char **names, struct error *error) {
    enum status status = next_field(reading, error);
    if (status == STATUS_OK && reading->field.none) {
        return csv_reader_refuse(reading->reader, &reading->field, error,
                                 "the file is empty; its first line has the names of the columns");
    }
    for (; status == STATUS_OK; status = next_field(reading, error)) {
        if (reading->columns == COLUMNS_MAX) {
            return csv_reader_refuse(reading->reader, &reading->field, error,
                                     "more than %d columns", COLUMNS_MAX);
        }
        names[reading->columns++] = memory_copy_text(reading->field.text);
        if (reading->field.last) {
            break;
        }
    }
    return status;
}

static enum status read_header(struct reading *reading, struct error *error) {
    const struct csv_times_options *options = reading->options;
    char **names = memory_allocate(COLUMNS_MAX, sizeof *names);
    enum status status = read_names(reading, names, error);
    reading->worker_column = NO_COLUMN;
    if (status == STATUS_OK) {
        status = find_column(reading, options->column, names, &reading->column, error);
    }
    if (status == STATUS_OK && options->workers != NULL) {
        status = find_column(reading, options->workers, names, &reading->worker_column, error);
    }
    for (int i = 0; i < reading->columns; i++) {
        memory_free(names[i]);
    }
    memory_free(names);
    return status;
}

// ---- the rows ----

static enum status refuse_time(const struct reading *reading, const char *what,
                               struct error *error) {
    REQUIRE(what != NULL);
    return csv_reader_refuse(reading->reader, &reading->field, error,
                             "column '%s': %s, got '%.100s'", reading->options->column, what,
                             reading->field.text);
}

static enum status add_time(struct reading *reading, struct error *error) {
    struct csv_times *times = &reading->times;
    const char *text = reading->field.text + strspn(reading->field.text, " \t");
    char *end = NULL;
    double number = strtod(text, &end);
    end += strspn(end, " \t");
    double ns = number * (double)reading->options->unit_ns;
    if (*text == 0) {
        return csv_reader_refuse(reading->reader, &reading->field, error,
                                 "column '%s': no number here; leave out rows without a time",
                                 reading->options->column);
    }
    if (isnan(number)) {
        return refuse_time(reading, "a time is a number; leave out rows without one", error);
    }
    // strtod takes more than decimals: hexadecimal numbers, words
    if (*end != 0 || text[strspn(text, "+-.0123456789eE \t")] != 0) {
        return refuse_time(reading, "a time is a decimal number without its unit, as in 12.5",
                           error);
    }
    if (ns < 0) {
        return refuse_time(reading, "no time is below 0", error);
    }
    if (ns > (double)SIM_SPAN_MAX_NS) {
        return refuse_time(reading, "that time is longer than 126 years; is the unit right?",
                           error);
    }
    times->spans_ns = memory_grow(times->spans_ns, &reading->span_capacity, times->count + 1,
                                  sizeof *times->spans_ns);
    times->spans_ns[times->count] = llrint(ns);
    return STATUS_OK;
}

// The place of a name among those known: its own, or where it belongs.
static size_t place_of(const struct reading *reading, const char *text, bool *known) {
    size_t low = 0;
    size_t high = (size_t)reading->times.worker_count;
    *known = false;
    while (low < high && !*known) {
        size_t middle = low + (high - low) / 2;
        int order = strverscmp(reading->names[middle].text, text);
        *known = order == 0;
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return high;
}

static enum status refuse_worker(const struct reading *reading, const char *what,
                                 struct error *error) {
    REQUIRE(what != NULL);
    return csv_reader_refuse(reading->reader, &reading->field, error, "column '%s': %s",
                             reading->options->workers, what);
}

// A worker that comes for the first time.
static enum status add_name(struct reading *reading, size_t place, struct error *error) {
    size_t count = (size_t)reading->times.worker_count;
    REQUIRE(place <= count);
    for (size_t i = 0; i < reading->field.length; i++) {
        unsigned char byte = (unsigned char)reading->field.text[i];
        if (byte < ' ' || byte == 0x7F) {
            return refuse_worker(reading, "a control character in the name of a worker", error);
        }
    }
    if (reading->field.length == 0) {
        return refuse_worker(reading, "no name of a worker here", error);
    }
    if (count == CSV_WORKERS_MAX) {
        char what[80];
        snprintf(what, sizeof what, "more than %d workers; is it the right column?",
                 CSV_WORKERS_MAX);
        return refuse_worker(reading, what, error);
    }
    reading->names =
        memory_grow(reading->names, &reading->name_capacity, count + 1, sizeof *reading->names);
    memmove(reading->names + place + 1, reading->names + place,
            (count - place) * sizeof *reading->names);
    reading->names[place] =
        (struct name){memory_copy_text(reading->field.text), reading->times.worker_count++};
    return STATUS_OK;
}

static enum status add_worker(struct reading *reading, struct error *error) {
    struct csv_times *times = &reading->times;
    bool known = false;
    size_t place = place_of(reading, reading->field.text, &known);
    enum status status = known ? STATUS_OK : add_name(reading, place, error);
    if (status == STATUS_OK) {
        times->worker_of = memory_grow(times->worker_of, &reading->worker_capacity,
                                       times->count + 1, sizeof *times->worker_of);
        times->worker_of[times->count] = reading->names[place].id;
    }
    return status;
}

static enum status take_field(struct reading *reading, int column, struct error *error) {
    enum status status = STATUS_OK;
    if (column >= reading->columns) {
        return csv_reader_refuse(reading->reader, &reading->field, error,
                                 "this row has more fields than the header, which has %d",
                                 reading->columns);
    }
    if (reading->field.last && column + 1 < reading->columns) {
        return csv_reader_refuse(reading->reader, &reading->field, error,
                                 "this row ends with its field %d; the header has %d", column + 1,
                                 reading->columns);
    }
    if (column == reading->column) {
        status = add_time(reading, error);
    }
    return status == STATUS_OK && column == reading->worker_column ? add_worker(reading, error)
                                                                   : status;
}

static bool is_blank(const struct csv_field *field) {
    return field->first && field->last && field->length == 0 && !field->quoted;
}

// Empty lines may stand at the end alone: elsewhere a time may be missing.
static enum status pass_blank_lines(struct reading *reading, struct error *error) {
    struct csv_field blank = {.line = reading->field.line, .column = 1};
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !reading->field.none && is_blank(&reading->field)) {
        status = next_field(reading, error);
    }
    return status == STATUS_OK && !reading->field.none
               ? csv_reader_refuse(reading->reader, &blank, error, "an empty line between rows")
               : status;
}

static enum status read_row(struct reading *reading, struct error *error) {
    size_t most = reading->options->rows_max == 0 ? CSV_ROWS_MAX : reading->options->rows_max;
    if (reading->times.count == most) {
        return csv_reader_refuse(reading->reader, &reading->field, error,
                                 "more than %zu rows; take a part of them, such as every tenth",
                                 most);
    }
    enum status status = take_field(reading, 0, error);
    for (int column = 1; status == STATUS_OK && !reading->field.last; column++) {
        status = next_field(reading, error);
        status = status == STATUS_OK ? take_field(reading, column, error) : status;
    }
    reading->times.count += status == STATUS_OK; // a row that is refused may have no worker yet
    return status;
}

static enum status read_rows(struct reading *reading, struct error *error) {
    enum status status = next_field(reading, error);
    while (status == STATUS_OK && !reading->field.none) {
        if (is_blank(&reading->field)) {
            return pass_blank_lines(reading, error);
        }
        status = read_row(reading, error);
        status = status == STATUS_OK ? next_field(reading, error) : status;
    }
    return status;
}

// The names go to the caller, and ids become places in their order.
static void settle_workers(struct reading *reading) {
    struct csv_times *times = &reading->times;
    size_t count = (size_t)times->worker_count;
    int32_t *place = memory_allocate(count, sizeof *place);
    times->names = memory_allocate(count, sizeof *times->names);
    for (size_t i = 0; i < count; i++) {
        place[reading->names[i].id] = (int32_t)i;
        times->names[i] = reading->names[i].text;
    }
    for (size_t i = 0; times->worker_of != NULL && i < times->count; i++) {
        times->worker_of[i] = place[times->worker_of[i]];
    }
    memory_free(place);
    memory_free(reading->names);
}

enum status csv_times_read(const struct csv_times_options *options, struct csv_times *times,
                           struct error *error) {
    REQUIRE(options->path != NULL && options->column != NULL && options->unit_ns > 0);
    REQUIRE(times->spans_ns == NULL && times->names == NULL);
    struct reading *reading = memory_allocate(1, sizeof *reading);
    reading->options = options;
    enum status status = csv_reader_open(options->path, &reading->reader, error);
    status = status == STATUS_OK ? read_header(reading, error) : status;
    status = status == STATUS_OK ? read_rows(reading, error) : status;
    if (status == STATUS_OK && reading->times.count == 0) {
        status = csv_reader_refuse(reading->reader, &reading->field, error,
                                   "no rows: below the header there is nothing");
    }
    settle_workers(reading);
    if (status == STATUS_OK) {
        reading->times.hash = csv_reader_hash(reading->reader);
        *times = reading->times;
    } else {
        csv_times_reset(&reading->times);
    }
    csv_reader_close(&reading->reader);
    memory_free(reading);
    return status;
}

void csv_times_reset(struct csv_times *times) {
    REQUIRE(times != NULL);
    for (int32_t i = 0; i < times->worker_count; i++) {
        memory_free(times->names[i]);
    }
    memory_free(times->names);
    memory_free(times->spans_ns);
    memory_free(times->worker_of);
    *times = (struct csv_times){0};
}
