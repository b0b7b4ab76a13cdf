// SPDX-License-Identifier: GPL-3.0-or-later
// The program's modules and who includes whom, from the sources, for tests/tidy.
//
// A module is x.h with x.c. A source without a header of its own (aggregation_sync.c) is a part of
// the module whose header declares the most of what it defines, or, where none does (a command), a
// module by itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/support/source_tree.h"

struct program_file {
    const struct source_file *file;
    size_t module; // its index in names
    size_t stray;  // definitions that only a header of another module declares
};

struct module_graph {
    struct program_file *files; // .c and .h below sim and models, by path
    size_t file_count;
    char **names; // a module is called by its path without extension: "sim/engine/engine"
    size_t count;
    bool *includes; // (count, count): [a * count + b] if a file of a includes a header of b
    bool *reaches;  // (count, count): by one include or several
};

// The tree must outlive it. Release with module_graph_free.
struct module_graph module_graph_create(const struct source_tree *tree);
void module_graph_free(struct module_graph *graph);

// True if each of the two reaches the other, or they are one.
bool module_graph_in_one_circle(const struct module_graph *graph, size_t a, size_t b);

// If the line includes something, copies it with its first quote: "\"sim/base/check.h" or
// "<time.h".
bool module_graph_included(const char *line, char name[SOURCE_LINE_SIZE]);
