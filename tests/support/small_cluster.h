// SPDX-License-Identifier: GPL-3.0-or-later
// Runs scenarios that a test writes out as YAML, into a log in memory. Every log is audited
// (log_audit.h), so that each run of the suite is a test of the rules, too.
#pragma once

#include "sim/run/run_scenario.h"

// What may differ between two runs of one scenario.
struct small_cluster_options {
    int32_t threads;              // 0 stands for 1
    const char *output;           // path of an HDF5 log; NULL: none
    const struct run_sink *sinks; // besides the log in memory
    size_t sink_count;
    const struct span_source *spans; // NULL: from the laws
    const volatile sig_atomic_t *interrupted;
};

// Stops a run: "flag" goes to the options, and the sink raises it at the last of so many events.
struct interruption {
    volatile sig_atomic_t flag;
    int64_t events_left;
};
struct run_sink small_cluster_interruption(struct interruption *interruption);

// Parses the YAML that the format makes; fails the test with the parser's message.
void small_cluster_parse(struct scenario *scenario, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Runs with one thread. Fails the test unless the run completes. *log is overwritten: release it
// with runlog_reset.
struct simulation_result small_cluster_run(const struct scenario *scenario, struct runlog *log);

// The same with options (NULL: none), whatever the ending; the status of run_scenario goes to
// *status (NULL: must be STATUS_OK). Logs of failed runs are not audited.
struct simulation_result small_cluster_run_with(const struct scenario *scenario,
                                                const struct small_cluster_options *options,
                                                struct runlog *log, enum status *status);

// Fails the test unless the logs are equal to the bit (runlog_diff.h), and says where they are not.
void small_cluster_expect_equal(const struct runlog *first, const struct runlog *second,
                                const char *what);
