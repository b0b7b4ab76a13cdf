// SPDX-License-Identifier: GPL-3.0-or-later
// atomic_file: a file is there whole or not at all, and what was there before stays until then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"

// Whatever is in a file, it may be replaced; or only what begins so.
static const struct own_file_kind KIND = {.what = "anything", .beginning = ""};
static const struct own_file_kind TABLE_KIND = {
    .what = "a table of ours", .beginning = "time,loss", .beginning_size = 9};

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
    assert_int_equal(atomic_file_write(path, &KIND, text, strlen(text), &error), STATUS_OK);
}

// The plain case: the file is there, and nothing else is.
static void atomic_file__new_file__holds_the_bytes(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_text(scratch_path(state, "a.csv", path), "time,loss\n");
    expect_content(path, "time,loss\n");
    assert_int_equal(scratch_count_entries(*state), 1);
}

static enum status write_two_halves(void *context, FILE *out, struct error *error) {
    fputs("time,", out);
    fputs(context, out);
    return strcmp(context, "loss\n") == 0 ? STATUS_OK
                                          : error_set(error, STATUS_BAD_DATA, "no such half");
}

// If it failed, a file that is written bit by bit could be seen half written, or be there although
// its writer gave up.
static void atomic_file__written_by_a_function__is_whole_or_not_there(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    scratch_path(state, "a.csv", path);
    assert_int_equal(atomic_file_write_by(path, &TABLE_KIND, write_two_halves, "another\n", &error),
                     STATUS_BAD_DATA);
    assert_string_equal(error.message, "no such half");
    assert_int_equal(scratch_count_entries(*state), 0);
    assert_int_equal(atomic_file_write_by(path, &TABLE_KIND, write_two_halves, "loss\n", &error),
                     STATUS_OK);
    expect_content(path, "time,loss\n");
    assert_int_equal(scratch_count_entries(*state), 1);
    write_text(path, "Dear diary");
    assert_int_equal(atomic_file_write_by(path, &TABLE_KIND, write_two_halves, "loss\n", &error),
                     STATUS_CANNOT_CREATE);
    expect_content(path, "Dear diary");
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
    assert_int_equal(
        atomic_file_write_shared(scratch_path(state, "a.csv", path), &KIND, "mine", 4, NULL),
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
    atomic_file_clear_shared(path, &KIND);
    assert_int_equal(scratch_count_entries(*state), 3);
    expect_content(part, "of a living process");
}

// An empty table is a file, too.
static void atomic_file__no_bytes__is_an_empty_file(void **state) {
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(atomic_file_write(scratch_path(state, "a.csv", path), &KIND, NULL, 0, NULL),
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
    assert_int_equal(atomic_file_write(scratch_path(state, name, path), &KIND, "x", 1, &error),
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

// A folder under the final name is in the way, and no .part file stays behind.
static void atomic_file__target_is_a_folder__fails_and_leaves_no_part(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    assert_int_equal(mkdir(scratch_path(state, "a.csv", path), 0777), 0);
    assert_int_equal(atomic_file_write(path, &KIND, "x", 1, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(scratch_count_entries(*state), 1);
}

// The user's table, a device or a link under our .part's name would be lost.
static void atomic_file__file_of_somebody__is_left_and_named(void **state) {
    static const char *const names[] = {"a.csv", "a.csv.part"};
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    char other[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.csv", path);
    for (size_t i = 0; i < 2; i++) {
        write_text(scratch_path(state, names[i], other), "name,age\n");
        assert_int_equal(atomic_file_write(path, &TABLE_KIND, "time,loss\n", 10, &error),
                         STATUS_CANNOT_CREATE);
        assert_non_null(strstr(error.message, other));
        expect_content(other, "name,age\n");
        assert_int_equal(scratch_count_entries(*state), 1);
        assert_int_equal(unlink(other), 0);
    }
    assert_int_equal(symlink("/dev/full", other), 0);
    assert_int_equal(atomic_file_write(path, &KIND, "x", 1, &error), STATUS_CANNOT_CREATE);
    assert_int_equal(scratch_count_entries(*state), 1);
}

// An empty file, one of the kind and what a kill has left of one are replaced.
static void atomic_file__file_of_the_kind__is_replaced(void **state) {
    static const char *const there[] = {"", "time,loss\nold\n"};
    static const char *const left[] = {"", "time,l", "time,loss\nhalf"};
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.csv", path);
    for (size_t i = 0; i < 6; i++) {
        write_text(scratch_path(state, "a.csv.part", part), left[i % 3]);
        write_text(path, there[i % 2]);
        write_text(part, left[i % 3]);
        assert_int_equal(atomic_file_write(path, &TABLE_KIND, "time,loss\nnew\n", 14, NULL),
                         STATUS_OK);
        expect_content(path, "time,loss\nnew\n");
        assert_int_equal(scratch_count_entries(*state), 1);
    }
}

// Who let nobody else read a log, or only the group, will find the next one so.
static void atomic_file__replaced_file__keeps_its_mode(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct stat now;
    write_text(scratch_path(state, "a.csv", path), "old");
    assert_int_equal(chmod(path, 0640), 0);
    write_text(path, "new");
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_mode & 07777, 0640);
    expect_content(path, "new");
}

// Two that write at once would rename each other's half: the second one is refused.
static void atomic_file__part_of_a_living_process__is_left(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    struct error error;
    scratch_path(state, "a.csv", path);
    write_text(scratch_path(state, "a.csv.part", part), "half");
    int file = open(part, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(flock(file, LOCK_EX), 0);
    assert_int_equal(atomic_file_write(path, &KIND, "x", 1, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "another process is writing it"));
    expect_content(part, "half");
    close(file);
    write_text(path, "x");
    assert_int_equal(scratch_count_entries(*state), 1);
}

// A name with a star must not take other files' parts away.
static void atomic_file__name_with_a_star__clears_its_own_parts_alone(void **state) {
    static const char *const paths[] = {"*.csv", "b.csv"};
    char host[65] = "";
    char name[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    gethostname(host, sizeof host - 1);
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s.%s-%d.part", paths[i], host, INT32_MAX);
        scratch_write(state, name, "of a dead process");
    }
    atomic_file_clear_shared(scratch_path(state, "*.csv", part), &KIND);
    assert_int_equal(scratch_count_entries(*state), 1);
    expect_content(scratch_path(state, name, part), "of a dead process");
}

static void write_beyond_the_limit(void *context) {
    static const char bytes[100000];
    const struct rlimit limit = {.rlim_cur = 50000, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit((int)atomic_file_write(context, &KIND, bytes, sizeof bytes, NULL));
}

// A disk that fills in the middle takes the first part of the bytes: the half must not stay,
// neither under the final name nor beside it.
static void atomic_file__disk_full_half_way__leaves_nothing(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[256];
    scratch_path(state, "a.csv", path);
    assert_int_equal(child_exit_status(write_beyond_the_limit, path, text, sizeof text), STATUS_IO);
    assert_int_equal(scratch_count_entries(*state), 0);
    write_text(path, "old");
    assert_int_equal(child_exit_status(write_beyond_the_limit, path, text, sizeof text), STATUS_IO);
    expect_content(path, "old");
    assert_int_equal(scratch_count_entries(*state), 1);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(atomic_file__shared__does_not_touch_the_part_of_another,
                                        scratch_setup, scratch_teardown),
        IN_SCRATCH(atomic_file__new_file__holds_the_bytes),
        IN_SCRATCH(atomic_file__existing_file__is_replaced),
        IN_SCRATCH(atomic_file__written_by_a_function__is_whole_or_not_there),
        IN_SCRATCH(atomic_file__no_bytes__is_an_empty_file),
        IN_SCRATCH(atomic_file__reader_of_the_old_file__is_not_disturbed),
        IN_SCRATCH(atomic_file__path_through_a_file__cannot_create),
        IN_SCRATCH(atomic_file__missing_folder__cannot_create),
        IN_SCRATCH(atomic_file__target_is_a_folder__fails_and_leaves_no_part),
        IN_SCRATCH(atomic_file__file_of_somebody__is_left_and_named),
        IN_SCRATCH(atomic_file__file_of_the_kind__is_replaced),
        IN_SCRATCH(atomic_file__replaced_file__keeps_its_mode),
        IN_SCRATCH(atomic_file__part_of_a_living_process__is_left),
        IN_SCRATCH(atomic_file__name_with_a_star__clears_its_own_parts_alone),
        IN_SCRATCH(atomic_file__disk_full_half_way__leaves_nothing),
    };
    return cmocka_run_group_tests_name("atomic_file", tests, NULL, NULL);
}
