// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_law_map: the words of a law's map, and its canonical text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/scenario/scenario_law_map.h"
#include "sim/scenario/scenario_parse.h"

static void expect_canonical(const char *written, const char *canonical) {
    const struct scenario_setting setting = {"cluster.compute", written};
    struct scenario scenario;
    struct error error = {0};
    struct text_buffer text = {0};
    if (scenario_parse("t", "{}", 2, &setting, 1, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    law_map_write(&scenario.cluster.compute, &text);
    assert_string_equal(text_buffer_text(&text), canonical);
    text_buffer_clear(&text);
}

// Two texts of one mixture would be two runs of a sweep.
static void law_map_write__mixture__has_its_parts_in_order_and_every_share(void **state) {
    (void)state;
    expect_canonical(
        "{law: mixture, parts: {b: {law: constant, value: 1 s}, a: {share: 34.4 %, "
        "law: exponential, mean: 2 s, at_most: 3 s}}, at_most: 2 s}",
        "{law: mixture, parts: {a: {share: 34.4 %, law: exponential, mean: 2 s, "
        "at_most: 3 s}, b: {share: 65.6 %, law: constant, value: 1 s}}, at_most: 2 s}");
    expect_canonical("{law: mixture, parts: {z: {law: normal, std: 1 s}}}",
                     "{law: mixture, parts: {z: {share: 100 %, law: normal, mean: 0 s, std: 1 s, "
                     "negative: absolute}}}");
}

// The scenario in a log must be read back without the file of its times.
static void law_map_write__measured_times__are_written_as_they_are_read(void **state) {
    (void)state;
    static const char *const laws[] = {
        "{law: trace, hash: 0123456789abcdef, column: \"a, b\", unit: min, worker: rank, rows: 7, "
        "min: 0 s, mean: 3 s}",
        "{law: empirical, hash: 0000000000000000, column: ms, unit: ms, rows: 1000000, min: 1 ns, "
        "mean: 205 ms}"};
    expect_canonical(laws[0], laws[0]);
    expect_canonical(laws[1], laws[1]);
}

// A bound that no time exceeds is said of a constant for nothing.
static void law_map_write__bound_of_a_constant__is_left_out(void **state) {
    (void)state;
    expect_canonical("{law: constant, value: 1 s, at_most: 2 s}", "{law: constant, value: 1 s}");
    expect_canonical("{law: erlang, mean: 1 s, stages: 3, at_most: 2 s}",
                     "{law: erlang, mean: 1 s, stages: 3, at_most: 2 s}");
}

// A member of a law that is not indented would be told as an unknown key, without what is wrong.
static void law_has_member__every_word_of_a_law__is_one(void **state) {
    (void)state;
    static const char *const others[] = {"law",  "negative", "at_most", "parts",
                                         "file", "column",   "unit",    "worker"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(law_has_member(others[i]));
    }
    for (enum law law = 0; law < LAW_COUNT; law++) {
        for (int i = 0; i < law_table[law].parameter_count; i++) {
            assert_true(law_has_member(law_table[law].parameters[i].name));
        }
    }
    assert_false(law_has_member("workers"));
    assert_false(law_has_member(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law_map_write__mixture__has_its_parts_in_order_and_every_share),
        cmocka_unit_test(law_map_write__bound_of_a_constant__is_left_out),
        cmocka_unit_test(law_has_member__every_word_of_a_law__is_one),
        cmocka_unit_test(law_map_write__measured_times__are_written_as_they_are_read),
    };
    return cmocka_run_group_tests_name("scenario_law_map", tests, NULL, NULL);
}
