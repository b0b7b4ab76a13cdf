// SPDX-License-Identifier: GPL-3.0-or-later
// A key that is written has a value, in a file and in a setting: nothing, {}, [], ~ and null are
// none, and mean no default in silence. (scenario_resolve, scenario_settings)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_schema.h"

static const char *const nothings[] = {"", "  ", "{}", "[]", "~", "null"};
enum { NOTHINGS = sizeof nothings / sizeof nothings[0], TEXT_SIZE = 512 };

// A title may be empty, and it and a file's name any word. An empty list of phases, or
// of a table's steps, is one of none.
static bool may_be(const char *key, const char *value) {
    enum scenario_key found = schema_find(key);
    bool is_word = strcmp(value, "~") == 0 || strcmp(value, "null") == 0;
    return (found == KEY_TITLE && (is_word || strspn(value, " ") == strlen(value))) ||
           (found == KEY_DATA_PATH && is_word) ||
           ((found == KEY_PAST || found == KEY_TABLE) && strcmp(value, "[]") == 0);
}

static bool says_what_is_allowed(const char *message) {
    static const char *const phrases[] = {"allowed: ", "known: ", "must be",       "for example",
                                          "as in ",    "it is a", "needs a 'law'", "variables: "};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (strstr(message, phrases[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static void expect(const char *how, const char *key, const char *value, enum status status,
                   const struct error *error) {
    if (may_be(key, value) == (status != STATUS_OK)) {
        fail_msg("%s of '%s' as '%s': %s", how, key, value, error->message);
    }
    if (status != STATUS_OK && !says_what_is_allowed(error->message)) {
        fail_msg("%s of '%s' as '%s' does not say what is allowed: %s", how, key, value,
                 error->message);
    }
}

static void try_setting(const char *key, const char *value) {
    static const char text[] = "policy: {name: hybrid}\ncluster: {workers: 3}\n";
    struct scenario scenario;
    struct error error = {.message = ""};
    const struct scenario_setting setting = {key, value};
    expect("setting", key, value,
           scenario_parse("t", text, strlen(text), &setting, 1, &scenario, &error), &error);
}

// "a.b.c" as {a: {b: {c: VALUE}}}.
static void try_file(const char *key, const char *value) {
    struct scenario scenario;
    struct error error = {.message = ""};
    char text[TEXT_SIZE] = "{";
    size_t depth = 1;
    for (const char *at = key; *at != 0; at++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, *at == '.' ? ": {" : "%c", *at);
        depth += *at == '.';
    }
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, ": %s%.*s", value, (int)depth, "}}}}}}}}");
    expect("file", key, value, scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error),
           &error);
}

static void try_all(const char *key) {
    for (int i = 0; i < NOTHINGS; i++) {
        try_setting(key, nothings[i]);
        try_file(key, nothings[i]);
    }
}

// Somebody who forgets a value, or whose script has none, would get the default and not know it.
static void empty_value__of_any_key__is_refused(void **state) {
    (void)state;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        try_all(schema_table[key].key);
    }
}

// A group without a key in it, too: it would silently take away all that the file says of it.
static void empty_value__of_any_group__is_refused(void **state) {
    (void)state;
    size_t groups = 0;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *dotted = schema_table[key].key;
        for (const char *dot = strchr(dotted, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
            char group[TEXT_SIZE];
            snprintf(group, sizeof group, "%.*s", (int)(dot - dotted), dotted);
            if (schema_is_group(group)) {
                try_all(group);
                groups++;
            }
        }
    }
    assert_true(groups > KEY_COUNT / 2);
}

// What names an empty group within another says nothing of it either.
static void empty_value__of_a_group_in_a_setting_of_a_group__is_refused(void **state) {
    (void)state;
    const struct scenario_setting setting = {"policy", "{name: async, threshold: {}}"};
    struct scenario scenario;
    struct error error = {.message = ""};
    assert_int_equal(scenario_parse("t", "seed: 1", 7, &setting, 1, &scenario, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "'policy.threshold' has no value"));
}

// A setting that gives the file's empty group a key fills it: a form to be filled in.
static void empty_value__of_a_group__is_filled_by_a_setting(void **state) {
    (void)state;
    const struct scenario_setting setting = {"policy.name", "async"};
    struct scenario scenario;
    struct error error = {.message = ""};
    assert_int_equal(scenario_parse("t", "policy:", 7, &setting, 1, &scenario, &error), STATUS_OK);
    assert_int_equal(scenario.training.policy.policy, POLICY_ASYNC);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_value__of_any_key__is_refused),
        cmocka_unit_test(empty_value__of_any_group__is_refused),
        cmocka_unit_test(empty_value__of_a_group_in_a_setting_of_a_group__is_refused),
        cmocka_unit_test(empty_value__of_a_group__is_filled_by_a_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
