// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/untrained.h"
#include "sim/run/run_scenario.h"
#include "sim/sweep/sweep_claim.h"
#include "sim/sweep/sweep_data.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_opened.h"
#include "sim/sweep/sweep_process.h"
#include "sim/sweep/tuning.h"

struct sweep_state {
    const struct sweep_plan *plan;
    const struct sweep_options *options;
    struct sweep_counts *counts;
    struct sweep_process *processes; // (jobs)
    int32_t running;
    bool told;       // the processes know of the interrupt
    size_t first;    // run of the plan: those before are done with
    size_t held;     // cells that have no rounds, since runs of their tuning failed
    size_t *missing; // (missing_count): indices of runs, in the order in which they start
    size_t missing_count;
    struct sweep_data *data; // while it looks around
    struct sweep_opened opened;
    struct error trouble; // what cannot be told of a run that ended; then no more are begun
    sigset_t waiting;     // the mask under which signals come in
};

static bool is_interrupted(const struct sweep_state *state) {
    return state->options->interrupted != NULL && *state->options->interrupted;
}

static void report(const struct sweep_state *state, const char *failure) {
    if (state->options->progress != NULL) {
        state->options->progress(state->options->progress_context, state->counts, failure);
    }
}

// ---- what is there already ----

// A classifier that ends worse than it began has diverged, too, though its process does not say so.
static void count_done(struct sweep_state *state, const struct sweep_run *run,
                       const struct run_record *record) {
    REQUIRE(run->scenario->training.policy.policy < POLICY_COUNT);
    enum policy policy = run->scenario->training.policy.policy;
    bool has_models =
        policy_table[policy].averaging.family != AVERAGING_FAMILY_NONE; // the workers have
    bool untrained =
        record->totals.outcomes[OUTCOME_APPLIED] == 0 &&
        (!has_models || untrained_by_evaluations(record->evaluations, record->evaluation_count));
    state->counts->diverged += run_record_diverged(record);
    state->counts->untrained += untrained;
}

static void take_found(struct sweep_state *state, const struct sweep_run *run,
                       struct run_record *record) {
    REQUIRE(state->data != NULL);
    state->counts->found++;
    count_done(state, run, record);
    sweep_data_note(state->data, run->scenario, record->totals.data_hash);
    if (record->made_anew) {
        sweep_folder_tidy(state->options->folder, run);
    }
    run_record_reset(record);
}

