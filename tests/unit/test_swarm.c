// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of the swarm: a tool that finds nothing must be known to find something.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"
#include "tests/support/swarm_scenario.h"
#include "tests/support/swarm_shrink.h"
#include "tests/support/swarm_trial.h"
#include "tests/support/swarm_watch.h"

static const char two_workers[] = "end: 10 updates\n"
                                  "model: none\n"
                                  "policy:\n"
                                  "  name: async\n"
                                  "cluster:\n"
                                  "  workers: 2\n"
                                  "ties: fifo\n";

// ---- texts ----

// If it failed, a mutation would take a key out of another section than it says.
static void swarm_text__a_line_with_deeper_ones__goes_with_them(void **state) {
    char less[SWARM_TEXT_SIZE];
    (void)state;
    swarm_text_without(two_workers, 4, less);
    assert_string_equal(less, "end: 10 updates\nmodel: none\npolicy:\n  name: async\nties: fifo\n");
    swarm_text_without(two_workers, 7, less);
    assert_string_equal(less, "");
}

// If it failed, scenarios would not be crossed, and the swarm would try the same ones only.
static void swarm_text__a_section_of_another__takes_the_place_of_its_own(void **state) {
    static const char other[] = "policy:\n  name: sync\ncluster:\n  events:\n    e:\n      event: "
                                "crash\n  workers: 3\n";
    char grafted[SWARM_TEXT_SIZE];
    (void)state;
    swarm_text_graft(two_workers, other, "policy", grafted);
    assert_non_null(strstr(grafted, "  name: sync\n"));
    assert_null(strstr(grafted, "async"));
    swarm_text_graft(two_workers, other, "cluster.events", grafted);
    assert_non_null(strstr(grafted, "  workers: 2\n  events:\n    e:\n      event: crash\nties"));
    swarm_text_graft(two_workers, other, "ties", grafted);
    assert_null(strstr(grafted, "ties"));
}

// If it failed, the file of a finding would hide what matters among forty defaults.
static void swarm_text__without_its_defaults__is_the_same_scenario(void **state) {
    char whole[SWARM_TEXT_SIZE];
    char brief[SWARM_TEXT_SIZE];
    (void)state;
    assert_true(swarm_text_settle(two_workers, NULL, 0, whole));
    swarm_text_brief(whole, brief);
    assert_string_equal(brief, "end: 10 updates\nmodel: none\ncluster:\n  workers: 2\n");
}

// If it failed, a finding could not be repeated from the seed.
static void swarm_scenario__equal_streams__give_equal_scenarios(void **state) {
    char texts[2][SWARM_TEXT_SIZE];
    (void)state;
    for (uint32_t number = 0; number < 20; number++) {
        for (size_t i = 0; i < 2; i++) {
            struct rng_stream stream;
            char parent[SWARM_TEXT_SIZE];
            rng_stream_init(&stream, 7, RNG_TEST, 62, number, 0);
            swarm_scenario_fresh(&stream, parent);
            swarm_scenario_mutated(&stream, parent, texts[i]);
        }
        assert_string_equal(texts[0], texts[1]);
        assert_true(swarm_text_settle(texts[0], NULL, 0, texts[1]));
        assert_string_equal(texts[0], texts[1]);
    }
}

// If it failed, a change that takes out the line of the model or of the data would have the swarm
// read a data set that is not there, and call that a finding.
static void swarm_scenario__a_changed_net__reads_nothing_from_the_disk(void **state) {
    static const char net[] = "end: 1 updates\nmodel: {name: mlp, hidden: [3]}\n"
                              "data: {name: random, features: 4, classes: 3, samples: 200}\n"
                              "training: {batch: 4}\n";
    char parent[SWARM_TEXT_SIZE];
    char text[SWARM_TEXT_SIZE];
    size_t nets = 0;
    (void)state;
    assert_true(swarm_text_settle(net, NULL, 0, parent));
    for (uint32_t number = 0; number < 200; number++) {
        struct rng_stream stream;
        rng_stream_init(&stream, 9, RNG_TEST, 62, number, 0);
        swarm_scenario_mutated(&stream, parent, text);
        assert_true(swarm_scenario_is_whole(text));
        nets += strstr(text, "mlp") != NULL;
    }
    assert_in_range(nets, 100, 200);
    assert_false(swarm_scenario_is_whole("end: 1 updates\n"));
}

