// SPDX-License-Identifier: GPL-3.0-or-later
// The changes of tests/mutants: each row must still say one place of the source, and tests that are
// there. Table: ../mutants/mutants.tsv.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/source_tree.h"
#include "tests/support/table_file.h"

static const char table_path[] = "tests/mutants/mutants.tsv";

enum { ID, FILE_CHANGED, BEFORE, AFTER, TESTS, REASON };

static size_t count_places(const char *text, const char *before) {
    size_t count = 0;
    for (const char *at = strstr(text, before); at != NULL; at = strstr(at + 1, before)) {
        count++;
    }
    return count;
}

static int check_tests(const struct source_tree *tree, const char *id, const char *tests) {
    int problems = tests[0] == 0 ? source_problem(table_path, 0, "%s: names no test", id) : 0;
    for (const char *at = tests; *at != 0;) {
        char path[SOURCE_LINE_SIZE];
        size_t length = strcspn(at, " ");
        snprintf(path, sizeof path, "%.*s.c", (int)length, at);
        if (source_tree_find(tree, path) == NULL) {
            problems += source_problem(table_path, 0, "%s: there is no %s", id, path);
        }
        at += length + (at[length] == ' ');
    }
    return problems;
}

// A change whose line has been rewritten tests nothing any more, and nobody would notice until
// "make mutants" is run.
static void mutants__every_row__changes_one_place_and_names_its_tests(void **state) {
    const struct source_tree *tree = *state;
    struct table_file table;
    table_file_load(&table, table_path);
    int problems = 0;
    assert_true(table.count >= 150);
    for (size_t i = 0; i < table.count; i++) {
        const char *const *row = table.rows[i];
        const struct source_file *file = source_tree_find(tree, row[FILE_CHANGED]);
        size_t places = file == NULL ? 0 : count_places(file->text, row[BEFORE]);
        if (places != 1 || strcmp(row[BEFORE], row[AFTER]) == 0 || row[REASON][0] == 0) {
            problems += source_problem(table_path, 0, "%s: %s has '%s' %zu times, not once",
                                       row[ID], row[FILE_CHANGED], row[BEFORE], places);
        }
        problems += check_tests(tree, row[ID], row[TESTS]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(table.rows[k][ID], row[ID]) == 0) {
                problems += source_problem(table_path, 0, "%s is there twice", row[ID]);
            }
        }
    }
    table_file_free(&table);
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants__every_row__changes_one_place_and_names_its_tests),
    };
    return cmocka_run_group_tests_name("tidy_mutants", tests, source_tree_setup,
                                       source_tree_teardown);
}
