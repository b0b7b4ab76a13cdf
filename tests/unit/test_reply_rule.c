// SPDX-License-Identifier: GPL-3.0-or-later
// reply_rule: replies by rows alone, as of logs from before replies were counted, held against the
// events of real runs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/report/reply_rule.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

static void expect_replies(const char *policy) {
    struct scenario scenario;
    struct runlog log;
    int64_t told = 0;
    int64_t counted = 0;
    small_cluster_parse(&scenario,
                        "model: none\nend: 20 s\npolicy: %s\n"
                        "cluster: {workers: 6, compute: {law: exponential, mean: 90 ms}}\n",
                        policy);
    small_cluster_run(&scenario, &log);
    for (size_t i = 0; i < rows(log.event_count); i++) {
        told += log.events[i].kind == EVENT_REPLIED;
    }
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        counted += reply_rule_holds(reply_rule_of(log.header.scenario), &log.gradients[i]);
    }
    runlog_reset(&log);
    if (told != counted || told < 100) {
        fail_msg("%s: %lld replies, %lld by the rows", policy, (long long)told, (long long)counted);
    }
}

// A server's load that leaves replies out, or counts some that never were, is wrong in every table.
static void reply_rule__of_every_policy__counts_its_replies(void **state) {
    (void)state;
    static const char *const policies[] = {
        "{name: sync}",
        "{name: async}",
        "{name: hybrid, threshold: 3}",
        "{name: hybrid, threshold: 3, pushed_worker: continues}",
        "{name: k_sync, threshold: 3}",
        "{name: k_batch_sync, threshold: 3}",
        "{name: k_async, threshold: 3}",
        "{name: k_batch_async, threshold: 3}",
        "{name: backup, late: cancel}",
        "{name: backup, late: finish}",
        "{name: n_softsync, splits: 3}",
        "{name: fedbuff, threshold: 3}",
        "{name: ssp, slack: 1000}",
    };
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        expect_replies(policies[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_rule__of_every_policy__counts_its_replies),
    };
    return cmocka_run_group_tests_name("reply_rule", tests, NULL, NULL);
}
