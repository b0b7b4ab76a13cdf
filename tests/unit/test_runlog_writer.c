// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_writer: what cannot be written is refused before the run, and no failure leaves half a
// file or takes away what was there.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_recover.h"
#include "sim/runlog/runlog_writer.h"
#include "tests/support/child.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

static const struct random_log_options small = {
    .seed = 5,
    .events = 40,
    .gradients = 10,
    .updates = 6,
    .evaluations = 3,
    .workers = 4,
    .sample_columns = 3,
    .parameters = 50,
    .events_logged = true,
    .values_logged = true,
};

static void put_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

// A writer whose journal is closed and whole.
static struct runlog_writer *write_journal(const char *path,
                                           const struct random_log_options *options) {
    struct runlog_writer *writer = NULL;
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    random_log_play(options, &sink);
    assert_false(sink.failed(sink.context));
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
    return writer;
}

static void expect_file_holds(const char *path, const struct random_log_options *options) {
    struct runlog expected = {0};
    struct runlog found = {0};
    struct error error;
    random_log_make(options, &expected);
    if (runlog_read(path, &found, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    random_log_expect_equal(&expected, &found, path);
    runlog_reset(&expected);
    runlog_reset(&found);
}

static const struct random_log_options older = {.seed = 6, .gradients = 3, .workers = 2};

static void put_older_log(const char *path) {
    struct provenance provenance = {.threads = 1};
    struct runlog_writer *writer = write_journal(path, &older);
    assert_int_equal(runlog_writer_publish(writer, &provenance, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
}

// The whole way of a run: the file has every row, and the journal is gone.
static void writer__whole_run__leaves_one_file_with_every_row(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.cpu = "a cpu", .threads = 2};
    scratch_path(state, "a.h5", path);
    put_older_log(path);
    struct runlog_writer *writer = write_journal(path, &small);
    expect_file_holds(path, &older); // until the last moment
    assert_int_equal(runlog_writer_publish(writer, &provenance, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
    assert_int_equal(scratch_count_entries(*state), 1);
    expect_file_holds(path, &small);
}

static void expect_refused(const char *path, int cause) {
    struct runlog_writer *writer = NULL;
    struct error error;
    char expected[SCRATCH_PATH_SIZE + 100];
    snprintf(expected, sizeof expected, "%s: cannot create: %s%s", path, strerror(cause),
             cause == EISDIR ? "; choose another name, or move it away" : "");
    assert_int_equal(runlog_writer_create(path, &writer, &error), STATUS_CANNOT_CREATE);
    assert_int_equal(error.status, STATUS_CANNOT_CREATE);
    assert_string_equal(error.message, expected);
    assert_null(writer);
}

// A run of hours must not end with "no such folder".
static void writer__path_that_cannot_be__is_refused_before_the_run(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char name[400];
    expect_refused(scratch_path(state, "missing/a.h5", path), ENOENT);
    put_text(scratch_path(state, "file", path), "x");
    expect_refused(scratch_path(state, "file/a.h5", path), ENOTDIR);
    assert_int_equal(mkdir(scratch_path(state, "folder", path), 0777), 0);
    expect_refused(path, EISDIR);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    expect_refused(scratch_path(state, name, path), ENAMETOOLONG);
    assert_int_equal(scratch_count_entries(*state), 2); // file, folder
}

// Renaming over a device would replace it: `-o /dev/null` as root would break the machine.
static void writer__device__is_refused(void **state) {
    (void)state;
    struct runlog_writer *writer = NULL;
    struct error error;
    assert_int_equal(runlog_writer_create("/dev/null", &writer, &error), STATUS_CANNOT_CREATE);
    assert_string_equal(
        error.message, "/dev/null: cannot create: Not a regular file; choose another name, or move "
                       "it away");
}

// A folder called like the file that is written aside would spoil the end of the run.
static void writer__folder_in_place_of_the_part__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    struct runlog_writer *writer = NULL;
    struct error error;
    assert_int_equal(mkdir(scratch_path(state, "a.h5.part", part), 0777), 0);
    assert_int_equal(runlog_writer_create(scratch_path(state, "a.h5", path), &writer, &error),
                     STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "a.h5.part: cannot create: Is a directory"));
    assert_int_equal(scratch_count_entries(*state), 1);
}

static void open_in_read_only_folder(void *context) {
    struct runlog_writer *writer = NULL;
    struct error error;
    // Root may write anywhere: become nobody first. Without the right to, we are not root.
    if (geteuid() == 0 && setuid(65534) != 0) {
        _exit(1);
    }
    enum status status = runlog_writer_create(context, &writer, &error);
    _exit(status == STATUS_CANNOT_CREATE && strstr(error.message, strerror(EACCES)) != NULL ? 0
                                                                                            : 2);
}

// Nor with "permission denied".
static void writer__folder_without_write_permission__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[64];
    assert_int_equal(chmod(*state, 0555), 0);
    scratch_path(state, "a.h5", path);
    assert_int_equal(child_exit_status(open_in_read_only_folder, path, text, sizeof text), 0);
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(scratch_count_entries(*state), 0);
}

// Two runs of one output would mix their rows.
static void writer__second_run_of_the_same_output__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog_writer *first = NULL;
    struct runlog_writer *second = NULL;
    struct error error;
    scratch_path(state, "a.h5", path);
    assert_int_equal(runlog_writer_create(path, &first, NULL), STATUS_OK);
    assert_int_equal(runlog_writer_create(path, &second, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "a.h5: cannot create: another run is writing it"));
    runlog_writer_destroy(first);
    assert_int_equal(runlog_writer_create(path, &second, NULL), STATUS_OK);
    runlog_writer_destroy(second);
}

// If it failed, who follows a run (desgd info --follow) would see nothing of a slow one before its
// blocks are full: rows are in the journal a second after they came, at the next look at the disk.
static void writer__rows_of_a_second_ago__are_in_the_journal(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog_writer *writer = NULL;
    struct error error;
    scratch_path(state, "log.h5", path);
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    struct runlog log = {0};
    random_log_make(&small, &log);
    sink.start(sink.context, &log.header);
    sink.event(sink.context, &log.events[0]);
    usleep(1100000);
    assert_false(sink.failed(sink.context));
    struct runlog seen = {0};
    struct run_sink reader = runlog_memory_sink(&seen);
    assert_int_equal(runlog_journal_read(runlog_writer_journal(writer), &reader, &error),
                     STATUS_BAD_DATA); // it is not whole
    assert_int_equal(seen.event_count, 1);
    assert_memory_equal(&seen.events[0], &log.events[0], sizeof log.events[0]);
    runlog_reset(&seen);
    runlog_reset(&log);
    runlog_writer_destroy(writer);
}

// A run that ends early (a wrong scenario, a broken data file) leaves nothing behind.
static void writer__destroyed_before_the_end__removes_the_journal(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog_writer *writer = NULL;
    scratch_path(state, "a.h5", path);
    put_older_log(path);
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    assert_int_equal(scratch_count_entries(*state), 2);
    runlog_writer_destroy(writer);
    expect_file_holds(path, &older);
    assert_int_equal(scratch_count_entries(*state), 1);
    writer = write_journal(path, &small); // a journal that nobody wanted published
    runlog_writer_destroy(writer);
    assert_int_equal(scratch_count_entries(*state), 1);
    runlog_writer_destroy(NULL);
}

static void limit_file_size(rlim_t bytes) {
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        _exit(1);
    }
}

