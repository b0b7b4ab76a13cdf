// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/told_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/tell.h"
#include "tests/support/small_cluster.h"

// Names the first line in which the stories differ.
static void expect_equal_stories(const char *actual, const char *expected) {
    size_t line = 1;
    size_t at = 0;
    size_t begin = 0;
    while (actual[at] != 0 && actual[at] == expected[at]) {
        at++;
        if (actual[at - 1] == '\n') {
            line++;
            begin = at;
        }
    }
    if (actual[at] != expected[at]) {
        fail_msg("line %zu of the story is\n%.*s\nand should be\n%.*s", line,
                 (int)strcspn(actual + begin, "\n"), actual + begin,
                 (int)strcspn(expected + begin, "\n"), expected + begin);
    }
}

void told_story_expect(const char *yaml, const char *story) {
    struct scenario scenario;
    struct runlog log;
    struct error error;
    struct tell_options options = tell_options_all();
    char *text = NULL;
    size_t size = 0;
    small_cluster_parse(&scenario, "%s", yaml);
    small_cluster_run(&scenario, &log);
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(tell(stream, &log, &options, &error), STATUS_OK);
    fclose(stream);
    expect_equal_stories(text, story);
    free(text);
    runlog_reset(&log);
}
