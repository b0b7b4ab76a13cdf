// SPDX-License-Identifier: GPL-3.0-or-later
// What a run had done at each of its evaluations.
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/curve.h"

static void add_message(void *context, int64_t time_ns, double bytes) {
    struct curves *curves = context;
    size_t at = TIMES_BEFORE(curves->evaluations, curves->evaluation_count, time_ns, time_ns);
    if (at < curves->evaluation_count) {
        curves->evaluations[at].until.bytes += bytes; // summed up below
    }
}

static double versions_of(const struct runlog *log, int64_t version) {
    int64_t most = (int64_t)log->update_count;
    return (double)(version < 0 ? 0 : version > most ? most : version);
}

// Versions do not fall from one evaluation to the next, but a stranger's may.
static void add_updates(const struct runlog *log, const struct curve_scenario *scenario,
                        struct curves *curves) {
    struct curve_progress progress = {0};
    progress.samples = 0 * curve_phase_at(scenario, 0)->samples;
    for (size_t i = 0; i < curves->evaluation_count; i++) {
        struct curve_evaluation *row = &curves->evaluations[i];
        double updates = versions_of(log, row->version);
        for (; progress.updates < updates; progress.updates++) {
            const struct update_row *update = &log->updates[(size_t)progress.updates];
            double samples = curve_phase_at(scenario, update->time_ns)->samples;
            progress.gradients += (double)update->gradients;
            progress.samples += (double)update->gradients * samples;
        }
        progress.bytes += row->until.bytes;
        row->until = progress;
    }
}

void curve_find_evaluations(const struct runlog *log, const struct curve_scenario *scenario,
                            struct curves *curves) {
    REQUIRE(log->evaluations != NULL || log->evaluation_count == 0);
    curves->evaluation_count = log->evaluation_count;
    curves->evaluations = memory_allocate(log->evaluation_count, sizeof *curves->evaluations);
    for (size_t i = 0; i < log->evaluation_count; i++) {
        const struct evaluation_row *row = &log->evaluations[i];
        curves->evaluations[i] = (struct curve_evaluation){
            .time_ns = row->time_ns,
            .version = row->version,
            .test_loss = row->test_loss,
            .test_accuracy = row->test_accuracy,
            .train_loss = row->train_loss,
            .train_accuracy = row->train_accuracy,
        };
    }
    curve_messages_each(log, scenario, add_message, curves);
    add_updates(log, scenario, curves);
}
