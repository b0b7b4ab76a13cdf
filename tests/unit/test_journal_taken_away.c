// SPDX-License-Identifier: GPL-3.0-or-later
// journal and runlog_writer: the journal is the file that is held open. While a run goes on,
// somebody may remove it, rename it or its folder, or begin a second run in its place: what can be
// saved is saved, nothing of anybody else's is touched, and only what is so is said.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/held_file.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_recover.h"
#include "sim/runlog/runlog_writer.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

static const struct random_log_options ours = {
    .seed = 5, .events = 40, .gradients = 10, .updates = 6, .workers = 4, .events_logged = true};
static const struct random_log_options theirs = {.seed = 6, .gradients = 3, .workers = 2};
static const struct provenance provenance = {.threads = 1};

static bool is_there(const char *path) {
    struct stat state;
    return lstat(path, &state) == 0;
}

static void expect_log(const char *path, const struct random_log_options *options) {
    struct runlog expected = {0};
    struct runlog found = {0};
    random_log_make(options, &expected);
    assert_int_equal(runlog_read(path, &found, NULL, NULL), STATUS_OK);
    random_log_expect_equal(&expected, &found, path);
    runlog_reset(&expected);
    runlog_reset(&found);
}

// A writer with all its rows, the journal closed or not.
static struct runlog_writer *play(const char *path, const struct random_log_options *options) {
    struct runlog_writer *writer = NULL;
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    random_log_play(options, &sink);
    return writer;
}

static void close_journal(struct runlog_writer *writer) {
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
}

static void publish(struct runlog_writer **writer) {
    assert_int_equal(runlog_writer_publish(*writer, &provenance, NULL), STATUS_OK);
    runlog_writer_destroy(*writer);
    *writer = NULL;
}

// Removed, renamed, replaced by a stranger's file: the rows are in the file that is held, and the
// log comes out of them.
static void journal__removed_or_renamed__log_is_made_from_the_file_held(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    char other[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    scratch_path(state, "a.h5.journal", journal);
    scratch_path(state, "moved", other);
    for (int fault = 0; fault < 3; fault++) {
        struct runlog_writer *writer = play(path, &ours);
        assert_int_equal(fault == 0 ? unlink(journal) : rename(journal, other), 0);
        if (fault == 2) {
            scratch_write(state, "a.h5.journal", "a diary");
        }
        close_journal(writer);
        publish(&writer);
        expect_log(path, &ours);
        assert_int_equal(is_there(journal), fault == 2);
        assert_int_equal(is_there(other), fault > 0);
    }
    char text[16] = "";
    FILE *file = fopen(journal, "r");
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 7);
    fclose(file);
    assert_string_equal(text, "a diary");
}

// Publishing fails after the folder was renamed: the run is where the folder is now, and the
// message says so; it used to name a file that was not there.
static void journal__folder_renamed__message_names_the_new_place(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char moved[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    struct error error;
    assert_int_equal(mkdir(scratch_path(state, "f", folder), 0777), 0);
    struct runlog_writer *writer = play(scratch_path(state, "f/a.h5", path), &ours);
    assert_int_equal(rename(folder, scratch_path(state, "g", moved)), 0);
    close_journal(writer);
    assert_int_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, scratch_path(state, "g/a.h5.journal;", journal)));
    runlog_writer_destroy(writer);
    scratch_path(state, "g/a.h5.journal", journal);
    assert_int_equal(runlog_recover(journal, scratch_path(state, "a.h5", path), &provenance, NULL),
                     STATUS_OK);
    expect_log(path, &ours);
}