static void run_on_a_full_disk(void *context) {
    struct random_log_options options = small;
    struct runlog_writer *writer = NULL;
    struct error error;
    options.events = 100000;
    if (runlog_writer_create(context, &writer, NULL) != STATUS_OK) {
        _exit(1);
    }
    limit_file_size(1 << 20);
    struct run_sink sink = runlog_writer_sink(writer);
    random_log_play(&options, &sink);
    if (!sink.failed(sink.context)) {
        _exit(2);
    }
    enum status status = runlog_writer_close_journal(writer, &error);
    runlog_writer_destroy(writer);
    _exit(status == STATUS_IO && strstr(error.message, strerror(EFBIG)) != NULL ? 0 : 3);
}

// The simulation learns of it from "failed", and no half file is left under any name.
static void writer__disk_full_while_running__keeps_what_was_there(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[64];
    scratch_path(state, "a.h5", path);
    put_older_log(path);
    assert_int_equal(child_exit_status(run_on_a_full_disk, path, text, sizeof text), 0);
    expect_file_holds(path, &older);
    assert_int_equal(scratch_count_entries(*state), 1);
}

static void publish_on_a_full_disk(void *context) {
    struct runlog_writer *writer = write_journal(context, &small);
    struct provenance provenance = {.threads = 1};
    struct error error;
    limit_file_size(1000);
    enum status status = runlog_writer_publish(writer, &provenance, &error);
    runlog_writer_destroy(writer);
    fprintf(stderr, "%s", error.message);
    _exit(status == STATUS_IO ? 0 : 3);
}

