// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of tell one by one: whichever way one comes to a line, it is the same, and so is what is
// known there.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/tell.h"
#include "sim/report/tell_events.h"
#include "sim/report/tell_standing.h"
#include "sim/report/tell_steps.h"
#include "sim/report/tell_walk.h"
#include "tests/support/small_cluster.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static const char hybrid[] = "end: 90 s\n"
                             "model: none\n"
                             "policy: {name: hybrid, threshold: {every: 150}}\n"
                             "cluster:\n"
                             "  workers: 7\n"
                             "  compute: {law: exponential, mean: 200 ms}\n"
                             "  delay: {law: constant, value: 300 ms, workers: 2}\n"
                             "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
                             "  events: {nap: {event: pause, worker: 3, at: 2 s, for: 3 s}}\n";

static const char local[] = "end: 20 s\nmodel: none\npolicy: {name: k_avg}\n"
                            "cluster: {workers: 4, network: {latency: 10 ms}}\n";

static void run(const char *yaml, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s", yaml);
    small_cluster_run(&scenario, log);
}

static struct tell_steps *open_steps(const struct runlog *log) {
    struct tell_steps *steps = NULL;
    struct error error;
    assert_int_equal(tell_steps_open(log, &steps, &error), STATUS_OK);
    return steps;
}

// All that tell prints of this worker (-1: of all), to be freed.
static char *told(const struct runlog *log, int32_t worker) {
    char *text = NULL;
    size_t size = 0;
    struct error error;
    struct tell_options options = tell_options_all();
    options.details = true;
    options.worker = worker;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(tell(stream, log, &options, &error), STATUS_OK);
    fclose(stream);
    return text;
}

// Whether a text begins with a line.
static bool has_line(const char *text, const char *line) {
    size_t length = strcspn(line, "\n") + 1;
    return strncmp(text, line, length) == 0;
}

static const char *next_line(const char *line) {
    return strchr(line, '\n') + 1;
}

static void expect_lines_of_tell(const struct runlog *log) {
    struct tell_steps *steps = open_steps(log);
    char *all = told(log, -1);
    char *text = tell_steps_text(steps, 0, SIZE_MAX / 2);
    assert_string_equal(text, all);
    memory_free(text);
    size_t count = tell_steps_count(steps);
    const char *line = all;
    const char **lines = memory_allocate(count, sizeof *lines);
    for (size_t i = 0; i < count; i++, line = next_line(line)) {
        lines[i] = line;
    }
    assert_int_equal(*line, 0);
    for (size_t i = 0; i < count; i += 1 + count / 400) {
        size_t there = i * 7919 % count; // forth and back
        text = tell_steps_text(steps, there, 1);
        assert_true(has_line(lines[there], text));
        memory_free(text);
    }
    memory_free(lines);
    free(all);
    tell_steps_close(&steps);
    assert_null(steps);
}

// If it failed, a lesson would show another story than "desgd tell".
static void steps__in_any_order__are_the_lines_of_tell(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    expect_lines_of_tell(&log);
    runlog_reset(&log);
    run(hybrid, &log);
    expect_lines_of_tell(&log);
    runlog_reset(&log);
    run(local, &log);
    expect_lines_of_tell(&log);
    runlog_reset(&log);
}