static enum status look_at(struct sweep_state *state, size_t index, struct error *error) {
    REQUIRE(state->missing != NULL);
    const struct sweep_run *run = sweep_plan_run(state->plan, index);
    const char *folder = state->options->folder;
    struct run_record record;
    char message[SWEEP_FAILURE_SIZE];
    bool done = false;
    bool failed = false;
    enum status status = run_record_find(folder, run->hash, &done, &record, error);
    if (status == STATUS_OK && !done && !state->options->retry) {
        status = sweep_folder_failure(folder, run->hash, &failed, message, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (done) {
        take_found(state, run, &record);
    } else if (failed) {
        state->counts->failed_before++;
        report(state, message);
    } else {
        state->missing[state->missing_count++] = index;
    }
    return STATUS_OK;
}

static enum status look_around(struct sweep_state *state, struct error *error) {
    REQUIRE(state->options->shard >= 0 && state->data == NULL);
    enum status status = STATUS_OK;
    size_t count = sweep_plan_run_count(state->plan) - state->first;
    size_t shards = state->options->shards == 0 ? 1 : (size_t)state->options->shards;
    size_t first = (size_t)state->options->shard;
    size_t mine = count > first ? (count - first + shards - 1) / shards : 0;
    state->counts->total += mine;
    state->missing_count = 0;
    state->missing = memory_allocate(mine, sizeof *state->missing);
    struct sweep_data data = {0};
    state->data = &data;
    for (size_t i = first; i < count && !is_interrupted(state) && status == STATUS_OK;
         i += shards) {
        status = look_at(state, state->first + i, error);
    }
    state->data = NULL;
    if (state->options->notice != NULL && !is_interrupted(state) && status == STATUS_OK) {
        sweep_data_check(&data, state->options->data_folder, state->options->notice,
                         state->options->progress_context);
    }
    return status;
}

// ---- the processes ----

// One thread a run as long as there are more runs than places. When the last runs leave places
// empty, they share them: that changes no bit, and a run is as fast as its threads.
static int32_t threads_for_next(const struct sweep_state *state, size_t left) {
    REQUIRE(left >= 1);
    int32_t places = run_default_threads();
    places = places < state->options->jobs ? places : state->options->jobs;
    for (int32_t i = 0; i < state->options->jobs; i++) {
        places -= state->processes[i].threads;
    }
    if (places <= 1 || left >= (size_t)places) {
        return 1;
    }
    return places / (int32_t)left;
}

static enum status start_run(struct sweep_state *state, size_t next, struct error *error) {
    REQUIRE(next < state->missing_count && state->running < state->options->jobs);
    const struct sweep_run *run = sweep_plan_run(state->plan, state->missing[next]);
    struct scenario scenario = *run->scenario;
    scenario.seed = run->seed;
    struct sweep_job job = {
        .scenario = &scenario,
        .run = run->hash,
        .folder = state->options->folder,
        .data_folder = state->options->data_folder,
        .opened_data = sweep_opened_find(&state->opened, &scenario, state->options->data_folder),
        .threads = threads_for_next(state, state->missing_count - next),
        .checkpoint_seconds = state->options->checkpoint_seconds,
        .interrupted = state->options->interrupted,
        .signals = &state->waiting};
    struct sweep_process *place = state->processes;
    while (place->pid != 0) {
        place++;
    }
    enum status status = sweep_process_start(&job, place, error);
    if (status == STATUS_OK) {
        place->index = state->missing[next];
        state->running++;
    }
    return status;
}

static void account_kill(struct sweep_state *state, const struct sweep_run *run, int wait_status) {
    REQUIRE(sweep_process_was_killed(wait_status));
    char path[RUN_PATH_SIZE];
    char message[SWEEP_FAILURE_SIZE];
    int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    run_path(state->options->folder, run->hash, RUN_LOG_ENDING, path);
    snprintf(message, sizeof message, "%s: the run was ended by a signal%s%s%s", path,
             number > 0 ? ": " : "", number > 0 ? strsignal(number) : "",
             number == SIGKILL ? " (by a person or the system, perhaps because memory was short)"
                               : "");
    state->counts->killed++;
    report(state, message);
}

// What keeps a run from its end that is neither in its scenario nor in the program: memory, a disk,
// a missing file of data, something under the log's name.
static bool is_stopped(int exit_status) {
    return exit_status == STATUS_NO_INPUT || exit_status == STATUS_NO_MEMORY ||
           exit_status == STATUS_CANNOT_CREATE || exit_status == STATUS_IO;
}

static void account_failure(struct sweep_state *state, const struct sweep_run *run, int wait_status,
                            char message[SWEEP_FAILURE_SIZE]) {
    REQUIRE(message != NULL && !sweep_process_was_killed(wait_status));
    int exit_status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128;
    size_t said = strlen(message);
    if (said == 0 || WIFSIGNALED(wait_status)) {
        char path[RUN_PATH_SIZE];
        run_path(state->options->folder, run->hash, ".yaml", path);
        snprintf(message + said, SWEEP_FAILURE_SIZE - said, "%s%s: the run died%s%s",
                 said > 0 ? "\n" : "", path, WIFSIGNALED(wait_status) ? ": " : "",
                 WIFSIGNALED(wait_status) ? strsignal(WTERMSIG(wait_status)) : "");
    }
    state->counts->failed++;
    sweep_folder_note_failure(state->options->folder, run, exit_status, message);
    report(state, message);
}

static bool find(struct sweep_state *state, const struct sweep_run *run,
                 struct run_record *record) {
    bool done = false;
    struct error error = {0};
    if (run_record_find(state->options->folder, run->hash, &done, record, &error) != STATUS_OK) {
        state->trouble = error;
    }
    return done;
}

// A run that was killed when its log was there already is done, and so is one that another sweep
// has done meanwhile.
static bool is_done_all_the_same(struct sweep_state *state, const struct sweep_run *run) {
    struct run_record record;
    if (!find(state, run, &record)) {
        return false;
    }
    state->counts->finished++;
    count_done(state, run, &record);
    sweep_folder_tidy(state->options->folder, run);
    run_record_reset(&record);
    return true;
}

static void account_done(struct sweep_state *state, const struct sweep_run *run) {
    struct run_record record;
    state->counts->finished++;
    if (find(state, run, &record)) {
        count_done(state, run, &record);
        run_record_reset(&record);
    }
}

static void account(struct sweep_state *state, struct sweep_process *process, int wait_status) {
    REQUIRE(process->pid != 0 && state->running > 0);
    char message[SWEEP_FAILURE_SIZE];
    const struct sweep_run *run = sweep_plan_run(state->plan, process->index);
    int exit_status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    bool killed = sweep_process_was_killed(wait_status);
    sweep_process_end(process, message, sizeof message);
    state->running--;
    if (exit_status == STATUS_OK || exit_status == STATUS_DIVERGED) {
        account_done(state, run);
        sweep_folder_forget_failure(state->options->folder, run);
        if (message[0] != 0 && state->options->notice != NULL) {
            state->options->notice(state->options->progress_context, message);
        }
        report(state, NULL);
    } else if (exit_status == SWEEP_PROCESS_TAKEN) {
        state->counts->elsewhere++;
    } else if (exit_status == STATUS_INTERRUPTED && is_interrupted(state)) {
        return; // as it was told
    } else if (is_done_all_the_same(state, run)) {
        report(state, NULL);
    } else if (state->trouble.status != STATUS_OK) {
        return; // whether it is done is not known
    } else if (is_stopped(exit_status)) {
        state->counts->stopped++;
        report(state, message);
    } else if (!killed) {
        account_failure(state, run, wait_status, message);
    } else if (!is_interrupted(state)) {
        account_kill(state, run, wait_status);
    }
}

// SIGTERM reaches only this process; the runs are told, so that they stop at an event boundary,
// too.
static void pass_on_interrupt(struct sweep_state *state) {
    REQUIRE(!state->told);
    for (int32_t i = 0; i < state->options->jobs; i++) {
        if (state->processes[i].pid != 0) {
            kill(state->processes[i].pid, SIGTERM);
        }
    }
    state->told = true;
}

// Signals are blocked, so none is lost between a look and the wait.
static void wait_for_one(struct sweep_state *state) {
    REQUIRE(state->running > 0);
    int wait_status = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &wait_status, WNOHANG)) == 0) {
        if (is_interrupted(state) && !state->told) {
            pass_on_interrupt(state);
        } else {
            sigsuspend(&state->waiting);
        }
    }
    for (int32_t i = 0; i < state->options->jobs; i++) {
        if (state->processes[i].pid == pid && pid > 0) {
            account(state, &state->processes[i], wait_status);
        }
    }
}

