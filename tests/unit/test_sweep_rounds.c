// SPDX-License-Identifier: GPL-3.0-or-later
// A sweep that is asked for other rounds than its file says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/sweep/sweep_plan.h"
#include "tests/support/scratch.h"

// Eleven cells, two rounds.
static const char *write_sweep(void *const *state, char path[SCRATCH_PATH_SIZE]) {
    FILE *file = fopen(scratch_path(state, "base.yaml", path), "w");
    assert_non_null(file);
    assert_true(fputs("seed: 10\npolicy: {name: hybrid}\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    file = fopen(scratch_path(state, "sweep.yaml", path), "w");
    assert_non_null(file);
    assert_true(fputs("scenario: base.yaml\n"
                      "vary: {training.batch: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}\n"
                      "rounds: 2\n",
                      file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

// Five rounds before breakfast and fifteen more later would be two plans with nothing in common.
static void sweep_rounds__more_than_the_file_says__begin_with_its_runs(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct sweep_plan *more = NULL;
    write_sweep(state, path);
    assert_int_equal(sweep_plan_read(path, NULL, 0, &plan, NULL), STATUS_OK);
    assert_int_equal(sweep_plan_read_rounds(path, NULL, 0, 5, &more, NULL), STATUS_OK);
    assert_int_equal(sweep_plan_run_count(plan), 22);
    assert_int_equal(sweep_plan_run_count(more), 55);
    assert_int_equal(sweep_plan_round_count(more), 5);
    for (size_t i = 0; i < sweep_plan_run_count(plan); i++) {
        assert_string_equal(sweep_plan_run(plan, i)->text, sweep_plan_run(more, i)->text);
    }
    sweep_plan_destroy(more);
    sweep_plan_destroy(plan);
}

// Ten thousand rounds of eleven cells would be planned, and then fill the disk.
static void sweep_rounds__too_many_runs__are_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    write_sweep(state, path);
    assert_int_equal(sweep_plan_read_rounds(path, NULL, 0, SWEEP_ROUNDS_MAX, &plan, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "11 cells times 10000 rounds"));
    assert_null(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep_rounds__more_than_the_file_says__begin_with_its_runs,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_rounds__too_many_runs__are_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_rounds", tests, NULL, NULL);
}
