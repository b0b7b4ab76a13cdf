// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_opened: the catalogue's data sets are read and checked once for all runs of a sweep.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/data/dataset.h"
#include "sim/run/data_folder.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_opened.h"
#include "sim/sweep/sweep_process.h"
#include "tests/support/scratch.h"

static struct scenario scenario_of(const char *text) {
    struct scenario scenario;
    struct error error = {0};
    if (scenario_parse("s.yaml", text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

static struct scenario mnist(void) {
    return scenario_of("{model: mnist_ray, data: {name: mnist}, end: 1 s, policy: {name: sync},\n"
                       " training: {batch: 1}, cluster: {workers: 1, compute: 1 s},\n"
                       " evaluation: {every: 1 s, test_samples: 1, train_samples: 0}}");
}

static const char *const mnist_files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                          "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

// A folder of data sets of its own with links to MNIST's files.
static void link_mnist(void *const *state) {
    char from[PATH_MAX];
    char folder[PATH_MAX];
    char to[SCRATCH_PATH_SIZE];
    assert_non_null(realpath(data_folder(NULL), folder));
    assert_int_equal(mkdir(scratch_path(state, "mnist", to), 0777), 0);
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "mnist/%s", mnist_files[i]);
        assert_true(snprintf(from, sizeof from, "%.4000s/%s", folder, name) > 0);
        assert_int_equal(symlink(from, scratch_path(state, name, to)), 0);
    }
}

static void unlink_mnist(void *const *state) {
    char path[SCRATCH_PATH_SIZE];
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "mnist/%s", mnist_files[i]);
        assert_int_equal(unlink(scratch_path(state, name, path)), 0);
    }
}

// Reading a set for each run again would take longer than a small run.
static void sweep_opened_find__the_same_set__is_read_once(void **state) {
    struct sweep_opened opened = {0};
    struct scenario scenario = mnist();
    link_mnist(state);
    struct dataset **first = sweep_opened_find(&opened, &scenario, *state);
    assert_non_null(first);
    assert_string_equal(dataset_describe(*first)->name, "mnist");
    unlink_mnist(state);
    assert_ptr_equal(sweep_opened_find(&opened, &scenario, *state), first);
    sweep_opened_close(&opened);
    assert_null(sweep_opened_find(&opened, &scenario, *state)); // nothing was kept
    sweep_opened_close(&opened);
}

// A user's own file may change between two runs, and the log of each says what it held.
static void sweep_opened_find__no_set_of_the_catalogue__is_nothing(void **state) {
    static const char *const texts[] = {"{model: none}", "{model: softmax, data: {name: random}}",
                                        "{model: softmax, data: {name: file, path: mine}}",
                                        "{model: quadratic}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sweep_opened opened = {0};
        struct scenario scenario = scenario_of(texts[i]);
        assert_null(sweep_opened_find(&opened, &scenario, *state));
        assert_int_equal(opened.count, 0);
    }
}

static int run_one(void *const *state, const struct scenario *scenario, struct dataset **opened,
                   char text[SWEEP_FAILURE_SIZE]) {
    sigset_t mask;
    int end = 0;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    struct sweep_job job = {.scenario = scenario,
                            .run = scenario_hash(scenario),
                            .folder = *state,
                            .data_folder = *state,
                            .opened_data = opened,
                            .threads = 1,
                            .signals = &mask};
    struct sweep_process process = {0};
    assert_int_equal(sweep_process_start(&job, &process, NULL), STATUS_OK);
    assert_true(waitpid(process.pid, &end, 0) == process.pid);
    sweep_process_end(&process, text, SWEEP_FAILURE_SIZE);
    return WEXITSTATUS(end);
}

// What happens to the files while a sweep is at work must not reach its runs.
static void sweep_process__set_is_open__needs_no_files(void **state) {
    char text[SWEEP_FAILURE_SIZE];
    struct sweep_opened opened = {0};
    struct scenario scenario = mnist();
    link_mnist(state);
    struct dataset **set = sweep_opened_find(&opened, &scenario, *state);
    unlink_mnist(state);
    if (run_one(state, &scenario, set, text) != STATUS_OK) {
        fail_msg("%s", text);
    }
    assert_non_null(*set); // it was taken over in the fork alone
    sweep_opened_close(&opened);
}

// A set that has changed must be found out, by the run that would be trained on it.
static void sweep_process__set_has_changed__is_told_by_the_run(void **state) {
    char text[SWEEP_FAILURE_SIZE];
    char path[SCRATCH_PATH_SIZE];
    char labels[10008] = {0, 0, 8, 1, 0, 0, 0x27, 0x10, 7};
    struct sweep_opened opened = {0};
    struct scenario scenario = mnist();
    link_mnist(state);
    assert_int_equal(unlink(scratch_path(state, "mnist/t10k-labels-idx1-ubyte", path)), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(labels, sizeof labels, 1, file), 1);
    fclose(file);
    struct dataset **set = sweep_opened_find(&opened, &scenario, *state);
    assert_null(set);
    assert_int_equal(run_one(state, &scenario, set, text), STATUS_BAD_DATA);
    assert_non_null(strstr(text, "t10k-labels-idx1-ubyte: wrong checksum"));
    sweep_opened_close(&opened);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(sweep_opened_find__the_same_set__is_read_once),
        IN_A_FOLDER(sweep_opened_find__no_set_of_the_catalogue__is_nothing),
        IN_A_FOLDER(sweep_process__set_is_open__needs_no_files),
        IN_A_FOLDER(sweep_process__set_has_changed__is_told_by_the_run),
    };
    return cmocka_run_group_tests_name("sweep_opened", tests, NULL, NULL);
}
