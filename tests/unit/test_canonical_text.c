// SPDX-License-Identifier: GPL-3.0-or-later
// canonical_text: values read back from the scenario text that a log carries.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"

static const char sample[] = "title: Smooth switch: batch 32\n"
                             "seed: 1\n"
                             "policy:\n"
                             "  name: hybrid\n"
                             "  threshold:\n"
                             "    schedule: step\n"
                             "    every: 300\n"
                             "  combine: sum\n"
                             "cluster:\n"
                             "  workers: 25\n"
                             "  delay: {law: normal, std: 250 ms}\n"
                             "every: 7\n";

static void expect_found(const char *key, const char *expected) {
    char value[64] = "untouched";
    assert_true(canonical_text_value(sample, key, value, sizeof value));
    assert_string_equal(value, expected);
}

// compare's baseline is chosen by such keys: a wrong value would pair the wrong runs.
static void canonical_text_value__keys_at_every_depth__are_found(void **state) {
    (void)state;
    expect_found("seed", "1");
    expect_found("policy.name", "hybrid");
    expect_found("policy.threshold.every", "300");
    expect_found("policy.combine", "sum"); // after a deeper block
    expect_found("cluster.workers", "25"); // after another block
    expect_found("every", "7");            // not the one below policy.threshold
}

static void remember_key(void *context, const char *key, const char *value) {
    (void)value;
    snprintf(context, 32, "%s", key);
}

// Runs of a sweep over models are told apart by this key, whether a model has keys of its own or
// not.
static void canonical_text_value__model__is_found_as_a_word_and_in_a_map(void **state) {
    (void)state;
    const char *const texts[] = {"seed: 1\nmodel: softmax\n", "model:\n  name: softmax\n"};
    for (int i = 0; i < 2; i++) {
        char value[32] = "";
        char key[32] = "";
        assert_true(canonical_text_value(texts[i], "model", value, sizeof value));
        assert_string_equal(value, "softmax");
        value[0] = 0;
        assert_true(canonical_text_value(texts[i], "model.name", value, sizeof value));
        assert_string_equal(value, "softmax");
        canonical_text_each(texts[i], remember_key, key);
        assert_string_equal(key, "model.name");
    }
    assert_string_equal(canonical_text_key("model"), "model.name");
    assert_string_equal(canonical_text_key("model.name"), "model.name");
    assert_string_equal(canonical_text_key("policy.name"), "policy.name");
}

// Titles hold colons; nested values hold braces: both are values, word for word.
static void canonical_text_value__colons_and_braces__belong_to_the_value(void **state) {
    (void)state;
    expect_found("title", "Smooth switch: batch 32");
    expect_found("cluster.delay", "{law: normal, std: 250 ms}");
}

// If it failed, a parameter of a law could be set and varied, and no report would find it.
static void canonical_text_value__member_of_a_law__is_found(void **state) {
    (void)state;
    char value[32] = "untouched";
    expect_found("cluster.delay.law", "normal");
    expect_found("cluster.delay.std", "250 ms");
    assert_false(canonical_text_value(sample, "cluster.delay.mean", value, sizeof value));
    assert_false(canonical_text_value(sample, "cluster.delay.st", value, sizeof value));
    assert_false(canonical_text_value(sample, "cluster.delay.", value, sizeof value));
    assert_false(canonical_text_value(sample, "every.value", value, sizeof value));
    assert_string_equal(value, "untouched");
    // A bare time is short for the constant law.
    static const char constant[] = "cluster:\n  compute: 100 ms\n";
    assert_true(canonical_text_value(constant, "cluster.compute.value", value, sizeof value));
    assert_string_equal(value, "100 ms");
    assert_true(canonical_text_value(constant, "cluster.compute.law", value, sizeof value));
    assert_string_equal(value, "constant");
}

// The same of a part of a mixture, and which keys are there at all.
static void canonical_text_value__part_of_a_mixture__is_found(void **state) {
    (void)state;
    static const char mixture[] =
        "cluster:\n  compute: {law: mixture, parts: {a: {share: 90 %, law: normal, std: 2 ms}, b: "
        "{share: 10 %, law: gamma, cv: 3}}, at_most: 5 s}\n";
    char value[64] = "untouched";
    assert_true(canonical_text_value(mixture, "cluster.compute.parts.b.law", value, sizeof value));
    assert_string_equal(value, "gamma");
    assert_true(canonical_text_value(mixture, "cluster.compute.at_most", value, sizeof value));
    assert_string_equal(value, "5 s");
    assert_true(canonical_text_value(mixture, "cluster.compute.parts.a", value, sizeof value));
    assert_string_equal(value, "{share: 90 %, law: normal, std: 2 ms}");
    assert_false(canonical_text_value(mixture, "cluster.compute.parts.b.std", value, sizeof value));
    assert_false(canonical_text_value(mixture, "cluster.compute.share", value, sizeof value));
    assert_true(canonical_text_has(mixture, "cluster"));
    assert_true(canonical_text_has(mixture, "cluster.compute"));
    assert_true(canonical_text_has(mixture, "cluster.compute.parts.b.cv"));
    assert_false(canonical_text_has(mixture, "cluster.comp"));
    assert_false(canonical_text_has(mixture, "cluster.compute.parts.c"));
}

static void append_leaf(void *context, const char *key, const char *value) {
    char *story = context;
    size_t used = strlen(story);
    snprintf(story + used, 512 - used, "%s=%s;", key, value);
}

