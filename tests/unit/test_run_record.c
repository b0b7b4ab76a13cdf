// SPDX-License-Identifier: GPL-3.0-or-later
// run_record: what a sweep believes about a finished run, and when it does not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/run/run_record.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/scratch.h"

static const char server_text[] = "model: quadratic\n"
                                  "end: 3 s\n"
                                  "evaluation: {every: 1 s}\n"
                                  "cluster: {workers: 3, network: {message: 8 B}}\n";

// Two clusters of two, one step a second.
static const char local_text[] =
    "model: none\n"
    "end: 3500 ms\n"
    "policy: {name: hier_avg, steps: 2, cluster_steps: 1, cluster_size: 2}\n"
    "cluster: {workers: 4, compute: 1 s, network: {message: 8 B, cluster_size: 2}}\n"
    "log: {events: false}\n";

// Runs a scenario into the folder; without its record, as if the sweep had died then.
static uint64_t run_text(void *const *state, const char *text, const char *seed) {
    char log_path[RUN_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    const struct scenario_setting setting = {"seed", seed};
    assert_int_equal(scenario_parse("test", text, strlen(text), &setting, 1, &scenario, NULL),
                     STATUS_OK);
    uint64_t run = scenario_hash(&scenario);
    run_path(*state, run, RUN_LOG_ENDING, log_path);
    struct run_options options = {.output = log_path, .threads = 1};
    assert_int_equal(run_scenario(&scenario, &options, &outcome, NULL), STATUS_OK);
    return run;
}

static uint64_t run_once(void *const *state, const char *seed) {
    return run_text(state, server_text, seed);
}

static bool is_there(void *const *state, uint64_t run, const char *ending) {
    char path[RUN_PATH_SIZE];
    run_path(*state, run, ending, path);
    return access(path, F_OK) == 0;
}

// Whether a run is done; that this can be told is a matter of course here.
static bool find_record(const char *folder, uint64_t run, struct run_record *record) {
    bool done = false;
    assert_int_equal(run_record_find(folder, run, &done, record, NULL), STATUS_OK);
    return done;
}

static bool is_done(void *const *state, uint64_t run) {
    struct run_record record;
    bool done = find_record(*state, run, &record);
    run_record_reset(&record);
    return done;
}

// Turns the bits of one byte; the size stays.
static void damage(void *const *state, uint64_t run, const char *ending, off_t place) {
    char path[RUN_PATH_SIZE];
    unsigned char byte = 0;
    run_path(*state, run, ending, path);
    int file = open(path, O_RDWR);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, place), 1);
    byte ^= 0xff;
    assert_int_equal(pwrite(file, &byte, 1, place), 1);
    close(file);
}

