// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds apart: weights, minibatches and times each follow a seed that may be another one. A change
// of one changes its own draws and nobody else's; otherwise a study that holds the weights fixed
// would hold fixed, or let go, more than it says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { BATCH = 4, SEEDS = 4 };

// Everything that is drawn at all is drawn here: shards, ties, groups, losses, incidents.
static void run(const char *seeds, const char *policy, uint64_t seed, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(
        &scenario,
        "seed: %" PRIu64 "\nseeds: %s\nmodel: softmax\nend: 6 s\nties: random\n"
        "data: {name: random, samples: 400, seed: 3}\ntraining: {batch: %d}\n"
        "policy: {name: %s}\n"
        "cluster:\n  workers: 8\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
        "  delay: {law: exponential, mean: 40 ms, workers: 3, who: random}\n"
        "  network: {latency: {law: exponential, mean: 2 ms}, loss: 5 %%, timeout: 10 ms}\n"
        "  server: {receive: {law: uniform, min: 1 ms, max: 2 ms}}\n"
        "  groups: {slow: {workers: 2, who: drawn, slowdown: 2}}\n"
        "  events: {nap: {event: pause, workers: 3, every: {law: exponential, mean: 1 s}, for: 100 "
        "ms}}\n"
        "evaluation: {every: 0 s}\nlog: {samples: true}\n",
        seed, seeds, BATCH, policy);
    small_cluster_run(&scenario, log);
    assert_int_equal(log->header.sample_columns, BATCH);
}

struct kept {
    bool weights, minibatches, times;
};

// Gradients of the same worker and number, in pairs: whether all minibatches, all spans are equal.
static struct kept compare(const struct runlog *a, const struct runlog *b) {
    struct kept kept = {.minibatches = true, .times = true};
    size_t compared = 0;
    kept.weights = memcmp(a->header.initial, b->header.initial,
                          (size_t)a->header.parameter_count * sizeof *a->header.initial) == 0;
    for (size_t i = 0; i < rows(a->gradient_count); i++) {
        const struct gradient_row *row = &a->gradients[i];
        size_t j = 0;
        while (j < b->gradient_count &&
               (b->gradients[j].worker != row->worker || b->gradients[j].number != row->number)) {
            j++;
        }
        if (j < b->gradient_count) {
            compared++;
            kept.times = kept.times && row->compute_ns == b->gradients[j].compute_ns &&
                         row->delay_ns == b->gradients[j].delay_ns &&
                         row->receive_ns == b->gradients[j].receive_ns &&
                         row->tie == b->gradients[j].tie;
            kept.minibatches =
                kept.minibatches && memcmp(&a->samples[BATCH * i], &b->samples[BATCH * j],
                                           BATCH * sizeof *a->samples) == 0;
        }
    }
    assert_true(compared >= 100);
    return kept;
}

static void expect(uint64_t seed, const char *seeds, struct kept kept, struct kept expected) {
    if (memcmp(&kept, &expected, sizeof kept) != 0) {
        fail_msg("seed %" PRIu64 ", seeds %s: kept weights %d, minibatches %d, times %d", seed,
                 seeds, kept.weights, kept.minibatches, kept.times);
    }
}

// A study of delays under fixed weights and minibatches would have other minibatches.
static void seeds__another_seed_of_one_use__changes_its_draws_alone(void **state) {
    (void)state;
    static const struct {
        const char *seeds;
        struct kept kept;
    } changes[] = {
        {"{weights: 77}", {false, true, true}},
        {"{minibatches: 77}", {true, false, true}},
        {"{times: 77}", {true, true, false}},
        {"{minibatches: policy, times: policy}", {true, false, false}},
    };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct runlog plain;
        run("{times: scenario}", "async", seed, &plain);
        for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
            struct runlog other;
            run(changes[i].seeds, "async", seed, &other);
            expect(seed, changes[i].seeds, compare(&plain, &other), changes[i].kept);
            bool same_times =
                plain.ending.timeline_fingerprint == other.ending.timeline_fingerprint;
            assert_int_equal(same_times, changes[i].kept.times);
            runlog_reset(&other);
        }
        runlog_reset(&plain);
    }
}

