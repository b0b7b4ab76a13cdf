// SPDX-License-Identifier: GPL-3.0-or-later
// The uplink that the workers of a group share: its throughput, what it leaves alone, and that a
// run with one is repeated and forked to the bit. That it carries one message at a time is held by
// the audit of each run (log_audit.h).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/run/fork.h"
#include "sim/run/replay.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/text_buffer.h"
#include "tests/support/random_cluster.h"
#include "tests/support/random_values.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 250, ARRIVALS = 10000 };

// ---- throughput ----

// Gradients of the workers from "first" on that arrive in a second, in the second half of the run.
static double arrival_rate(const struct runlog *log, int32_t first) {
    int64_t from_ns = log->ending.end_ns / 2;
    int64_t count = 0;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        const struct gradient_row *row = &log->gradients[i];
        count += row->worker >= first && row->arrived_ns > from_ns;
    }
    return (double)count / ((double)(log->ending.end_ns - from_ns) / 1e9);
}

// 25 workers of a rack could push 125 gradients a second; its uplink carries one in 20 ms: 50 a
// second, whatever the computing times and latencies. The server's port, which could carry 125,
// does not change that. The ten others are as fast as ever: 200 ms, and 1 ms each way.
static void uplink__that_is_the_bottleneck__carries_what_it_can(void **state) {
    (void)state;
    static const char *const servers[] = {"", ", server: {bandwidth: 250 Mbit/s}"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log;
        small_cluster_parse(
            &scenario,
            "{seed: 3, model: none, end: 400 s, log: {events: false}, policy: async, cluster: "
            "{workers: 35, compute: {law: uniform, min: 180 ms, max: 220 ms}, network: {latency: 1 "
            "ms, message: 250 kB}%s, groups: {rack: {workers: 10..34, uplink: {latency: {law: "
            "exponential, mean: 3 ms}, bandwidth: 100 Mbit/s}}}}}",
            servers[i]);
        small_cluster_run(&scenario, &log);
        double rate = arrival_rate(&log, 10);
        double others = arrival_rate(&log, 0) - rate;
        if (fabs(rate / 50 - 1) > 5e-4) { // some arrivals more or less at both ends of 10,000
            fail_msg("%.6f gradients a second of the rack, should be 50", rate);
        }
        if (i == 0 && fabs(others / (10 / .202) - 1) > 3e-3) { // 10,000 of a cv of .06
            fail_msg("%.6f gradients a second of the others, should be %.6f", others, 10 / .202);
        }
        assert_true(rows(log.gradient_count) > ARRIVALS);
        runlog_reset(&log);
    }
}

// ---- what it leaves alone ----

static void run(enum policy policy, const char *groups, struct runlog *log) {
    struct scenario scenario;
    bool clusters = policy == POLICY_HIER_AVG;
    small_cluster_parse(&scenario,
                        "seed: 7\nmodel: quadratic\nend: 300 gradients\nties: random\n"
                        "evaluation: {every: 0 s}\npolicy: {name: %s%s}\ncluster:\n"
                        "  workers: 6\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
                        "  network: {latency: {law: exponential, mean: 2 ms}, message: 8 kB}\n%s",
                        policy_table[policy].name,
                        clusters ? ", steps: 4, cluster_steps: 2, cluster_size: 3" : "", groups);
    small_cluster_run(&scenario, log);
}

// A sweep over the bandwidth begins at unlimited: were that another run than the plain one, its
// first point would not be the baseline.
static void uplink__unlimited_and_of_no_latency__is_none(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct runlog logs[2];
        run(policy, "", &logs[0]);
        run(policy, "  groups: {a: {worker: 2, uplink: {latency: 0 s, bandwidth: unlimited}}}\n",
            &logs[1]);
        small_cluster_expect_equal(&logs[0], &logs[1], policy_table[policy].name);
        assert_true(logs[0].ending.timeline_fingerprint == logs[1].ending.timeline_fingerprint);
        runlog_reset(&logs[0]);
        runlog_reset(&logs[1]);
    }
}

