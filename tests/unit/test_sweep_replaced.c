// SPDX-License-Identifier: GPL-3.0-or-later
// What lies in a sweep's folder under the name of a run and is not of that run: a copy under a
// wrong name, a damaged log, the rest of another run. The sweep must mend its folder by itself, and
// say what it replaces.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/run_record.h"
#include "sim/run/run_scenario.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/simulation/checkpoint.h"
#include "sim/sweep/sweep.h"
#include "tests/support/scratch.h"

enum { RUNS = 4, FILES = RUNS + RUNS + 1, NOTICES_SIZE = 16384 }; // logs, records, the plan

struct folder {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan;
    struct sweep_counts counts;
    char notices[NOTICES_SIZE];
};

static int setup(void **state) {
    int failed = scratch_setup(state);
    if (failed == 0) {
        scratch_write(state, "base.yaml", "model: none\nend: 2 s\ncluster: {workers: 3}\n");
        scratch_write(state, "sweep.yaml",
                      "scenario: base.yaml\nvary: {policy.name: [sync, async]}\nrounds: 2\n");
    }
    return failed;
}

static void keep_notice(void *context, const char *sentence) {
    struct folder *folder = context;
    size_t used = strlen(folder->notices);
    snprintf(folder->notices + used, NOTICES_SIZE - used, "%s\n", sentence);
}

