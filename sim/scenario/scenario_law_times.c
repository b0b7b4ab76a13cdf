// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_law_times.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/measured_times.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/span_column.h"
#include "sim/scenario/scenario_law_parameter.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

enum { FILE_SIZE = PATH_MAX };

static const char example[] = "as in {law: trace, file: times.csv, column: compute_ms, unit: ms}";

static const struct {
    const char *name;
    const char *needs;
} members[] = {{"file", "the path of a CSV file or of a log"},
               {"column", "the name of a column"},
               {"unit", "a unit: ns, us, ms, s, min or h"},
               {"worker", "the name of a column, or is left out"},
               {"hash", "the hash of a file, or is left out"},
               {"rows", "a number"}};

enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

void law_times_list_members(struct word_list *list) {
    REQUIRE(list->count + MEMBER_COUNT <= WORD_LIST_MAX);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        list->words[list->count++] = members[i].name;
    }
}

static const char *needs(const char *name) {
    size_t i = 0;
    while (i < MEMBER_COUNT && strcmp(members[i].name, name) != 0) {
        i++;
    }
    REQUIRE(i < MEMBER_COUNT);
    return members[i].needs;
}

// The member's node, which must be one word; NULL: it is not there, or the error is set.
static const struct node *member_of(const struct value_reading *reading, const char *name,
                                    enum status *status) {
    const struct node *node = node_member(reading->node, name);
    REQUIRE(*status == STATUS_OK);
    if (node != NULL && node->kind != NODE_SCALAR) {
        *status = node_error(node, reading->error, example, "'%s.%s' takes one value",
                             reading->key->key, name);
    } else if (node != NULL && node->text[0] == 0) {
        *status = node_error(node, reading->error, example, "'%s.%s' needs %s", reading->key->key,
                             name, needs(name));
    }
    return *status == STATUS_OK ? node : NULL;
}

static enum status refuse_lack(const struct value_reading *reading, const char *name) {
    return node_error(node_member(reading->node, "law"), reading->error, example,
                      "'%s': a law of measured times needs '%s'", reading->key->key, name);
}

static enum status read_name(const struct value_reading *reading, const char *name, bool needed,
                             char field[LAW_TIMES_NAME_SIZE]) {
    enum status status = STATUS_OK;
    const struct node *node = member_of(reading, name, &status);
    if (node == NULL) {
        return status == STATUS_OK && needed ? refuse_lack(reading, name) : status;
    }
    if (strlen(node->text) >= LAW_TIMES_NAME_SIZE || strpbrk(node->text, "\t\n\r") != NULL) {
        return node_error(node, reading->error, NULL,
                          "'%s.%s': the name of a column is one line of at most %d bytes",
                          reading->key->key, name, LAW_TIMES_NAME_SIZE - 1);
    }
    snprintf(field, LAW_TIMES_NAME_SIZE, "%s", node->text);
    return STATUS_OK;
}

// A log knows its unit, so it may be left out.
static enum status read_unit(const struct value_reading *reading, int64_t *unit_ns) {
    enum status status = STATUS_OK;
    char excerpt[EXCERPT_SIZE];
    const struct node *node = member_of(reading, "unit", &status);
    if (node == NULL) {
        return status;
    }
    *unit_ns = sim_time_unit_ns(node->text);
    if (*unit_ns == 0) {
        return node_error(node, reading->error, "the units are ns, us, ms, s, min and h",
                          "'%s.unit': there is no unit '%s'", reading->key->key,
                          text_excerpt(node->text, excerpt));
    }
    return STATUS_OK;
}

static enum status read_hash(const struct value_reading *reading, const struct node *node,
                             uint64_t *hash) {
    enum { DIGITS = FINGERPRINT_TEXT_SIZE - 1 };
    REQUIRE(node != NULL);
    if (strlen(node->text) != DIGITS || strspn(node->text, "0123456789abcdef") != DIGITS) {
        return node_error(node, reading->error, NULL,
                          "'%s.hash' must be %d hexadecimal digits in small letters",
                          reading->key->key, DIGITS);
    }
    *hash = strtoull(node->text, NULL, 16);
    return STATUS_OK;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(end);
    return strlen(text) >= length && strcmp(text + strlen(text) - length, end) == 0;
}

