// SPDX-License-Identifier: GPL-3.0-or-later
// A report of runs, as a file. (What a browser makes of it: tests/page.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/report/compare.h"
#include "sim/report/page.h"
#include "sim/report/page_shell.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"
#include "tests/support/written_log.h"

enum { RUNS = 2, MOST = 1 << 20 };

// Two rounds of one cell; in the title and the name is what would end an element.
struct fixture {
    struct runlog logs[RUNS];
    char paths[RUNS][SCRATCH_PATH_SIZE];
    struct compare_run runs[RUNS];
    struct comparison *comparison;
};

static struct fixture *make_fixture(void *const *state, enum run_status status) {
    struct fixture *made = memory_allocate(1, sizeof *made);
    struct compare_options options = compare_default_options();
    struct error error;
    for (size_t i = 0; i < RUNS; i++) {
        struct runlog *log = &made->logs[i];
        char name[64];
        *log = story_log_create();
        log->header.seed = i + 1;
        log->ending.status = status;
        memory_free(log->header.scenario);
        log->header.scenario = memory_copy_text("title: \"</script><img src=x>\"\nseed: 1\n"
                                                "policy:\n  name: hybrid\n");
        snprintf(name, sizeof name, "<!--<script>%zu.h5", i);
        written_log(log, scratch_path(state, name, made->paths[i]));
        made->runs[i] = compare_run_of_log(made->paths[i], log);
    }
    if (compare_create(made->runs, RUNS, &options, &made->comparison, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return made;
}

static void release(struct fixture *fixture) {
    compare_destroy(&fixture->comparison);
    for (size_t i = 0; i < RUNS; i++) {
        runlog_reset(&fixture->logs[i]);
    }
    memory_free(fixture);
}

static FILE *nowhere(void) {
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    return out;
}

// To be released with memory_free.
static char *page_of(void *const *state, const struct fixture *fixture, size_t rounds) {
    const struct page_request request = {.comparison = fixture->comparison, .rounds = rounds};
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    FILE *notes = nowhere();
    if (page_make(&request, scratch_path(state, "page.html", path), notes, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    fclose(notes);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = memory_allocate(MOST, 1);
    size_t size = fread(text, 1, MOST - 1, file);
    assert_in_range(size, 1, MOST - 2);
    fclose(file);
    return text;
}

static size_t count_of(const char *text, const char *words) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++) {
        count++;
    }
    return count;
}

// If it failed, the title of a stranger's log could run in the browser of who looks at it.
static void page__hostile_texts__end_no_element(void **state) {
    struct fixture *fixture = make_fixture(state, RUN_COMPLETE);
    struct page_shell shell = page_shell();
    char *text = page_of(state, fixture, 1);
    size_t size = strlen(text) - shell.head_size - shell.tail_size;
    char *data = memory_allocate(size + 1, 1);
    memcpy(data, text + shell.head_size, size);
    assert_int_equal(count_of(data, "<"), 2 * (1 + RUNS)); // the elements with data
    assert_int_equal(count_of(data, "</script>"), 1 + RUNS);
    assert_non_null(strstr(data, "\"title\":\"\\u003c/script>\\u003cimg src=x>\""));
    memory_free(data);
    memory_free(text);
    release(fixture);
}

// Who gets a report can make it again and compare.
static void page__twice__is_the_same(void **state) {
    struct fixture *fixture = make_fixture(state, RUN_COMPLETE);
    char *first = page_of(state, fixture, 1);
    char *second = page_of(state, fixture, 1);
    assert_string_equal(first, second);
    memory_free(first);
    memory_free(second);
    release(fixture);
}

// The first rounds have timelines, and the page says of the others that they have none.
static void page__rounds__are_those_with_timelines(void **state) {
    struct fixture *fixture = make_fixture(state, RUN_COMPLETE);
    for (size_t rounds = 0; rounds <= RUNS; rounds++) {
        char *text = page_of(state, fixture, rounds);
        assert_int_equal(count_of(text, "\"timed\":true"), rounds);
        assert_int_equal(count_of(text, "\"name\":\"gradients\",\"count\":5"), rounds);
        assert_int_equal(count_of(text, "\"name\":\"evaluations\",\"count\":4"), RUNS);
        assert_int_equal(count_of(text, "have curves and no timeline here"), rounds < RUNS);
        memory_free(text);
    }
    release(fixture);
}

// An empty page would look like one that says something.
static void page__of_runs_that_did_not_finish__is_refused(void **state) {
    struct fixture *fixture = make_fixture(state, RUN_INTERRUPTED);
    const struct page_request request = {.comparison = fixture->comparison, .rounds = 1};
    struct error error;
    FILE *notes = nowhere();
    assert_int_equal(page_make(&request, NULL, notes, &error), STATUS_BAD_DATA);
    fclose(notes);
    release(fixture);
}

// A page of somebody else's is not replaced.
static void page__over_another_page__is_refused(void **state) {
    struct fixture *fixture = make_fixture(state, RUN_COMPLETE);
    const struct page_request request = {.comparison = fixture->comparison, .rounds = 1};
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    FILE *notes = nowhere();
    scratch_write(state, "mine.html", "<!DOCTYPE html>\n<title>Mine</title>\n");
    assert_int_equal(page_make(&request, scratch_path(state, "mine.html", path), notes, &error),
                     STATUS_CANNOT_CREATE);
    fclose(notes);
    release(fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(page__hostile_texts__end_no_element, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(page__twice__is_the_same, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(page__rounds__are_those_with_timelines, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(page__of_runs_that_did_not_finish__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(page__over_another_page__is_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
