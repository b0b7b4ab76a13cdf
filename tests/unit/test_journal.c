// SPDX-License-Identifier: GPL-3.0-or-later
// journal: what was appended comes back up to the last whole record, whatever happens to the tail.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/journal.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"

enum { VERSION = 7, FILE_HEADER_BYTES = 16, RECORD_HEADER_BYTES = 16, TEXT_SIZE = 256 };

// Writes each visited record as "type:payload;" into a text.
static bool note_record(void *context, uint32_t type, void *payload, size_t size) {
    char *text = context;
    size_t used = strlen(text);
    snprintf(text + used, TEXT_SIZE - used, "%u:%.*s;", type, (int)size, (const char *)payload);
    return true;
}

static struct journal *create(const char *path) {
    struct journal *journal = NULL;
    assert_int_equal(journal_create(path, path, VERSION, &journal, NULL), STATUS_OK);
    return journal;
}

// Records "1:alpha;2:;3:gamma;"
static void write_three(const char *path) {
    struct journal *journal = create(path);
    journal_append(journal, 1, "alpha", 5);
    journal_append(journal, 2, NULL, 0);
    journal_append(journal, 3, "gamma", 5);
    assert_false(journal_failed(journal));
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    assert_null(journal);
}

static void expect_records(const char *path, const char *expected, uint64_t expected_dropped) {
    char text[TEXT_SIZE] = "";
    uint64_t dropped = 0;
    assert_int_equal(journal_read(journal_named(path), VERSION, note_record, text, &dropped, NULL),
                     STATUS_OK);
    assert_string_equal(text, expected);
    assert_int_equal(dropped, expected_dropped);
}

// The plain case, an empty record included.
static void journal__whole_file__gives_every_record_in_order(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_three(scratch_path(state, "a.journal", path));
    expect_records(path, "1:alpha;2:;3:gamma;", 0);
}

// A kill may cut the file at any byte: the records before the cut are good, the torn one is gone.
static void journal__cut_at_any_byte__keeps_the_whole_records(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.journal", path);
    const int ends[4] = {FILE_HEADER_BYTES, FILE_HEADER_BYTES + RECORD_HEADER_BYTES + 5,
                         FILE_HEADER_BYTES + 2 * RECORD_HEADER_BYTES + 5,
                         FILE_HEADER_BYTES + 3 * RECORD_HEADER_BYTES + 10};
    const char *const expected[4] = {"", "1:alpha;", "1:alpha;2:;", "1:alpha;2:;3:gamma;"};
    for (int size = ends[0]; size <= ends[3]; size++) {
        write_three(path);
        assert_int_equal(truncate(path, size), 0);
        int whole = 0;
        while (whole < 3 && ends[whole + 1] <= size) {
            whole++;
        }
        expect_records(path, expected[whole], (uint64_t)(size - ends[whole]));
    }
}

static void flip_bit(const char *path, long offset) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    fputc(byte ^ 1, file);
    assert_int_equal(fclose(file), 0);
}

// A wrong bit anywhere in a record (length, type, checksum, payload) must not pass as data.
static void journal__flipped_bit__ends_the_reading_before_that_record(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.journal", path);
    int second = FILE_HEADER_BYTES + RECORD_HEADER_BYTES + 5;
    int third = second + RECORD_HEADER_BYTES;
    for (int offset = FILE_HEADER_BYTES; offset < third + RECORD_HEADER_BYTES + 5; offset++) {
        write_three(path);
        flip_bit(path, offset);
        char text[TEXT_SIZE] = "";
        uint64_t dropped = 0;
        assert_int_equal(
            journal_read(journal_named(path), VERSION, note_record, text, &dropped, NULL),
            STATUS_OK);
        assert_string_equal(text, offset < second  ? ""
                                  : offset < third ? "1:alpha;"
                                                   : "1:alpha;2:;");
    }
}

// Large records pass through the same way.
static void journal__record_of_a_mebibyte__comes_back(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.journal", path);
    size_t size = 1 << 20;
    char *payload = memory_allocate(size, 1);
    memset(payload, 'x', size);
    struct journal *journal = create(path);
    journal_append(journal, 9, payload, size);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, FILE_HEADER_BYTES + RECORD_HEADER_BYTES + (1 << 20));
    char text[TEXT_SIZE] = "";
    uint64_t dropped = 1;
    assert_int_equal(journal_read(journal_named(path), VERSION, note_record, text, &dropped, NULL),
                     STATUS_OK);
    assert_int_equal(dropped, 0);
    assert_memory_equal(text, "9:xxxxxxxx", 10);
    memory_free(payload);
}

