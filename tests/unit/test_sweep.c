// SPDX-License-Identifier: GPL-3.0-or-later
// Sweeps carried out as the program does, on timing-only scenarios of a few milliseconds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/run/run_scenario.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/sweep/sweep.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_manifest.h"
#include "sim/sweep/sweep_options.h"
#include "sim/sweep/sweep_process.h"
#include "tests/support/scratch.h"

static const char scenario_text[] = "model: none\n"
                                    "end: 2 s\n"
                                    "policy: {name: hybrid, threshold: {every: 5}}\n"
                                    "cluster: {workers: 3}\n";

static const char sweep_text[] = "scenario: base.yaml\n"
                                 "vary:\n"
                                 "  policy.threshold.every: [5, 50]\n"
                                 "  policy.name: [sync, hybrid]\n"
                                 "rounds: 2\n";

static int setup(void **state) {
    int failed = scratch_setup(state);
    if (failed == 0) {
        scratch_write(state, "base.yaml", scenario_text);
        scratch_write(state, "sweep.yaml", sweep_text);
    }
    return failed;
}

static struct sweep_plan *read_plan(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    if (sweep_plan_read(scratch_path(state, "sweep.yaml", path), NULL, 0, &plan, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return plan;
}

static struct sweep_options options_for(const char *folder) {
    return (struct sweep_options){.folder = folder, .jobs = 2};
}

// Hybrid at two thresholds and sync once, in two rounds: a grid that ran sync twice would waste a
// third of its time.
static void sweep__grid_of_two_keys__leaves_one_whole_log_per_distinct_run(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out/deep", folder));
    struct sweep_counts counts;
    struct error error = {0};
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
    assert_int_equal(counts.total, 6);
    assert_int_equal(counts.finished, 6);
    assert_int_equal(scratch_count_entries(folder), 6 + 6 + 1); // logs, records, the plan
    for (size_t i = 0; i < sweep_plan_run_count(plan); i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        struct runlog log = {0};
        run_path(folder, run->hash, RUN_LOG_ENDING, path);
        assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
        assert_string_equal(log.header.scenario, run->text);
        assert_int_equal(log.ending.status, RUN_COMPLETE);
        runlog_reset(&log);
    }
    sweep_plan_destroy(plan);
}

static int64_t modified_ns(const char *path) {
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

// What is done would be done again, or what is damaged would count as done.
static void sweep__called_again__runs_only_what_is_missing_or_damaged(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char missing[RUN_PATH_SIZE];
    char damaged[RUN_PATH_SIZE];
    char good[RUN_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    struct error error = {0};
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
    run_path(folder, sweep_plan_run(plan, 0)->hash, RUN_LOG_ENDING, missing);
    run_path(folder, sweep_plan_run(plan, 1)->hash, RUN_LOG_ENDING, damaged);
    run_path(folder, sweep_plan_run(plan, 2)->hash, RUN_LOG_ENDING, good);
    int64_t before_ns = modified_ns(good);
    assert_int_equal(unlink(missing), 0);
    assert_int_equal(truncate(damaged, 1000), 0);
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
    assert_int_equal(counts.found, 4);
    assert_int_equal(counts.finished, 2);
    assert_true(modified_ns(good) == before_ns);
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
    assert_int_equal(counts.found, 6);
    sweep_plan_destroy(plan);
}

static void keep_failure(void *context, const struct sweep_counts *counts, const char *failure) {
    (void)counts;
    if (failure != NULL) {
        snprintf(context, 256, "%s", failure);
    }
}

// A failed run would pass for a good one, or take the others with it.
static void sweep__a_run_that_fails__is_counted_named_and_kept(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    char line[64] = "";
    char failure[256] = "";
    scratch_write(state, "base.yaml", "model: none\nend: 2 updates\ncluster: {workers: 2}\n");
    // The first gradient would be beyond the clock's 126 years.
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\nvary: {cluster.compute: [1 s, {law: shifted_exponential, "
                  "shift: 1100000 h, mean: 1000000 h}, 2 s]}\n");
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    options.progress = keep_failure;
    options.progress_context = failure;
    struct sweep_counts counts;
    struct error error = {0};
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "1 of 3 runs failed"));
    assert_int_equal(counts.failed, 1);
    assert_int_equal(counts.finished, 2);
    assert_non_null(strstr(failure, "cannot be run"));
    run_path(folder, sweep_plan_run(plan, 1)->hash, ".failed", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line, "exit status 65\n");
    sweep_plan_destroy(plan);
}

// An interrupted sweep would start new runs, or claim to be complete.
static void sweep__interrupted__starts_nothing_and_says_so(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    volatile sig_atomic_t interrupted = 1;
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    options.interrupted = &interrupted;
    struct sweep_counts counts;
    struct error error = {0};
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_INTERRUPTED);
    assert_int_equal(counts.finished, 0);
    sweep_plan_destroy(plan);
}

// A daemon that ignores SIGCHLD hands that down: the sweep would wait for its runs' ends for ever.
static void sweep__below_a_parent_that_ignores_children__ends(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    enum { SECONDS_MAX = 300 };
    signal(SIGCHLD, SIG_IGN);
    alarm(SECONDS_MAX); // it kills this program
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    alarm(0);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(counts.finished, counts.total);
    sweep_plan_destroy(plan);
}

// An empty name has no folders above it, and nothing behind its end may be looked at.
static void sweep__folder_without_a_name__is_refused(void **state) {
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for("");
    struct sweep_counts counts;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_CANNOT_CREATE);
    sweep_plan_destroy(plan);
}

// A sweep into a place that cannot be a folder must say so before it starts anything.
static void sweep__folder_cannot_be__is_refused(void **state) {
    char file[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "base.yaml", file));
    struct sweep_counts counts;
    struct error error = {0};
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_CANNOT_CREATE);
    sweep_plan_destroy(plan);
}

