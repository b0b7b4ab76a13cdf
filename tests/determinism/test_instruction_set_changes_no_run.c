// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs by the program itself: one parameter fingerprint under every instruction set, and
// whatever functions the C library chooses for the CPU.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/kernels/isa.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"

static const char scenario_text[] =
    "seed: 5\nend: 40 gradients\nmodel: mnist_ray\ntraining: {batch: 33}\n"
    "policy: {name: hybrid, threshold: {schedule: step, every: 9}}\n"
    "cluster: {workers: 6, compute: {law: uniform, min: 80 ms, max: 120 ms}}\n"
    "evaluation: {every: 1 s, test_samples: 100, train_samples: 70}\n";

// The parameter fingerprint of a run of the program on this file with these settings before and
// options behind.
static uint64_t fingerprint_of_file(void *const *state, const char *settings, const char *scenario,
                                    const char *options) {
    const char *program = getenv("DESGD");
    char output[SCRATCH_PATH_SIZE];
    char command[4 * SCRATCH_PATH_SIZE];
    snprintf(command, sizeof command, "%s '%s' run '%s' -o '%s' --quiet %s", settings,
             program == NULL ? "build/desgd" : program, scenario,
             scratch_path(state, "run.h5", output), options);
    assert_int_equal(system(command), 0);
    struct runlog log = {0};
    struct error error = {0};
    assert_int_equal(runlog_read(output, &log, NULL, &error), STATUS_OK);
    uint64_t fingerprint = log.ending.parameter_fingerprint;
    assert_true(fingerprint != 0 && log.evaluation_count > 0);
    runlog_reset(&log);
    return fingerprint;
}

static uint64_t fingerprint_of_run(void *const *state, const char *settings, const char *options) {
    char scenario[SCRATCH_PATH_SIZE];
    FILE *file = fopen(scratch_path(state, "run.yaml", scenario), "w");
    assert_non_null(file);
    fputs(scenario_text, file);
    fclose(file);
    return fingerprint_of_file(state, settings, scenario, options);
}

// What a user compares between two machines is the fingerprint of a whole run.
static void run__under_every_instruction_set__has_one_fingerprint(void **state) {
    uint64_t expected = fingerprint_of_run(state, "", "");
    for (enum kernels_isa isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
        char option[32];
        snprintf(option, sizeof option, "--isa %s", kernels_isa_name(isa));
        if (kernels_isa_supported(isa)) {
            assert_true(fingerprint_of_run(state, "", option) == expected);
        }
    }
    assert_true(fingerprint_of_run(state, "", "--seed 6") != expected);
}

// The averages of local models are arithmetic, too.
static void run__of_local_models__has_one_fingerprint(void **state) {
    static const char *const policies[] = {
        "{name: hier_avg, steps: 2, cluster_steps: 1, cluster_size: 3}", "{name: hpsgd}",
        "{name: overlap_local_sgd, steps: 2}", "{name: cocod, steps: 2}"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        uint64_t expected = 0;
        for (enum kernels_isa isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
            char options[160];
            snprintf(options, sizeof options, "--isa %s --set 'policy=%s'", kernels_isa_name(isa),
                     policies[i]);
            if (kernels_isa_supported(isa)) {
                uint64_t fingerprint = fingerprint_of_run(state, "", options);
                expected = expected == 0 ? fingerprint : expected;
                assert_true(fingerprint == expected);
            }
        }
    }
}

// Each experiment, whatever its model, trains a small one here: what happens to a cluster decides
// which gradients meet, and no instruction set may.
static void experiments__under_every_instruction_set__have_one_fingerprint(void **state) {
    static const char training[] =
        "--set 'model={name: mlp, hidden: [20]}' --set 'data={name: random, features: 30, classes: "
        "3, samples: 2000}' --set training.learning_rate=0.001 --set evaluation.every='0 s' "
        "--set evaluation.test_samples=100";
    glob_t found;
    assert_int_equal(glob("scenarios/experiments/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        uint64_t expected = fingerprint_of_file(state, "", found.gl_pathv[i], training);
        for (enum kernels_isa isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
            char options[400];
            snprintf(options, sizeof options, "--isa %s %s", kernels_isa_name(isa), training);
            if (kernels_isa_supported(isa) &&
                fingerprint_of_file(state, "", found.gl_pathv[i], options) != expected) {
                fail_msg("%s: another run under %s", found.gl_pathv[i], kernels_isa_name(isa));
            }
        }
    }
    globfree(&found);
}

// glibc picks its mathematical functions by the CPU, and they round differently (exp(-1/1000) and
// friends do, with and without FMA): none of them may take part in a result.
static void run__with_other_mathematical_functions__has_one_fingerprint(void **state) {
    static const char masked[] = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4,-AVX512F";
    uint64_t expected = fingerprint_of_run(state, "", "");
    assert_true(fingerprint_of_run(state, masked, "") == expected);
    assert_true(fingerprint_of_run(state, masked, "--isa generic") == expected);
    if (kernels_isa_supported(KERNELS_AVX2)) {
        assert_true(fingerprint_of_run(state, masked, "--isa avx2") == expected);
    }
}

// The step of the optimizer is compiled for several processors, and its schedules take powers,
// roots and cosines.
static void run__with_all_that_the_optimizer_can__has_one_fingerprint(void **state) {
    static const char masked[] = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4,-AVX512F";
    static const char *const options[] = {
        "--set policy.name=dc_asgd --set policy.adaptive=true --set training.momentum=0.9 "
        "--set training.momentum_at=worker --set training.rate.schedule=cosine",
        "--set policy.name=gap_aware --set training.momentum=0.9 --set training.nesterov=true "
        "--set training.weight_decay=0.1 --set 'training.rate={schedule: step, every: 3}'"};
    for (size_t i = 0; i < 2; i++) {
        char generic[512];
        uint64_t expected = fingerprint_of_run(state, "", options[i]);
        snprintf(generic, sizeof generic, "%s --isa generic", options[i]);
        assert_true(fingerprint_of_run(state, masked, generic) == expected);
    }
}

// A CPU that lacks a set leaves it out of every test above, and a reader must see that.
static void runs__of_every_instruction_set__were_tried(void **state) {
    (void)state;
    skip_without_all_instruction_sets();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(run__under_every_instruction_set__has_one_fingerprint,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(run__of_local_models__has_one_fingerprint, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            experiments__under_every_instruction_set__have_one_fingerprint, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(run__with_other_mathematical_functions__has_one_fingerprint,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(run__with_all_that_the_optimizer_can__has_one_fingerprint,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(runs__of_every_instruction_set__were_tried),
    };
    return cmocka_run_group_tests_name("instruction_set_changes_no_run", tests, NULL, NULL);
}
