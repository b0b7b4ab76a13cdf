// SPDX-License-Identifier: GPL-3.0-or-later
// The measures of the house: how many modules, whether they include each other in circles, how many
// checks a function has, the longest function and file, and all lines. Each has a bound.
// Table: measures.tsv.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/module_graph.h"
#include "tests/support/source_tree.h"
#include "tests/support/table_file.h"

// The numbers of a folder or module.
struct measures {
    size_t files;
    size_t lines;      // of .c and .h
    size_t code_lines; // of these, with more than blanks, comments, or the beginning of a check
    size_t functions;
    size_t checks;
    size_t static_asserts;
    size_t function_lines; // of the longest function
    char function[2 * SOURCE_LINE_SIZE];
    size_t file_lines; // of the longest file
    const char *file;
    size_t strays;
};

static size_t count_word(const char *begin, const char *end, const char *word) {
    size_t count = 0;
    for (const char *at = source_find_word(begin, word); at != NULL && at < end;
         at = source_find_word(at + 1, word)) {
        count++;
    }
    return count;
}

static size_t count_checks(const char *begin, const char *end) {
    return count_word(begin, end, "REQUIRE") + count_word(begin, end, "ENSURE") +
           count_word(begin, end, "INVARIANT");
}

// Literals are blank, too; a line of nothing else goes on with a statement.
static size_t count_code(const char *code) {
    size_t count = 0;
    char line[SOURCE_LINE_SIZE];
    while (source_next_line(&code, line)) {
        const char *begin = line + strspn(line, " \\");
        count += *begin != 0 && strncmp(begin, "REQUIRE(", 8) != 0 &&
                 strncmp(begin, "ENSURE(", 7) != 0 && strncmp(begin, "INVARIANT(", 10) != 0;
    }
    return count;
}

static void add_file(struct measures *sum, const struct program_file *at) {
    const struct source_file *file = at->file;
    const char *end = file->code + strlen(file->code);
    size_t lines = source_line_of(file->code, end) - 1;
    sum->files++;
    sum->lines += lines;
    sum->code_lines += count_code(file->code);
    sum->strays += at->stray;
    sum->static_asserts += count_word(file->code, end, "_Static_assert");
    if (lines > sum->file_lines) {
        sum->file_lines = lines;
        sum->file = file->path;
    }
    for (struct source_function f = {0}; source_next_function(file, &f);) {
        sum->functions++;
        sum->checks += count_checks(f.begin, f.end);
        if (f.lines > sum->function_lines) {
            sum->function_lines = f.lines;
            snprintf(sum->function, sizeof sum->function, "%s in %s", f.name, file->path);
        }
    }
}

// Of all files below the folder or of the module: "all" is everything.
static struct measures measures_of(const struct module_graph *graph, const char *place) {
    struct measures sum = {.file = "", .function = ""};
    for (size_t i = 0; i < graph->file_count; i++) {
        const struct program_file *at = &graph->files[i];
        if (strcmp(place, "all") == 0 || source_is_below(at->file->path, place) ||
            strcmp(graph->names[at->module], place) == 0) {
            add_file(&sum, at);
        }
    }
    return sum;
}

static double checks_per_function(const struct measures *sum) {
    return sum->functions == 0 ? 0 : (double)sum->checks / (double)sum->functions;
}

static size_t count_modules(const struct module_graph *graph, const char *folder) {
    size_t count = 0;
    for (size_t i = 0; i < graph->count; i++) {
        count += strcmp(folder, "all") == 0 || source_is_below(graph->names[i], folder);
    }
    return count;
}

static void print_row(const struct module_graph *graph, const char *place) {
    struct measures sum = measures_of(graph, place);
    printf("%-28s %7zu %5zu %6zu %9zu %6zu %8.2f %6zu %8zu %5zu\n", place,
           count_modules(graph, place), sum.files, sum.lines, sum.functions, sum.checks,
           checks_per_function(&sum), sum.static_asserts, sum.function_lines, sum.file_lines);
}

// The rooms are the folders of includes.tsv, and the folders and modules with a bound of their own.
static void print_rooms(const struct module_graph *graph, const struct table_file *bounds) {
    struct table_file rooms;
    table_file_load(&rooms, "tests/tidy/includes.tsv");
    printf("%-28s %7s %5s %6s %9s %6s %8s %6s %8s %5s\n", "", "modules", "files", "lines",
           "functions", "checks", "each has", "static", "function", "file");
    for (size_t i = 0; i < rooms.count; i++) {
        print_row(graph, rooms.rows[i][0]);
    }
    for (size_t i = 0; i < bounds->count; i++) {
        const char *place = bounds->rows[i][1];
        bool printed = false;
        for (size_t j = 0; j < rooms.count; j++) {
            printed = printed || strcmp(rooms.rows[j][0], place) == 0;
        }
        if (!printed && strcmp(place, "all") != 0) {
            print_row(graph, place);
        }
    }
    print_row(graph, "all");
    struct measures all = measures_of(graph, "all");
    printf("longest function: %zu lines, %s\n", all.function_lines, all.function);
    printf("longest file: %zu lines, %s\n", all.file_lines, all.file);
    table_file_free(&rooms);
}

// Prints each include that runs inside the circle: one of them has to go.
static void print_circle(const struct module_graph *graph, size_t first) {
    printf("circle of includes:\n");
    for (size_t i = 0; i < graph->file_count; i++) {
        const struct program_file *from = &graph->files[i];
        const char *cursor = from->file->text;
        char line[SOURCE_LINE_SIZE];
        char name[SOURCE_LINE_SIZE];
        bool inside = module_graph_in_one_circle(graph, first, from->module);
        while (inside && source_next_line(&cursor, line)) {
            for (size_t j = 0; module_graph_included(line, name) && j < graph->file_count; j++) {
                const struct program_file *to = &graph->files[j];
                if (strcmp(to->file->path, name + 1) == 0 && to->module != from->module &&
                    module_graph_in_one_circle(graph, first, to->module)) {
                    printf("    %s includes %s\n", from->file->path, to->file->path);
                }
            }
        }
    }
}

