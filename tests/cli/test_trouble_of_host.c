// SPDX-License-Identifier: GPL-3.0-or-later
// Trouble of the host is no damage of a log: every command that reads logs is run without file
// descriptors, processes, memory or rights, with a reading child that somebody ends, and with a
// disk that fails. None may call a log damaged, change a file that was there, or do a finished run
// again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/fingerprint.h"
#include "sim/base/status.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"

enum { TEXT_SIZE = 65536, LINE_SIZE = 2048, SECONDS_MAX = 60, NOBODY = 65534 };

static const char scenario_text[] = "model: {name: quadratic, dimension: 4, noise: 0.1}\n"
                                    "end: 150 s\n"
                                    "policy: {name: hybrid, threshold: {every: 5}}\n"
                                    "evaluation: {every: 50 s}\n"
                                    "cluster: {workers: 3}\n";

static const char sweep_text[] =
    "scenario: base.yaml\nvary: {policy.name: [sync, async]}\nrounds: 2\n";

// Each works in the folder of the test. What they write anew goes to "new".
static const char *const commands[] = {
    "merge S",
    "sweep sweep.yaml -o S --quiet",
    "sweep sweep.yaml -o S --dry-run",
    "compare S",
    "compare a.h5 b.h5",
    "info a.h5",
    "replay a.h5",
    "diff a.h5 b.h5",
    "tell a.h5",
    "export a.h5 --table updates --csv",
    "figure curves S --keep new",
    "figure curves S -o new.svg",
    "run --from a.h5 --at 1s -o new/fork.h5 --quiet",
    "run base.yaml -o a.h5 --resume --quiet",
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

// How the host fails, for one run of the program.
struct trouble {
    const char *name;
    rlim_t files;
    rlim_t memory;
    rlim_t processes;
    bool nobody;        // as an ordinary user
    const char *strace; // its options, or NULL
};

struct end {
    int status; // 128 and the signal, if one ended it
    char text[TEXT_SIZE];
};

static const struct trouble none = {.name = "no trouble"};

static const char *program(void) {
    static char path[SCRATCH_PATH_SIZE];
    const char *named = getenv("DESGD");
    assert_non_null(realpath(named != NULL ? named : "build/desgd", path));
    return path;
}

static void limit(int resource, rlim_t most) {
    const struct rlimit limits = {.rlim_cur = most, .rlim_max = most};
    if (most != 0 && setrlimit((__rlimit_resource_t)resource, &limits) != 0) {
        _exit(126);
    }
}

// As nobody the program may stand where nobody may go: it is opened before.
static void become(const struct trouble *trouble, char **arguments) {
    extern char **environ;
    int file = open(arguments[0], O_RDONLY | O_CLOEXEC);
    if (trouble->nobody && getuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
        _exit(126);
    }
    limit(RLIMIT_NPROC, trouble->processes);
    limit(RLIMIT_AS, trouble->memory);
    alarm(SECONDS_MAX);
    limit(RLIMIT_NOFILE, trouble->files);
    fexecve(file, arguments, environ);
    _exit(126);
}

static void become_line(const struct trouble *trouble, const char *line) {
    enum { ARGUMENTS_MAX = 16 };
    char words[LINE_SIZE];
    char *arguments[ARGUMENTS_MAX] = {NULL};
    snprintf(words, sizeof words, "%s %s", program(), line);
    size_t count = 0;
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    become(trouble, arguments);
}

static void become_traced(const struct trouble *trouble, const char *line) {
    char shell[2 * LINE_SIZE];
    snprintf(shell, sizeof shell, "exec strace -f -qq -o /dev/null %s %s %s", trouble->strace,
             program(), line);
    alarm(SECONDS_MAX);
    execlp("sh", "sh", "-c", shell, (char *)NULL);
    _exit(126);
}

// Both streams go to one file, which the program need not open.
static void run(const char *folder, const struct trouble *trouble, const char *line,
                struct end *end) {
    char path[SCRATCH_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/out", folder);
    int out = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(out >= 0);
    const char *absolute = program();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("DESGD", absolute, 1);
        if (chdir(folder) != 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0) {
            _exit(126);
        }
        if (trouble->strace != NULL) {
            become_traced(trouble, line);
        }
        become_line(trouble, line);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ssize_t got = pread(out, end->text, TEXT_SIZE - 1, 0);
    end->text[got > 0 ? got : 0] = 0;
    close(out);
}

// ---- what must stay ----

static bool is_kept(const char *name) {
    static const char *const endings[] = {".h5", ".csv", ".tsv", ".yaml"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(name);
        size_t of_ending = strlen(endings[i]);
        // The table of a sweep that is made again has another date in it.
        if (length > of_ending && strcmp(name + length - of_ending, endings[i]) == 0 &&
            strcmp(name, "sweep.h5") != 0) {
            return true;
        }
    }
    return false;
}

static uint64_t hash_of_file(const char *path) {
    static char bytes[1 << 22];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return fingerprint_bytes(bytes, size);
}

// Of the names and bytes of the logs, tables and plans in a folder, in any order; *count is how
// many.
static uint64_t hash_of_folder(const char *folder, size_t *count) {
    char path[SCRATCH_PATH_SIZE + 300];
    uint64_t sum = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (is_kept(entry->d_name)) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            uint64_t name = fingerprint_bytes(entry->d_name, strlen(entry->d_name));
            sum += fingerprint_combine(name, hash_of_file(path));
            ++*count;
        }
    }
    closedir(stream);
    return sum;
}