// The disk is full after the folder was renamed, or after the name was taken: the message names the
// place where the rows are, or says that they are lost, and no other file than that.
static void journal__taken_away_then_not_written__says_what_is_left(void **state) {
    struct rlimit before;
    struct error error;
    char folder[SCRATCH_PATH_SIZE];
    char moved[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    enum { FOLDER_RENAMED, NAME_TAKEN, FOLDER_REMOVED, FAULTS };
    static const char *const said[FAULTS] = {"g/a.h5.journal", "f/a.h5.journal.kept",
                                             "the run is lost"};
    for (int fault = 0; fault < FAULTS; fault++) {
        struct runlog_writer *writer = NULL;
        struct rlimit little = {.rlim_cur = 64, .rlim_max = before.rlim_max};
        assert_true(mkdir(scratch_path(state, "f", folder), 0777) == 0 || fault > NAME_TAKEN);
        scratch_path(state, fault == FOLDER_REMOVED ? "f/b.h5" : "f/a.h5", path);
        assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
        runlog_writer_keep(writer);
        if (fault == FOLDER_RENAMED) {
            assert_int_equal(rename(folder, scratch_path(state, "g", moved)), 0);
        } else if (fault == NAME_TAKEN) {
            assert_int_equal(unlink(scratch_path(state, "f/a.h5.journal", journal)), 0);
            scratch_write(state, "f/a.h5.journal", "a diary");
        } else {
            assert_int_equal(unlink(scratch_path(state, "f/b.h5.journal", journal)), 0);
            assert_int_equal(rename(folder, scratch_path(state, "h", moved)), 0);
        }
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        struct run_sink sink = runlog_writer_sink(writer);
        random_log_play(&ours, &sink);
        enum status status = runlog_writer_close_journal(writer, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, STATUS_IO);
        assert_non_null(strstr(error.message, said[fault]));
        assert_true(fault == FOLDER_REMOVED || is_there(scratch_path(state, said[fault], journal)));
        runlog_writer_destroy(writer);
    }
}

// Publishing fails after the journal was removed: the rows are copied to a file, under a name that
// was free; or, where they cannot be, no file is promised.
static void journal__removed_then_not_published__is_copied_or_said_to_be_lost(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char kept[SCRATCH_PATH_SIZE];
    char folder[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    struct error error;
    struct runlog_writer *writer = play(scratch_path(state, "a.h5", path), &ours);
    assert_int_equal(unlink(scratch_path(state, "a.h5.journal", journal)), 0);
    assert_int_equal(mkdir(path, 0777), 0); // it cannot be published
    scratch_write(state, "a.h5.journal.kept", "of a run before");
    close_journal(writer);
    assert_int_not_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_OK);
    assert_non_null(strstr(error.message, scratch_path(state, "a.h5.journal.kept-2;", kept)));
    runlog_writer_destroy(writer);
    scratch_path(state, "a.h5.journal.kept-2", kept);
    assert_int_equal(runlog_recover(kept, scratch_path(state, "b.h5", path), &provenance, NULL),
                     STATUS_OK);
    expect_log(path, &ours);

    assert_int_equal(mkdir(scratch_path(state, "f", folder), 0777), 0);
    writer = play(scratch_path(state, "f/a.h5", path), &ours);
    assert_int_equal(unlink(scratch_path(state, "f/a.h5.journal", journal)), 0);
    assert_int_equal(rmdir(folder), 0);
    close_journal(writer);
    assert_int_not_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_OK);
    assert_null(strstr(error.message, "is kept in"));
    assert_non_null(strstr(error.message, "the run is lost"));
    runlog_writer_destroy(writer);
}

// A journal that was kept is a run of hours: the next one that fails to be published goes beside
// it.
static void journal__kept_before__is_not_replaced_by_the_next(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char kept[SCRATCH_PATH_SIZE];
    const struct random_log_options *runs[] = {&ours, &theirs};
    static const char *const names[] = {"a.h5.journal.kept", "a.h5.journal.kept-2"};
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < 2; i++) {
        struct error error;
        struct runlog_writer *writer = play(path, runs[i]);
        close_journal(writer);
        assert_int_equal(mkdir(path, 0777), 0);
        assert_int_not_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_OK);
        assert_non_null(strstr(error.message, scratch_path(state, names[i], kept)));
        runlog_writer_destroy(writer);
        assert_int_equal(rmdir(path), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            runlog_recover(scratch_path(state, names[i], kept), path, &provenance, NULL),
            STATUS_OK);
        expect_log(path, runs[i]);
    }
}

// When a journal was removed, a second run of the same output finds no lock: neither may take the
// other's rows away.
static void journal__of_a_second_run__is_left_to_it(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    scratch_path(state, "a.h5.journal", journal);
    for (int first_publishes = 0; first_publishes < 2; first_publishes++) {
        struct runlog_writer *first = play(path, &ours);
        assert_int_equal(unlink(journal), 0);
        struct runlog_writer *second = play(path, &theirs);
        assert_false(runlog_writer_put_back(first));
        assert_false(runlog_writer_has_its_name(first));
        assert_true(runlog_writer_has_its_name(second));
        close_journal(first);
        if (first_publishes) {
            publish(&first);
            expect_log(path, &ours);
        }
        runlog_writer_destroy(first);
        assert_true(is_there(journal));
        close_journal(second);
        publish(&second);
        expect_log(path, &theirs);
        assert_false(is_there(journal));
    }
}

