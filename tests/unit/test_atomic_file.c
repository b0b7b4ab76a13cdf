// SPDX-License-Identifier: GPL-3.0-or-later
// atomic_file: a file is there whole or not at all, and what was there before stays until then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"

static void expect_content(const char *path, const char *expected) {
    char bytes[64] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(bytes, expected);
}

static void write_text(const char *path, const char *text) {
    struct error error;
    assert_int_equal(atomic_file_write(path, text, strlen(text), &error), STATUS_OK);
}

// The plain case: the file is there, and nothing else is.
static void atomic_file__new_file__holds_the_bytes(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_text(scratch_path(state, "a.csv", path), "time,loss\n");
    expect_content(path, "time,loss\n");
    assert_int_equal(scratch_count_entries(*state), 1);
}

// A shorter result must not keep the tail of the longer one that it replaces.
static void atomic_file__existing_file__is_replaced(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_text(scratch_path(state, "a.csv", path), "a long first version");
    write_text(path, "short");
    expect_content(path, "short");
    assert_int_equal(scratch_count_entries(*state), 1);
}

// Two shards that write the same plan at once would take each other's part away.
static void atomic_file__shared__does_not_touch_the_part_of_another(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    write_text(scratch_path(state, "a.csv.part", part), "of another process");
    assert_int_equal(atomic_file_write_shared(scratch_path(state, "a.csv", path), "mine", 4, NULL),
                     STATUS_OK);
    expect_content(path, "mine");
    expect_content(part, "of another process");
    assert_int_equal(scratch_count_entries(*state), 2);
    char name[SCRATCH_PATH_SIZE];
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "a.csv.%s-%d.part", host, INT32_MAX); // no such process
    write_text(scratch_path(state, name, part), "of a dead process");
    snprintf(name, sizeof name, "a.csv.%s-%ld.part", host, (long)getppid());
    write_text(scratch_path(state, name, part), "of a living process");
    atomic_file_clear_shared(path);
    assert_int_equal(scratch_count_entries(*state), 3);
    expect_content(part, "of a living process");
}

// An empty table is a file, too.
static void atomic_file__no_bytes__is_an_empty_file(void **state) {
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(atomic_file_write(scratch_path(state, "a.csv", path), NULL, 0, NULL),
                     STATUS_OK);
    expect_content(path, "");
}

// Someone who has the old file open goes on reading the old file.
static void atomic_file__reader_of_the_old_file__is_not_disturbed(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_text(scratch_path(state, "a.csv", path), "old");
    FILE *reader = fopen(path, "rb");
    assert_non_null(reader);
    write_text(path, "new");
    char bytes[8] = "";
    assert_int_equal(fread(bytes, 1, sizeof bytes - 1, reader), 3);
    fclose(reader);
    assert_string_equal(bytes, "old");
}

// The user must learn that the path cannot be, and which path: status 73.
static void expect_cannot_create(void **state, const char *name) {
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    assert_int_equal(atomic_file_write(scratch_path(state, name, path), "x", 1, &error),
                     STATUS_CANNOT_CREATE);
    assert_int_equal(error.status, STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, path));
}

// A path through a file: ENOTDIR.
static void atomic_file__path_through_a_file__cannot_create(void **state) {
    char file[SCRATCH_PATH_SIZE];
    write_text(scratch_path(state, "file", file), "kept");
    expect_cannot_create(state, "file/a.csv");
    expect_content(file, "kept");
    assert_int_equal(scratch_count_entries(*state), 1);
}

// A folder that is not there is not made on the quiet: it is a typing error more often than not.
static void atomic_file__missing_folder__cannot_create(void **state) {
    expect_cannot_create(state, "missing/a.csv");
    assert_int_equal(scratch_count_entries(*state), 0);
}

// A folder under the final name stops only the rename: the .part file must not stay behind.
static void atomic_file__target_is_a_folder__fails_and_leaves_no_part(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    assert_int_equal(mkdir(scratch_path(state, "a.csv", path), 0777), 0);
    assert_int_equal(atomic_file_write(path, "x", 1, &error), STATUS_IO);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(scratch_count_entries(*state), 1);
}

// A full disk: /dev/full under the name of the .part file answers every write with ENOSPC.
static void atomic_file__full_disk__keeps_the_old_file(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    struct error error;
    write_text(scratch_path(state, "a.csv", path), "old");
    assert_int_equal(symlink("/dev/full", scratch_path(state, "a.csv.part", part)), 0);
    assert_int_equal(atomic_file_write(path, "new", 3, &error), STATUS_IO);
    assert_non_null(strstr(error.message, strerror(ENOSPC)));
    expect_content(path, "old");
    assert_int_equal(scratch_count_entries(*state), 1);
}

static void write_beyond_the_limit(void *context) {
    static const char bytes[100000];
    const struct rlimit limit = {50000, 50000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit((int)atomic_file_write(context, bytes, sizeof bytes, NULL));
}

// A disk that fills in the middle takes the first part of the bytes: the half must not stay,
// neither under the final name nor beside it.
static void atomic_file__disk_full_half_way__leaves_nothing(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[256];
    scratch_path(state, "a.csv", path);
    assert_int_equal(child_exit_status(write_beyond_the_limit, path, text, sizeof text), STATUS_IO);
    assert_int_equal(scratch_count_entries(*state), 0);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(atomic_file__shared__does_not_touch_the_part_of_another,
                                        scratch_setup, scratch_teardown),
        IN_SCRATCH(atomic_file__new_file__holds_the_bytes),
        IN_SCRATCH(atomic_file__existing_file__is_replaced),
        IN_SCRATCH(atomic_file__no_bytes__is_an_empty_file),
        IN_SCRATCH(atomic_file__reader_of_the_old_file__is_not_disturbed),
        IN_SCRATCH(atomic_file__path_through_a_file__cannot_create),
        IN_SCRATCH(atomic_file__missing_folder__cannot_create),
        IN_SCRATCH(atomic_file__target_is_a_folder__fails_and_leaves_no_part),
        IN_SCRATCH(atomic_file__full_disk__keeps_the_old_file),
        IN_SCRATCH(atomic_file__disk_full_half_way__leaves_nothing),
    };
    return cmocka_run_group_tests_name("atomic_file", tests, NULL, NULL);
}
