// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/recorded_spans.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

static int64_t not_negative(int64_t span_ns) {
    return span_ns < 0 ? 0 : span_ns; // the file may be anybody's
}

// What the log does not say, because the run ended before, does not happen at all: were it only far
// away, a repetition that has left the recorded path would first evaluate its way there.
static const int64_t beyond_the_end_ns = SIM_TIME_NEVER;

static void recorded_gradient(const void *context, int64_t index, int32_t worker, int64_t number,
                              struct gradient_spans *spans) {
    const struct runlog *log = context;
    (void)worker;
    (void)number;
    *spans = (struct gradient_spans){0};
    if ((size_t)index >= log->gradient_count) {
        spans->compute_ns = beyond_the_end_ns;
        return; // the repetition has left the recorded path; the comparison will say where
    }
    const struct gradient_row *row = &log->gradients[index];
    spans->compute_ns = not_negative(row->compute_ns);
    spans->delay_ns = not_negative(row->delay_ns);
    spans->push_ns = not_negative(row->push_ns);
    spans->receive_ns = not_negative(row->receive_ns);
    spans->reply_ns = not_negative(row->reply_ns);
    spans->reply_travel_ns = not_negative(row->reply_travel_ns);
    spans->tie = row->tie;
}

static int64_t recorded_update(const void *context, int64_t version) {
    const struct runlog *log = context;
    size_t index = (size_t)version - 1; // versions count from 1
    return index < log->update_count ? not_negative(log->updates[index].update_ns)
                                     : beyond_the_end_ns;
}

static void recorded_reduction(const void *context, int64_t index, struct reduction_group group,
                               int64_t number, struct reduction_spans *spans) {
    const struct runlog *log = context;
    (void)group;
    (void)number;
    *spans = (struct reduction_spans){.span_ns = beyond_the_end_ns};
    if ((size_t)index < log->reduction_count) {
        const struct reduction_row *row = &log->reductions[index];
        *spans = (struct reduction_spans){.span_ns = not_negative(row->span_ns),
                                          .bytes_intra = row->bytes_intra,
                                          .bytes_inter = row->bytes_inter,
                                          .tie = row->tie};
    }
}

struct span_source span_source_from_log(const struct runlog *log) {
    REQUIRE(log != NULL);
    return (struct span_source){.context = log,
                                .gradient = recorded_gradient,
                                .update = recorded_update,
                                .reduction = recorded_reduction};
}

static void gradient_of_run(const void *context, int64_t index, int32_t worker, int64_t number,
                            struct gradient_spans *spans) {
    const struct recorded_run *run = context;
    recorded_gradient(run->log, index, worker, number, spans);
}

static int64_t update_of_run(const void *context, int64_t version) {
    const struct recorded_run *run = context;
    return (size_t)version - 1 < run->log->update_count
               ? recorded_update(run->log, version)
               : run->laws.update(run->laws.context, version);
}

static void reduction_of_run(const void *context, int64_t index, struct reduction_group group,
                             int64_t number, struct reduction_spans *spans) {
    const struct recorded_run *run = context;
    recorded_reduction(run->log, index, group, number, spans);
}

struct span_source span_source_from_run(const struct recorded_run *run) {
    REQUIRE(run->log != NULL && run->laws.update != NULL);
    return (struct span_source){.context = run,
                                .gradient = gradient_of_run,
                                .update = update_of_run,
                                .reduction = reduction_of_run};
}

static void gradient_of_past(const void *context, int64_t index, int32_t worker, int64_t number,
                             struct gradient_spans *spans) {
    const struct recorded_past *past = context;
    if ((size_t)index < past->log->gradient_count &&
        past->log->gradients[index].dispatched_ns < past->until_ns) {
        recorded_gradient(past->log, index, worker, number, spans);
    } else {
        past->later.gradient(past->later.context, index, worker, number, spans);
    }
}

static int64_t update_of_past(const void *context, int64_t version) {
    const struct recorded_past *past = context;
    size_t index = (size_t)version - 1;
    if (index < past->log->update_count) {
        const struct update_row *row = &past->log->updates[index];
        if (row->time_ns - row->update_ns < past->until_ns) {
            return recorded_update(past->log, version);
        }
    }
    return past->later.update(past->later.context, version);
}

static void reduction_of_past(const void *context, int64_t index, struct reduction_group group,
                              int64_t number, struct reduction_spans *spans) {
    const struct recorded_past *past = context;
    if ((size_t)index < past->log->reduction_count &&
        past->log->reductions[index].began_ns < past->until_ns) {
        recorded_reduction(past->log, index, group, number, spans);
    } else {
        past->later.reduction(past->later.context, index, group, number, spans);
    }
}

struct span_source span_source_from_past(const struct recorded_past *past) {
    REQUIRE(past->log != NULL && past->until_ns >= 0);
    REQUIRE(past->later.gradient != NULL);
    return (struct span_source){.context = past,
                                .gradient = gradient_of_past,
                                .update = update_of_past,
                                .reduction = reduction_of_past};
}