// If it failed, the buffer, the queue or a worker's place would be those of another moment when one
// has come back.
static void what_is_known__after_going_back__is_as_on_the_way_there(void **state) {
    (void)state;
    struct runlog log;
    run(hybrid, &log);
    struct tell_steps *steps = open_steps(&log);
    struct tell_options options = tell_options_all();
    struct teller teller;
    struct error error;
    options.details = true;
    assert_int_equal(tell_walk_begin(&teller, &log, &options, &error), STATUS_OK);
    tell_walk_rewind(&teller, true);
    size_t moments = 0;
    while (tell_walk_on(&teller)) {
        if (teller.state.lines == 0 || teller.state.lines % 37 != 0) {
            continue;
        }
        tell_steps_at(steps, tell_steps_count(steps) - 1);
        const struct tell_state *here = &tell_steps_at(steps, teller.state.lines - 1)->state;
        assert_int_equal(here->lines, teller.state.lines);
        assert_int_equal(here->events_told, teller.state.events_told);
        assert_int_equal(here->queued, teller.state.queued);
        assert_int_equal(here->threshold, teller.state.threshold);
        assert_int_equal(here->version, teller.state.version);
        assert_int_equal(here->buffer_count, teller.state.buffer_count);
        for (size_t i = 0; i < here->buffer_count; i++) {
            assert_ptr_equal(here->buffer[i], teller.state.buffer[i]);
        }
        assert_memory_equal(here->workers, teller.state.workers, 7 * sizeof *here->workers);
        moments++;
    }
    assert_true(moments > 50);
    tell_walk_end(&teller);
    tell_steps_close(&steps);
    runlog_reset(&log);
}

static void expect_found(struct tell_steps *steps, size_t behind, struct tell_goal goal,
                         const char *line) {
    size_t found = tell_steps_find(steps, behind, goal);
    if (line == NULL) {
        assert_int_equal(found, tell_steps_count(steps));
        return;
    }
    assert_in_range(found, behind + 1, tell_steps_count(steps) - 1);
    char *text = tell_steps_text(steps, found, 1);
    text[strlen(text) - 1] = 0;
    assert_string_equal(text, line);
    memory_free(text);
}

// If it failed, "until" would go past what was asked for, or stop at something else.
static void goals__in_the_story__are_found(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_steps *steps = open_steps(&log);
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_TIME, 1100 * MS},
                 "1.100 s  worker 0 pushes gradient 0, read at version 0");
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_TIME, 1100 * MS + 1},
                 "1.101 s  gradient 0 of worker 0 joins the server's queue");
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_TIME, 2000 * MS}, NULL);
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_VERSION, 0},
                 "1.116 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; "
                 "staleness 0");
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_VERSION, 2},
                 "1.226 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; "
                 "staleness 0 to 1");
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_VERSION, 3}, NULL);
    expect_found(steps, 0, (struct tell_goal){TELL_GOAL_THRESHOLD, 0},
                 "1.211 s  K changes from 1 to 2");
    assert_int_equal(tell_steps_until(steps, 999 * MS), 2); // evaluations
    assert_int_equal(tell_steps_until(steps, 1000 * MS), 5);
    assert_int_equal(tell_steps_until(steps, -1), 0);
    assert_int_equal(tell_steps_until(steps, 9000 * MS), tell_steps_count(steps));
    tell_steps_close(&steps);
    runlog_reset(&log);
}

// If it failed, "until something happens to worker 3" would leave out some of what "tell --worker
// 3" tells, or stop at the others.
static void a_worker__looked_for_again_and_again__is_where_tell_has_it(void **state) {
    (void)state;
    const char *const yamls[] = {hybrid, local};
    for (int i = 0; i < 2; i++) {
        struct runlog log;
        run(yamls[i], &log);
        struct tell_steps *steps = open_steps(&log);
        char *lines = told(&log, 3);
        const char *line = next_line(lines);
        size_t at = tell_steps_find(steps, 0, (struct tell_goal){TELL_GOAL_WORKER, 3});
        for (int n = 0; n < 200 && strstr(line, "the run ends") != line + 10; n++) {
            char *text = tell_steps_text(steps, at, 1);
            line = has_line(lines, text) ? lines : line;
            assert_true(has_line(line, text));
            memory_free(text);
            line = next_line(line);
            at = tell_steps_find(steps, at, (struct tell_goal){TELL_GOAL_WORKER, 3});
        }
        free(lines);
        tell_steps_close(&steps);
        runlog_reset(&log);
    }
}

