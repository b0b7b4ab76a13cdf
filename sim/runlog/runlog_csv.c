// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_csv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
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

void runlog_csv_value(const struct runlog_column *column, const unsigned char *field, FILE *out) {
    union {
        int64_t int64;
        uint64_t uint64;
        int32_t worker;
        double real;
        uint32_t word;
    } value;
    switch (column->type) {
    case COLUMN_INT64:
        memcpy(&value.int64, field, sizeof value.int64);
        fprintf(out, "%" PRId64, value.int64);
        return;
    case COLUMN_UINT64:
        memcpy(&value.uint64, field, sizeof value.uint64);
        fprintf(out, "%" PRIu64, value.uint64);
        return;
    case COLUMN_WORKER:
        memcpy(&value.worker, field, sizeof value.worker);
        fprintf(out, "%" PRId32, value.worker);
        return;
    case COLUMN_DOUBLE:
        memcpy(&value.real, field, sizeof value.real);
        write_double(value.real, out);
        return;
    case COLUMN_ENUM:
        memcpy(&value.word, field, sizeof value.word);
        REQUIRE(value.word < column->word_count);
        fputs(column->words[value.word], out);
        return;
    case COLUMN_TYPE_COUNT:
    default:
        REQUIRE(column->type < COLUMN_TYPE_COUNT);
    }
}

static void write_rows(const struct runlog_table *table, const unsigned char *rows, size_t count,
                       FILE *out) {
    for (size_t i = 0; i < table->column_count; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", table->columns[i].name);
    }
    fputc('\n', out);
    for (size_t row = 0; row < count && !ferror(out); row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (i > 0) {
                fputc(',', out);
            }
            const struct runlog_column *column = &table->columns[i];
            runlog_csv_value(column, rows + row * table->row_bytes + column->offset, out);
        }
        fputc('\n', out);
    }
}

static enum status refuse_table(const char *table, struct error *error) {
    const char *names[TABLE_COUNT];
    char list[256] = "";
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        size_t used = strlen(list);
        names[i] = runlog_tables[i].name;
        snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    const char *near = closest_word(table, names, TABLE_COUNT);
    return error_set(error, STATUS_USAGE, "no table '%s'%s%s%s: there are %s", table,
                     near == NULL ? "" : " (did you mean '", near == NULL ? "" : near,
                     near == NULL ? "" : "'?)", list);
}

enum status runlog_export_csv(const struct runlog *log, const char *table, FILE *out,
                              struct error *error) {
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (strcmp(runlog_tables[i].name, table) != 0) {
            continue;
        }
        size_t count = 0;
        const void *rows = runlog_table_rows(log, (enum runlog_table_id)i, &count);
        errno = 0;
        write_rows(&runlog_tables[i], rows, count, out);
        if (fflush(out) != 0 || ferror(out)) {
            return error_set(error, STATUS_IO, "cannot write the table %s: %s", table,
                             strerror(errno == 0 ? EIO : errno));
        }
        return STATUS_OK;
    }
    return refuse_table(table, error);
}
