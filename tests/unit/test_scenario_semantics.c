// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_semantics: which scenarios need the rules of which number, and what becomes of a text
// that asks for rules that have changed since.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/memory.h"
#include "sim/run/fork.h"
#include "sim/run/replay.h"
#include "sim/run/resume.h"
#include "sim/run/run_scenario.h"
#include "sim/runlog/runlog_writer.h"
#include "sim/scenario/scenario_fork.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_semantics.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { TEXT_SIZE = 1024 };

static void parse(struct scenario *scenario, const char *text) {
    small_cluster_parse(scenario, "%s", text);
}

#define QUADRATIC "model: {name: quadratic}\n"
#define BY_GRADIENTS                                                                               \
    QUADRATIC "training: {rate: {schedule: step, every: 1, factor: 0.5, counts: gradients}}\n"
#define RANDOM_WAY "model: none\ncluster: {network: {latency: {law: exponential, mean: 1 ms}}}\n"
#define ZERO_COMPUTE "cluster: {compute: {law: exponential, mean: 1 s}}\n"

// Whom a changed rule concerns has its number; who has the same bits as ever keeps the 1, so that
// its logs replay and its sweeps are not run again.
static void semantics__every_scenario__is_the_least_that_gives_its_bits(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t least;
    } cases[] = {
        {"{}", 1},
        {BY_GRADIENTS "policy: {name: cocod}", 2},
        {BY_GRADIENTS "policy: {name: overlap_local_sgd}", 2},
        {BY_GRADIENTS "policy: {name: k_avg}", 1},
        {BY_GRADIENTS "policy: {name: hpsgd}", 1},
        {QUADRATIC "policy: {name: cocod}", 1},
        {QUADRATIC "training: {rate: {warm_up: 5, counts: gradients}}\npolicy: {name: cocod}", 2},
        {QUADRATIC "training: {rate: {warm_up: 5}}\npolicy: {name: cocod}", 1},
        {"model: none\npolicy: {name: cocod}", 1},
        {QUADRATIC "policy: {name: easgd}", 2}, // of the distances alone, without a decay
        {QUADRATIC "training: {weight_decay: 0.1}\npolicy: {name: easgd}", 2},
        {QUADRATIC "training: {weight_decay: 0.1}\npolicy: {name: easgd, gradient: after}", 1},
        {"model: none\npolicy: {name: easgd}", 1},
        {RANDOM_WAY "policy: {name: ssp, read: cached}", 2},
        {RANDOM_WAY "policy: {name: ssp, read: newest}", 1},
        {RANDOM_WAY "policy: {name: ssp, slack: unlimited}", 1},
        {RANDOM_WAY "policy: {name: k_batch_sync}", 1},
        {"model: none\npolicy: {name: ssp, read: cached}", 1},
        {"model: none\nties: random\npolicy: {name: ssp, read: cached}", 1},
        {"model: none\nties: random\n" ZERO_COMPUTE "policy: {name: ssp, read: cached}", 2},
        {RANDOM_WAY "policy: {name: ssp}\npast: [{until: 1 s, policy.name: async}]", 1},
        {RANDOM_WAY "policy: {name: ssp}\npast: [{until: 1 s, policy.name: k_batch_async}]", 2},
        {RANDOM_WAY "policy: {name: async}\npast: [{until: 1 s, policy.name: ssp, "
                    "policy.read: cached}]",
         2},
        {"model: none\npolicy: {name: ssp}\npast: [{until: 1 s, policy.name: k_sync}]", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario scenario;
        parse(&scenario, cases[i].text);
        if (scenario.semantics != cases[i].least) {
            fail_msg("%s\nhas semantics %d", cases[i].text, (int)scenario.semantics);
        }
    }
}

// Its canonical form is read as what it is, however often; and who asks for more than is needed has
// the least, so that equal scenarios have equal texts.
static void semantics__the_canonical_text__is_its_own_canonical_text(void **state) {
    (void)state;
    static const char *const texts[] = {
        BY_GRADIENTS "policy: {name: cocod}", "semantics: 2",
        RANDOM_WAY "policy: {name: ssp}\npast: [{until: 1 s, policy.name: k_batch_async}]",
        "semantics: 1\n" BY_GRADIENTS "policy: {name: cocod}"};
    static const char *const lines[] = {"\nsemantics: 2\n", "\nsemantics: 1\n", "\nsemantics: 2\n",
                                        "\nsemantics: 1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct scenario scenario;
        parse(&scenario, texts[i]);
        char *first = scenario_print(&scenario);
        assert_non_null(strstr(first, lines[i]));
        parse(&scenario, first);
        char *second = scenario_print(&scenario);
        assert_string_equal(first, second);
        memory_free(first);
        memory_free(second);
    }
}

static void expect_refused(const char *text, const char *rule) {
    struct scenario scenario;
    struct error error;
    struct run_outcome outcome;
    parse(&scenario, text);
    assert_int_equal(scenario.semantics, 1);
    assert_int_equal(scenario_check_rules("it", &scenario, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, rule));
    assert_int_equal(run_scenario(&scenario, &(struct run_options){.threads = 1}, &outcome, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, rule));
}

