// SPDX-License-Identifier: GPL-3.0-or-later
// side_by_side: pieces done in several processes are told once each, in order, whatever becomes of
// the processes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/side_by_side.h"

enum { PIECES = 40, NOBODY = -1 };

struct told {
    size_t count;
    int64_t sum;
    size_t lost;
    int deadly; // the piece at which its process dies
    volatile sig_atomic_t interrupted;
};

// Early pieces take longest, so that they are done after those behind them.
static void square(void *context, size_t index, void *result) {
    const struct told *told = context;
    int64_t value = (int64_t)(index * index);
    if ((int)index == told->deadly) {
        raise(SIGKILL);
    }
    usleep(index < 4 ? 20000 : 100);
    memcpy(result, &value, sizeof value);
}

static void add(void *context, size_t index, const void *result) {
    struct told *told = context;
    int64_t value = 0;
    assert_int_equal(index, told->count);
    told->count++;
    if (result == NULL) {
        told->lost++;
        assert_int_equal((int)index, told->deadly);
        return;
    }
    memcpy(&value, result, sizeof value);
    assert_int_equal(value, index * index);
    told->sum += value;
}

static enum status run(struct told *told, int32_t jobs) {
    struct error error;
    const struct side_by_side all = {.count = PIECES,
                                     .jobs = jobs,
                                     .result_bytes = sizeof(int64_t),
                                     .work = square,
                                     .done = add,
                                     .context = told,
                                     .interrupted = &told->interrupted};
    return side_by_side_run(&all, &error);
}

// However many processes there are, more than pieces even.
static void side_by_side__any_number_of_processes__tells_all_in_order(void **state) {
    static const int32_t jobs[] = {1, 2, 3, PIECES + 5};
    (void)state;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        struct told told = {.deadly = NOBODY};
        assert_int_equal(run(&told, jobs[i]), STATUS_OK);
        assert_int_equal(told.count, PIECES);
        assert_int_equal(told.sum, (PIECES - 1) * PIECES * (2 * PIECES - 1) / 6);
        assert_int_equal(told.lost, 0);
    }
}

// A crash costs its piece and no other.
static void side_by_side__a_process_that_dies__costs_its_piece_alone(void **state) {
    static const int deadly[] = {0, 7, PIECES - 1};
    (void)state;
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        struct told told = {.deadly = deadly[i]};
        assert_int_equal(run(&told, 2), STATUS_OK);
        assert_int_equal(told.count, PIECES);
        assert_int_equal(told.lost, 1);
    }
}

// An interrupt ends it, and what was not done is not told.
static void side_by_side__interrupted__says_so(void **state) {
    (void)state;
    for (int32_t jobs = 1; jobs <= 2; jobs++) {
        struct told told = {.deadly = NOBODY, .interrupted = 1};
        assert_int_equal(run(&told, jobs), STATUS_INTERRUPTED);
        assert_true(told.count < PIECES);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side__any_number_of_processes__tells_all_in_order),
        cmocka_unit_test(side_by_side__a_process_that_dies__costs_its_piece_alone),
        cmocka_unit_test(side_by_side__interrupted__says_so),
    };
    return cmocka_run_group_tests_name("side_by_side", tests, NULL, NULL);
}
