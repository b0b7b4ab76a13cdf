// SPDX-License-Identifier: GPL-3.0-or-later
// cluster.groups and whatever else is a map by names: how it is written, set and printed
// (scenario_value_named, scenario_groups, scenario_own_value, scenario_worker_choice). What is
// refused: tests/rejected/group_*.yaml.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/canonical_text.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_fork.h"
#include "sim/scenario/scenario_groups.h"
#include "sim/scenario/scenario_groups_check.h"
#include "sim/scenario/scenario_own_value.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_worker_choice.h"
#include "sim/scenario/setting_match.h"

enum { TEXT_SIZE = 2048 };

static const char base[] =
    "model: none\ncluster:\n  groups:\n    slow: {workers: 3, slowdown: 4}\n";

// The value of the groups, on one line, after these settings ("KEY=VALUE", NULL behind the last).
static void groups_of(const char *text, const char *const *settings, char value[TEXT_SIZE]) {
    struct scenario_setting parsed[8];
    char keys[8][128];
    size_t count = 0;
    for (; settings != NULL && settings[count] != NULL; count++) {
        size_t length = strcspn(settings[count], "=");
        snprintf(keys[count], sizeof keys[count], "%.*s", (int)length, settings[count]);
        parsed[count] = (struct scenario_setting){keys[count], settings[count] + length + 1};
    }
    struct scenario scenario;
    struct error error = {.message = ""};
    if (scenario_parse("t", text, strlen(text), parsed, count, &scenario, &error) != STATUS_OK) {
        snprintf(value, TEXT_SIZE, "%.*s", TEXT_SIZE - 1, error.message);
        return;
    }
    struct text_buffer buffer = {0};
    value_write(KEY_GROUPS, &scenario, &buffer);
    snprintf(value, TEXT_SIZE, "%s", text_buffer_text(&buffer));
    text_buffer_clear(&buffer);
    // What is printed must be read as the same.
    char *printed = scenario_print(&scenario);
    struct scenario again;
    assert_int_equal(scenario_parse("t", printed, strlen(printed), NULL, 0, &again, &error),
                     STATUS_OK);
    assert_memory_equal(&again.cluster.groups, &scenario.cluster.groups,
                        sizeof scenario.cluster.groups);
    memory_free(printed);
}

static void expect_set(const char *first, const char *second, const char *expected) {
    char value[TEXT_SIZE];
    const char *const settings[] = {first, second, NULL};
    groups_of(base, settings, value);
    assert_string_equal(value, expected);
}

