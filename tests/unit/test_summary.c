// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of a summary, against those worked out by hand from story_log.h.
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/summary.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"
#include "tests/support/story_log.h"
#include "tests/support/summary_text.h"

static void expect_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-14 * fabs(expected))) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

// If it failed, "desgd run" would report wrong counts or a wrong staleness.
static void summary__of_the_story__counts_gradients_and_staleness(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    summary_of_log(&log, &summary);
    assert_string_equal(summary.policy, "hybrid");
    assert_int_equal(summary.seed, 7);
    assert_int_equal(summary.status, RUN_COMPLETE);
    assert_int_equal(summary.sums.gradients, 5);
    assert_int_equal(summary.sums.outcomes[OUTCOME_APPLIED], 3);
    assert_int_equal(summary.sums.outcomes[OUTCOME_PENDING], 2);
    assert_int_equal(summary.sums.outcomes[OUTCOME_DROPPED], 0);
    assert_int_equal(summary.sums.updates, 2);
    expect_near(summary.staleness_mean, 1.0 / 3);
    assert_int_equal(summary.sums.staleness_max, 1);
    expect_near(summary.staleness_gradients_mean, 1.0 / 3);
    assert_int_equal(summary.sums.staleness_gradients_max, 1);
    assert_int_equal(summary.timeline_fingerprint, 0xabc);
    assert_int_equal(summary.parameter_fingerprint, 0x2222);
    runlog_reset(&log);
}

// If it failed, a lossy run would look like a slow one. Three pushes arrive besides, and the reply
// to a gradient that is in no update is none.
static void summary__of_lost_messages__counts_what_was_sent_again(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    char *text = NULL;
    size_t size = 0;
    log.gradients[1].push_attempts = 3;
    log.gradients[2].reply_attempts = 2;
    log.gradients[4].reply_attempts = 7;
    summary_of_log(&log, &summary);
    assert_int_equal(summary.sums.pushes, 4);
    assert_int_equal(summary.sums.replies, 3);
    expect_near(summary.sums.push_losses, 2);
    expect_near(summary.sums.reply_losses, 1);
    FILE *stream = open_memstream(&text, &size);
    summary_print(stream, &summary, 0);
    summary_print_json(stream, &summary, 0);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(text, "retransmissions   2 of pushes, 1 of replies; mean attempts "
                                 "1.5000 and 1.3333\n"));
    assert_non_null(strstr(text, "\"retransmissions\": {"));
    free(text);
    runlog_reset(&log);
}

// If it failed, a short run with a long queue at the port would report a mean wait that is longer
// than itself: the fourth push has not arrived, and what it will have waited is not of the mean.
static void summary__of_waits_at_the_port__counts_those_that_are_over(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    log.gradients[0].push_port_wait_ns = 4000;
    assert_true(log.gradients[3].arrived_ns < 0);
    log.gradients[3].push_port_wait_ns = INT64_C(9000000000);
    log.gradients[1].reply_port_wait_ns = 3000;
    summary_of_log(&log, &summary);
    assert_int_equal(summary.sums.pushes, 4);
    expect_near(summary.sums.push_port_wait_ns, 4000);
    expect_near(summary.sums.reply_port_wait_ns, 3000);
    runlog_reset(&log);
}

// If it failed, a pause would look like a slow cluster. What made one gradient earlier counts
// against what made the others later.
static void summary__of_incidents__says_by_how_much_they_held_computing_up(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct incident_row row = {.began_ns = 1, .ended_ns = 2, .kind = INCIDENT_PAUSE};
    struct summary summary;
    char *text = NULL;
    size_t size = 0;
    log.gradients[0].stalled_ns = INT64_C(2000000000);
    log.gradients[1].stalled_ns = INT64_C(600000000);
    log.gradients[2].stalled_ns = -INT64_C(100000000);
    log.incidents = &row;
    log.incident_count = 1;
    summary_of_log(&log, &summary);
    FILE *stream = open_memstream(&text, &size);
    summary_print(stream, &summary, 0);
    summary_print_json(stream, &summary, 0);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(
        strstr(text, "incidents         1 pause; computing held up for 2.500000 s in all\n"));
    assert_non_null(strstr(text, "\"stalled_ns\": 2500000000"));
    free(text);
    log.incidents = NULL;
    log.incident_count = 0;
    runlog_reset(&log);
}

