// SPDX-License-Identifier: GPL-3.0-or-later
// cluster.events: what is read, printed and set, and the words for it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_events.h"
#include "sim/scenario/scenario_events_check.h"
#include "sim/scenario/scenario_events_words.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/small_cluster.h"

static const char base[] = "model: none\ncluster:\n  workers: 25\n";

static void expect_printed(const char *events, const char *expected) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s  events: %s\n", base, events);
    char *text = scenario_print(&scenario);
    const char *found = strstr(text, "  events:\n");
    assert_non_null(found);
    size_t length = strlen(expected);
    if (strncmp(found + strlen("  events:\n"), expected, length) != 0) {
        fail_msg("printed is\n%s\nand should be\n%s", found, expected);
    }
    struct scenario again; // what is printed is read as the same
    small_cluster_parse(&again, "%s", text);
    char *text_again = scenario_print(&again);
    assert_string_equal(text, text_again);
    memory_free(text);
    memory_free(text_again);
}

// A key that is at its default is not printed: a later key will change no scenario's hash.
static void events__canonical_form__has_what_is_said(void **state) {
    (void)state;
    expect_printed(
        "{nap: {at: 40 s, worker: 3, event: pause, for: 10 s}}",
        "    nap:\n      event: pause\n      workers: [3]\n      at: 40 s\n      for: 10 "
        "s\nlog:");
    expect_printed(
        "{a: {event: server_pause, every: 30 s, for: {law: exponential, mean: 1 s}}, "
        "b: {event: slowdown, slowdown: 3, workers: 40 %, together: true, at: 1 s, "
        "stagger: 0 s}}",
        "    a:\n      event: server_pause\n      every: 30 s\n      for: {law: "
        "exponential, mean: 1 s}\n    b:\n      event: slowdown\n      workers: 40 %\n   "
        "   slowdown: 3\n      at: 1 s\n      together: true\n");
    expect_printed("{a: {event: link, worker: 7, at: 1 s, loss: 10, bandwidth: .5, latency: none}}",
                   "    a:\n      event: link\n      workers: [7]\n      bandwidth: 0.5\n      "
                   "loss: 10\n      at: 1 s\nlog:");
    expect_printed("{a: {event: crash, worker: 7, at: 50 s, notice: 30 s}}",
                   "    a:\n      event: crash\n      workers: [7]\n      at: 50 s\n      notice: "
                   "30 s\nlog:");
}

// Every key has a path, for settings and sweeps; none takes an event away.
static void events__paths__set_one_key(void **state) {
    (void)state;
    struct scenario scenario;
    struct error error;
    char text[400];
    const struct scenario_setting settings[] = {{"cluster.events.nap.for", "5 s"},
                                                {"cluster.events.cut", "none"}};
    int length = snprintf(text, sizeof text,
                          "%s  events: {nap: {event: pause, worker: 3, at: 40 s, for: 10 s}, cut: "
                          "{event: disconnect, workers: 2, at: 1 s}}\n",
                          base);
    assert_int_equal(scenario_parse("test", text, (size_t)length, settings, 2, &scenario, &error),
                     STATUS_OK);
    assert_int_equal(scenario.cluster.events.count, 1);
    assert_string_equal(scenario.cluster.events.entries[0].name, "nap");
    assert_true(distribution_mean(&scenario.cluster.events.entries[0].duration.law) == 5e9);
}

static char sentences[1000];

static void keep_sentence(const char *sentence) {
    size_t used = strlen(sentences);
    snprintf(sentences + used, sizeof sentences - used, "%s\n", sentence);
}

