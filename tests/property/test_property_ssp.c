// SPDX-License-Identifier: GPL-3.0-or-later
// Stale synchronous parallel, from the log alone: no worker starts a gradient when it has started
// more than "slack" more than the slowest worker's clock, which counts the gradients received from
// that one up to the first that is still on the way.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 4, SEEDS = 20, SLACK_MOST = 4 };

static const char *const latencies[] = {
    "40 ms", "{law: exponential, mean: 60 ms}", "{law: uniform, min: 0 ms, max: 150 ms}",
    "{law: lognormal, mean: 50 ms, cv: 2}", "{law: pareto, scale: 10 ms, shape: 1.2}"};

// The log of a worker: which of its gradients have been received, and how many without a gap.
struct lead {
    bool *received[WORKERS];
    int64_t clock[WORKERS];
    int64_t most;     // lead of any start
    int64_t overtook; // gradients received before an earlier one
};

static void look_at_start(struct lead *lead, int64_t number) {
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        int64_t ahead = number - lead->clock[worker];
        lead->most = ahead > lead->most ? ahead : lead->most;
    }
}

static void look_at_receipt(struct lead *lead, int32_t worker, int64_t number) {
    lead->received[worker][number] = true;
    lead->overtook += number > lead->clock[worker];
    while (lead->received[worker][lead->clock[worker]]) {
        lead->clock[worker]++;
    }
}

static struct lead lead_of(const struct runlog *log) {
    struct lead lead = {.most = 0};
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        lead.received[worker] = memory_allocate(log->gradient_count + 1, sizeof(bool));
    }
    for (size_t i = 0; i < rows(log->event_count); i++) {
        const struct event_row *event = &log->events[i];
        if (event->kind == EVENT_DISPATCHED) {
            look_at_start(&lead, event->gradient);
        } else if (event->kind == EVENT_RECEIVED) {
            look_at_receipt(&lead, event->actor, event->gradient);
        }
    }
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        memory_free(lead.received[worker]);
    }
    return lead;
}

static int64_t expect_within_slack(const char *read, int slack, const char *latency, int seed) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(
        &scenario,
        "seed: %d\nmodel: none\nend: 120 gradients\nties: %s\n"
        "policy: {name: ssp, slack: %d, read: %s}\n"
        "cluster:\n  workers: %d\n  compute: {law: uniform, min: 0 ms, max: 60 ms}\n"
        "  network: {latency: %s}\n  server: {receive: 1 ms, reply: 1 ms}\n",
        seed, seed % 2 == 0 ? "fifo" : "random", slack, read, WORKERS, latency);
    small_cluster_run(&scenario, &log);
    struct lead lead = lead_of(&log);
    if (lead.most > slack) {
        fail_msg("%s, latency %s, seed %d: a lead of %d over a slack of %d", read, latency, seed,
                 (int)lead.most, slack);
    }
    runlog_reset(&log);
    return lead.overtook;
}

// What the policy promises, whatever the way to the server does to the order of the gradients.
static void ssp__any_latency__no_start_is_further_ahead_than_the_slack(void **state) {
    (void)state;
    int64_t overtook = 0;
    for (int slack = 0; slack <= SLACK_MOST; slack++) {
        for (size_t law = 0; law < sizeof latencies / sizeof latencies[0]; law++) {
            for (int seed = 1; seed <= SEEDS; seed++) {
                overtook += expect_within_slack("cached", slack, latencies[law], seed);
                expect_within_slack("newest", slack, latencies[law], seed);
            }
        }
    }
    assert_true(overtook > 1000); // else nothing has been tried
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ssp__any_latency__no_start_is_further_ahead_than_the_slack),
    };
    return cmocka_run_group_tests_name("property_ssp", tests, NULL, NULL);
}
