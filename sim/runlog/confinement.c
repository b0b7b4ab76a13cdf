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
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"

enum { PIPE_BYTES = 1 << 20 };

// How the child ends when it cannot answer, besides STATUS_INTERNAL, STATUS_NO_MEMORY and STATUS_IO
// (the pipe).
enum { EXIT_KILLED = 100 }; // by somebody else

struct passage {
    int file;
    bool receives;
    int cause;            // errno of what kept it from receiving; 0: nothing, or an end too early
    uint64_t memory_left; // of the receiver
};

// What the child sends first.
struct answer {
    enum status status;
    bool is_filtered; // it can make no other system calls than it should
    bool is_limited;  // in memory
    struct error error;
};

// ---- the pipe ----

bool passage_receives(const struct passage *passage) {
    return passage->receives;
}

bool passage_value(struct passage *passage, void *value, size_t size) {
    if (!passage->receives) {
        return file_write_all(passage->file, value, size);
    }
    bool good = file_read_all(passage->file, value, size);
    passage->cause = good ? 0 : errno;
    return good;
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
        *array = bytes == 0 ? NULL : memory_allocate(elements, size);
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
static bool limit_memory(uint64_t bytes) {
    (void)bytes;
    return true;
}
static bool forbid_system_calls(void) {
    return true;
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

// Not beyond a limit that is there already, though a superuser may go there.
static bool limit_memory(uint64_t bytes) {
    uint64_t now = memory_now();
    struct rlimit limit;
    bool good = now != 0 && getrlimit(RLIMIT_AS, &limit) == 0;
    if (good && limit.rlim_cur > now + bytes) {
        limit = (struct rlimit){.rlim_cur = now + bytes, .rlim_max = now + bytes};
        good = setrlimit(RLIMIT_AS, &limit) == 0;
    }
    close(STDERR_FILENO); // what the allocator would say, the parent says
    return good;
}

// valgrind lives in the same process and needs more.
static bool under_valgrind(void) {
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "/vgpreload_") != NULL;
}

// Memory, the pipe and the end: everything else fails with EPERM. False where the kernel has no
// seccomp: there the limits alone must do.
static bool forbid_system_calls(void) {
    static const int allowed[] = {
        SCMP_SYS(write),       SCMP_SYS(mmap),    SCMP_SYS(munmap),       SCMP_SYS(mremap),
        SCMP_SYS(brk),         SCMP_SYS(madvise), SCMP_SYS(exit_group),   SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(gettid),      SCMP_SYS(getpid),  SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime),
        SCMP_SYS(rt_sigaction)};
    if (under_valgrind()) {
        return true;
    }
    bool good = false;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    for (size_t i = 0; filter != NULL && i < sizeof allowed / sizeof allowed[0]; i++) {
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    }
    if (filter != NULL) { // it may signal itself, as abort() does, and wake, but never wait
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(futex), 1,
                         SCMP_A1(SCMP_CMP_EQ, FUTEX_WAKE_PRIVATE, 0));
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                         SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
        good = seccomp_load(filter) == 0;
        seccomp_release(filter);
    }
    return good;
}
#endif

// The library's own crash is the file's fault: it happens again and again. A signal from outside is
// not, nor is a step into memory that was not to be had.
enum { FAULTS_MAX = 100 };
static volatile sig_atomic_t faults;

static void note_crash(int number, siginfo_t *cause, void *context) {
    (void)context;
    bool is_sent = cause->si_code <= 0;
    if (is_sent && cause->si_pid != getpid()) {
        _exit(EXIT_KILLED);
    }
    if (errno == ENOMEM) {
        _exit(STATUS_NO_MEMORY);
    }
    faults++;
    if (is_sent || faults > FAULTS_MAX) {
        signal(number, SIG_DFL);
    }
    if (is_sent) {
        raise(number);
    }
}

static bool is_crash(int number) {
    return number == SIGSEGV || number == SIGABRT || number == SIGFPE || number == SIGILL;
}

