// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of integers do not depend on the order of the rows; sums of evaluations are in time order.
#include "sim/report/summary.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/report/tell_missing.h"
#include "sim/report/untrained.h"

static void start(void *context, const struct runlog_header *header) {
    REQUIRE(header->scenario != NULL);
    struct summary_accumulator *accumulator = context;
    *accumulator =
        (struct summary_accumulator){.summary = {.seed = header->seed, .workers = header->workers}};
    struct summary *summary = &accumulator->summary;
    snprintf(summary->policy, sizeof summary->policy, "%s", header->policy);
    summary->start_up_ns = run_metrics_start_up_ns(header->scenario);
    accumulator->steps_locally = untrained_steps_locally(header->scenario);
    struct run_metrics_options options = {.after_ns = summary->start_up_ns,
                                          .target = (double)NAN,
                                          .sustained = RUN_METRICS_SUSTAINED};
    run_metrics_start(&accumulator->metrics, &options);
    accumulator->replies = reply_rule_of(header->scenario);
}

static int64_t greater(int64_t a, int64_t b) {
    return a > b ? a : b;
}

// The attempts of messages that are never sent are drawn, too. A push that has not arrived may have
// set out for the port with a long wait before it: it is not among the pushes.
static void count_messages(struct summary_accumulator *accumulator, const struct gradient_row *row,
                           bool replied) {
    REQUIRE(accumulator->summary.pushes <= accumulator->summary.gradients);
    struct summary *summary = &accumulator->summary;
    bool pushed = row->arrived_ns >= 0;
    replied = replied && (pushed || !accumulator->steps_locally);
    summary->pushes += pushed;
    summary->push_losses += pushed ? (double)row->push_attempts - 1 : 0;
    summary->push_port_wait_ns += pushed ? (double)row->push_port_wait_ns : 0;
    summary->reply_port_wait_ns += (double)row->reply_port_wait_ns;
    summary->replies += replied;
    summary->reply_losses += replied ? (double)row->reply_attempts - 1 : 0;
}

static void gradient(void *context, int64_t index, const struct gradient_row *row,
                     const int32_t *samples) {
    (void)index;
    (void)samples;
    struct summary_accumulator *accumulator = context;
    struct summary *summary = &accumulator->summary;
    bool received = row->received_ns >= 0;
    bool applied = row->outcome == OUTCOME_APPLIED;
    bool replied = reply_rule_holds(accumulator->replies, row);
    REQUIRE(row->outcome < OUTCOME_COUNT);
    summary->gradients++;
    summary->stalled_ns += (double)row->stalled_ns;
    summary->outcomes[row->outcome]++;
    accumulator->has_step |= applied || (accumulator->steps_locally && row->ready_ns >= 0);
    accumulator->service_ns += received ? row->receive_ns : 0;
    accumulator->service_ns += replied ? row->reply_ns : 0;
    count_messages(accumulator, row, replied);
    if (applied) {
        accumulator->staleness_sum += row->staleness;
        accumulator->staleness_gradients_sum += row->staleness_gradients;
        summary->staleness_max = greater(summary->staleness_max, row->staleness);
        summary->staleness_gradients_max =
            greater(summary->staleness_gradients_max, row->staleness_gradients);
    }
}

static void update(void *context, const struct update_row *row) {
    struct summary_accumulator *accumulator = context;
    accumulator->summary.updates++;
    accumulator->service_ns += row->update_ns;
}

static void reduction(void *context, const struct reduction_row *row) {
    struct summary_accumulator *accumulator = context;
    struct summary *summary = &accumulator->summary;
    summary->reductions_of_all += row->scope == SCOPE_ALL;
    summary->reductions_of_clusters += row->scope != SCOPE_ALL;
    summary->bytes_intra += (double)row->bytes_intra;
    summary->bytes_inter += (double)row->bytes_inter;
    summary->reduction_losses += (double)row->retries;
}

