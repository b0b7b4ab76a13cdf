// SPDX-License-Identifier: GPL-3.0-or-later
// The forms in which a comparison is printed.
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"
#include "tests/support/compare_runs.h"
#include "tests/support/expect.h"

// If it failed, the table that "make demo" prints would have changed.
static void compare_print__text__is_an_aligned_table(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    fixture.runs[4].status = RUN_DIVERGED;
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    char *text = compare_runs_printed(comparison, COMPARE_TEXT);
    const char *tables = strstr(text, "PRIMARY");
    assert_non_null(tables);
    assert_null(strstr(text, "after start-up")); // there is none, and so nothing but the mean again
    const char *divergence = strstr(tables, "divergence");
    assert_non_null(divergence);
    const char expected[] =
        "PRIMARY: test accuracy in percentage points, mean over the evaluations t < end\n"
        "policy.name   n   value    diff       95 % interval  p (t)  Holm  Wilcoxon  difference "
        "is\n"
        "async         3  30.000                    baseline\n"
        "hybrid       2!  36.000  +1.000  [-37.119, +39.119]   .795  .795   (1.000)  not "
        "significant\n"
        "\n"
        "the same: 95 % intervals for all cells together, p of max-T, what pairing brought\n"
        "policy.name  simultaneous    max-T  bootstrap  pair corr  var ratio\n"
        "hybrid                  -  (1.000)          -      +1.00       0.31\n"
        "\n"
        "test accuracy in percentage points, at the end\n";
    if (strncmp(tables, expected, strlen(expected)) != 0) {
        fail_msg("%s", tables);
    }
    assert_string_equal(
        divergence,
        "divergence (not finite, or a last loss above 2 ln 10)\n"
        "policy.name  runs  diverged   rate   95 % interval  only here  only baseline  p "
        "(McNemar)\n"
        "async           3         0  0.000  [0.000, 0.708]                               "
        "baseline\n"
        "hybrid          3         1  0.333  [0.008, 0.906]          1              0      "
        "(1.000)\n"
        "\n"
        "note: ! 1 of 3 pairs diverged (1 here, 0 in the baseline, 0 in both): differences are "
        "over "
        "the\n"
        "others, which favours cells that lose their bad runs; see the table of divergence:\n"
        "policy.name=hybrid\n"
        "note: (p): with 2 pairs Wilcoxon's p is at least 0.5, so it cannot be significant at 5 % "
        "(this needs\n"
        "6 pairs); what is called significant rests on Student's t, which assumes normal "
        "differences\n"
        "note: (p): max-T over 2 rounds is at least 0.5, so it cannot be significant at 5 %, and "
        "there are no\n"
        "simultaneous intervals (both need 6 rounds)\n"
        "note: no bootstrap interval below 10 pairs\n");
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, a law among the varied keys would push the numbers off the screen.
static void compare_print__text__fits_100_columns(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture,
                     "{law: shifted_exponential, shift: 180 ms, mean: 220 ms, to: the end}", 32, 1,
                     0.20, 0.50);
    compare_runs_add(&fixture, "async", 64, 1, 0.20, 0.50);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    char *text = compare_runs_printed(comparison, COMPARE_TEXT);
    assert_non_null(strstr(text, "\npolicy.name={law: shifted_exponential, "));
    assert_non_null(strstr(text, "\n    1  20.000  +0.000 "));
    for (const char *line = text; *line != 0; line += strcspn(line, "\n") + 1) {
        if (strcspn(line, "\n") > 100) {
            fail_msg("%.*s", (int)strcspn(line, "\n"), line);
        }
    }
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, a paper would not compile, or a page would show another table.
static void compare_print__markdown_and_latex__are_tables_of_their_kind(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    char *text = compare_runs_printed(comparison, COMPARE_MARKDOWN);
    assert_non_null(strstr(text,
                           "\n| policy.name | n | value | diff | 95 % interval | p (t) | Holm "
                           "| Wilcoxon | difference is |\n"
                           "|---|---:|---:|---:|---:|---:|---:|---:|---|\n"
                           "| async | 3 | 30.000 |  | baseline |  |  |  |  |\n"
                           "| hybrid | 3 | 31.000 | +1.000 | [-6.452, +8.452] | .622 | .622 | "
                           "(.750) | not significant |\n"));
    assert_non_null(strstr(text, "\n- note: (p): with 3 pairs"));
    memory_free(text);
    text = compare_runs_printed(comparison, COMPARE_LATEX);
    assert_non_null(strstr(text, "\\begin{tabular}{lrrrrr}\n\\toprule\n"
                                 "Policy & n & value & difference & 95 \\% interval & p "
                                 "\\\\\n\\midrule\n"));
    assert_non_null(strstr(text, "hybrid & 3 & 31.000 & $+$1.000 & {[}$-$6.452, $+$8.452] & "));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, machines would read other numbers than people do.
static void compare_print__json_and_csv__hold_the_same_numbers(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    char *text = compare_runs_printed(comparison, COMPARE_JSON);
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    const json_t *baseline = json_object_get(object, "baseline");
    assert_true(json_is_false(json_object_get(baseline, "of_sweep")));
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(baseline, "settings"), "policy.name")),
        "async");
    const json_t *cell = json_array_get(json_object_get(object, "cells"), 1);
    const json_t *metric = json_object_get(cell, "test_accuracy_mean");
    expect_within(json_real_value(json_object_get(metric, "difference")), 1, 1e-12);
    expect_within(json_real_value(json_object_get(metric, "difference_std_dev")), 3, 1e-12);
    expect_within(json_real_value(json_object_get(metric, "p_wilcoxon_least")), 0.25, 1e-12);
    assert_int_equal(json_integer_value(json_object_get(metric, "positive")), 2);
    assert_true(json_is_null(json_object_get(metric, "bootstrap_low")));
    assert_string_equal(json_string_value(json_object_get(metric, "verdict")), "not significant");
    assert_string_equal(json_string_value(json_object_get(object, "primary")),
                        "test_accuracy_mean");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(cell, "keys"), "policy.name")), "hybrid");
    assert_int_equal(json_array_size(json_object_get(object, "notes")), 3);
    json_decref(object);
    memory_free(text);
    text = compare_runs_printed(comparison, COMPARE_CSV);
    assert_non_null(strstr(text, "policy.name,is_baseline,runs,diverged,metric,is_primary,verdict,"
                                 "rounds,mean,std_dev,min,max,pairs,"));
    const char *row = strstr(text, "\nhybrid,0,3,0,test_accuracy_mean,1,not significant,3,");
    assert_non_null(row);
    expect_within(strtod(strstr(row, "significant,3,") + strlen("significant,3,"), NULL), 31,
                  1e-12);
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, a mistyped metric would be refused without a hint.
static void compare_metric__names__are_found_again(void **state) {
    (void)state;
    char name[COMPARE_NAME_SIZE];
    char closest[COMPARE_NAME_SIZE];
    for (int i = 0; i < COMPARE_METRIC_COUNT; i++) {
        assert_int_equal(compare_metric_find(compare_metric_name(i, name), closest), i);
    }
    assert_string_equal(compare_metric_name(MEAN, name), "test_accuracy_mean");
    assert_string_equal(compare_metric_name(COMPARE_TIME_TO_ACCURACY, name), "time_to_accuracy");
    assert_int_equal(compare_metric_find("test_acuracy_mean", closest), -1);
    assert_string_equal(closest, "test_accuracy_mean");
    assert_int_equal(compare_metric_find("x", closest), -1);
    assert_string_equal(closest, "");
}

