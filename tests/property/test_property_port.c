// SPDX-License-Identifier: GPL-3.0-or-later
// The server's port: its throughput, what it leaves alone, and that a run with one is repeated
// and forked to the bit. That it carries one message at a time is held by the audit of each
// run (log_audit.h).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/run/fork.h"
#include "sim/run/replay.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/random_cluster.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 250, GRADIENTS = 20000 };

// 25 workers could push 125 gradients a second; the port carries one in 20 ms each way. So it is
// busy from the first push on: 50 a second, exactly, whatever the computing times and latencies.
static void port__that_is_the_bottleneck__carries_what_it_can(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(
        &scenario,
        "seed: 3\nmodel: none\nend: %d gradients\nlog: {events: false}\n"
        "policy: {name: async}\n"
        "cluster:\n  workers: 25\n  compute: {law: uniform, min: 180 ms, max: 220 ms}\n"
        "  network: {latency: {law: uniform, min: 1 ms, max: 2 ms}, message: 250 kB}\n"
        "  server: {bandwidth: 100 Mbit/s}\n",
        GRADIENTS);
    small_cluster_run(&scenario, &log);
    size_t last = rows(log.update_count) - 1;
    int64_t span_ns = log.updates[last].time_ns - log.updates[last / 2].time_ns;
    double rate = (double)(last - last / 2) / ((double)span_ns / 1e9);
    if (fabs(rate / 50 - 1) > 2e-5) { // one latency more or less at both ends: 1 ms of 200 s
        fail_msg("%.6f gradients a second, should be 50", rate);
    }
    runlog_reset(&log);
}

static void parse_with(const char *text, const char *bandwidth, struct scenario *scenario) {
    const struct scenario_setting settings[] = {{"cluster.server.bandwidth", bandwidth},
                                                {"cluster.network.message", "10 kB"},
                                                {"cluster.network.loss", "10 %"},
                                                {"cluster.network.timeout", "30 ms"}};
    struct error error;
    if (scenario_parse("test", text, strlen(text), settings, 4, scenario, &error) != STATUS_OK) {
        fail_msg("%s\nin\n%s", error.message, text);
    }
}

static bool equal_draws(const struct gradient_row *a, const struct gradient_row *b,
                        int64_t port_ns) {
    return a->compute_ns == b->compute_ns && a->delay_ns == b->delay_ns &&
           a->push_ns == b->push_ns + port_ns && a->receive_ns == b->receive_ns &&
           a->reply_ns == b->reply_ns && a->reply_travel_ns == b->reply_travel_ns + port_ns &&
           a->push_attempts == b->push_attempts && a->reply_attempts == b->reply_attempts &&
           a->tie == b->tie;
}

// A port changes when things happen, and no draw: the same gradient has the same spans, and the
// time at the port besides.
static void expect_same_draws(const struct runlog *with, const struct runlog *without) {
    for (size_t i = 0; i < with->gradient_count; i++) { // or none
        const struct gradient_row *row = &with->gradients[i];
        for (size_t j = 0; j < without->gradient_count; j++) { // or none
            const struct gradient_row *other = &without->gradients[j];
            if (other->worker == row->worker && other->number == row->number &&
                !equal_draws(row, other, 8000000)) {
                fail_msg("gradient %" PRId64 " of worker %" PRId32 " has other draws", row->number,
                         row->worker);
            }
        }
    }
}

