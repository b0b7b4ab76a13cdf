// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/run/data_input.h"
#include "sim/runlog/runlog_reader.h"

enum { FAILURE_SIZE = 4096 + SWEEP_PATH_SIZE };

// A process at work; pid 0: the place is free.
struct sweep_process {
    pid_t pid;
    uint64_t hash;
};

struct sweep_state {
    const struct sweep_plan *plan;
    const struct sweep_options *options;
    struct sweep_counts *counts;
    struct sweep_process *processes; // (jobs)
    int32_t running;
};

static void path_of(const char *folder, uint64_t hash, const char *ending,
                    char text[SWEEP_PATH_SIZE]) {
    const char *here = folder[0] == '-' ? "./" : ""; // not to be taken for an option
    int length =
        snprintf(text, SWEEP_PATH_SIZE, "%s%s/%016" PRIx64 "%s", here, folder, hash, ending);
    REQUIRE(length > 0 && length < SWEEP_PATH_SIZE);
}

void sweep_log_path(const char *folder, uint64_t hash, char text[SWEEP_PATH_SIZE]) {
    path_of(folder, hash, ".h5", text);
}

static enum status make_folder(const char *folder, struct error *error) {
    char path[SWEEP_PATH_SIZE / 2];
    if ((size_t)snprintf(path, sizeof path, "%s", folder) >= sizeof path) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: the name is too long", folder);
    }
    char *name = path + (path[0] == '/');
    for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777); // may be there; the last one tells
        *slash = '/';
    }
    struct stat state;
    if ((mkdir(path, 0777) != 0 && errno != EEXIST) || stat(path, &state) != 0) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: cannot create: %s", folder,
                         strerror(errno));
    }
    if (!S_ISDIR(state.st_mode)) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: is not a folder", folder);
    }
    return STATUS_OK;
}

// A run counts as done when its log is whole and the run came to its end, be it by divergence.
static bool is_done(const char *folder, uint64_t hash, bool *diverged) {
    char path[SWEEP_PATH_SIZE];
    struct runlog log = {0};
    sweep_log_path(folder, hash, path);
    if (access(path, F_OK) != 0 || runlog_read(path, &log, NULL, NULL) != STATUS_OK) {
        return false;
    }
    enum run_status status = log.ending.status;
    runlog_reset(&log);
    *diverged = status == RUN_DIVERGED;
    return status == RUN_COMPLETE || status == RUN_DIVERGED;
}

// ---- one process per run ----

// A run reads a copy of its scenario; what that names is where the original is.
static _Noreturn void become_run(const struct sweep_options *options, const struct sweep_run *run) {
    uint64_t hash = run->hash;
    char scenario[SWEEP_PATH_SIZE];
    char output[SWEEP_PATH_SIZE];
    char complaints[SWEEP_PATH_SIZE];
    path_of(options->folder, hash, ".yaml", scenario);
    sweep_log_path(options->folder, hash, output);
    path_of(options->folder, hash, ".err", complaints);
    int file = open(complaints, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0) {
        _exit(STATUS_CANNOT_CREATE);
    }
    char *arguments[] = {(char[]){"desgd"},
                         (char[]){"run"},
                         scenario,
                         (char[]){"-o"},
                         output,
                         (char[]){"--threads"},
                         (char[]){"1"},
                         (char[]){"--quiet"},
                         NULL,
                         NULL,
                         NULL};
    if (options->data_folder != NULL) {
        arguments[8] = (char[]){"--data"};
        arguments[9] = memory_copy_text(options->data_folder);
    }
    setenv(DATA_INPUT_ORIGIN, run->scenario.data.path.folder, 1);
    execv(options->program != NULL ? options->program : "/proc/self/exe", arguments);
    fprintf(stderr, "desgd: cannot start a run: %s\n", strerror(errno));
    _exit(STATUS_INTERNAL);
}

static enum status start_run(struct sweep_state *state, const struct sweep_run *run,
                             struct error *error) {
    char scenario[SWEEP_PATH_SIZE];
    path_of(state->options->folder, run->hash, ".yaml", scenario);
    enum status status = atomic_file_write(scenario, run->text, strlen(run->text), error);
    if (status != STATUS_OK) {
        return status;
    }
    struct sweep_process *place = state->processes;
    while (place->pid != 0) {
        place++;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        return error_set(error, STATUS_IO, "cannot start a process: %s", strerror(errno));
    }
    if (pid == 0) {
        become_run(state->options, run);
    }
    *place = (struct sweep_process){pid, run->hash};
    state->running++;
    return STATUS_OK;
}

