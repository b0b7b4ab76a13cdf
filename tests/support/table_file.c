// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/table_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/source_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void add_row(struct table_file *table, char *line) {
    assert_true(table->count < TABLE_ROWS_MAX);
    const char **fields = table->rows[table->count++];
    for (int i = 0; i < TABLE_FIELDS_MAX; i++) {
        char *field = strsep(&line, "\t");
        fields[i] = field != NULL ? field : "";
    }
}

void table_file_load(struct table_file *table, const char *path) {
    memset(table, 0, sizeof *table);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = 0;
    ssize_t length = getdelim(&table->text, &size, 0, file);
    fclose(file);
    assert_true(length > 0);
    char *rest = table->text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] != 0 && line[0] != '#') {
            add_row(table, line);
        }
    }
}

void table_file_free(struct table_file *table) {
    free(table->text);
    table->text = NULL;
}

bool table_field_covers(const char *words, const char *path) {
    for (const char *at = words; *at != 0;) {
        char word[SOURCE_LINE_SIZE];
        size_t length = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        if (source_is_below(path, word)) {
            return true;
        }
        at += length + (at[length] == ' ');
    }
    return false;
}
