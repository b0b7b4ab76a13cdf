// SPDX-License-Identifier: GPL-3.0-or-later
// sim_time: exact nanoseconds in, exact text out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "sim/base/sim_time.h"
#include "sim/base/status.h"
#include "tests/support/child.h"
#include "tests/support/expect.h"

static void expect_parsed(const char *text, int64_t expected_ns) {
    int64_t span_ns = -77;
    const char *wrong = sim_time_parse(text, &span_ns);
    if (wrong != NULL || span_ns != expected_ns) {
        print_error("'%s' gives %lld (%s)\n", text, (long long)span_ns, wrong ? wrong : "no error");
        fail();
    }
}

static void expect_refused(const char *text, const char *part_of_sentence) {
    int64_t span_ns = -77;
    const char *wrong = sim_time_parse(text, &span_ns);
    if (wrong == NULL || strstr(wrong, part_of_sentence) == NULL || span_ns != -77) {
        print_error("'%s' gives %lld (%s)\n", text, (long long)span_ns, wrong ? wrong : "no error");
        fail();
    }
}

// Scenarios hold such texts: every unit, signs, fractions, with and without a blank.
static void sim_time_parse__units_signs_and_fractions__are_exact(void **state) {
    (void)state;
    expect_parsed("0 s", 0);
    expect_parsed("1 ns", 1);
    expect_parsed("220 ms", 220000000);
    expect_parsed("220ms", 220000000);
    expect_parsed("7 us", 7000);
    expect_parsed("1.5 min", 90 * NS_PER_S);
    expect_parsed("2 h", 7200 * NS_PER_S);
    expect_parsed("-0.5 s", -500000000);
    expect_parsed("+3 s", 3 * NS_PER_S);
    expect_parsed("0.1 s", 100000000); // has no exact double
    expect_parsed("1.000000001 s", 1000000001);
    expect_parsed(".1 s", 100000000);
    expect_parsed("5. ms", 5000000);
    expect_parsed("1e2 s", 100 * NS_PER_S);
    expect_parsed("1e-05 s", 10000);
    expect_parsed("+2.5E+3 ms", 2500000000);
    expect_parsed("1.5e1min", 900 * NS_PER_S);
    expect_parsed("0e9999999999 s", 0);
    expect_parsed("7 \u00b5s", 7000);     // the micro sign
    expect_parsed("7e3\u03bcs", 7000000); // and the letter mu
}

// A time without its unit is the commonest mistake, and the dearest.
static void sim_time_parse__no_unit_or_a_wrong_one__is_refused(void **state) {
    (void)state;
    expect_refused("5", "unit");
    expect_refused("5 ", "unit");
    expect_refused("5 m", "unit");
    expect_refused("5 S", "unit");
    expect_refused("5 sec", "unit");
    expect_refused("5 ms ms", "unit");
    expect_refused("1e3", "unit");
    expect_refused("1e s", "unit");
    expect_refused("1e+ s", "unit");
    expect_refused("1e-10 s", "nanosecond");
    expect_refused("1e-9999999999 s", "nanosecond");
    expect_refused("1e9999999999 s", "126 years");
    expect_refused("1,5 s", "unit");
    expect_refused("1.2.3 s", "unit");
}

// Without a number there is no time, not a time of zero.
static void sim_time_parse__no_number__is_refused(void **state) {
    (void)state;
    expect_refused("", "number");
    expect_refused("ms", "number");
    expect_refused("-", "number");
    expect_refused("--5 s", "number");
    expect_refused("inf s", "number");
    expect_refused("nan s", "number");
    expect_refused(" 5 s", "number");
    expect_refused(". s", "number");
}

// Rounding on the quiet would make the canonical form differ from what the user wrote.
static void sim_time_parse__fraction_of_a_nanosecond__is_refused(void **state) {
    (void)state;
    expect_refused("0.5 ns", "nanosecond");
    expect_refused("1.0000000001 s", "nanosecond");
    expect_refused("0.00000000000000000000000000000000000001 h", "nanosecond");
    expect_refused("1.0000000000000000000000000000000000001 s", "nanosecond");
    expect_parsed("1.00000000000000000000000000000000000000000000 s", NS_PER_S);
    expect_parsed("1.50 us", 1500);
}

