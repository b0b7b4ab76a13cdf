// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_csv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_schema.h"

static void write_double(double value, FILE *out) {
    char text[32];
    if (!isfinite(value)) {
        fputs(isnan(value) ? "nan" : value < 0 ? "-inf" : "inf", out);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        double read_back = strtod(text, NULL);
        if (memcmp(&read_back, &value, sizeof value) == 0) {
            break;
        }
    }
    fputs(text, out);
}

void runlog_csv_value(const struct runlog_column *column, const void *row, FILE *out) {
    REQUIRE(column->type < COLUMN_TYPE_COUNT);
    const char *field = (const char *)row + column->offset;
    uint64_t bits = 0;
    double real = 0;
    if (column->type == COLUMN_DOUBLE) {
        memcpy(&real, field, sizeof real);
        write_double(real, out);
    } else if (column->type == COLUMN_UINT64) {
        memcpy(&bits, field, sizeof bits);
        fprintf(out, "%" PRIu64, bits);
    } else if (column->type == COLUMN_ENUM) {
        size_t word = (size_t)runlog_field_integer(column, row);
        REQUIRE(word < column->word_count);
        fputs(column->words[word], out);
    } else {
        fprintf(out, "%" PRId64, runlog_field_integer(column, row));
    }
}

void runlog_csv_text(const char *text, FILE *out) {
    REQUIRE(text != NULL);
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != 0; text++) {
        fputs(*text == '"' ? "\"\"" : (const char[]){*text, 0}, out);
    }
    fputc('"', out);
}

void runlog_csv_rows(const struct runlog_table *table, const void *rows, size_t count, FILE *out) {
    size_t columns = table->column_count;
    REQUIRE(rows != NULL || count == 0);
    while (columns > 0 &&
           !runlog_column_is_needed(table, &table->columns[columns - 1], rows, count)) {
        columns--;
    }
    for (size_t i = 0; i < columns; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", table->columns[i].name);
    }
    fputc('\n', out);
    for (size_t row = 0; row < count && !ferror(out); row++) {
        for (size_t i = 0; i < columns; i++) {
            fputs(i == 0 ? "" : ",", out);
            runlog_csv_value(&table->columns[i], (const char *)rows + row * table->row_bytes, out);
        }
        fputc('\n', out);
    }
}

enum { DERIVED_MAX = 8 };

static enum status refuse_table(const char *table, const struct derived_table *derived,
                                size_t derived_count, struct error *error) {
    const char *names[TABLE_COUNT + DERIVED_MAX];
    char list[512] = "";
    REQUIRE(derived_count <= DERIVED_MAX);
    for (size_t i = 0; i < TABLE_COUNT + derived_count; i++) {
        size_t used = strlen(list);
        names[i] = i < TABLE_COUNT ? runlog_tables[i].name : derived[i - TABLE_COUNT].name;
        snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    const char *near = closest_word(table, names, TABLE_COUNT + derived_count);
    return error_set(error, STATUS_USAGE, "no table '%s'%s%s%s: there are %s", table,
                     near == NULL ? "" : " (did you mean '", near == NULL ? "" : near,
                     near == NULL ? "" : "'?)", list);
}

static enum status finish_table(const char *name, FILE *out, struct error *error) {
    if (fflush(out) != 0 || ferror(out)) {
        return error_set(error, STATUS_IO, "cannot write the table %s: %s", name,
                         strerror(errno == 0 ? EIO : errno));
    }
    return STATUS_OK;
}

static enum status write_table(const struct runlog *log, enum runlog_table_id id, FILE *out,
                               struct error *error) {
    size_t count = 0;
    const void *rows = runlog_table_rows(log, id, &count);
    errno = 0;
    runlog_csv_rows(&runlog_tables[id], rows, count, out);
    return finish_table(runlog_tables[id].name, out, error);
}

enum status runlog_export_csv(const struct runlog *log, const char *table,
                              const struct derived_table *derived, size_t derived_count, FILE *out,
                              struct error *error) {
    REQUIRE(table != NULL);
    REQUIRE(derived != NULL || derived_count == 0);
    if (runlog_table_find(table) < TABLE_COUNT) {
        return write_table(log, runlog_table_find(table), out, error);
    }
    for (size_t i = 0; i < derived_count; i++) {
        if (strcmp(derived[i].name, table) == 0) {
            errno = 0;
            derived[i].write(log, out);
            return finish_table(table, out, error);
        }
    }
    return refuse_table(table, derived, derived_count, error);
}

// ---- all tables ----

struct csv_file {
    const struct runlog *log;
    enum runlog_table_id id;
    char *path;
    char *beginning; // the names of the columns that all logs have
    struct own_file_kind kind;
};

static void name_file(struct csv_file *file, const char *folder) {
    const struct runlog_table *table = &runlog_tables[file->id];
    char *start = memory_join_text(folder, "/");
    char *stem = memory_join_text(start, table->name);
    file->path = memory_join_text(stem, ".csv");
    file->beginning = memory_copy_text(table->columns[0].name);
    for (size_t i = 1; i < table->column_count && !table->columns[i].may_lack; i++) {
        char *with_comma = memory_join_text(file->beginning, ",");
        memory_free(file->beginning);
        file->beginning = memory_join_text(with_comma, table->columns[i].name);
        memory_free(with_comma);
    }
    file->kind = (struct own_file_kind){.what = "a table of a log that desgd has written",
                                        .beginning = file->beginning,
                                        .beginning_size = strlen(file->beginning)};
    memory_free(start);
    memory_free(stem);
}

static enum status check_file(const struct csv_file *file, const char *source,
                              struct error *error) {
    if (own_file_is_same(file->path, source)) {
        return error_set(error, STATUS_CANNOT_CREATE,
                         "%s: cannot create: this file is in the way: it is read, so it is not "
                         "replaced; choose another folder for the output",
                         file->path);
    }
    return atomic_file_check(file->path, &file->kind, error);
}

static enum status write_file(void *context, FILE *out, struct error *error) {
    const struct csv_file *file = context;
    return write_table(file->log, file->id, out, error);
}

enum status runlog_export_folder(const struct runlog *log, const char *source, const char *folder,
                                 struct error *error) {
    struct csv_file files[TABLE_COUNT];
    REQUIRE(source != NULL && folder != NULL);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, STATUS_CANNOT_CREATE, "cannot make the folder %s: %s", folder,
                         strerror(errno));
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        files[i] = (struct csv_file){.log = log, .id = (enum runlog_table_id)i};
        name_file(&files[i], folder);
        status = status == STATUS_OK ? check_file(&files[i], source, error) : status;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (status == STATUS_OK) {
            status =
                atomic_file_write_by(files[i].path, &files[i].kind, write_file, &files[i], error);
        }
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        memory_free(files[i].path);
        memory_free(files[i].beginning);
    }
    return status;
}
