// SPDX-License-Identifier: GPL-3.0-or-later
// What every file looks like: licence line, lengths, blanks, words, no mutable globals.
// Table: words.tsv. (clang-format sees to the rest.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/source_tree.h"
#include "tests/support/table_file.h"

enum {
    COLUMNS_MAX = 100,
    TABLE_NAME_MAX = 24,
    FUNCTION_LINES_MAX = 70,
    FILE_LINES_WARN = 400,
    FILE_LINES_MAX = 500
};

static bool is_script(const struct source_file *file) {
    return source_has_extension(file, ".sh") || source_has_extension(file, ".py") ||
           source_has_extension(file, ".gp") || source_has_extension(file, ".mk") ||
           strcmp(file->path, "Makefile") == 0 || strcmp(file->path, ".ci/run") == 0;
}

// GSL is GPL, so all of desgd is: each source file says so by itself, in its first lines.
static void files__sources_and_scripts__begin_with_the_licence_line(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        if (!source_is_c(file) && !is_script(file)) {
            continue;
        }
        const char *found = strstr(file->text, "SPDX-License-Identifier: GPL-3.0-or-later\n");
        if (found == NULL || source_line_of(file->text, found) > (is_script(file) ? 2 : 1)) {
            problems += source_problem(file->path, 1, "has no SPDX line at its top");
        }
    }
    assert_int_equal(problems, 0);
}

static int check_function_lengths(const struct source_file *file) {
    int problems = 0;
    for (struct source_function at = {0}; source_next_function(file, &at);) {
        if (at.lines == SIZE_MAX) {
            problems += source_problem(file->path, at.line, "cannot see the end of %s", at.name);
        } else if (at.lines > FUNCTION_LINES_MAX) {
            problems += source_problem(file->path, at.line, "%s has %zu lines, more than %d",
                                       at.name, at.lines, FUNCTION_LINES_MAX);
        }
    }
    return problems;
}

// Seventy lines are a screen: what is longer is not read as a whole.
static void functions__every_one__have_seventy_lines_at_most(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        if (source_is_c(&tree->files[i])) {
            problems += check_function_lengths(&tree->files[i]);
        }
    }
    assert_int_equal(problems, 0);
}

// A module that outgrows its file has a second one inside.
static void files__sources__have_five_hundred_lines_at_most(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        size_t lines = source_line_of(file->text, file->text + strlen(file->text)) - 1;
        if (source_is_c(file) && lines > FILE_LINES_MAX) {
            problems += source_problem(file->path, lines, "longer than %d lines", FILE_LINES_MAX);
        } else if (source_is_c(file) && lines > FILE_LINES_WARN) {
            source_problem(file->path, lines, "(only a warning) longer than %d", FILE_LINES_WARN);
        }
    }
    assert_int_equal(problems, 0);
}

// Of a line in UTF-8: every byte but those that go on with a character.
static size_t columns(const char *line) {
    size_t count = 0;
    for (const char *at = line; *at != 0; at++) {
        count += ((unsigned char)*at & 0xC0) != 0x80;
    }
    return count;
}

static int check_line(const struct source_file *file, size_t number, const char *line) {
    int problems = 0;
    size_t length = strlen(line);
    bool tabs = strcmp(file->path, "Makefile") == 0 || source_has_extension(file, ".mk") ||
                source_has_extension(file, ".tsv");
    if (!tabs && strchr(line, '\t') != NULL) {
        problems += source_problem(file->path, number, "a tab");
    }
    if (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r')) {
        problems += source_problem(file->path, number, "ends in a blank or a carriage return");
    }
    if (source_is_c(file) && columns(line) > COLUMNS_MAX) {
        problems += source_problem(file->path, number, "more than %d columns", COLUMNS_MAX);
    }
    return problems;
}

// Blanks that nobody sees make differences that nobody meant.
static void files__every_line__have_no_tabs_and_no_trailing_blanks(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        const char *cursor = file->text;
        char line[SOURCE_LINE_SIZE];
        for (size_t number = 1; source_next_line(&cursor, line); number++) {
            problems += check_line(file, number, line);
        }
        if (file->text[0] == 0 || file->text[strlen(file->text) - 1] != '\n') {
            problems += source_problem(file->path, 1, "is empty or does not end in a newline");
        }
    }
    assert_int_equal(problems, 0);
}

// The column of the text in a table's row "//   name  text", 0 if the line is none; *indent is that
// of the name.
static size_t text_column(const char *line, size_t *indent) {
    *indent = 2 + strspn(line + 2, " ");
    const char *gap = strstr(line + *indent, "  ");
    return gap == NULL || gap > line + *indent + TABLE_NAME_MAX
               ? 0
               : (size_t)(gap - line) + strspn(gap, " ");
}

static int check_tables(const struct source_file *file) {
    int problems = 0;
    const char *cursor = file->text;
    char line[SOURCE_LINE_SIZE];
    size_t table_indent = 0;
    size_t table_column = 0; // 0: not in a table
    for (size_t number = 1; source_next_line(&cursor, line); number++) {
        if (strncmp(line, "//   ", 5) != 0) {
            table_column = 0;
        } else if (table_column == 0) {
            table_column = text_column(line, &table_indent);
        } else if (2 + strspn(line + 2, " ") == table_indent &&
                   !(strlen(line) > table_column && line[table_column - 1] == ' ' &&
                     line[table_column] != ' ')) {
            problems += source_problem(file->path, number,
                                       "in a table, and nothing begins in its column %zu",
                                       table_column + 1);
        }
    }
    return problems;
}