// If it failed, a law, whose value holds commas, would break the columns of the CSV.
static void compare_print__csv__quotes_values_with_commas(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "{law: x, a: \"1\"}", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    struct comparison *comparison = compare_runs_compare(&fixture, NULL);
    char *text = compare_runs_printed(comparison, COMPARE_CSV);
    assert_non_null(strstr(text, "\n\"{law: x, a: \"\"1\"\"}\",0,1,0,test_loss_mean,"));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, logs that differ in more keys than a table has columns would end the program, or
// their tables could not tell the cells apart.
static void compare_print__more_keys_than_columns__stand_above_the_rows(void **state) {
    (void)state;
    enum { KEYS = 100, SIZE = 16 * KEYS };
    char scenarios[2][SIZE] = {"", ""};
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.30, 0.50);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < KEYS; k++) {
            size_t used = strlen(scenarios[i]);
            snprintf(scenarios[i] + used, SIZE - used, "k%d: %s\n", k, i == 0 ? "a" : "b");
        }
        fixture.runs[i].scenario = scenarios[i];
    }
    struct comparison *comparison =
        compare_runs_compare(&fixture, &(struct compare_setting){"k0", "a"});
    assert_int_equal(comparison->key_count, KEYS);
    char *text = compare_runs_printed(comparison, COMPARE_TEXT);
    assert_non_null(strstr(text, "\nk0=b k1=b k2=b "));
    assert_non_null(strstr(text, "\n    1  30.000  +10.000 "));
    memory_free(text);
    text = compare_runs_printed(comparison, COMPARE_MARKDOWN);
    assert_non_null(strstr(text, "\n| k0=b k1=b k2=b "));
    assert_non_null(strstr(text, " k99=b | 1 | 30.000 | +10.000 |"));
    memory_free(text);
    text = compare_runs_printed(comparison, COMPARE_LATEX);
    assert_non_null(strstr(text, "\nk0=b k1=b k2=b "));
    assert_non_null(strstr(text, " k99=b & 1 & 30.000 & $+$10.000 &"));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, a paper would get a table without a caption, headed by dotted keys, or six tables
