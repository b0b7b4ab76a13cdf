// SPDX-License-Identifier: GPL-3.0-or-later
// When the parameters are evaluated: at times, or by counts.
#include <inttypes.h>
#include <math.h>

#include "tests/support/log_audit_parts.h"

// The time of evaluation i, or -1 if there is none. At the end there is one in any case.
static int64_t evaluation_time(const struct audit *audit, size_t i) {
    int64_t every_ns = audit->scenario->evaluation.every_ns;
    int64_t end_ns = audit->log->ending.end_ns;
    size_t on_schedule = every_ns == 0 ? 1 : (size_t)(end_ns / every_ns) + 1;
    if (i < on_schedule) {
        return every_ns * (int64_t)i;
    }
    bool last_is_extra = every_ns == 0 ? end_ns > 0 : end_ns % every_ns != 0;
    return i == on_schedule && last_is_extra ? end_ns : -1;
}

// By counts: one for each update that reaches a multiple, and one at the end if it sees more.
static void audit_counted_evaluations(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct end_options *by = &audit->scenario->evaluation.by_count;
    bool data = scenario_has_data(audit->scenario);
    int64_t batch =
        audit->scenario->training.batch * policy_local_steps(&audit->scenario->training.policy);
    int64_t gradients = 0;
    int64_t reached = 0;
    size_t next = 1;
    for (size_t i = 0; i < log->update_count && by->kind != END_EPOCHS; i++) {
        const struct update_row *update = &log->updates[i];
        gradients += update->gradients;
        int64_t now = (by->kind == END_UPDATES ? update->version : gradients) / by->count;
        const struct evaluation_row *row = &log->evaluations[next];
        if (now > reached && (next >= log->evaluation_count || row->version != update->version ||
                              row->time_ns != update->time_ns || row->gradients != gradients ||
                              row->samples != (data ? gradients * batch : -1))) {
            audit_complain(audit, "evaluation %zu is not at update %" PRId64, next,
                           update->version);
        }
        next += now > reached;
        reached = now;
    }
    const struct evaluation_row *last = &log->evaluations[log->evaluation_count - 1];
    bool is_whole = log->ending.status == RUN_COMPLETE;
    if (is_whole &&
        (last->time_ns != log->ending.end_ns || last->version != (int64_t)log->update_count)) {
        audit_complain(audit, "the last evaluation is not at the end");
    }
}

void audit_evaluations(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct evaluation_options *evaluation = &audit->scenario->evaluation;
    bool data = scenario_has_data(audit->scenario); // without, there is nothing to be right about
    size_t version = 0;
    if (scenario_computes(audit->scenario) && evaluation->by_count.kind != END_TIME) {
        audit_counted_evaluations(audit);
        return;
    }
    for (size_t i = 0; i < log->evaluation_count; i++) {
        const struct evaluation_row *row = &log->evaluations[i];
        while (version < log->update_count && log->updates[version].time_ns <= row->time_ns) {
            version++;
        }
        if (row->time_ns != evaluation_time(audit, i) || row->version != (int64_t)version ||
            isnan(row->test_accuracy) != (!data || evaluation->test_samples == 0) ||
            isnan(row->train_accuracy) != (!data || evaluation->train_samples == 0)) {
            audit_complain(audit, "evaluation %zu: version %" PRId64 " at %" PRId64, i,
                           row->version, row->time_ns);
        }
    }
    bool interrupted = log->ending.status == RUN_INTERRUPTED;
    if (scenario_computes(audit->scenario)
            ? !interrupted && evaluation_time(audit, log->evaluation_count) != -1
            : log->evaluation_count != 0) {
        audit_complain(audit, "there are %zu evaluations", log->evaluation_count);
    }
}