// ---- shrinking ----

// Breaks with two workers or more and a message that may be lost.
static bool has_losses(void *context, const char *text) {
    size_t *judgements = context;
    ++*judgements;
    return strstr(text, "  workers: 1\n") == NULL && strstr(text, "loss: 20 %") != NULL;
}

// If it failed, somebody would read a scenario of fifty keys for the three that matter.
static void swarm_shrink__a_large_scenario__leaves_what_matters(void **state) {
    static const char large[] =
        "end: 8000 ms\nmodel: {name: quadratic, dimension: 3}\npolicy: {name: ssp, slack: 2}\n"
        "cluster:\n  workers: 40\n  compute: {law: gamma, mean: 10 ms, cv: 2}\n"
        "  network: {latency: 3 ms, bandwidth: 10 Mbit/s, loss: 20 %, timeout: 7 ms}\n"
        "  server: {receive: 3 ms, update: 1 ms}\n"
        "  events: {a: {event: crash, worker: 3, every: 100 ms, for: 10 ms}}\nties: random\n"
        "past: [{until: 10 ms, policy.name: async}]\n";
    char text[SWARM_TEXT_SIZE];
    size_t judgements = 0;
    const struct swarm_judge judge = {&judgements, has_losses};
    (void)state;
    assert_true(swarm_text_settle(large, NULL, 0, text));
    size_t trials = swarm_shrink(&judge, 400, text);
    assert_int_equal(trials, judgements);
    assert_in_range(judgements, 1, 399);
    assert_true(has_losses(&judgements, text));
    assert_non_null(strstr(text, "  workers: 2\n"));
    assert_non_null(strstr(text, "end: 1 ns\n"));
    static const char *const gone[] = {"gamma",  "crash", "past",   "quadratic",
                                       "random", "3 ms",  "10 Mbit"};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        if (strstr(text, gone[i]) != NULL) {
            fail_msg("\"%s\" is still there:\n%s", gone[i], text);
        }
    }
}

static bool breaks_always(void *context, const char *text) {
    (void)context;
    return text[0] != 0;
}

// If it failed, a step would be taken back by the next one for as long as it may go on: to leave
// out all of the cluster has the 25 workers come back.
static void swarm_shrink__what_always_breaks__is_small_soon(void **state) {
    char text[SWARM_TEXT_SIZE];
    const struct swarm_judge judge = {NULL, breaks_always};
    (void)state;
    for (uint32_t number = 0; number < 10; number++) {
        struct rng_stream stream;
        rng_stream_init(&stream, 8, RNG_TEST, 62, number, 0);
        swarm_scenario_fresh(&stream, text);
        assert_in_range(swarm_shrink(&judge, 400, text), 1, 120);
        assert_non_null(strstr(text, "  workers: 1\n"));
    }
}

// ---- what breaks a rule ----

struct story {
    const char *found; // in the complaint; NULL: nothing is wrong
    size_t count;
    struct event_row events[6]; // time, gradient, version, actor, kind
};