static void expect_standing(struct tell_steps *steps, int64_t time_ns, int32_t worker,
                            const char *brief, const char *sentence) {
    char text[TELL_STANDING_SIZE];
    const struct teller *teller = tell_steps_at(steps, tell_steps_until(steps, time_ns) - 1);
    assert_string_equal(tell_standing_brief(teller, worker, text), brief);
    assert_string_equal(tell_standing_sentence(teller, worker, text), sentence);
}

// If it failed, the answer to "where is worker 1?" would be wrong.
static void standing__in_the_story__is_where_the_worker_is(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_steps *steps = open_steps(&log);
    expect_standing(steps, 1000 * MS, 1, "computes 0 (v0)",
                    "worker 1 computes gradient 0, read at version 0, since 1.000 s");
    expect_standing(steps, 1100 * MS, 0, "sends 0",
                    "worker 0 waits: its gradient 0 is on its way to the server, since 1.100 s");
    expect_standing(steps, 1101 * MS, 0, "queue 0",
                    "worker 0 waits: its gradient 0 is in the server's queue, since 1.101 s");
    expect_standing(steps, 1111 * MS, 0, "buffer 0",
                    "worker 0 waits: its gradient 0 is in the buffer, since 1.111 s");
    expect_standing(steps, 1116 * MS, 0, "applied 0",
                    "worker 0 waits: its gradient 0 is applied, since 1.111 s");
    expect_standing(steps, 1117 * MS, 0, "gets v1",
                    "worker 0 waits for version 1, which is on its way to it, since 1.117 s");
    expect_standing(steps, 1118 * MS, 0, "computes 1 (v1)",
                    "worker 0 computes gradient 1, read at version 1, since 1.118 s");
    tell_steps_close(&steps);
    runlog_reset(&log);
}

// If it failed, a worker that stands at a barrier would seem to compute.
static void standing__at_a_barrier__is_waiting(void **state) {
    (void)state;
    struct runlog log;
    char text[TELL_STANDING_SIZE];
    run(local, &log);
    struct tell_steps *steps = open_steps(&log);
    size_t event = 0;
    while (log.events[event].kind != EVENT_WAITS) {
        event++;
    }
    size_t line = tell_steps_until(steps, log.events[event].time_ns) - 1;
    const struct teller *teller = tell_steps_at(steps, line);
    assert_string_equal(tell_standing_brief(teller, log.events[event].actor, text), "waits");
    tell_steps_close(&steps);
    runlog_reset(&log);
}

// If it failed, a stranger's log in which nobody comes back from a crash would be told with a write
// before the workers.
static void steps__of_a_return_of_nobody__are_told(void **state) {
    (void)state;
    struct runlog log;
    run(local, &log);
    log.events[log.event_count / 2].kind = EVENT_RETURNED;
    log.events[log.event_count / 2].actor = -1;
    char *text = told(&log, -1);
    assert_non_null(strstr(text, "worker -1 is back"));
    free(text);
    runlog_reset(&log);
}

// If it failed, a log without events would be looked at, and there would be nothing to see.
static void steps__of_a_log_without_events__are_refused(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_steps *steps = NULL;
    struct error error;
    log.header.events = false;
    assert_int_equal(tell_steps_open(&log, &steps, &error), STATUS_BAD_DATA);
    assert_null(steps);
    assert_null(tell_update_of(&log, 3));
    assert_ptr_equal(tell_update_of(&log, 2), &log.updates[1]);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps__in_any_order__are_the_lines_of_tell),
        cmocka_unit_test(what_is_known__after_going_back__is_as_on_the_way_there),
        cmocka_unit_test(goals__in_the_story__are_found),
        cmocka_unit_test(a_worker__looked_for_again_and_again__is_where_tell_has_it),
        cmocka_unit_test(standing__in_the_story__is_where_the_worker_is),
        cmocka_unit_test(standing__at_a_barrier__is_waiting),
        cmocka_unit_test(steps__of_a_return_of_nobody__are_told),
        cmocka_unit_test(steps__of_a_log_without_events__are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
