// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_manifest: the plan in a sweep's folder comes back as it was, and nothing else is believed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/sweep/sweep_manifest.h"
#include "sim/sweep/sweep_planned.h"
#include "tests/support/scratch.h"

static const char *const keys[] = {"policy.name", "cluster.delay"};
static const char *const values[] = {"sync", "", "async", "{law: exponential, mean: 1 s}"};

static struct sweep_manifest small_manifest(struct sweep_manifest_run runs[2]) {
    for (size_t i = 0; i < 2; i++) {
        runs[i] = (struct sweep_manifest_run){.run = UINT64_C(0xfedcba9876543210) + i,
                                              .seed = UINT64_MAX - i,
                                              .round = (int64_t)i,
                                              .cell = 1 - (int64_t)i,
                                              .values = (const char **)(uintptr_t)&values[2 * i],
                                              .role = i == 0 ? ROLE_TUNE : ROLE_ROUND};
    }
    return (struct sweep_manifest){
        .key_count = 2, .keys = (const char **)(uintptr_t)keys, .run_count = 2, .runs = runs};
}

// A plan that reads back otherwise would put results beside the wrong settings.
static void sweep_manifest__written__reads_back(void **state) {
    struct sweep_manifest_run runs[2];
    struct sweep_manifest manifest = small_manifest(runs);
    struct sweep_manifest got;
    assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, NULL), STATUS_OK);
    assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, NULL),
                     STATUS_OK); // the same again
    assert_int_equal(scratch_count_entries(*state), 1);
    assert_int_equal(sweep_manifest_read(*state, &got, NULL), STATUS_OK);
    assert_int_equal(got.key_count, 2);
    assert_int_equal(got.run_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(got.keys[i], keys[i]);
        assert_true(got.runs[i].run == runs[i].run);
        assert_true(got.runs[i].seed == runs[i].seed);
        assert_int_equal(got.runs[i].round, runs[i].round);
        assert_int_equal(got.runs[i].cell, runs[i].cell);
        assert_int_equal(got.runs[i].role, runs[i].role);
        assert_string_equal(got.runs[i].values[0], values[2 * i]);
        assert_string_equal(got.runs[i].values[1], values[2 * i + 1]);
    }
    sweep_manifest_reset(&got);
}

// A comparison would have another baseline than the sweep says, or none.
static void sweep_manifest__baseline__reads_back_and_may_be_missing(void **state) {
    static const char *const baseline[] = {"policy.name=async", "cluster.delay={law: x, a: b=c}"};
    struct sweep_manifest_run runs[2];
    struct sweep_manifest manifest = small_manifest(runs);
    struct sweep_manifest got;
    assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, NULL), STATUS_OK);
    assert_int_equal(sweep_manifest_read(*state, &got, NULL), STATUS_OK);
    assert_int_equal(got.baseline_count, 0);
    sweep_manifest_reset(&got);
    manifest.baseline = (const char **)(uintptr_t)baseline;
    manifest.baseline_count = 2;
    assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, NULL), STATUS_OK);
    assert_int_equal(sweep_manifest_read(*state, &got, NULL), STATUS_OK);
    assert_int_equal(got.baseline_count, 2);
    assert_string_equal(got.baseline[0], baseline[0]);
    assert_string_equal(got.baseline[1], baseline[1]);
    assert_int_equal(got.run_count, 2);
    sweep_manifest_reset(&got);
}

