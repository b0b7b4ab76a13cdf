// SPDX-License-Identifier: GPL-3.0-or-later
// unit_points: designs that fill the unit cube as their names say, on every machine alike.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/unit_points.h"

enum { COUNT = 64, DIMENSIONS = 3 };

static void expect_in_cube(const double *points, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_true(points[i] >= 0 && points[i] < 1);
    }
}

// Each of the parts of each dimension must have its one point, or it is no Latin hypercube.
static void latin_hypercube__every_part__has_one_point(void **state) {
    (void)state;
    double points[COUNT * DIMENSIONS];
    for (uint64_t seed = 0; seed < 20; seed++) {
        unit_points(UNIT_LATIN_HYPERCUBE, seed, COUNT, DIMENSIONS, points);
        expect_in_cube(points, COUNT * DIMENSIONS);
        for (size_t d = 0; d < DIMENSIONS; d++) {
            int seen[COUNT] = {0};
            for (size_t i = 0; i < COUNT; i++) {
                seen[(size_t)(points[i * DIMENSIONS + d] * COUNT)]++;
            }
            for (size_t part = 0; part < COUNT; part++) {
                assert_int_equal(seen[part], 1);
            }
        }
    }
}

// The first points of Sobol's sequence in three dimensions, from the second on: by hand from the
// direction numbers of Bratley and Fox (ACM TOMS 14, 1988), Gray code order.
static void sobol__first_points__are_those_of_the_sequence(void **state) {
    (void)state;
    static const double expected[] = {.5,  .5,   .5,   .75,  .25,  .75,  .25, .75,
                                      .25, .375, .375, .625, .875, .875, .125};
    double points[5 * 3];
    unit_points(UNIT_SOBOL, 0, 5, 3, points);
    for (size_t i = 0; i < 15; i++) {
        assert_true(points[i] == expected[i]);
    }
}

// A sweep that grows must keep the points that it has run.
static void random_and_sobol__more_points__keep_the_first(void **state) {
    (void)state;
    double few[10 * DIMENSIONS];
    double many[COUNT * DIMENSIONS];
    static const enum unit_design designs[] = {UNIT_RANDOM, UNIT_SOBOL};
    for (size_t i = 0; i < 2; i++) {
        unit_points(designs[i], 7, 10, DIMENSIONS, few);
        unit_points(designs[i], 7, COUNT, DIMENSIONS, many);
        expect_in_cube(many, COUNT * DIMENSIONS);
        assert_memory_equal(few, many, sizeof few);
    }
}

// Another seed that gives the same points is no second opinion.
static void random__another_seed__gives_other_points(void **state) {
    (void)state;
    double one[COUNT];
    double two[COUNT];
    unit_points(UNIT_RANDOM, 1, COUNT, 1, one);
    unit_points(UNIT_RANDOM, 2, COUNT, 1, two);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(one[i] < two[i] || one[i] > two[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latin_hypercube__every_part__has_one_point),
        cmocka_unit_test(sobol__first_points__are_those_of_the_sequence),
        cmocka_unit_test(random_and_sobol__more_points__keep_the_first),
        cmocka_unit_test(random__another_seed__gives_other_points),
    };
    return cmocka_run_group_tests_name("unit_points", tests, NULL, NULL);
}
