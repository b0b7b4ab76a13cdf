// SPDX-License-Identifier: GPL-3.0-or-later
// Who knows whom: the design's include directions, one door per library, own headers first, and
// headers that are read once. Tables: includes.tsv, doors.tsv.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/module_graph.h"
#include "tests/support/source_tree.h"
#include "tests/support/table_file.h"

static int check_direction(const struct source_tree *tree, const struct table_file *table,
                           const struct source_file *file, size_t line, const char *header) {
    if (source_tree_find(tree, header) == NULL) {
        return source_problem(file->path, line, "there is no \"%s\" (written from the top)",
                              header);
    }
    for (size_t i = 0; i < table->count; i++) {
        if (source_is_below(file->path, table->rows[i][0])) {
            bool allowed = source_is_below(header, table->rows[i][0]) ||
                           table_field_covers(table->rows[i][1], header);
            return allowed ? 0
                           : source_problem(file->path, line, "%s may not include \"%s\"",
                                            table->rows[i][0], header);
        }
    }
    return source_problem(file->path, 1, "its folder is not in tests/tidy/includes.tsv");
}

// Three siblings that never include each other, and nobody looks up: without this, tiers knot up.
static void includes__every_file__keep_the_directions_of_the_design(void **state) {
    const struct source_tree *tree = *state;
    struct table_file table;
    table_file_load(&table, "tests/tidy/includes.tsv");
    int problems = 0;
    int includes = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        const char *cursor = file->text;
        char line[SOURCE_LINE_SIZE];
        char name[SOURCE_LINE_SIZE];
        for (size_t number = 1; source_is_program(file) && source_next_line(&cursor, line);
             number++) {
            if (module_graph_included(line, name) && name[0] == '"') {
                includes++;
                problems += check_direction(tree, &table, file, number, name + 1);
            }
        }
    }
    printf("include directions: %d of %d held\n", includes - problems, includes);
    table_file_free(&table);
    assert_int_equal(problems, 0);
}

static int check_door_of_header(const struct table_file *doors, const struct source_file *file,
                                size_t line, const char *header) {
    int problems = 0;
    for (size_t i = 0; i < doors->count; i++) {
        const char *const *row = doors->rows[i];
        if (strcmp(row[0], "include") == 0 && strncmp(header, row[1], strlen(row[1])) == 0 &&
            !table_field_covers(row[2], file->path)) {
            problems +=
                source_problem(file->path, line, "<%s> belongs to %s: %s", header, row[2], row[3]);
        }
    }
    return problems;
}

// One door per library: its conventions are met in one place only.
static void includes__library_headers__stay_behind_their_doors(void **state) {
    const struct source_tree *tree = *state;
    struct table_file doors;
    table_file_load(&doors, "tests/tidy/doors.tsv");
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        const char *cursor = file->text;
        char line[SOURCE_LINE_SIZE];
        char name[SOURCE_LINE_SIZE];
        for (size_t number = 1; source_is_program(file) && source_next_line(&cursor, line);
             number++) {
            if (module_graph_included(line, name) && name[0] == '<') {
                problems += check_door_of_header(&doors, file, number, name + 1);
            }
        }
    }
    table_file_free(&doors);
    assert_int_equal(problems, 0);
}

static int check_calls(const struct source_file *file, const char *const *row) {
    int problems = 0;
    size_t length = strlen(row[1]);
    for (const char *at = source_find_word(file->code, row[1]); at != NULL;
         at = source_find_word(at + length, row[1])) {
        bool member = at > file->code && (at[-1] == '.' || at[-1] == '>');
        if (at[length] == '(' && !member) {
            problems += source_problem(file->path, source_line_of(file->code, at),
                                       "%s() belongs to %s: %s", row[1], row[2], row[3]);
        }
    }
    return problems;
}

// Calls that pass by a door: another allocator, another clock, another source of chance.
static void calls__of_guarded_functions__stay_behind_their_doors(void **state) {
    const struct source_tree *tree = *state;
    struct table_file doors;
    table_file_load(&doors, "tests/tidy/doors.tsv");
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        for (size_t j = 0; source_is_program(file) && j < doors.count; j++) {
            if (strcmp(doors.rows[j][0], "call") == 0 &&
                !table_field_covers(doors.rows[j][2], file->path)) {
                problems += check_calls(file, doors.rows[j]);
            }
        }
    }
    table_file_free(&doors);
    assert_int_equal(problems, 0);
}

// The first include of x.c is x.h, so that every header is seen to compile by itself.
static void includes__source_with_a_header__include_it_first(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        char header[SOURCE_LINE_SIZE];
        snprintf(header, sizeof header, "%s", file->path);
        header[strlen(header) - 1] = 'h';
        if (!source_has_extension(file, ".c") || source_tree_find(tree, header) == NULL) {
            continue;
        }
        const char *cursor = file->text;
        char line[SOURCE_LINE_SIZE];
        char name[SOURCE_LINE_SIZE] = "";
        while (source_next_line(&cursor, line) && !module_graph_included(line, name)) {
        }
        if (strcmp(name + 1, header) != 0) {
            problems += source_problem(file->path, 1, "its first include is not its own header");
        }
    }
    assert_int_equal(problems, 0);
}

// A header that is read twice does not compile, or not with some other one.
static void headers__every_one__are_read_once(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        if (source_has_extension(file, ".h") && strstr(file->text, "\n#pragma once\n") == NULL) {
            problems += source_problem(file->path, 1, "has no #pragma once");
        }
    }
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(includes__every_file__keep_the_directions_of_the_design),
        cmocka_unit_test(includes__library_headers__stay_behind_their_doors),
        cmocka_unit_test(calls__of_guarded_functions__stay_behind_their_doors),
        cmocka_unit_test(includes__source_with_a_header__include_it_first),
        cmocka_unit_test(headers__every_one__are_read_once),
    };
    return cmocka_run_group_tests_name("tidy_includes", tests, source_tree_setup,
                                       source_tree_teardown);
}