static uint64_t hash_of_all(const char *folder) {
    char sweep[SCRATCH_PATH_SIZE + 16];
    size_t count = 0;
    snprintf(sweep, sizeof sweep, "%s/S", folder);
    uint64_t hash =
        fingerprint_combine(hash_of_folder(folder, &count), hash_of_folder(sweep, &count));
    assert_int_equal(count, 2 + 2 + 4 + 1 + 1); // scenarios, logs, runs, plan, table
    return hash;
}

// Without them the logs themselves must be read.
static void remove_records(const char *folder) {
    char path[SCRATCH_PATH_SIZE + 300];
    snprintf(path, sizeof path, "%s/S", folder);
    DIR *stream = opendir(path);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strstr(entry->d_name, ".record") != NULL) {
            assert_int_equal(unlinkat(dirfd(stream), entry->d_name, 0), 0);
        }
    }
    closedir(stream);
}

static void run_well(const char *folder, const char *line) {
    static struct end end;
    run(folder, &none, line, &end);
    if (end.status != 0) {
        fail_msg("%s: %d: %s", line, end.status, end.text);
    }
}

static int setup(void **state) {
    char path[SCRATCH_PATH_SIZE];
    int failed = scratch_setup(state);
    if (failed != 0) {
        return failed;
    }
    scratch_write(state, "base.yaml", scenario_text);
    scratch_write(state, "sweep.yaml", sweep_text);
    run_well(*state, "sweep sweep.yaml -o S --quiet");
    run_well(*state, "merge S --quiet");
    run_well(*state, "run base.yaml -o a.h5 --quiet");
    run_well(*state, "run base.yaml -o b.h5 --quiet");
    assert_int_equal(mkdir(scratch_path(state, "new", path), 0777), 0);
    assert_int_equal(chmod(path, 0777), 0); // nobody may write everywhere
    assert_int_equal(chmod(scratch_path(state, "S", path), 0777), 0);
    return chmod(*state, 0777);
}

// ---- the expectation ----

static void complain(const struct trouble *trouble, const char *line, const struct end *end,
                     const char *wrong) {
    fail_msg("%s (%d files, %d MB): desgd %s: %s\nexit status %d, and:\n%s", trouble->name,
             (int)trouble->files, (int)(trouble->memory >> 20), line, wrong, end->status,
             end->text);
}

// The loader itself may fail before anything of the program begins.
static bool is_of_host(const struct end *end) {
    bool is_loader = end->status == 127 && strstr(end->text, "shared librar") != NULL;
    return is_loader || end->status == STATUS_NO_INPUT || end->status == STATUS_NO_MEMORY ||
           end->status == STATUS_CANNOT_CREATE || end->status == STATUS_IO;
}

