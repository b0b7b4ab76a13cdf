// SPDX-License-Identifier: GPL-3.0-or-later
// Closed queues against values that follow by hand, limits, and each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/validate/closed_queue.h"
#include "tests/support/expect.h"

// Two customers, Z = S = 1: the chain of 0, 1, 2 at the server has weights 1, 2, 2, so that it
// serves 4/5 of the time. (One customer is served once in Z + S.)
static void closed_queue__exponential_service__is_the_machine_repairman(void **state) {
    (void)state;
    expect_relative(closed_queue_rate_exponential(&(struct closed_queue){2, 1, 1}), .8, 1e-14);
    expect_relative(closed_queue_rate_exponential(&(struct closed_queue){1, 3, 1}), .25, 1e-14);
}

// Two customers, Z = S = 1: a busy period lasts e, an idle one 1/2 (Takacs).
static void closed_queue__constant_service__has_the_busy_period_of_takacs(void **state) {
    (void)state;
    double busy = exp(1);
    expect_relative(closed_queue_rate_constant(&(struct closed_queue){2, 1, 1}), busy / (busy + .5),
                    1e-14);
    expect_relative(closed_queue_rate_constant(&(struct closed_queue){1, 3, 1}), .25, 1e-14);
}

// If the balance equations were wrong, a server that never stops would not be the repairman, and
// one that stops for a moment would lose more than its share.
static void closed_queue__interrupted_server__has_its_limits(void **state) {
    (void)state;
    static const double services[] = {.01, .04, .2};
    for (size_t i = 0; i < 3; i++) {
        struct closed_queue queue = {25, 1, services[i]};
        double free = closed_queue_rate_exponential(&queue);
        expect_relative(closed_queue_rate_interrupted(&queue, 0, 1), free, 1e-12);
        // Stops and goes on so often that the server is one of 3/4 the speed.
        struct closed_queue slower = {25, 1, services[i] / .75};
        expect_relative(closed_queue_rate_interrupted(&queue, 1e7, 3e7),
                        closed_queue_rate_exponential(&slower), 1e-4);
    }
}

// Less variable service never lowers the rate, and no rate is above its bounds.
static void
closed_queue__any_load__constant_service_is_between_exponential_and_bound(void **state) {
    (void)state;
    for (double service = .002; service < .5; service *= 1.7) {
        struct closed_queue queue = {25, 1, service};
        double exponential = closed_queue_rate_exponential(&queue);
        double constant = closed_queue_rate_constant(&queue);
        assert_true(exponential <= constant * (1 + 1e-12));
        assert_true(constant <= fmin(25 / (1 + service), 1 / service) * (1 + 1e-12));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_queue__exponential_service__is_the_machine_repairman),
        cmocka_unit_test(closed_queue__constant_service__has_the_busy_period_of_takacs),
        cmocka_unit_test(closed_queue__interrupted_server__has_its_limits),
        cmocka_unit_test(closed_queue__any_load__constant_service_is_between_exponential_and_bound),
    };
    return cmocka_run_group_tests_name("closed_queue", tests, NULL, NULL);
}
