// SPDX-License-Identifier: GPL-3.0-or-later
// What is tested: every module and every rejected scenario, by tests that say what they are for.
// Table: untested.tsv.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/source_tree.h"
#include "tests/support/table_file.h"

static const char *stem_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool is_module(const struct source_file *file) {
    return source_has_extension(file, ".c") && source_is_program(file);
}

// The header of a module: its own, or that of its family: aggregation_sync.c belongs to
// aggregation.h. False if there is neither.
static bool header_of(const struct source_tree *tree, const char *path,
                      char header[SOURCE_LINE_SIZE]) {
    char base[SOURCE_LINE_SIZE - 8];
    snprintf(base, sizeof base, "%.*s", (int)(strlen(path) - 2), path);
    for (char *end = base; end != NULL; *end = 0) {
        snprintf(header, SOURCE_LINE_SIZE, "%s.h", base);
        if (source_tree_find(tree, header) != NULL) {
            return true;
        }
        end = strrchr(base, '_');
        if (end == NULL || strchr(end, '/') != NULL) {
            break;
        }
    }
    return false;
}

static bool some_test_includes(const struct source_tree *tree, const char *header) {
    char directive[SOURCE_LINE_SIZE + 16];
    snprintf(directive, sizeof directive, "#include \"%s\"", header);
    for (size_t i = 0; i < tree->count; i++) {
        if (source_is_below(tree->files[i].path, "tests") && source_is_c(&tree->files[i]) &&
            strstr(tree->files[i].text, directive) != NULL) {
            return true;
        }
    }
    return false;
}

// A module without a test may be wrong in any way.
static void modules__every_one__have_a_test_or_a_reason(void **state) {
    const struct source_tree *tree = *state;
    struct table_file untested;
    table_file_load(&untested, "tests/tidy/untested.tsv");
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->files[i].path;
        char header[SOURCE_LINE_SIZE];
        bool excused = false;
        for (size_t j = 0; j < untested.count; j++) {
            excused = excused || source_is_below(path, untested.rows[j][0]);
        }
        if (is_module(&tree->files[i]) && !excused &&
            !(header_of(tree, path, header) && some_test_includes(tree, header))) {
            problems += source_problem(path, 1, "no test includes its header");
        }
    }
    table_file_free(&untested);
    assert_int_equal(problems, 0);
}

// Excuses that no longer hold would hide the next module of that name.
static void excuses__every_one__are_still_needed_and_say_why(void **state) {
    const struct source_tree *tree = *state;
    struct table_file untested;
    table_file_load(&untested, "tests/tidy/untested.tsv");
    int problems = 0;
    for (size_t i = 0; i < untested.count; i++) {
        const char *path = untested.rows[i][0];
        char header[SOURCE_LINE_SIZE];
        bool is_file = strstr(path, ".c") != NULL;
        if (untested.rows[i][1][0] == 0) {
            problems += source_problem("tests/tidy/untested.tsv", i + 1, "%s has no reason", path);
        } else if (is_file &&
                   (source_tree_find(tree, path) == NULL ||
                    (header_of(tree, path, header) && some_test_includes(tree, header)))) {
            problems += source_problem("tests/tidy/untested.tsv", i + 1, "%s needs none", path);
        }
    }
    table_file_free(&untested);
    assert_int_equal(problems, 0);
}

// Two modules of one name cannot be told apart in a message or a list.
static void modules__of_the_program__have_names_of_their_own(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        for (size_t j = 0; is_module(&tree->files[i]) && j < i; j++) {
            if (is_module(&tree->files[j]) &&
                strcmp(stem_of(tree->files[i].path), stem_of(tree->files[j].path)) == 0) {
                problems += source_problem(tree->files[i].path, 1, "another one is %s",
                                           tree->files[j].path);
            }
        }
    }
    assert_int_equal(problems, 0);
}

// A rejected scenario that nobody expects anything of is not tested: x.yaml has its x.expect beside
// it, with the exit status and the words that must be printed.
static void rejected_scenarios__every_one__have_an_expectation(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        if (source_is_below(file->path, "tests/rejected") && source_has_extension(file, ".yaml")) {
            char expectation[SOURCE_LINE_SIZE];
            snprintf(expectation, sizeof expectation, "%.*s.expect", (int)(strlen(file->path) - 5),
                     file->path);
            if (access(expectation, R_OK) != 0) {
                problems += source_problem(file->path, 1, "there is no %s", expectation);
            }
        }
    }
    assert_int_equal(problems, 0);
}

