// SPDX-License-Identifier: GPL-3.0-or-later
// bench: what can be true of its numbers on any machine, loaded or not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/blas_pin.h"
#include "models/kernels/isa.h"
#include "models/model.h"
#include "sim/base/wall_clock.h"
#include "sim/run/bench.h"
#include "sim/run/bench_evaluation.h"
#include "sim/run/bench_peak.h"
#include "sim/run/data_folder.h"
#include "tests/support/expect.h"

static const struct bench_effort glance = {.seconds = 0.005, .turns = 3, .evaluated = 100};

static double mflop_of(const char *name) {
    struct model *model = model_create(&(struct model_options){.name = name});
    double mflop = model_mflop_per_gradient(model);
    model_destroy(model);
    return mflop;
}

// The tables quote all three, so they must be of the same measurement.
static void bench_speed__two_arithmetics__are_consistent_with_themselves(void **state) {
    (void)state;
    static const char *const arithmetics[2] = {"portable", "openblas"};
    for (int i = 0; i < 2; i++) {
        struct bench_subject subject = {.model = "mnist_ray",
                                        .arithmetic = arithmetics[i],
                                        .batch = 40,
                                        .data_folder = data_folder(NULL)};
        struct bench_speed speed = {0};
        struct error error = {0};
        double start = wall_clock_seconds();
        assert_int_equal(bench_speed(&subject, &glance, &speed, &error), STATUS_OK);
        double passed_us = (wall_clock_seconds() - start) * 1e6;
        assert_true(speed.gradient_us > 0 && speed.gradient_us < passed_us);
        assert_true(speed.sample_us > 0 && speed.sample_share > 0);
        expect_relative(speed.gflop_per_second, mflop_of("mnist_ray") * 40e3 / speed.gradient_us,
                        1e-9);
    }
}

// A name that is not there must be an answer, not a crash in the middle of a table.
static void bench_speed__unknown_names__are_refused(void **state) {
    (void)state;
    struct bench_speed speed;
    struct error error = {0};
    struct bench_subject subject = {.model = "no_net", .arithmetic = "portable", .batch = 8};
    assert_int_equal(bench_speed(&subject, &glance, &speed, &error), STATUS_BAD_DATA);
    subject = (struct bench_subject){.model = "mnist_ray", .arithmetic = "exact", .batch = 8};
    assert_int_equal(bench_speed(&subject, &glance, &speed, &error), STATUS_BAD_DATA);
}

// The ratio is the number that is quoted: it must be the one of the two rates beside it.
static void bench_threads__two_threads__has_the_ratio_of_its_rates(void **state) {
    (void)state;
    struct bench_effort once = {.seconds = 0.005, .turns = 1, .evaluated = 100};
    struct bench_subject subject = {.model = "mnist_ray",
                                    .arithmetic = "portable",
                                    .batch = 4,
                                    .data_folder = data_folder(NULL)};
    struct bench_threads result = {0};
    struct error error = {0};
    assert_int_equal(bench_threads(&subject, 2, &once, &result, &error), STATUS_OK);
    assert_true(result.threads_rate > 0 && result.processes_rate > 0);
    expect_relative(result.ratio, result.threads_rate / result.processes_rate, 1e-9);
}

// 1,000 gradients of an async run make six events each but for those under way at the end.
static void bench_events__thousand_gradients__counts_their_events(void **state) {
    (void)state;
    struct bench_events result = {0};
    struct error error = {0};
    const struct bench_cluster cluster = {.workers = 25};
    assert_int_equal(bench_events(&cluster, 1000, &glance, &result, &error), STATUS_OK);
    assert_true(result.events > 4 * 1000 && result.events <= 7 * 1025);
    assert_true(result.seconds > 0 && result.publish_seconds > 0);
}

// As many gradients again, but some are lost, and workers crash and come back.
static void bench_events__faults__make_other_events(void **state) {
    (void)state;
    const struct bench_cluster plain = {.workers = 25};
    const struct bench_cluster faulty = {.workers = 25, .faulty = true};
    struct bench_events without = {0};
    struct bench_events with = {0};
    struct error error;
    assert_int_equal(bench_events(&plain, 3000, &glance, &without, &error), STATUS_OK);
    assert_int_equal(bench_events(&faulty, 3000, &glance, &with, &error), STATUS_OK);
    assert_true(with.events != without.events);
}

// Of all that an evaluation costs the share is quoted, and it must be the one of the two beside it.
// How large it is depends on the machine, and is nothing that a test can expect.
static void bench_evaluation__small_work__has_the_share_of_its_times(void **state) {
    (void)state;
    struct bench_evaluation_work work = {"softmax", "{name: random, samples: 2000}", 8, 2, 400};
    struct bench_evaluation result = {0};
    struct error error = {0};
    assert_int_equal(bench_evaluation(&work, NULL, NULL, 1, &result, &error), STATUS_OK);
    assert_true(result.gradient_us > 0);
    expect_relative(result.share, result.sample_us / result.gradient_us, 1e-9);
    work.net = "no_net";
    assert_int_equal(bench_evaluation(&work, NULL, NULL, 1, &result, &error), STATUS_BAD_DATA);
}

// Every share of the peak is against this: it must be a rate, of a kernel with a name.
static void bench_peak__this_machine__is_a_rate_and_a_kernel(void **state) {
    (void)state;
    struct bench_peak peak = {0};
    struct error error = {0};
    assert_int_equal(bench_peak(NULL, &peak, &error), STATUS_OK);
    assert_true(isfinite(peak.gflop_per_second) && peak.gflop_per_second > 0);
    assert_true(strlen(peak.core) > 0 && strchr(peak.core, '\n') == NULL);
}

// Kernels of AVX2 would be held against a product of AVX-512.
static void bench_peak__narrow_kernels__are_held_against_the_pinned_core(void **state) {
    (void)state;
    struct bench_peak peak = {0};
    if (kernels_best_isa() != KERNELS_GENERIC) {
        assert_int_equal(bench_peak(kernels_of(KERNELS_GENERIC), &peak, NULL), STATUS_OK);
        assert_string_equal(peak.core, blas_pin_core());
    }
}

int main(int argc, char **argv) {
    const char option[] = "--" BENCH_PEAK_OPTION "=";
    if (argc == 3 && strncmp(argv[2], option, strlen(option)) == 0) { // as desgd would
        struct bench_peak peak = {0};
        enum status status = bench_peak_here(argv[2] + strlen(option), &peak, NULL);
        printf("%.6f %s\n", peak.gflop_per_second, peak.core);
        return (int)status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bench_speed__two_arithmetics__are_consistent_with_themselves),
        cmocka_unit_test(bench_speed__unknown_names__are_refused),
        cmocka_unit_test(bench_threads__two_threads__has_the_ratio_of_its_rates),
        cmocka_unit_test(bench_events__thousand_gradients__counts_their_events),
        cmocka_unit_test(bench_events__faults__make_other_events),
        cmocka_unit_test(bench_evaluation__small_work__has_the_share_of_its_times),
        cmocka_unit_test(bench_peak__this_machine__is_a_rate_and_a_kernel),
        cmocka_unit_test(bench_peak__narrow_kernels__are_held_against_the_pinned_core),
    };
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
