// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/run/run_record.h"
#include "sim/run/run_scenario.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/runlog_reader.h"

static void note_alarm(int number) {
    (void)number; // it only ends the wait
}

// Whether some process is writing this log: the run of another sweep into the same folder. That of
// a sweep which was killed a moment ago is dying, and is waited for.
static bool is_taken(const char *log_path) {
    REQUIRE(log_path != NULL);
    enum { SECONDS = 3 };
    char path[RUN_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s.journal", log_path);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO would wait
    if (file < 0) {
        return false;
    }
    struct sigaction action = {.sa_handler = note_alarm}; // no SA_RESTART
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    alarm(SECONDS);
    bool taken = flock(file, LOCK_SH) != 0 && errno == EINTR;
    alarm(0);
    signal(SIGALRM, SIG_DFL);
    close(file);
    return taken;
}

// The run is not done, though its log is there: nothing of anybody's is replaced in silence. A log
// that has lost its end is none that a run would replace (file_kind.h); under this name it is.
// Errors: what is there cannot be read, which is no damage.
static enum status tell_damage(const char *log_path, struct error *error) {
    struct runlog log = {0};
    struct stat state;
    if (stat(log_path, &state) != 0 || !S_ISREG(state.st_mode)) {
        return STATUS_OK;
    }
    enum status status = runlog_read(log_path, &log, NULL, error);
    runlog_reset(&log);
    if (status == STATUS_BAD_DATA) {
        fprintf(stderr, "%s; it is replaced\n", error->message);
        own_file_remove(log_path, &file_kind_damaged_log);
        status = STATUS_OK;
    }
    return status;
}

// A log, journal or checkpoint of which the name says another run than its contents is none of that
// run: it is replaced.
static enum status go_on_or_begin(const struct sweep_job *job, struct run_options *options,
                                  struct error *error) {
    REQUIRE(options->output != NULL && options->checkpoints);
    struct run_outcome outcome;
    options->resume = true;
    enum status status = run_scenario(job->scenario, options, &outcome, error);
    if (outcome.is_foreign) {
        fprintf(stderr, "%s; it is replaced\n", error->message);
        options->resume = false;
        status = run_scenario(job->scenario, options, &outcome, error);
    }
    return status;
}

static int run(const struct sweep_job *job, struct error *error) {
    REQUIRE(job->folder != NULL && job->threads >= 1);
    enum { ATTEMPTS = 3 };
    char log_path[RUN_PATH_SIZE];
    run_path(job->folder, job->run, RUN_LOG_ENDING, log_path);
    struct run_options options = {.output = log_path,
                                  .data_folder = job->data_folder,
                                  .opened_data = job->opened_data,
                                  .threads = job->threads,
                                  .interrupted = job->interrupted,
                                  .checkpoints = true,
                                  .continued_by = "the same command",
                                  .checkpoint_seconds = job->checkpoint_seconds};
    enum status status = tell_damage(log_path, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = STATUS_CANNOT_CREATE;
    // Another sweep may begin this run while the data are read: then it is looked at once more.
    for (int attempt = 0; attempt < ATTEMPTS && status == STATUS_CANNOT_CREATE; attempt++) {
        if (is_taken(log_path)) {
            return SWEEP_PROCESS_TAKEN; // not done, and no failure
        }
        status = go_on_or_begin(job, &options, error);
    }
    if (status == STATUS_OK || status == STATUS_DIVERGED) {
        enum status recorded = run_record_renew(job->folder, job->run, error);
        status = recorded == STATUS_OK ? status : recorded;
    }
    return (int)status;
}

static _Noreturn void become_run(const struct sweep_job *job, pid_t parent, int complaints) {
    struct error error = {0};
    // A run that outlived its sweep would stand in the way of the next one.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(complaints, STDERR_FILENO) < 0) {
        _exit(STATUS_INTERRUPTED);
    }
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, job->signals, NULL);
    int status = run(job, &error);
    if (status != STATUS_OK && status != STATUS_DIVERGED && status != STATUS_INTERRUPTED &&
        status != SWEEP_PROCESS_TAKEN) {
        fprintf(stderr, "desgd: %s\n", error.message);
    }
    fflush(stderr);
    _exit(status);
}

enum status sweep_process_start(const struct sweep_job *job, struct sweep_process *process,
                                struct error *error) {
    REQUIRE(job->threads >= 1 && job->signals != NULL);
    REQUIRE(process->pid == 0);
    int complaints = memfd_create("complaints of a run", MFD_CLOEXEC);
    if (complaints < 0) {
        return error_set(error, status_of_cause(errno), "cannot start a process: %s",
                         strerror(errno));
    }
    fflush(NULL); // what is buffered is not to be written twice
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become_run(job, parent, complaints);
    }
    if (pid < 0) {
        int cause = errno;
        close(complaints);
        return error_set(error, status_of_cause(cause), "cannot start a process: %s",
                         strerror(cause));
    }
    process->pid = pid;
    process->complaints = complaints;
    process->threads = job->threads;
    return STATUS_OK;
}

// Our own mistakes, to which a run would come again.
static bool is_crash(int signal_number) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        if (crashes[i] == signal_number) {
            return true;
        }
    }
    return false;
}

bool sweep_process_was_killed(int wait_status) {
    return WIFSIGNALED(wait_status) ? !is_crash(WTERMSIG(wait_status))
                                    : WEXITSTATUS(wait_status) == STATUS_INTERRUPTED;
}

void sweep_process_end(struct sweep_process *process, char *text, size_t size) {
    REQUIRE(process->pid != 0 && size > 0);
    ssize_t got = pread(process->complaints, text, size - 1, 0);
    size_t length = got > 0 ? (size_t)got : 0;
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    text[length] = 0;
    close(process->complaints);
    *process = (struct sweep_process){0};
}
