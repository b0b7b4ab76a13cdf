// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"

enum { PIPE_BYTES = 1 << 20 };

struct passage {
    int file;
    bool receives;
    uint64_t memory_left; // of the receiver
};

// What the child sends first.
struct answer {
    enum status status;
    struct error error;
};

// ---- the pipe ----

bool passage_receives(const struct passage *passage) {
    return passage->receives;
}

bool passage_value(struct passage *passage, void *value, size_t size) {
    return passage->receives ? file_read_all(passage->file, value, size)
                             : file_write_all(passage->file, value, size);
}

bool passage_array(struct passage *passage, void **array, size_t *count, size_t size) {
    uint64_t elements = *count;
    uint64_t bytes = 0;
    if (!passage_value(passage, &elements, sizeof elements) ||
        __builtin_mul_overflow(elements, size, &bytes)) {
        return false;
    }
    if (passage->receives) {
        *array = NULL;
        *count = 0;
        if (bytes > passage->memory_left) {
            return false;
        }
        passage->memory_left -= bytes;
        *array = bytes == 0 ? NULL : memory_allocate_aligned(elements, size);
        *count = elements;
    }
    bool good = passage_value(passage, *array, bytes);
    if (!passage->receives) {
        memory_free(*array);
        *array = NULL;
    }
    return good;
}

// ---- the child ----

// Sanitizers reserve terabytes, open files for their reports and print these: with them there is
// only the child and its time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static void limit_memory(uint64_t bytes) {
    (void)bytes;
}
static void forbid_system_calls(void) {
}
#else
static uint64_t memory_now(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fscanf(file, "%llu", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit_memory(uint64_t bytes) {
    uint64_t now = memory_now();
    struct rlimit limit = {.rlim_cur = now + bytes, .rlim_max = now + bytes};
    if (now != 0) {
        setrlimit(RLIMIT_AS, &limit);
    }
    close(STDERR_FILENO); // what the allocator would say, the parent says
}

// valgrind lives in the same process and needs more.
static bool under_valgrind(void) {
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "/vgpreload_") != NULL;
}

// Memory, the pipe and the end: everything else fails with EPERM. Where the kernel has no seccomp,
// the limits alone must do.
static void forbid_system_calls(void) {
    static const int allowed[] = {
        SCMP_SYS(write),       SCMP_SYS(mmap),    SCMP_SYS(munmap),       SCMP_SYS(mremap),
        SCMP_SYS(brk),         SCMP_SYS(madvise), SCMP_SYS(exit_group),   SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(gettid),      SCMP_SYS(getpid),  SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime),
        SCMP_SYS(rt_sigaction)};
    scmp_filter_ctx filter = under_valgrind() ? NULL : seccomp_init(SCMP_ACT_ERRNO(EPERM));
    for (size_t i = 0; filter != NULL && i < sizeof allowed / sizeof allowed[0]; i++) {
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    }
    if (filter != NULL) { // it may signal itself, as abort() does, and wake, but never wait
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(futex), 1,
                         SCMP_A1(SCMP_CMP_EQ, FUTEX_WAKE_PRIVATE, 0));
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                         SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
        seccomp_load(filter);
        seccomp_release(filter);
    }
}
#endif

static void confine(const struct confined_task *task) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct rlimit seconds = {.rlim_cur = task->seconds_max, .rlim_max = task->seconds_max};
    struct rlimit no_dump = {0};
    setrlimit(RLIMIT_CPU, &seconds);
    setrlimit(RLIMIT_CORE, &no_dump);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        signal(crashes[i], SIG_DFL);
    }
    limit_memory(task->memory_max);
    forbid_system_calls();
}

static _Noreturn void answer_as_child(const struct confined_task *task, int out) {
    struct answer answer;
    memset(&answer, 0, sizeof answer);
    struct passage passage = {.file = out};
    confine(task);
    answer.status = task->work(task->context, &answer.error);
    bool sent = passage_value(&passage, &answer, sizeof answer);
    if (sent && answer.status == STATUS_OK && task->pass != NULL) {
        sent = task->pass(task->context, &passage);
    }
    _exit(sent ? STATUS_OK : STATUS_IO);
}

// ---- the parent ----

static enum status explain_end(const struct confined_task *task, int end, struct error *error) {
    int code = WIFEXITED(end) ? WEXITSTATUS(end) : 0;
    if (code == STATUS_INTERNAL) {
        return error_set(error, STATUS_INTERNAL, "%s: reading it has failed", task->name);
    }
    if (code == STATUS_NO_MEMORY) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: truncated or damaged HDF5 file: reading it takes more than %llu MB "
                         "of memory",
                         task->name, (unsigned long long)(task->memory_max / 1000000));
    }
    if (WIFSIGNALED(end) && (WTERMSIG(end) == SIGXCPU || WTERMSIG(end) == SIGKILL)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: truncated or damaged HDF5 file: reading it does not end", task->name);
    }
    if (!WIFSIGNALED(end) || WTERMSIG(end) == SIGPIPE) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: truncated or damaged HDF5 file: reading it gives no sensible answer",
                         task->name);
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: truncated or damaged HDF5 file: the HDF5 library crashes on it (%s)",
                     task->name, strsignal(WTERMSIG(end)));
}

// A status that work may have; a child that was led astray may send anything.
static bool known_failure(enum status status) {
    return status == STATUS_BAD_DATA || status == STATUS_NO_INPUT;
}

// Takes all that the child has to say. False: it has not said it to the end.
static bool listen(const struct confined_task *task, int in, struct answer *answer) {
    struct passage passage = {.file = in, .receives = true, .memory_left = task->memory_max};
    if (!passage_value(&passage, answer, sizeof *answer)) {
        return false;
    }
    answer->error.message[sizeof answer->error.message - 1] = 0;
    if (answer->status != STATUS_OK) {
        return known_failure(answer->status);
    }
    return task->pass == NULL || task->pass(task->context, &passage);
}

static enum status no_child(const struct confined_task *task, struct error *error) {
    return error_set(error, STATUS_NO_MEMORY, "%s: cannot start the process that reads it: %s",
                     task->name, strerror(errno));
}

enum status confined_run(const struct confined_task *task, struct error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return no_child(task, error);
    }
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer_as_child(task, ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return no_child(task, error);
    }
    struct answer answer;
    bool heard = listen(task, ends[0], &answer);
    close(ends[0]); // a child that still has something to say ends by SIGPIPE
    int end = 0;
    while (waitpid(child, &end, 0) < 0 && errno == EINTR) {
    }
    if (!heard) {
        return explain_end(task, end, error);
    }
    if (answer.status != STATUS_OK && error != NULL) {
        *error = answer.error;
        error->status = answer.status;
    }
    return answer.status;
}