// How a run ended is a part of its numbers, for people and for machines.
static void summary__of_a_run_that_ended_badly__says_how(void **state) {
    (void)state;
    static const struct {
        enum run_status status;
        const char *reason, *note, *key;
    } cases[] = {
        {RUN_COMPLETE, "", "", NULL},
        {RUN_STALLED, "worker 3", "stalled since 10.161 s, waiting for worker 3",
         "stalled_waiting_for"},
        {RUN_FAILED, "too long", "too long", "failure"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct runlog log = story_log_create();
        struct summary summary;
        char note[SUMMARY_NOTE_SIZE];
        char *text = NULL;
        size_t size = 0;
        log.ending.status = cases[i].status;
        log.ending.stalled_since_ns = 10161000000;
        snprintf(log.ending.reason, sizeof log.ending.reason, "%s", cases[i].reason);
        summary_of_log(&log, &summary);
        assert_string_equal(summary_note(&summary, note), cases[i].note);
        FILE *stream = open_memstream(&text, &size);
        summary_print_json(stream, &summary, 0);
        assert_int_equal(fclose(stream), 0);
        assert_true(cases[i].key == NULL || strstr(text, cases[i].key) != NULL);
        free(text);
        runlog_reset(&log);
    }
}

// If it failed, the idle share or the server's load would be wrong: 600 ms of worker time, 300 ms
// of server time, of which four receipts of 10, two updates of 5 and three replies of 1 ms.
static void summary__of_the_story__shares_add_up(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    summary_of_log(&log, &summary);
    expect_near(summary.busy_share, 516.0 / 600);
    expect_near(summary.waiting_share, 10.0 / 600);
    expect_near(summary.communicating_share, 74.0 / 600);
    expect_near(summary.server_load, 53.0 / 300);
    runlog_reset(&log);
}

// If it failed, replies that go out at the receipt (continues) would be missed: the fourth receipt
// brings a fourth reply.
static void summary__continues__counts_a_reply_per_receipt(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    memory_free(log.header.scenario);
    log.header.scenario = memory_copy_text("policy:\n  pushed_worker: continues\n");
    summary_of_log(&log, &summary);
    expect_near(summary.server_load, 54.0 / 1300); // that scenario has no start-up
    runlog_reset(&log);
}

// If it failed, the mean would not be that of the papers' tables: points t < end, the end left out.
static void summary__evaluations__mean_leaves_out_the_end(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    summary_of_log(&log, &summary);
    const struct run_metric *accuracy = &summary.metrics[RUN_TEST_ACCURACY];
    const struct run_metric *loss = &summary.metrics[RUN_TRAIN_LOSS];
    assert_int_equal(summary.evaluations, 4);
    assert_int_equal(summary.evaluations_in_mean, 3);
    expect_near(accuracy->mean, 0.14);
    expect_near(accuracy->final, 0.60);
    expect_near(accuracy->best, 0.60);
    assert_int_equal(accuracy->best_ns, 1300000000);
    expect_near(summary.metrics[RUN_TEST_LOSS].mean, 2.2);
    expect_near(loss->mean, 2.2);
    expect_near(loss->final, 2.1);
    expect_near(loss->best, 2.0);
    assert_int_equal(loss->best_ns, 500000000);
    assert_true(isnan(summary.metrics[RUN_TRAIN_ACCURACY].mean));
    assert_true(isnan(summary.metrics[RUN_TRAIN_ACCURACY].best));
    log.evaluation_count = 3; // a run cut off between two points: the last one counts, too
    summary_of_log(&log, &summary);
    assert_int_equal(summary.evaluations_in_mean, 3);
    expect_near(summary.metrics[RUN_TEST_ACCURACY].final, 0.20);
    runlog_reset(&log);
}

// If it failed, a run without -o would be summed up otherwise than its log: the sink gets gradients
// in another order.
static void summary__sink__agrees_with_the_log(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary of_log;
    struct summary_accumulator accumulator;
    struct run_sink sink = summary_sink(&accumulator);
    summary_of_log(&log, &of_log);
    sink.start(sink.context, &log.header);
    sink.evaluation(sink.context, &log.evaluations[0]);
    for (size_t i = rows(log.gradient_count); i-- > 0;) {
        sink.gradient(sink.context, (int64_t)i, &log.gradients[i], NULL);
    }
    for (size_t i = 0; i < rows(log.update_count); i++) {
        sink.update(sink.context, &log.updates[i]);
    }
    for (size_t i = 1; i < rows(log.evaluation_count); i++) {
        sink.evaluation(sink.context, &log.evaluations[i]);
    }
    sink.end(sink.context, &log.ending);
    assert_int_equal(accumulator.summary.sums.gradients, of_log.sums.gradients);
    assert_memory_equal(accumulator.summary.sums.outcomes, of_log.sums.outcomes,
                        sizeof of_log.sums.outcomes);
    assert_memory_equal(&accumulator.summary.staleness_mean, &of_log.staleness_mean,
                        sizeof of_log.staleness_mean);
    assert_memory_equal(&accumulator.summary.server_load, &of_log.server_load,
                        sizeof of_log.server_load);
    assert_memory_equal(accumulator.summary.metrics, of_log.metrics, sizeof of_log.metrics);
    runlog_reset(&log);
}

// If it failed, the closing lines of "desgd run" would have changed.
static void summary_print__the_story__is_an_aligned_screenful(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    summary_of_log(&log, &summary);
    char *text = summary_text(&summary, 0.5, summary_print);
    assert_string_equal(
        text, "policy            hybrid, seed 7, 2 workers\n"
              "status            complete at 1.300 s of cluster time\n"
              "gradients         5 started: 3 applied, 0 dropped, 2 pending\n"
              "updates           2\n"
              "staleness         mean 0.333, most 1 versions; mean 0.333, most 1 gradients\n"
              "workers           idle 14.0 %: waiting 1.7 %, communicating 12.3 %; busy 86.0 %\n"
              "server            busy 17.7 %\n"
              "                       final        mean        best\n"
              "test accuracy        60.00 %     14.00 %     60.00 %  at 1.300 s\n"
              "test loss           0.6000      2.2000      0.6000    at 1.300 s\n"
              "train accuracy           -           -           -  \n"
              "train loss          2.1000      2.2000      2.0000    at 0.500 s\n"
              "                  mean: over the 3 evaluations before the end\n"
              "wall time         0.50 s; 2.6 cluster seconds a second\n"
              "fingerprints      timeline 0000000000000abc, parameters 0000000000002222\n");
    free(text);
    runlog_reset(&log);
}

// If it failed, machines could not read the summary, or would read NaN.
static void summary_print_json__the_story__parses_and_has_null_for_nan(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    summary_of_log(&log, &summary);
    char *text = summary_text(&summary, 0, summary_print_json);
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(object, "gradients"), "applied")), 3);
    const json_t *accuracy = json_object_get(object, "test_accuracy");
    expect_near(json_real_value(json_object_get(accuracy, "mean")), 0.14);
    assert_true(json_is_null(json_object_get(json_object_get(object, "train_accuracy"), "mean")));
    assert_null(json_object_get(object, "wall_seconds"));
    assert_string_equal(json_string_value(json_object_get(object, "timeline_fingerprint")),
                        "0000000000000abc");
    json_decref(object);
    free(text);
    runlog_reset(&log);
}