// A failure would be forgotten and met again at every call, or stay after its cause is gone.
static void sweep__a_run_that_failed__is_listed_and_waits_for_retry(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char message[SWEEP_FAILURE_SIZE];
    char failure[256] = "";
    bool failed = false;
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    struct error error = {0};
    uint64_t run = sweep_plan_run(plan, 3)->hash;
    assert_int_equal(mkdir(folder, 0777), 0);
    sweep_folder_note_failure(folder, sweep_plan_run(plan, 3), 70, "an invariant is broken");
    options.progress = keep_failure;
    options.progress_context = failure;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_IO);
    assert_int_equal(counts.failed, 0);
    assert_int_equal(counts.failed_before, 1);
    assert_int_equal(counts.finished, 5);
    assert_string_equal(failure, "an invariant is broken");
    assert_non_null(strstr(error.message, "--retry"));
    assert_int_equal(sweep_folder_failure(folder, run, &failed, message, NULL), STATUS_OK);
    assert_true(failed);
    options.retry = true;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
    assert_int_equal(counts.finished, 1);
    assert_int_equal(sweep_folder_failure(folder, run, &failed, message, NULL), STATUS_OK);
    assert_false(failed);
    assert_int_equal(scratch_count_entries(folder), 6 + 6 + 1); // no trace of the failure
    sweep_plan_destroy(plan);
}

// A sweep that grows must not do again what it has, though the cells have other numbers then.
static void sweep__file_that_has_grown__runs_only_what_is_new(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    sweep_plan_destroy(plan);
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\n"
                  "vary:\n"
                  "  policy.threshold.every: [7, 5, 50]\n"
                  "  policy.name: [async, sync, hybrid]\n"
                  "rounds: 3\n");
    plan = read_plan(state);
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.total, 3 * (1 + 1 + 3));
    assert_int_equal(counts.found, 6);
    assert_int_equal(counts.finished, 9);
    sweep_plan_destroy(plan);
}

