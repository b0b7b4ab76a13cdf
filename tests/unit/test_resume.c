// SPDX-License-Identifier: GPL-3.0-or-later
// A run that is killed and goes on makes the log of one that never was: for each kind of run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/report/summary.h"
#include "sim/run/replay.h"
#include "sim/run/resume.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/simulation/checkpoint_keeper.h"
#include "sim/simulation/simulation_checkpoint.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

// A run that asks for a checkpoint after so many events of its own, and ends after so many.
struct doomed_run {
    const struct scenario *scenario;
    const char *output;
    int32_t threads;
    int64_t keep_after[3]; // 0: no more
    int64_t die_after;     // 0: it lives
    bool interrupted;      // it ends in order
    int64_t events;
    struct runlog *log; // takes all that sinks are sent; NULL: nobody does
};

static volatile sig_atomic_t requests;
static volatile sig_atomic_t stop;
static char notices[4096];

static void note(const char *sentence) {
    size_t used = strlen(notices);
    snprintf(notices + used, sizeof notices - used, "%s\n", sentence);
}

static void count_event(void *context, const struct event_row *row) {
    struct doomed_run *run = context;
    (void)row;
    run->events++;
    for (size_t i = 0; i < 3; i++) {
        if (run->events == run->keep_after[i]) {
            requests++;
        }
    }
    if (run->events == run->die_after && run->interrupted) {
        stop = 1;
    } else if (run->events == run->die_after) {
        kill(getpid(), SIGKILL);
    }
}

static enum status go(struct doomed_run *run, struct summary *summary, struct error *error) {
    struct summary_accumulator accumulator = {0};
    struct run_sink sinks[3] = {{.context = run, .event = count_event}, summary_sink(&accumulator)};
    if (run->log != NULL) {
        sinks[2] = runlog_memory_sink(run->log);
    }
    struct run_options options = {.output = run->output,
                                  .threads = run->threads == 0 ? 1 : run->threads,
                                  .checkpoints = true,
                                  .resume = true,
                                  .checkpoint_requests = &requests,
                                  .interrupted = &stop,
                                  .notice = note,
                                  .sinks = sinks,
                                  .sink_count = run->log != NULL ? 3 : 2};
    struct run_outcome outcome;
    stop = 0;
    notices[0] = 0;
    enum status status = run_scenario(run->scenario, &options, &outcome, error);
    if (summary != NULL) {
        *summary = accumulator.summary;
    }
    return status;
}

static void go_in_child(void *context) {
    struct error error = {0};
    enum status status = go(context, NULL, &error);
    fprintf(stderr, "%s", error.message);
    _exit((int)status);
}

enum { KILLED = 128 + SIGKILL };

// Runs until the end that it is given, in a process of its own.
static int run_child(struct doomed_run run) {
    char text[4096];
    int end = child_exit_status(go_in_child, &run, text, sizeof text);
    if (end != KILLED && end != STATUS_INTERRUPTED) {
        print_message("%s\n", text);
    }
    return end;
}

// Sinks are sent the past, too, with the values that the journal has; but gradients and samples.
static void expect_sent(const char *path, struct runlog *sent, const char *what) {
    struct runlog written = {0};
    assert_int_equal(runlog_read(path, &written, NULL, NULL), STATUS_OK);
    if (!sent->header.gradient_values && sent->header.sample_columns == 0) {
        small_cluster_expect_equal(&written, sent, what);
    }
    runlog_reset(&written);
    runlog_reset(sent);
}

static void expect_same_log(const char *undisturbed, const char *resumed, const char *what) {
    struct runlog a = {0};
    struct runlog b = {0};
    struct error error = {0};
    assert_int_equal(runlog_read(undisturbed, &a, NULL, &error), STATUS_OK);
    if (runlog_read(resumed, &b, NULL, &error) != STATUS_OK) {
        fail_msg("%s: %s", what, error.message);
    }
    small_cluster_expect_equal(&a, &b, what);
    assert_true((a.ending.centre == NULL) == (b.ending.centre == NULL));
    assert_true(a.value_capacity == 0 ||
                memcmp(a.values, b.values,
                       a.gradient_count * a.header.parameter_count * sizeof *a.values) == 0);
    runlog_reset(&a);
    runlog_reset(&b);
}

