// SPDX-License-Identifier: GPL-3.0-or-later
// What desgd validate judges by: that right formulas hold, that wrong ones are noticed, and that
// the committed table is of the rows that there are.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/validate/theory.h"
#include "sim/validate/validation.h"
#include "sim/validate/validation_print.h"
#include "tests/support/expect.h"
#include "tests/support/scratch.h"

// ---- wrong formulas ----

// The queue of a server as if customers came from outside at a rate that nobody's waiting lowers.
static double open_queue(const struct scenario *scenario) {
    double service = distribution_mean(&scenario->cluster.server.receive) / 1e9;
    double rate = scenario->cluster.workers / (distribution_mean(&scenario->cluster.compute) / 1e9);
    return service / (1 - rate * service);
}

static double all_of_them(const struct scenario *scenario) { // forgets the K
    double sum = 0;
    for (int32_t i = 1; i <= scenario->cluster.workers; i++) {
        sum += 1.0 / i;
    }
    return sum * distribution_mean(&scenario->cluster.compute) / 1e9;
}

static double one_off(const struct scenario *scenario) {
    return theory_zero(scenario) + 1;
}

static double too_strict(const struct scenario *scenario) {
    return theory_slack(scenario) - 1;
}

// The formulas are judged, not remembered: each of four wrong ones misses, and the right ones
// beside them hold, in the same scenarios.
static void validation__wrong_formulas__are_noticed(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double (*wrong)(const struct scenario *scenario);
    } planted[] = {{"queue/response_20_ms", open_queue},
                   {"harmonic/k_async_20", all_of_them},
                   {"identity/hybrid_step", one_off},
                   {"ssp/lead_4", too_strict}};
    enum { PLANTED = sizeof planted / sizeof planted[0] };
    struct validation_row rows[2 * PLANTED];
    struct closed_form wrong[PLANTED];
    struct validation_result results[2 * PLANTED];
    struct error error;
    const struct validation_options options = {.seed = 7, .rounds = 30, .processes = 2};
    for (size_t i = 0; i < PLANTED; i++) {
        struct validation_row *row;
        assert_int_equal(validation_select(&planted[i].name, 1, &row), 1);
        wrong[i] = *row->form;
        wrong[i].theory = planted[i].wrong;
        rows[2 * i] = *row;
        rows[2 * i + 1] = (struct validation_row){row->name, &wrong[i], row->scenario};
        memory_free(row);
    }
    assert_int_equal(validation_run(rows, 2 * PLANTED, &options, results, &error), STATUS_OK);
    for (size_t i = 0; i < PLANTED; i++) {
        assert_true(results[2 * i].holds);
        assert_false(results[2 * i + 1].holds);
    }
    assert_int_equal(validation_misses(results, 2 * PLANTED), PLANTED);
}

// ---- the rows ----

// How many processes share the rounds changes nothing, and another seed gives other rounds.
static void validation__processes__change_no_bit(void **state) {
    (void)state;
    static const char *const only[] = {"exact", "batch/gamma", "loss/pushes_10"};
    struct validation_row *rows;
    struct validation_result one[16];
    struct validation_result three[16];
    struct error error;
    size_t count = validation_select(only, 3, &rows);
    assert_in_range(count, 3, 16);
    struct validation_options options = {.seed = 3, .rounds = 5, .processes = 1};
    assert_int_equal(validation_run(rows, count, &options, one, &error), STATUS_OK);
    options.processes = 3;
    assert_int_equal(validation_run(rows, count, &options, three, &error), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        expect_within(three[i].simulated, one[i].simulated, 0);
        expect_within(three[i].z, one[i].z, 0);
    }
    options.seed = 4;
    assert_int_equal(validation_run(rows, count, &options, three, &error), STATUS_OK);
    assert_true(three[count - 1].simulated != one[count - 1].simulated);
    memory_free(rows);
}

// Few rounds say little of their spread. Student's t of three rounds has the distribution function
// 1/2 + t / (2 sqrt(2 + t^2)): without it every tenth row would miss by chance.
static void validation__few_rounds__count_as_few(void **state) {
    (void)state;
    static const char *const only[] = {"k_sync"};
    struct validation_row *rows;
    struct validation_result results[20];
    struct error error;
    size_t count = validation_select(only, 1, &rows);
    assert_in_range(count, 10, 20);
    const struct validation_options options = {.seed = 1, .rounds = 3, .processes = 2};
    assert_int_equal(validation_run(rows, count, &options, results, &error), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        double t = (results[i].simulated - results[i].theory) / results[i].standard_error;
        double chance = .5 + t / (2 * sqrt(2 + t * t));
        expect_relative(gsl_cdf_ugaussian_P(results[i].z), chance, 1e-9);
        assert_true(results[i].holds);
    }
    memory_free(rows);
}

// Two rows of one name would share their random numbers, and --only could not tell them apart.
static void validation__rows__are_many_and_have_their_own_names(void **state) {
    (void)state;
    struct validation_row *rows;
    size_t count = validation_select(NULL, 0, &rows);
    assert_true(count >= 80);
    for (size_t i = 0; i < count; i++) {
        struct scenario scenario;
        struct error error = {.message = ""};
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
        if (validation_parse(&rows[i], &scenario, &error) != STATUS_OK) {
            fail_msg("%s: %s", rows[i].name, error.message);
        }
    }
    memory_free(rows);
}

