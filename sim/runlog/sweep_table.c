// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/sweep_table.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/hdf5_columns.h"
#include "sim/runlog/runlog_csv.h"

enum { PATH_SIZE = 512, HASH_DIGITS = FINGERPRINT_TEXT_SIZE - 1 };

// ---- HDF5 ----

// Texts (count) at this distance from each other, as strings of one length.
static void write_texts(struct hdf5_image *image, const char *path, const char *const *texts,
                        size_t stride, size_t count, const char *long_name) {
    size_t size = 2; // xarray takes a column of single letters for one text
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(texts[i * stride]);
        size = length > size ? length : size;
    }
    char *values = memory_allocate(count, size);
    for (size_t i = 0; i < count; i++) {
        memcpy(values + i * size, texts[i * stride], strlen(texts[i * stride]));
    }
    hid_t type = hdf5_image_checked(image, hdf5_text_type(size));
    struct hdf5_extent extent = {
        .rank = 1, .sizes = {count}, .value_bytes = size, .dimensions = {"row"}};
    hdf5_image_dataset(image, path, type, &extent, values, "1", long_name);
    hdf5_release(type);
    memory_free(values);
}

// Numbers of 8 bytes at this distance from each other, as 16 hexadecimal digits.
static void write_hashes(struct hdf5_image *image, const char *path, const void *first,
                         size_t stride, size_t count, const char *long_name) {
    char(*digits)[FINGERPRINT_TEXT_SIZE] = memory_allocate(count, sizeof *digits);
    const char **texts = memory_allocate(count, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = 0;
        memcpy(&hash, (const char *)first + i * stride, sizeof hash);
        texts[i] = fingerprint_format(hash, digits[i]);
    }
    write_texts(image, path, texts, 1, count, long_name);
    memory_free(texts);
    memory_free(digits);
}

static void write_columns(struct hdf5_image *image, const struct runlog_table *table,
                          const void *rows, size_t count) {
    if (count > 0) {
        hdf5_columns_write(image, table, rows, count);
    }
}

static void write_runs(struct hdf5_image *image, const struct sweep_table *table) {
    hid_t group = hdf5_image_group(image, sweep_runs_table.name);
    size_t count = table->run_count;
    const size_t bytes = sizeof *table->rows;
    if (count > 0) {
        write_hashes(image, "/runs/run", table->hashes, sizeof *table->hashes, count,
                     "hash of the canonical scenario; the name of the log");
        write_hashes(image, "/runs/data_hash", &table->rows->data_hash, bytes, count,
                     "fingerprint of the data set");
        write_hashes(image, "/runs/timeline_fingerprint", &table->rows->timeline_fingerprint, bytes,
                     count, "fingerprint of all events and spans");
        write_hashes(image, "/runs/parameter_fingerprint", &table->rows->parameter_fingerprint,
                     bytes, count, "fingerprint of the final parameters");
    }
    write_columns(image, &sweep_runs_table, table->rows, count);
    hdf5_release(group);
    group = hdf5_image_group(image, "keys");
    for (size_t key = 0; key < table->key_count && count > 0; key++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "/keys/%s", table->keys[key]);
        write_texts(image, path, table->values + key, table->key_count, count, table->keys[key]);
    }
    hdf5_release(group);
}

static void write_group(struct hdf5_image *image, const struct runlog_table *table,
                        const void *rows, size_t count) {
    hid_t group = hdf5_image_group(image, table->name);
    write_columns(image, table, rows, count);
    hdf5_release(group);
}

enum status sweep_table_write_hdf5(const char *path, const struct sweep_table *table,
                                   struct error *error) {
    REQUIRE(table->run_count == 0 || (table->hashes != NULL && table->rows != NULL));
    const int32_t version = SWEEP_FORMAT_VERSION;
    struct hdf5_image image;
    hdf5_quiet();
    hdf5_image_open(&image, path, -1);
    hdf5_image_text_attribute(&image, image.file, "format", SWEEP_FORMAT);
    hdf5_image_attribute(&image, image.file, "format_version", H5T_STD_I32LE, &version);
    hdf5_image_text_attribute(&image, image.file, "Conventions", "CF-1.8");
    write_runs(&image, table);
    write_group(&image, &sweep_evaluations_table, table->evaluations, table->evaluation_count);
    write_group(&image, &sweep_host_table, table->host, table->run_count);
    // Each task of a job array may merge.
    enum status status = hdf5_image_write_shared(&image, path, &file_kind_table, error);
    hdf5_image_release(&image);
    atomic_file_clear_shared(path, &file_kind_table);
    return status;
}

// ---- CSV ----

static void write_hash(uint64_t hash, FILE *out) {
    char text[FINGERPRINT_TEXT_SIZE];
    fputs(fingerprint_format(hash, text), out);
}

enum { COLUMNS_BEFORE_KEYS = 4 }; // role, round, seed, cell

static void write_csv_head(const struct sweep_table *table, FILE *out) {
    const struct runlog_table *runs = &sweep_runs_table;
    fputs("run", out);
    for (size_t i = 0; i < runs->column_count; i++) {
        for (size_t key = 0; i == COLUMNS_BEFORE_KEYS && key < table->key_count; key++) {
            fputc(',', out);
            runlog_csv_text(table->keys[key], out);
        }
        fprintf(out, ",%s", runs->columns[i].name);
    }
    fputs(",data_hash,timeline_fingerprint,parameter_fingerprint\n", out);
}

static void write_csv_run(const struct sweep_table *table, size_t index, FILE *out) {
    const struct runlog_table *runs = &sweep_runs_table;
    const struct sweep_row *row = &table->rows[index];
    write_hash(table->hashes[index], out);
    for (size_t i = 0; i < runs->column_count; i++) {
        for (size_t key = 0; i == COLUMNS_BEFORE_KEYS && key < table->key_count; key++) {
            fputc(',', out);
            runlog_csv_text(table->values[index * table->key_count + key], out);
        }
        fputc(',', out);
        runlog_csv_value(&runs->columns[i], row, out);
    }
    const uint64_t hashes[] = {row->data_hash, row->timeline_fingerprint,
                               row->parameter_fingerprint};
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        fputc(',', out);
        write_hash(hashes[i], out);
    }
    fputc('\n', out);
}

enum status sweep_table_write_csv(const char *path, const struct sweep_table *table,
                                  struct error *error) {
    REQUIRE(table->run_count == 0 || (table->hashes != NULL && table->rows != NULL));
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "%s: no memory", path);
    }
    write_csv_head(table, out);
    for (size_t i = 0; i < table->run_count; i++) {
        write_csv_run(table, i, out);
    }
    bool good = fclose(out) == 0;
    enum status status = good ? atomic_file_write_shared(path, &file_kind_csv, text, size, error)
                              : error_set(error, STATUS_NO_MEMORY, "%s: no memory", path);
    memory_free(text);
    atomic_file_clear_shared(path, &file_kind_csv);
    return status;
}