// Kills it twice, goes on to the end, and holds the log against an undisturbed run's.
static void expect_resume(void *const *state, const char *scenario_text, int32_t threads,
                          enum status expected) {
    struct scenario scenario;
    char whole[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    struct summary summaries[2];
    small_cluster_parse(&scenario, "%s", scenario_text);
    scratch_path(state, "whole.h5", whole);
    scratch_path(state, "killed.h5", path);
    struct doomed_run run = {.scenario = &scenario, .output = whole, .threads = threads};
    assert_int_equal(go(&run, &summaries[0], &error), expected);
    int64_t all = run.events;
    assert_true(all > 40);
    run = (struct doomed_run){.scenario = &scenario, .output = path, .threads = threads};
    run.keep_after[0] = all / 5;
    run.keep_after[1] = all / 3;
    run.die_after = all / 2;
    assert_int_equal(run_child(run), KILLED);
    run.keep_after[0] = all / 2 + 7; // the events of the past are counted again
    run.keep_after[1] = 0;
    run.die_after = all / 5 * 4;
    assert_int_equal(run_child(run), KILLED);
    struct runlog sent = {0};
    run = (struct doomed_run){
        .scenario = &scenario, .output = path, .threads = threads, .log = &sent};
    if (go(&run, &summaries[1], &error) != expected) {
        fail_msg("%s\n%s", error.message, scenario_text);
    }
    assert_non_null(strstr(notices, "continues from the checkpoint"));
    expect_same_log(whole, path, scenario_text);
    expect_sent(path, &sent, scenario_text);
    assert_memory_equal(&summaries[0], &summaries[1], sizeof summaries[0]);
    assert_int_equal(scratch_count_entries(*state), 2); // journal and checkpoints are gone
    struct run_options replaying = {.threads = 1};
    struct replay_outcome outcome;
    assert_int_equal(replay_file(path, &replaying, &outcome, &error), STATUS_OK);
    unlink(path);
    unlink(whole);
}

#define CLUSTER                                                                                    \
    "cluster: {workers: 5, compute: {law: exponential, mean: 200 ms}, "                            \
    "delay: {law: exponential, mean: 100 ms, workers: 2}, server: {receive: 2 ms, update: 3 ms}, " \
    "network: {latency: 1 ms}}\n"
#define MNIST                                                                                      \
    "model: mnist_ray\nend: 4 s\ntraining: {batch: 4, learning_rate: 0.05}\n"                      \
    "evaluation: {every: 70 ms, test_samples: 20, train_samples: 10}\n" CLUSTER
// No data to load: quick.
#define QUADRATIC_IN(cluster)                                                                      \
    "model: {name: quadratic, dimension: 30}\nend: 6 s\ntraining: {learning_rate: 0.05}\n"         \
    "evaluation: {every: 70 ms}\n" cluster
#define QUADRATIC QUADRATIC_IN(CLUSTER)
// Messages stand in line at the server's port at every moment, and get lost.
#define CROWDED                                                                                    \
    "cluster: {workers: 5, compute: {law: exponential, mean: 200 ms}, server: {receive: 2 ms, "    \
    "bandwidth: 50 Mbit/s}, network: {message: 500 kB, loss: 9 %%, timeout: 50 ms}}\n"

// Nothing but the events: all of the state is rebuilt by running them again.
static void resume__timing_only_runs__end_as_if_undisturbed(void **state) {
    expect_resume(state, "model: none\nend: 250 s\npolicy: {name: async}\n" CLUSTER, 1, STATUS_OK);
    expect_resume(state,
                  "model: none\nend: 250 s\nties: random\nlog: {events: false}\n"
                  "policy: {name: hybrid, threshold: {schedule: step, every: 20}}\n" CLUSTER,
                  1, STATUS_OK);
}

// Every policy, and every tie rule: live versions, buffered gradients and replies come back.
static void resume__every_policy__ends_as_if_undisturbed(void **state) {
    static const char *const policies[] = {
        "{name: sync}", "{name: async}", "{name: hybrid, threshold: {schedule: step, every: 20}}",
        "{name: hybrid, pushed_worker: continues, combine: mean, "
        "threshold: {schedule: step, every: 9}}"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, QUADRATIC "policy: %s\nties: %s\n", policies[i],
                 i % 2 == 0 ? "fifo" : "random");
        expect_resume(state, text, 1, STATUS_OK);
    }
}