static enum status run_missing(struct sweep_state *state, struct error *error) {
    REQUIRE(state->running == 0);
    enum status status = STATUS_OK;
    for (size_t next = 0; next < state->missing_count && status == STATUS_OK; next++) {
        while (state->running == state->options->jobs) {
            wait_for_one(state);
        }
        if (is_interrupted(state) || state->trouble.status != STATUS_OK) {
            break;
        }
        status = start_run(state, next, error);
    }
    while (state->running > 0) {
        wait_for_one(state);
    }
    if (status == STATUS_OK && state->trouble.status != STATUS_OK) {
        status = error_set(error, state->trouble.status, "%s", state->trouble.message);
    }
    return status;
}

// ---- signals ----

static void note_child(int number) {
    (void)number; // it only ends the wait
}

struct signals {
    struct sigaction child;
    sigset_t mask;
};

// A parent that ignores SIGCHLD would keep the ends of our runs from us.
static void take_children(struct signals *before) {
    struct sigaction action = {.sa_handler = note_child};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, &before->child);
}

static void block_signals(struct signals *before) {
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGCHLD);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGHUP);
    sigaddset(&ours, SIGUSR1);
    sigprocmask(SIG_BLOCK, &ours, &before->mask);
}

static void give_signals_back(const struct signals *before) {
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
    sigaction(SIGCHLD, &before->child, NULL);
}

// ---- all of it ----

static enum status run_shard(struct sweep_state *state, struct error *error) {
    REQUIRE(state->options->jobs >= 1);
    struct signals before;
    take_children(&before);
    enum status status = look_around(state, error);
    block_signals(&before);
    state->waiting = before.mask;
    sigdelset(&state->waiting, SIGCHLD);
    state->processes = memory_allocate((size_t)state->options->jobs, sizeof *state->processes);
    if (status == STATUS_OK) {
        status = run_missing(state, error);
    }
    memory_free(state->processes);
    memory_free(state->missing);
    give_signals_back(&before);
    return status;
}

