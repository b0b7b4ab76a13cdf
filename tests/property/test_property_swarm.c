// SPDX-License-Identifier: GPL-3.0-or-later
// A small swarm (tests/support/swarm_hunt.h), for every change; "make swarm" is the large one.
// $DESGD_TEST_SEED is its seed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/training/aggregation.h"
#include "tests/support/scratch.h"
#include "tests/support/swarm_hunt.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SCENARIOS = 20, BEHAVIOURS = 200, KINDS = 5 };
#else
enum { SCENARIOS = 200, BEHAVIOURS = 900, KINDS = 15 };
#endif
enum { SECONDS_MOST = 300 };

static uint32_t runs_of(const struct swarm_behaviours *behaviours, size_t policy) {
    uint32_t runs = 0;
    for (size_t status = 0; status < RUN_STATUS_COUNT; status++) {
        runs += behaviours->endings[policy][status];
    }
    return runs;
}

// If it failed, some scenario would break a rule of every moment, or not come to the same when it
// is run otherwise, forked, killed or replayed. What is printed says which, and its smallest form.
static void swarm__random_scenarios__keep_every_rule_and_repeat(void **state) {
    const char *seed = getenv("DESGD_TEST_SEED");
    struct swarm_hunt *hunt = memory_allocate(1, sizeof *hunt);
    *hunt = (struct swarm_hunt){.wanted = SCENARIOS,
                                .seed = seed == NULL ? 2 : strtoull(seed, NULL, 10),
                                .jobs = 1,
                                .seconds = SECONDS_MOST,
                                .folder = *state,
                                .told = stdout};
    swarm_hunt(hunt);
    if (hunt->findings > 0) {
        // As many as here: the size of the last batch decides who is made from whom.
        fail_msg("repeat: make swarm N=%d SEED=%llu", SCENARIOS, (unsigned long long)hunt->seed);
    }
    assert_int_equal(hunt->held, SCENARIOS);
    // A swarm that reaches little shows little.
    size_t policies = 0;
    for (size_t policy = 0; policy < POLICY_COUNT; policy++) {
        policies += runs_of(&hunt->behaviours, policy) > 0;
    }
    assert_true(swarm_behaviours_reached(&hunt->behaviours) >= BEHAVIOURS);
    assert_true(policies >= KINDS);
    memory_free(hunt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(swarm__random_scenarios__keep_every_rule_and_repeat,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("property_swarm", tests, NULL, NULL);
}
