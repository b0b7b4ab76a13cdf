// SPDX-License-Identifier: GPL-3.0-or-later
// What a page says of a run. (tests/page/report_is_the_log.mjs holds it against whole logs.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "sim/report/page_run.h"
#include "tests/support/story_log.h"

// Numbers of 64 bits would lose digits in a browser: hashes and the seed are texts.
static void facts__of_the_story__have_all_digits(void **state) {
    (void)state;
    struct provenance provenance = {.cpu = "a \"cpu\" <b>", .threads = 2};
    struct runlog log = story_log_create();
    log.header.seed = UINT64_MAX;
    log.altered = true;
    json_t *facts = page_run_facts(&log, &provenance);
    const json_t *attributes = json_object_get(facts, "attributes");
    const char *seed = json_string_value(json_object_get(attributes, "seed"));
    const char *timeline = json_string_value(json_object_get(attributes, "timeline_fingerprint"));
    assert_string_equal(seed, "18446744073709551615");
    assert_string_equal(timeline, "0000000000000abc");
    assert_int_equal(json_integer_value(json_object_get(attributes, "end_ns")), 1300000000);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(facts, "provenance"), "cpu")),
        "a \"cpu\" <b>");
    assert_string_equal(json_string_value(json_object_get(facts, "scenario")), log.header.scenario);
    assert_true(json_is_true(json_object_get(facts, "altered")));
    json_decref(facts);
    runlog_reset(&log);
}

// Whoever looks at a run that did not come to its end wants to know why.
static void facts__of_a_stalled_run__say_for_whom_it_waits(void **state) {
    (void)state;
    struct provenance provenance = {0};
    struct runlog log = story_log_create();
    log.ending.status = RUN_STALLED;
    log.ending.stalled_since_ns = 7;
    snprintf(log.ending.reason, sizeof log.ending.reason, "worker 1");
    json_t *facts = page_run_facts(&log, &provenance);
    const json_t *attributes = json_object_get(facts, "attributes");
    assert_string_equal(json_string_value(json_object_get(attributes, "status")), "stalled");
    assert_string_equal(json_string_value(json_object_get(attributes, "stalled_waiting_for")),
                        "worker 1");
    assert_int_equal(json_integer_value(json_object_get(attributes, "stalled_since_ns")), 7);
    json_decref(facts);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts__of_the_story__have_all_digits),
        cmocka_unit_test(facts__of_a_stalled_run__say_for_whom_it_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