// Of what a worker draws for each of its gradients, and nothing else, are there rows of its own.
static enum status check_place(const struct value_reading *reading, const struct law_times *times) {
    const char *key = reading->key->key;
    if (times->worker[0] == 0 || ends_with(key, ".compute") || ends_with(key, ".delay")) {
        return STATUS_OK;
    }
    return node_error(node_member(reading->node, "worker"), reading->error,
                      "leave it out: then all take the rows from different places on",
                      "'%s.worker': only of compute and delay has each worker rows of its own",
                      key);
}

// ---- without the file ----

static enum status read_rows(const struct value_reading *reading, int64_t *rows) {
    enum status status = STATUS_OK;
    const struct node *node = member_of(reading, "rows", &status);
    if (node == NULL) {
        return status == STATUS_OK ? refuse_lack(reading, "rows") : status;
    }
    if (!number_read_integer(node->text, rows) || *rows < 1 || *rows > LAW_ROWS_MAX) {
        return node_error(node, reading->error, NULL, "'%s.rows' must be 1 to %d",
                          reading->key->key, LAW_ROWS_MAX);
    }
    return STATUS_OK;
}

static enum status read_recorded(const struct value_reading *reading, struct distribution *law) {
    const struct law_entry *entry = &law_table[law->law];
    enum status status = law->times.unit_ns == 0 ? refuse_lack(reading, "unit")
                                                 : read_rows(reading, &law->times.rows);
    law->times.deviation_ns = NAN;
    for (int i = 0; i < entry->parameter_count && status == STATUS_OK; i++) {
        struct value_reading part = *reading;
        part.node = node_member(reading->node, entry->parameters[i].name);
        part.part = &entry->parameters[i];
        part.field = &law->parameters[i];
        status = part.node == NULL ? refuse_lack(reading, entry->parameters[i].name)
                                   : law_parameter_read(&part);
    }
    if (status == STATUS_OK &&
        law->parameters[LAW_MEASURED_LEAST] > law->parameters[LAW_MEASURED_MEAN]) {
        status = node_error(node_member(reading->node, "min"), reading->error, NULL,
                            "'%s': min is above the mean", reading->key->key);
    }
    return status;
}

// ---- with it ----

// Relative to the folder of the file that the path is written in or, if nothing is there, to the
// working folder.
static void find_file(const struct node *node, char path[FILE_SIZE]) {
    size_t length = source_folder_length(node->source);
    int written = snprintf(path, FILE_SIZE, "%.*s%s%s", (int)length, node->source->name,
                           length > 0 ? "/" : "", node->text);
    bool is_there = written < FILE_SIZE && access(path, F_OK) == 0;
    if (node->text[0] == '/' || (!is_there && access(node->text, F_OK) == 0)) {
        snprintf(path, FILE_SIZE, "%s", node->text);
    }
}

// The whole path, so that a log's reader finds the file from anywhere.
static enum status keep_path(const struct value_reading *reading, const struct node *node,
                             struct law_times *times) {
    char whole[PATH_MAX];
    bool fits = realpath(times->path, whole) != NULL && strlen(whole) < sizeof times->path &&
                strchr(whole, '\n') == NULL;
    if (fits) {
        snprintf(times->path, sizeof times->path, "%s", whole);
    }
    return fits ? STATUS_OK
                : node_error(node, reading->error, NULL,
                             "'%s.file': its whole path must be one line of at most %d bytes",
                             reading->key->key, LAW_TIMES_PATH_SIZE - 1);
}

static const char follows[] = "leave it out: it follows from the file";

static enum status compare_rows(const struct value_reading *reading,
                                const struct law_times *times) {
    const struct node *node = node_member(reading->node, "rows");
    int64_t rows = times->rows;
    enum status status = node == NULL ? STATUS_OK : read_rows(reading, &rows);
    REQUIRE(times->rows >= 1);
    return status != STATUS_OK || rows == times->rows
               ? status
               : node_error(node, reading->error, follows,
                            "'%s.rows': the file has %" PRId64 ", the law says %" PRId64,
                            reading->key->key, times->rows, rows);
}