// If it failed, a run that ended before its first gradient would divide by zero.
static void summary__an_empty_run__has_no_numbers(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    log.gradient_count = 0;
    log.update_count = 0;
    log.evaluation_count = 0;
    log.ending.end_ns = 0;
    memset(log.ending.workers, 0, 2 * sizeof *log.ending.workers);
    summary_of_log(&log, &summary);
    assert_true(isnan(summary.staleness_mean));
    assert_true(isnan(summary.busy_share));
    assert_true(isnan(summary.server_load));
    assert_true(isnan(summary.metrics[RUN_TEST_LOSS].mean));
    char *text = summary_text(&summary, 0, summary_print);
    assert_null(strstr(text, "nan"));
    free(text);
    runlog_reset(&log);
}

// Nobody has computed, so there is no share of busy time; that all were down is all that is known.
static void summary_print__all_down_from_the_beginning__says_so(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct summary summary;
    summary_of_log(&log, &summary);
    summary.busy_share = (double)NAN;
    summary.down_share = 1;
    char *text = summary_text(&summary, 0, summary_print);
    assert_non_null(strstr(text, "workers           down 100.0 % of the time\n"));
    assert_null(strstr(text, "nan"));
    free(text);
    summary.down_share = (double)NAN;
    text = summary_text(&summary, 0, summary_print);
    assert_null(strstr(text, "down"));
    free(text);
    runlog_reset(&log);
}