// Whatever sets out when: every run is audited, the staleness identity among the rules; and a port
// of unlimited bandwidth is none.
static void port__in_random_clusters__keeps_the_rules(void **state) {
    (void)state;
    int64_t waited = 0;
    for (uint32_t i = 0; i < CLUSTERS; i++) {
        char text[RANDOM_CLUSTER_TEXT_SIZE];
        struct rng_stream stream;
        struct scenario scenario;
        struct runlog with;
        struct runlog without;
        rng_stream_init(&stream, 4, RNG_TEST, 12, i, 0);
        random_cluster_make(&stream, i, text);
        parse_with(text, "10 Mbit/s", &scenario);
        small_cluster_run_with(&scenario, NULL, &with, NULL);
        parse_with(text, "unlimited", &scenario);
        small_cluster_run_with(&scenario, NULL, &without, NULL);
        expect_same_draws(&with, &without);
        for (size_t row = 0; row < with.gradient_count; row++) { // or none
            waited += with.gradients[row].push_port_wait_ns > 0;
        }
        for (size_t row = 0; row < without.gradient_count; row++) { // or none
            assert_int_equal(without.gradients[row].push_port_wait_ns, 0);
            assert_int_equal(without.gradients[row].reply_port_wait_ns, 0);
        }
        runlog_reset(&with);
        runlog_reset(&without);
    }
    assert_true(waited > CLUSTERS);
}

static const char *const crowded[] = {
    "{name: async}",
    "{name: sync}",
    "{name: hybrid, threshold: 2, pushed_worker: continues}",
    "{name: k_batch_sync, threshold: 3}",
    "{name: ssp, slack: 1}",
    "{name: easgd, steps: 2}",
};

static void parse_crowded(const char *policy, struct scenario *scenario) {
    small_cluster_parse(
        scenario,
        "seed: 8\nmodel: {name: quadratic, dimension: 4}\nend: 4 s\nties: random\n"
        "training: {learning_rate: 0.01}\nevaluation: {every: 0 s}\n"
        "policy: %s\n"
        "cluster:\n  workers: 6\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
        "  network: {latency: {law: exponential, mean: 5 ms}, message: 250 kB, "
        "loss: 5 %%, timeout: 50 ms}\n"
        "  server: {receive: 1 ms, bandwidth: 80 Mbit/s}\n",
        policy);
}

static void expect_replays(const char *path, const char *policy) {
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    enum status status = replay_file(path, &(struct run_options){.threads = 1}, &outcome, &error);
    if (status != STATUS_OK) {
        fail_msg("%s: %s%s", policy, error.message, outcome.difference.text);
    }
    assert_int_equal(outcome.spans.other, 0);
}

static int64_t waits_of(const struct runlog *log) {
    int64_t waits = 0;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        waits += log->gradients[i].push_port_wait_ns > 0;
        waits += log->gradients[i].reply_port_wait_ns > 0;
    }
    return waits;
}

// The waits at the port are computed again, not taken from the log; also behind a fork at which
// messages stand in line and the port becomes a slower one.
static void port__runs_with_one__are_replayed_and_forked_to_the_bit(void **state) {
    static const struct scenario_setting slower = {"cluster.server.bandwidth", "40 Mbit/s"};
    for (size_t i = 0; i < sizeof crowded / sizeof crowded[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        struct run_outcome outcome;
        struct error error = {.message = ""};
        char path[SCRATCH_PATH_SIZE];
        char fork[SCRATCH_PATH_SIZE];
        scratch_path(state, "a.h5", path);
        scratch_path(state, "b.h5", fork);
        parse_crowded(crowded[i], &scenario);
        const struct small_cluster_options options = {.output = path};
        small_cluster_run_with(&scenario, &options, &log, NULL);
        assert_true(waits_of(&log) > 20);
        expect_replays(path, crowded[i]);
        runlog_reset(&log);
        if (!policy_table[scenario.training.policy.policy].may_change_midway) {
            continue;
        }
        const struct fork_request request = {
            .path = path, .at_ns = 2000000000, .settings = &slower, .setting_count = 1};
        const struct run_options forked = {.output = fork, .threads = 1};
        if (fork_file(&request, &forked, &outcome, &error) != STATUS_OK) {
            fail_msg("%s: %s", crowded[i], error.message);
        }
        expect_replays(fork, crowded[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port__that_is_the_bottleneck__carries_what_it_can),
        cmocka_unit_test(port__in_random_clusters__keeps_the_rules),
        cmocka_unit_test_setup_teardown(port__runs_with_one__are_replayed_and_forked_to_the_bit,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("property_port", tests, NULL, NULL);
}
