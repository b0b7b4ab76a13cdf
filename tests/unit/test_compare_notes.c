// SPDX-License-Identifier: GPL-3.0-or-later
// What a comparison says beside its numbers where there are few of them, or none.
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
#include "tests/support/compare_runs.h"
#include "tests/support/expect.h"

#define S INT64_C(1000000000)

// Text without its line ends, which fall anywhere.
static char *unwrapped(const struct comparison *comparison) {
    char *text = compare_runs_printed(comparison, COMPARE_TEXT);
    for (char *end = strchr(text, '\n'); end != NULL; end = strchr(end, '\n')) {
        *end = ' ';
    }
    return text;
}

static void expect_said(const struct comparison *comparison, const char *said) {
    char *text = unwrapped(comparison);
    if (strstr(text, said) == NULL) {
        fail_msg("'%s' is not in: %s", said, text);
    }
    memory_free(text);
}

static void expect_not_said(const struct comparison *comparison, const char *said) {
    char *text = unwrapped(comparison);
    if (strstr(text, said) != NULL) {
        fail_msg("'%s' is in: %s", said, text);
    }
    memory_free(text);
}

static void expect_json_note(const struct comparison *comparison, const char *expected) {
    char *text = compare_runs_printed(comparison, COMPARE_JSON);
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_array_get(json_object_get(object, "notes"), 0)),
                        expected);
    json_decref(object);
    memory_free(text);
}

// If it failed, the metric that decides would vanish, and the others would look like the answer.
static void notes__a_primary_metric_without_values__says_so_in_every_format(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.primary = RUN_TEST_ACCURACY * COMPARE_FORMS + COMPARE_MEAN_AFTER;
    options.primary_declared = true;
    options.after_ns = 100 * S;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    const char note[] = "note: primary metric test_accuracy_mean_after: no run has a value of it: "
                        "no evaluation lies in 100.000 s <= t < end";
    expect_said(comparison, note);
    expect_json_note(comparison, note);
    char *text = compare_runs_printed(comparison, COMPARE_MARKDOWN);
    assert_non_null(strstr(text, "- note: primary metric test\\_accuracy\\_mean\\_after: no run"));
    memory_free(text);
    text = compare_runs_printed(comparison, COMPARE_LATEX);
    assert_non_null(strstr(text, "% note: primary metric test_accuracy_mean_after: no run"));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, models without an accuracy would be compared by nothing, and nobody would be told;
// or whoever asks for no differences would be told of a metric that nobody named.
static void notes__a_model_without_accuracy__has_no_default_primary_metric(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    for (size_t i = 0; i < fixture.count; i++) {
        for (int e = 0; e < 3; e++) {
            fixture.rows[i][e].test_accuracy = (double)NAN;
            fixture.rows[i][e].train_accuracy = (double)NAN;
        }
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "note: primary metric test_accuracy_mean: no run has a value of it: no "
                            "evaluation measures test_accuracy ");
    compare_destroy(&comparison);
    options.baseline_count = 0;
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_not_said(comparison, "no run has a value");
    compare_destroy(&comparison);
    options.asked[RUN_TRAIN_LOSS * COMPARE_FORMS] = true;
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "note: metric train_loss_mean: no run has a value of it: no evaluation "
                            "measures train_loss ");
    compare_destroy(&comparison);
    options.target = 0.9;
    options.primary = COMPARE_TIME_TO_ACCURACY;
    options.primary_declared = true;
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "note: primary metric time_to_accuracy: no run has a value of it: no "
                            "evaluation measures test_accuracy ");
    compare_destroy(&comparison);
}

// A stalled run counts, and so does one that has run away: without a word they would pass for
// results like any other.
static void notes__runs_that_stalled_or_ran_away__are_in_and_are_told(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    fixture.runs[1].status = RUN_STALLED;
    fixture.runs[2].status = RUN_STALLED;
    for (int e = 0; e < 3; e++) { // no classifier
        fixture.rows[3][e].test_accuracy = (double)NAN;
        fixture.rows[3][e].train_accuracy = (double)NAN;
        fixture.rows[3][e].test_loss = e == 2 ? 1e9 : 1;
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->omissions[1], COMPARE_KEPT);
    expect_said(comparison, "note: ! 2 of 6 runs stalled, the first is run1.h5: ");
    expect_said(comparison,
                "note: ! the loss of 1 of 6 runs has grown 1000-fold or more, the first "
                "is run3.h5");
    compare_destroy(&comparison);
}

