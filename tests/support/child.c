// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void read_all(int file, char *text, size_t size) {
    size_t used = 0;
    char spill[512];
    for (;;) {
        size_t room = size - 1 - used;
        ssize_t got = read(file, room > 0 ? text + used : spill, room > 0 ? room : sizeof spill);
        if (got <= 0) {
            break;
        }
        used += room > 0 ? (size_t)got : 0;
    }
    text[used] = 0;
}

int child_exit_status(void (*action)(void *context), void *context, char *text, size_t size) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        action(context);
        _exit(0);
    }
    close(ends[1]);
    read_all(ends[0], text, size);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
