// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as a user meets it. Each folder tests/cli/CASE with a file "cmd" is a test: cmd
// is run by sh from the top, with $DESGD the program, $TOOLS the folder of what is built for these
// tests besides, and $TMP an empty folder that is removed afterwards, whose name is as long for
// every $TMPDIR of less than TMP_LENGTH - 20 letters: texts are wrapped. What it prints must be
// stdout.exact and stderr.exact (where there are such files) and its exit status exit.exact (0
// without). In both texts the folder reads "$TMP" and the program "desgd". DESGD_CLI_ACCEPT=1
// ("make cli-accept") writes these files instead: those that are there, and all of a new case.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/scratch.h"

enum { CASES_MAX = 256, NAME_SIZE = 256, PATH_SIZE = 512, SECONDS_MAX = 300, TMP_LENGTH = 200 };

static const char cases_folder[] = "tests/cli";

static const char *program(void) {
    const char *path = getenv("DESGD");
    return path != NULL ? path : "build/desgd";
}

static void redirect(int stream, const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, stream) < 0) {
        _exit(126);
    }
    close(file);
}

// A folder below "scratch", so that its name has TMP_LENGTH letters; scratch itself if it is too
// long.
static void make_tmp(const char *scratch, char tmp[PATH_SIZE]) {
    int length = snprintf(tmp, PATH_SIZE, "%s/", scratch);
    assert_in_range(length, 1, PATH_SIZE - 1);
    if (length < TMP_LENGTH) {
        memset(tmp + length, 'x', (size_t)(TMP_LENGTH - length));
        tmp[TMP_LENGTH] = 0;
        assert_int_equal(mkdir(tmp, 0777), 0);
    }
}

// Where this program itself is.
static void set_tools(void) {
    char path[PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        _exit(126);
    }
    *slash = 0;
    setenv("TOOLS", path, 1);
}

// Runs the case's cmd with its output in files of the folder "captured"; returns the exit status.
static int run_command(const char *name, const char *tmp, const char *captured) {
    char path[PATH_SIZE];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        snprintf(path, sizeof path, "%s/stdout", captured);
        redirect(STDOUT_FILENO, path);
        snprintf(path, sizeof path, "%s/stderr", captured);
        redirect(STDERR_FILENO, path);
        alarm(SECONDS_MAX);
        setenv("DESGD", program(), 1);
        setenv("TMP", tmp, 1);
        set_tools();
        snprintf(path, sizeof path, "%s/%s/cmd", cases_folder, name);
        execlp("sh", "sh", path, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The text of a file with every "from" replaced by "to"; the caller frees it.
static char *replaced(char *text, const char *from, const char *to) {
    char *result = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&result, &size);
    assert_non_null(stream);
    const char *at = text;
    for (const char *hit = strstr(at, from); hit != NULL; hit = strstr(at, from)) {
        fwrite(at, 1, (size_t)(hit - at), stream);
        fputs(to, stream);
        at = hit + strlen(from);
    }
    fputs(at, stream);
    fclose(stream);
    free(text);
    return result;
}

static char *read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, 0, file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int show_difference(const char *exact, const char *actual, const char *captured) {
    char command[3 * PATH_SIZE];
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/compared", captured);
    write_text(path, actual);
    snprintf(command, sizeof command, "diff -u --label expected --label printed '%s' '%s' >&2",
             exact, path);
    fprintf(stderr, "%s:\n", exact);
    (void)!system(command);
    return 1;
}

// Compares with NAME/WHAT.exact, or writes that. Returns the number of differences.
static int check_output(const char *name, const char *what, const char *actual, int new_case,
                        const char *captured) {
    char exact[PATH_SIZE];
    snprintf(exact, sizeof exact, "%s/%s/%s.exact", cases_folder, name, what);
    char *expected = read_text(exact);
    if (getenv("DESGD_CLI_ACCEPT") != NULL) {
        if (new_case || expected != NULL) {
            write_text(exact, actual);
        }
        free(expected);
        return 0;
    }
    int differences = 0;
    if (expected != NULL && strcmp(expected, actual) != 0) {
        differences = show_difference(exact, actual, captured);
    }
    if (expected == NULL && strcmp(what, "exit") == 0 && strcmp(actual, "0\n") != 0) {
        fprintf(stderr, "%s/%s: exit status %s", cases_folder, name, actual);
        differences = 1;
    }
    free(expected);
    return differences;
}

static char *captured_text(const char *captured, const char *what, const char *tmp) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", captured, what);
    char *text = read_text(path);
    assert_non_null(text);
    return replaced(replaced(text, tmp, "$TMP"), program(), "desgd");
}

static int is_new_case(const char *name) {
    static const char *const kinds[] = {"stdout", "stderr", "exit"};
    for (size_t i = 0; i < 3; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s/%s.exact", cases_folder, name, kinds[i]);
        if (access(path, F_OK) == 0) {
            return 0;
        }
    }
    return 1;
}

// A case that fails means that a user sees something else than what was agreed.
static void command_line__case__print_what_was_agreed(void **state) {
    const char *name = *state;
    void *scratch = NULL;
    void *captured = NULL;
    char tmp[PATH_SIZE];
    assert_int_equal(scratch_setup(&scratch), 0);
    assert_int_equal(scratch_setup(&captured), 0);
    make_tmp(scratch, tmp);
    char exit_text[16];
    snprintf(exit_text, sizeof exit_text, "%d\n", run_command(name, tmp, captured));
    int new_case = is_new_case(name);
    char *out = captured_text(captured, "stdout", tmp);
    char *err = captured_text(captured, "stderr", tmp);
    int differences = check_output(name, "stdout", out, new_case, captured);
    differences += check_output(name, "stderr", err, new_case, captured);
    differences += check_output(name, "exit", exit_text, new_case, captured);
    if (differences > 0) {
        fprintf(stderr, "%s/%s printed on stderr:\n%s", cases_folder, name, err);
    }
    free(out);
    free(err);
    scratch_teardown(&scratch);
    scratch_teardown(&captured);
    assert_int_equal(differences, 0);
}

static int is_case(const struct dirent *entry) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s/cmd", cases_folder, entry->d_name);
    return entry->d_name[0] != '.' && access(path, R_OK) == 0;
}

// Of all cases, or of those whose name is like the argument ("sweep_*").
int main(int argument_count, char **arguments) {
    static char names[CASES_MAX][NAME_SIZE];
    static struct CMUnitTest tests[CASES_MAX];
    struct dirent **entries = NULL;
    int count = scandir(cases_folder, &entries, is_case, alphasort);
    if (count <= 0 || count > CASES_MAX) {
        fprintf(stderr, "%s: between 1 and %d cases were expected\n", cases_folder, CASES_MAX);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        snprintf(names[i], NAME_SIZE, "%s", entries[i]->d_name);
        free(entries[i]);
        tests[i] = (struct CMUnitTest){names[i], command_line__case__print_what_was_agreed, NULL,
                                       NULL, names[i]};
    }
    free(entries);
    if (argument_count > 1) {
        cmocka_set_test_filter(arguments[1]);
    }
    return _cmocka_run_group_tests("command_line", tests, (size_t)count, NULL, NULL);
}