// Nothing is publishable that does not say who was silent, and when.
static void events__in_words__say_who_and_when(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(
        &scenario,
        "%s  groups: {slow: {workers: [5, 7, 8]}}\n  events:\n"
        "    nap: {event: pause, worker: 3, at: 40 s, for: 10 s}\n"
        "    off: {event: disconnect, workers: slow, at: 50 s}\n"
        "    noisy: {event: slowdown, slowdown: 3, workers: 40 %%, every: {law: exponential, mean: "
        "60 "
        "s}, for: {law: exponential, mean: 10 s}}\n"
        "    roll: {event: pause, workers: 100 %%, at: 60 s, for: 5 s, stagger: 1 s}\n"
        "    gc: {event: server_pause, every: 10 s, for: 400 ms}\n"
        "    wet: {event: link, worker: 3, at: 1 s, latency: 5, bandwidth: 0.5}\n"
        "    bad: {event: link, workers: [3, 4], at: 1 s, for: 2 s, loss: 10}\n"
        "    spot: {event: crash, worker: 3, at: 50 s, for: 2 s, notice: 30 s}\n",
        base);
    sentences[0] = 0;
    events_tell(&scenario, keep_sentence);
    assert_string_equal(
        sentences,
        "note: event nap: worker 3 is paused from 40 s to 50 s\n"
        "note: event off: workers 5, 7, 8 are disconnected from 50 s to the end, and whoever waits "
        "for this waits for ever: policy.missing is waits\n"
        "note: event noisy: workers 0 to 9 take 3 times as long for 10 s on average, again after "
        "60 "
        "s "
        "on average: 14.3 % of the time in the long run; each for itself\n"
        "note: event roll: workers 0 to 24 are paused from 60 s to 65 s; each 1 s later than the "
        "one "
        "before\n"
        "note: event gc: the server is paused for 400 ms, again every 10 s: 4 % of the time "
        "in the long run\n"
        "note: event wet: worker 3 has 0.5 times the bandwidth, 5 times the latency from 1 s to "
        "the end\n"
        "note: event bad: workers 3, 4 have 10 times the loss from 1 s to 3 s\n"
        "note: event spot: worker 3 is down from 50 s to 52 s; told 30 s before\n");
}

// Nobody reads 32400 s as nine in the morning.
static void events__in_words__say_hours_where_these_are_exact(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\nend: 48 h\ncluster:\n  events:\n"
                                   "    night: {event: pause, worker: 3, at: 9 h, for: 8 h, every: "
                                   "24 h}\n");
    sentences[0] = 0;
    events_tell(&scenario, keep_sentence);
    assert_non_null(strstr(sentences, "paused from 9 h for 8 h, again every 24 h"));
}

// What is drawn is drawn for each; what is not happens to all at once.
static void events__in_words__say_whether_each_has_its_own(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "%s  events:\n"
                        "    beat: {event: pause, workers: 3, every: 20 s, for: 1 s}\n"
                        "    nap: {event: pause, workers: 3, at: 1 s, for: {law: "
                        "exponential, mean: 2 s}}\n"
                        "    once: {event: pause, workers: 3, at: 1 s, for: 1 s}\n",
                        base);
    sentences[0] = 0;
    events_tell(&scenario, keep_sentence);
    assert_non_null(strstr(sentences, "5 % of the time in the long run; all at once\n"));
    assert_non_null(strstr(sentences, "from 1 s for 2 s on average; each for itself\n"));
    assert_non_null(strstr(sentences, "paused from 1 s to 2 s\n"));
}

// What the run is too short for is no experiment: "25 % of the time" would be untrue.
static void events__in_words__say_what_the_run_ends_before(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "%s  start_up: 50 s\n  events:\n"
                        "    late: {event: pause, worker: 3, every: 60 s, for: 10 s}\n"
                        "    roll: {event: pause, workers: 4, at: 60 s, for: 5 s, stagger: 20 s}\n"
                        "    all: {event: pause, workers: 3, at: 59 s, for: 5 s, stagger: 20 s}\n",
                        base);
    sentences[0] = 0;
    events_tell(&scenario, keep_sentence);
    assert_non_null(strstr(sentences, "in the long run; the run ends before it begins\n"));
    assert_non_null(strstr(sentences, "each 20 s later than the one before; the run ends when it "
                                      "has begun for 2 of them\n"));
    assert_non_null(strstr(sentences, "than the one before\n"));
}

// If it failed, somebody would publish a run that was spared, and not know how likely that was:
// exp(-40/60) of one worker and of three at once, its cube of three each for itself. What has a
// time is certain.
static void events__in_words__say_how_likely_none_is(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(
        &scenario,
        "%s  start_up: 60 s\n  events:\n"
        "    one: {event: pause, worker: 3, every: {law: exponential, mean: 60 s}, for: 1 s}\n"
        "    three: {event: pause, workers: 3, every: {law: exponential, mean: 60 s}, for: 1 "
        "s}\n"
        "    rack: {event: pause, workers: 3, together: true, every: {law: exponential, mean: 60 "
        "s}, for: 1 s}\n"
        "    rest: {event: pause, worker: 4, at: 1 s, every: {law: exponential, mean: 60 s}, for: "
        "1 "
        "s}\n",
        base);
    sentences[0] = 0;
    events_tell(&scenario, keep_sentence);
    assert_non_null(strstr(sentences, "run; P(none in 100 s) = 51.3 %\n"));
    assert_non_null(strstr(sentences, "each for itself; P(none in 100 s) = 13.5 %\n"));
    assert_non_null(strstr(sentences, "all at once; P(none in 100 s) = 51.3 %\n"));
    assert_non_null(strstr(sentences, "1.64 % of the time in the long run\n"));
}

