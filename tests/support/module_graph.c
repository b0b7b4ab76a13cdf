// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/module_graph.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

bool module_graph_included(const char *line, char name[SOURCE_LINE_SIZE]) {
    if (strncmp(line, "#include ", 9) != 0) {
        return false;
    }
    snprintf(name, SOURCE_LINE_SIZE, "%s", line + 9);
    name[1 + strcspn(name + 1, ">\"")] = 0;
    return true;
}

// If the line begins the definition of something that other files can see, copies its name: of
// "const struct aggregation aggregation_sync = {" and of "void simulation_go(struct ...".
static bool defined(const char *line, char name[SOURCE_LINE_SIZE]) {
    size_t end = strcspn(line, "(=[;");
    if (!isalpha((unsigned char)line[0]) || strncmp(line, "static ", 7) == 0 ||
        strncmp(line, "typedef ", 8) == 0 || line[end] == 0 || line[end] == ';') {
        return false;
    }
    while (end > 0 && line[end - 1] == ' ') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && (isalnum((unsigned char)line[begin - 1]) || line[begin - 1] == '_')) {
        begin--;
    }
    snprintf(name, SOURCE_LINE_SIZE, "%.*s", (int)(end - begin), line + begin);
    return begin > 0 && end > begin;
}

static int file_at(const struct module_graph *graph, const char *path) {
    for (size_t i = 0; i < graph->file_count; i++) {
        if (strcmp(graph->files[i].file->path, path) == 0) {
            return (int)i;
        }
    }
    return NONE;
}

// The file that the line includes: NONE if it includes none of the program's.
static int included_file(const struct module_graph *graph, const char *line) {
    char name[SOURCE_LINE_SIZE];
    return module_graph_included(line, name) && name[0] == '"' ? file_at(graph, name + 1) : NONE;
}

// Whether the header declares the name: in a line that begins with it or its type.
static bool declares(const struct source_file *header, const char *name) {
    const char *at = source_find_word(header->code, name);
    for (; at != NULL; at = source_find_word(at + 1, name)) {
        const char *line = at;
        while (line > header->code && line[-1] != '\n') {
            line--;
        }
        if (isalpha((unsigned char)line[0]) && strncmp(line, "static ", 7) != 0 &&
            strchr("([;", at[strlen(name)]) != NULL) {
            return true;
        }
    }
    return false;
}

// How many definitions of "source" the header declares.
static size_t declared(const struct source_file *source, const struct source_file *header) {
    const char *cursor = source->code;
    char line[SOURCE_LINE_SIZE];
    char name[SOURCE_LINE_SIZE];
    size_t count = 0;
    while (source_next_line(&cursor, line)) {
        count += defined(line, name) && declares(header, name);
    }
    return count;
}

static int own_header(const struct module_graph *graph, const char *path) {
    char header[SOURCE_LINE_SIZE];
    snprintf(header, sizeof header, "%.*sh", (int)strlen(path) - 1, path);
    return file_at(graph, header);
}

// The header that declares the most of what the source defines, its own if it has one: NONE if
// none does. Counts into *strays what the others declare.
static int declaring_header(const struct module_graph *graph, const struct source_file *source,
                            size_t *strays) {
    int own = own_header(graph, source->path);
    int best = own;
    size_t most = own == NONE ? 0 : declared(source, graph->files[own].file);
    size_t all = most;
    for (size_t i = 0; i < graph->file_count; i++) {
        const struct source_file *header = graph->files[i].file;
        bool other = source_has_extension(header, ".h") && (int)i != own;
        size_t found = other ? declared(source, header) : 0;
        all += found;
        if (own == NONE && found > most) {
            most = found;
            best = (int)i;
        }
    }
    *strays = all - most;
    return best;
}

static size_t module_named(struct module_graph *graph, const char *path) {
    char name[SOURCE_LINE_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)strlen(path) - 2, path);
    for (size_t i = 0; i < graph->count; i++) {
        if (strcmp(graph->names[i], name) == 0) {
            return i;
        }
    }
    graph->names[graph->count] = strdup(name);
    return graph->count++;
}

static void find_modules(struct module_graph *graph) {
    graph->names = calloc(graph->file_count, sizeof *graph->names);
    for (size_t i = 0; i < graph->file_count; i++) {
        struct program_file *at = &graph->files[i];
        int header = (int)i;
        if (source_has_extension(at->file, ".c")) {
            header = declaring_header(graph, at->file, &at->stray);
        }
        const struct source_file *namer = header == NONE ? at->file : graph->files[header].file;
        at->module = module_named(graph, namer->path);
    }
}

static void find_includes(struct module_graph *graph) {
    for (size_t i = 0; i < graph->file_count; i++) {
        const char *cursor = graph->files[i].file->text;
        char line[SOURCE_LINE_SIZE];
        while (source_next_line(&cursor, line)) {
            int header = included_file(graph, line);
            if (header != NONE) {
                size_t from = graph->files[i].module;
                graph->includes[from * graph->count + graph->files[header].module] = true;
            }
        }
    }
}

// Warshall's closure of the includes.
static void find_reach(struct module_graph *graph) {
    size_t count = graph->count;
    memcpy(graph->reaches, graph->includes, count * count * sizeof *graph->reaches);
    for (size_t by = 0; by < count; by++) {
        for (size_t from = 0; from < count; from++) {
            for (size_t to = 0; graph->reaches[from * count + by] && to < count; to++) {
                graph->reaches[from * count + to] |= graph->reaches[by * count + to];
            }
        }
    }
}

struct module_graph module_graph_create(const struct source_tree *tree) {
    struct module_graph graph = {.files = calloc(tree->count, sizeof *graph.files)};
    for (size_t i = 0; i < tree->count; i++) {
        const struct source_file *file = &tree->files[i];
        if (source_is_program(file)) {
            graph.files[graph.file_count++].file = file;
        }
    }
    find_modules(&graph);
    graph.includes = calloc(graph.count * graph.count, sizeof *graph.includes);
    graph.reaches = calloc(graph.count * graph.count, sizeof *graph.reaches);
    find_includes(&graph);
    find_reach(&graph);
    return graph;
}

void module_graph_free(struct module_graph *graph) {
    for (size_t i = 0; i < graph->count; i++) {
        free(graph->names[i]);
    }
    free(graph->names);
    free(graph->files);
    free(graph->includes);
    free(graph->reaches);
}

bool module_graph_in_one_circle(const struct module_graph *graph, size_t a, size_t b) {
    return a == b || (graph->reaches[a * graph->count + b] && graph->reaches[b * graph->count + a]);
}