static enum status compare_parameter(const struct value_reading *reading,
                                     const struct law_parameter *parameter, double found_ns) {
    struct value_reading part = *reading;
    double said_ns = found_ns;
    char found[SIM_TIME_TEXT_SIZE];
    char said[SIM_TIME_TEXT_SIZE];
    part.node = node_member(reading->node, parameter->name);
    part.part = parameter;
    part.field = &said_ns;
    enum status status = part.node == NULL ? STATUS_OK : law_parameter_read(&part);
    return status != STATUS_OK || llrint(said_ns) == llrint(found_ns)
               ? status
               : node_error(part.node, reading->error, follows,
                            "'%s.%s': the file has %s, the law says %s", reading->key->key,
                            parameter->name, sim_time_format(llrint(found_ns), found),
                            sim_time_format(llrint(said_ns), said));
}

// With a hash these are what was printed of the file; without one they would be taken for a choice.
static enum status check_no_choice(const struct value_reading *reading,
                                   const struct distribution *law) {
    static const char *const found[] = {"rows", "min", "mean"};
    const struct law_entry *entry = &law_table[law->law];
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        const struct node *node = node_member(reading->node, found[i]);
        if (node != NULL && node_member(reading->node, "hash") == NULL) {
            return node_error(node, reading->error,
                              "leave it out; to take fewer rows, leave them out of the file",
                              "'%s.%s' follows from the file: all of its rows are taken",
                              reading->key->key, found[i]);
        }
    }
    enum status status = compare_rows(reading, &law->times);
    for (int i = 0; i < entry->parameter_count && status == STATUS_OK; i++) {
        status = compare_parameter(reading, &entry->parameters[i], law->parameters[i]);
    }
    return status;
}

// What is wrong with a CSV file names its place in it, and here the law that it is of.
static enum status tell_file(const struct value_reading *reading, const struct node *node,
                             bool is_log, const char *path, const struct error *cause) {
    REQUIRE(cause->status != STATUS_OK);
    if (cause->status == STATUS_BAD_DATA && !is_log && ends_with(node->text, ".h5")) {
        return node_error(node, reading->error, NULL,
                          "'%s.file': is neither a log, for it does not begin as HDF5, nor a CSV "
                          "file",
                          reading->key->key);
    }
    if (cause->status == STATUS_BAD_DATA && !is_log) {
        return error_set(reading->error, cause->status, "%s (the times of '%s')", cause->message,
                         reading->key->key);
    }
    static const char mark[] = ": error: ";
    const char *wrong = strstr(cause->message, mark);
    struct text_buffer hint = {0};
    text_buffer_add(&hint,
                    "tried: %s; a path counts from the folder of the file in which it is "
                    "written",
                    path);
    node_error(node, reading->error, is_log ? NULL : text_buffer_text(&hint), "'%s.file': %s",
               reading->key->key, wrong == NULL ? cause->message : wrong + strlen(mark));
    text_buffer_clear(&hint);
    reading->error->status = cause->status;
    return cause->status;
}

static enum status settle(const struct value_reading *reading, struct law_times *times,
                          bool *is_log) {
    struct error cause = {0};
    const char *member = NULL;
    if (span_column_settle(times, is_log, &member, &cause) != STATUS_OK) {
        return node_error(node_member(reading->node, member), reading->error, NULL, "'%s.%s': %s",
                          reading->key->key, member, cause.message);
    }
    return STATUS_OK;
}

// A file that is not there is told first: it may be a log, which needs no unit.
static enum status open_file(const struct value_reading *reading, const struct node *node,
                             struct law_times *times, struct measured_times **measured) {
    struct error cause = {0};
    bool is_log = false;
    enum status status = settle(reading, times, &is_log);
    if (status != STATUS_OK) {
        return status;
    }
    bool lacks_unit = times->unit_ns == 0;
    times->unit_ns = lacks_unit ? 1 : times->unit_ns;
    status = span_column_open(times, 1, measured, &cause);
    if (lacks_unit && (status == STATUS_OK || status == STATUS_BAD_DATA)) {
        measured_times_destroy(*measured);
        return refuse_lack(reading, "unit");
    }
    return status == STATUS_OK ? STATUS_OK : tell_file(reading, node, is_log, times->path, &cause);
}