// If it failed, runs of which not one is left would have a restricted mean up to 0 s, a difference
// of 0.00 and a p of 1.
static void notes__all_runs_diverged__there_is_no_time_to_accuracy(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    for (size_t i = 0; i < fixture.count; i++) {
        fixture.runs[i].status = RUN_DIVERGED;
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.target = 0.5;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    const struct compare_numbers *times = &comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY];
    assert_int_equal(times->t.pairs, 0);
    assert_true(isnan(times->reached) && isnan(times->value.mean) && isnan(times->t.p));
    assert_true(isnan(times->difference_least));
    expect_not_said(comparison, "restricted mean");
    expect_said(comparison, "note: primary metric test_accuracy_mean: no run has a value of it: "
                            "all of them diverged ");
    expect_said(comparison,
                "note: metric time_to_accuracy: no run has a value of it: all of them diverged ");
    char *text = compare_runs_printed(comparison, COMPARE_JSON);
    assert_non_null(strstr(text, "\"horizon_s\": null"));
    memory_free(text);
    compare_destroy(&comparison);
    for (size_t i = 0; i < fixture.count; i++) {
        fixture.runs[i].status = RUN_COMPLETE;
        fixture.runs[i].evaluation_count = 1; // at 0 s: a mean up to there is one of nothing
    }
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_not_said(comparison, "restricted mean");
    expect_said(comparison, "note: metric time_to_accuracy: no run has a value of it: some run has "
                            "no evaluation after 0 s, and so there is no common horizon ");
    compare_destroy(&comparison);
}

// If it failed, a long run would have got there in a time in which no other was watched.
static void time__a_crossing_behind_the_horizon__did_not_get_there(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "async", 32, 1, 0.10, 0.30); // 2 s, and never at .79
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.10, 0.80);
    fixture.rows[1][2].time_ns = fixture.runs[1].end_ns = 500 * S;
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.target = 0.79;
    options.sustained = 1;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    const struct compare_numbers *times = &comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY];
    assert_int_equal(comparison->horizon_ns, 2 * S);
    expect_within(times->reached, 0, 0);
    compare_destroy(&comparison);
    fixture.rows[1][2].time_ns = 2 * S; // at the horizon it counts
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_within(comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY].reached, 1, 0);
    compare_destroy(&comparison);
}

// If it failed, a cell without a finished run would have got there in -nan % of them, and one of
// whose runs one measures no accuracy in half.
static void time__runs_without_a_time__are_not_counted(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "async", 32, 1, 0.40, 0.90);
    compare_runs_add(&fixture, "async", 32, 2, 0.40, 0.90);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.40, 0.90);
    for (int e = 0; e < 3; e++) {
        fixture.rows[1][e].test_accuracy = (double)NAN;
        fixture.rows[1][e].train_accuracy = (double)NAN;
    }
    fixture.runs[2].status = RUN_INTERRUPTED;
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.target = 0.5;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    expect_within(comparison->cells[0].numbers[COMPARE_TIME_TO_ACCURACY].reached, 1, 0);
    assert_true(isnan(comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY].reached));
    expect_not_said(comparison, "nan");
    expect_said(comparison, "hybrid       0          -");
    compare_destroy(&comparison);
}

// If it failed, the note on runs that diverged would not be true of the time to accuracy, in which
// they stay.
static void notes__diverged_pairs__are_out_but_of_the_times(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    fixture.runs[4].status = RUN_DIVERGED;
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "in both): differences are over the others, which favours ");
    compare_destroy(&comparison);
    options.target = 0.5;
    comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY].t.pairs, 3);
    expect_said(comparison, "in both): differences, but those of the time to accuracy, which a "
                            "diverged run never reaches, are over the others, which favours ");
    compare_destroy(&comparison);
}

// If it failed, eleven pairs of which ten are equal would be told that one pair has no spread,
// under a table with intervals.
static void notes__pairs_that_are_zero__are_pairs(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    for (int i = 0; i < 11; i++) {
        compare_runs_add(&fixture, "async", 32, (uint64_t)i + 1, 0.25, 0.50);
        compare_runs_add(&fixture, "hybrid", 32, (uint64_t)i + 1, i == 0 ? 0.30 : 0.25, 0.50);
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_true(isfinite(comparison->cells[1].numbers[MEAN].t.low));
    assert_true(isfinite(comparison->cells[1].numbers[MEAN].bootstrap.low));
    expect_not_said(comparison, "one pair has no spread");
    expect_not_said(comparison, "no bootstrap interval");
    expect_said(comparison, "note: (p): with 1 pair, zeros aside, Wilcoxon's p is at least 1, so ");
    compare_destroy(&comparison);
    fixture.count = 8;
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "note: no bootstrap interval below 10 pairs");
    compare_destroy(&comparison);
    fixture.count = 2;
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "note: one pair has no spread: no interval, no test");
    compare_destroy(&comparison);
}

static void name_file(struct compare_runs *fixture, size_t i, const char *path) {
    size_t used = strlen(fixture->scenarios[i]);
    snprintf(fixture->scenarios[i] + used, sizeof fixture->scenarios[i] - used,
             "data:\n  name: file\n  path: %s\n  test_share: 20 %%\n", path);
}

