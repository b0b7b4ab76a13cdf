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
    REQUIRE(accumulator->summary.sums.pushes <= accumulator->summary.sums.gradients);
    struct summary_sums *sums = &accumulator->summary.sums;
    bool pushed = row->arrived_ns >= 0;
    replied = replied && (pushed || !accumulator->steps_locally);
    sums->pushes += pushed;
    sums->push_losses += pushed ? (double)row->push_attempts - 1 : 0;
    sums->push_port_wait_ns += pushed ? (double)row->push_port_wait_ns : 0;
    sums->reply_port_wait_ns += (double)row->reply_port_wait_ns;
    sums->replies += replied;
    sums->reply_losses += replied ? (double)row->reply_attempts - 1 : 0;
}

static void gradient(void *context, int64_t index, const struct gradient_row *row,
                     const int32_t *samples) {
    (void)index;
    (void)samples;
    struct summary_accumulator *accumulator = context;
    struct summary_sums *sums = &accumulator->summary.sums;
    bool received = row->received_ns >= 0;
    bool applied = row->outcome == OUTCOME_APPLIED;
    bool replied = reply_rule_holds(accumulator->replies, row);
    REQUIRE(row->outcome < OUTCOME_COUNT);
    sums->gradients++;
    sums->stalled_ns += (double)row->stalled_ns;
    sums->outcomes[row->outcome]++;
    sums->steps += applied || (accumulator->steps_locally && row->ready_ns >= 0);
    sums->service_ns += received ? row->receive_ns : 0;
    sums->service_ns += replied ? row->reply_ns : 0;
    count_messages(accumulator, row, replied);
    if (applied) {
        sums->staleness += row->staleness;
        sums->staleness_gradients += row->staleness_gradients;
        sums->staleness_max = greater(sums->staleness_max, row->staleness);
        sums->staleness_gradients_max =
            greater(sums->staleness_gradients_max, row->staleness_gradients);
    }
}

static void update(void *context, const struct update_row *row) {
    struct summary_accumulator *accumulator = context;
    accumulator->summary.sums.updates++;
    accumulator->summary.sums.service_ns += row->update_ns;
}

static void reduction(void *context, const struct reduction_row *row) {
    struct summary_accumulator *accumulator = context;
    struct summary_sums *sums = &accumulator->summary.sums;
    sums->reductions_of_all += row->scope == SCOPE_ALL;
    sums->reductions_of_clusters += row->scope != SCOPE_ALL;
    sums->bytes_intra += (double)row->bytes_intra;
    sums->bytes_inter += (double)row->bytes_inter;
    sums->reduction_losses += (double)row->retries;
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
    summary->server_load = span > 0
                               ? fmin((double)summary->sums.service_ns / (double)NS_PER_S / span, 1)
                               : (double)NAN;
}

static void end(void *context, const struct runlog_ending *ending) {
    struct summary_accumulator *accumulator = context;
    struct summary *summary = &accumulator->summary;
    struct summary_sums *sums = &summary->sums;
    double applied = (double)sums->outcomes[OUTCOME_APPLIED];
    REQUIRE(sums->steps <= sums->gradients);
    if (ending->service.known) {
        sums->service_ns = ending->service.time_ns;
    }
    summary->status = ending->status;
    summary->end_ns = ending->end_ns;
    summary->untrained = sums->steps == 0;
    summary->stalled_since_ns = ending->stalled_since_ns;
    memcpy(summary->reason, ending->reason, sizeof summary->reason);
    summary->timeline_fingerprint = ending->timeline_fingerprint;
    summary->parameter_fingerprint = ending->parameter_fingerprint;
    summary->staleness_mean = applied > 0 ? (double)sums->staleness / applied : (double)NAN;
    summary->staleness_gradients_mean =
        applied > 0 ? (double)sums->staleness_gradients / applied : (double)NAN;
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

// ---- long logs ----

// No sum of a log is negative but the time by which incidents held gradients up.
static bool is_sane(const void *context) {
    REQUIRE(context != NULL);
    const struct summary_sums *sums = context;
    const int64_t counts[] = {sums->gradients,
                              sums->updates,
                              sums->staleness_max,
                              sums->staleness_gradients_max,
                              sums->steps,
                              sums->reductions_of_all,
                              sums->pushes,
                              sums->replies,
                              sums->reductions_of_clusters};
    const double sizes[] = {sums->bytes_intra,       sums->bytes_inter,
                            sums->push_losses,       sums->reply_losses,
                            sums->push_port_wait_ns, sums->reply_port_wait_ns,
                            sums->reduction_losses};
    bool sane = sums->steps <= sums->gradients && sums->staleness >= 0 &&
                sums->staleness_gradients >= 0 && sums->service_ns >= 0;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        sane = sane && counts[i] >= 0;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        sane = sane && sizes[i] >= 0;
    }
    return sane;
}

static bool suffices(const struct runlog *log) {
    REQUIRE(log->header.scenario != NULL);
    return !log->header.events || tell_missing_is_none(log);
}

static bool is_one_of(const char *name, const char *const *names, size_t count) {
    REQUIRE(name != NULL);
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) {
        i++;
    }
    return i < count;
}

// What the functions above look at.
static bool wants(const struct runlog *log, enum runlog_table_id id,
                  const struct runlog_column *column) {
    static const char *const always[] = {"outcome", "staleness", "staleness_gradients",
                                         "arrived_ns"};
    static const char *const services[] = {"receive_ns", "reply_ns", "update_ns"};
    if (id == TABLE_REDUCTIONS || (id == TABLE_GRADIENTS && column->may_lack)) {
        return true;
    }
    if (is_one_of(column->name, services, sizeof services / sizeof services[0])) {
        return !log->ending.service.known;
    }
    if (id != TABLE_GRADIENTS) {
        return false;
    }
    if (strcmp(column->name, "received_ns") == 0) {
        return !log->ending.service.known ||
               reply_rule_of(log->header.scenario) == REPLY_TO_RECEIVED;
    }
    return strcmp(column->name, "ready_ns") == 0
               ? untrained_steps_locally(log->header.scenario)
               : is_one_of(column->name, always, sizeof always / sizeof always[0]);
}

struct runlog_skim summary_skim(struct summary_accumulator *accumulator) {
    *accumulator = (struct summary_accumulator){0};
    return (struct runlog_skim){
        .sink = summary_sink(accumulator),
        .sums = &accumulator->summary.sums,
        .sums_bytes = sizeof accumulator->summary.sums,
        .is_sane = is_sane,
        .suffices = suffices,
        .wants = wants,
    };
}

// A log without rows adds what is left.
void summary_of_skim(struct summary_accumulator *accumulator, const struct runlog_skim *skim,
                     const struct runlog *log, struct summary *summary) {
    REQUIRE(skim->sums == &accumulator->summary.sums);
    if (skim->is_whole) {
        summary_of_log(log, summary);
        return;
    }
    struct summary_sums sums = accumulator->summary.sums;
    struct run_sink sink = summary_sink(accumulator);
    sink.start(accumulator, &log->header);
    accumulator->summary.sums = sums;
    sink.start = NULL;
    runlog_play(log, &sink);
    *summary = accumulator->summary;
}
