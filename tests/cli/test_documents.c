// SPDX-License-Identifier: GPL-3.0-or-later
// Every command in a document does what it says. The blocks of each document are taken in order and
// run in one folder that looks like the top of the tree: ```sh by bash, ```python by Python, and a
// ```yaml block is a scenario (or a sweep, if it names one) that "desgd" must accept. "make" works
// on the tree itself; "make test" is what is running, so it is only looked for in .ci/run; other
// targets are left out when another build than build/desgd is tested. Studies take minutes: make
// only says what it would do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/scratch.h"
#include "tests/support/skip.h"

enum {
    TOP_SIZE = 1024,
    PATH_SIZE = 2048,
    LINE_SIZE = 4096,
    BLOCK_SIZE = 65536,
    LANGUAGE_SIZE = 16,
    README_LINES_MAX = 150,
    COMMAND_SIZE = 8192
};

struct block {
    char language[LANGUAGE_SIZE];
    char text[BLOCK_SIZE];
    int line; // of the document
};

// Reads the next block that names a language; false at the end of the document.
static bool next_block(FILE *document, int *line, struct block *block) {
    char text[LINE_SIZE];
    bool inside = false;
    while (fgets(text, sizeof text, document) != NULL) {
        ++*line;
        bool fence = strncmp(text, "```", 3) == 0;
        if (fence && inside) {
            return true;
        }
        if (fence && sscanf(text, "```%15s", block->language) == 1) {
            inside = true;
            block->line = *line;
            block->text[0] = 0;
        } else if (fence) {
            while (fgets(text, sizeof text, document) != NULL && strncmp(text, "```", 3) != 0) {
                ++*line;
            }
            ++*line;
        } else if (inside) {
            assert_true(strlen(block->text) + strlen(text) < BLOCK_SIZE);
            strcat(block->text, text);
        }
    }
    return false;
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int run(const char *command) {
    fflush(NULL);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static const char make_function[] =
    "make() {\n"
    "    if [ \"$1\" = test ]; then grep -q '^stage make test$' \"$TOP/.ci/run\"; return; fi\n"
    "    case \"$1\" in stud*) set -- -n \"$@\" ;; esac\n"
    "    if [ \"$DESGD\" != build/desgd ]; then echo \"make $*: left out\"; return; fi\n"
    "    env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory -C \"$TOP\" \"$@\"\n"
    "}\n";

// Returns the exit status of the block's command.
static int run_block(const char *folder, const struct block *block) {
    char command[COMMAND_SIZE];
    char path[PATH_SIZE];
    char text[BLOCK_SIZE + sizeof make_function];
    if (strcmp(block->language, "sh") == 0) {
        snprintf(text, sizeof text, "%s%s", make_function, block->text);
        snprintf(path, sizeof path, "%s/block.sh", folder);
        write_file(path, text);
        snprintf(command, sizeof command, "cd '%s' && bash -eu block.sh >block.out 2>&1", folder);
    } else if (strcmp(block->language, "python") == 0) {
        snprintf(path, sizeof path, "%s/block.py", folder);
        write_file(path, block->text);
        snprintf(command, sizeof command, "cd '%s' && /usr/bin/python3 block.py >block.out 2>&1",
                 folder);
    } else if (strcmp(block->language, "yaml") == 0) {
        bool is_sweep = strncmp(block->text, "scenario:", strlen("scenario:")) == 0;
        snprintf(path, sizeof path, "%s/%s/block.yaml", folder, is_sweep ? "scenarios" : ".");
        write_file(path, block->text);
        snprintf(command, sizeof command, "cd '%s' && build/desgd %s >block.out 2>&1", folder,
                 is_sweep ? "sweep --dry-run scenarios/block.yaml" : "check block.yaml");
    } else {
        return 0;
    }
    return run(command);
}

static void make_look_alike(const char *folder, const char *top) {
    const char *program = getenv("DESGD");
    char command[COMMAND_SIZE];
    program = program == NULL ? "build/desgd" : program;
    setenv("DESGD", program, 1);
    setenv("TOP", top, 1);
    snprintf(
        command, sizeof command,
        "cd '%s' && mkdir build scenarios && ln -s '%s/%s' build/desgd && cp "
        "'%s'/scenarios/*.yaml scenarios && "
        "for f in policies experiments studies; do ln -s '%s'/scenarios/$f scenarios/$f; done && "
        "for f in data plots results Makefile; do ln -s '%s'/$f $f; done",
        folder, top, program, top, top, top);
    assert_int_equal(run(command), 0);
}

static void check_document(void **state, const char *name) {
    char top[TOP_SIZE];
    char path[PATH_SIZE];
    const char *folder = *state;
    int line = 0;
    int blocks = 0;
    static struct block block;
    assert_non_null(getcwd(top, sizeof top));
    make_look_alike(folder, top);
    snprintf(path, sizeof path, "%s/%s", top, name);
    FILE *document = fopen(path, "r");
    assert_non_null(document);
    while (next_block(document, &line, &block)) {
        int status = run_block(folder, &block);
        if (status != 0) {
            char command[COMMAND_SIZE];
            snprintf(command, sizeof command, "cat '%s/block.out'", folder);
            run(command);
            fail_msg("%s:%d: the %s block fails with exit status %d", name, block.line,
                     block.language, status);
        }
        blocks++;
    }
    fclose(document);
    assert_true(blocks > 0);
}

// A heading as a link names it: small letters, "-" for blanks, no other marks.
static void anchor_of(const char *heading, char anchor[LINE_SIZE]) {
    size_t length = 0;
    for (const char *at = heading + strspn(heading, "# "); *at != 0 && *at != '\n'; at++) {
        if (isalnum((unsigned char)*at) || *at == '_' || *at == '-') {
            anchor[length++] = (char)tolower((unsigned char)*at);
        } else if (*at == ' ') {
            anchor[length++] = '-';
        }
    }
    anchor[length] = 0;
}

static bool has_heading(const char *path, const char *wanted) {
    char text[LINE_SIZE];
    char anchor[LINE_SIZE];
    bool found = false;
    FILE *document = fopen(path, "r");
    assert_non_null(document);
    while (!found && fgets(text, sizeof text, document) != NULL) {
        if (text[0] == '#') {
            anchor_of(text, anchor);
            found = strcmp(anchor, wanted) == 0;
        }
    }
    fclose(document);
    return found;
}

// Whether "link" of a document in the folder leads to a place in the tree and, behind #, to a
// heading of it.
static bool leads_somewhere(const char *document, const char *link, int length) {
    char path[PATH_SIZE];
    char anchor[LINE_SIZE];
    const char *slash = strrchr(document, '/');
    int folder_length = slash == NULL ? 0 : (int)(slash - document) + 1;
    int path_length = (int)strcspn(link, ")#");
    if (strncmp(link, "http", 4) == 0) {
        return true;
    }
    snprintf(path, sizeof path, "%.*s%.*s", folder_length, document, path_length, link);
    if (path_length == 0) {
        snprintf(path, sizeof path, "%s", document);
    }
    snprintf(anchor, sizeof anchor, "%.*s", length - path_length, link + path_length);
    return access(path, F_OK) == 0 && (anchor[0] == 0 || has_heading(path, anchor + 1));
}

// Checks every link "](PLACE)" of a document, relative to the document's folder.
static void check_links(const char *name) {
    char text[LINE_SIZE];
    int line = 0;
    int broken = 0;
    FILE *document = fopen(name, "r");
    assert_non_null(document);
    while (fgets(text, sizeof text, document) != NULL) {
        line++;
        for (char *link = strstr(text, "]("); link != NULL; link = strstr(link + 2, "](")) {
            int length = (int)strcspn(link + 2, ")");
            if (!leads_somewhere(name, link + 2, length)) {
                print_error("%s:%d: no such place: %.*s\n", name, line, length, link + 2);
                broken++;
            }
        }
    }
    fclose(document);
    assert_int_equal(broken, 0);
}

// A file or a heading that was renamed would leave the guided tour with a dead end.
static void documents__links__lead_somewhere(void **state) {
    (void)state;
    static const char *const documents[] = {
        "README.md",        "results/README.md",   "results/SCHEMA.md", "results/bench.md",
        "models/README.md", "scenarios/README.md", "sim/README.md"};
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        check_links(documents[i]);
    }
}

static const char find_untrained[] =
    "import h5py, pathlib, sys\n"
    "logs = untrained = 0\n"
    "for path in sorted(pathlib.Path('.').rglob('*.h5')):\n"
    "    with h5py.File(path) as log:\n"
    "        if 'gradients/outcome' in log:\n"
    "            logs += 1\n"
    "            if not (log['gradients/outcome'][:] == 0).any():\n"
    "                untrained += 1\n"
    "                print(path, 'has no gradient that was applied')\n"
    "print(logs, 'logs')\n"
    "sys.exit(untrained > 0 or logs == 0)\n";

static void check_document_and_its_runs(void **state, const char *name) {
    static struct block check = {.language = "python"};
    char command[COMMAND_SIZE];
    snprintf(check.text, sizeof check.text, "%s", find_untrained);
    check_document(state, name);
    if (run_block(*state, &check) != 0) {
        snprintf(command, sizeof command, "cat '%s/block.out'", (const char *)*state);
        run(command);
        fail_msg("%s has examples that train nothing", name);
    }
}

// A reader who types what README.md says would be told that it is wrong; or would see equal numbers
// for all policies, where the runs of an example end before training begins.
static void documents__readme__every_command_works_as_written_and_every_run_trains(void **state) {
    check_document_and_its_runs(state, "README.md");
}

// README.md is read from its beginning to its end by nobody if it is longer.
static void documents__readme__has_a_hundred_and_fifty_lines_at_most(void **state) {
    (void)state;
    char text[LINE_SIZE];
    int lines = 0;
    FILE *document = fopen("README.md", "r");
    assert_non_null(document);
    while (fgets(text, sizeof text, document) != NULL) {
        lines++;
    }
    fclose(document);
    assert_in_range(lines, 1, README_LINES_MAX);
}

// The same as of README.md for the page about results.
static void documents__results__every_command_works_as_written(void **state) {
    check_document_and_its_runs(state, "results/README.md");
}

// Of the logs that "make demo" makes: the table that "compare" prints, notes included, and the
// row of distances that "figure" prints.
static const char compare_demo[] =
    "cd \"$TOP\"\n"
    "build/desgd compare results/demo --baseline policy.name=async >\"$OLDPWD/said\" "
    "2>\"$OLDPWD/notes\"\n"
    "awk '/^PRIMARY/ { on = 1 } /^```/ { on = 0 } on' results/README.md >\"$OLDPWD/page\"\n"
    "sed -n '/^PRIMARY/,$p' \"$OLDPWD/said\" | cat - \"$OLDPWD/notes\" | diff - \"$OLDPWD/page\"\n"
    "row=$(build/desgd figure curves results/demo --keep \"$OLDPWD/curves\" --paper "
    "plots/paper_mnist_curves.csv |\n"
    "    awk '$2 == 5 { row[$1] = sprintf(\"%.2f / %.3f / %.3f\", $3, $4, $5); gsub(/ 0\\./, \" "
    ".\", "
    "row[$1]) }\n"
    "        END { print \"| \" row[\"sync\"] \" | \" row[\"async\"] \" | \" row[\"hybrid\"] \" "
    "|\" "
    "}')\n"
    "echo \"$row\"\n"
    "grep -F 'seeds 1–5 (the demo), to the paper' results/README.md | grep -qF \"$row\"\n";

// The numbers that everybody sees first would be those of an earlier program.
static void documents__results__the_demos_numbers_are_what_the_program_says(void **state) {
    static struct block block = {.language = "sh"};
    char top[TOP_SIZE];
    assert_non_null(getcwd(top, sizeof top));
    make_look_alike(*state, top);
    if (strcmp(getenv("DESGD"), "build/desgd") != 0) {
        skip_because("the demo is made by build/desgd alone");
    }
    snprintf(block.text, sizeof block.text, "make demo\n%s", compare_demo);
    if (run_block(*state, &block) != 0) {
        char command[COMMAND_SIZE];
        snprintf(command, sizeof command, "tail -n 40 '%s/block.out'", (const char *)*state);
        run(command);
        fail_msg("results/README.md does not say what the program says of the demo");
    }
}

// The examples of the page about scenarios would be refused, or train nothing.
static void documents__scenarios__every_command_works_as_written(void **state) {
    check_document_and_its_runs(state, "scenarios/README.md");
}

// Whoever changes the program would begin with commands that fail.
static void documents__models_and_sim__every_command_works_as_written(void **state) {
    char command[COMMAND_SIZE];
    check_document_and_its_runs(state, "models/README.md");
    snprintf(command, sizeof command, "rm -rf '%s'/*", (const char *)*state);
    assert_int_equal(run(command), 0);
    check_document_and_its_runs(state, "sim/README.md");
}

// What the tables call significant; a page that went by something else would contradict them.
static const char what_is_significant[] =
    "is what the column \\*is\\* of the tables says: Holm.s p "
    "of Student.s t, over all cells of the table, is at most "
    "\\.05\\|is significant, and that is what the column "
    "\\*is\\* of the tables says: Holm.s p";

// The same for the pages that ask the studies' questions.
static void documents__studies__every_command_works_as_written(void **state) {
    static const char *const studies[] = {"mnist_table", "cifar_table",  "random_batch",
                                          "random_step", "random_delay", "hier_avg",
                                          "hpsgd"};
    const char *folder = *state;
    for (size_t i = 0; i < sizeof studies / sizeof studies[0]; i++) {
        char command[COMMAND_SIZE];
        char page[PATH_SIZE];
        snprintf(command, sizeof command, "rm -rf '%s'/*", folder);
        assert_int_equal(run(command), 0);
        snprintf(page, sizeof page, "scenarios/studies/%s/README.md", studies[i]);
        check_links(page);
        check_document(state, page);
        snprintf(page, sizeof page, "results/%s/README.md", studies[i]);
        check_links(page);
        snprintf(command, sizeof command, "grep -q '%s' '%s'", what_is_significant, page);
        assert_int_equal(run(command), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents__links__lead_somewhere),
        cmocka_unit_test_setup_teardown(
            documents__readme__every_command_works_as_written_and_every_run_trains, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(documents__results__every_command_works_as_written,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            documents__results__the_demos_numbers_are_what_the_program_says, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(documents__studies__every_command_works_as_written,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(documents__scenarios__every_command_works_as_written,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(documents__models_and_sim__every_command_works_as_written,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(documents__readme__has_a_hundred_and_fifty_lines_at_most),
    };
    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
