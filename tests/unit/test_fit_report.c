// SPDX-License-Identifier: GPL-3.0-or-later
// fit_report and what it is made of and printed by: fit_checks, fit_notes, fit_number, fit_print.
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/distribution.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/report/fit_checks.h"
#include "sim/report/fit_notes.h"
#include "sim/report/fit_number.h"
#include "sim/report/fit_print.h"
#include "sim/report/fit_report.h"
#include "tests/support/expect.h"

enum { WORKERS = 5, ROWS = 1000 };

static const struct fit_source source = {.file = "a.csv", .column = "ms", .key = "compute"};

// What a test says of its times: how much of a worker's last time is in the next one, and how much
// longer each worker's are than those of the one before.
struct made {
    double memory;
    double ahead_ns;
    int64_t step_ns; // times are multiples of it
    bool named;      // by workers
};

static void make_times(const struct made *made, uint64_t seed, struct csv_times *times) {
    double last[WORKERS] = {0};
    static const char *const names[WORKERS] = {"a", "b", "c", "d", "e"};
    times->count = ROWS;
    times->spans_ns = memory_allocate(ROWS, sizeof *times->spans_ns);
    if (made->named) {
        times->worker_of = memory_allocate(ROWS, sizeof *times->worker_of);
        times->names = memory_allocate(WORKERS, sizeof *times->names);
        times->worker_count = WORKERS;
    }
    for (int w = 0; w < WORKERS && made->named; w++) {
        times->names[w] = memory_copy_text(names[w]);
    }
    for (int i = 0; i < ROWS; i++) {
        const struct distribution normal = {
            .law = LAW_NORMAL, .parameters = {100000, 10000}, .negative = NEGATIVE_CLIP};
        struct rng_stream stream;
        rng_stream_init(&stream, seed, RNG_TEST, 1, (uint32_t)i, 0);
        int w = made->named ? i % WORKERS : 0;
        last[w] = made->memory * last[w] + (double)distribution_sample(&normal, &stream);
        double ns = last[w] + made->ahead_ns * w;
        times->spans_ns[i] = llrint(ns / (double)made->step_ns) * made->step_ns;
        if (made->named) {
            times->worker_of[i] = w;
        }
    }
}

static struct fit_checks check_made(const struct made *made, uint64_t seed) {
    struct csv_times times = {0};
    make_times(made, seed, &times);
    struct fit_sample sample = fit_sample_make(times.spans_ns, times.count);
    struct fit_checks checks = fit_checks_of(&times, &sample);
    fit_sample_reset(&sample);
    csv_times_reset(&times);
    return checks;
}

// Who is warned for nothing does not read warnings. Of 300 samples one in a thousand has either
// finding by chance.
static void fit_checks__independent_times_of_like_workers__have_no_finding(void **state) {
    (void)state;
    static const struct made made = {.step_ns = 1, .named = true};
    int correlated = 0;
    int differ = 0;
    double correlations = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct fit_checks checks = check_made(&made, seed);
        correlated += checks.correlated;
        differ += checks.workers_differ;
        correlations += checks.correlation;
    }
    assert_in_range(correlated, 0, 3);
    assert_in_range(differ, 0, 3);
    expect_within(correlations / 300, -WORKERS / (double)ROWS, 4 / sqrt(ROWS * 300.0));
}

// Ranks 1, 3, 2 of one worker: the products of successive distances from the mean come to -1, and
// of independent times to -2/3 with the variance 4/3. Otherwise few times would seem correlated.
static void fit_checks__three_times__have_the_chance_that_is_theirs(void **state) {
    (void)state;
    int64_t spans_ns[] = {100, 300, 200};
    struct csv_times times = {.count = 3, .spans_ns = spans_ns};
    struct fit_sample sample = fit_sample_make(spans_ns, 3);
    struct fit_checks checks = fit_checks_of(&times, &sample);
    expect_relative(checks.correlation, -0.5, 1e-12);
    expect_relative(checks.correlation_p, erfc(1 / 3.0 / sqrt(4 / 3.0) / sqrt(2)), 1e-9);
    fit_sample_reset(&sample);
}