static void watch_crashes(void) {
    struct sigaction action = {.sa_sigaction = note_crash, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    for (int number = 1; number < SIGRTMIN; number++) {
        if (is_crash(number) || number == SIGBUS) {
            sigaction(number, &action, NULL);
        }
    }
}

// CPU time: that of the task, if the process is allowed so much.
static unsigned seconds_of(const struct confined_task *task) {
    struct rlimit limit;
    bool is_less = getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur < task->seconds_max;
    return is_less ? (unsigned)limit.rlim_cur : task->seconds_max;
}

static void confine(const struct confined_task *task, struct answer *answer) {
    struct rlimit seconds = {.rlim_cur = seconds_of(task), .rlim_max = seconds_of(task)};
    struct rlimit no_dump = {0};
    setrlimit(RLIMIT_CPU, &seconds);
    setrlimit(RLIMIT_CORE, &no_dump);
    watch_crashes();
    answer->is_limited = limit_memory(task->memory_max);
    answer->is_filtered = forbid_system_calls();
}

static _Noreturn void answer_as_child(const struct confined_task *task, int out) {
    struct answer answer;
    memset(&answer, 0, sizeof answer);
    struct passage passage = {.file = out};
    confine(task, &answer);
    errno = 0; // see note_crash
    answer.status = task->work(task->context, &answer.error);
    bool sent = passage_value(&passage, &answer, sizeof answer);
    if (sent && answer.status == STATUS_OK && task->pass != NULL) {
        sent = task->pass(task->context, &passage);
    }
    _exit(sent ? STATUS_OK : STATUS_IO);
}

// ---- the parent ----

// Whether this process could have so much more memory: if not, what the child lacked is the host's.
static bool is_memory_there(uint64_t bytes) {
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, bytes) == 0;
}

static enum status lack_memory(const struct confined_task *task, struct error *error) {
    return error_set(error, STATUS_NO_MEMORY,
                     "%s: cannot be read: reading it may take %llu MB of memory, and there is not "
                     "so much for this process (ulimit -v)",
                     task->name, (unsigned long long)(task->memory_max / 1000000));
}

// sentence: NULL, or what the work has found.
static enum status explain_memory(const struct confined_task *task, const char *sentence,
                                  struct error *error) {
    if (!is_memory_there(task->memory_max)) {
        return lack_memory(task, error);
    }
    return sentence != NULL
               ? error_set(error, STATUS_BAD_DATA, "%s", sentence)
               : error_set(error, STATUS_BAD_DATA,
                           "%s: truncated or damaged HDF5 file: reading it takes more than %llu "
                           "MB of memory",
                           task->name, (unsigned long long)(task->memory_max / 1000000));
}

static enum status explain_kill(const struct confined_task *task, const char *by,
                                struct error *error) {
    return error_set(error, STATUS_NO_MEMORY,
                     "%s: cannot be read: the process that reads it was ended from outside%s%s "
                     "(where memory runs out, the system ends processes)",
                     task->name, by[0] == 0 ? "" : ": ", by);
}

static enum status explain_exit(const struct confined_task *task, int code, struct error *error) {
    switch (code) {
    case STATUS_INTERNAL:
        return error_set(error, STATUS_INTERNAL, "%s: reading it has failed", task->name);
    case STATUS_NO_MEMORY:
        return explain_memory(task, NULL, error);
    case STATUS_IO:
        return error_set(error, STATUS_IO,
                         "%s: cannot be read: the process that reads it cannot pass it on",
                         task->name);
    case EXIT_KILLED:
        return explain_kill(task, "", error);
    default:
        return error_set(error, STATUS_BAD_DATA,
                         "%s: truncated or damaged HDF5 file: reading it gives no sensible answer",
                         task->name);
    }
}

// With the soft limit at the hard one, the kernel kills at once.
static enum status explain_seconds(const struct confined_task *task, struct error *error) {
    unsigned seconds = seconds_of(task);
    return seconds < task->seconds_max
               ? error_set(error, STATUS_NO_MEMORY,
                           "%s: cannot be read: it takes more than %u s of CPU time, and this "
                           "process may have no more (ulimit -t)",
                           task->name, seconds)
               : error_set(error, STATUS_BAD_DATA,
                           "%s: truncated or damaged HDF5 file: reading it does not end",
                           task->name);
}