static void carry_out(struct folder *folder) {
    struct error error = {0};
    struct sweep_options options = {
        .folder = folder->path, .jobs = 2, .notice = keep_notice, .progress_context = folder};
    folder->notices[0] = 0;
    if (sweep_carry_out(folder->plan, &options, &folder->counts, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// With all runs done.
static void open_folder(void **state, struct folder *folder) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "out", folder->path);
    assert_int_equal(
        sweep_plan_read(scratch_path(state, "sweep.yaml", path), NULL, 0, &folder->plan, NULL),
        STATUS_OK);
    carry_out(folder);
    assert_int_equal(folder->counts.finished, RUNS);
    assert_string_equal(folder->notices, "");
}

static const struct sweep_run *run_at(const struct folder *folder, size_t index,
                                      char path[RUN_PATH_SIZE]) {
    const struct sweep_run *run = sweep_plan_run(folder->plan, index);
    run_path(folder->path, run->hash, RUN_LOG_ENDING, path);
    return run;
}

static void copy(const char *from, const char *to) {
    enum { PIECE_SIZE = 4096 };
    char piece[PIECE_SIZE];
    size_t got = 0;
    FILE *source = fopen(from, "rb");
    FILE *target = fopen(to, "wb");
    assert_non_null(source);
    assert_non_null(target);
    while ((got = fread(piece, 1, PIECE_SIZE, source)) > 0) {
        assert_int_equal(fwrite(piece, 1, got, target), got);
    }
    fclose(source);
    assert_int_equal(fclose(target), 0);
}

static void expect_notice(const struct folder *folder, const char *path, const char *what) {
    char start[2 * RUN_PATH_SIZE];
    snprintf(start, sizeof start, "%s%s", path, what);
    const char *found = strstr(folder->notices, start);
    const char *end = found == NULL ? NULL : strchr(found, '\n');
    static const char outcome[] = "; it is replaced";
    if (end == NULL || strncmp(end - strlen(outcome), outcome, strlen(outcome)) != 0) {
        fail_msg("no notice of %s...%s in\n%s", start, outcome, folder->notices);
    }
}

// All logs are those of their names, nothing is left beside them, and the sweep knows it.
static void expect_mended(struct folder *folder) {
    for (size_t i = 0; i < RUNS; i++) {
        char path[RUN_PATH_SIZE];
        struct runlog log = {0};
        const struct sweep_run *run = run_at(folder, i, path);
        assert_int_equal(runlog_read(path, &log, NULL, NULL), STATUS_OK);
        assert_string_equal(log.header.scenario, run->text);
        assert_int_equal(log.ending.status, RUN_COMPLETE);
        runlog_reset(&log);
    }
    assert_int_equal(scratch_count_entries(folder->path), FILES);
    carry_out(folder);
    assert_int_equal(folder->counts.found, RUNS);
    assert_string_equal(folder->notices, "");
    sweep_plan_destroy(folder->plan);
}

// Every call would fail with advice that the sweep has no option for, and the run stay missing.
static void sweep__log_of_another_run_or_damaged__is_replaced_and_told(void **state) {
    struct folder folder;
    char good[RUN_PATH_SIZE];
    char misnamed[RUN_PATH_SIZE];
    char damaged[RUN_PATH_SIZE];
    open_folder(state, &folder);
    run_at(&folder, 0, good);
    run_at(&folder, 1, misnamed);
    run_at(&folder, 2, damaged);
    copy(good, misnamed);
    assert_int_equal(truncate(damaged, 1000), 0);
    carry_out(&folder);
    assert_int_equal(folder.counts.found, RUNS - 2);
    assert_int_equal(folder.counts.finished, 2);
    expect_notice(&folder, misnamed, ": of another scenario: it has \"");
    expect_notice(&folder, damaged, "");
    expect_mended(&folder);
}

// Leaves what an interrupted run of index "run" leaves, under the name of "name".
static void leave_interrupted(const struct folder *folder, size_t run, size_t name) {
    char path[RUN_PATH_SIZE];
    volatile sig_atomic_t interrupted = 1;
    struct run_outcome outcome;
    struct scenario scenario = *sweep_plan_run(folder->plan, run)->scenario;
    scenario.seed = sweep_plan_run(folder->plan, run)->seed;
    run_at(folder, name, path);
    assert_int_equal(unlink(path), 0);
    struct run_options options = {
        .output = path, .threads = 1, .checkpoints = true, .interrupted = &interrupted};
    assert_int_equal(run_scenario(&scenario, &options, &outcome, NULL), STATUS_INTERRUPTED);
    assert_true(outcome.can_resume);
}

static size_t count_lines(const char *text) {
    size_t lines = 0;
    for (; *text != 0; text++) {
        lines += *text == '\n';
    }
    return lines;
}

// So it is with a journal and a checkpoint from which nobody can go on.
static void sweep__rest_of_another_run_or_arithmetic__is_replaced_and_told(void **state) {
    struct folder folder;
    struct checkpoint checkpoint;
    char journal[RUN_PATH_SIZE + 16];
    char path[RUN_PATH_SIZE + 16];
    open_folder(state, &folder);
    leave_interrupted(&folder, 0, 1);
    leave_interrupted(&folder, 2, 2);
    leave_interrupted(&folder, 3, 3); // this one goes on, and that is nothing to tell
    checkpoint_init(&checkpoint);
    run_path(folder.path, sweep_plan_run(folder.plan, 2)->hash, ".h5.checkpoint", path);
    assert_int_equal(checkpoint_read(path, &checkpoint, NULL), STATUS_OK);
    snprintf(checkpoint.head.arithmetic, sizeof checkpoint.head.arithmetic, "openblas Cray");
    assert_int_equal(checkpoint_write(path, &checkpoint, NULL), STATUS_OK);
    checkpoint_reset(&checkpoint);
    carry_out(&folder);
    assert_int_equal(folder.counts.finished, 3);
    run_path(folder.path, sweep_plan_run(folder.plan, 1)->hash, ".h5.journal", journal);
    expect_notice(&folder, journal, ": of another scenario: it has \"");
    expect_notice(&folder, path, ": made with other arithmetic: openblas Cray there");
    assert_int_equal(count_lines(folder.notices), 2);
    expect_mended(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep__log_of_another_run_or_damaged__is_replaced_and_told,
                                        setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep__rest_of_another_run_or_arithmetic__is_replaced_and_told, setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_replaced", tests, NULL, NULL);
}