static void expect_bytes_refused(void *const *state, const char *text, size_t size,
                                 const char *message) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_manifest got;
    struct error error = {0};
    FILE *file = fopen(scratch_path(state, SWEEP_MANIFEST_NAME, path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
    assert_int_equal(sweep_manifest_read(*state, &got, &error), STATUS_BAD_DATA);
    if (strncmp(error.message + strlen(path), message, strlen(message)) != 0) {
        fail_msg("expected %s\ngot %s", message, error.message + strlen(path));
    }
}

static void expect_refused(void *const *state, const char *text, const char *message) {
    expect_bytes_refused(state, text, strlen(text), message);
}

// Somebody's spreadsheet saved over the plan must not become a table of results.
static void sweep_manifest__damaged__is_refused_at_its_line(void **state) {
    static const char head[] = "desgd-plan 1\nrun\trole\tround\tseed\tcell\tk\n";
    char text[512];
    expect_refused(state, "", ":0: is not a plan");
    expect_refused(state, "desgd-plan 2\n", ":1: is not a plan");
    static const char *const settings[] = {"", "a", "a=", "=b", "a/b=c", "a=b\t"};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        snprintf(text, sizeof text, "desgd-plan 1\t%s\n%s", settings[i], strchr(head, '\n') + 1);
        expect_refused(state, text, ":1: the baseline is not of settings");
    }
    expect_refused(state, "desgd-plan 1\n", ":1: the columns are missing");
    expect_refused(state, "desgd-plan 1\nrun\trole\tround\tcell\tseed\n", ":2: the columns");
    expect_refused(state, "desgd-plan 1\nrun\trole\tround\tseed\tcell\tk\tk\n",
                   ":2: a column's name");
    expect_refused(state, "desgd-plan 1\nrun\trole\tround\tseed\tcell\t\n", ":2: a column's name");
    static const char *const bad[] = {
        "0123456789abcdef\tround\t0\t1\t0",     "0123456789abcdef\tround\t0\t1\t0\tx\ty",
        "0123456789ABCDEF\tround\t0\t1\t0\tx",  "0123456789abcde\tround\t0\t1\t0\tx",
        "0123456789abcdef\tother\t0\t1\t0\tx",  "0123456789abcdef\tround\t\t1\t0\tx",
        "0123456789abcdef\tround\t0\t-1\t0\tx", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "%s%s\n", head, bad[i]);
        expect_refused(state, text, ":3: ");
    }
}

// Keys become names in the table of the runs, where a slash is a way to somewhere else.
static void sweep_manifest__name_of_no_key__is_refused_at_its_line(void **state) {
    static const char *const names[] = {"a/b", ".",    "..",  "/",     "a.",
                                        ".a",  "a..b", "a b", "\"a\"", "k\r"};
    char text[512];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text, "desgd-plan 1\nrun\trole\tround\tseed\tcell\t%s\n", names[i]);
        expect_refused(state, text, ":2: a column's name is no key");
    }
}

// A part of the plan would pass for all of it.
static void sweep_manifest__zero_byte__is_refused_at_its_line(void **state) {
    static const char text[] = "desgd-plan 1\nrun\trole\tround\tseed\tcell\tk\n"
                               "0123456789abcdef\tround\t0\t1\t0\tx\n"
                               "\0"
                               "123456789abcdef0\tround\t0\t1\t0\ty\n";
    expect_bytes_refused(state, text, sizeof text - 1, ":4: has a zero byte");
    expect_bytes_refused(state, text, sizeof text, ":4: has a zero byte"); // and one at the end
    expect_bytes_refused(state, "", 1, ":1: has a zero byte");
}

static char *read_plan(void *const *state, size_t *size) {
    enum { SIZE_MAX_HERE = 4096 };
    char path[SCRATCH_PATH_SIZE];
    char *text = test_malloc(SIZE_MAX_HERE);
    FILE *file = fopen(scratch_path(state, SWEEP_MANIFEST_NAME, path), "r");
    assert_non_null(file);
    *size = fread(text, 1, SIZE_MAX_HERE - 1, file);
    text[*size] = 0;
    fclose(file);
    return text;
}