// If it failed, rounds before and after a change of the user's file would be averaged silently: the
// scenario names the file, and nobody looks into it again.
static void notes__a_file_that_changed__is_told(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    for (size_t i = 0; i < fixture.count; i++) {
        name_file(&fixture, i, "mine.h5");
        fixture.runs[i].data_hash = 0xa1;
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    expect_not_said(comparison, "same data");
    compare_destroy(&comparison);
    fixture.runs[3].data_hash = 0xb2;
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison, "the hash of run0.h5 is 00000000000000a1, that of run3.h5 "
                            "00000000000000b2");
    compare_destroy(&comparison);
}

// If it failed, runs on two files would be taken for runs on one that changed.
static void notes__other_files__have_other_contents(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    for (size_t i = 0; i < fixture.count; i++) {
        name_file(&fixture, i, i == 3 ? "yours.h5" : "mine.h5");
        fixture.runs[i].data_hash = i == 3;
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    expect_not_said(comparison, "same data");
    compare_destroy(&comparison);
}

// If it failed, ten pairs, the fewest with a bootstrap interval, would be said to have none.
static void notes__exactly_ten_pairs__have_a_bootstrap_interval(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    for (int i = 0; i < 10; i++) {
        compare_runs_add(&fixture, "async", 32, (uint64_t)i + 1, 0.25, 0.50);
        compare_runs_add(&fixture, "hybrid", 32, (uint64_t)i + 1, 0.30 + 0.01 * i, 0.50);
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_true(isfinite(comparison->cells[1].numbers[MEAN].bootstrap.low));
    expect_not_said(comparison, "no bootstrap interval");
    compare_destroy(&comparison);
    fixture.count = 18;
    comparison = compare_runs_compare_with(&fixture, &options);
    assert_true(isnan(comparison->cells[1].numbers[MEAN].bootstrap.low));
    expect_said(comparison, "no bootstrap interval below 10 pairs");
    compare_destroy(&comparison);
}

// If it failed, a run that somebody stopped, and that is out, would shorten the time up to which
// all others are compared; so would one that diverged, which is in with the whole of it.
static void time__runs_that_stopped_early__do_not_shorten_the_horizon(void **state) {
    (void)state;
    static const enum run_status endings[] = {RUN_INTERRUPTED, RUN_DIVERGED};
    for (size_t i = 0; i < 2; i++) {
        struct compare_runs fixture = {0};
        compare_runs_add_three_rounds(&fixture);
        fixture.runs[4].status = endings[i];
        fixture.runs[4].evaluation_count = 2; // up to 1 s
        fixture.runs[4].end_ns = S;
        struct compare_options options = compare_runs_options(&compare_runs_async);
        options.target = 0.9;
        struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
        assert_true(comparison->horizon_ns == 2 * S);
        expect_within(comparison->cells[0].numbers[COMPARE_TIME_TO_ACCURACY].value.mean, 2, 0);
        compare_destroy(&comparison);
    }
}

// If it failed, a reader would take p for what it is not: ties share ranks, and above 200 pairs p
// is of the normal law.
static void notes__ties_and_many_pairs__are_told(void **state) {
    (void)state;
    static struct compare_runs fixture;
    for (int i = 0; i < 201; i++) {
        compare_runs_add(&fixture, "async", 32, (uint64_t)i + 1, 0.25, 0.50);
        compare_runs_add(&fixture, "hybrid", 32, (uint64_t)i + 1, i % 3 == 0 ? 0.20 : 0.30, 0.50);
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    expect_said(comparison,
                "equal differences share their ranks in 1 cell; p is exact given these");
    expect_said(comparison, "Wilcoxon: above 200 pairs p is the normal approximation");
    compare_destroy(&comparison);
    fixture.count = 6;
    for (size_t i = 0; i < 6; i++) {
        fixture.rows[i][1].test_accuracy += 0.01 * (double)(i * i * (i % 2));
    }
    comparison = compare_runs_compare_with(&fixture, &options);
    expect_not_said(comparison, "share their ranks");
    expect_not_said(comparison, "normal approximation");
    compare_destroy(&comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes__a_file_that_changed__is_told),
        cmocka_unit_test(notes__other_files__have_other_contents),
        cmocka_unit_test(notes__a_primary_metric_without_values__says_so_in_every_format),
        cmocka_unit_test(notes__a_model_without_accuracy__has_no_default_primary_metric),
        cmocka_unit_test(notes__runs_that_stalled_or_ran_away__are_in_and_are_told),
        cmocka_unit_test(notes__all_runs_diverged__there_is_no_time_to_accuracy),
        cmocka_unit_test(time__a_crossing_behind_the_horizon__did_not_get_there),
        cmocka_unit_test(time__runs_without_a_time__are_not_counted),
        cmocka_unit_test(notes__diverged_pairs__are_out_but_of_the_times),
        cmocka_unit_test(notes__pairs_that_are_zero__are_pairs),
        cmocka_unit_test(notes__exactly_ten_pairs__have_a_bootstrap_interval),
        cmocka_unit_test(time__runs_that_stopped_early__do_not_shorten_the_horizon),
        cmocka_unit_test(notes__ties_and_many_pairs__are_told),
    };
    return cmocka_run_group_tests_name("compare_notes", tests, NULL, NULL);
}