// A text of the old rules can be read, but not run under the new ones as if nothing had happened.
static void semantics__a_text_of_the_old_rules__is_read_and_not_run(void **state) {
    (void)state;
    expect_refused("semantics: 1\n" BY_GRADIENTS "policy: {name: cocod}", "rate.counts: gradients");
    expect_refused("semantics: 1\n" QUADRATIC "policy: {name: easgd}", "gradient: before");
    expect_refused("semantics: 1\n" RANDOM_WAY "policy: {name: ssp, read: cached}",
                   "without a gap");
}

// As a log that was made before the rule changed: its scenario says 1.
static void write_old_log(const char *text, const char *path) {
    struct scenario scenario;
    struct runlog log;
    struct runlog_writer *writer = NULL;
    struct error error;
    parse(&scenario, text);
    small_cluster_run(&scenario, &log);
    scenario.semantics = 1;
    memory_free((char *)(uintptr_t)log.header.scenario);
    log.header.scenario = scenario_print(&scenario);
    assert_int_equal(runlog_writer_create(path, &writer, &error), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    runlog_play(&log, &sink);
    assert_int_equal(runlog_writer_close_journal(writer, &error), STATUS_OK);
    assert_int_equal(runlog_writer_publish(writer, &(struct provenance){0}, &error), STATUS_OK);
    runlog_writer_destroy(writer);
    runlog_reset(&log);
}

// Replay, fork and resume would compare or continue what the old rule made by the new one.
static void semantics__an_old_log__is_not_replayed_forked_or_resumed(void **state) {
    static const char text[] =
        "end: 20 gradients\n" RANDOM_WAY "policy: {name: ssp, slack: 1, read: cached}\n";
    char path[SCRATCH_PATH_SIZE];
    struct error error = {.message = ""};
    struct replay_outcome replayed;
    struct run_outcome outcome;
    struct scenario scenario;
    scratch_path(state, "old.h5", path);
    write_old_log(text, path);
    const struct run_options options = {.threads = 1};
    assert_int_equal(replay_file(path, &options, &replayed, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "without a gap"));
    error.message[0] = 0;
    const struct fork_request fork = {.path = path, .at_ns = 1000000};
    assert_int_equal(fork_file(&fork, &options, &outcome, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "without a gap"));
    error.message[0] = 0;
    parse(&scenario, text);
    const struct run_options again = {
        .threads = 1, .output = path, .resume = true, .checkpoints = true};
    assert_int_equal(run_scenario(&scenario, &again, &outcome, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "without a gap"));
}

// A fork to a policy that needs the new rules is a new run, of the new rules; its past had none of
// them.
static void semantics__a_fork__has_what_its_phases_need_together(void **state) {
    (void)state;
    struct scenario first;
    struct scenario forked;
    struct error error = {.message = ""};
    static const struct scenario_setting settings[] = {{"policy", "{name: ssp, read: cached}"}};
    parse(&first, RANDOM_WAY "policy: {name: async}");
    assert_int_equal(first.semantics, 1);
    char *text = scenario_print(&first);
    const struct scenario_fork fork = {
        .name = "log", .text = text, .at_ns = 1000000000, .settings = settings, .setting_count = 1};
    if (scenario_fork(&fork, &forked, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(forked.semantics, 2);
    memory_free(text);
    text = scenario_print(&forked); // and forked once more
    const struct scenario_fork again = {.name = "log", .text = text, .at_ns = 2000000000};
    assert_int_equal(scenario_fork(&again, &forked, &error), STATUS_OK);
    assert_int_equal(forked.semantics, 2);
    memory_free(text);
}

// A log's text with a setting more is another scenario, of the rules of this program; the text of
// an old log stays one of the old rules, whatever is set.
static void semantics__a_text_with_settings__has_the_number_that_these_need(void **state) {
    (void)state;
    static const struct scenario_setting settings[] = {{"policy.read", "cached"}};
    static const struct scenario_setting seed[] = {{"seed", "2"}};
    static const char young[] = "semantics: 1\n" RANDOM_WAY "policy: {name: ssp}";
    static const char old[] = "semantics: 1\n" RANDOM_WAY "policy: {name: ssp, read: cached}";
    struct scenario scenario;
    struct error error;
    assert_int_equal(scenario_parse("t", young, strlen(young), settings, 1, &scenario, &error),
                     STATUS_OK);
    assert_int_equal(scenario.semantics, 2);
    assert_int_equal(scenario_parse("t", old, strlen(old), seed, 1, &scenario, &error), STATUS_OK);
    assert_int_equal(scenario.semantics, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semantics__every_scenario__is_the_least_that_gives_its_bits),
        cmocka_unit_test(semantics__the_canonical_text__is_its_own_canonical_text),
        cmocka_unit_test(semantics__a_text_of_the_old_rules__is_read_and_not_run),
        cmocka_unit_test_setup_teardown(semantics__an_old_log__is_not_replayed_forked_or_resumed,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(semantics__a_text_with_settings__has_the_number_that_these_need),
        cmocka_unit_test(semantics__a_fork__has_what_its_phases_need_together),
    };
    return cmocka_run_group_tests_name("scenario_semantics", tests, NULL, NULL);
}