static void write_plan(void *const *state, const char *text, size_t size) {
    char path[SCRATCH_PATH_SIZE];
    FILE *file = fopen(scratch_path(state, SWEEP_MANIFEST_NAME, path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

// Rows that are gone would be missing from the table, and nobody would know; so would a setting
// that was changed.
static void sweep_manifest__cut_or_changed_anywhere__is_noticed(void **state) {
    struct sweep_manifest_run runs[2];
    struct sweep_manifest manifest = small_manifest(runs);
    struct sweep_manifest got;
    size_t size = 0;
    assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, NULL), STATUS_OK);
    char *text = read_plan(state, &size);
    assert_true(size > 100);
    for (size_t length = 0; length < size; length++) {
        write_plan(state, text, length);
        assert_int_equal(sweep_manifest_read(*state, &got, NULL), STATUS_BAD_DATA);
    }
    for (size_t i = 0; i < size; i++) {
        text[i] ^= 1;
        write_plan(state, text, size);
        if (sweep_manifest_read(*state, &got, NULL) != STATUS_BAD_DATA) {
            fail_msg("byte %zu may be changed", i);
        }
        text[i] ^= 1;
    }
    test_free(text);
}

// Folders of before have plans without a checksum; with one they go on.
static void sweep_manifest__plan_without_checksum__is_read_and_sealed(void **state) {
    struct sweep_manifest_run runs[2];
    struct sweep_manifest manifest = small_manifest(runs);
    struct sweep_manifest got;
    struct sweep_change change = {.kind = SWEEP_CHANGE_MENDED};
    size_t size = 0;
    assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, NULL), STATUS_OK);
    char *text = read_plan(state, &size);
    char *rest = strchr(text, '\n');
    char old[4096];
    snprintf(old, sizeof old, "desgd-plan 1%s", rest);
    write_plan(state, old, strlen(old));
    assert_int_equal(sweep_manifest_read(*state, &got, NULL), STATUS_OK);
    assert_int_equal(got.run_count, 2);
    sweep_manifest_reset(&got);
    assert_int_equal(sweep_manifest_write(*state, &manifest, &change, NULL), STATUS_OK);
    assert_int_equal(change.kind, SWEEP_CHANGE_NONE);
    size_t size_now = 0;
    char *now = read_plan(state, &size_now);
    assert_string_equal(now, text);
    test_free(now);
    test_free(text);
}

// What this program cannot read is no damage: it would lose what a later one knows.
static void sweep_manifest__plan_of_a_later_version__is_said_to_be_one_and_stays(void **state) {
    static const char *const words[] = {"desgd-plan 3", "desgd-plan 12\tmore"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct sweep_manifest_run runs[2];
        struct sweep_manifest manifest = small_manifest(runs);
        struct sweep_manifest got;
        struct error error = {0};
        char later[256];
        snprintf(later, sizeof later, "%s\nrun\tother\n0123456789abcdef\ttune\n", words[i]);
        write_plan(state, later, strlen(later));
        assert_int_equal(sweep_manifest_read(*state, &got, &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.message, "is the plan of a later desgd"));
        assert_null(strstr(error.message, "anew"));
        assert_int_equal(sweep_manifest_write(*state, &manifest, NULL, &error),
                         STATUS_CANNOT_CREATE);
        assert_non_null(strstr(error.message, "is the plan of a later desgd"));
        assert_non_null(strstr(error.message, "choose another folder"));
        size_t size = 0;
        char *text = read_plan(state, &size);
        assert_string_equal(text, later);
        test_free(text);
    }
}

// A folder of something else must be told from an empty sweep.
static void sweep_manifest__missing__is_missing_input(void **state) {
    struct sweep_manifest got;
    struct error error = {0};
    assert_int_equal(sweep_manifest_read(*state, &got, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "is this the folder of a sweep?"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep_manifest__baseline__reads_back_and_may_be_missing,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__written__reads_back, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__damaged__is_refused_at_its_line,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__name_of_no_key__is_refused_at_its_line,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__zero_byte__is_refused_at_its_line,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__cut_or_changed_anywhere__is_noticed,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__plan_without_checksum__is_read_and_sealed,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep_manifest__plan_of_a_later_version__is_said_to_be_one_and_stays, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_manifest__missing__is_missing_input, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_manifest", tests, NULL, NULL);
}