static void make_laws(struct span_laws *laws, const char *groups) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "{seed: 3, model: none, policy: async, ties: random, cluster: {workers: 9, "
                        "compute: {law: exponential, mean: 1 s}, network: {latency: {law: "
                        "lognormal, mean: 3 s, cv: 1}, loss: 20 %%, timeout: 1 s}, server: "
                        "{receive: {law: exponential, mean: 1 s}}%s}}",
                        groups);
    span_laws_init(laws, &scenario.cluster, scenario.seed, true, 1000);
}

// Common random numbers: an uplink adds its latency and its transfer to the ways of its members,
// and changes no draw, neither theirs nor anybody else's.
static void uplink__any__adds_to_the_ways_of_its_members_alone(void **state) {
    (void)state;
    struct span_laws plain;
    struct span_laws fixed;
    struct span_laws drawn;
    make_laws(&plain, "");
    make_laws(&fixed, ", groups: {a: {workers: [1, 7], uplink: {latency: 5 ms, bandwidth: 8 "
                      "Mbit/s}}}");
    make_laws(&drawn, ", groups: {a: {workers: [1, 7], uplink: {latency: {law: exponential, mean: "
                      "5 ms}}}}");
    double sum = 0;
    for (int32_t worker = 0; worker < 9; worker++) {
        for (int64_t number = 0; number < 1000; number++) {
            struct gradient_spans a;
            struct gradient_spans b;
            struct gradient_spans c;
            span_laws_gradient(&plain, worker, number, &a);
            span_laws_gradient(&fixed, worker, number, &b);
            span_laws_gradient(&drawn, worker, number, &c);
            int64_t push_ns = c.push_ns - a.push_ns;
            int64_t reply_ns = c.reply_travel_ns - a.reply_travel_ns;
            bool member = worker == 1 || worker == 7;
            assert_true(member ? push_ns != reply_ns : push_ns == 0 && reply_ns == 0);
            sum += (double)push_ns + (double)reply_ns;
            a.push_ns += member ? 6000000 : 0; // 1000 bytes in 1 ms
            a.reply_travel_ns += member ? 6000000 : 0;
            assert_memory_equal(&a, &b, sizeof a);
        }
    }
    assert_true(fabs(sum / 4000 / 5e6 - 1) < 4 / sqrt(4000)); // the relative standard error
    span_laws_reset(&plain);
    span_laws_reset(&fixed);
    span_laws_reset(&drawn);
}

// ---- random clusters ----

// One rack, or two where there are so many workers.
static void parse_racks(struct rng_stream *stream, const char *text, struct scenario *scenario) {
    char racks[400];
    struct error error;
    const char *name = strstr(text, "\n  workers: ");
    int workers = 0;
    assert_true(name != NULL && sscanf(name, "\n  workers: %d", &workers) == 1);
    if (workers >= 5 && random_below(stream, 2) == 0) {
        snprintf(racks, sizeof racks,
                 "{a: {workers: 1..2, uplink: {bandwidth: %u Mbit/s}}, b: {workers: [0, 3..4], "
                 "uplink: {latency: 3 ms, bandwidth: %u Mbit/s}}}",
                 1 + random_below(stream, 20), 1 + random_below(stream, 20));
    } else {
        snprintf(racks, sizeof racks, "{c: {workers: 0..%u, uplink: {bandwidth: %u Mbit/s}}}",
                 random_below(stream, (uint32_t)workers), 1 + random_below(stream, 20));
    }
    const struct scenario_setting settings[] = {{"cluster.groups", racks},
                                                {"cluster.network.message", "10 kB"}};
    if (scenario_parse("test", text, strlen(text), settings, 2, scenario, &error) != STATUS_OK) {
        fail_msg("%s\nin\n%s", error.message, text);
    }
}

