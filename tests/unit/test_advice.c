// SPDX-License-Identifier: GPL-3.0-or-later
// The advice on the threshold: its rule, its words, and what it refuses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/scenario_input.h"
#include "sim/validate/advice_print.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

static void read_lesson(struct scenario *scenario) {
    struct error error;
    struct scenario_notes notes = {0};
    if (scenario_input_read("scenarios/lessons/10_schedule/scenario.yaml", NULL, 0, scenario,
                            &notes, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    scenario_notes_reset(&notes);
}

// The table of lesson 10, whose rows are runs of their own: the advice must say the same.
static void advice__of_the_busy_cluster__is_that_of_the_lesson(void **state) {
    (void)state;
    static const double rates[] = {66.5, 78.2, 79.7, 79.3, 77.6};
    static const double idle[] = {28.0, 16.4, 15.0, NAN, 17.0};
    struct scenario scenario;
    struct advice advice;
    struct advice_options options = {0};
    struct error error;
    read_lesson(&scenario);
    assert_int_equal(advice_make(&scenario, &options, &advice, &error), STATUS_OK);
    assert_int_equal(advice.count, 25);
    for (size_t i = 0; i < 5; i++) {
        expect_within(advice.rows[i].gradients_per_s, rates[i], .0501);
        if (!isnan(idle[i])) {
            expect_within(100 * advice.rows[i].idle_share, idle[i], .0501);
        }
    }
    expect_within(advice.rows[24].server_load, .358, .0005);
    expect_within(advice.rows[24].staleness, 0, 0);
    assert_int_equal(advice.rows[advice.best].threshold, 3);
    assert_int_equal(advice.rows[advice.recommended].threshold, 2);
    advice_reset(&advice);
}

static enum status advise(const char *text, struct error *error) {
    struct scenario scenario;
    struct advice advice;
    struct advice_options options = {0};
    small_cluster_parse(&scenario, "model: none\n%s", text);
    enum status status = advice_make(&scenario, &options, &advice, error);
    assert_null(advice.rows);
    return status;
}

// A policy without a threshold cannot be advised on one, and a run in which nothing is applied has
// no best.
static void advice__what_has_no_answer__is_refused(void **state) {
    (void)state;
    struct error error;
    assert_int_equal(advise("end: 1 s\npolicy: {name: async}\n", &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "policy async has no threshold"));
    assert_int_equal(advise("end: 1 s\npolicy: {name: hybrid}\ncluster: {compute: 2 s}\n", &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "no gradient is applied"));
    assert_int_equal(advise("end: 1 s\npolicy: {name: hybrid}\ncluster: {start_up: 1 s}\n", &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "start-up"));
    assert_int_equal(advise("end: 3 s\npolicy: {name: hybrid}\n"
                            "past: [{until: 1 s, policy.name: async}]\n",
                            &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "midway"));
}

static void print(const struct advice *advice, bool json, char **text) {
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    assert_non_null(out);
    if (json) {
        advice_print_json(out, advice);
    } else {
        advice_print(out, "", advice);
    }
    fclose(out);
}

static void expect_text(const struct advice *advice, bool json, const char *part) {
    char *text = NULL;
    print(advice, json, &text);
    if (strstr(text, part) == NULL) {
        fail_msg("nowhere '%s' in:\n%s", part, text);
    }
    free(text);
}

// Whoever reads the advice decides by its words: who is the bottleneck, what is not known; numbers
// that do not exist must not look like any.
static void advice_print__any_advice__says_why_and_what_is_not_known(void **state) {
    (void)state;
    struct advice_row rows[] = {
        {1, 50, (double)NAN, NULL, 50, 50, 4, .99, .3, 0},
        {2, 99, 98.7, "the form", 100, 49.5, 1.5, .95, .2, .1},
        {3, 100, (double)NAN, NULL, (double)INFINITY, 33.3, (double)NAN, .9, .1, .25}};
    struct advice advice = {.rows = rows, .count = 3, .best = 2, .recommended = 1};
    expect_text(&advice, false, "the server is the bottleneck: it is busy 99.0 %");
    expect_text(&advice, false, "K = 2 is the smallest whose gradients/s (99.0) are within 2 %");
    expect_text(&advice, false, "Theory from K = 2 on: the form.");
    expect_text(&advice, false, "cannot know what fresh gradients are worth");
    expect_text(&advice, true, "\"recommended\": 2");
    expect_text(&advice, true, "\"theory_gradients_per_s\": null");
    expect_text(&advice, true, "\"server_most_gradients_per_s\": null");
    rows[0].server_load = .5;
    expect_text(&advice, false, "50.0, with a server that is busy 50.0 %");
    advice.recommended = 0;
    expect_text(&advice, false, "greater K gains no more");
    advice.stalled = true;
    expect_text(&advice, false, "Some of these runs stalled");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(advice__of_the_busy_cluster__is_that_of_the_lesson),
        cmocka_unit_test(advice__what_has_no_answer__is_refused),
        cmocka_unit_test(advice_print__any_advice__says_why_and_what_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
