// SPDX-License-Identifier: GPL-3.0-or-later
// measured_times: who takes which row of a file, and what is said of files that cannot be taken.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/distribution.h"
#include "sim/base/fingerprint.h"
#include "sim/base/measured_times.h"
#include "sim/base/memory.h"
#include "tests/support/scratch.h"

enum { MS = 1000000 };

static const char ranks[] = "rank,ms\ngpu10,10\ngpu2,2\ngpu10,11\ngpu2,3\ngpu2,4\n";

static struct law_times times_of(void **state, const char *worker) {
    char path[SCRATCH_PATH_SIZE];
    struct law_times times = {.column = "ms", .unit_ns = MS};
    snprintf(times.worker, sizeof times.worker, "%s", worker);
    snprintf(times.path, sizeof times.path, "%s", scratch_path(state, "a.csv", path));
    return times;
}

static struct measured_times *open_file(void **state, const char *text, const char *worker,
                                        int32_t workers) {
    struct measured_times *measured = NULL;
    struct error error;
    struct law_times times = times_of(state, worker);
    scratch_write(state, "a.csv", text);
    if (measured_times_open(&times, workers, &measured, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return measured;
}

// Row (n + w floor(rows/P)) mod rows: of 5 rows and 2 workers, worker 1 begins at row 2. With one
// beginning for all, the workers would march in step.
static void measured_times_in_turn__workers_of_one_column__begin_at_different_rows(void **state) {
    static const int64_t expected[2][7] = {{0, 1, 2, 3, 4, 0, 1}, {2, 3, 4, 0, 1, 2, 3}};
    struct measured_times *measured = open_file(state, "ms\n0\n1\n2\n3\n4\n", "", 2);
    for (uint32_t worker = 0; worker < 2; worker++) {
        for (uint32_t number = 0; number < 7; number++) {
            assert_int_equal(measured_times_in_turn(measured, worker, number),
                             expected[worker][number] * MS);
        }
    }
    assert_int_equal(measured_times_in_turn(measured, 1, UINT32_MAX), // (2^32 - 1 + 2) mod 5 = 2
                     2 * MS);
    measured_times_destroy(measured);
}

// More workers than rows: floor(rows/P) is 0, and all begin at the first.
static void measured_times_in_turn__fewer_rows_than_workers__begin_at_the_first(void **state) {
    struct measured_times *measured = open_file(state, "ms\n5\n6\n", "", 3);
    for (uint32_t worker = 0; worker < 3; worker++) {
        assert_int_equal(measured_times_in_turn(measured, worker, 3), 6 * MS);
    }
    measured_times_destroy(measured);
}

// Worker 0 is gpu2, which comes before gpu10; each has its own rows in the order of the file.
static void measured_times_in_turn__column_of_workers__gives_each_its_own(void **state) {
    struct measured_times *measured = open_file(state, ranks, "rank", 2);
    static const int64_t expected[2][4] = {{2, 3, 4, 2}, {10, 11, 10, 11}};
    for (uint32_t worker = 0; worker < 2; worker++) {
        for (uint32_t number = 0; number < 4; number++) {
            assert_int_equal(measured_times_in_turn(measured, worker, number),
                             expected[worker][number] * MS);
        }
    }
    measured_times_destroy(measured);
}

// Every row is as likely, the first and the last, too; with a column of workers, of the worker's.
static void measured_times_at__a_share__is_the_row_there(void **state) {
    struct measured_times *measured = open_file(state, "ms\n7\n8\n9\n1\n", "", 9);
    static const int64_t expected[] = {7, 8, 9, 1};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(measured_times_at(measured, 5, i / 4.0), expected[i] * MS);
        assert_int_equal(measured_times_at(measured, 5, (i + 1) / 4.0 - 0x1p-53), expected[i] * MS);
    }
    measured_times_destroy(measured);
    measured = open_file(state, ranks, "rank", 2);
    assert_int_equal(measured_times_at(measured, 1, 0), 10 * MS);
    assert_int_equal(measured_times_at(measured, 1, 1 - 0x1p-53), 11 * MS);
    assert_int_equal(measured_times_at(measured, 0, 1 - 0x1p-53), 4 * MS);
    measured_times_destroy(measured);
}

// What check tells, and what predictions take for the law's mean. Of 2, 3, 4, 10 and 11: 6, and
// ((16 + 9 + 4 + 16 + 25)/5)^(1/2).
static void measured_times_describe__rows__are_counted_and_summed(void **state) {
    struct measured_times *measured = open_file(state, ranks, "rank", 2);
    struct distribution law = {.law = LAW_EMPIRICAL};
    measured_times_describe(measured, &law.times, law.parameters);
    assert_true(distribution_least(&law) == 2 * MS && distribution_mean(&law) == 6 * MS);
    assert_true(fabs(law.times.deviation_ns - sqrt(14) * MS) < 1e-3);
    assert_int_equal(law.times.rows, 5);
    assert_int_equal(law.times.named, 2);
    assert_true(law.times.hash == fingerprint_bytes(ranks, strlen(ranks)));
    measured_times_destroy(measured);
}

// The distribution function of an empirical law has a step at each row.
static void measured_times_share__time__is_the_share_of_rows_up_to_it(void **state) {
    struct measured_times *measured = open_file(state, ranks, "", 1);
    struct distribution law = {.law = LAW_EMPIRICAL, .times = {.measured = measured}};
    assert_true(distribution_share(&law, 2 * MS - 1) == 0);
    assert_true(distribution_share(&law, 2 * MS) == .2);
    assert_true(distribution_share(&law, 9 * MS) == .6);
    assert_true(distribution_share(&law, 11 * MS) == 1);
    measured_times_destroy(measured);
}

static int64_t sample(const struct distribution *law, uint64_t seed, uint32_t number) {
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_COMPUTE, 1, number, 0);
    int64_t span_ns = distribution_sample(law, &stream);
    assert_int_equal(stream.draws, law->law == LAW_TRACE ? 0 : 2);
    return span_ns;
}

