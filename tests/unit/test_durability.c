// SPDX-License-Identifier: GPL-3.0-or-later
// What is on the disk before what: a process that is killed loses nothing that it has written, so
// no test that kills one sees a sync that is missing; a loss of power does. This program has the
// calls that sync, rename and remove to itself, writes down their order, and makes them fail.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/held_file.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_hdf5.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { CALLS_MAX = 4096, NAME_SIZE = 64 };

enum call_kind { SYNC, RENAME, UNLINK, OPEN };

struct call {
    enum call_kind kind;
    char name[NAME_SIZE]; // the last part of the path: of a rename, of what is renamed
    off_t size;           // of the file
};

static struct {
    struct call calls[CALLS_MAX];
    size_t count;
    int error;        // of the calls below on a file of this name; 0: none
    int errors_after; // so many of them do not,
    int errors_left;  // and so many then do
    enum call_kind error_kind;
    char error_name[NAME_SIZE];
} seen;

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void note(enum call_kind kind, const char *path) {
    struct stat state = {0};
    if (seen.count < CALLS_MAX) {
        struct call *call = &seen.calls[seen.count++];
        call->kind = kind;
        snprintf(call->name, sizeof call->name, "%s", last_part(path));
        call->size = stat(path, &state) == 0 ? state.st_size : -1;
    }
}

// Whether the call is to fail; errno is set then.
static bool fails(enum call_kind kind, const char *path) {
    if (seen.error == 0 || seen.error_kind != kind ||
        strcmp(last_part(path), seen.error_name) != 0) {
        return false;
    }
    bool failing = seen.errors_after == 0 && seen.errors_left > 0;
    seen.errors_left -= failing;
    seen.errors_after -= seen.errors_after > 0;
    errno = failing ? seen.error : errno;
    return failing;
}

// ---- in place of the C library's ----

