// SPDX-License-Identifier: GPL-3.0-or-later
// The schema as a page for people, made from the tables that the writer follows.
#include "sim/runlog/runlog_schema.h"

static void write_words(const struct runlog_column *column, FILE *out) {
    for (size_t i = 0; i < column->word_count; i++) {
        fprintf(out, "%s%zu %s", i == 0 ? ": " : ", ", i, column->words[i]);
    }
}

static void write_table(const struct runlog_table *table, FILE *out) {
    fprintf(out, "\n## /%s\n\n%s\n\n", table->name, table->text);
    fputs("| dataset | type | units | long_name |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        fprintf(out, "| `%s` | %s | %s | %s", column->name, column_type_names[column->type],
                column->units, column->long_name);
        write_words(column, out);
        fputs(" |\n", out);
    }
}

static void write_datasets(FILE *out) {
    fputs("\n## Other datasets\n\n| dataset | type | units | long_name |\n"
          "| --- | --- | --- | --- |\n",
          out);
    for (size_t i = 0; i < DATASET_COUNT; i++) {
        const struct runlog_dataset *dataset = &runlog_datasets[i];
        fprintf(out, "| `%s` | %s | %s | %s |\n", dataset->path, dataset->type, dataset->units,
                dataset->long_name);
    }
    fputs("\n`/gradients/sample_indices` is there if the scenario says `log: {samples: true}`, "
          "`/gradients/values`\nif it says `log: {gradients: true}`.\n",
          out);
}

static void write_attributes(const char *title, const struct runlog_attribute *attributes,
                             size_t count, FILE *out) {
    fprintf(out, "\n## %s\n\n| attribute | type | meaning |\n| --- | --- | --- |\n", title);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "| `%s` | %s | %s |\n", attributes[i].name, attributes[i].type,
                attributes[i].text);
    }
}

void runlog_write_reference(FILE *out) {
    fprintf(
        out,
        "# The log file, format %s, version %d\n\n"
        "Generated from sim/runlog/runlog_schema.c; do not edit.\n\n"
        "An HDF5 file. Every table is a group with one 1-D dataset per column; the columns of "
        "a table are\nequally long. A table without rows is a group without datasets, and no "
        "other dataset is empty\neither (h5diff calls empty ones \"not comparable\"). Times and "
        "spans are whole nanoseconds of\nsimulated time; -1 stands for \"did not happen\". All "
        "numbers are little-endian, all strings UTF-8\nof fixed length. Every dataset has the "
        "attributes `units` and `long_name`.\n\n"
        "Two runs of one scenario differ in /provenance alone:\n"
        "`h5diff --exclude-path /provenance A.h5 B.h5` prints nothing.\n\n"
        "Behind the end of the HDF5 file lie 32 bytes: the text `desgd whole file`, the file's "
        "size before it\nand the XXH3 (64 bits) of these bytes. Where they do not fit, the file is "
        "damaged and desgd refuses it.\nWhat is changed through HDF5's library loses them: such a "
        "file is read, and desgd says that it was changed.\n",
        RUNLOG_FORMAT, RUNLOG_FORMAT_VERSION);
    write_attributes("Attributes of the file", runlog_root_attributes, ROOT_ATTRIBUTE_COUNT, out);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        write_table(&runlog_tables[i], out);
    }
    write_datasets(out);
    write_attributes("Attributes of /provenance", runlog_provenance_attributes,
                     PROVENANCE_ATTRIBUTE_COUNT, out);
}