// Shards that overlap do work twice; shards that leave a gap lose runs.
static void sweep__shards__do_every_run_once(void **state) {
    enum { SHARDS = 4 };
    char folder[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    size_t finished = 0;
    options.shards = SHARDS;
    for (options.shard = 0; options.shard < SHARDS; options.shard++) {
        assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
        assert_int_equal(counts.found, 0);
        assert_int_equal(counts.finished, counts.total);
        finished += counts.finished;
    }
    assert_int_equal(finished, 6);
    options.shard = 0;
    options.shards = 1;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.found, 6);
    sweep_plan_destroy(plan);
}

// The last runs of a sweep must not leave processors idle.
static void sweep__fewer_runs_than_places__have_several_threads(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    scratch_write(state, "sweep.yaml", "scenario: base.yaml\n");
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    struct runlog log = {0};
    struct provenance provenance;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    run_path(folder, sweep_plan_run(plan, 0)->hash, RUN_LOG_ENDING, path);
    assert_int_equal(runlog_read(path, &log, &provenance, NULL), STATUS_OK);
    int32_t processors = run_default_threads();
    assert_int_equal(provenance.threads, processors < 2 ? processors : 2);
    runlog_reset(&log);
    sweep_plan_destroy(plan);
}

// What a process says on stderr is all that its user learns; it must not get lost or mixed up.
static void sweep_process__says_something_and_fails__is_quoted(void **state) {
    char text[SWEEP_FAILURE_SIZE];
    struct sweep_plan *plan = read_plan(state);
    const struct sweep_run *run = sweep_plan_run(plan, 0);
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    struct sweep_job job = {.scenario = run->scenario,
                            .run = run->hash,
                            .folder = "/no/such/folder",
                            .threads = 1,
                            .signals = &mask};
    struct sweep_process process = {0};
    int end = 0;
    assert_int_equal(sweep_process_start(&job, &process, NULL), STATUS_OK);
    assert_true(waitpid(process.pid, &end, 0) == process.pid);
    assert_int_equal(WEXITSTATUS(end), STATUS_CANNOT_CREATE);
    sweep_process_end(&process, text, sizeof text);
    assert_non_null(strstr(text, "/no/such/folder"));
    assert_int_equal(process.pid, 0);
    sweep_plan_destroy(plan);
}

static void make_nothing(const char *folder, const struct sweep_run *run) {
    (void)folder;
    (void)run;
}

static void make_obstacle(const char *folder, const struct sweep_run *run) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run->hash, RUN_LOG_ENDING, path);
    assert_int_equal(mkdir(path, 0777), 0);
}

static void remove_obstacle(const char *folder, const struct sweep_run *run) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run->hash, RUN_LOG_ENDING, path);
    assert_int_equal(rmdir(path), 0);
}