// "    cmocka_unit_test(...)" lists name functions; their definitions are "static void a__b__c(".
static int check_test_function(const char *path, size_t number, const char *line,
                               const char *before) {
    int problems = 0;
    const char *first = strstr(line, "__");
    const char *second = first == NULL ? NULL : strstr(first + 2, "__");
    if (second == NULL) {
        problems += source_problem(path, number, "not module__situation__expectation");
    }
    if (strncmp(before, "//", 2) != 0) {
        problems += source_problem(path, number, "no sentence above: what breaks if it fails?");
    }
    return problems;
}

static int check_test_functions(const struct source_file *file) {
    const char *cursor = file->text;
    char line[SOURCE_LINE_SIZE];
    char before[SOURCE_LINE_SIZE] = "";
    int problems = 0;
    for (size_t number = 1; source_next_line(&cursor, line); number++) {
        char name[SOURCE_LINE_SIZE];
        char registered[2 * SOURCE_LINE_SIZE];
        bool test = sscanf(line, "static void %1000[a-z0-9A-Z_](void **state) {", name) == 1 &&
                    strstr(line, "(void **state) {") != NULL;
        snprintf(registered, sizeof registered, "(%s", name);
        if (test && strstr(file->text, registered) != NULL) {
            problems += check_test_function(file->path, number, line, before);
        }
        memcpy(before, line, sizeof before);
    }
    return problems;
}

// Names that state facts, and a sentence that says what is at stake: a failure explains itself.
static void tests__every_function__state_a_fact_and_its_reason(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        if (source_is_below(file->path, "tests") && source_has_extension(file, ".c") &&
            strncmp(stem_of(file->path), "test_", 5) == 0) {
            problems += check_test_functions(file);
            if (strstr(file->text, "cmocka_run_group_tests") == NULL) {
                problems += source_problem(file->path, 1, "is not a cmocka program with a name");
            }
        }
    }
    assert_int_equal(problems, 0);
}

static const char *const row_counts[] = {"event_count", "gradient_count", "update_count",
                                         "evaluation_count", "reduction_count"};

// A loop up to log.update_count: the count of a table of a log, not in rows().
static bool loops_over_uncounted_rows(const char *line) {
    bool loops = false;
    for (size_t i = 0; i < sizeof row_counts / sizeof row_counts[0]; i++) {
        const char *at = strstr(line, row_counts[i]);
        bool of_a_log = at != NULL && at > line && (at[-1] == '.' || at[-1] == '>');
        loops = loops ||
                (of_a_log && strstr(line, "for (") != NULL && at[strlen(row_counts[i])] != ')');
    }
    return loops;
}

// A loop over no rows asserts nothing: the test would pass on an empty log.
static void tests__that_loop_over_a_log__assert_that_it_has_rows(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        const char *cursor = file->text;
        char line[SOURCE_LINE_SIZE];
        bool test = source_is_below(file->path, "tests") && source_has_extension(file, ".c") &&
                    strncmp(stem_of(file->path), "test_", 5) == 0;
        for (size_t number = 1; test && source_next_line(&cursor, line); number++) {
            if (loops_over_uncounted_rows(line) && strstr(line, "// or none") == NULL) {
                problems += source_problem(file->path, number,
                                           "use rows(), or say '// or none' where that is right");
            }
        }
    }
    assert_int_equal(problems, 0);
}

// A test that is left out without a word counts as none: skip_because says why.
static void tests__that_are_skipped__say_why(void **state) {
    const struct source_tree *tree = *state;
    int problems = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        const char *at = source_is_c(file) ? source_find_word(file->code, "skip") : NULL;
        if (at != NULL && at[4] == '(' && strcmp(file->path, "tests/support/skip.c") != 0) {
            problems += source_problem(file->path, source_line_of(file->code, at),
                                       "skip() gives no reason: use skip_because()");
        }
    }
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules__every_one__have_a_test_or_a_reason),
        cmocka_unit_test(excuses__every_one__are_still_needed_and_say_why),
        cmocka_unit_test(modules__of_the_program__have_names_of_their_own),
        cmocka_unit_test(rejected_scenarios__every_one__have_an_expectation),
        cmocka_unit_test(tests__every_function__state_a_fact_and_its_reason),
        cmocka_unit_test(tests__that_are_skipped__say_why),
        cmocka_unit_test(tests__that_loop_over_a_log__assert_that_it_has_rows),
    };
    return cmocka_run_group_tests_name("tidy_tests", tests, source_tree_setup,
                                       source_tree_teardown);
}
