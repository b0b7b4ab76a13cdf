// SPDX-License-Identifier: GPL-3.0-or-later
// Counts of children for "make coverage": a process that ends by _exit writes none by itself, and
// one under a filter of system calls could not. Nor one whose limits a test has lowered: a file of
// counts that ends early makes all that is added to it later wrong. Linked in by --wrap, in that
// build alone: the program knows nothing of it.
#include <seccomp.h>
#include <stddef.h>
#include <sys/resource.h>

void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __real__Exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__Exit(int status);
int __wrap_seccomp_load(scmp_filter_ctx filter);

// Before gcov writes, which is last of all where a process returns from main.
__attribute__((destructor)) static void lift_limits(void) {
    static const __rlimit_resource_t lowered[] = {RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_AS};
    for (size_t i = 0; i < sizeof lowered / sizeof lowered[0]; i++) {
        struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
        if (setrlimit(lowered[i], &limit) != 0 && getrlimit(lowered[i], &limit) == 0) {
            limit.rlim_cur = limit.rlim_max; // not root: the hard limit stays
            (void)setrlimit(lowered[i], &limit);
        }
    }
}

_Noreturn void __wrap__exit(int status) {
    lift_limits();
    __gcov_dump();
    __real__exit(status);
}

_Noreturn void __wrap__Exit(int status) {
    lift_limits();
    __gcov_dump();
    __real__Exit(status);
}

// The filter is made and not put in force: it forbids to open the file of the counts.
int __wrap_seccomp_load(scmp_filter_ctx filter) {
    (void)filter;
    return 0;
}
