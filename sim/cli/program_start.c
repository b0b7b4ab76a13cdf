// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/program_start.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/base/status.h"
#include "sim/cli/interrupt.h"

// Of address space: what any command needs.
static const size_t START_BYTES = (size_t)32 << 20;

static void require_memory(void) {
    void *room =
        mmap(NULL, START_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        fprintf(stderr,
                "desgd: out of memory: %zu MB, which every command needs, are not to be had "
                "(ulimit -v)\n",
                START_BYTES >> 20);
        _exit(STATUS_NO_MEMORY);
    }
    munmap(room, START_BYTES);
}

static void start(void) {
    interrupt_begin();
    require_memory();
    signal(SIGXFSZ, SIG_IGN); // a file grown to its limit is an error of the write, not the end
    signal(SIGCHLD,
           SIG_DFL); // a parent that ignores it would keep the ends of our children from us
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
void program_start(void) {
    start();
}
#else
void program_start(void) {
}

// Not all of the C library has started here: the environment is as the system gives it.
static void start_before_libraries(int argc, char **argv, char **environment) {
    (void)argc;
    (void)argv;
    environ = environment;
    start();
}

// The loader calls what stands here before it starts any library.
__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(int, char **,
                                                            char **) = start_before_libraries;
#endif