// ---- the committed table ----

// How a name stands in Markdown.
static void escape(const char *name, char text[100]) {
    size_t used = 0;
    for (; *name != 0; name++) {
        assert_in_range(used, 0, 97);
        if (*name == '_') {
            text[used++] = '\\';
        }
        text[used++] = *name;
    }
    text[used] = 0;
}

// A table that "make validation" wrote before the rows were changed would show what is no more, or
// one that was changed by hand what never was.
static void validation__committed_table__has_every_row_and_its_theory(void **state) {
    (void)state;
    char *text = memory_allocate(1, 1 << 20);
    struct validation_row *rows;
    size_t count = validation_select(NULL, 0, &rows);
    FILE *file = fopen("results/validation.md", "r");
    assert_non_null(file);
    size_t length = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[length] = 0;
    const char *at = text;
    for (size_t i = 0; i < count; i++) {
        struct scenario scenario;
        char expected[300];
        assert_int_equal(validation_parse(&rows[i], &scenario, NULL), STATUS_OK);
        bool mean = rows[i].form->kind == CLOSED_FORM_MEAN;
        double theory = rows[i].form->theory(&scenario);
        char name[100];
        escape(rows[i].name, name);
        snprintf(expected, sizeof expected, "| %s: ", name);
        at = strstr(at, expected);
        if (at == NULL) {
            fail_msg("%s is not in results/validation.md, or not in its place", rows[i].name);
        }
        snprintf(expected, sizeof expected, mean ? " | %.6g | " : " | %.12g | ", theory);
        const char *end = strchr(at, '\n');
        const char *number = strstr(at, expected);
        if (number == NULL || number > end) {
            fail_msg("%s: the theory is not%s", rows[i].name, expected);
        }
    }
    assert_null(strstr(text, "MISSES"));
    assert_non_null(strstr(at, " 0 of them miss."));
    memory_free(rows);
    memory_free(text);
}

// ---- what is printed ----

static char *printed(enum table_format format) {
    static const char *const only[] = {"exact/ring", "bound/rate_exponential", "batch/async"};
    const struct validation_options options = {.seed = 5, .rounds = 200};
    const struct validation_result results[] = {
        {.theory = .04,
         .simulated = .0401,
         .standard_error = .0001,
         .z = 1,
         .rounds = 200,
         .holds = true},
        {.theory = 24, .simulated = 25, .rounds = 4},
        {.theory = 414000000, .simulated = 414000000, .rounds = 4, .holds = true}};
    struct validation_row *rows;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(validation_select(only, 3, &rows), 3);
    validation_print(out, rows, results, 3, &options, format);
    fclose(out);
    memory_free(rows);
    return text;
}

// Who misses would not be seen, or an error would be another one's.
static void validation_print__each_kind__has_its_columns(void **state) {
    (void)state;
    char *text = printed(TABLE_MARKDOWN);
    assert_non_null(strstr(text, "| 0.04 | 0.0401 | s | 0.0001 | 0.25 % | 1.00 |"));
    assert_non_null(strstr(text, "| 24 | 25 | 1/s |"));
    assert_non_null(strstr(text, "MISSES"));
    assert_non_null(strstr(text, "3 closed forms, 2 of them exact or bounds"));
    assert_non_null(strstr(text, "1 of them misses."));
    memory_free(text);
}

// A row that has no error is in no plot of errors; what is left out would be missed in the title.
static void validation_figure__means_alone__are_its_points(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct validation_row *rows;
    size_t count = validation_select(NULL, 0, &rows);
    struct validation_result *results = memory_allocate(count, sizeof *results);
    size_t means = 0;
    for (size_t i = 0; i < count; i++) {
        bool mean = rows[i].form->kind == CLOSED_FORM_MEAN;
        results[i].z = mean && means == 4 ? (double)NAN : (double)(i % 7) / 2 - 1.5;
        means += mean;
    }
    struct error error = {0};
    if (validation_figure(scratch_path(state, "z.svg", path), rows, results, count, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.message);
    }
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *bytes = memory_allocate(1 << 20, 1);
    assert_true(fread(bytes, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    char title[80];
    snprintf(title, sizeof title, "%zu closed forms against the simulator", means - 1);
    assert_non_null(strstr(bytes, title));
    assert_int_equal(validation_figure("/no/such/folder/z.svg", rows, results, count, &error),
                     STATUS_CANNOT_CREATE);
    memory_free(bytes);
    memory_free(results);
    memory_free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validation__wrong_formulas__are_noticed),
        cmocka_unit_test(validation__processes__change_no_bit),
        cmocka_unit_test(validation__few_rounds__count_as_few),
        cmocka_unit_test(validation__rows__are_many_and_have_their_own_names),
        cmocka_unit_test(validation__committed_table__has_every_row_and_its_theory),
        cmocka_unit_test(validation_print__each_kind__has_its_columns),
        cmocka_unit_test_setup_teardown(validation_figure__means_alone__are_its_points,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("validation", tests, NULL, NULL);
}
