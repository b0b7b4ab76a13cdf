// SPDX-License-Identifier: GPL-3.0-or-later
// sim/README.md says which files a new law, policy, key ... touches: the table "How to add" is held
// against the sources. A row names the members of a kind that exist, the words by which the code
// knows one ("NAME" is the member in capitals, "name" as it is), and the files.
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

static const char page[] = "sim/README.md";

enum { COLUMNS = 5, TEXT_SIZE = 256, TEXTS_MAX = 24, ROWS_LEAST = 9 };

// Texts of one cell of the table.
struct texts {
    char items[TEXTS_MAX][TEXT_SIZE];
    size_t count;
};

static void add_text(struct texts *texts, const char *text, size_t length) {
    assert_true(texts->count < TEXTS_MAX && length < TEXT_SIZE);
    snprintf(texts->items[texts->count++], TEXT_SIZE, "%.*s", (int)length, text);
}

// What stands in backticks and, of links, where they lead.
static void read_marked(const char *cell, struct texts *texts) {
    for (const char *at = cell; *at != 0; at++) {
        if (*at == '`') {
            size_t length = strcspn(at + 1, "`");
            add_text(texts, at + 1, length);
            at += 1 + length;
        } else if (strncmp(at, "](", 2) == 0) {
            add_text(texts, at + 2, strcspn(at + 2, ")"));
        }
    }
}

static void read_words(const char *cell, struct texts *texts) {
    for (const char *at = cell + strspn(cell, " ,"); *at != 0; at += strspn(at, " ,")) {
        size_t length = strcspn(at, " ,");
        add_text(texts, at, length);
        at += length;
    }
}

// "pattern" with the member for NAME (in capitals) or name.
static void fill_in(const char *pattern, const char *member, char text[TEXT_SIZE]) {
    const char *upper = strstr(pattern, "NAME");
    const char *at = upper != NULL ? upper : strstr(pattern, "name");
    if (at == NULL) {
        snprintf(text, TEXT_SIZE, "%s", pattern);
        return;
    }
    int before = (int)(at - pattern);
    int length = snprintf(text, TEXT_SIZE, "%.*s%s%s", before, pattern, member, at + 4);
    assert_in_range(length, 1, TEXT_SIZE - 1);
    for (size_t i = 0; upper != NULL && i < strlen(member); i++) {
        text[before + (int)i] = (char)toupper((unsigned char)text[before + (int)i]);
    }
}

// From the top of the tree: the page's links are relative to sim.
static void path_of(const char *link, char path[TEXT_SIZE]) {
    bool outside = strncmp(link, "../", 3) == 0;
    int length = snprintf(path, TEXT_SIZE, "%s%s", outside ? "" : "sim/", link + (outside ? 3 : 0));
    assert_in_range(length, 1, TEXT_SIZE - 1);
}

static bool is_named_in(const struct source_file *file, const struct texts *names,
                        const char *member) {
    for (size_t i = 0; i < names->count; i++) {
        char word[TEXT_SIZE];
        fill_in(names->items[i], member, word);
        if (source_find_word(file->text, word) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const char *path, const struct texts *files, const char *member) {
    for (size_t i = 0; i < files->count; i++) {
        char link[TEXT_SIZE];
        char listed[TEXT_SIZE];
        fill_in(files->items[i], member, link);
        path_of(link, listed);
        if (strcmp(listed, path) == 0) {
            return true;
        }
    }
    return false;
}

// The files of sim and models that name the member are those of the list, no more and no fewer.
static int check_member(const struct source_tree *tree, size_t line, const char *member,
                        const struct texts *names, const struct texts *files) {
    int problems = 0;
    size_t found = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        bool program = source_is_c(file) || source_has_extension(file, ".sh");
        if (!program ||
            !(source_is_below(file->path, "sim") || source_is_below(file->path, "models"))) {
            continue;
        }
        bool named = is_named_in(file, names, member);
        bool listed = is_listed(file->path, files, member);
        found += listed;
        if (named != listed) {
            problems +=
                source_problem(page, line, "%s %s %s", file->path,
                               named ? "is not listed, and names" : "does not name", member);
        }
    }
    if (found != files->count) {
        problems += source_problem(page, line, "of %s not all files are there", member);
    }
    return problems;
}

static int check_row(const struct source_tree *tree, size_t number, char *line) {
    char *cells[COLUMNS + 1] = {NULL};
    struct texts names = {.count = 0};
    struct texts members = {.count = 0};
    struct texts files = {.count = 0};
    int problems = 0;
    size_t count = 0;
    for (char *at = line; at != NULL && count <= COLUMNS; count++) {
        cells[count] = strsep(&at, "|");
    }
    assert_int_equal(count, COLUMNS + 1); // the first is before the first bar
    read_marked(cells[2], &names);
    read_words(cells[3], &members);
    read_marked(cells[4], &files);
    assert_true(names.count > 0 && members.count > 0 && files.count > 0);
    for (size_t i = 0; i < members.count; i++) {
        problems += check_member(tree, number, members.items[i], &names, &files);
    }
    return problems;
}

// Whoever follows a list that lacks a file forgets the file; whoever follows one with a file too
// many looks for what to do there.
static void sim_readme__its_lists_of_files__are_those_that_name_existing_members(void **state) {
    const struct source_tree *tree = *state;
    const struct source_file *file = source_tree_find(tree, page);
    assert_non_null(file);
    const char *cursor = strstr(file->text, "\n| to add |");
    assert_non_null(cursor);
    char line[SOURCE_LINE_SIZE];
    int problems = 0;
    size_t rows = 0;
    size_t number = source_line_of(file->text, ++cursor);
    for (; source_next_line(&cursor, line) && line[0] == '|'; number++) {
        if (strncmp(line, "| a", 3) == 0) {
            problems += check_row(tree, number, line);
            rows++;
        }
    }
    assert_int_equal(problems, 0);
    assert_true(rows >= ROWS_LEAST);
}

// A room that the drawing lacks is one that a newcomer does not know of.
static void sim_readme__its_drawing__has_every_room(void **state) {
    const struct source_tree *tree = *state;
    const struct source_file *file = source_tree_find(tree, page);
    assert_non_null(file);
    const char *from = strstr(file->text, "\n```\n");
    assert_non_null(from);
    const char *to = strstr(from + 5, "\n```\n");
    assert_non_null(to);
    struct table_file rooms;
    table_file_load(&rooms, "tests/tidy/includes.tsv");
    for (size_t i = 0; i < rooms.count; i++) {
        const char *slash = strrchr(rooms.rows[i][0], '/');
        const char *room = source_find_word(from, slash == NULL ? rooms.rows[i][0] : slash + 1);
        if (room == NULL || room > to) {
            fail_msg("%s: the drawing lacks %s", page, rooms.rows[i][0]);
        }
    }
    assert_true(rooms.count > 0);
    table_file_free(&rooms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_readme__its_lists_of_files__are_those_that_name_existing_members),
        cmocka_unit_test(sim_readme__its_drawing__has_every_room),
    };
    return cmocka_run_group_tests_name("tidy_documents", tests, source_tree_setup,
                                       source_tree_teardown);
}
