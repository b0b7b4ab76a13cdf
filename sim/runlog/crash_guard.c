// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/crash_guard.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// What the child sends through the pipe; smaller than a pipe, so that it never waits.
struct answer {
    enum status status;
    struct error error;
};

static void limit_child(unsigned seconds_max) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct rlimit seconds = {.rlim_cur = seconds_max, .rlim_max = seconds_max};
    struct rlimit no_dump = {0};
    setrlimit(RLIMIT_CPU, &seconds);
    setrlimit(RLIMIT_CORE, &no_dump);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        signal(crashes[i], SIG_DFL);
    }
}

static _Noreturn void answer_as_child(crash_guard_action *action, void *context,
                                      unsigned seconds_max, int out) {
    struct answer answer = {.status = STATUS_OK};
    limit_child(seconds_max);
    answer.status = action(context, &answer.error);
    bool sent = write(out, &answer, sizeof answer) == (ssize_t)sizeof answer;
    _exit(sent ? STATUS_OK : STATUS_IO);
}

static bool receive(int in, struct answer *answer) {
    size_t used = 0;
    while (used < sizeof *answer) {
        ssize_t got = read(in, (char *)answer + used, sizeof *answer - used);
        if (got > 0) {
            used += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

static enum status explain_end(int end, const char *name, struct error *error) {
    int code = WIFEXITED(end) ? WEXITSTATUS(end) : 0;
    if (code == STATUS_NO_MEMORY || code == STATUS_INTERNAL) {
        return error_set(error, (enum status)code, "%s: reading it has failed", name);
    }
    if (WIFSIGNALED(end) && (WTERMSIG(end) == SIGXCPU || WTERMSIG(end) == SIGKILL)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: truncated or damaged HDF5 file: reading it does not end", name);
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: truncated or damaged HDF5 file: the HDF5 library crashes on it (%s)",
                     name, WIFSIGNALED(end) ? strsignal(WTERMSIG(end)) : "no answer");
}

enum status crash_guard_try(crash_guard_action *action, void *context, const char *name,
                            unsigned seconds_max, struct error *error) {
    int ends[2];
    if (pipe(ends) != 0) {
        return STATUS_OK;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer_as_child(action, context, seconds_max, ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return STATUS_OK;
    }
    struct answer answer;
    bool answered = receive(ends[0], &answer);
    close(ends[0]);
    int end = 0;
    while (waitpid(child, &end, 0) < 0 && errno == EINTR) {
    }
    if (!answered) {
        return explain_end(end, name, error);
    }
    if (answer.status != STATUS_OK && error != NULL) {
        *error = answer.error;
    }
    return answer.status;
}
