// SPDX-License-Identifier: GPL-3.0-or-later
// Which plan may take the place of the one in a sweep's folder.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/sweep/sweep_growth.h"
#include "sim/sweep/sweep_manifest.h"
#include "tests/support/scratch.h"

enum { RUNS_MAX = 26 };

// A letter is a round of that run, a capital one a run of the tuning; u to z are the runs a to f
// under rules that have changed.
static enum status write_plan(void *const *state, const char *letters, const char *baseline,
                              struct sweep_change *change, struct error *error) {
    struct sweep_manifest_run runs[RUNS_MAX];
    struct sweep_manifest manifest = {
        .runs = runs, .baseline = &baseline, .baseline_count = baseline != NULL};
    for (const char *c = letters; *c != 0; c++) {
        bool tunes = *c >= 'A' && *c <= 'Z';
        runs[manifest.run_count++] = (struct sweep_manifest_run){
            .run = (uint64_t)(unsigned char)*c,
            .former = *c >= 'u' && *c <= 'z' ? (uint64_t)(unsigned char)*c - ('u' - 'a') : 0,
            .role = tunes ? ROLE_TUNE : ROLE_ROUND};
    }
    return sweep_manifest_write(*state, &manifest, change, error);
}

static void expect_runs(void *const *state, size_t count) {
    struct sweep_manifest got;
    assert_int_equal(sweep_manifest_read(*state, &got, NULL), STATUS_OK);
    assert_int_equal(got.run_count, count);
    sweep_manifest_reset(&got);
}