// The clock has 63 bits: what does not fit must be refused, not wrapped around.
static void sim_time_parse__longer_than_the_longest_span__is_refused(void **state) {
    (void)state;
    expect_parsed("4000000000 s", SIM_SPAN_MAX_NS);
    expect_parsed("-4000000000 s", -SIM_SPAN_MAX_NS);
    expect_refused("4000000000.000000001 s", "126 years");
    expect_refused("1111112 h", "126 years");
    expect_refused("9223372036854775807 s", "126 years");
    expect_refused("39999999999999999999999999999 h", "126 years");
    expect_refused("99999999999999999999999999999999999999999999999999 ns", "126 years");
}

// The canonical form must read back as the same scenario, whatever the time. 20,000 spans of all
// magnitudes and units.
static void sim_time__format_then_parse__is_the_same_span(void **state) {
    (void)state;
    static const int64_t units[] = {1, 1000, 1000000, NS_PER_S, 60 * NS_PER_S};
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_stream_u64(&stream);
        bits >>= rng_stream_u32(&stream) % 64;
        int64_t unit = units[rng_stream_u32(&stream) % 5];
        int64_t span_ns = (int64_t)(bits % (uint64_t)(SIM_SPAN_MAX_NS / unit)) * unit;
        char text[SIM_TIME_TEXT_SIZE];
        expect_parsed(sim_time_format(span_ns, text), span_ns);
        expect_parsed(sim_time_format(-span_ns, text), -span_ns);
    }
}

// People read these forms, and logs are compared by them.
static void sim_time_format__round_spans__use_the_largest_exact_unit(void **state) {
    (void)state;
    char text[SIM_TIME_TEXT_SIZE];
    assert_string_equal(sim_time_format(0, text), "0 s");
    assert_string_equal(sim_time_format(220000000, text), "220 ms");
    assert_string_equal(sim_time_format(1500000, text), "1500 us");
    assert_string_equal(sim_time_format(1000000001, text), "1000000001 ns");
    assert_string_equal(sim_time_format(100 * NS_PER_S, text), "100 s");
    assert_string_equal(sim_time_format(-500000000, text), "-500 ms");
    assert_string_equal(sim_time_format(SIM_SPAN_MAX_NS, text), "4000000000 s");
}

// Events are hours apart where sites sleep, and seconds where workers nap.
static void sim_time_format_sentence__round_long_spans__use_minutes_and_hours(void **state) {
    (void)state;
    char text[SIM_TIME_TEXT_SIZE];
    assert_string_equal(sim_time_format_sentence(0, text), "0 s");
    assert_string_equal(sim_time_format_sentence(8 * 3600 * NS_PER_S, text), "8 h");
    assert_string_equal(sim_time_format_sentence(90 * 60 * NS_PER_S, text), "90 min");
    assert_string_equal(sim_time_format_sentence(600 * NS_PER_S, text), "10 min");
    assert_string_equal(sim_time_format_sentence(601 * NS_PER_S, text), "601 s");
    assert_string_equal(sim_time_format_sentence(540 * NS_PER_S, text), "540 s");
    assert_string_equal(sim_time_format_sentence(220000000, text), "220 ms");
    assert_string_equal(sim_time_format_sentence(1000000001, text), "1000000001 ns");
}

// The stories that "tell" prints are compared letter by letter.
static void sim_time_format_seconds__any_time__has_three_decimals_or_all(void **state) {
    (void)state;
    char text[SIM_TIME_TEXT_SIZE];
    assert_string_equal(sim_time_format_seconds(0, text), "0.000 s");
    assert_string_equal(sim_time_format_seconds(3214000000, text), "3.214 s");
    assert_string_equal(sim_time_format_seconds(3214000500, text), "3.2140005 s");
    assert_string_equal(sim_time_format_seconds(1, text), "0.000000001 s");
    assert_string_equal(sim_time_format_seconds(-1, text), "-0.000000001 s");
    assert_string_equal(sim_time_format_seconds(50000000, text), "0.050 s");
    assert_string_equal(sim_time_format_seconds(INT64_MIN, text), "-9223372036.854775808 s");
    assert_string_equal(sim_time_format_seconds(SIM_TIME_NEVER, text), "9223372036.854775807 s");
}