static void read_complaint(const char *path, char text[FAILURE_SIZE]) {
    size_t length = 0;
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        length = fread(text, 1, FAILURE_SIZE - 1, file);
        fclose(file);
    }
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    text[length] = 0;
}

static void report(const struct sweep_state *state, const char *failure) {
    if (state->options->progress != NULL) {
        state->options->progress(state->options->progress_context, state->counts, failure);
    }
}

// The scenario and what a failed run said stay in the folder; a good one leaves its log alone.
static void account(struct sweep_state *state, uint64_t hash, int wait_status) {
    char scenario[SWEEP_PATH_SIZE];
    char complaints[SWEEP_PATH_SIZE];
    char failure[FAILURE_SIZE];
    path_of(state->options->folder, hash, ".yaml", scenario);
    path_of(state->options->folder, hash, ".err", complaints);
    int exit_status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    if (exit_status == STATUS_OK || exit_status == STATUS_DIVERGED) {
        state->counts->finished++;
        state->counts->diverged += exit_status == STATUS_DIVERGED;
        unlink(scenario);
        unlink(complaints);
        report(state, NULL);
        return;
    }
    if (exit_status == STATUS_INTERRUPTED) {
        unlink(complaints);
        return;
    }
    state->counts->failed++;
    read_complaint(complaints, failure);
    if (failure[0] == 0) {
        snprintf(failure, sizeof failure, "%s: the run died%s", scenario,
                 WIFSIGNALED(wait_status) ? " of a signal" : "");
    }
    report(state, failure);
}

// SIGTERM reaches only this process; the runs are told, so that they stop at an event boundary,
// too.
static void pass_on_interrupt(const struct sweep_state *state) {
    for (int32_t i = 0; i < state->options->jobs; i++) {
        if (state->processes[i].pid != 0) {
            kill(state->processes[i].pid, SIGTERM);
        }
    }
}

static bool is_interrupted(const struct sweep_state *state) {
    return state->options->interrupted != NULL && *state->options->interrupted;
}

static void wait_for_one(struct sweep_state *state, bool *told) {
    int wait_status = 0;
    pid_t pid = waitpid(-1, &wait_status, WNOHANG);
    while (pid == 0) {
        if (is_interrupted(state) && !*told) {
            pass_on_interrupt(state);
            *told = true;
        }
        usleep(2000);
        pid = waitpid(-1, &wait_status, WNOHANG);
    }
    for (int32_t i = 0; i < state->options->jobs; i++) {
        if (state->processes[i].pid == pid && pid > 0) {
            account(state, state->processes[i].hash, wait_status);
            state->processes[i].pid = 0;
            state->running--;
        }
    }
}

static enum status run_all(struct sweep_state *state, struct error *error) {
    enum status status = STATUS_OK;
    bool told = false;
    size_t count = sweep_plan_run_count(state->plan);
    for (size_t i = 0; i < count && status == STATUS_OK && !is_interrupted(state); i++) {
        const struct sweep_run *run = sweep_plan_run(state->plan, i);
        bool diverged = false;
        if (is_done(state->options->folder, run->hash, &diverged)) {
            state->counts->found++;
            state->counts->diverged += diverged;
            continue;
        }
        if (state->running == state->options->jobs) {
            wait_for_one(state, &told);
        }
        if (!is_interrupted(state)) {
            status = start_run(state, run, error);
        }
    }
    while (state->running > 0) {
        wait_for_one(state, &told);
    }
    return status;
}

enum status sweep_carry_out(const struct sweep_plan *plan, const struct sweep_options *options,
                            struct sweep_counts *counts, struct error *error) {
    REQUIRE(options->jobs >= 1);
    *counts = (struct sweep_counts){.total = sweep_plan_run_count(plan)};
    enum status status = make_folder(options->folder, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct sweep_state state = {.plan = plan, .options = options, .counts = counts};
    signal(SIGCHLD, SIG_DFL); // a parent that ignores it would keep the ends of our runs from us
    state.processes = memory_allocate((size_t)options->jobs, sizeof *state.processes);
    status = run_all(&state, error);
    memory_free(state.processes);
    if (status != STATUS_OK) {
        return status;
    }
    if (counts->found + counts->finished < counts->total && is_interrupted(&state)) {
        return error_set(error, STATUS_INTERRUPTED,
                         "interrupted; the same command goes on where it stopped");
    }
    if (counts->failed > 0) {
        return error_set(error, STATUS_IO,
                         "%zu of %zu runs failed; their scenarios and messages are in %s",
                         counts->failed, counts->total, options->folder);
    }
    return STATUS_OK;
}