// Runs a command in trouble; its exit status.
static int try_command(const char *folder, const struct trouble *trouble, const char *line) {
    static const char *const lies[] = {"damaged", "truncated", "missing", "; it is replaced",
                                       "no log"};
    static struct end end;
    remove_records(folder);
    uint64_t before = hash_of_all(folder);
    run(folder, trouble, line, &end);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0] && strstr(line, "dry-run") == NULL; i++) {
        if (strstr(end.text, lies[i]) != NULL) {
            complain(trouble, line, &end, lies[i]);
        }
    }
    if (end.status != 0 && !is_of_host(&end)) {
        complain(trouble, line, &end, "another exit status than 66, 71, 73 or 74");
    }
    if (hash_of_all(folder) != before) {
        complain(trouble, line, &end, "files have changed");
    }
    if (end.status == 0 && strstr(line, "dry-run") != NULL &&
        strstr(end.text, "4 runs are done in S, 0 are missing") == NULL) {
        complain(trouble, line, &end, "runs that are done count as missing");
    }
    return end.status;
}

static void expect_failure(const char *folder, const struct trouble *trouble, int status) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int found = try_command(folder, trouble, commands[i]);
        bool is_output = status == STATUS_NO_INPUT && strstr(commands[i], "--resume") != NULL;
        if (found != (is_output ? STATUS_CANNOT_CREATE : status)) {
            fail_msg("%s: desgd %s: exit status %d", trouble->name, commands[i], found);
        }
    }
}

static void expect_nobody_here(const char *folder) {
    const struct trouble nobody = {.name = "an ordinary user", .nobody = true};
    static struct end end;
    run(folder, &nobody, "info a.h5", &end);
    if (end.status != 0) {
        skip_because("an ordinary user cannot reach the program or the folder of the test");
    }
}

// ---- the tests ----

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static void refuse_sanitizers(void) {
    skip_because("a sanitizer needs the files, the memory and the threads itself");
}
#else
static void refuse_sanitizers(void) {
}
#endif

// Each limit stops a command at another place.
static void no_descriptors__every_command__calls_no_log_damaged(void **state) {
    refuse_sanitizers();
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t failures = 0;
        struct trouble trouble = {.name = "few descriptors"};
        for (trouble.files = 4; trouble.files <= 9; trouble.files++) {
            failures += try_command(*state, &trouble, commands[i]) != 0;
        }
        assert_in_range(failures, 1, 5);
    }
}

// The least address space, in MB, with which the program can do anything.
static rlim_t least_memory(const char *folder) {
    static struct end end;
    struct trouble trouble = {.name = "least memory", .memory = (rlim_t)20 << 20};
    do {
        trouble.memory += (rlim_t)2 << 20;
        run(folder, &trouble, "list policies", &end);
        assert_true(trouble.memory < (rlim_t)1 << 30);
    } while (end.status != 0);
    return trouble.memory;
}

// From what the program begins with up to what reading a log takes.
static void little_memory__every_command__calls_no_log_damaged(void **state) {
    refuse_sanitizers();
    static const int megabytes[] = {-20, -2, 0, 1, 2, 3, 4, 6, 500};
    rlim_t least = least_memory(*state);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t failures = 0;
        for (size_t j = 0; j < sizeof megabytes / sizeof megabytes[0]; j++) {
            const struct trouble trouble = {.name = "little memory",
                                            .memory = least + ((rlim_t)megabytes[j] << 20)};
            failures += try_command(*state, &trouble, commands[i]) != 0;
        }
        assert_in_range(failures, 1, 8);
    }
}

// "ulimit -u 1": OpenBLAS would end the program for want of threads, and no log can be read.
static void no_processes__every_command__says_so(void **state) {
    refuse_sanitizers();
    expect_nobody_here(*state);
    const struct trouble trouble = {.name = "no processes", .nobody = true, .processes = 1};
    expect_failure(*state, &trouble, STATUS_NO_MEMORY);
    static struct end end;
    run(*state, &trouble, "info a.h5", &end);
    assert_int_equal(end.status, STATUS_NO_MEMORY);
    assert_non_null(strstr(end.text, "cannot start the process that reads it"));
}

static void change_modes(void *const *state, mode_t of_logs) {
    char path[SCRATCH_PATH_SIZE];
    char sweep[SCRATCH_PATH_SIZE];
    assert_int_equal(chmod(scratch_path(state, "a.h5", path), of_logs), 0);
    DIR *stream = opendir(scratch_path(state, "S", sweep));
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        size_t length = strlen(entry->d_name);
        if (length == 19 && strcmp(entry->d_name + 16, ".h5") == 0) {
            assert_int_equal(fchmodat(dirfd(stream), entry->d_name, of_logs, 0), 0);
        }
    }
    closedir(stream);
}

