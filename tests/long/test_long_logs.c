// SPDX-License-Identifier: GPL-3.0-or-later
// A log of some million events: to write it, what is told of it and what it comes to take little
// memory, whatever its length.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/scratch.h"

static const char scenario[] = "end: %d s\n"
                               "model: none\n"
                               "policy: {name: async}\n"
                               "cluster:\n"
                               "  workers: 25\n"
                               "  compute: {law: exponential, mean: 400 ms}\n"
                               "  server: {receive: 1 us, update: 1 us}\n";

// $DESGD is the program.
static void desgd(const char *arguments, const char *log) {
    char command[3 * SCRATCH_PATH_SIZE];
    assert_non_null(getenv("DESGD"));
    snprintf(command, sizeof command, "\"$DESGD\" %s '%s' >/dev/null", arguments, log);
    assert_int_equal(system(command), 0);
}

// The words that run so many seconds.
static const char *words_to_run(void **state, int seconds, const char *option,
                                char words[2 * SCRATCH_PATH_SIZE]) {
    char path[SCRATCH_PATH_SIZE];
    FILE *file = fopen(scratch_path(state, "a.yaml", path), "w");
    assert_non_null(file);
    fprintf(file, scenario, seconds);
    assert_int_equal(fclose(file), 0);
    snprintf(words, 2 * SCRATCH_PATH_SIZE, "run '%s' --quiet %s", path, option);
    return words;
}

// KB of memory and seconds of work that a command takes, in all its processes.
struct cost {
    long kilobytes;
    double seconds;
};

static double seconds_of(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

// In a child of its own: what its children have taken is theirs alone.
static struct cost cost_of(const char *arguments, const char *log) {
    struct cost cost = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rusage usage;
        desgd(arguments, log);
        getrusage(RUSAGE_CHILDREN, &usage);
        cost =
            (struct cost){usage.ru_maxrss, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)};
        _exit(write(ends[1], &cost, sizeof cost) == (ssize_t)sizeof cost ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], &cost, sizeof cost), sizeof cost);
    close(ends[0]);
    close(ends[1]);
    print_message("%s: %.2f s of work, %ld MB\n", arguments, cost.seconds, cost.kilobytes / 1024);
    return cost;
}

// If it failed, a look at the beginning of a long run would take as long as reading all of it, and
// more memory than a laptop has.
static void long_log__tell_and_info__take_little_memory(void **state) {
    enum { MOST_KB = 50 * 1024, MOST_S = 2 }; // on any machine, busy or not
    char log[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", log);
    char words[2 * SCRATCH_PATH_SIZE];
    desgd(words_to_run(state, 16000, "-o", words), log); // 6 million events
    struct cost told = cost_of("tell --to '1 s'", log);
    struct cost summed = cost_of("info", log);
    assert_true(told.kilobytes < MOST_KB && summed.kilobytes < MOST_KB);
    assert_true(told.seconds < MOST_S && summed.seconds < MOST_S);
}

// If it failed, the longer a run, the more memory its log would take when all has been computed.
static void long_log__twice_as_long__is_written_in_the_same_memory(void **state) {
    enum { MOST_KB = 60 * 1024, MOST_MORE_KB = 4 * 1024, MOST_TIMES = 6 };
    char words[2 * SCRATCH_PATH_SIZE];
    char log[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", log);
    struct cost once = cost_of(words_to_run(state, 16000, "-o", words), log);
    struct cost twice = cost_of(words_to_run(state, 32000, "-o", words), log);
    struct cost without = cost_of(words_to_run(state, 32000, "--seed", words), "1");
    assert_true(twice.kilobytes < MOST_KB);
    assert_true(twice.kilobytes - once.kilobytes < MOST_MORE_KB);
    assert_true(twice.seconds < MOST_TIMES * without.seconds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(long_log__tell_and_info__take_little_memory, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(long_log__twice_as_long__is_written_in_the_same_memory,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("long_logs", tests, NULL, NULL);
}
