// SPDX-License-Identifier: GPL-3.0-or-later
// Events at one nanosecond: with constant times every round of two workers is a tie at each stage.
// "fifo" favours worker 0 for ever; "random" must be fair, and toss anew at each stage.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { ROUNDS = 1000 };

// Bit "stage" of firsts[round]: worker 1 came before worker 0 there.
struct order {
    unsigned firsts[ROUNDS];
};

enum { STAGE_READY, STAGE_ARRIVED, STAGE_DISPATCHED, STAGE_COUNT };

static int stage_of(enum event_kind kind) {
    switch (kind) {
    case EVENT_READY:
        return STAGE_READY;
    case EVENT_ARRIVED:
        return STAGE_ARRIVED;
    case EVENT_DISPATCHED:
        return STAGE_DISPATCHED;
    case EVENT_RECEIVED:
    case EVENT_UPDATED:
    case EVENT_REPLIED:
    case EVENT_WAITS:
    case EVENT_REDUCING:
    case EVENT_REDUCED:
    case EVENT_MERGED:
    case EVENT_CANCELLED:
    case EVENT_CRASHED:
    case EVENT_LOST:
    case EVENT_RETURNED:
    case EVENT_VANISHED:
    case EVENT_KIND_COUNT:
        break;
    }
    return STAGE_COUNT;
}

static void run(const char *ties, uint64_t seed, struct order *order) {
    struct scenario scenario;
    struct runlog log;
    bool seen[ROUNDS][STAGE_COUNT] = {{false}};
    small_cluster_parse(&scenario,
                        "model: none\nend: %d updates\nties: %s\npolicy: {name: sync}\n"
                        "cluster: {workers: 2, compute: 10 ms, network: {latency: 1 ms}}\n",
                        ROUNDS, ties);
    scenario.seed = seed;
    small_cluster_run(&scenario, &log);
    *order = (struct order){{0}};
    for (size_t i = 0; i < rows(log.event_count); i++) {
        const struct event_row *event = &log.events[i];
        int stage = stage_of(event->kind);
        if (stage != STAGE_COUNT && event->gradient < ROUNDS && !seen[event->gradient][stage]) {
            seen[event->gradient][stage] = true;
            order->firsts[event->gradient] |= (unsigned)event->actor << stage;
        }
    }
    runlog_reset(&log);
}

static int count(const struct order *order, int stage) {
    int sum = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        sum += (int)(order->firsts[i] >> stage & 1);
    }
    return sum;
}

// What was scheduled first comes first, so worker 0 does, at every stage.
static void ties__fifo__keep_the_order_of_scheduling(void **state) {
    (void)state;
    struct order order;
    run("fifo", 1, &order);
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        assert_int_equal(count(&order, stage), 0);
    }
}

// A rule that favours a worker would bias every policy that takes the first K. 4 standard errors of
// 1000 fair tosses are 63. (The first dispatch is no tie: workers start in worker order.)
static void ties__random__favour_nobody(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct order order;
        run("random", seed, &order);
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            assert_in_range(count(&order, stage), 500 - 63, 500 + 63);
        }
    }
}

// The key has the kind of the event in it: who is first to be ready is not thereby first to arrive.
static void ties__random__are_tossed_anew_at_each_stage(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct order order;
        run("random", seed, &order);
        int equal = 0;
        for (size_t i = 0; i < ROUNDS; i++) {
            equal += (order.firsts[i] >> STAGE_READY & 1) == (order.firsts[i] >> STAGE_ARRIVED & 1);
        }
        assert_in_range(equal, 500 - 63, 500 + 63);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ties__fifo__keep_the_order_of_scheduling),
        cmocka_unit_test(ties__random__favour_nobody),
        cmocka_unit_test(ties__random__are_tossed_anew_at_each_stage),
    };
    return cmocka_run_group_tests_name("property_ties", tests, NULL, NULL);
}