// Whatever policy there is, as it is by default.
static void resume__every_policy_by_default__ends_as_if_undisturbed(void **state) {
    for (int i = 0; i < 2 * POLICY_COUNT; i++) {
        static const char *const forms[] = {QUADRATIC "policy: {name: %s}\n",
                                            QUADRATIC_IN(CROWDED) "policy: {name: %s}\n"};
        char text[1024];
        snprintf(text, sizeof text, forms[i % 2], policy_table[i / 2].name);
        expect_resume(state, text, 2, STATUS_OK);
    }
}

// What the optimizer remembers is in the checkpoint; phases of the past come back with the events.
static void resume__every_optimizer__ends_as_if_undisturbed(void **state) {
    static const char *const trainings[] = {
        "momentum: 0.9", "momentum: 0.9, nesterov: true, weight_decay: 0.01",
        "momentum: 0.5, momentum_at: worker, rate: {schedule: cosine, over: 90, warm_up: 20}"};
    static const char *const policies[] = {
        "{name: hybrid, threshold: 3}", "{name: dc_asgd, adaptive: true}",
        "{name: gap_aware}\npast: [{until: 1500 ms, policy.name: async, training.momentum: 0}]"};
    for (size_t i = 0; i < 3; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "model: mnist_ray\nend: 4 s\ntraining: {batch: 4, learning_rate: 0.01, %s}\n"
                 "evaluation: {every: 0 s, test_samples: 20, train_samples: 10}\n"
                 "policy: %s\n" CLUSTER,
                 trainings[i], policies[i]);
        expect_resume(state, text, 2, STATUS_OK);
    }
}

// A mean square of each worker is as much of the state as one of the server.
static void resume__mean_squares_of_workers__end_as_if_undisturbed(void **state) {
    expect_resume(state, QUADRATIC "policy: {name: dc_asgd, adaptive: true, per: worker}\n", 2,
                  STATUS_OK);
}

// The second arithmetic is not the first: it is another code.
static void resume__every_arithmetic__ends_as_if_undisturbed(void **state) {
    expect_resume(state, "arithmetic: openblas\npolicy: {name: async}\n" MNIST, 1, STATUS_OK);
}

// The pool is full of gradients when the process dies, whatever its size.
static void resume__any_number_of_threads__ends_as_if_undisturbed(void **state) {
    expect_resume(state, "policy: {name: async}\n" MNIST, 2, STATUS_OK);
    expect_resume(state, "policy: {name: async}\n" MNIST, 25, STATUS_OK);
}

// Gradients and samples of the past stay in the journal and reach the log.
static void resume__logged_gradients_and_samples__are_all_there(void **state) {
    expect_resume(state, "policy: {name: async}\nlog: {gradients: true, samples: true}\n" MNIST, 1,
                  STATUS_OK);
}

// The run diverges after it was killed, as it would have without: exit status and log are the same.
static void resume__a_run_that_diverges__diverges_all_the_same(void **state) {
    expect_resume(state,
                  "model: {name: quadratic, dimension: 10}\nend: 900 s\npolicy: {name: async}\n"
                  "training: {learning_rate: 9}\nevaluation: {every: 1 s}\n" CLUSTER,
                  1, STATUS_DIVERGED);
}