// As a desgd that had no checksums yet wrote it.
static void remove_checksum(void *const *state) {
    static const char head[] = "desgd-plan 1";
    char text[4096];
    char path[SCRATCH_PATH_SIZE];
    FILE *file = fopen(scratch_path(state, SWEEP_MANIFEST_NAME, path), "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    char *rest = strpbrk(strchr(text, '\t') + 1, "\t\n");
    assert_true(rest - text > (ptrdiff_t)strlen(head));
    scratch_write(state, SWEEP_MANIFEST_NAME, memcpy(rest - strlen(head), head, strlen(head)));
}

static void remove_plan(void *const *state) {
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(unlink(scratch_path(state, SWEEP_MANIFEST_NAME, path)), 0);
}

// A second sweep into the same folder would take the first one's runs out of every table.
static void plan__of_another_sweep__is_refused_and_of_the_same_grows(void **state) {
    enum { REFUSED = -1 };
    static const struct {
        const char *before, *next;
        int change;
        size_t runs; // then
    } cases[] = {
        {"ab", "ab", SWEEP_CHANGE_NONE, 2},
        {"ab", "abc", SWEEP_CHANGE_GROWN, 3},
        {"ab", "cab", SWEEP_CHANGE_GROWN, 3},
        {"ab", "ba", SWEEP_CHANGE_RELABELLED, 2},
        {"ab", "ub", SWEEP_CHANGE_RULES, 2},
        {"ab", "ubc", SWEEP_CHANGE_RULES, 3},
        {"ab", "wb", REFUSED, 2},
        {"ub", "ab", REFUSED, 2},
        {"ab", "cd", REFUSED, 2},
        {"ab", "bc", REFUSED, 2},
        {"ab", "acdef", REFUSED, 2},
        {"abc", "ab", REFUSED, 3}, // fewer rounds: the others would be strangers
        // The tuning first, then the rounds that follow from it.
        {"AB", "AB", SWEEP_CHANGE_NONE, 2},
        {"AB", "ABab", SWEEP_CHANGE_NONE, 4},
        {"ABab", "ABab", SWEEP_CHANGE_NONE, 4},
        {"ABa", "ABab", SWEEP_CHANGE_NONE, 4},  // a cell was waiting for --retry
        {"ABab", "ABcd", SWEEP_CHANGE_NONE, 4}, // another choice
        {"ABab", "AB", SWEEP_CHANGE_KEPT, 4},
        {"ABab", "ABC", SWEEP_CHANGE_GROWN, 3},
        {"ABab", "AC", REFUSED, 4},
        {"ABab", "A", REFUSED, 4},
        {"ABab", "ab", REFUSED, 4}, // the same rounds without their tuning
        {"ab", "AB", REFUSED, 2},
        {"ab", "ABab", REFUSED, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sweep_change change = {0};
        struct error error = {0};
        assert_int_equal(write_plan(state, cases[i].before, NULL, &change, &error), STATUS_OK);
        assert_int_equal(change.kind, SWEEP_CHANGE_NONE);
        enum status status = write_plan(state, cases[i].next, NULL, &change, &error);
        int got = status == STATUS_OK ? (int)change.kind : REFUSED;
        if (got != cases[i].change) {
            fail_msg("%s, then %s: %d", cases[i].before, cases[i].next, got);
        }
        if (got == REFUSED) {
            assert_int_equal(status, STATUS_CANNOT_CREATE);
            assert_non_null(strstr(error.message, "is the plan of another sweep"));
        }
        expect_runs(state, cases[i].runs);
        remove_plan(state);
    }
}

// Plans that differ in their first line alone have the same runs, roles and baseline.
static void plan__without_a_checksum__is_sealed_without_a_word(void **state) {
    struct sweep_change change = {0};
    assert_int_equal(write_plan(state, "ab", "policy.name=sync", &change, NULL), STATUS_OK);
    remove_checksum(state);
    assert_int_equal(write_plan(state, "ab", "policy.name=sync", &change, NULL), STATUS_OK);
    assert_int_equal(change.kind, SWEEP_CHANGE_NONE);
    remove_checksum(state);
    assert_int_equal(write_plan(state, "ab", NULL, &change, NULL), STATUS_OK);
    assert_int_equal(change.kind, SWEEP_CHANGE_RELABELLED);
}

// A comparison has another baseline from then on: that is said.
static void plan__with_another_baseline__is_said(void **state) {
    struct sweep_change change = {0};
    assert_int_equal(write_plan(state, "ab", NULL, &change, NULL), STATUS_OK);
    assert_int_equal(write_plan(state, "ab", "policy.name=sync", &change, NULL), STATUS_OK);
    assert_int_equal(change.kind, SWEEP_CHANGE_RELABELLED);
    assert_int_equal(write_plan(state, "ab", "policy.name=sync", &change, NULL), STATUS_OK);
    assert_int_equal(change.kind, SWEEP_CHANGE_NONE);
}

// What was cut is mended by its own sweep, and protects what is left of it from another. Cut within
// its first words it could be anybody's.
static void plan__that_was_cut__is_mended_by_its_own_sweep_alone(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct stat whole;
    scratch_path(state, SWEEP_MANIFEST_NAME, path);
    assert_int_equal(write_plan(state, "abc", NULL, NULL, NULL), STATUS_OK);
    assert_int_equal(stat(path, &whole), 0);
    const off_t words = sizeof "desgd-plan " - 1;
    assert_int_equal(truncate(path, words - 1), 0);
    assert_int_equal(write_plan(state, "abc", NULL, NULL, NULL), STATUS_CANNOT_CREATE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(write_plan(state, "abc", NULL, NULL, NULL), STATUS_OK);
    for (off_t size = words; size < whole.st_size; size++) {
        struct sweep_change change = {0};
        assert_int_equal(truncate(path, size), 0);
        assert_int_equal(write_plan(state, "abc", NULL, &change, NULL), STATUS_OK);
        assert_int_equal(change.kind, SWEEP_CHANGE_MENDED);
        expect_runs(state, 3);
    }
    assert_int_equal(truncate(path, whole.st_size - 1), 0);
    assert_int_equal(write_plan(state, "xyz", NULL, NULL, NULL), STATUS_CANNOT_CREATE);
}

// A table of the user's that happens to have this name is not the sweep's to replace.
static void plan__something_else_of_that_name__is_left(void **state) {
    static const char *const others[] = {"name\tplan\n", "desgd plan", "\n"};
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    scratch_path(state, SWEEP_MANIFEST_NAME, path);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        scratch_write(state, SWEEP_MANIFEST_NAME, others[i]);
        assert_int_equal(write_plan(state, "ab", NULL, NULL, &error), STATUS_CANNOT_CREATE);
        struct stat state_now;
        assert_int_equal(stat(path, &state_now), 0);
        assert_int_equal(state_now.st_size, strlen(others[i]));
    }
    scratch_write(state, SWEEP_MANIFEST_NAME, ""); // of mktemp
    assert_int_equal(write_plan(state, "ab", NULL, NULL, NULL), STATUS_OK);
    remove_plan(state);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(write_plan(state, "ab", NULL, NULL, &error), STATUS_CANNOT_CREATE);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(write_plan(state, "ab", NULL, NULL, &error), STATUS_CANNOT_CREATE);
}

// Shards of a job array begin at the same moment.
static void plan__written_by_many_at_once__is_refused_to_none(void **state) {
    enum { SHARDS = 8, TIMES = 20 };
    pid_t shards[SHARDS];
    for (int i = 0; i < SHARDS; i++) {
        shards[i] = fork();
        assert_true(shards[i] >= 0);
        for (int n = 0; shards[i] == 0 && n < TIMES; n++) {
            struct sweep_change change = {0};
            if (write_plan(state, "abc", NULL, &change, NULL) != STATUS_OK ||
                change.kind != SWEEP_CHANGE_NONE) {
                _exit(1);
            }
        }
        if (shards[i] == 0) {
            _exit(0);
        }
    }
    for (int i = 0; i < SHARDS; i++) {
        int end = -1;
        assert_int_equal(waitpid(shards[i], &end, 0), shards[i]);
        assert_int_equal(end, 0);
    }
    assert_int_equal(scratch_count_entries(*state), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plan__of_another_sweep__is_refused_and_of_the_same_grows,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(plan__without_a_checksum__is_sealed_without_a_word,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(plan__with_another_baseline__is_said, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(plan__that_was_cut__is_mended_by_its_own_sweep_alone,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(plan__something_else_of_that_name__is_left, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(plan__written_by_many_at_once__is_refused_to_none,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_growth", tests, NULL, NULL);
}