// Each way of saying who, and each key, comes back in its one canonical form.
static void groups__every_key__is_printed_in_one_way(void **state) {
    (void)state;
    static const struct {
        const char *written;
        const char *printed;
    } cases[] = {
        {"{worker: 3}", "{workers: [3], slowdown: 1}"},
        {"{workers: [3, 7, 15..20]}", "{workers: [3, 7, 15..20], slowdown: 1}"},
        {"{workers: [15..20], slowdown: 1e0}", "{workers: 15..20, slowdown: 1}"},
        {"{slowdown: .5, workers: 40%, who: drawn}", "{workers: 40 %, who: drawn, slowdown: 0.5}"},
        {"{workers: 0}", "{workers: 0, slowdown: 1}"},
        {"{worker: 3, network: {latency: 1 ms, bandwidth: inherited}, compute: inherited}",
         "{workers: [3], slowdown: 1, network: {latency: 1 ms}}"},
        {"{worker: 3, delay: none, compute: {law: exponential, mean: 1 s}}",
         "{workers: [3], slowdown: 1, compute: {law: exponential, mean: 1 s}, delay: none}"},
        {"{worker: 3, delay: 2 s, network: {bandwidth: 1000 Mbit/s, latency: 1 ms}}",
         "{workers: [3], slowdown: 1, delay: {law: constant, value: 2 s}, "
         "network: {latency: 1 ms, bandwidth: 1 Gbit/s}}"},
        {"{worker: 3, uplink: {bandwidth: 1000 Mbit/s, latency: none}}",
         "{workers: [3], slowdown: 1, uplink: {bandwidth: 1 Gbit/s}}"},
        {"{worker: 3, uplink: {bandwidth: unlimited, latency: {law: exponential, mean: 1 ms}}}",
         "{workers: [3], slowdown: 1, uplink: {latency: {law: exponential, mean: 1 ms}}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TEXT_SIZE];
        char value[TEXT_SIZE];
        char expected[TEXT_SIZE];
        snprintf(text, sizeof text, "{model: none, cluster: {groups: {a_1: %s}}}",
                 cases[i].written);
        snprintf(expected, sizeof expected, "{a_1: %s}", cases[i].printed);
        groups_of(text, NULL, value);
        assert_string_equal(value, expected);
    }
}

// Every key of a group has a path for --set, vary, tune and where: a map over a map sets the keys
// that it names, and none takes away.
static void groups__settings__change_what_they_name(void **state) {
    (void)state;
    static const char file[] = "{slow: {workers: 3, slowdown: 4}}";
    expect_set("cluster.groups.slow.slowdown=8", NULL, "{slow: {workers: 3, slowdown: 8}}");
    expect_set("cluster.groups.slow={slowdown: 8}", NULL, "{slow: {workers: 3, slowdown: 8}}");
    expect_set("cluster.groups={slow: {slowdown: 8}}", NULL, "{slow: {workers: 3, slowdown: 8}}");
    expect_set("cluster={groups: {slow: {slowdown: 8}}}", NULL,
               "{slow: {workers: 3, slowdown: 8}}");
    expect_set("cluster.groups.slow.worker=7", NULL, "{slow: {workers: [7], slowdown: 4}}");
    expect_set("cluster.groups.slow.worker=7", "cluster.groups.slow.workers=2",
               "{slow: {workers: 2, slowdown: 4}}");
    expect_set("cluster.groups.far.worker=7", "cluster.groups.far.network.latency=2 ms",
               "{slow: {workers: 3, slowdown: 4}, "
               "far: {workers: [7], slowdown: 1, network: {latency: 2 ms}}}");
    expect_set("cluster.groups.slow.compute={law: exponential, mean: 1 s}",
               "cluster.groups.slow.compute.mean=2 s",
               "{slow: {workers: 3, slowdown: 4, compute: {law: exponential, mean: 2 s}}}");
    expect_set("cluster.groups.slow=none", NULL, "none");
    expect_set("cluster.groups=none", NULL, "none");
    expect_set("cluster.groups=none", "cluster.groups.b={worker: 1}",
               "{b: {workers: [1], slowdown: 1}}");
    expect_set(NULL, NULL, file);
}

// What stands in the log must be found by those who read it without the parser, and a sweep must
// know which of its runs has a value.
static void groups__canonical_text__has_a_leaf_for_each_key(void **state) {
    (void)state;
    struct scenario scenario;
    struct error error;
    char value[128];
    assert_int_equal(scenario_parse("t", base, strlen(base), NULL, 0, &scenario, &error),
                     STATUS_OK);
    char *text = scenario_print(&scenario);
    assert_true(canonical_text_value(text, "cluster.groups.slow.slowdown", value, sizeof value));
    assert_string_equal(value, "4");
    assert_false(canonical_text_value(text, "cluster.groups.slow.delay", value, sizeof value));
    const struct {
        struct scenario_setting setting;
        enum setting_match match;
    } cases[] = {{{"cluster.groups.slow.slowdown", "4.0"}, SETTING_IS_HAD},
                 {{"cluster.groups.slow.slowdown", "3"}, SETTING_IS_ANOTHER},
                 {{"cluster.groups.slow.delay", "inherited"}, SETTING_IS_HAD},
                 {{"cluster.groups.other", "none"}, SETTING_IS_HAD},
                 {{"cluster.groups", "none"}, SETTING_IS_ANOTHER},
                 {{"cluster.groups", "{slow: {slowdown: 4}}"}, SETTING_IS_HAD}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(setting_match_of("t", text, &cases[i].setting), cases[i].match);
    }
    memory_free(text);
}

// A key of a group has its row: whoever draws values for a sweep asks it.
static void groups__paths__lead_to_rows_and_groups(void **state) {
    (void)state;
    char dotted[SCHEMA_DOTTED_SIZE];
    size_t named = 0;
    assert_true(schema_find_row("cluster.groups")->type == &value_groups);
    assert_true(schema_find_row("cluster.groups.a.workers")->type == &value_members);
    assert_true(schema_find_row("cluster.groups.a.worker")->type == &value_worker);
    assert_true(schema_find_row("cluster.groups.a.compute")->type == &value_own_law);
    assert_null(schema_find_row("cluster.groups.a"));
    assert_null(schema_find_row("cluster.groups.A.workers"));
    assert_null(schema_find_row("cluster.groups.a.b.workers"));
    assert_true(schema_is_group("cluster.groups") && schema_is_group("cluster.groups.a"));
    assert_true(schema_is_group("cluster.groups.a.network"));
    assert_false(schema_is_group("cluster.groups.a.compute"));
    assert_false(schema_is_group("cluster.groups.9"));
    for (size_t i = 0; schema_listed(i, dotted) != NULL; i++) {
        named += strncmp(dotted, "cluster.groups.NAME.", 20) == 0;
    }
    assert_true(named >= 8);
}

// The default of each key, as the documents tell it, is what an entry without it has.
static void groups__every_default__is_that_of_an_entry_without_the_key(void **state) {
    (void)state;
    const struct named_map *map = value_groups.named;
    for (size_t i = 0; i < map->key_count; i++) {
        char text[TEXT_SIZE];
        char value[TEXT_SIZE];
        const struct schema_key *row = &map->keys[i].schema;
        const char *dot = strchr(row->key, '.');
        bool says_who = row->type == &value_members || row->type == &value_worker;
        snprintf(text, sizeof text, "{model: none, cluster: {groups: {a: {%s%.*s%s: %s%s}}}}",
                 says_who ? "" : "workers: 1, ", dot == NULL ? 0 : (int)(dot - row->key) + 1,
                 row->key, "", row->fallback, "");
        if (dot != NULL) {
            snprintf(text, sizeof text,
                     "{model: none, cluster: {groups: {a: {workers: 1, %.*s: {%s: %s}}}}}",
                     (int)(dot - row->key), row->key, dot + 1, row->fallback);
        } else if (!says_who) {
            snprintf(text, sizeof text,
                     "{model: none, cluster: {groups: {a: {workers: 1, %s: %s}}}}", row->key,
                     row->fallback);
        } else {
            continue; // somebody must be in it
        }
        groups_of(text, NULL, value);
        assert_string_equal(value, "{a: {workers: 1, slowdown: 1}}");
    }
}

// The longest name, and the most groups, that there may be; one more is refused.
static void groups__as_many_as_there_may_be__are_read(void **state) {
    (void)state;
    struct text_buffer text = {0};
    struct scenario scenario;
    struct error error = {.message = ""};
    for (int more = 0; more < 2; more++) {
        text_buffer_add(&text, "{model: none, cluster: {workers: 100, groups: {");
        for (int i = 0; i < GROUPS_MAX + more; i++) {
            text_buffer_add(&text, "%sgroup_with_a_name_of_31_bytes_%c: {worker: %d}",
                            i == 0 ? "" : ", ", (i < 26 ? 'a' : '0' - 26) + i, i);
        }
        text_buffer_add(&text, "}}}");
        enum status status =
            scenario_parse("t", text.text, text.length, NULL, 0, &scenario, &error);
        assert_int_equal(status, more ? STATUS_BAD_DATA : STATUS_OK);
        text_buffer_clear(&text);
    }
    assert_non_null(strstr(error.message, "'cluster.groups' has more than 32 names"));
}

static void expect_past(const char *text, const char *setting, const char *expected) {
    struct scenario scenario;
    struct scenario forked;
    struct error error = {.message = ""};
    char key[128];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(setting, "="), setting);
    const struct scenario_setting settings[] = {{key, strchr(setting, '=') + 1}};
    assert_int_equal(scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error),
                     STATUS_OK);
    char *canonical = scenario_print(&scenario);
    const struct scenario_fork fork = {.name = "t",
                                       .text = canonical,
                                       .settings = settings,
                                       .setting_count = 1,
                                       .at_ns = 10000000000};
    if (scenario_fork(&fork, &forked, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(forked.past, expected);
    memory_free(canonical);
    canonical = scenario_print(&forked);
    struct scenario again;
    assert_int_equal(scenario_parse("t", canonical, strlen(canonical), NULL, 0, &again, &error),
                     STATUS_OK);
    assert_true(scenario_hash(&again) == scenario_hash(&forked));
    memory_free(canonical);
}

// A fork's past is what was before: of a group that goes, that comes, or that changes a key. A past
// that took over the new groups would be another past.
static void groups__fork__keeps_what_was(void **state) {
    (void)state;
    expect_past(base, "cluster.groups.slow.slowdown=1",
                "[{until: 10 s, cluster.groups.slow.slowdown: 4}]");
    expect_past(base, "cluster.groups.slow.delay=none",
                "[{until: 10 s, cluster.groups.slow.delay: inherited}]");
    expect_past(base, "cluster.groups.slow=none",
                "[{until: 10 s, cluster.groups.slow.workers: 3, cluster.groups.slow.slowdown: 4}]");
    expect_past(base, "cluster.groups.b={worker: 9}",
                "[{until: 10 s, cluster.groups: none, cluster.groups.slow.workers: 3, "
                "cluster.groups.slow.slowdown: 4}]");
    expect_past("{model: none}", "cluster.groups={b: {worker: 9}}",
                "[{until: 10 s, cluster.groups: none}]");
}

static enum status check_where(const char *text, int32_t *line) {
    struct scenario scenario;
    struct error error = {.message = ""};
    enum status status = scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error);
    *line = 0;
    if (status != STATUS_OK) {
        assert_int_equal(sscanf(error.message, "t:%d:", line), 1);
    }
    return status;
}