struct setting {
    struct scenario scenario;
    char whole[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct doomed_run run; // of "path"
    int64_t all;
};

// An undisturbed log, and a run of the same scenario to come.
static void set_up(void *const *state, struct setting *setting) {
    struct error error = {0};
    small_cluster_parse(&setting->scenario, "%s", "policy: {name: async}\n" QUADRATIC);
    scratch_path(state, "whole.h5", setting->whole);
    scratch_path(state, "killed.h5", setting->path);
    struct doomed_run run = {.scenario = &setting->scenario, .output = setting->whole};
    assert_int_equal(go(&run, NULL, &error), STATUS_OK);
    setting->all = run.events;
    setting->run = (struct doomed_run){.scenario = &setting->scenario, .output = setting->path};
}

static void kill_after(struct setting *setting, int64_t first, int64_t second, int64_t death) {
    struct doomed_run run = setting->run;
    run.events = 0;
    run.keep_after[0] = first;
    run.keep_after[1] = second;
    run.die_after = death;
    assert_int_equal(run_child(run), KILLED);
}

static void expect_end(struct setting *setting, const char *notice) {
    struct error error = {0};
    if (go(&setting->run, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    if (strstr(notices, notice) == NULL) {
        fail_msg("'%s' does not say '%s'", notices, notice);
    }
    expect_same_log(setting->whole, setting->path, notice);
}

// Changes one byte of a file, counted from its end if negative.
static void damage(const char *path, long at) {
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    fputc(byte ^ 0x10, file);
    assert_int_equal(fclose(file), 0);
}

// An interrupted run leaves a whole log of what was, and all that it takes to go on.
static void resume__after_an_interrupt__goes_on_from_that_moment(void **state) {
    struct setting setting;
    struct runlog log = {0};
    struct error error = {0};
    set_up(state, &setting);
    struct doomed_run run = setting.run;
    run.interrupted = true;
    run.die_after = setting.all / 2;
    assert_int_equal(go(&run, NULL, &error), STATUS_INTERRUPTED);
    assert_int_equal(runlog_read(setting.path, &log, NULL, &error), STATUS_OK);
    assert_int_equal(log.ending.status, RUN_INTERRUPTED);
    runlog_reset(&log);
    expect_end(&setting, "continues from the checkpoint");
    assert_int_equal(scratch_count_entries(*state), 2);
}

// Killed before its first checkpoint, it can only begin anew, and says so.
static void resume__without_a_checkpoint__begins_anew(void **state) {
    struct setting setting;
    set_up(state, &setting);
    kill_after(&setting, 0, 0, setting.all / 2);
    expect_end(&setting, "starts at the beginning");
}

// A damaged checkpoint is noticed, and the one before is used.
static void resume__a_damaged_checkpoint__falls_back_to_the_one_before(void **state) {
    struct setting setting;
    char path[SCRATCH_PATH_SIZE];
    set_up(state, &setting);
    kill_after(&setting, setting.all / 4, setting.all / 3, setting.all / 2);
    damage(scratch_path(state, "killed.h5.checkpoint", path), -100);
    expect_end(&setting, "damaged");
    assert_non_null(strstr(notices, "continues from the checkpoint"));
    assert_int_equal(scratch_count_entries(*state), 2);
}

// A journal that is damaged between two checkpoints is good for the first of them.
static void resume__a_damaged_journal__falls_back_to_a_checkpoint_before_the_damage(void **state) {
    struct setting setting;
    struct stat journal;
    char path[SCRATCH_PATH_SIZE];
    set_up(state, &setting);
    kill_after(&setting, setting.all / 4, setting.all / 3, setting.all / 2);
    assert_int_equal(stat(scratch_path(state, "killed.h5.journal", path), &journal), 0);
    damage(path, -10); // nothing was written behind the second checkpoint
    expect_end(&setting, "continues from the checkpoint");
    assert_non_null(strstr(notices, "is not used"));
    assert_int_equal(unlink(setting.path), 0);
    kill_after(&setting, setting.all / 4, setting.all / 3, setting.all / 2);
    damage(path, 40); // in its header
    expect_end(&setting, "starts at the beginning");
}

// What fits another scenario is refused, and nothing is changed: the right one can still go on.
static void resume__another_scenario__is_refused(void **state) {
    struct setting setting;
    struct scenario other;
    struct error error = {0};
    set_up(state, &setting);
    kill_after(&setting, setting.all / 4, 0, setting.all / 2);
    small_cluster_parse(&other, "%s", "seed: 3\npolicy: {name: async}\n" QUADRATIC);
    struct doomed_run run = {.scenario = &other, .output = setting.path};
    assert_int_equal(go(&run, NULL, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "\"seed: 1\", this one has \"seed: 3\""));
    run.output = setting.whole; // so is a log
    assert_int_equal(go(&run, NULL, &error), STATUS_BAD_DATA);
    expect_end(&setting, "continues from the checkpoint");
}

// The right events, but not the gradients' bits: a checkpoint names what computed it.
static void resume__other_arithmetic__is_refused(void **state) {
    struct setting setting;
    struct checkpoint checkpoint;
    struct error error = {0};
    char path[SCRATCH_PATH_SIZE];
    set_up(state, &setting);
    kill_after(&setting, setting.all / 4, 0, setting.all / 2);
    checkpoint_init(&checkpoint);
    scratch_path(state, "killed.h5.checkpoint", path);
    assert_int_equal(checkpoint_read(path, &checkpoint, &error), STATUS_OK);
    snprintf(checkpoint.head.arithmetic, sizeof checkpoint.head.arithmetic, "openblas Cray");
    assert_int_equal(checkpoint_write(path, &checkpoint, &error), STATUS_OK);
    assert_int_equal(go(&setting.run, NULL, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "openblas Cray there, portable here"));
    // Nor is it the past of this run if other events lead to it.
    snprintf(checkpoint.head.arithmetic, sizeof checkpoint.head.arithmetic, "portable");
    checkpoint.head.timeline_fingerprint++;
    assert_int_equal(checkpoint_write(path, &checkpoint, &error), STATUS_OK);
    assert_int_equal(go(&setting.run, NULL, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "other events"));
    checkpoint.head.timeline_fingerprint--;
    assert_int_equal(checkpoint_write(path, &checkpoint, &error), STATUS_OK);
    checkpoint_reset(&checkpoint);
    expect_end(&setting, "continues from the checkpoint");
}

// A finished log is left as it is, and what a kill has left beside it goes.
static void resume__a_finished_run__has_nothing_to_do(void **state) {
    struct setting setting;
    char path[SCRATCH_PATH_SIZE];
    struct stat before;
    struct stat after;
    set_up(state, &setting);
    assert_int_equal(stat(setting.whole, &before), 0);
    fclose(fopen(scratch_path(state, "whole.h5.checkpoint", path), "w"));
    fclose(fopen(scratch_path(state, "whole.h5.journal", path), "w"));
    setting.run.output = setting.whole;
    struct error error = {0};
    assert_int_equal(go(&setting.run, NULL, &error), STATUS_OK);
    assert_non_null(strstr(notices, "nothing to do"));
    assert_int_equal(stat(setting.whole, &after), 0);
    assert_true(before.st_ino == after.st_ino && setting.run.events == 0);
    assert_int_equal(scratch_count_entries(*state), 1);
}

// A log that was finished and is damaged since is made again: its user should know why that takes
// so long, and that a disk may be failing.
static void resume__a_damaged_log__is_told_and_done_again(void **state) {
    struct setting setting;
    struct error error = {0};
    set_up(state, &setting);
    setting.run.output = setting.path;
    fclose(fopen(setting.path, "w")); // an empty file is no damaged log
    assert_int_equal(go(&setting.run, NULL, &error), STATUS_OK);
    assert_null(strstr(notices, "done again"));
    damage(setting.path, -1000);
    assert_int_equal(go(&setting.run, NULL, &error), STATUS_OK);
    assert_non_null(strstr(notices, "killed.h5: "));
    expect_same_log(setting.whole, setting.path, "done again");
    assert_non_null(strstr(notices, "; its run is done again and replaces it"));
}

// A script that asks as soon as the process is there would wait for ever.
static void resume__a_request_before_the_first_event__is_answered(void **state) {
    struct setting setting;
    char path[SCRATCH_PATH_SIZE];
    set_up(state, &setting);
    requests = 1;
    kill_after(&setting, 0, 0, setting.all / 2);
    requests = 0;
    assert_int_equal(access(scratch_path(state, "killed.h5.checkpoint", path), F_OK), 0);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(resume__timing_only_runs__end_as_if_undisturbed),
        WITH_FOLDER(resume__every_policy__ends_as_if_undisturbed),
        WITH_FOLDER(resume__every_policy_by_default__ends_as_if_undisturbed),
        WITH_FOLDER(resume__every_optimizer__ends_as_if_undisturbed),
        WITH_FOLDER(resume__mean_squares_of_workers__end_as_if_undisturbed),
        WITH_FOLDER(resume__every_arithmetic__ends_as_if_undisturbed),
        WITH_FOLDER(resume__any_number_of_threads__ends_as_if_undisturbed),
        WITH_FOLDER(resume__logged_gradients_and_samples__are_all_there),
        WITH_FOLDER(resume__a_run_that_diverges__diverges_all_the_same),
        WITH_FOLDER(resume__after_an_interrupt__goes_on_from_that_moment),
        WITH_FOLDER(resume__without_a_checkpoint__begins_anew),
        WITH_FOLDER(resume__a_damaged_checkpoint__falls_back_to_the_one_before),
        WITH_FOLDER(resume__a_damaged_journal__falls_back_to_a_checkpoint_before_the_damage),
        WITH_FOLDER(resume__another_scenario__is_refused),
        WITH_FOLDER(resume__other_arithmetic__is_refused),
        WITH_FOLDER(resume__a_finished_run__has_nothing_to_do),
        WITH_FOLDER(resume__a_damaged_log__is_told_and_done_again),
        WITH_FOLDER(resume__a_request_before_the_first_event__is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