// Tables in comments lie as they were written: a program that fills lines up makes "0 to 2", the
// rest of a row, into a row of its own.
static void comments__tables__keep_their_columns(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        problems += source_is_c(&tree->files[i]) ? check_tables(&tree->files[i]) : 0;
    }
    assert_int_equal(problems, 0);
}

// What is left to do belongs into an issue, not onto the main branch. (Written apart, or this file
// would find itself.)
static void files__every_text__have_no_notes_of_work_to_do(void **state) {
    const struct source_tree *tree = *state;
    static const char *const marks[] = {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "XX"
                                        "X",
                                        "HA"
                                        "CK"};
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        for (size_t j = 0; j < sizeof marks / sizeof marks[0]; j++) {
            const char *text = tree->files[i].text;
            const char *found = source_find_word(text, marks[j]);
            if (found != NULL) {
                problems +=
                    source_problem(tree->files[i].path, source_line_of(text, found), marks[j]);
            }
        }
    }
    assert_int_equal(problems, 0);
}

// The position of "word" as a whole part of a snake_case name: "layer" in "layer_count", not in
// "player".
static const char *find_part(const char *code, const char *word) {
    size_t length = strlen(word);
    for (const char *at = strstr(code, word); at != NULL; at = strstr(at + 1, word)) {
        bool begins = at == code || !isalnum((unsigned char)at[-1]);
        const char *end = at + length + (at[length] == 's');
        if (begins && !isalnum((unsigned char)*end)) {
            return at;
        }
    }
    return NULL;
}

// The design's reserved words: each means one thing, so that a sentence about the code means one.
static void names__reserved_words__mean_one_thing(void **state) {
    const struct source_tree *tree = *state;
    struct table_file words;
    table_file_load(&words, "tests/tidy/words.tsv");
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        for (size_t j = 0; source_is_c(file) && j < words.count; j++) {
            const char *const *row = words.rows[j];
            const char *found = find_part(file->code, row[0]);
            if (found != NULL && table_field_covers(row[1], file->path)) {
                problems += source_problem(file->path, source_line_of(file->code, found),
                                           "\"%s\" in a name: %s", row[0], row[2]);
            }
        }
    }
    table_file_free(&words);
    assert_int_equal(problems, 0);
}

// At the start of a line, as clang-format leaves it: "static int count;", "int table[3] = {", or
// "static struct {", whose name stands behind it.
static bool defines_mutable_variable(const char *line) {
    size_t length = strcspn(line, "=;");
    const char *parenthesis = memchr(line, '(', length);
    if (strcmp(line, "static struct {") == 0 || strcmp(line, "static union {") == 0) {
        return true;
    }
    if (!isalpha((unsigned char)line[0]) || line[length] == 0 || parenthesis != NULL) {
        return false;
    }
    static const char *const others[] = {"typedef ", "extern ", "struct ",
                                         "enum ",    "union ",  "_Static_assert"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        bool forward = strncmp(line, others[i], strlen(others[i])) == 0;
        if (forward && (i < 2 || line[length] == ';' || strchr(line, '{') != NULL)) {
            return false;
        }
    }
    // The last const of "const char *const names[]" is the one that counts.
    const char *star = memrchr(line, '*', length);
    const char *name_begin = star != NULL ? star : line;
    const char *constant = source_find_word(name_begin, "const");
    return constant == NULL || constant > line + length;
}

// What a signal sets, and a library that is loaded.
static bool belongs_to_process(const char *line) {
    return strstr(line, "sig_atomic_t") != NULL || strstr(line, "struct loaded_library ") != NULL;
}

// State that hangs nowhere is shared by all runs of a process. What belongs to the process is the
// one exception.
static void variables__at_file_scope__are_constant(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        bool program = source_has_extension(file, ".c") && !source_is_below(file->path, "tests");
        const char *cursor = file->code;
        char line[SOURCE_LINE_SIZE];
        for (size_t number = 1; program && source_next_line(&cursor, line); number++) {
            if (defines_mutable_variable(line) && !belongs_to_process(line)) {
                problems += source_problem(file->path, number, "a mutable global: %s", line);
            }
        }
    }
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files__sources_and_scripts__begin_with_the_licence_line),
        cmocka_unit_test(functions__every_one__have_seventy_lines_at_most),
        cmocka_unit_test(files__sources__have_five_hundred_lines_at_most),
        cmocka_unit_test(files__every_line__have_no_tabs_and_no_trailing_blanks),
        cmocka_unit_test(comments__tables__keep_their_columns),
        cmocka_unit_test(files__every_text__have_no_notes_of_work_to_do),
        cmocka_unit_test(names__reserved_words__mean_one_thing),
        cmocka_unit_test(variables__at_file_scope__are_constant),
    };
    return cmocka_run_group_tests_name("tidy_layout", tests, source_tree_setup,
                                       source_tree_teardown);
}
