// SPDX-License-Identifier: GPL-3.0-or-later
// The schema as tables for people, made from those that the writer follows.
#include "sim/runlog/runlog_schema.h"

#include <inttypes.h>

static void write_words(const struct runlog_column *column, FILE *out) {
    for (size_t i = 0; i < column->word_count; i++) {
        fprintf(out, "%s%zu %s", i == 0 ? ": " : ", ", i, column->words[i]);
    }
}

void runlog_write_table(const char *level, const struct runlog_table *table, FILE *out) {
    fprintf(out,
            "\n%s /%s\n\n%s\n\n| dataset | type | units | long_name |\n"
            "| --- | --- | --- | --- |\n",
            level, table->name, table->text);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        fprintf(out, "| `%s` | %s | %s | %s", column->name, column_type_names[column->type],
                column->units, column->long_name);
        write_words(column, out);
        if (column->may_lack) {
            fprintf(out, "; there is none where all are %" PRId64, column->absent);
        }
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
    write_attributes("Attributes of the file", runlog_root_attributes, ROOT_ATTRIBUTE_COUNT, out);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        runlog_write_table("##", &runlog_tables[i], out);
    }
    write_datasets(out);
    write_attributes("Attributes of /provenance", runlog_provenance_attributes,
                     PROVENANCE_ATTRIBUTE_COUNT, out);
}
