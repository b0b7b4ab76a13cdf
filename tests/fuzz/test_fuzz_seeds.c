// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs kept in tests/fuzz/seeds, among them what the fuzzers once found, without libFuzzer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "tests/support/fuzz_seeds.h"
#include "tests/support/fuzz_target.h"
#include "tests/support/scratch.h"

enum { INPUT_BYTES_MAX = 1 << 20 };

static void run_file(const struct fuzz_target *target, const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = memory_allocate(INPUT_BYTES_MAX, 1);
    size_t size = fread(bytes, 1, INPUT_BYTES_MAX, file);
    assert_in_range(size, 0, INPUT_BYTES_MAX - 1);
    fclose(file);
    uint8_t *exact = memory_allocate(size, 1); // so that a sanitizer sees a byte too far
    memcpy(exact, bytes, size);
    target->run(exact, size);
    memory_free(exact);
    memory_free(bytes);
}

static size_t run_folder(const struct fuzz_target *target, const char *folder) {
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        fail_msg("%s: no such folder", folder);
    }
    size_t count = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char path[SCRATCH_PATH_SIZE];
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            run_file(target, path);
            count++;
        }
    }
    closedir(stream);
    return count;
}

// What a fuzzer has found once must not come back: each input ends in an answer, not in a crash.
static void fuzz__kept_inputs__are_answered(void **state) {
    (void)state;
    for (size_t i = 0; i < fuzz_target_count; i++) {
        char folder[SCRATCH_PATH_SIZE];
        snprintf(folder, sizeof folder, "tests/fuzz/seeds/%s", fuzz_targets[i].name);
        assert_true(run_folder(&fuzz_targets[i], folder) > 0);
    }
}

// The fuzzers' first inputs, which are made from logs, must be answered everywhere the tests run.
static void fuzz__generated_inputs__are_answered(void **state) {
    for (size_t i = 0; i < fuzz_target_count; i++) {
        fuzz_seeds_write(fuzz_targets[i].name, *state);
        (void)run_folder(&fuzz_targets[i], *state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fuzz__kept_inputs__are_answered),
        cmocka_unit_test_setup_teardown(fuzz__generated_inputs__are_answered, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("fuzz_seeds", tests, NULL, NULL);
}