// Every earlier log would be another run, or a number would mean something else than a seed does.
static void seeds__the_scenarios_own_seed_as_a_number__gives_its_bits(void **state) {
    (void)state;
    struct runlog plain;
    struct runlog written;
    run("{weights: scenario}", "sync", 5, &plain);
    run("{weights: 5, minibatches: 5, times: 5}", "sync", 5, &written);
    assert_true(plain.ending.timeline_fingerprint == written.ending.timeline_fingerprint);
    assert_true(plain.ending.parameter_fingerprint == written.ending.parameter_fingerprint);
    runlog_reset(&plain);
    runlog_reset(&written);
}

// The paper's notion of a comparison, in which policies share the weights alone, could not be run.
static void seeds__of_the_policy__are_each_policys_own_and_each_seeds_own(void **state) {
    (void)state;
    static const char seeds[] = "{minibatches: policy, times: policy}";
    struct runlog logs[4];
    run(seeds, "async", 9, &logs[0]);
    run(seeds, "sync", 9, &logs[1]);
    run(seeds, "async", 10, &logs[2]);
    run(seeds, "async", 9, &logs[3]);
    expect(9, seeds, compare(&logs[0], &logs[1]), (struct kept){true, false, false});
    expect(9, seeds, compare(&logs[0], &logs[2]), (struct kept){false, false, false});
    expect(9, seeds, compare(&logs[0], &logs[3]), (struct kept){true, true, true});
    for (size_t i = 0; i < 4; i++) {
        runlog_reset(&logs[i]);
    }
}

// The noise of the quadratic is its minibatch: it would not follow "seeds.minibatches".
static void seeds__of_minibatches__draw_the_noise_of_the_quadratic(void **state) {
    (void)state;
    static const char *const seeds[] = {"{times: scenario}", "{times: 8, weights: 8}",
                                        "{minibatches: 8}"};
    uint64_t parameters[3];
    for (size_t i = 0; i < 3; i++) {
        struct scenario scenario;
        struct runlog log;
        small_cluster_parse(&scenario,
                            "seeds: %s\nmodel: quadratic\nend: 20 updates\n"
                            "cluster: {workers: 1}\npolicy: {name: sync}\n",
                            seeds[i]);
        small_cluster_run(&scenario, &log);
        parameters[i] = log.ending.parameter_fingerprint;
        runlog_reset(&log);
    }
    assert_true(parameters[0] == parameters[1] && parameters[0] != parameters[2]);
}

// A run would be another one only because it says what holds anyway; its text would not be stable.
static void seeds__in_the_canonical_form__stand_only_where_they_are_apart(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "seeds: {weights: scenario, times: scenario}\nmodel: none\n");
    char *text = scenario_print(&scenario);
    assert_null(strstr(text, "seeds"));
    memory_free(text);
    small_cluster_parse(&scenario, "seeds: {weights: 3, times: policy}\nmodel: none\n");
    text = scenario_print(&scenario);
    assert_non_null(strstr(text, "seeds:\n  times: policy\n"));
    assert_null(strstr(text, "weights"));
    memory_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds__another_seed_of_one_use__changes_its_draws_alone),
        cmocka_unit_test(seeds__the_scenarios_own_seed_as_a_number__gives_its_bits),
        cmocka_unit_test(seeds__of_the_policy__are_each_policys_own_and_each_seeds_own),
        cmocka_unit_test(seeds__of_minibatches__draw_the_noise_of_the_quadratic),
        cmocka_unit_test(seeds__in_the_canonical_form__stand_only_where_they_are_apart),
    };
    return cmocka_run_group_tests_name("seeds_apart", tests, NULL, NULL);
}