// The place is that of the group which is wrong, however far above the other one stands.
static void groups_check__overlap__is_told_at_the_later_group(void **state) {
    (void)state;
    int32_t line = 0;
    assert_int_equal(check_where("model: none\ncluster:\n  groups:\n    a: {workers: 3}\n"
                                 "    b:\n      slowdown: 2\n      worker: 2\n",
                                 &line),
                     STATUS_BAD_DATA);
    assert_int_equal(line, 7);
    const struct scenario_places nowhere = {0};
    struct scenario scenario = {.cluster.workers = 1};
    assert_int_equal(groups_check(&scenario, &nowhere, NULL), STATUS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups__every_key__is_printed_in_one_way),
        cmocka_unit_test(groups__settings__change_what_they_name),
        cmocka_unit_test(groups__canonical_text__has_a_leaf_for_each_key),
        cmocka_unit_test(groups__paths__lead_to_rows_and_groups),
        cmocka_unit_test(groups__every_default__is_that_of_an_entry_without_the_key),
        cmocka_unit_test(groups__as_many_as_there_may_be__are_read),
        cmocka_unit_test(groups__fork__keeps_what_was),
        cmocka_unit_test(groups_check__overlap__is_told_at_the_later_group),
    };
    return cmocka_run_group_tests_name("scenario_groups", tests, NULL, NULL);
}