// Whatever sets out when, with a server's port behind the uplinks and without: every run is
// audited, the staleness identity among the rules.
static void uplink__in_random_clusters__keeps_the_rules(void **state) {
    (void)state;
    int64_t waited = 0;
    for (uint32_t i = 0; i < CLUSTERS; i++) {
        char text[RANDOM_CLUSTER_TEXT_SIZE];
        struct rng_stream stream;
        struct scenario scenario;
        struct runlog log;
        rng_stream_init(&stream, 5, RNG_TEST, 12, i, 0);
        random_cluster_make(&stream, i, text);
        parse_racks(&stream, text, &scenario);
        small_cluster_run_with(&scenario, NULL, &log, NULL);
        for (size_t row = 0; row < log.gradient_count; row++) { // or none
            waited += log.gradients[row].push_port_wait_ns > 0;
        }
        runlog_reset(&log);
    }
    assert_true(waited > CLUSTERS);
}

// ---- averages ----

// Two racks of which nobody is in both, of any numbers, the second without a bandwidth sometimes.
static void make_racks(struct rng_stream *stream, int32_t workers, struct text_buffer *text) {
    uint32_t kinds = 2 + random_below(stream, 2); // rack 0, rack 1, or none
    uint32_t rack_of[12];
    for (int32_t i = 0; i < workers; i++) {
        rack_of[i] = i < 2 ? (uint32_t)i : random_below(stream, kinds);
    }
    for (uint32_t rack = 0; rack < 2; rack++) {
        text_buffer_add(text, "%srack_%u: {workers: [%u", rack == 0 ? "{" : ", ", rack, rack);
        for (int32_t i = 2; i < workers; i++) {
            if (rack_of[i] == rack) {
                text_buffer_add(text, ", %d", i);
            }
        }
        text_buffer_add(text, "], uplink: {latency: %u us", random_below(stream, 3000));
        if (rack == 0 || random_below(stream, 2) == 0) {
            text_buffer_add(text, ", bandwidth: %u Mbit/s", 100 + random_below(stream, 3000));
        }
        text_buffer_add(text, "}}");
    }
    text_buffer_add(text, "}");
}

// The audit counts the messages of each step where no latency is by chance. Every second average
// at least is slower than without uplinks: of four workers or more, some cross a border.
static void uplink__of_averaged_models__takes_as_long_as_its_messages(void **state) {
    (void)state;
    static const char *const kinds[] = {"ring", "tree", "server"};
    static const char *const averages[] = {
        "{name: k_avg, steps: 2}", "{name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 3}",
        "{name: cocod, steps: 2}"};
    int64_t slower = 0;
    for (uint32_t i = 0; i < CLUSTERS; i++) {
        struct rng_stream stream;
        struct text_buffer racks = {0};
        struct runlog logs[2];
        rng_stream_init(&stream, 5, RNG_TEST, 13, i, 0);
        int32_t workers = 6 + 3 * (int32_t)random_below(&stream, 3);
        uint32_t mbit = 100 + random_below(&stream, 3000);
        make_racks(&stream, workers, &racks);
        for (int k = 0; k < 2; k++) {
            struct scenario scenario;
            small_cluster_parse(
                &scenario,
                "{seed: 3, model: quadratic, end: 100 gradients, evaluation: {every: 0 s}, policy: "
                "%s, cluster: {workers: %d, compute: {law: uniform, min: 80 ms, max: 120 ms}, "
                "network: {latency: 500 us, bandwidth: %u Mbit/s, message: 300 kB, all_reduce: "
                "%s}, groups: %s}}",
                averages[i % 3], workers, mbit, kinds[i / 3 % 3], k == 0 ? "none" : racks.text);
            small_cluster_run(&scenario, &logs[k]);
        }
        slower += logs[1].reductions[rows(logs[1].reduction_count) - 1].span_ns >
                  logs[0].reductions[rows(logs[0].reduction_count) - 1].span_ns;
        memory_free(racks.text);
        runlog_reset(&logs[0]);
        runlog_reset(&logs[1]);
    }
    assert_true(slower > CLUSTERS / 2);
}

// ---- repeated ----

