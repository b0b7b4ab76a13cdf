// SPDX-License-Identifier: GPL-3.0-or-later
// tests/rejected/MISTAKE.yaml must be refused as MISTAKE.expect says: the exit status on the first
// line, then how the message begins.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/scenario_parse.h"

enum { STEM_SIZE = 256, PATH_SIZE = 320, EXPECT_SIZE = 4096, LEAST_CASES = 208 };

static const char folder[] = "tests/rejected";

// The expectation, its last newline cut off. Returns the status that it asks for, -1 without one.
static int read_expectation(const char *stem, char text[EXPECT_SIZE]) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.expect", folder, stem);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return -1;
    }
    size_t size = fread(text, 1, EXPECT_SIZE - 1, file);
    fclose(file);
    text[size] = 0;
    if (size > 0 && text[size - 1] == '\n') {
        text[size - 1] = 0;
    }
    char *newline = strchr(text, '\n');
    if (newline == NULL || newline[1] == 0) {
        return -1;
    }
    int status = (int)strtol(text, NULL, 10);
    memmove(text, newline + 1, strlen(newline + 1) + 1);
    return status;
}

static int check_case(const char *stem) {
    char path[PATH_SIZE];
    char expected[EXPECT_SIZE];
    struct error error = {0};
    struct scenario scenario;
    snprintf(path, sizeof path, "%s/%s.yaml", folder, stem);
    int status = read_expectation(stem, expected);
    if (status < 0) {
        print_message("%s: has no expectation\n", path);
        return 1;
    }
    int got = (int)scenario_read_noting(path, NULL, 0, &scenario, NULL, &error);
    if (got != status || strncmp(error.message, expected, strlen(expected)) != 0) {
        print_message("%s: expected status %d and\n%s\ngot status %d and\n%s\n", path, status,
                      expected, got, got == 0 ? "(accepted)" : error.message);
        return 1;
    }
    return 0;
}

static int check_folder(int *cases, int *expectations) {
    int problems = 0;
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (const struct dirent *entry = NULL; (entry = readdir(open)) != NULL;) {
        char stem[STEM_SIZE];
        const char *extension = strrchr(entry->d_name, '.');
        if (extension == NULL || extension == entry->d_name) {
            continue;
        }
        snprintf(stem, sizeof stem, "%.*s", (int)(extension - entry->d_name), entry->d_name);
        if (strcmp(extension, ".yaml") == 0) {
            problems += check_case(stem);
            ++*cases;
        }
        *expectations += strcmp(extension, ".expect") == 0;
    }
    closedir(open);
    return problems;
}

// A mistake that is accepted, or told without its place and its remedy, costs its author an
// evening.
static void rejected_scenarios__every_one__are_refused_as_expected(void **state) {
    (void)state;
    int cases = 0;
    int expectations = 0;
    int problems = check_folder(&cases, &expectations);
    assert_int_equal(problems, 0);
    assert_int_equal(cases, expectations); // no expectation without its case
    assert_true(cases >= LEAST_CASES);     // and none was lost
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejected_scenarios__every_one__are_refused_as_expected),
    };
    return cmocka_run_group_tests_name("scenario_rejected", tests, NULL, NULL);
}
