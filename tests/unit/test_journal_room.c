// SPDX-License-Identifier: GPL-3.0-or-later
// The room that is left on the disk of a journal, which this program makes up.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "sim/run/run_scenario.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { MB = 1 << 20, BLOCK = 512 };

static int64_t free_bytes; // -1: the file system does not say

// In place of the C library's.
int fstatvfs(int file, struct statvfs *state) {
    (void)file;
    memset(state, 0, sizeof *state);
    if (free_bytes >= 0) {
        state->f_frsize = BLOCK;
        state->f_blocks = 1 << 30;
        state->f_bavail = (fsblkcnt_t)free_bytes / BLOCK;
    }
    return 0;
}

// Too late is a disk that is full, too early a run that ends for nothing.
static void journal__room__is_for_a_file_as_long_and_for_a_checkpoint(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *journal = NULL;
    static char bytes[MB];
    assert_int_equal(journal_create(scratch_path(state, "j", path), "j", 1, &journal, NULL),
                     STATUS_OK);
    journal_leave_room(journal, 30 * MB);
    free_bytes = 0;
    journal_append(journal, 2, bytes, sizeof bytes);
    assert_false(journal_is_short_of_room(journal)); // not at every record
    free_bytes = -1;
    assert_int_equal(journal_sync(journal, NULL), STATUS_OK);
    assert_false(journal_is_short_of_room(journal)); // nobody knows
    free_bytes = 40 * MB;
    assert_int_equal(journal_sync(journal, NULL), STATUS_OK); // 1 + 30 + 8 are needed
    assert_false(journal_is_short_of_room(journal));
    for (int i = 0; i < 12; i++) {
        journal_append(journal, 2, bytes, sizeof bytes);
    }
    assert_true(journal_is_short_of_room(journal));
    free_bytes = 1000 * (int64_t)MB;
    assert_int_equal(journal_sync(journal, NULL), STATUS_OK);
    assert_true(journal_is_short_of_room(journal)); // the run is ending
    journal_abandon(&journal);
}

static enum status run(const struct scenario *scenario, const char *path, bool resume,
                       struct run_outcome *outcome, struct error *error) {
    struct run_options options = {
        .output = path, .threads = 1, .checkpoints = true, .resume = resume};
    return run_scenario(scenario, &options, outcome, error);
}

// Nothing of a long run is lost on a small disk, and the rest can be had when there is room.
static void run__on_a_disk_that_fills__stops_in_time_and_goes_on_later(void **state) {
    static const char *const kinds[] = {
        "model: none\nend: 250 s\npolicy: {name: async}\n", // by its rows
        "model: quadratic\nend: 2 updates\npolicy: {name: sync}\nevaluation: "
        "{every: 20 us}\n"}; // by its evaluations
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char path[SCRATCH_PATH_SIZE];
        char name[16];
        struct scenario scenario;
        struct runlog whole = {0};
        struct runlog log = {0};
        struct error error = {0};
        struct run_outcome outcome;
        struct stat journal;
        snprintf(name, sizeof name, "run%zu.h5", i);
        scratch_path(state, name, path);
        small_cluster_parse(&scenario,
                            "%scluster: {workers: 25, compute: {law: uniform, min: 180 ms, "
                            "max: 220 ms}%s}\n",
                            kinds[i], i == 0 ? "" : ", start_up: 5 s");
        free_bytes = 15 * MB;
        assert_int_equal(run(&scenario, path, false, &outcome, &error), STATUS_IO);
        assert_non_null(strstr(error.message, "hardly room left"));
        assert_non_null(strstr(error.message, "with --resume continues"));
        assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
        assert_int_equal(log.ending.status, RUN_INTERRUPTED);
        assert_true(log.event_count + log.evaluation_count > 1000);
        runlog_reset(&log);
        snprintf(name, sizeof name, "run%zu.h5.journal", i);
        assert_int_equal(stat(scratch_path(state, name, path), &journal), 0);
        if (journal.st_size > 10 * MB) {
            fail_msg("%s: %lld bytes", kinds[i], (long long)journal.st_size);
        }
        free_bytes = 1000 * (int64_t)MB;
        snprintf(name, sizeof name, "run%zu.h5", i);
        scratch_path(state, name, path);
        assert_int_equal(run(&scenario, path, true, &outcome, &error), STATUS_OK);
        assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
        small_cluster_run(&scenario, &whole);
        small_cluster_expect_equal(&whole, &log, kinds[i]);
        runlog_reset(&whole);
        runlog_reset(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(journal__room__is_for_a_file_as_long_and_for_a_checkpoint,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(run__on_a_disk_that_fills__stops_in_time_and_goes_on_later,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