// An event past the end of the clock never happens; it must not happen in the past.
static void sim_time_add__past_the_end_of_the_clock__is_never(void **state) {
    (void)state;
    assert_true(sim_time_add(1, 2) == 3);
    assert_true(sim_time_add(-5, 2) == -3);
    assert_true(sim_time_add(SIM_TIME_NEVER - 1, 1) == SIM_TIME_NEVER);
    assert_true(sim_time_add(SIM_TIME_NEVER - 1, 2) == SIM_TIME_NEVER);
    assert_true(sim_time_add(SIM_TIME_NEVER, SIM_SPAN_MAX_NS) == SIM_TIME_NEVER);
}

static void add_a_negative_span(void *context) {
    *(int64_t *)context = sim_time_add(0, -1);
}

// A negative span would send an event into the past.
static void sim_time_add__negative_span__is_a_broken_contract(void **state) {
    (void)state;
    int64_t sum = 0;
    char text[256];
    assert_int_equal(child_exit_status(add_a_negative_span, &sum, text, sizeof text),
                     STATUS_INTERNAL);
}

// Figures and summaries are in seconds.
static void sim_time_to_seconds__any_time__is_a_billionth_of_it(void **state) {
    (void)state;
    expect_within(sim_time_to_seconds(0), 0, 0);
    expect_within(sim_time_to_seconds(-1500000000), -1.5, 0);
    expect_relative(sim_time_to_seconds(SIM_SPAN_MAX_NS), 4e9, 1e-15);
}

// A file of times says its unit by a word, and a log writes the word again.
static void sim_time_unit_name__every_unit__is_its_word(void **state) {
    (void)state;
    static const char *const names[] = {"ns", "us", "ms", "s", "min", "h"};
    static const int64_t units_ns[] = {1, 1000, 1000000, NS_PER_S, 60 * NS_PER_S, 3600 * NS_PER_S};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(sim_time_unit_ns(names[i]) == units_ns[i]);
        assert_string_equal(sim_time_unit_name(units_ns[i]), names[i]);
    }
    assert_true(sim_time_unit_ns("sec") == 0);
    assert_null(sim_time_unit_name(2));
}

static const struct {
    int32_t worker;
    int64_t time_ns;
} elements[] = {{9, INT64_MIN}, {8, -1}, {7, 5}, {6, 5}, {5, 6}, {4, INT64_MAX}};

enum { COUNT = sizeof elements / sizeof elements[0] };

// If it failed, a report would count a message, a pause or an update to another moment.
static void sim_times__any_moment__are_counted_as_one_by_one(void **state) {
    (void)state;
    static const int64_t moments[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 4, 5, 6, 7, INT64_MAX};
    for (size_t count = 0; count <= COUNT; count++) {
        for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++) {
            size_t before = 0;
            size_t until = 0;
            for (size_t i = 0; i < count; i++) {
                before += elements[i].time_ns < moments[m];
                until += elements[i].time_ns <= moments[m];
            }
            assert_int_equal(TIMES_BEFORE(elements, count, time_ns, moments[m]), before);
            assert_int_equal(TIMES_UNTIL(elements, count, time_ns, moments[m]), until);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_time_parse__units_signs_and_fractions__are_exact),
        cmocka_unit_test(sim_time_parse__no_unit_or_a_wrong_one__is_refused),
        cmocka_unit_test(sim_time_parse__no_number__is_refused),
        cmocka_unit_test(sim_time_parse__fraction_of_a_nanosecond__is_refused),
        cmocka_unit_test(sim_time_parse__longer_than_the_longest_span__is_refused),
        cmocka_unit_test(sim_time__format_then_parse__is_the_same_span),
        cmocka_unit_test(sim_time_format__round_spans__use_the_largest_exact_unit),
        cmocka_unit_test(sim_time_format_sentence__round_long_spans__use_minutes_and_hours),
        cmocka_unit_test(sim_time_format_seconds__any_time__has_three_decimals_or_all),
        cmocka_unit_test(sim_time_add__past_the_end_of_the_clock__is_never),
        cmocka_unit_test(sim_time_add__negative_span__is_a_broken_contract),
        cmocka_unit_test(sim_time_to_seconds__any_time__is_a_billionth_of_it),
        cmocka_unit_test(sim_time_unit_name__every_unit__is_its_word),
        cmocka_unit_test(sim_times__any_moment__are_counted_as_one_by_one),
    };
    return cmocka_run_group_tests_name("sim_time", tests, NULL, NULL);
}