// The run took hours, the file does not fit: the rows must survive, and the user must learn where.
static void writer__disk_full_when_publishing__keeps_the_journal_to_recover(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    char text[2 * SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    scratch_path(state, "a.h5", path);
    put_older_log(path);
    assert_int_equal(child_exit_status(publish_on_a_full_disk, path, text, sizeof text), 0);
    expect_file_holds(path, &older);
    assert_non_null(strstr(text, "a.h5: cannot write: File too large"));
    assert_non_null(strstr(text, "the whole run is kept in "));
    assert_non_null(strstr(text, "a.h5.journal.kept"));
    assert_int_equal(scratch_count_entries(*state), 2);
    scratch_path(state, "a.h5.journal.kept", journal);
    assert_int_equal(runlog_recover(journal, path, &provenance, NULL), STATUS_OK);
    expect_file_holds(path, &small);
}

// What a writer has noted of its journal is what is found in it: a log that is recovered from there
// is, byte by byte, the log of the run.
static void writer__log_of_a_run__is_that_of_its_journal(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char recovered[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    scratch_path(state, "a.h5.journal", journal);
    struct runlog_writer *writer = write_journal(scratch_path(state, "a.h5", path), &small);
    assert_int_equal(
        runlog_recover(journal, scratch_path(state, "b.h5", recovered), &provenance, NULL),
        STATUS_OK);
    assert_int_equal(runlog_writer_publish(writer, &provenance, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
    FILE *files[2] = {fopen(path, "rb"), fopen(recovered, "rb")};
    assert_true(files[0] != NULL && files[1] != NULL);
    int byte = 0;
    do {
        byte = fgetc(files[0]);
        assert_int_equal(fgetc(files[1]), byte);
    } while (byte != EOF);
    fclose(files[0]);
    fclose(files[1]);
}

// A journal that cannot be read back is of no use: it is not advertised, and not kept.
static void writer__damaged_journal__is_not_published(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char journal[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    struct error error;
    scratch_path(state, "a.h5", path);
    struct runlog_writer *writer = write_journal(path, &small);
    assert_int_equal(truncate(scratch_path(state, "a.h5.journal", journal), 2000), 0);
    assert_int_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "the journal cannot be read back"));
    assert_null(strstr(error.message, "kept"));
    runlog_writer_destroy(writer);
    assert_int_equal(scratch_count_entries(*state), 0);
}

// While hours of rows are on their way into the HDF5 file, another run of the same output would
// empty their journal, or lose its own to the one that ends first.
static void writer__second_run_while_publishing__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    struct runlog_writer *second = NULL;
    struct error error;
    struct runlog_writer *first = write_journal(scratch_path(state, "a.h5", path), &small);
    assert_int_equal(runlog_writer_create(path, &second, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "another run is writing it"));
    assert_int_equal(runlog_writer_publish(first, &provenance, NULL), STATUS_OK);
    assert_int_equal(runlog_writer_create(path, &second, NULL), STATUS_OK);
    runlog_writer_destroy(first);
    assert_int_equal(scratch_count_entries(*state), 2); // a.h5 and the second run's journal
    runlog_writer_destroy(second);
    expect_file_holds(path, &small);
}

// A simulation that reports a worker that is not there has a bug; its file could not be read.
static void writer__row_outside_the_schema__is_an_internal_error(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    struct runlog_writer *writer = NULL;
    struct worker_row worker = {0};
    struct error error;
    scratch_path(state, "a.h5", path);
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    sink.start(writer, &(struct runlog_header){.workers = 1, .events = true});
    sink.event(writer, &(struct event_row){.actor = 1});
    sink.end(writer, &(struct runlog_ending){.worker_count = 1, .workers = &worker});
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
    assert_int_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_INTERNAL);
    assert_non_null(strstr(error.message, "/events/actor: row 0 is 1, allowed is -1 to 0"));
    runlog_writer_destroy(writer);
}

// A gradient that took no samples has none in the log: sample 0 is one.
static void writer__gradient_without_samples__has_none(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    struct runlog log = {0};
    struct runlog_writer *writer = NULL;
    const struct random_log_options options = {
        .seed = 5, .gradients = 1, .workers = 4, .sample_columns = 3};
    random_log_make(&options, &log);
    assert_int_equal(runlog_writer_create(scratch_path(state, "a.h5", path), &writer, NULL),
                     STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    sink.start(sink.context, &log.header);
    sink.gradient(sink.context, 0, &log.gradients[0], NULL);
    sink.end(sink.context, &log.ending);
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
    assert_int_equal(runlog_writer_publish(writer, &provenance, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
    runlog_reset(&log);
    assert_int_equal(runlog_read(path, &log, NULL, NULL), STATUS_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(log.samples[i], -1);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writer__whole_run__leaves_one_file_with_every_row,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__path_that_cannot_be__is_refused_before_the_run,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(writer__device__is_refused),
        cmocka_unit_test_setup_teardown(writer__folder_in_place_of_the_part__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__folder_without_write_permission__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__second_run_of_the_same_output__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__second_run_while_publishing__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__rows_of_a_second_ago__are_in_the_journal,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__destroyed_before_the_end__removes_the_journal,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__disk_full_while_running__keeps_what_was_there,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            writer__disk_full_when_publishing__keeps_the_journal_to_recover, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__log_of_a_run__is_that_of_its_journal, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__damaged_journal__is_not_published, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__row_outside_the_schema__is_an_internal_error,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(writer__gradient_without_samples__has_none, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("runlog_writer", tests, NULL, NULL);
}
