// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_process: one run of a sweep in a process of its own: what it finds where its log should be,
// and how its end is understood.
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/run/run_record.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_print.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_process.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

struct place {
    struct scenario scenario;
    struct sweep_job job;
    sigset_t signals;
    char log[RUN_PATH_SIZE];
    char text[SWEEP_FAILURE_SIZE]; // what the process has said
};

static void set_up(void *const *state, struct place *place, const char *policy) {
    small_cluster_parse(&place->scenario,
                        "model: {name: quadratic, dimension: 3}\nend: 5 updates\n"
                        "policy: {name: %s}\ncluster: {workers: 2, compute: 1 s}\n",
                        policy);
    sigemptyset(&place->signals);
    place->job = (struct sweep_job){.scenario = &place->scenario,
                                    .run = scenario_hash(&place->scenario),
                                    .folder = *state,
                                    .threads = 1,
                                    .signals = &place->signals};
    run_path(*state, place->job.run, RUN_LOG_ENDING, place->log);
}

// The wait status of the run's process.
static int run(struct place *place) {
    struct sweep_process process = {0};
    int status = 0;
    assert_int_equal(sweep_process_start(&place->job, &process, NULL), STATUS_OK);
    assert_int_equal(waitpid(process.pid, &status, 0), process.pid);
    sweep_process_end(&process, place->text, sizeof place->text);
    assert_int_equal(process.pid, 0);
    return status;
}

static void expect_whole_log(const struct place *place) {
    struct runlog log = {0};
    assert_int_equal(runlog_read(place->log, &log, NULL, NULL), STATUS_OK);
    assert_int_equal(log.update_count, 5);
    runlog_reset(&log);
}

// A log that was damaged must not stay as the run's, nor be replaced without a word; one that is
// another run's under this name is none.
static void sweep_process__what_is_no_log_of_the_run__is_told_and_replaced(void **state) {
    struct place place;
    struct place other;
    set_up(state, &place, "async");
    assert_int_equal(run(&place), 0);
    assert_string_equal(place.text, "");
    expect_whole_log(&place);
    assert_int_equal(truncate(place.log, 5000), 0);
    assert_int_equal(run(&place), 0);
    assert_non_null(strstr(place.text, "it is replaced"));
    expect_whole_log(&place);
    set_up(state, &other, "sync");
    assert_int_equal(rename(place.log, other.log), 0);
    assert_int_equal(run(&other), 0);
    assert_non_null(strstr(other.text, "of another scenario"));
    assert_non_null(strstr(other.text, "it is replaced"));
    expect_whole_log(&other);
}

// A run that a process of another sweep is writing is neither done nor failed: it is left to that
// one.
static void sweep_process__a_run_that_another_writes__is_left_to_it(void **state) {
    struct place place;
    char path[RUN_PATH_SIZE + 16];
    set_up(state, &place, "async");
    snprintf(path, sizeof path, "%s.journal", place.log);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    assert_true(file >= 0);
    assert_int_equal(flock(file, LOCK_EX), 0);
    int status = run(&place);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == SWEEP_PROCESS_TAKEN);
    assert_string_equal(place.text, "");
    close(file);
    assert_int_equal(access(place.log, F_OK), -1);
    assert_int_equal(run(&place), 0); // which has died meanwhile
    expect_whole_log(&place);
}

// What is in the way of the log is told as the run's failure.
static void sweep_process__a_folder_in_place_of_the_log__is_a_failure(void **state) {
    struct place place;
    set_up(state, &place, "async");
    assert_int_equal(mkdir(place.log, 0777), 0);
    int status = run(&place);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_CANNOT_CREATE);
    assert_non_null(strstr(place.text, "desgd: "));
    assert_non_null(strstr(place.text, "cannot create"));
}

// A run whose process somebody ends comes again; one that crashes would crash again.
static void sweep_process_was_killed__by_somebody_else__but_not_by_a_crash(void **state) {
    (void)state;
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
    static const int kills[] = {SIGKILL, SIGTERM, SIGHUP, SIGXCPU};
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        assert_false(sweep_process_was_killed(W_EXITCODE(0, crashes[i])));
    }
    for (size_t i = 0; i < sizeof kills / sizeof kills[0]; i++) {
        assert_true(sweep_process_was_killed(W_EXITCODE(0, kills[i])));
    }
    assert_true(sweep_process_was_killed(W_EXITCODE(STATUS_INTERRUPTED, 0)));
    assert_false(sweep_process_was_killed(W_EXITCODE(STATUS_OK, 0)));
    assert_false(sweep_process_was_killed(W_EXITCODE(STATUS_BAD_DATA, 0)));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(sweep_process__what_is_no_log_of_the_run__is_told_and_replaced),
        IN_A_FOLDER(sweep_process__a_run_that_another_writes__is_left_to_it),
        IN_A_FOLDER(sweep_process__a_folder_in_place_of_the_log__is_a_failure),
        cmocka_unit_test(sweep_process_was_killed__by_somebody_else__but_not_by_a_crash),
    };
    return cmocka_run_group_tests_name("sweep_process", tests, NULL, NULL);
}