// Logs of somebody else's, and a folder in which names can be read but not followed.
static void no_permission__every_command__says_so(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    const struct trouble trouble = {.name = "no permission", .nobody = true};
    if (getuid() != 0) {
        skip_because("only the superuser can still look at the files afterwards");
    }
    expect_nobody_here(*state);
    change_modes(state, 0);
    expect_failure(*state, &trouble, STATUS_NO_INPUT);
    change_modes(state, 0644);
    assert_int_equal(chmod(scratch_path(state, "S", folder), 0744), 0);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int status = try_command(*state, &trouble, commands[i]);
        assert_int_equal(status, strstr(commands[i], " S") != NULL ? STATUS_NO_INPUT : 0);
    }
}

static void require_strace(const char *folder) {
    static struct end end;
    const struct trouble trouble = {.name = "strace", .strace = "-e trace=none"};
    run(folder, &trouble, "--version", &end);
    if (end.status != 0) {
        skip_because("strace is not there, or may not trace");
    }
}

// As the system does it when memory runs out, or an administrator.
static void killed_child__every_command__says_so(void **state) {
    refuse_sanitizers();
    require_strace(*state);
    const struct trouble killed = {.name = "KILL", .strace = "-e inject=seccomp:signal=KILL"};
    expect_failure(*state, &killed, STATUS_NO_MEMORY);
    static const char *const signals[] = {"TERM", "SEGV", "ABRT", "BUS", "XCPU", "HUP"};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        char options[64];
        snprintf(options, sizeof options, "-e inject=seccomp:signal=%s", signals[i]);
        const struct trouble trouble = {.name = signals[i], .strace = options};
        try_command(*state, &trouble, "merge S");
        try_command(*state, &trouble, "info a.h5");
    }
}

// The path of one of the sweep's logs.
static void find_log(void *const *state, char path[SCRATCH_PATH_SIZE + 300]) {
    char folder[SCRATCH_PATH_SIZE];
    DIR *stream = opendir(scratch_path(state, "S", folder));
    assert_non_null(stream);
    path[0] = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strlen(entry->d_name) == 19 && strcmp(entry->d_name + 16, ".h5") == 0) {
            snprintf(path, SCRATCH_PATH_SIZE + 300, "S/%s", entry->d_name);
        }
    }
    closedir(stream);
    assert_true(path[0] != 0);
}

// A disk that fails where the file begins, and where it is mapped.
static void failing_disk__every_command__is_status_74(void **state) {
    refuse_sanitizers();
    require_strace(*state);
    static const char *const calls[] = {"pread64", "mmap", "openat"};
    char log[SCRATCH_PATH_SIZE + 300];
    find_log(state, log);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char options[2 * LINE_SIZE];
        snprintf(options, sizeof options, "-P a.h5 -P %s -e inject=%s:error=EIO", log, calls[i]);
        const struct trouble trouble = {.name = calls[i], .strace = options};
        expect_failure(*state, &trouble, STATUS_IO);
    }
}

// Whoever reads strangers' files without the protection that the README promises must know, once.
static void no_seccomp__two_logs__is_said_once(void **state) {
    static const char note[] = "files of strangers are read without their full protection";
    refuse_sanitizers();
    require_strace(*state);
    const struct trouble trouble = {
        .name = "no seccomp",
        .strace = "-e inject=seccomp:error=EPERM -e inject=prctl:error=EPERM"};
    static struct end end;
    run(*state, &trouble, "diff a.h5 b.h5", &end);
    assert_int_equal(end.status, 0);
    const char *first = strstr(end.text, note);
    assert_non_null(first);
    assert_null(strstr(first + 1, note));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_descriptors__every_command__calls_no_log_damaged, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(little_memory__every_command__calls_no_log_damaged, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(no_processes__every_command__says_so, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(no_permission__every_command__says_so, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(killed_child__every_command__says_so, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(no_seccomp__two_logs__is_said_once, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(failing_disk__every_command__is_status_74, setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("trouble_of_host", tests, NULL, NULL);
}