static const struct story stories[] = {
    {NULL,
     6,
     {{1, 0, 0, 0, EVENT_DISPATCHED},
      {2, 0, 0, 0, EVENT_READY},
      {3, 0, 0, 0, EVENT_ARRIVED},
      {3, 0, 0, 0, EVENT_RECEIVED},
      {4, -1, 1, -1, EVENT_UPDATED},
      {4, 0, 1, 0, EVENT_REPLIED}}},
    {"time 1 after 2", 2, {{2, 0, 0, 0, EVENT_DISPATCHED}, {1, 0, 0, 0, EVENT_READY}}},
    {"as its 0th", 1, {{1, 1, 0, 0, EVENT_DISPATCHED}}},
    {"it computes 0", 2, {{1, 0, 0, 0, EVENT_DISPATCHED}, {2, 1, 0, 0, EVENT_DISPATCHED}}},
    {"and is down", 2, {{1, -1, 0, 0, EVENT_CRASHED}, {2, 0, 0, 0, EVENT_DISPATCHED}}},
    {"down already", 2, {{1, -1, 0, 1, EVENT_CRASHED}, {2, -1, 0, 1, EVENT_CRASHED}}},
    {"not down", 1, {{1, -1, 0, 1, EVENT_RETURNED}}},
    {"version 2 is made after 0", 1, {{1, -1, 2, -1, EVENT_UPDATED}}},
    {"is the newest", 1, {{1, 0, 3, 0, EVENT_DISPATCHED}}},
    {"cannot be ready",
     3,
     {{1, 0, 0, 0, EVENT_DISPATCHED}, {2, 0, 0, 0, EVENT_READY}, {3, 0, 0, 0, EVENT_READY}}},
    {"cannot be arrived", 2, {{1, 0, 0, 0, EVENT_DISPATCHED}, {2, 0, 0, 0, EVENT_ARRIVED}}},
    {"cannot be received",
     5,
     {{1, 0, 0, 0, EVENT_DISPATCHED},
      {2, 0, 0, 0, EVENT_READY},
      {3, 0, 0, 0, EVENT_ARRIVED},
      {4, 0, 0, 0, EVENT_RECEIVED},
      {5, 0, 0, 0, EVENT_RECEIVED}}},
    {"cannot be arrived",
     4,
     {{1, 0, 0, 0, EVENT_DISPATCHED},
      {2, 0, 0, 0, EVENT_READY},
      {3, 0, 0, 0, EVENT_LOST},
      {4, 0, 0, 0, EVENT_ARRIVED}}},
    {"cannot be vanished", 2, {{1, 0, 0, 0, EVENT_DISPATCHED}, {2, 0, 0, 0, EVENT_VANISHED}}},
    {"out of turn", 2, {{1, 0, 0, -1, EVENT_REDUCING}, {2, 1, 0, -1, EVENT_REDUCED}}},
    {"has no gradient 4", 2, {{1, 0, 0, 0, EVENT_DISPATCHED}, {2, 4, 0, 0, EVENT_READY}}},
};

// If it failed, the swarm would look at runs and see nothing.
static void swarm_watch__each_broken_rule__is_seen_at_its_event(void **state) {
    struct scenario scenario;
    (void)state;
    small_cluster_parse(&scenario, "%s", two_workers);
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        struct swarm_watch watch;
        swarm_watch_init(&watch, &scenario);
        struct run_sink sink = swarm_watch_sink(&watch);
        for (size_t j = 0; j < stories[i].count; j++) {
            assert_string_equal(watch.problem, "");
            sink.event(sink.context, &stories[i].events[j]);
        }
        bool found = watch.problem[0] != 0;
        if (found != (stories[i].found != NULL) ||
            (found && strstr(watch.problem, stories[i].found) == NULL)) {
            fail_msg("story %zu: \"%s\"", i, watch.problem);
        }
        swarm_watch_reset(&watch);
    }
}

// If it failed, a gradient could end twice or in no update, and a worker lose time.
static void swarm_watch__rows_that_do_not_add_up__are_seen(void **state) {
    const struct gradient_row rows[] = {
        {.outcome = OUTCOME_APPLIED, .staleness = -1, .version_read = 1},
        {.outcome = OUTCOME_APPLIED, .staleness = 1},
        {.outcome = OUTCOME_APPLIED}};
    struct worker_row workers[2] = {{.gradients = 1, .busy_ns = 10}, {.waiting_ns = 10}};
    const struct runlog_ending ending = {.end_ns = 10, .workers = workers};
    struct scenario scenario;
    (void)state;
    small_cluster_parse(&scenario, "%s", two_workers);
    scenario.log.events = false;
    for (size_t i = 0; i < 5; i++) {
        struct swarm_watch watch;
        swarm_watch_init(&watch, &scenario);
        struct run_sink sink = swarm_watch_sink(&watch);
        sink.gradient(sink.context, 0, &rows[i < 2 ? i : 2], NULL);
        sink.update(sink.context, &(struct update_row){.version = i == 2 ? 2 : 1, .gradients = 1});
        assert_true((watch.problem[0] != 0) == (i < 3));
        workers[1].waiting_ns = i == 3 ? 9 : 10;
        sink.end(sink.context, &ending);
        assert_true((watch.problem[0] != 0) == (i < 4));
        swarm_watch_reset(&watch);
    }
}