static void age(void *const *state, uint64_t run) {
    char path[RUN_PATH_SIZE];
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    run_path(*state, run, RUN_LOG_ENDING, path);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

// The record that a run leaves and the one made from its log later must be the same.
static void run_record__of_the_run_and_of_its_log__are_equal(void **state) {
    uint64_t run = run_once(state, "1");
    struct run_record made;
    struct run_record kept;
    assert_int_equal(run_record_renew(*state, run, NULL), STATUS_OK);
    assert_true(find_record(*state, run, &kept));
    char path[RUN_PATH_SIZE];
    run_path(*state, run, RUN_RECORD_ENDING, path);
    assert_int_equal(unlink(path), 0);
    assert_true(find_record(*state, run, &made));
    assert_true(is_there(state, run, RUN_RECORD_ENDING)); // for the next time
    assert_memory_equal(&made.totals, &kept.totals, sizeof made.totals);
    assert_int_equal(made.evaluation_count, kept.evaluation_count);
    assert_memory_equal(made.evaluations, kept.evaluations,
                        made.evaluation_count * sizeof *made.evaluations);
    run_record_reset(&made);
    run_record_reset(&kept);
}

// Evaluations at 0, 1, 2 and 3 s; every worker pushes what it has computed, 8 bytes each way.
static void run_record__totals__are_those_of_the_run(void **state) {
    uint64_t run = run_once(state, "1");
    struct run_record record;
    assert_true(find_record(*state, run, &record));
    assert_int_equal(record.evaluation_count, 4);
    assert_int_equal(record.totals.status, RUN_COMPLETE);
    assert_int_equal(record.totals.seed, 1);
    assert_int_equal(record.totals.workers, 3);
    assert_int_equal(record.totals.end_ns, 3000000000);
    assert_true(record.totals.bytes == 8 * (record.totals.pushes + record.totals.replies));
    assert_true(record.totals.pushes > 0);
    assert_true(record.totals.pushes <= record.totals.gradients);
    assert_true(record.totals.replies <= record.totals.pushes);
    assert_int_equal(record.totals.bytes_inter, 0);
    assert_true(record.totals.wall_seconds > 0);
    run_record_reset(&record);
}

// A table of a sweep over crashes must say how much of the workers' time they took: of the 3 s of
// three workers one is down for 1.5 s.
static void run_record__crashes__have_their_share_of_the_time(void **state) {
    struct run_record record;
    static const char text[] =
        "model: none\nend: 3 s\npolicy: {name: async}\ncluster: {workers: 3, compute: 1 s, events: "
        "{dies: {event: crash, worker: 1, at: 500 ms, for: 1500 ms}}}\n";
    assert_true(find_record(*state, run_text(state, text, "1"), &record));
    assert_true(fabs(record.totals.down_share - 1.5 / 9) < 1e-12);
    run_record_reset(&record);
}

// Clusters average at 1 and 3 s, all at 2 s, on rings: 2 (m-1) 8 bytes, of which one link in m for
// each cluster leads out of it. A gradient that is ready there is pushed to nobody.
static void run_record__local_models__count_their_averages_and_no_pushes(void **state) {
    uint64_t run = run_text(state, local_text, "1");
    struct run_record record;
    assert_true(find_record(*state, run, &record));
    assert_int_equal(record.totals.gradients, 16);
    assert_int_equal(record.totals.reductions_of_clusters, 4);
    assert_int_equal(record.totals.reductions_of_all, 1);
    assert_int_equal(record.totals.bytes_intra, 4 * 16 + 24);
    assert_int_equal(record.totals.bytes_inter, 24);
    assert_int_equal(record.totals.pushes, 0);
    assert_int_equal(record.totals.replies, 0);
    run_record_reset(&record);
}

// A sweep copied to another place, with other times on its files, must not be run again.
static void run_record__log_with_another_time__is_known_by_its_bytes(void **state) {
    uint64_t run = run_once(state, "1");
    assert_int_equal(run_record_renew(*state, run, NULL), STATUS_OK);
    age(state, run);
    assert_true(is_done(state, run));
}

// A log with a wrong byte would stand in the sweep's table with the numbers of the good one.
static void run_record__damaged_log__is_not_done(void **state) {
    uint64_t run = run_once(state, "1");
    assert_int_equal(run_record_renew(*state, run, NULL), STATUS_OK);
    damage(state, run, RUN_LOG_ENDING, 8); // the version of the superblock
    age(state, run);
    assert_false(is_done(state, run));
}

// A log of another seed under this run's name is somebody's mistake, with and without a record.
static void run_record__log_of_another_run__is_not_done(void **state) {
    uint64_t run = run_once(state, "1");
    uint64_t other = run_once(state, "2");
    char from[RUN_PATH_SIZE];
    char to[RUN_PATH_SIZE];
    assert_int_equal(run_record_renew(*state, other, NULL), STATUS_OK);
    run_path(*state, other, RUN_LOG_ENDING, from);
    run_path(*state, run, RUN_LOG_ENDING, to);
    assert_int_equal(rename(from, to), 0);
    assert_false(is_done(state, run));
    run_path(*state, other, RUN_RECORD_ENDING, from);
    run_path(*state, run, RUN_RECORD_ENDING, to);
    assert_int_equal(rename(from, to), 0);
    assert_false(is_done(state, run));
}

// A record torn by a power failure is nothing to believe; the log is still good.
static void run_record__damaged_record__is_made_anew(void **state) {
    uint64_t run = run_once(state, "1");
    assert_int_equal(run_record_renew(*state, run, NULL), STATUS_OK);
    struct run_record good;
    struct run_record again;
    assert_true(find_record(*state, run, &good));
    for (off_t place = 0; place < 400; place += 7) {
        damage(state, run, RUN_RECORD_ENDING, place);
        assert_true(find_record(*state, run, &again));
        assert_memory_equal(&again.totals, &good.totals, sizeof good.totals);
        run_record_reset(&again);
    }
    run_record_reset(&good);
}

// Without a log a record is worth nothing: the log is the result.
static void run_record__without_its_log__is_not_done(void **state) {
    uint64_t run = run_once(state, "1");
    char path[RUN_PATH_SIZE];
    assert_int_equal(run_record_renew(*state, run, NULL), STATUS_OK);
    run_path(*state, run, RUN_LOG_ENDING, path);
    assert_int_equal(unlink(path), 0);
    assert_false(is_done(state, run));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(run_record__of_the_run_and_of_its_log__are_equal,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__totals__are_those_of_the_run, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            run_record__local_models__count_their_averages_and_no_pushes, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__crashes__have_their_share_of_the_time,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__log_with_another_time__is_known_by_its_bytes,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__damaged_log__is_not_done, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__log_of_another_run__is_not_done, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__damaged_record__is_made_anew, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(run_record__without_its_log__is_not_done, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("run_record", tests, NULL, NULL);
}