// How many workers there are is read before the laws.
static enum status check_workers(const struct value_reading *reading, const struct node *node,
                                 const struct law_times *times) {
    int32_t workers = reading->scenario->cluster.workers;
    char excerpt[EXCERPT_SIZE];
    if (times->worker[0] == 0 || times->named >= workers) {
        return STATUS_OK;
    }
    return node_error(node_member(reading->node, "worker"), reading->error,
                      "leave it out: then all take the rows from different places on",
                      "'%s.worker': this column of %s names %" PRId32 " worker%s, and the cluster "
                      "has %" PRId32 ": each needs rows of its own",
                      reading->key->key, text_excerpt(node->text, excerpt), times->named,
                      times->named == 1 ? "" : "s", workers);
}

static enum status read_file(const struct value_reading *reading, const struct node *node,
                             struct distribution *law) {
    char path[FILE_SIZE];
    char excerpt[EXCERPT_SIZE];
    struct measured_times *measured = NULL;
    const struct node *hash = node_member(reading->node, "hash");
    uint64_t expected = law->times.hash;
    find_file(node, path);
    if (strlen(path) >= sizeof law->times.path) {
        return node_error(node, reading->error, NULL, "'%s.file': its path is longer than %d bytes",
                          reading->key->key, LAW_TIMES_PATH_SIZE - 1);
    }
    snprintf(law->times.path, sizeof law->times.path, "%s", path);
    enum status status = open_file(reading, node, &law->times, &measured);
    if (status != STATUS_OK) {
        return status;
    }
    measured_times_describe(measured, &law->times, law->parameters);
    measured_times_destroy(measured);
    if (hash != NULL && law->times.hash != expected) {
        return node_error(
            node, reading->error, "for these times write the whole law, without 'hash'",
            "'%s.file': %s has other times: its hash is %016" PRIx64 ", the law says %016" PRIx64,
            reading->key->key, text_excerpt(node->text, excerpt), law->times.hash, expected);
    }
    status = check_no_choice(reading, law);
    status = status == STATUS_OK ? check_workers(reading, node, &law->times) : status;
    return status == STATUS_OK ? keep_path(reading, node, &law->times) : status;
}

enum status law_times_read(const struct value_reading *reading, struct distribution *law) {
    REQUIRE(distribution_is_measured(law) && reading->error != NULL);
    struct distribution read = {.law = law->law};
    memset(&read.times, 0, sizeof read.times);
    enum status status = STATUS_OK;
    const struct node *file = member_of(reading, "file", &status);
    const struct node *hash = status == STATUS_OK ? member_of(reading, "hash", &status) : NULL;
    if (status == STATUS_OK && file == NULL && hash == NULL) {
        status = refuse_lack(reading, "file");
    }
    if (status == STATUS_OK && hash != NULL) {
        status = read_hash(reading, hash, &read.times.hash);
    }
    status = status == STATUS_OK ? read_name(reading, "column", true, read.times.column) : status;
    status = status == STATUS_OK ? read_name(reading, "worker", false, read.times.worker) : status;
    status = status == STATUS_OK ? read_unit(reading, &read.times.unit_ns) : status;
    status = status == STATUS_OK ? check_place(reading, &read.times) : status;
    if (status == STATUS_OK) {
        status = file != NULL ? read_file(reading, file, &read) : read_recorded(reading, &read);
    }
    if (status == STATUS_OK) {
        *law = read;
    }
    return status;
}

void law_times_write(const struct law_times *times, struct text_buffer *buffer) {
    REQUIRE(times->column[0] != 0 && times->rows >= 1);
    text_buffer_add(buffer, ", hash: %016" PRIx64 ", column: ", times->hash);
    scalar_write(times->column, buffer);
    text_buffer_add(buffer, ", unit: %s", sim_time_unit_name(times->unit_ns));
    if (times->worker[0] != 0) {
        text_buffer_add(buffer, ", worker: ");
        scalar_write(times->worker, buffer);
    }
    text_buffer_add(buffer, ", rows: %" PRId64, times->rows);
}