static void limit_files(rlim_t bytes) {
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill_disk(const char *folder, const struct sweep_run *run) {
    make_nothing(folder, run);
    limit_files(2000); // room for the plan, not for a journal
}

static void empty_disk(const char *folder, const struct sweep_run *run) {
    make_nothing(folder, run);
    limit_files(RLIM_INFINITY);
}

// What the machine has done to a run is no failure of the run: it would wait for --retry for ever.
static void sweep__a_run_that_the_machine_stops__is_done_by_the_same_command(void **state) {
    static const struct {
        const char *says;
        void (*stop)(const char *folder, const struct sweep_run *run);
        void (*mend)(const char *folder, const struct sweep_run *run);
    } rows[] = {
        {"cannot create", make_obstacle, remove_obstacle},
        {"File too large", fill_disk, empty_disk},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char folder[SCRATCH_PATH_SIZE];
        char name[16];
        char failure[256] = "";
        char message[SWEEP_FAILURE_SIZE];
        bool failed = true;
        scratch_write(state, "base.yaml", "model: none\nend: 900 s\ncluster: {workers: 2}\n");
        scratch_write(state, "sweep.yaml", "scenario: base.yaml\n");
        struct sweep_plan *plan = read_plan(state);
        const struct sweep_run *run = sweep_plan_run(plan, 0);
        snprintf(name, sizeof name, "out%zu", i);
        struct sweep_options options = options_for(scratch_path(state, name, folder));
        options.progress = keep_failure;
        options.progress_context = failure;
        struct sweep_counts counts;
        struct error error = {0};
        assert_int_equal(mkdir(folder, 0777), 0);
        rows[i].stop(folder, run);
        enum status status = sweep_carry_out(plan, &options, &counts, &error);
        rows[i].mend(folder, run);
        assert_int_equal(status, STATUS_INTERRUPTED);
        assert_int_equal(counts.stopped, 1);
        assert_int_equal(counts.failed, 0);
        assert_non_null(strstr(error.message, "the same command does them again"));
        assert_non_null(strstr(failure, rows[i].says));
        assert_null(strstr(failure, "--resume"));
        assert_int_equal(sweep_folder_failure(folder, run->hash, &failed, message, NULL),
                         STATUS_OK);
        assert_false(failed);
        assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
        assert_int_equal(counts.finished, 1);
        sweep_plan_destroy(plan);
    }
}

// Data that are not there are the machine's trouble, too.
static void sweep__input_missing__is_no_failure_of_the_run(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    scratch_write(state, "base.yaml", "model: mnist_ray\nend: 1 gradients\n");
    scratch_write(state, "sweep.yaml", "scenario: base.yaml\n");
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    struct sweep_counts counts;
    options.data_folder = "/no/such/folder";
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_INTERRUPTED);
    assert_int_equal(counts.stopped, 1);
    run_path(folder, sweep_plan_run(plan, 0)->hash, ".failed", path);
    assert_int_equal(access(path, F_OK), -1);
    sweep_plan_destroy(plan);
}

// The line that ends a sweep must count those that its table and "desgd compare" call diverged: a
// rate of 1000 leaves a softmax with a finite loss far above 2 ln 10 (run_metrics_diverged).
static void sweep__classifier_worse_than_guessing__counts_as_diverged(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    struct sweep_counts counts;
    scratch_write(state, "base.yaml",
                  "model: softmax\n"
                  "data: {name: random, samples: 200}\n"
                  "training: {batch: 4}\n"
                  "end: 40 gradients\n"
                  "cluster: {workers: 2}\n");
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\n"
                  "vary: {training.learning_rate: [0.01, 1000]}\n"
                  "rounds: 2\n");
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = options_for(scratch_path(state, "out", folder));
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.finished, 4);
    assert_int_equal(counts.diverged, 2);
    for (size_t i = 0; i < 4; i++) {
        struct run_record record;
        bool done = false;
        assert_int_equal(
            run_record_find(folder, sweep_plan_run(plan, i)->hash, &done, &record, NULL),
            STATUS_OK);
        assert_true(done);
        assert_int_equal(record.totals.status, RUN_COMPLETE); // all is finite
        run_record_reset(&record);
    }
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
    assert_int_equal(counts.found, 4);
    assert_int_equal(counts.diverged, 2);
    sweep_plan_destroy(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            sweep__grid_of_two_keys__leaves_one_whole_log_per_distinct_run, setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__called_again__runs_only_what_is_missing_or_damaged,
                                        setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__a_run_that_fails__is_counted_named_and_kept, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__interrupted__starts_nothing_and_says_so, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__below_a_parent_that_ignores_children__ends, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__folder_without_a_name__is_refused, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__folder_cannot_be__is_refused, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__a_run_that_failed__is_listed_and_waits_for_retry,
                                        setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__file_that_has_grown__runs_only_what_is_new, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__shards__do_every_run_once, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep__a_run_that_the_machine_stops__is_done_by_the_same_command, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__input_missing__is_no_failure_of_the_run, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__classifier_worse_than_guessing__counts_as_diverged,
                                        setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__fewer_runs_than_places__have_several_threads, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_process__says_something_and_fails__is_quoted, setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
