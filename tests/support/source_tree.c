// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/source_tree.h"

#include <ctype.h>
#include <fts.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, 0, file) < 0) { // text files hold no 0
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

// What the scanner is inside of.
enum inside { INSIDE_CODE, INSIDE_LINE_COMMENT, INSIDE_COMMENT, INSIDE_STRING, INSIDE_CHARACTER };

static enum inside enter(const char *at) {
    if (at[0] == '/' && at[1] == '/') {
        return INSIDE_LINE_COMMENT;
    }
    if (at[0] == '/' && at[1] == '*') {
        return INSIDE_COMMENT;
    }
    // 1'000 is no C17; a quote behind a digit or letter does not occur.
    return at[0] == '"' ? INSIDE_STRING : at[0] == '\'' ? INSIDE_CHARACTER : INSIDE_CODE;
}

static bool leaves(enum inside inside, const char *at) {
    switch (inside) {
    case INSIDE_LINE_COMMENT:
        return at[0] == '\n';
    case INSIDE_COMMENT:
        return at[-1] == '*' && at[0] == '/';
    case INSIDE_STRING:
        return at[0] == '"';
    case INSIDE_CHARACTER:
        return at[0] == '\'';
    case INSIDE_CODE:
        break;
    }
    return false;
}

static char *blank_comments_and_literals(const char *text) {
    char *code = strdup(text);
    enum inside inside = INSIDE_CODE;
    for (char *at = code; *at != 0; at++) {
        if (inside == INSIDE_CODE) {
            inside = enter(at);
            if (inside == INSIDE_COMMENT) {
                *at++ = ' '; // so that "/*/" does not end it
            }
        } else if (leaves(inside, at)) {
            if (*at != '\n') {
                *at = ' ';
            }
            inside = INSIDE_CODE;
            continue;
        } else if (*at == '\\' && inside >= INSIDE_STRING && at[1] != 0) {
            *at++ = ' ';
        }
        if (inside != INSIDE_CODE && *at != '\n') {
            *at = ' ';
        }
    }
    return code;
}

static void add_file(struct source_tree *tree, const char *path) {
    struct source_file file = {strdup(path), read_whole(path), NULL};
    if (file.text == NULL) {
        file.text = strdup("");
    }
    file.code = source_is_c(&file) ? blank_comments_and_literals(file.text) : NULL;
    tree->files = realloc(tree->files, (tree->count + 1) * sizeof *tree->files);
    tree->files[tree->count++] = file;
}

static bool is_source(const char *path) {
    static const char *const extensions[] = {".c",  ".h",  ".def", ".sh", ".py",
                                             ".gp", ".md", ".tsv", ".mk", ".yaml"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof extensions / sizeof extensions[0]; i++) {
        if (strcmp(dot, extensions[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const struct source_file *)a)->path, ((const struct source_file *)b)->path);
}

int source_tree_setup(void **state) {
    char *folders[] = {"sim", "models", "tests", "scenarios", "plots", "results", NULL};
    struct source_tree *tree = calloc(1, sizeof *tree);
    FTS *walk = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (tree == NULL || walk == NULL) {
        return -1;
    }
    for (FTSENT *entry = fts_read(walk); entry != NULL; entry = fts_read(walk)) {
        if (entry->fts_info == FTS_F && is_source(entry->fts_path)) {
            add_file(tree, entry->fts_path);
        }
    }
    fts_close(walk);
    add_file(tree, "Makefile");
    add_file(tree, ".ci/run");
    qsort(tree->files, tree->count, sizeof *tree->files, by_path);
    *state = tree;
    return 0;
}

int source_tree_teardown(void **state) {
    struct source_tree *tree = *state;
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->files[i].path);
        free(tree->files[i].text);
        free(tree->files[i].code);
    }
    free(tree->files);
    free(tree);
    return 0;
}

bool source_has_extension(const struct source_file *file, const char *extension) {
    size_t length = strlen(file->path);
    size_t wanted = strlen(extension);
    return length > wanted && strcmp(file->path + length - wanted, extension) == 0;
}

bool source_is_c(const struct source_file *file) {
    return source_has_extension(file, ".c") || source_has_extension(file, ".h") ||
           source_has_extension(file, ".def");
}

bool source_is_program(const struct source_file *file) {
    return source_is_c(file) &&
           (source_is_below(file->path, "sim") || source_is_below(file->path, "models"));
}

bool source_is_below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

const struct source_file *source_tree_find(const struct source_tree *tree, const char *path) {
    struct source_file key = {(char *)(uintptr_t)path, NULL, NULL};
    return bsearch(&key, tree->files, tree->count, sizeof *tree->files, by_path);
}

bool source_next_line(const char **cursor, char line[SOURCE_LINE_SIZE]) {
    if (**cursor == 0) {
        return false;
    }
    size_t length = strcspn(*cursor, "\n");
    snprintf(line, SOURCE_LINE_SIZE, "%.*s", (int)length, *cursor);
    *cursor += length + ((*cursor)[length] == '\n');
    return true;
}

static bool is_word_character(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

// "static int *rows_of(struct x *x," to "rows_of".
static void name_of_head(const char *line, char name[SOURCE_LINE_SIZE]) {
    size_t end = strcspn(line, "(");
    size_t begin = end;
    while (begin > 0 && is_word_character(line[begin - 1])) {
        begin--;
    }
    snprintf(name, SOURCE_LINE_SIZE, "%.*s", (int)(end - begin), line + begin);
}

bool source_next_function(const struct source_file *file, struct source_function *function) {
    const char *cursor = function->end == NULL ? file->code : function->end;
    size_t number = function->line + function->lines;
    char line[SOURCE_LINE_SIZE];
    bool opened = false;
    while (source_next_line(&cursor, line)) {
        size_t length = strlen(line);
        number++;
        if (opened && strcmp(line, "}") == 0) {
            function->lines = number - function->line;
            function->end = cursor;
            return true;
        }
        if (!opened && isalpha((unsigned char)line[0]) && strchr(line, '(') != NULL) {
            name_of_head(line, function->name);
        }
        if (!opened && length > 3 && strcmp(line + length - 3, ") {") == 0) {
            opened = true; // at depth 0, only a function's head ends so
            function->line = number;
            function->begin = cursor;
        }
    }
    function->lines = SIZE_MAX;
    function->end = cursor;
    return opened;
}

int source_problem(const char *path, size_t line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%zu: ", path, line);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    return 1;
}

const char *source_find_word(const char *start, const char *word) {
    size_t length = strlen(word);
    const char *at = strstr(start, word);
    while (at != NULL) {
        bool begins = at == start || !is_word_character(at[-1]);
        if (begins && !is_word_character(at[length])) {
            return at;
        }
        at = strstr(at + 1, word);
    }
    return NULL;
}

size_t source_line_of(const char *text, const char *position) {
    size_t line = 1;
    for (const char *at = text; at < position; at++) {
        line += *at == '\n';
    }
    return line;
}
