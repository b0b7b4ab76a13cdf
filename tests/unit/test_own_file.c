// SPDX-License-Identifier: GPL-3.0-or-later
// own_file: this program's files are told from everybody else's, also when they are damaged, and a
// file is known by whatever name.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/own_file.h"
#include "sim/runlog/file_kind.h"
#include "tests/support/hdf5_file.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

static const struct own_file_kind ours = {
    .what = "ours", .beginning = "desgdjnl", .beginning_size = 8, .may_be_zeros = true};

static void put_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// A user's file that is taken for ours is lost; one of ours that is not is in the way for ever.
static void own_file__by_its_first_bytes__is_told_from_others(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        enum own_file whole, part;
    } rows[] = {
        {"", 0, OWN_FILE_EMPTY, OWN_FILE_EMPTY},
        {"desgdjnl and more", 17, OWN_FILE_OURS, OWN_FILE_OURS},
        {"desgdjNl and more", 17, OWN_FILE_OURS, OWN_FILE_OURS}, // one byte: damage
        {"desgdJNl and more", 17, OWN_FILE_FOREIGN, OWN_FILE_FOREIGN},
        {"desg", 4, OWN_FILE_FOREIGN, OWN_FILE_OURS},
        {"d", 1, OWN_FILE_FOREIGN, OWN_FILE_OURS},
        {"x", 1, OWN_FILE_FOREIGN, OWN_FILE_FOREIGN},
        {"\0\0\0\0\0\0\0\0\0", 9, OWN_FILE_OURS, OWN_FILE_OURS},
        {"\0\0\0\0\0\0\0\0x", 9, OWN_FILE_FOREIGN, OWN_FILE_FOREIGN},
        {" desgdjnl", 9, OWN_FILE_FOREIGN, OWN_FILE_FOREIGN},
    };
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a", path);
    assert_int_equal(own_file_look(path, &ours), OWN_FILE_NONE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_bytes(path, rows[i].bytes, rows[i].size);
        assert_int_equal(own_file_look(path, &ours), rows[i].whole);
        assert_int_equal(own_file_look_at_part(path, &ours), rows[i].part);
        struct error error = {0};
        bool refused = own_file_check(path, &ours, &error) == STATUS_CANNOT_CREATE;
        assert_int_equal(refused, rows[i].whole == OWN_FILE_FOREIGN);
        assert_true(!refused || strstr(error.message, path) != NULL);
        own_file_remove(path, &ours);
        assert_int_equal(access(path, F_OK) == 0, refused);
    }
}

// A folder, a pipe and links are nobody's to replace, and looking at them does not wait.
static void own_file__no_regular_file__is_somebody_s(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char pipe[SCRATCH_PATH_SIZE];
    char dangling[SCRATCH_PATH_SIZE];
    char link[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(mkdir(scratch_path(state, "folder", folder), 0777), 0);
    assert_int_equal(mkfifo(scratch_path(state, "pipe", pipe), 0666), 0);
    assert_int_equal(symlink("nowhere", scratch_path(state, "dangling", dangling)), 0);
    assert_int_equal(own_file_look(folder, &ours), OWN_FILE_FOREIGN);
    assert_int_equal(own_file_look(pipe, &ours), OWN_FILE_FOREIGN);
    assert_int_equal(own_file_look(dangling, &ours), OWN_FILE_FOREIGN);
    put_bytes(scratch_path(state, "a", path), "desgdjnl", 8);
    assert_int_equal(symlink("a", scratch_path(state, "link", link)), 0);
    assert_int_equal(own_file_look(link, &ours), OWN_FILE_OURS);
    own_file_remove(link, &ours);
    own_file_remove_part(link, &ours);
    assert_int_equal(scratch_count_entries(*state), 5);
}

// HDF5 is what a user's data are, too: only a log with its seal is a log to replace, and a table is
// none.
static void own_file__log__needs_its_name_and_its_seal(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct stat whole;
    struct runlog log = {0};
    const struct random_log_options options = {.seed = 3, .gradients = 2, .workers = 2};
    const struct provenance provenance = {.threads = 1};
    random_log_make(&options, &log);
    assert_int_equal(
        log_in_memory_write(scratch_path(state, "a.h5", path), &log, &provenance, NULL), STATUS_OK);
    runlog_reset(&log);
    assert_int_equal(own_file_look(path, &file_kind_log), OWN_FILE_OURS);
    assert_int_equal(own_file_look(path, &file_kind_table), OWN_FILE_FOREIGN);
    assert_int_equal(own_file_look(path, &file_kind_csv), OWN_FILE_FOREIGN);
    assert_int_equal(stat(path, &whole), 0);
    assert_int_equal(truncate(path, whole.st_size - 32), 0); // as h5py leaves it
    assert_int_equal(own_file_look(path, &file_kind_log), OWN_FILE_FOREIGN);
    assert_int_equal(own_file_look_at_part(path, &file_kind_log), OWN_FILE_OURS);
    assert_int_equal(own_file_look(path, &file_kind_damaged_log), OWN_FILE_OURS);
    hid_t file = hdf5_file_create(path);
    assert_int_equal(H5Fclose(file), 0);
    assert_int_equal(own_file_look(path, &file_kind_log), OWN_FILE_FOREIGN);
    assert_int_equal(own_file_look_at_part(path, &file_kind_log), OWN_FILE_FOREIGN);
    assert_int_equal(own_file_look(path, &file_kind_damaged_log), OWN_FILE_FOREIGN);
}

// An output that is an input under another name must be seen.
static void own_file__two_names__are_known_as_one_file(void **state) {
    static const char *const same[][2] = {
        {"f/a", "f/a"},      {"f/a", "f/hard"},  {"f/a", "f/soft"},   {"f/a", "g/a"},
        {"f/a", "f/../f/a"}, {"f/new", "g/new"}, {"f/new", "f/./new"}};
    static const char *const others[][2] = {
        {"f/a", "f/b"}, {"f/new", "f/newer"}, {"f/new", "new"}, {"f/a", "f/new"}};
    char one[SCRATCH_PATH_SIZE];
    char other[SCRATCH_PATH_SIZE];
    assert_int_equal(mkdir(scratch_path(state, "f", one), 0777), 0);
    assert_int_equal(symlink("f", scratch_path(state, "g", one)), 0);
    put_bytes(scratch_path(state, "f/a", one), "x", 1);
    put_bytes(scratch_path(state, "f/b", other), "x", 1);
    assert_int_equal(link(one, scratch_path(state, "f/hard", other)), 0);
    assert_int_equal(symlink("a", scratch_path(state, "f/soft", other)), 0);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(own_file_is_same(scratch_path(state, same[i][0], one),
                                     scratch_path(state, same[i][1], other)));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(own_file_is_same(scratch_path(state, others[i][0], one),
                                      scratch_path(state, others[i][1], other)));
    }
    int file = open(scratch_path(state, "f/a", one), O_RDONLY);
    assert_true(own_file_is_at(file, one));
    assert_false(own_file_is_at(file, scratch_path(state, "f/soft", other)));
    assert_int_equal(rename(scratch_path(state, "f/b", other), one), 0);
    assert_false(own_file_is_at(file, one));
    close(file);
}

