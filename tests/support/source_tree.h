// SPDX-License-Identifier: GPL-3.0-or-later
// The project's own source files, read for the tests of tests/tidy: as text, and C also as code
// with comments and literals blanked out, so that a word in a sentence is not taken for a call.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SOURCE_LINE_SIZE = 1024 };

struct source_file {
    char *path; // from the top: "sim/base/check.c"
    char *text; // closed by 0
    char *code; // NULL unless .c or .h: as long as the text, the same lines
};

struct source_tree {
    struct source_file *files; // by path
    size_t count;
};

// cmocka's set-up and tear-down of a group: *state is the tree of all files below the folders of
// the project that people write, and of those at its top.
int source_tree_setup(void **state);
int source_tree_teardown(void **state);

bool source_has_extension(const struct source_file *file, const char *extension); // ".c"
bool source_is_c(const struct source_file *file);       // .c or .h, or a .def that these include
bool source_is_program(const struct source_file *file); // that, below sim or models
bool source_is_below(const char *path, const char *folder); // in it, or the file itself

const struct source_file *source_tree_find(const struct source_tree *tree, const char *path);

// Copies the line at *cursor without its newline (cut to the size) and moves to the next one. False
// at the end.
bool source_next_line(const char **cursor, char line[SOURCE_LINE_SIZE]);

// A function that the file defines.
struct source_function {
    char name[SOURCE_LINE_SIZE];
    size_t line;       // of the brace that opens it
    size_t lines;      // from there to the brace that closes it: SIZE_MAX if that is not seen
    const char *begin; // in the file's code: behind the line that opens it
    const char *end;
};

// Moves *function to the next one of the file: to the first if it is all 0. False at the end.
bool source_next_function(const struct source_file *file, struct source_function *function);

// Prints where and what (one problem of the tree) and returns 1, to be added up.
int source_problem(const char *path, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The position of "word" as a whole C identifier in "code" from "start" on, or NULL.
const char *source_find_word(const char *start, const char *word);

// Which line (from 1) "position" is in.
size_t source_line_of(const char *text, const char *position);