static void expect_refused(const char *path, uint32_t version, enum status expected,
                           const char *words) {
    struct error error;
    uint64_t dropped = 0;
    char text[TEXT_SIZE] = "";
    assert_int_equal(
        journal_read(journal_named(path), version, note_record, text, &dropped, &error), expected);
    assert_int_equal(error.status, expected);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, words));
}

// Reading the wrong file must say so instead of giving nothing.
static void journal__other_files__are_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    expect_refused(scratch_path(state, "missing", path), VERSION, STATUS_NO_INPUT,
                   "No such file or directory");
    write_three(scratch_path(state, "a.journal", path));
    expect_refused(path, VERSION + 1, STATUS_BAD_DATA, "a journal of version 7");
    assert_int_equal(truncate(path, FILE_HEADER_BYTES - 1), 0);
    expect_refused(path, VERSION, STATUS_BAD_DATA, "not a journal");
    write_three(path);
    flip_bit(path, 0);
    expect_refused(path, VERSION, STATUS_BAD_DATA, "not a journal");
}

static bool refuse_record(void *context, uint32_t type, void *payload, size_t size) {
    (void)payload;
    (void)size;
    *(uint32_t *)context = type;
    return type != 2;
}

// Whole records that mean nothing to the reader are an error, not a tail to drop.
static void journal__visit_answers_false__stops_with_an_error(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_three(scratch_path(state, "a.journal", path));
    uint32_t last = 0;
    uint64_t dropped = 0;
    struct error error;
    assert_int_equal(
        journal_read(journal_named(path), VERSION, refuse_record, &last, &dropped, &error),
        STATUS_BAD_DATA);
    assert_int_equal(last, 2);
    assert_non_null(strstr(error.message, "makes no sense"));
}

// Two runs into one file would mix their records.
static void journal__second_writer__is_refused_while_the_first_is_open(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *first = create(scratch_path(state, "a.journal", path));
    struct journal *second = NULL;
    struct error error;
    assert_int_equal(journal_create(path, "a.h5", VERSION, &second, &error), STATUS_CANNOT_CREATE);
    assert_null(second);
    assert_string_equal(error.message, "a.h5: cannot create: another run is writing it");
    journal_append(first, 1, "alpha", 5);
    assert_int_equal(journal_close(&first, NULL), STATUS_OK);
    expect_records(path, "1:alpha;", 0);
}

// What a killed run left behind must not stand in the way of the next, nor show through it.
static void journal__older_file__is_emptied(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_three(scratch_path(state, "a.journal", path));
    struct journal *journal = create(path);
    journal_append(journal, 5, "new", 3);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    expect_records(path, "5:new;", 0);
}

// An abandoned run leaves nothing.
static void journal__abandoned__is_removed(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *journal = create(scratch_path(state, "a.journal", path));
    journal_append(journal, 1, "alpha", 5);
    journal_abandon(&journal);
    assert_null(journal);
    journal_abandon(&journal);
    assert_int_equal(scratch_count_entries(*state), 0);
}

static void fill_the_disk(void *context) {
    struct rlimit limit = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY};
    struct journal *journal = NULL;
    struct error error;
    char block[300] = "";
    signal(SIGXFSZ, SIG_IGN);
    if (journal_create(context, context, VERSION, &journal, NULL) != STATUS_OK ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        _exit(1);
    }
    for (int i = 0; i < 10; i++) {
        journal_append(journal, 1, block, sizeof block);
        if (journal_failed(journal) != (i >= 3)) {
            _exit(2); // three records of 316 bytes fit, and the error stays
        }
    }
    enum status status = journal_close(&journal, &error);
    _exit(status == STATUS_IO && strstr(error.message, strerror(EFBIG)) != NULL ? 0 : 3);
}

// A full disk is remembered from the first record on that did not fit, and leaves no file.
static void journal__full_disk__fails_for_good_and_removes_the_file(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[256];
    scratch_path(state, "a.journal", path);
    assert_int_equal(child_exit_status(fill_the_disk, path, text, sizeof text), 0);
    assert_int_equal(scratch_count_entries(*state), 0);
}

static struct journal *open_again(const char *path) {
    struct journal *journal = NULL;
    assert_int_equal(journal_open(path, path, &journal, NULL), STATUS_OK);
    return journal;
}

static enum status read_until(const char *path, struct journal_mark mark, char text[TEXT_SIZE]) {
    text[0] = 0;
    return journal_read_until(journal_named(path), VERSION, mark, note_record, text, NULL);
}

