// SPDX-License-Identifier: GPL-3.0-or-later
// Events that change links, against clusters that have such links all the time: under every policy.
// Random clusters with them: test_property_incidents.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/text_buffer.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

static void run(enum policy policy, const char *network, const char *rest,
                struct scenario *scenario, struct runlog *log) {
    bool clusters = policy == POLICY_HIER_AVG;
    small_cluster_parse(scenario,
                        "seed: 7\nmodel: quadratic\nend: 300 gradients\nties: random\n"
                        "evaluation: {every: 0 s}\npolicy: {name: %s%s}\ncluster:\n"
                        "  workers: 6\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
                        "  network: {%s, message: 50 kB, timeout: 30 ms}\n%s",
                        policy_table[policy].name,
                        clusters ? ", steps: 4, cluster_steps: 2, cluster_size: 3" : "", network,
                        rest);
    small_cluster_run(scenario, log);
}

// The same things happen at the same times.
static void expect_same_events(const struct runlog *a, const struct runlog *b, const char *what) {
    if (a->event_count != b->event_count ||
        memcmp(a->events, b->events, rows(a->event_count) * sizeof *a->events) != 0) {
        fail_msg("%s: other things happen, or at other times", what);
    }
    assert_true(a->ending.parameter_fingerprint == b->ending.parameter_fingerprint);
}

// A link that is changed from the start to the end is another link: a quarter of the bandwidth, one
// and a half times the latency, and twice the loss, of the same draws. An all-reduce goes by the
// slowest link, so one such worker makes it as slow as all of them.
static void links__changed_all_the_time__are_other_links(void **state) {
    (void)state;
    static const char plain[] = "latency: 4 ms, bandwidth: 40 Mbit/s, loss: 5 %";
    static const char changed[] = "latency: 6 ms, bandwidth: 10 Mbit/s, loss: 10 %";
    static const char *const ports[] = {
        "", "  server: {receive: 1 ms, bandwidth: 20 Mbit/s}\n",
        "  groups: {rack: {workers: 1..3, uplink: {bandwidth: 15 Mbit/s}}}\n"};
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        for (size_t i = 0; i < 3; i++) {
            struct scenario scenario;
            struct runlog other;
            struct runlog log;
            struct text_buffer rest = {0};
            run(policy, changed, ports[i], &scenario, &other);
            // Of clusters each has its own all-reduce.
            bool reduces = !applies_server(&scenario) && policy != POLICY_HIER_AVG;
            text_buffer_add(&rest, "%s  events: {bad: {event: link, %s, at: 0 s, latency: 1.5, ",
                            ports[i], reduces ? "worker: 2" : "workers: 100 %");
            text_buffer_add(&rest, "bandwidth: 0.25, loss: 2}}\n");
            run(policy, plain, text_buffer_text(&rest), &scenario, &log);
            expect_same_events(&log, &other, policy_table[policy].name);
            text_buffer_clear(&rest);
            runlog_reset(&log);
            runlog_reset(&other);
        }
    }
}

// A sweep over the factor begins at 1.
static void links__times_one__change_nothing(void **state) {
    (void)state;
    static const char network[] =
        "latency: {law: exponential, mean: 4 ms}, bandwidth: 30 Mbit/s, loss: 5 %";
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct scenario scenario;
        struct runlog plain;
        struct runlog log;
        run(policy, network, "", &scenario, &plain);
        run(policy, network,
            "  events: {a: {event: link, workers: 100 %, at: 0 s, latency: 1, bandwidth: 1}, b: "
            "{event: link, worker: 3, every: 300 ms, for: 100 ms, loss: 1}}\n",
            &scenario, &log);
        expect_same_events(&log, &plain, policy_table[policy].name);
        assert_true(log.incident_count > plain.incident_count);
        runlog_reset(&log);
        runlog_reset(&plain);
    }
}

// Of 50,000 pushes that are lost with 2 % and, in the event, five times as often, the mean number
// of time-outs is p / (1 - p).
static void links__that_lose_more__send_so_much_more_often(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    double sum = 0;
    double square = 0;
    small_cluster_parse(&scenario,
                        "{seed: 2, model: none, end: 50000 gradients, log: {events: false}, "
                        "policy: async, cluster: {workers: 10, compute: 100 ms, network: {loss: 2 "
                        "%%, timeout: 10 ms}, events: {bad: {event: link, workers: 100 %%, at: 0 "
                        "s, loss: 5}}}}");
    small_cluster_run(&scenario, &log);
    int64_t count = 0;
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        const struct gradient_row *row = &log.gradients[i];
        if (row->arrived_ns >= 0) {
            double lost = (double)(row->arrived_ns - row->ready_ns) / 1e7;
            sum += lost;
            square += lost * lost;
            count++;
        }
    }
    double mean = sum / (double)count;
    double error = sqrt((square / (double)count - mean * mean) / (double)count);
    assert_true(count >= 50000 && error / (1 + mean) < 3e-3);
    if (fabs(mean - .1 / .9) > 4 * error) {
        fail_msg("%.5f time-outs, should be %.5f", mean, .1 / .9);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links__changed_all_the_time__are_other_links),
        cmocka_unit_test(links__times_one__change_nothing),
        cmocka_unit_test(links__that_lose_more__send_so_much_more_often),
    };
    return cmocka_run_group_tests_name("property_links", tests, NULL, NULL);
}