// Who sets policy.missing wants to know how often nobody waited for a worker, and for how long:
// until a gradient of it comes in, it returns from a crash, or the run ends.
static void summary__of_silences__says_how_often_workers_were_counted_out(void **state) {
    (void)state;
    static const struct {
        const char *policy, *events;
        int64_t times;
        double ms;
    } cases[] = {
        {"sync, missing: waits", "a: {event: pause, worker: 2, at: 60 ms, for: 120 ms}", 0, 0},
        {"sync, missing: 90 ms", "a: {event: pause, worker: 2, at: 60 ms, for: 120 ms}", 1,
         222 - 150},
        {"sync, missing: goes_on", "a: {event: pause, worker: 2, at: 60 ms, for: 120 ms}", 1,
         222 - 60},
        {"sync, missing: 120 ms", "a: {event: pause, worker: 2, at: 60 ms, for: 120 ms}", 0, 0},
        {"sync, missing: goes_on", "a: {event: crash, worker: 2, at: 60 ms}", 1, 250 - 60},
        {"sync, missing: goes_on", "a: {event: crash, worker: 2, at: 60 ms, for: 90 ms}", 1, 90},
        {"sync, missing: goes_on",
         "a: {event: pause, worker: 2, at: 60 ms, for: 20 ms}, b: {event: pause, worker: 2, at: "
         "90 ms, for: 10 ms}",
         1, 132 - 60},
        {"sync, missing: goes_on",
         "a: {event: pause, worker: 2, at: 60 ms, for: 120 ms}, b: {event: disconnect, worker: 0, "
         "at: 240 ms}, c: {event: crash, worker: 1, at: 10 ms, for: 5 ms}",
         3, (222 - 60) + (250 - 240) + 5},
        {"k_avg, steps: 1, missing: 30 ms", "a: {event: pause, worker: 2, at: 60 ms, for: 120 ms}",
         1, 180 - 90},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        struct summary summary;
        small_cluster_parse(&scenario,
                            "model: none\nend: 250 ms\npolicy: {name: %s}\n"
                            "cluster: {workers: 3, compute: 100 ms, network: {latency: 2 ms}, "
                            "server: {receive: 10 ms, update: 5 ms, reply: 1 ms}, events: {%s}}\n",
                            cases[i].policy, cases[i].events);
        small_cluster_run(&scenario, &log);
        summary_of_log(&log, &summary);
        assert_int_equal(summary.counted_out, cases[i].times);
        assert_true(summary.counted_out_ns == cases[i].ms * 1e6);
        char *text = summary_text(&summary, 0, summary_print);
        assert_true((strstr(text, "\ncounted out       ") != NULL) == (cases[i].times > 0));
        free(text);
        runlog_reset(&log);
    }
}