// A run that goes on has the records up to its checkpoint, and its own behind them; the mark at the
// end is that of a journal which was never cut.
static void journal__cut_at_a_mark__goes_on_from_there(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[TEXT_SIZE];
    write_three(scratch_path(state, "whole.journal", path));
    struct journal *journal = open_again(path);
    journal_cut(journal, (struct journal_mark){.length = FILE_HEADER_BYTES});
    journal_append(journal, 1, "alpha", 5);
    struct journal_mark mark = journal_mark_now(journal);
    journal_append(journal, 9, "to be cut", 9);
    journal_leave(&journal);
    assert_int_equal(read_until(path, mark, text), STATUS_OK);
    assert_string_equal(text, "1:alpha;");
    journal = open_again(path);
    journal_cut(journal, mark);
    journal_append(journal, 2, NULL, 0);
    journal_append(journal, 3, "gamma", 5);
    mark = journal_mark_now(journal);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    expect_records(path, "1:alpha;2:;3:gamma;", 0);
    write_three(scratch_path(state, "undisturbed.journal", path));
    assert_int_equal(read_until(path, mark, text), STATUS_OK);
}

// Whatever is not what the mark was made in must not pass for it.
static void journal__mark_of_other_records__does_not_fit(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[TEXT_SIZE];
    struct journal *journal = create(scratch_path(state, "a.journal", path));
    journal_append(journal, 1, "alphA", 5); // another payload of the same size
    journal_append(journal, 2, NULL, 0);
    struct journal_mark mark = journal_mark_now(journal);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    write_three(path);
    assert_int_equal(read_until(path, mark, text), STATUS_BAD_DATA);
    mark.length++; // within a record
    assert_int_equal(read_until(path, mark, text), STATUS_BAD_DATA);
    mark.length = 1000; // behind the end
    assert_int_equal(read_until(path, mark, text), STATUS_BAD_DATA);
    mark.length = 3; // within the file's own header
    assert_int_equal(read_until(path, mark, text), STATUS_BAD_DATA);
}

// To look whether there is something to go on from makes and changes nothing.
static void journal__opened__is_left_as_it_is(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *journal = NULL;
    scratch_path(state, "a.journal", path);
    assert_int_equal(journal_open(path, "a.h5", &journal, NULL), STATUS_NO_INPUT);
    assert_int_equal(scratch_count_entries(*state), 0);
    write_three(path);
    journal = open_again(path);
    journal_leave(&journal);
    assert_null(journal);
    expect_records(path, "1:alpha;2:;3:gamma;", 0);
}

// Two records of one type and size that change places are another past, though all their checksums
// hold and add up to the same.
static void journal__mark_of_exchanged_records__does_not_fit(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[TEXT_SIZE];
    struct journal_mark marks[2];
    scratch_path(state, "a.journal", path);
    for (int turn = 0; turn < 2; turn++) {
        struct journal *journal = create(path);
        journal_append(journal, 1, turn == 0 ? "alpha" : "gamma", 5);
        journal_append(journal, 1, turn == 0 ? "gamma" : "alpha", 5);
        marks[turn] = journal_mark_now(journal);
        assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    }
    assert_int_equal(read_until(path, marks[1], text), STATUS_OK);
    assert_int_equal(read_until(path, marks[0], text), STATUS_BAD_DATA);
}

// A file that its writer publishes and removes while another waits for its lock has no name any
// more: what that one would write there could never be found again.
static void journal__removed_by_its_writer__is_not_taken_over(void **state) {
    char path[SCRATCH_PATH_SIZE];
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    write_three(scratch_path(state, "a.journal", path));
    pid_t child = fork();
    if (child == 0) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        bool locked = flock(file, LOCK_EX) == 0 && write(ready[1], "", 1) == 1;
        usleep(150000); // the other one waits, looking every 50 ms
        unlink(path);
        _exit(locked ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct journal *journal = NULL;
    struct error error;
    assert_int_equal(journal_open(path, "a.h5", &journal, &error), STATUS_CANNOT_CREATE);
    assert_string_equal(error.message, "a.h5: cannot create: another run is writing it");
    assert_null(journal);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ready[0]);
    close(ready[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(journal__cut_at_a_mark__goes_on_from_there, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__mark_of_other_records__does_not_fit, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__opened__is_left_as_it_is, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__whole_file__gives_every_record_in_order,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__cut_at_any_byte__keeps_the_whole_records,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__flipped_bit__ends_the_reading_before_that_record,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__record_of_a_mebibyte__comes_back, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__other_files__are_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__visit_answers_false__stops_with_an_error,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__second_writer__is_refused_while_the_first_is_open,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__older_file__is_emptied, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__abandoned__is_removed, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__full_disk__fails_for_good_and_removes_the_file,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__mark_of_exchanged_records__does_not_fit,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(journal__removed_by_its_writer__is_not_taken_over,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