// where one was asked for.
static void compare_print__latex__is_the_one_table_that_was_asked_for(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.asked[FINAL] = true;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    char *text = compare_runs_printed(comparison, COMPARE_LATEX);
    const char *table = strstr(text, "\\begin{table}");
    assert_non_null(table);
    assert_null(strstr(table + 1, "\\begin{table}"));
    for (const char *line = text; line < table; line = strchr(line, '\n') + 1) {
        assert_true(*line == '%' || *line == '\n'); // nothing that a paper would print
    }
    const char expected[] =
        "\\begin{table}\n"
        "\\centering\n"
        "\\caption{Test accuracy in percentage points, at the end. Value: mean over the n rounds; "
        "difference to policy async, paired by round, with 95 \\% intervals of Student's t and p "
        "adjusted by Holm (1 cell); significant: at most .05.}\n"
        "\\label{tab:test-accuracy-final}\n"
        "\\begin{tabular}{lrrrrr}\n"
        "\\toprule\n"
        "Policy & n & value & difference & 95 \\% interval & p \\\\\n"
        "\\midrule\n"
        "async & 3 & 50.000 &  & baseline &  \\\\\n"
        "hybrid & 3 & 55.000 & $+$5.000 & {[}$-$7.421, $+$17.421] & .225 \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
        "\\end{table}\n";
    if (strncmp(table, expected, strlen(expected)) != 0) {
        fail_msg("%s", table);
    }
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, nobody could tell which of several baselines a difference is from.
static void compare_print__several_baselines__each_row_names_its_own(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    for (uint64_t seed = 1; seed <= 2; seed++) {
        compare_runs_add(&fixture, "async", 32, seed, 0.20, 0.50);
        compare_runs_add(&fixture, "async", 64, seed, 0.25, 0.50);
        compare_runs_add(&fixture, "hybrid", 32, seed, 0.30, 0.50);
        compare_runs_add(&fixture, "hybrid", 64, seed, 0.30 + 0.01 * (double)seed, 0.50);
    }
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->baseline_count, 2);
    char *text = compare_runs_printed(comparison, COMPARE_MARKDOWN);
    assert_non_null(strstr(text, "| difference is | from |\n"));
    assert_non_null(strstr(text, "| no spread | 32 |\n"));
    assert_non_null(strstr(text, "| significant | 64 |\n"));
    memory_free(text);
    compare_destroy(&comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare_print__text__is_an_aligned_table),
        cmocka_unit_test(compare_print__text__fits_100_columns),
        cmocka_unit_test(compare_print__markdown_and_latex__are_tables_of_their_kind),
        cmocka_unit_test(compare_print__json_and_csv__hold_the_same_numbers),
        cmocka_unit_test(compare_metric__names__are_found_again),
        cmocka_unit_test(compare_print__more_keys_than_columns__stand_above_the_rows),
        cmocka_unit_test(compare_print__latex__is_the_one_table_that_was_asked_for),
        cmocka_unit_test(compare_print__several_baselines__each_row_names_its_own),
        cmocka_unit_test(compare_print__csv__quotes_values_with_commas),
    };
    return cmocka_run_group_tests_name("compare_print", tests, NULL, NULL);
}