// A law would be fitted to times that slow phases or slow workers made, and nobody would know.
static void fit_checks__memory_and_slow_workers__are_found(void **state) {
    (void)state;
    static const struct made memory = {.memory = 0.3, .step_ns = 1, .named = true};
    static const struct made slow = {.ahead_ns = 8000, .step_ns = 1, .named = true};
    int differ = 0;
    int correlated = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct fit_checks checks = check_made(&memory, seed);
        assert_true(checks.correlated);
        differ += checks.workers_differ;
        checks = check_made(&slow, seed);
        assert_true(checks.workers_differ);
        correlated += checks.correlated;
        assert_int_equal(checks.fastest, 0);
        assert_int_equal(checks.slowest, WORKERS - 1);
        expect_relative(checks.slowest_mean_ns - checks.fastest_mean_ns, 32000, 0.15);
    }
    assert_in_range(differ, 0, 3); // slow phases are no slow workers
    assert_in_range(correlated, 0, 3);
}

// Without a column of workers, rows of slow workers in turn look like memory of one.
static void fit_checks__times_without_workers__are_one_sequence(void **state) {
    (void)state;
    static const struct made made = {.memory = 0.3, .step_ns = 1};
    struct fit_checks checks = check_made(&made, 1);
    assert_true(checks.correlated);
    expect_within(checks.workers_p, 1, 0);
    expect_within(checks.correlation, 0.3, 0.1);
}

// A digit too few would lose what was measured, one that a scenario refuses the whole map.
static void fit_number__every_width__shows_what_is_known(void **state) {
    (void)state;
    static const struct {
        double value, width;
        const char *time, *number;
    } cases[] = {
        {203417512, 800000, "203.42 ms", "203417512"},
        {203417512, 0, "203.417512 ms", "203417512"},
        {1500000000, 0, "1.5 s", "1500000000"},
        {0, 3, "0 s", "0.0"},
        {0.3, 0.1, "1 ns", "0.300"},
        {999, 3, "999 ns", "999.0"},
        {1000, 0, "1 us", "1000"},
        {0.1012345, 0.004, "1 ns", "0.1012"},
        {5e9, 1e11, "5 s", "5000000000"},
        {1e16, 1, "10000000 s", "1e+16"},
        {-2500000, 1000000, "-2.50 ms", "-2500000"},
        {1e300, 1e300, "1e+291 s", "1e+300"},
    };
    char text[FIT_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fit_time_format(cases[i].value, cases[i].width, text);
        assert_string_equal(text, cases[i].time);
        fit_number_format(cases[i].value, cases[i].width, text);
        assert_string_equal(text, cases[i].number);
    }
}

struct told {
    char text[8192];
    int warnings;
};

static void hear(void *context, bool warning, const char *sentence) {
    struct told *told = context;
    size_t length = strlen(told->text);
    snprintf(told->text + length, sizeof told->text - length, "%s\n", sentence);
    told->warnings += warning;
}

static void expect_told(const struct csv_times *times, const char *const *words, int warnings) {
    struct told told = {0};
    struct fit_report report = fit_report_make(&source, times);
    fit_notes(&report, hear, &told);
    for (; *words != NULL; words++) {
        if (strstr(told.text, *words) == NULL) {
            fail_msg("not said: %s; but: %s", *words, told.text);
        }
    }
    assert_int_equal(told.warnings, warnings);
    fit_report_reset(&report);
}

// What speaks against a law must be said, and nothing where nothing does.
static void fit_notes__each_caution__is_said_where_it_holds(void **state) {
    (void)state;
    static const struct made sound = {.step_ns = 1};
    static const struct made all = {
        .memory = 0.5, .ahead_ns = 50000, .step_ns = 10000, .named = true};
    struct csv_times times = {0};
    make_times(&sound, 3, &times);
    expect_told(&times, (const char *[]){NULL}, 0);
    for (int i = 0; i < ROWS; i += 4) {
        times.spans_ns[i] = 0;
    }
    expect_told(&times, (const char *[]){"250 of 1000 times are 0", "no law fits", NULL}, 3);
    csv_times_reset(&times);
    make_times(&all, 1, &times);
    expect_told(&times,
                (const char *[]){"successive times of a worker are correlated",
                                 "the workers differ", "worker a has", "worker e one", "rounded",
                                 NULL},
                4);
    csv_times_reset(&times);
}