static void incident(void *context, const struct incident_row *row) {
    struct summary_accumulator *accumulator = context;
    if (row->kind < INCIDENT_KIND_COUNT) {
        accumulator->summary.incidents[row->kind]++;
    }
}

static void evaluation(void *context, const struct evaluation_row *row) {
    struct summary_accumulator *accumulator = context;
    run_metrics_add(&accumulator->metrics, row);
}

static void compute_shares(struct summary_accumulator *accumulator,
                           const struct runlog_ending *ending) {
    REQUIRE(ending->workers != NULL || ending->worker_count == 0);
    struct summary *summary = &accumulator->summary;
    double busy = 0;
    double waiting = 0;
    double communicating = 0;
    double down = 0;
    for (int32_t i = 0; i < ending->worker_count; i++) {
        busy += sim_time_to_seconds(ending->workers[i].busy_ns);
        waiting += sim_time_to_seconds(ending->workers[i].waiting_ns);
        communicating += sim_time_to_seconds(ending->workers[i].communicating_ns);
        down += sim_time_to_seconds(ending->workers[i].down_ns);
    }
    double total = busy + waiting + communicating;
    double span = sim_time_to_seconds(ending->end_ns - summary->start_up_ns);
    summary->busy_share = total > 0 ? busy / total : (double)NAN;
    summary->waiting_share = total > 0 ? waiting / total : (double)NAN;
    summary->communicating_share = total > 0 ? communicating / total : (double)NAN;
    summary->down_share = total + down > 0 ? down / (total + down) : (double)NAN;
    summary->server_load =
        span > 0 ? fmin((double)accumulator->service_ns / (double)NS_PER_S / span, 1) : (double)NAN;
}

static void end(void *context, const struct runlog_ending *ending) {
    struct summary_accumulator *accumulator = context;
    struct summary *summary = &accumulator->summary;
    double applied = (double)summary->outcomes[OUTCOME_APPLIED];
    if (ending->service.known) {
        accumulator->service_ns = ending->service.time_ns;
    }
    summary->status = ending->status;
    summary->end_ns = ending->end_ns;
    summary->untrained = !accumulator->has_step;
    summary->stalled_since_ns = ending->stalled_since_ns;
    memcpy(summary->reason, ending->reason, sizeof summary->reason);
    summary->timeline_fingerprint = ending->timeline_fingerprint;
    summary->parameter_fingerprint = ending->parameter_fingerprint;
    summary->staleness_mean =
        applied > 0 ? (double)accumulator->staleness_sum / applied : (double)NAN;
    summary->staleness_gradients_mean =
        applied > 0 ? (double)accumulator->staleness_gradients_sum / applied : (double)NAN;
    run_metrics_end(&accumulator->metrics, ending->status, ending->end_ns);
    const struct run_metrics *metrics = &accumulator->metrics.metrics;
    memcpy(summary->metrics, metrics->values, sizeof summary->metrics);
    summary->loss_grown = metrics->loss_grown;
    summary->evaluations = metrics->evaluations;
    summary->evaluations_in_mean = metrics->evaluations_in_mean;
    compute_shares(accumulator, ending);
}

struct run_sink summary_sink(struct summary_accumulator *accumulator) {
    return (struct run_sink){
        .context = accumulator,
        .start = start,
        .gradient = gradient,
        .update = update,
        .evaluation = evaluation,
        .reduction = reduction,
        .incident = incident,
        .end = end,
    };
}

void summary_of_log(const struct runlog *log, struct summary *summary) {
    REQUIRE(log->header.scenario != NULL);
    struct summary_accumulator accumulator;
    struct run_sink sink = summary_sink(&accumulator);
    runlog_play(log, &sink);
    *summary = accumulator.summary;
    struct missing_total missing = {0};
    if (log->header.events) {
        missing = tell_missing_total(log);
    }
    summary->counted_out = missing.times;
    summary->counted_out_ns = missing.ns;
}