// A checkpoint needs the journal by its name: it is put there again, whole, and goes on there.
static void journal__removed__is_put_back_and_goes_on(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    struct runlog_writer *writer = NULL;
    struct runlog_writer *second = NULL;
    struct journal_mark mark;
    scratch_path(state, "a.h5", path);
    scratch_path(state, "a.h5.journal", journal);
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    assert_int_equal(runlog_writer_mark(writer, &mark, NULL), STATUS_OK);
    assert_int_equal(unlink(journal), 0);
    assert_true(runlog_writer_put_back(writer));
    assert_true(is_there(journal));
    assert_int_equal(runlog_writer_create(path, &second, NULL), STATUS_CANNOT_CREATE); // locked
    struct run_sink sink = runlog_writer_sink(writer);
    random_log_play(&ours, &sink);
    close_journal(writer);
    publish(&writer);
    expect_log(path, &ours);
    assert_int_equal(scratch_count_entries(*state), 1);
}

// Hours of computing end on a name that has become the user's file meanwhile: that stays, and the
// run is kept.
static void log__name_taken_meanwhile__is_not_replaced(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char kept[SCRATCH_PATH_SIZE];
    struct error error;
    struct runlog_writer *writer = play(scratch_path(state, "a.h5", path), &ours);
    close_journal(writer);
    scratch_write(state, "a.h5", "somebody's");
    assert_int_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "is in the way"));
    assert_non_null(strstr(error.message, scratch_path(state, "a.h5.journal.kept", kept)));
    runlog_writer_destroy(writer);
    assert_int_equal(runlog_recover(kept, path, &provenance, &error), STATUS_CANNOT_CREATE);
    assert_int_equal(runlog_recover(kept, kept, &provenance, &error), STATUS_CANNOT_CREATE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(runlog_recover(kept, path, &provenance, NULL), STATUS_OK);
    expect_log(path, &ours);
}

// A name that is taken is somebody's: neither a copy nor a rename comes over it.
static void held_file__taken_name__is_left(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char other[SCRATCH_PATH_SIZE];
    char name[PATH_MAX];
    scratch_write(state, "a", "ours");
    scratch_write(state, "b", "theirs");
    scratch_path(state, "a", path);
    scratch_path(state, "b", other);
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(held_file_copy(file, other), -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(held_file_rename_to_free(path, other), EEXIST);
    assert_int_equal(held_file_rename_to_free(path, scratch_path(state, "c", other)), 0);
    assert_true(held_file_name(file, name));
    assert_string_equal(name, other);
    assert_int_equal(unlink(other), 0);
    assert_false(held_file_name(file, name));
    int copy = held_file_copy(file, path);
    assert_true(copy >= 0);
    close(copy);
    close(file);
    struct stat now;
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_size, 4);
}

// If it failed, a run that was killed would seem to go on for ever, or one that goes on to be gone.
static void held_file__lock_of_a_journal__tells_whether_its_run_goes_on(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *journal = NULL;
    scratch_path(state, "a.journal", path);
    assert_int_equal(held_file_look_at_lock_of(path), HELD_FILE_NOT_KNOWN);
    assert_int_equal(journal_create(path, path, 1, &journal, NULL), STATUS_OK);
    assert_int_equal(held_file_look_at_lock_of(path), HELD_FILE_LOCKED);
    journal_leave(&journal);
    assert_int_equal(held_file_look_at_lock_of(path), HELD_FILE_FREE);
    assert_int_equal(journal_open(path, path, &journal, NULL), STATUS_OK); // it was not kept locked
    journal_leave(&journal);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(journal__removed_or_renamed__log_is_made_from_the_file_held),
        IN_SCRATCH(journal__folder_renamed__message_names_the_new_place),
        IN_SCRATCH(journal__taken_away_then_not_written__says_what_is_left),
        IN_SCRATCH(journal__removed_then_not_published__is_copied_or_said_to_be_lost),
        IN_SCRATCH(journal__kept_before__is_not_replaced_by_the_next),
        IN_SCRATCH(journal__of_a_second_run__is_left_to_it),
        IN_SCRATCH(journal__removed__is_put_back_and_goes_on),
        IN_SCRATCH(held_file__taken_name__is_left),
        IN_SCRATCH(held_file__lock_of_a_journal__tells_whether_its_run_goes_on),
        IN_SCRATCH(log__name_taken_meanwhile__is_not_replaced),
    };
    return cmocka_run_group_tests_name("journal_taken_away", tests, NULL, NULL);
}
