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

static void write_rows(const struct runlog_table *table, const unsigned char *rows, size_t count,
                       FILE *out) {
    size_t columns = table->column_count;
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
            runlog_csv_value(&table->columns[i], rows + row * table->row_bytes, out);
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