// If it failed, a gradient that the server has received could be lost in its row, one could end
// twice while another never does, and a message vanish on its way.
static void swarm_watch__rows_that_their_events_do_not_bear_out__are_seen(void **state) {
    static const struct {
        const char *found; // in the complaint; NULL: nothing is wrong
        size_t events;     // of the first story
        struct gradient_row row;
        size_t rows;
    } cases[] = {
        {NULL, 4, {.outcome = OUTCOME_APPLIED, .ready_ns = 2, .received_ns = 3}, 1},
        {"is applied, and these events", 4, {.outcome = OUTCOME_APPLIED, .received_ns = 3}, 2},
        {"is lost, and these events", 4, {.outcome = OUTCOME_LOST, .received_ns = 3}, 1},
        {"is applied, and these events", 3, {.outcome = OUTCOME_APPLIED, .received_ns = 3}, 1},
        {"is pending, and these events", 4, {.outcome = OUTCOME_PENDING, .number = 1}, 1},
        {NULL, 3, {.outcome = OUTCOME_PENDING, .ready_ns = 2, .received_ns = -1}, 1},
        {"0 messages are under way", 4, {.outcome = OUTCOME_PENDING, .received_ns = -1}, 1},
        {"1 messages are under way", 3, {.outcome = OUTCOME_PENDING, .ready_ns = -1}, 1},
    };
    struct worker_row workers[2] = {{.gradients = 1}, {.gradients = 0}};
    const struct runlog_ending ending = {.workers = workers};
    struct scenario scenario;
    (void)state;
    small_cluster_parse(&scenario, "%s", two_workers);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct swarm_watch watch;
        swarm_watch_init(&watch, &scenario);
        struct run_sink sink = swarm_watch_sink(&watch);
        for (size_t j = 0; j < cases[i].events; j++) {
            sink.event(sink.context, &stories[0].events[j]);
        }
        for (size_t j = 0; j < cases[i].rows; j++) {
            sink.gradient(sink.context, (int64_t)j, &cases[i].row, NULL);
        }
        watch.applied_by_updates = watch.applied;
        sink.end(sink.context, &ending);
        bool found = watch.problem[0] != 0;
        if (found != (cases[i].found != NULL) ||
            (found && strstr(watch.problem, cases[i].found) == NULL)) {
            fail_msg("case %zu: \"%s\"", i, watch.problem);
        }
        swarm_watch_reset(&watch);
    }
}

// ---- processes ----

// If it failed, one run without an end would hold up all others, and its files stay.
static void swarm_trial__one_that_takes_too_long__is_ended_and_told(void **state) {
    static const char endless[] =
        "end: 100000 updates\nmodel: {name: mlp, hidden: [1000, 1000]}\npolicy: async\n"
        "data: {name: random, features: 1000, samples: 1000}\ntraining: {batch: 500}\n"
        "cluster: {workers: 1}\n";
    char folder[SCRATCH_PATH_SIZE];
    struct swarm_report *report = swarm_trial_reports(1);
    scratch_path(state, "trial", folder);
    swarm_trial_run(endless, folder, 1, report);
    assert_int_equal(report->verdict, SWARM_BREAKS);
    assert_string_equal(report->what, "the process");
    assert_non_null(strstr(report->why, "no end within its time"));
    assert_int_equal(scratch_count_entries(*state), 0);
    swarm_trial_run("end: 1 furlong\n", folder, 100, report);
    assert_int_equal(report->verdict, SWARM_NO_RUN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swarm_text__a_line_with_deeper_ones__goes_with_them),
        cmocka_unit_test(swarm_text__a_section_of_another__takes_the_place_of_its_own),
        cmocka_unit_test(swarm_text__without_its_defaults__is_the_same_scenario),
        cmocka_unit_test(swarm_scenario__equal_streams__give_equal_scenarios),
        cmocka_unit_test(swarm_scenario__a_changed_net__reads_nothing_from_the_disk),
        cmocka_unit_test(swarm_shrink__a_large_scenario__leaves_what_matters),
        cmocka_unit_test(swarm_shrink__what_always_breaks__is_small_soon),
        cmocka_unit_test(swarm_watch__each_broken_rule__is_seen_at_its_event),
        cmocka_unit_test(swarm_watch__rows_that_do_not_add_up__are_seen),
        cmocka_unit_test(swarm_watch__rows_that_their_events_do_not_bear_out__are_seen),
        cmocka_unit_test_setup_teardown(swarm_trial__one_that_takes_too_long__is_ended_and_told,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("swarm", tests, NULL, NULL);
}