static const char *const crowded[] = {
    "{name: async}",
    "{name: sync}",
    "{name: hybrid, threshold: 2, pushed_worker: continues}",
    "{name: k_batch_sync, threshold: 3}",
    "{name: ssp, slack: 1}",
    "{name: easgd, steps: 2}",
    "{name: k_avg, steps: 3}",
    "{name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 3}",
};

static void expect_replays(const char *path, const char *policy) {
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    enum status status = replay_file(path, &(struct run_options){.threads = 1}, &outcome, &error);
    if (status != STATUS_OK) {
        fail_msg("%s: %s%s", policy, error.message, outcome.difference.text);
    }
    assert_int_equal(outcome.spans.other, 0);
}

static void expect_forks(void **state, const char *path, const char *policy) {
    static const struct scenario_setting others[] = {
        {"cluster.groups",
         "{first: {worker: 0, uplink: {bandwidth: 10 Mbit/s}}, rack: {uplink: {bandwidth: 40 "
         "Mbit/s}}}"},
        {"cluster.groups.rack", "none"},
        {"cluster.groups.rack.workers", "0..2"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char fork[SCRATCH_PATH_SIZE];
        struct run_outcome outcome;
        struct error error = {.message = ""};
        scratch_path(state, "b.h5", fork);
        const struct fork_request request = {
            .path = path, .at_ns = 2000000000, .settings = &others[i], .setting_count = 1};
        const struct run_options options = {.output = fork, .threads = 1};
        if (fork_file(&request, &options, &outcome, &error) != STATUS_OK) {
            fail_msg("%s: %s", policy, error.message);
        }
        expect_replays(fork, policy);
    }
}

// The waits at the ports are computed again, not taken from the log; also behind a fork at which
// messages stand in line and the racks become others.
static void uplink__runs_with_one__are_replayed_and_forked_to_the_bit(void **state) {
    for (size_t i = 0; i < sizeof crowded / sizeof crowded[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        int64_t waits = 0;
        char path[SCRATCH_PATH_SIZE];
        scratch_path(state, "a.h5", path);
        small_cluster_parse(
            &scenario,
            "seed: 8\nmodel: {name: quadratic, dimension: 4}\nend: 4 s\nties: random\n"
            "training: {learning_rate: 0.01}\nevaluation: {every: 0 s}\n"
            "policy: %s\n"
            "cluster:\n  workers: 6\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
            "  network: {latency: {law: exponential, mean: 5 ms}, message: 250 kB, "
            "loss: 5 %%, timeout: 50 ms}\n"
            "  server: {receive: 1 ms, bandwidth: 160 Mbit/s}\n"
            "  groups: {rack: {workers: 2..5, uplink: {latency: {law: exponential, mean: 2 ms}, "
            "bandwidth: 80 Mbit/s}}}\n",
            crowded[i]);
        const struct small_cluster_options options = {.output = path};
        small_cluster_run_with(&scenario, &options, &log, NULL);
        for (size_t row = 0; row < rows(log.gradient_count); row++) {
            waits += log.gradients[row].push_port_wait_ns > 0;
            waits += log.gradients[row].reply_port_wait_ns > 0;
        }
        assert_true(waits > 20 || log.reduction_count > 5); // all-reduces wait at no port
        expect_replays(path, crowded[i]);
        runlog_reset(&log);
        if (policy_table[scenario.training.policy.policy].may_change_midway) {
            expect_forks(state, path, crowded[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uplink__that_is_the_bottleneck__carries_what_it_can),
        cmocka_unit_test(uplink__unlimited_and_of_no_latency__is_none),
        cmocka_unit_test(uplink__any__adds_to_the_ways_of_its_members_alone),
        cmocka_unit_test(uplink__in_random_clusters__keeps_the_rules),
        cmocka_unit_test(uplink__of_averaged_models__takes_as_long_as_its_messages),
        cmocka_unit_test_setup_teardown(uplink__runs_with_one__are_replayed_and_forked_to_the_bit,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("property_uplink", tests, NULL, NULL);
}