// The value comes from a file that anyone may have written: what is no law's map has no members.
static void canonical_text_each_member__any_value__lists_what_is_there(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{law: gamma, mean: 1 s, cv: 0.5}", "law=gamma;mean=1 s;cv=0.5;"},
        {"-5 ms", "law=constant;value=-5 ms;"},
        {"none", ""},
        {"5", ""},
        {"", ""},
        {"{}", ""},
        {"{", ""},
        {"{,,", ""},
        {"{law: x", "law=x;"},
        {"[law: x]", ""},
        {"{law}", ""},
        {"{a: {b: 1, c: [2, 3]}, d: 4}", "a={b: 1, c: [2, 3]};d=4;"},
        {"{a: {b: 1, c", "a={b: 1, c;"},
        {"{a: \"x, \\\"y}\", b: 2}", "a=\"x, \\\"y}\";b=2;"},
        {"{a: ]}, b: 2}", "a=]}, b: 2};"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char story[512] = "";
        canonical_text_each_member(cases[i][0], append_leaf, story);
        assert_string_equal(story, cases[i][1]);
    }
}

// A block has no value of its own, and half a key is not a key.
static void canonical_text_value__unknown_key_or_block__is_not_found(void **state) {
    (void)state;
    const char *const keys[] = {"",
                                "policy",
                                "policy.threshold",
                                "threshold.every",
                                "policy.threshold.ever",
                                "policy.threshold.every.x",
                                "workers"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char value[16] = "untouched";
        assert_false(canonical_text_value(sample, keys[i], value, sizeof value));
        assert_string_equal(value, "untouched");
    }
    char value[16];
    assert_false(canonical_text_value("", "seed", value, sizeof value));
}

// A caller's small buffer is filled, closed and not overrun.
static void canonical_text_value__small_buffer__is_cut(void **state) {
    (void)state;
    char value[] = "01234567";
    assert_true(canonical_text_value(sample, "policy.name", value, 4));
    assert_string_equal(value, "hyb");
    assert_int_equal(value[4], '4');
}

// The last line of a text may have lost its newline.
static void canonical_text_value__no_newline_at_the_end__is_found(void **state) {
    (void)state;
    char value[16];
    assert_true(canonical_text_value("seed: 1\nend: 100 s", "end", value, sizeof value));
    assert_string_equal(value, "100 s");
}

// Tables of settings list the leaves in the order of the text, each once.
static void canonical_text_each__sample__lists_the_leaves_in_order(void **state) {
    (void)state;
    char story[512] = "";
    canonical_text_each(sample, append_leaf, story);
    assert_string_equal(story, "title=Smooth switch: batch 32;seed=1;policy.name=hybrid;"
                               "policy.threshold.schedule=step;policy.threshold.every=300;"
                               "policy.combine=sum;cluster.workers=25;"
                               "cluster.delay={law: normal, std: 250 ms};every=7;");
}

static void count_leaf(void *context, const char *key, const char *value) {
    (void)value;
    assert_true(strlen(key) < 256);
    ++*(int *)context;
}

// The text comes from a file that anyone may have written: absurd keys and depths must not overrun.
static void canonical_text_each__hostile_text__stays_in_bounds(void **state) {
    (void)state;
    char text[6000] = "";
    size_t used = 0;
    for (int depth = 0; depth < 12; depth++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%*s", 2 * depth, "");
        memset(text + used, 'k', 300);
        used += 300;
        used += (size_t)snprintf(text + used, sizeof text - used, ": v\n");
    }
    int leaves = 0;
    canonical_text_each(text, count_leaf, &leaves);
    assert_in_range(leaves, 1, 12);
    canonical_text_each("\n\n:\n : :\n        x\n", count_leaf, &leaves);
}

// A sweep that varies the file of a law would have a column without values.
static void canonical_text_value__file_of_times__is_its_hash(void **state) {
    (void)state;
    char value[64];
    static const char text[] = "cluster:\n  compute: {law: trace, hash: 0123456789abcdef, column: "
                               "\"a, \\\"}b\", unit: ms, rows: 2, min: 1 s, mean: 2 s}\n";
    assert_true(canonical_text_value(text, "cluster.compute.file", value, sizeof value));
    assert_string_equal(value, "0123456789abcdef");
    assert_true(canonical_text_value(text, "cluster.compute.mean", value, sizeof value));
    assert_string_equal(value, "2 s");
    assert_true(canonical_text_value(text, "cluster.compute.column", value, sizeof value));
    assert_string_equal(value, "\"a, \\\"}b\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_value__keys_at_every_depth__are_found),
        cmocka_unit_test(canonical_text_value__model__is_found_as_a_word_and_in_a_map),
        cmocka_unit_test(canonical_text_value__member_of_a_law__is_found),
        cmocka_unit_test(canonical_text_value__part_of_a_mixture__is_found),
        cmocka_unit_test(canonical_text_each_member__any_value__lists_what_is_there),
        cmocka_unit_test(canonical_text_value__colons_and_braces__belong_to_the_value),
        cmocka_unit_test(canonical_text_value__unknown_key_or_block__is_not_found),
        cmocka_unit_test(canonical_text_value__small_buffer__is_cut),
        cmocka_unit_test(canonical_text_value__no_newline_at_the_end__is_found),
        cmocka_unit_test(canonical_text_each__sample__lists_the_leaves_in_order),
        cmocka_unit_test(canonical_text_each__hostile_text__stays_in_bounds),
        cmocka_unit_test(canonical_text_value__file_of_times__is_its_hash),
    };
    return cmocka_run_group_tests_name("canonical_text", tests, NULL, NULL);
}