// A trace is what was measured, whatever the seed; an empirical law has the mean of its rows,
// within 4 standard errors, and another order for another seed.
static void distribution_sample__measured_laws__take_rows_and_draw_rows(void **state) {
    enum { SAMPLES = 100000 };
    struct measured_times *measured = open_file(state, ranks, "", 2);
    struct distribution trace = {.law = LAW_TRACE, .times = {.measured = measured}};
    struct distribution empirical = {.law = LAW_EMPIRICAL, .times = {.measured = measured}};
    double sum = 0;
    size_t equal = 0;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        int64_t drawn_ns = sample(&empirical, 1, i);
        assert_int_equal(sample(&trace, i, i), measured->spans_ns[(i + 2) % 5]);
        sum += (double)drawn_ns;
        equal += drawn_ns == sample(&empirical, 2, i);
    }
    assert_true(fabs(sum / SAMPLES - 6 * MS) < 4 * sqrt(14.0 / SAMPLES) * MS);
    assert_true(fabs((double)equal / SAMPLES - .2) < 4 * sqrt(.16 / SAMPLES));
    measured_times_destroy(measured);
}

// A worker without rows of its own could do nothing.
static void measured_times_check_workers__too_few__are_refused(void **state) {
    struct error error;
    struct law_times times = times_of(state, "rank");
    assert_int_equal(measured_times_check_workers(&times, 2, 2, &error), STATUS_OK);
    assert_int_equal(measured_times_check_workers(&times, 2, 3, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "column 'rank' names 2 workers, and the cluster has 3"));
    times.worker[0] = 0;
    assert_int_equal(measured_times_check_workers(&times, 0, 3, &error), STATUS_OK);
}

// A pipe could be read once, and a folder never; the parser reads a file more than once.
static void measured_times_open__what_is_no_file__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct measured_times *measured = NULL;
    struct error error;
    struct law_times times = times_of(state, "");
    assert_int_equal(measured_times_open(&times, 1, &measured, &error), STATUS_NO_INPUT);
    assert_int_equal(mkfifo(scratch_path(state, "a.csv", path), 0600), 0);
    assert_int_equal(measured_times_open(&times, 1, &measured, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "is no regular file"));
    assert_null(measured);
}

// A file of 10^8 rows would be read again for each run of a sweep.
static void measured_times_open__more_rows_than_the_limit__is_refused(void **state) {
    enum { ROWS = LAW_ROWS_MAX + 1, ROW = sizeof "1\n" - 1 };
    char *text = memory_allocate(ROWS * ROW + sizeof "ms\n", 1);
    struct measured_times *measured = NULL;
    struct error error;
    struct law_times times = times_of(state, "");
    memcpy(text, "ms\n", 3);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(text + 3 + i * ROW, "1\n", ROW);
    }
    scratch_write(state, "a.csv", text);
    assert_int_equal(measured_times_open(&times, 1, &measured, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "a.csv:1000002:1: error: more than 1000000 rows"));
    memory_free(text);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(measured_times_in_turn__workers_of_one_column__begin_at_different_rows),
        TEST(measured_times_in_turn__fewer_rows_than_workers__begin_at_the_first),
        TEST(measured_times_in_turn__column_of_workers__gives_each_its_own),
        TEST(measured_times_at__a_share__is_the_row_there),
        TEST(measured_times_describe__rows__are_counted_and_summed),
        TEST(measured_times_share__time__is_the_share_of_rows_up_to_it),
        TEST(distribution_sample__measured_laws__take_rows_and_draw_rows),
        TEST(measured_times_check_workers__too_few__are_refused),
        TEST(measured_times_open__what_is_no_file__is_refused),
        TEST(measured_times_open__more_rows_than_the_limit__is_refused),
    };
    return cmocka_run_group_tests_name("measured_times", tests, NULL, NULL);
}