static enum status fail_interrupted(struct error *error) {
    return error_set(error, STATUS_INTERRUPTED,
                     "interrupted; the same command continues where it stopped");
}

static enum status conclude(const struct sweep_state *state, struct error *error) {
    const struct sweep_counts *counts = state->counts;
    size_t failed = counts->failed + counts->failed_before;
    if (is_interrupted(state) && counts->found + counts->finished + failed < counts->total) {
        return fail_interrupted(error);
    }
    if (failed > 0) {
        return error_set(error, STATUS_IO,
                         "%zu of %zu runs failed%s; their scenarios and messages are in %s; "
                         "--retry runs them again",
                         failed, counts->total, counts->failed == 0 ? " before" : "",
                         state->options->folder);
    }
    if (state->held > 0) {
        return error_set(error, STATUS_IO,
                         "cells without rounds, since runs of their tuning in other shards failed: "
                         "%zu; the scenarios and messages are in %s; --retry runs them again",
                         state->held, state->options->folder);
    }
    if (counts->killed > 0) {
        return error_set(error, STATUS_INTERRUPTED,
                         "%zu of %zu runs were ended by a signal; the same command continues them",
                         counts->killed, counts->total);
    }
    if (counts->stopped > 0) {
        return error_set(
            error, STATUS_INTERRUPTED,
            "%zu of %zu runs were stopped by this machine, as told above; when that is "
            "mended, the same command does them again",
            counts->stopped, counts->total);
    }
    if (counts->elsewhere > 0) {
        return error_set(error, STATUS_INTERRUPTED,
                         "%zu runs are being written by another process; the same command does "
                         "what it leaves",
                         counts->elsewhere);
    }
    return STATUS_OK;
}

static enum status write_plan_and_run(struct sweep_state *state, struct error *error) {
    REQUIRE(state->options->folder != NULL);
    const struct sweep_options *options = state->options;
    enum status status = sweep_folder_write_plan(options->folder, state->plan, options->notice,
                                                 options->progress_context, error);
    return status == STATUS_OK ? run_shard(state, error) : status;
}

static enum status fail_for_tuning(size_t missing, struct error *error) {
    REQUIRE(missing > 0);
    return error_set(error, STATUS_INTERRUPTED,
                     "%zu runs of the tuning, of other shards, are not done; the same command goes "
                     "on then",
                     missing);
}

// First the tuning, then the rounds of the values that it chose; a cell of which a run of the
// tuning failed waits for --retry. A plan of which the tuning is done has its rounds in the folder
// already: it is not taken back to the tuning's runs for the moment.
static enum status run_tuned(struct sweep_state *state, struct sweep_plan *plan,
                             struct error *error) {
    REQUIRE(sweep_plan_tune(plan) != NULL);
    const struct sweep_options *options = state->options;
    size_t missing = 0;
    enum status status = tuning_missing(options->folder, plan, &missing, error);
    if (status == STATUS_OK) {
        status = missing == 0 ? run_shard(state, error) : write_plan_and_run(state, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (is_interrupted(state)) {
        return fail_interrupted(error);
    }
    status = tuning_missing(options->folder, plan, &missing, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (missing > 0) {
        const struct sweep_counts *counts = state->counts;
        bool is_ours = counts->elsewhere > 0 || counts->killed > 0 || counts->stopped > 0;
        return is_ours ? conclude(state, error) : fail_for_tuning(missing, error);
    }
    state->first = sweep_plan_run_count(plan);
    status = tuning_choose(options->folder, plan, options->notice, options->progress_context,
                           &state->held, error);
    return status == STATUS_OK ? write_plan_and_run(state, error) : status;
}

enum status sweep_carry_out(struct sweep_plan *plan, const struct sweep_options *options,
                            struct sweep_counts *counts, struct error *error) {
    REQUIRE(options->jobs >= 1);
    REQUIRE(options->shard >= 0);
    *counts = (struct sweep_counts){0};
    struct sweep_state state = {.plan = plan, .options = options, .counts = counts};
    enum status status = sweep_claim_check(plan, options, error);
    if (status == STATUS_OK) {
        status = sweep_folder_make(options->folder, error);
    }
    if (status == STATUS_OK) {
        status = sweep_plan_tune(plan) != NULL ? run_tuned(&state, plan, error)
                                               : write_plan_and_run(&state, error);
    }
    sweep_opened_close(&state.opened);
    return status == STATUS_OK ? conclude(&state, error) : status;
}
