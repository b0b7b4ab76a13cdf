// SPDX-License-Identifier: GPL-3.0-or-later
// How much memory a run holds at most, measured on the program itself: versions of the parameters
// are shared, and gradients do not wait in memory for each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/scratch.h"
#include "tests/support/skip.h"

static const char scenario_text[] =
    "model: cifar_cnn\ndata: {name: cifar10, shards: whole}\n"
    "policy: {name: async}\n"
    "evaluation: {every: 2 s, test_samples: 256, train_samples: 64}\n";

#ifdef __SANITIZE_ADDRESS__
static const bool measures_nothing = true;
#else
static const bool measures_nothing = false;
#endif

// Nothing but times, with workers that hardly ever ask the server.
static const char cached_text[] = "model: none\nlog: {events: false}\n"
                                  "policy: {name: ssp, slack: 50, read: cached}\n"
                                  "cluster: {compute: {law: exponential, mean: 100 ms}}\n";

// The most resident memory, in MB, of a run of the text with these settings, on so many threads and
// with a log.
static double resident_mb_of(void *const *state, const char *text, const char *threads,
                             const char *policy, const char *workers, const char *end) {
    const char *program = getenv("DESGD");
    char scenario[SCRATCH_PATH_SIZE];
    char output[SCRATCH_PATH_SIZE];
    FILE *file = fopen(scratch_path(state, "run.yaml", scenario), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    scratch_path(state, "run.h5", output);
    program = program == NULL ? "build/desgd" : program;
    if (measures_nothing) {
        skip_because("a sanitizer's memory is not the program's");
    }
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, "run", scenario, "--threads", threads, "--quiet", "-o", output,
              "--set", policy, "--set", workers, "--set", end, (char *)NULL);
        _Exit(127);
    }
    int status = 0;
    struct rusage usage;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_int_equal(status, 0);
    double megabytes = (double)usage.ru_maxrss * 1024 / 1e6;
    print_message("%s threads, %s, %s, %s: %.0f MB\n", threads, policy, workers, end, megabytes);
    return megabytes;
}

static double resident_mb(void *const *state, const char *threads, const char *policy,
                          const char *workers, const char *end) {
    return resident_mb_of(state, scenario_text, threads, policy, workers, end);
}

// The usual cluster with the largest net must fit on a laptop, data set included: the pixels of
// CIFAR-10 alone are 184 MB.
static void memory__of_25_asynchronous_workers__is_below_1_gb(void **state) {
    double megabytes =
        resident_mb(state, "2", "policy.name=async", "cluster.workers=25", "end=100 gradients");
    assert_true(megabytes > 184);
    assert_true(megabytes < 1000);
}

// On a host with many cores, too: what 25 workers cannot use at once is not held for 64 threads.
static void memory__of_64_threads__is_below_1_gb(void **state) {
    double few =
        resident_mb(state, "2", "policy.name=async", "cluster.workers=4", "end=20 gradients");
    double many =
        resident_mb(state, "64", "policy.name=async", "cluster.workers=4", "end=20 gradients");
    double usual =
        resident_mb(state, "64", "policy.name=async", "cluster.workers=25", "end=100 gradients");
    assert_true(usual < 1000);
    assert_true(many < few + 300); // 4 workers and 10 parts of an evaluation keep 14 busy
}

// 1,000 workers that wait for each other hold one version of the parameters, and a thousand
// gradients of 2.2 MB each are added up without a thousand places to keep them.
static void memory__of_1000_synchronous_workers__is_hardly_more_than_of_25(void **state) {
    double few = resident_mb(state, "2", "policy.name=sync", "cluster.workers=25", "end=2 updates");
    double many =
        resident_mb(state, "2", "policy.name=sync", "cluster.workers=1000", "end=1 updates");
    assert_true(many < few + 100);
}

// A worker that goes on with what it has gets no reply: its gradient is over with the update, and
// its place is free, or a long run would take memory for each gradient that there ever was.
static void memory__of_workers_without_replies__does_not_grow_with_the_run(void **state) {
    double few = resident_mb_of(state, cached_text, "1", "policy.name=ssp", "cluster.workers=25",
                                "end=20000 gradients");
    double many = resident_mb_of(state, cached_text, "1", "policy.name=ssp", "cluster.workers=25",
                                 "end=200000 gradients");
    assert_true(many < few + 50); // a gradient's place takes more than 500 bytes: 90 MB
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory__of_25_asynchronous_workers__is_below_1_gb,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(memory__of_64_threads__is_below_1_gb, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            memory__of_1000_synchronous_workers__is_hardly_more_than_of_25, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(
            memory__of_workers_without_replies__does_not_grow_with_the_run, scratch_setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