// Prints every circle of modules, and counts them.
static size_t count_circles(const struct module_graph *graph) {
    size_t circles = 0;
    for (size_t i = 0; i < graph->count; i++) {
        bool first = true;
        bool alone = true;
        for (size_t j = 0; j < graph->count; j++) {
            if (j != i && module_graph_in_one_circle(graph, i, j)) {
                alone = false;
                first = first && j > i;
            }
        }
        if (first && !alone) {
            circles++;
            print_circle(graph, i);
        }
    }
    return circles;
}

static void print_strays(const struct module_graph *graph) {
    for (size_t i = 0; i < graph->file_count; i++) {
        if (graph->files[i].stray > 0) {
            printf("%s defines %zu functions that a header of another module declares\n",
                   graph->files[i].file->path, graph->files[i].stray);
        }
    }
}

static double measure(const struct module_graph *graph, const char *what, const char *where) {
    struct measures sum = measures_of(graph, where);
    const struct {
        const char *name;
        double value;
    } values[] = {
        {"modules", (double)count_modules(graph, where)},
        {"strays", (double)sum.strays},
        {"function", (double)sum.function_lines},
        {"file", (double)sum.file_lines},
        {"lines", (double)sum.lines},
        {"code", (double)sum.code_lines},
        {"checks", checks_per_function(&sum)},
    };
    assert_true(sum.files > 0); // or the row names nothing
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(values[i].name, what) == 0) {
            return values[i].value;
        }
    }
    assert_string_equal(what, "circles");
    return (double)count_circles(graph);
}

// A measure that nobody counts gets worse with every change, a little each time.
static void measures__of_the_house__keep_their_bounds(void **state) {
    struct module_graph graph = module_graph_create(*state);
    struct table_file bounds;
    table_file_load(&bounds, "tests/tidy/measures.tsv");
    print_rooms(&graph, &bounds);
    print_strays(&graph);
    int problems = 0;
    for (size_t i = 0; i < bounds.count; i++) {
        const char *const *row = bounds.rows[i];
        bool at_least = strcmp(row[0], "checks") == 0;
        double value = measure(&graph, row[0], row[1]);
        double bound = strtod(row[2], NULL);
        if (at_least ? value < bound : value > bound) {
            problems += source_problem("tests/tidy/measures.tsv", i + 1, "%s of %s: %g, at %s %s",
                                       row[0], row[1], value, at_least ? "least" : "most", row[2]);
        }
        printf("%-10s %-28s %8.5g   bound %8s   goal %8s\n", row[0], row[1], value, row[2], row[3]);
    }
    table_file_free(&bounds);
    module_graph_free(&graph);
    assert_int_equal(problems, 0);
}

static struct source_file invented(const char *path, const char *text) {
    return (struct source_file){(char *)(uintptr_t)path, (char *)(uintptr_t)text,
                                (char *)(uintptr_t)text};
}

static size_t module_of(const struct module_graph *graph, const char *path) {
    for (size_t i = 0; i < graph->file_count; i++) {
        if (strcmp(graph->files[i].file->path, path) == 0) {
            return graph->files[i].module;
        }
    }
    fail_msg("no %s", path);
    return 0;
}

// A count of circles that overlooks one, through a source without a header as well, would let the
// knots come back.
static void measures__of_an_invented_house__find_its_circle_and_its_family(void **state) {
    (void)state;
    struct source_file files[] = {
        invented("sim/a/law.h", "double law_mean(int x);\nextern const int law_flat;\n"),
        invented("sim/a/law_flat.c",
                 "#include \"sim/a/draw.h\"\n#include \"sim/a/law.h\"\nconst int law_flat = 1;\n"),
        invented("sim/a/draw.h", "#include \"sim/a/span.h\"\nint draw(void);\n"),
        invented("sim/a/draw.c", "#include \"sim/a/draw.h\"\nint draw(void) {\n    return 1;\n}\n"),
        invented("sim/a/span.h", "int span(void);\n"),
        invented("sim/a/span.c",
                 "#include \"sim/a/span.h\"\n#include \"sim/a/law.h\"\n"
                 "double law_mean(int x) {\n    REQUIRE(x > 0);\n    return x;\n}\n"),
        invented("sim/a/main.c", "#include \"sim/a/law.h\"\nint main(void) {\n    return 0;\n}\n"),
    };
    struct source_tree tree = {files, sizeof files / sizeof files[0]};
    struct module_graph graph = module_graph_create(&tree);
    assert_int_equal(graph.count, 4);
    assert_int_equal(module_of(&graph, "sim/a/law_flat.c"), module_of(&graph, "sim/a/law.h"));
    assert_int_equal(count_circles(&graph), 1);
    assert_false(module_graph_in_one_circle(&graph, module_of(&graph, "sim/a/main.c"),
                                            module_of(&graph, "sim/a/law.h")));
    struct measures all = measures_of(&graph, "all");
    assert_int_equal(all.strays, 1); // law_mean, in span.c
    assert_int_equal(all.functions, 3);
    assert_int_equal(all.checks, 1);
    module_graph_free(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures__of_an_invented_house__find_its_circle_and_its_family),
        cmocka_unit_test(measures__of_the_house__keep_their_bounds),
    };
    return cmocka_run_group_tests_name("tidy_measures", tests, source_tree_setup,
                                       source_tree_teardown);
}