// What stands in the way is told with what to do about it, whatever it is.
static void own_file__in_the_way__is_told_with_what_to_do(void **state) {
    static const char *const names[] = {"folder", "pipe", "device", "diary", "nowhere"};
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(mkdir(scratch_path(state, "folder", path), 0777), 0);
    assert_int_equal(mkfifo(scratch_path(state, "pipe", path), 0666), 0);
    assert_int_equal(symlink("/dev/null", scratch_path(state, "device", path)), 0);
    assert_int_equal(symlink("gone", scratch_path(state, "nowhere", path)), 0);
    put_bytes(scratch_path(state, "diary", path), "dear diary", 10);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct error errors[2] = {{0}, {0}};
        scratch_path(state, names[i], path);
        assert_int_equal(own_file_check(path, &ours, &errors[0]), STATUS_CANNOT_CREATE);
        assert_int_equal(own_file_check_part(path, &ours, &errors[1]), STATUS_CANNOT_CREATE);
        for (size_t k = 0; k < 2; k++) {
            assert_non_null(strstr(errors[k].message, path));
            assert_non_null(strstr(errors[k].message, "choose another name, or move it away"));
        }
    }
}

// Puts a file of ours to its place and takes it away, as others do, until it is killed.
static _Noreturn void come_and_go(const char *path, const char *part) {
    for (;;) {
        int file = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (file < 0 || write(file, "desgdjnl", 8) != 8 || close(file) != 0 ||
            rename(part, path) != 0 || unlink(path) != 0) {
            _exit(1);
        }
    }
}

// Two merges at once: the other's table comes between two looks at its name, and is not somebody's.
static void own_file__that_comes_and_goes__is_never_taken_for_somebody_s(void **state) {
    enum { LOOKS = 20000 };
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    size_t seen[OWN_FILE_FOREIGN + 1] = {0};
    scratch_path(state, "a", path);
    scratch_path(state, "a.part", part);
    pid_t child = fork();
    if (child == 0) {
        come_and_go(path, part);
    }
    for (int i = 0; i < LOOKS; i++) {
        seen[own_file_look(path, &ours)]++;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(seen[OWN_FILE_FOREIGN], 0);
    assert_true(seen[OWN_FILE_OURS] + seen[OWN_FILE_NONE] == LOOKS);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(own_file__by_its_first_bytes__is_told_from_others),
        IN_SCRATCH(own_file__no_regular_file__is_somebody_s),
        IN_SCRATCH(own_file__log__needs_its_name_and_its_seal),
        IN_SCRATCH(own_file__two_names__are_known_as_one_file),
        IN_SCRATCH(own_file__in_the_way__is_told_with_what_to_do),
        IN_SCRATCH(own_file__that_comes_and_goes__is_never_taken_for_somebody_s),
    };
    return cmocka_run_group_tests_name("own_file", tests, NULL, NULL);
}