int fsync(int file) {
    char entry[64];
    char path[PATH_MAX] = "";
    snprintf(entry, sizeof entry, "/proc/self/fd/%d", file);
    ssize_t length = readlink(entry, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    note(SYNC, path);
    return fails(SYNC, path) ? -1 : 0;
}

int rename(const char *from, const char *to) {
    note(RENAME, from);
    return fails(RENAME, from) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails(OPEN, path) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int unlink(const char *path) {
    note(UNLINK, path);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

// ---- what was called ----

// From now on; calls of this kind on this name fail with the error, if it is one.
static void begin(enum call_kind kind, int error, const char *name) {
    seen.count = 0;
    seen.error = error;
    seen.errors_after = 0;
    seen.errors_left = INT_MAX;
    seen.error_kind = kind;
    snprintf(seen.error_name, sizeof seen.error_name, "%s", name);
}

// The first such call from "from" on; CALLS_MAX: none.
static size_t find(enum call_kind kind, const char *name, size_t from) {
    size_t i = from;
    while (i < seen.count &&
           (seen.calls[i].kind != kind || strcmp(seen.calls[i].name, name) != 0)) {
        i++;
    }
    return i < seen.count ? i : CALLS_MAX;
}

static const struct own_file_kind any_kind = {
    .what = "a file of this test", .beginning = "test", .beginning_size = 4};

// A name that points to bytes which are not on the disk yet, or a rename that is not, is a file
// lost.
static void atomic_file__written__is_synced_renamed_and_its_folder_synced(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    scratch_path(state, "a", path);
    begin(SYNC, 0, "");
    assert_int_equal(atomic_file_write(path, &any_kind, "test1", 5, &error), STATUS_OK);
    assert_int_equal(seen.count, 3);
    assert_int_equal(find(SYNC, "a.part", 0), 0);
    assert_int_equal(seen.calls[0].size, 5);
    assert_int_equal(find(RENAME, "a.part", 0), 1);
    assert_int_equal(find(SYNC, last_part(*state), 0), 2);
}

// A disk that does not take the bytes: what was there stays, and no part is left; a
// folder that cannot be synced for what it is (EINVAL) is none that failed.
static void atomic_file__a_sync_that_fails__is_told(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    scratch_path(state, "a", path);
    scratch_write(state, "a", "test0");
    begin(SYNC, EIO, "a.part");
    assert_int_equal(atomic_file_write(path, &any_kind, "test1", 5, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "Input/output error"));
    assert_int_equal(scratch_count_entries(*state), 1);
    assert_int_equal(find(RENAME, "a.part", 0), CALLS_MAX);
    begin(SYNC, EIO, last_part(*state));
    assert_int_equal(atomic_file_write(path, &any_kind, "test1", 5, &error), STATUS_IO);
    begin(SYNC, EINVAL, last_part(*state));
    assert_int_equal(atomic_file_write(path, &any_kind, "test2", 5, &error), STATUS_OK);
}

// A checkpoint of a run is worth what its journal is: the sync is asked for, and its failure ends
// it.
static void journal__synced__is_on_the_disk_or_says_so(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *journal = NULL;
    struct error error = {0};
    scratch_path(state, "j", path);
    assert_int_equal(journal_create(path, path, 1, &journal, &error), STATUS_OK);
    journal_append(journal, 3, "abc", 3);
    begin(SYNC, 0, "");
    assert_int_equal(journal_sync(journal, &error), STATUS_OK);
    assert_int_equal(find(SYNC, "j", 0), 0);
    assert_int_equal(seen.calls[0].size, journal_mark_now(journal).length);
    begin(SYNC, EINVAL, "j"); // no file that can be synced
    assert_int_equal(journal_sync(journal, &error), STATUS_OK);
    begin(SYNC, EIO, "j");
    assert_int_equal(journal_sync(journal, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "cannot write: Input/output error"));
    assert_true(journal_failed(journal));
    begin(SYNC, 0, "");
    assert_int_equal(journal_close(&journal, &error), STATUS_IO); // it is remembered
    assert_int_equal(scratch_count_entries(*state), 0);
}

// The copy of a journal whose name was taken away is all there is of it.
static void held_file__copied__is_synced(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_write(state, "a", "test0");
    int file = open(scratch_path(state, "a", path), O_RDONLY | O_CLOEXEC);
    scratch_path(state, "b", path);
    begin(SYNC, 0, "");
    int copy = held_file_copy(file, path);
    assert_true(copy >= 0);
    assert_int_equal(find(SYNC, "b", 0), 0);
    assert_int_equal(seen.calls[0].size, 5);
    close(copy);
    begin(SYNC, EIO, "c");
    assert_int_equal(held_file_copy(file, scratch_path(state, "c", path)), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(scratch_count_entries(*state), 2);
    close(file);
}

static volatile sig_atomic_t requests;

static void ask(void *context, const struct event_row *row) {
    (void)context;
    (void)row;
    requests++;
}

// Each checkpoint comes to its name when the journal is on the disk as far as it says; and the
// journal and the checkpoints go when the log is there, with its name on the disk. Otherwise a loss
// of power at a moment takes all of a run.
static void run__with_checkpoints__has_each_on_the_disk_before_it_counts(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    const struct run_sink sink = {.event = ask};
    small_cluster_parse(&scenario, "model: {name: quadratic, dimension: 5}\nend: 6 updates\n"
                                   "cluster: {workers: 2, compute: 1 s}\n");
    struct run_options options = {.output = scratch_path(state, "r.h5", path),
                                  .threads = 1,
                                  .checkpoints = true,
                                  .checkpoint_requests = &requests,
                                  .sinks = &sink,
                                  .sink_count = 1};
    begin(SYNC, 0, "");
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
    size_t checkpoints = 0;
    size_t last = 0;
    for (size_t at = find(RENAME, "r.h5.checkpoint.part", 0); at != CALLS_MAX;
         at = find(RENAME, "r.h5.checkpoint.part", at + 1)) {
        size_t journal = find(SYNC, "r.h5.journal", last);
        size_t part = find(SYNC, "r.h5.checkpoint.part", last);
        assert_true(journal < part && part < at);
        assert_true(find(SYNC, last_part(*state), at) == at + 1);
        last = at + 1;
        checkpoints++;
    }
    assert_true(checkpoints > 6);
    size_t named = find(RENAME, "r.h5.part", last);
    assert_true(find(SYNC, "r.h5.part", last) < named);
    size_t synced = find(SYNC, last_part(*state), named);
    assert_true(synced != CALLS_MAX);
    assert_true(find(UNLINK, "r.h5.journal", 0) > synced);
    assert_true(find(UNLINK, "r.h5.journal", 0) != CALLS_MAX);
    assert_true(find(UNLINK, "r.h5.checkpoint", 0) > synced);
}

static char notices[1024];

static void keep_notice(const char *sentence) {
    size_t used = strlen(notices);
    snprintf(notices + used, sizeof notices - used, "%s\n", sentence);
}

// A run that came to its end and whose log could not get its name is not simulated again: its log
// is made from its journal. A log that cannot be read now may be a good one: it is not replaced.
static void run__whose_log_fails__is_made_from_its_journal_and_not_replaced(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    small_cluster_parse(&scenario, "model: {name: quadratic, dimension: 5}\nend: 6 updates\n"
                                   "cluster: {workers: 2, compute: 1 s}\n");
    struct run_options options = {.output = scratch_path(state, "r.h5", path),
                                  .threads = 1,
                                  .checkpoints = true,
                                  .resume = true,
                                  .checkpoint_requests = &requests,
                                  .notice = keep_notice};
    requests = 1;
    begin(RENAME, EIO, "r.h5.part");
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "Input/output error"));
    begin(SYNC, 0, "");
    notices[0] = 0;
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
    assert_true(outcome.had_ended);
    assert_non_null(strstr(notices, "the run was finished; its log is made from the journal"));
    assert_int_equal(scratch_count_entries(*state), 1);
    struct stat before;
    struct stat after;
    assert_int_equal(stat(path, &before), 0);
    for (int opens = 0; opens < 6; opens++) { // whichever of them fails, once
        begin(OPEN, EIO, "r.h5");
        seen.errors_after = opens;
        seen.errors_left = 1;
        enum status status = run_scenario(&scenario, &options, &outcome, &error);
        assert_true(status == STATUS_IO || status == STATUS_OK ||
                    (status == STATUS_CANNOT_CREATE && opens == 0)); // whose file it is, is unknown
        assert_int_equal(stat(path, &after), 0);
        assert_true(before.st_ino == after.st_ino && before.st_mtime == after.st_mtime);
    }
    begin(SYNC, 0, "");
    notices[0] = 0;
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
    assert_non_null(strstr(notices, "nothing to do"));
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(atomic_file__written__is_synced_renamed_and_its_folder_synced),
        IN_SCRATCH(atomic_file__a_sync_that_fails__is_told),
        IN_SCRATCH(journal__synced__is_on_the_disk_or_says_so),
        IN_SCRATCH(held_file__copied__is_synced),
        IN_SCRATCH(run__with_checkpoints__has_each_on_the_disk_before_it_counts),
        IN_SCRATCH(run__whose_log_fails__is_made_from_its_journal_and_not_replaced),
    };
    return cmocka_run_group_tests_name("durability", tests, NULL, NULL);
}