// A stranger's log may say that a worker was heard of before it was counted out.
static void summary__of_events_that_go_back_in_time__counts_no_time_below_zero(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct summary summary;
    int moved = 0;
    small_cluster_parse(&scenario,
                        "model: none\nend: 250 ms\npolicy: {name: sync, missing: goes_on}\n"
                        "cluster: {workers: 2, compute: 100 ms, events: {a: {event: pause, worker: "
                        "1, at: 60 ms, for: 20 ms}}}\n");
    small_cluster_run(&scenario, &log);
    for (size_t i = 0; i < rows(log.event_count); i++) {
        struct event_row *event = &log.events[i];
        if (event->kind == EVENT_ARRIVED && event->actor == 1) {
            event->time_ns = 10000000;
            moved++;
        }
    }
    assert_true(moved > 0);
    summary_of_log(&log, &summary);
    assert_int_equal(summary.counted_out, 1);
    assert_true(summary.counted_out_ns >= 0);
    runlog_reset(&log);
}

// What is drawn of messages that are never sent, averages of clusters, and the time in which
// workers are down, would each make a run look like another.
static void summary__of_what_was_not_sent_or_not_up__leaves_it_out(void **state) {
    (void)state;
    const char *const scenarios[] = {"policy:\n  name: async\n",
                                     "cluster:\n  network:\n    all_reduce: ring\n"};
    const struct gradient_row gradient = {.arrived_ns = -1,
                                          .received_ns = -1,
                                          .push_attempts = 3,
                                          .reply_attempts = 4,
                                          .outcome = OUTCOME_APPLIED};
    const struct reduction_row reductions[3] = {
        {.scope = SCOPE_ALL}, {.scope = SCOPE_CLUSTER}, {.scope = SCOPE_CLUSTER}};
    struct worker_row worker = {.busy_ns = 2000000000,
                                .waiting_ns = 1000000000,
                                .communicating_ns = 1000000000,
                                .down_ns = 4000000000};
    const struct runlog_ending ending = {
        .end_ns = 8000000000, .workers = &worker, .worker_count = 1};
    for (size_t i = 0; i < 2; i++) {
        struct summary_accumulator accumulator;
        struct run_sink sink = summary_sink(&accumulator);
        sink.start(sink.context,
                   &(struct runlog_header){.scenario = (char *)scenarios[i], .policy = "async"});
        sink.gradient(sink.context, 0, &gradient, NULL);
        for (size_t k = 0; k < 3; k++) {
            sink.reduction(sink.context, &reductions[k]);
        }
        sink.end(sink.context, &ending);
        const struct summary *summary = &accumulator.summary;
        assert_int_equal(summary->sums.pushes, 0);
        assert_true(summary->sums.push_losses == 0);
        assert_int_equal(summary->sums.replies, i == 0); // local steps are applied without any
        assert_int_equal(summary->sums.reductions_of_all, 1);
        assert_int_equal(summary->sums.reductions_of_clusters, 2);
        expect_near(summary->busy_share, 0.5);
        expect_near(summary->down_share, 0.5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary__of_the_story__counts_gradients_and_staleness),
        cmocka_unit_test(summary__of_lost_messages__counts_what_was_sent_again),
        cmocka_unit_test(summary__of_waits_at_the_port__counts_those_that_are_over),
        cmocka_unit_test(summary__of_incidents__says_by_how_much_they_held_computing_up),
        cmocka_unit_test(summary__of_a_run_that_ended_badly__says_how),
        cmocka_unit_test(summary__of_the_story__shares_add_up),
        cmocka_unit_test(summary__continues__counts_a_reply_per_receipt),
        cmocka_unit_test(summary__evaluations__mean_leaves_out_the_end),
        cmocka_unit_test(summary__sink__agrees_with_the_log),
        cmocka_unit_test(summary_print__the_story__is_an_aligned_screenful),
        cmocka_unit_test(summary_print__all_down_from_the_beginning__says_so),
        cmocka_unit_test(summary_print_json__the_story__parses_and_has_null_for_nan),
        cmocka_unit_test(summary__of_silences__says_how_often_workers_were_counted_out),
        cmocka_unit_test(summary__of_events_that_go_back_in_time__counts_no_time_below_zero),
        cmocka_unit_test(summary__an_empty_run__has_no_numbers),
        cmocka_unit_test(summary__of_what_was_not_sent_or_not_up__leaves_it_out),
    };
    return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