// Of ten times, laws that they do not tell apart are named; a negative draw has its rule.
static void fit_notes__few_times__name_the_laws_that_may_be_right(void **state) {
    (void)state;
    int64_t spans_ns[] = {1700, 1200, 2500, 2000, 3100, 2001, 900, 1400, 3500, 1701};
    struct csv_times times = {.count = 10, .spans_ns = spans_ns};
    struct told told = {0};
    struct fit_report report = fit_report_make(&source, &times);
    fit_notes(&report, hear, &told);
    assert_non_null(strstr(told.text, "the times do not tell normal, absolute from"));
    assert_int_equal(report.fits[report.chosen].free_parameters, 1);
    assert_int_equal(told.warnings, 0);
    for (int i = 1; i < report.possible; i++) {
        assert_true(report.fits[report.order[i]].aic >= report.fits[report.order[i - 1]].aic);
    }
    expect_within(fit_report_least_aic(&report), report.fits[report.order[0]].aic, 0);
    report.chosen = FIT_NORMAL;
    fit_notes(&report, hear, &told);
    assert_non_null(strstr(told.text, "is below 0, where no time is"));
    fit_report_reset(&report);
}

static void expect_map(const char *key, int32_t without, const char *expected) {
    int64_t spans_ns[] = {5000000, 5000000, 5000000};
    int32_t worker_of[] = {0, 0, 1};
    char *names[] = {"a", "b"};
    struct csv_times times = {.count = 3,
                              .spans_ns = spans_ns,
                              .worker_of = worker_of,
                              .worker_count = 2,
                              .names = names};
    const struct fit_source from = {.file = "a.h5", .column = "x", .key = key, .without = without};
    struct fit_report report = fit_report_make(&from, &times);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    fit_print_map(stream, &report);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
    fit_report_reset(&report);
}

// A law would be pasted to the wrong key. All times are equal: a constant.
static void fit_print__map__has_the_law_at_its_key(void **state) {
    (void)state;
    expect_map("compute", 0, "cluster:\n  workers: 2\n  compute: 5 ms\n");
    expect_map("server.receive", 0, "cluster:\n  workers: 2\n  server: {receive: 5 ms}\n");
    expect_map("delay", 3,
               "cluster:\n  workers: 5\n  delay: {law: constant, value: 5 ms, workers: 2}\n");
}

// A program that reads the JSON would stumble over infinities, or names in other letters.
static void fit_print_json__any_report__is_json(void **state) {
    (void)state;
    static const struct made made = {.ahead_ns = 50000, .step_ns = 1, .named = true};
    struct csv_times times = {0};
    make_times(&made, 1, &times);
    memory_free(times.names[4]);
    times.names[4] = memory_copy_text("\xE4\xFF");
    struct fit_report report = fit_report_make(&source, &times);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    fit_print_json(stream, &report);
    fclose(stream);
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    assert_int_equal(json_array_size(json_object_get(object, "laws")), FIT_CANDIDATE_COUNT);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(object, "checks"), "slowest")), "??");
    assert_true(json_array_size(json_object_get(object, "notes")) > 0);
    assert_non_null(strstr(json_string_value(json_object_get(object, "map")), "cluster:\n"));
    json_decref(object);
    free(text);
    fit_report_reset(&report);
    csv_times_reset(&times);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_checks__independent_times_of_like_workers__have_no_finding),
        cmocka_unit_test(fit_checks__three_times__have_the_chance_that_is_theirs),
        cmocka_unit_test(fit_checks__memory_and_slow_workers__are_found),
        cmocka_unit_test(fit_checks__times_without_workers__are_one_sequence),
        cmocka_unit_test(fit_number__every_width__shows_what_is_known),
        cmocka_unit_test(fit_notes__each_caution__is_said_where_it_holds),
        cmocka_unit_test(fit_notes__few_times__name_the_laws_that_may_be_right),
        cmocka_unit_test(fit_print__map__has_the_law_at_its_key),
        cmocka_unit_test(fit_print_json__any_report__is_json),
    };
    return cmocka_run_group_tests_name("fit_report", tests, NULL, NULL);
}