// Seventeen more than there may be are one mistake.
static void events__more_than_there_may_be__are_one_mistake(void **state) {
    (void)state;
    struct text_buffer text = {0};
    struct scenario scenario;
    struct error error = {.message = ""};
    text_buffer_add(&text, "{model: none, cluster: {workers: 40, events: {");
    for (int i = 0; i < INCIDENT_PLANS_MAX + 17; i++) {
        text_buffer_add(&text, "%sevent_%d: {event: pause, worker: %d, at: 1 s, for: 1 s}",
                        i == 0 ? "" : ", ", i, i);
    }
    text_buffer_add(&text, "}}}");
    assert_int_equal(scenario_parse("t", text.text, text.length, NULL, 0, &scenario, &error),
                     STATUS_BAD_DATA);
    text_buffer_clear(&text);
    const char *first = strstr(error.message, "has more than 16 names");
    assert_non_null(first);
    assert_null(strstr(first + 1, "has more than 16 names"));
}

// An event of the phase before is the past's, and stays in the text of a fork.
static void events__past__may_have_others(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "%s  events: {nap: {event: pause, worker: 3, at: 40 s}}\n"
                        "past: [{until: 10 s, cluster.events.nap.at: 5 s}]\n",
                        base);
    assert_non_null(strstr(scenario.past, "cluster.events.nap.at: 5 s"));
}

static void expect_last_sentence(const char *policy, const char *expected) {
    struct scenario scenario;
    small_cluster_parse(
        &scenario,
        "{model: mnist_ray, policy: {%s}, cluster: {workers: 5, events: {off: {event: "
        "pause, worker: 1, at: 1 s}}}}",
        policy);
    sentences[0] = 0;
    events_tell(&scenario, keep_sentence);
    assert_string_equal(sentences, expected);
}

// Who sets policy.missing wants to read when somebody is counted out, and who forgets it, that the
// others wait for ever. With a centre nobody waits for anybody.
static void events__in_words__say_who_is_missed(void **state) {
    (void)state;
    expect_last_sentence("name: sync",
                         "note: event off: worker 1 is paused from 1 s to the end, and whoever "
                         "waits for this waits for ever: policy.missing is waits\n");
    expect_last_sentence("name: sync, missing: 2 s",
                         "note: event off: worker 1 is paused from 1 s to the end\nnote: "
                         "policy.missing: a worker that is silent for more than 2 s is counted "
                         "out, until it is heard of\n");
    expect_last_sentence("name: ssp, missing: goes_on",
                         "note: event off: worker 1 is paused from 1 s to the end\nnote: "
                         "policy.missing: a worker that is silent is counted out at once, until it "
                         "is heard of\n");
    expect_last_sentence("name: hpsgd, missing: 2 s",
                         "note: event off: worker 1 is paused from 1 s to the end\nnote: "
                         "policy.missing: a worker that is silent for more than 2 s is counted "
                         "out, until its silence is over\n");
    expect_last_sentence("name: k_avg",
                         "note: event off: worker 1 is paused from 1 s to the end, and whoever "
                         "waits for this waits for ever: policy.missing is waits\n");
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        char text[100];
        snprintf(text, sizeof text, "name: %s, missing: 2 s", policy_table[policy].name);
        if (!policy_misses(policy)) {
            expect_last_sentence(text, "note: event off: worker 1 is paused from 1 s to the end, "
                                       "and whoever waits for this waits for ever\n");
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events__canonical_form__has_what_is_said),
        cmocka_unit_test(events__paths__set_one_key),
        cmocka_unit_test(events__in_words__say_who_and_when),
        cmocka_unit_test(events__in_words__say_hours_where_these_are_exact),
        cmocka_unit_test(events__in_words__say_what_the_run_ends_before),
        cmocka_unit_test(events__in_words__say_how_likely_none_is),
        cmocka_unit_test(events__in_words__say_whether_each_has_its_own),
        cmocka_unit_test(events__more_than_there_may_be__are_one_mistake),
        cmocka_unit_test(events__past__may_have_others),
        cmocka_unit_test(events__in_words__say_who_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