static enum status explain_signal(const struct confined_task *task, int number, double cpu_seconds,
                                  struct error *error) {
    bool was_long = cpu_seconds > 0.8 * seconds_of(task);
    if (was_long && (number == SIGXCPU || number == SIGKILL)) {
        return explain_seconds(task, error);
    }
    if (number == SIGPIPE) { // this process did not want to hear more
        return explain_exit(task, STATUS_OK, error);
    }
    if (number == SIGBUS) { // a page of the file
        return error_set(error, STATUS_IO,
                         "%s: cannot be read to its end: the disk fails, or another program has "
                         "cut the file off meanwhile",
                         task->name);
    }
    if (!is_crash(number)) {
        return explain_kill(task, strsignal(number), error);
    }
    if (!is_memory_there(task->memory_max)) {
        return lack_memory(task, error);
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: truncated or damaged HDF5 file: the HDF5 library crashes on it (%s)",
                     task->name, strsignal(number));
}

// A status that work may have; a child that was led astray may send anything.
static bool known_failure(enum status status) {
    return status == STATUS_BAD_DATA || status == STATUS_NO_INPUT || status == STATUS_NO_MEMORY ||
           status == STATUS_IO;
}

// Takes all that the child has to say. False: it has not said it to the end.
static bool listen(const struct confined_task *task, struct passage *passage,
                   struct answer *answer) {
    if (!passage_value(passage, answer, sizeof *answer)) {
        return false;
    }
    answer->error.message[sizeof answer->error.message - 1] = 0;
    if (answer->status != STATUS_OK) {
        return known_failure(answer->status);
    }
    return task->pass == NULL || task->pass(task->context, passage);
}

// How the child has ended, when it has not said all.
struct child_end {
    bool known;
    int status; // of wait4
    double cpu_seconds;
};

static struct child_end wait_for(pid_t child) {
    struct child_end end = {0};
    struct rusage usage;
    pid_t ended = -1;
    do {
        ended = wait4(child, &end.status, 0, &usage);
    } while (ended < 0 && errno == EINTR);
    end.known = ended == child;
    if (end.known) {
        end.cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return end;
}

static enum status explain_silence(const struct confined_task *task, const struct passage *passage,
                                   const struct child_end *end, struct error *error) {
    if (passage->cause != 0) {
        return error_set(error, status_of_cause(passage->cause),
                         "%s: cannot be read: the process that reads it is not to be heard: %s",
                         task->name, strerror(passage->cause));
    }
    if (!end->known) { // where SIGCHLD is ignored
        return explain_kill(task, "", error);
    }
    return WIFSIGNALED(end->status)
               ? explain_signal(task, WTERMSIG(end->status), end->cpu_seconds, error)
               : explain_exit(task, WEXITSTATUS(end->status), error);
}

static enum status take_answer(const struct confined_task *task, struct answer *answer,
                               struct error *error) {
    if (answer->status == STATUS_NO_MEMORY) {
        return explain_memory(task, answer->error.message, error);
    }
    if (answer->status != STATUS_OK && error != NULL) {
        *error = answer->error;
        error->status = answer->status;
    }
    return answer->status;
}

// Once, in this process and in those that it starts: a variable of the environment says that it has
// been told.
static void tell_weakness(const struct answer *answer) {
    static const char told[] = "DESGD_TOLD_OF_PROTECTION";
    if ((answer->is_filtered && answer->is_limited) || getenv(told) != NULL) {
        return;
    }
    fprintf(stderr,
            "desgd: note: files of strangers are read without their full protection:%s%s%s\n",
            answer->is_filtered ? "" : " this system has no seccomp",
            answer->is_filtered || answer->is_limited ? "" : ", and",
            answer->is_limited ? "" : " memory cannot be limited without /proc");
    setenv(told, "1", 1);
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
    fflush(NULL); // what is buffered is not to be written twice
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer_as_child(task, ends[1]);
    }
    int cause = errno; // of fork
    close(ends[1]);
    errno = cause;
    if (child < 0) {
        enum status status = no_child(task, error);
        close(ends[0]);
        return status;
    }
    struct answer answer;
    struct passage passage = {.file = ends[0], .receives = true, .memory_left = task->memory_max};
    bool heard = listen(task, &passage, &answer);
    close(ends[0]); // a child that still has something to say ends by SIGPIPE
    struct child_end end = wait_for(child);
    if (!heard) {
        return explain_silence(task, &passage, &end, error);
    }
    tell_weakness(&answer);
    return take_answer(task, &answer, error);
}
