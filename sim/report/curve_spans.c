// SPDX-License-Identifier: GPL-3.0-or-later
// What a run did span by span: sums first, in whole nanoseconds, then means and shares.
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/curve.h"
#include "sim/report/figure_line.h"
#include "sim/report/run_metrics.h"
#include "sim/report/server_pauses.h"
#include "sim/report/timeline.h"

struct extremes {
    double sum, least, most;
};

struct span_sums {
    double updates, gradients, samples, bytes; // in the span
    double thresholds, steps;
    double applied; // rows of /gradients, as the updates count them, but in a stranger's log
    struct extremes staleness, staleness_gradients;
    double busy_ns, waiting_ns, communicating_ns, serving_ns;
};

struct cut {
    const struct runlog *log;
    const struct curve_scenario *scenario;
    int64_t span_ns, end_ns;
    size_t count;
    struct server_pauses pauses;
    struct span_sums *sums; // (count)
};

// Of a moment of the run.
static size_t span_at(const struct cut *cut, int64_t time_ns) {
    REQUIRE(cut->count > 0);
    size_t at = time_ns < 0 ? 0 : (size_t)(time_ns / cut->span_ns);
    return at < cut->count ? at : cut->count - 1;
}

static int64_t end_of(const struct cut *cut, size_t at) {
    return at + 1 < cut->count ? (int64_t)(at + 1) * cut->span_ns : cut->end_ns;
}

static void add_message(void *context, int64_t time_ns, double bytes) {
    const struct cut *cut = context;
    cut->sums[span_at(cut, time_ns)].bytes += bytes;
}

static void add_updates(const struct cut *cut) {
    for (size_t i = 0; i < cut->log->update_count; i++) {
        const struct update_row *row = &cut->log->updates[i];
        const struct curve_phase *phase = curve_phase_at(cut->scenario, row->time_ns);
        struct span_sums *sums = &cut->sums[span_at(cut, row->time_ns)];
        double gradients = (double)row->gradients;
        sums->updates += 1;
        sums->gradients += gradients;
        sums->samples += gradients * phase->samples;
        sums->thresholds += (double)row->threshold;
        sums->steps += row->learning_rate * (phase->adds_up ? gradients : 1);
    }
}

static void add_extreme(struct extremes *extremes, double value, bool is_first) {
    extremes->sum += value;
    extremes->least = is_first || value < extremes->least ? value : extremes->least;
    extremes->most = is_first || value > extremes->most ? value : extremes->most;
}

static void add_gradients(const struct cut *cut) {
    for (size_t i = 0; i < cut->log->gradient_count; i++) {
        const struct gradient_row *row = &cut->log->gradients[i];
        if (row->outcome == OUTCOME_APPLIED) {
            struct span_sums *sums = &cut->sums[span_at(cut, row->applied_ns)];
            add_extreme(&sums->staleness, (double)row->staleness, sums->applied == 0);
            add_extreme(&sums->staleness_gradients, (double)row->staleness_gradients,
                        sums->applied == 0);
            sums->applied += 1;
        }
    }
}

// ---- intervals ----

// The sum that an interval of a lane belongs to; NULL: none.
static double *sum_of(struct span_sums *sums, int32_t lane, enum timeline_kind kind) {
    REQUIRE(kind < TIMELINE_KIND_COUNT);
    switch (kind) {
    case TIMELINE_COMPUTING:
    case TIMELINE_DELAYED:
        return &sums->busy_ns;
    case TIMELINE_STALLED: // of the server it is none of its work
        return lane < 0 ? NULL : &sums->busy_ns;
    case TIMELINE_WAITING:
        return &sums->waiting_ns;
    case TIMELINE_QUEUED:
    case TIMELINE_RESENDING:
    case TIMELINE_SENDING:
        return &sums->communicating_ns;
    case TIMELINE_REDUCING: // in the lane of the averages it is nobody's time
        return lane < 0 ? NULL : &sums->communicating_ns;
    case TIMELINE_RECEIVING:
    case TIMELINE_UPDATING:
    case TIMELINE_REPLYING:
        return &sums->serving_ns;
    case TIMELINE_DOWN:
    case TIMELINE_KIND_COUNT:
        break;
    }
    return NULL;
}

// Adds "sign" times the time of an interval to what it belongs to, in each span that it meets.
static void add_time(const struct cut *cut, const struct timeline_interval *interval,
                     int64_t start_ns, int64_t end_ns, double sign) {
    for (size_t at = span_at(cut, start_ns); start_ns < end_ns; at++) {
        bool goes_on = at + 1 < cut->count && end_of(cut, at) < end_ns;
        int64_t until_ns = goes_on ? end_of(cut, at) : end_ns;
        double *sum = sum_of(&cut->sums[at], interval->lane, interval->kind);
        if (sum != NULL) {
            *sum += sign * (double)(until_ns - start_ns);
        }
        start_ns = until_ns;
    }
}

// The server's pauses lie within what it does.
static void take_pauses_out(const struct cut *cut, const struct timeline_interval *service) {
    const struct server_pauses *pauses = &cut->pauses;
    for (size_t i = TIMES_UNTIL(pauses->pauses, pauses->count, ended_ns, service->start_ns);
         i < pauses->count && pauses->pauses[i].began_ns < service->end_ns; i++) {
        const struct server_pause *pause = &pauses->pauses[i];
        add_time(cut, service,
                 pause->began_ns > service->start_ns ? pause->began_ns : service->start_ns,
                 pause->ended_ns < service->end_ns ? pause->ended_ns : service->end_ns, -1);
    }
}

static void add_interval(void *context, const struct timeline_interval *interval) {
    const struct cut *cut = context;
    add_time(cut, interval, interval->start_ns, interval->end_ns, 1);
    if (interval->lane < 0) {
        take_pauses_out(cut, interval);
    }
}

// ---- rows ----

static double share(double part, double whole) {
    return whole > 0 ? part / whole : (double)NAN;
}

static double start_up_of(const struct runlog *log) {
    return log->header.scenario == NULL ? 0 : (double)run_metrics_start_up_ns(log->header.scenario);
}

static void put_staleness(const struct span_sums *sums, struct curve_span *row) {
    bool any = sums->applied > 0;
    row->staleness_mean = share(sums->staleness.sum, sums->applied);
    row->staleness_least = any ? sums->staleness.least : (double)NAN;
    row->staleness_most = any ? sums->staleness.most : (double)NAN;
    row->staleness_gradients_mean = share(sums->staleness_gradients.sum, sums->applied);
    row->staleness_gradients_least = any ? sums->staleness_gradients.least : (double)NAN;
    row->staleness_gradients_most = any ? sums->staleness_gradients.most : (double)NAN;
}

static void put_shares(const struct cut *cut, const struct span_sums *sums,
                       struct curve_span *row) {
    double idle_ns = sums->waiting_ns + sums->communicating_ns;
    double up_ns = sums->busy_ns + idle_ns;
    double open_ns = (double)row->ended_ns - fmax((double)row->began_ns, start_up_of(cut->log));
    row->busy_share = share(sums->busy_ns, up_ns);
    row->waiting_share = share(sums->waiting_ns, up_ns);
    row->communicating_share = share(sums->communicating_ns, up_ns);
    row->idle_share = share(idle_ns, up_ns);
    row->server_load = cut->scenario->has_server ? share(sums->serving_ns, open_ns) : (double)NAN;
}

static void put_rows(const struct cut *cut, struct curve_span *rows) {
    REQUIRE(cut->count > 0 && end_of(cut, cut->count - 1) == cut->end_ns);
    const struct curve_scenario *scenario = cut->scenario;
    struct curve_progress until = {.samples = 0 * scenario->phases[0].samples};
    for (size_t i = 0; i < cut->count; i++) {
        const struct span_sums *sums = &cut->sums[i];
        until.updates += sums->updates;
        until.gradients += sums->gradients;
        until.samples += sums->samples;
        until.bytes += sums->bytes;
        rows[i] = (struct curve_span){
            .began_ns = (int64_t)i * cut->span_ns, .ended_ns = end_of(cut, i), .until = until};
        rows[i].threshold_mean =
            scenario->steps_locally ? (double)NAN : share(sums->thresholds, sums->updates);
        rows[i].step_mean = scenario->trains ? share(sums->steps, sums->updates) : (double)NAN;
        put_staleness(sums, &rows[i]);
        put_shares(cut, sums, &rows[i]);
    }
}

void curve_find_spans(const struct runlog *log, const struct curve_scenario *scenario,
                      struct curves *curves) {
    int64_t end_ns = log->ending.end_ns;
    int64_t span_ns = figure_line_span_ns(end_ns > 0 ? end_ns : 0);
    size_t count = end_ns > 0 ? (size_t)(end_ns / span_ns + (end_ns % span_ns > 0)) : 0;
    curves->span_count = count;
    curves->spans = memory_allocate(count, sizeof *curves->spans);
    if (count == 0) {
        return;
    }
    struct cut cut = {log, scenario, span_ns, end_ns, count, {0}, NULL};
    cut.sums = memory_allocate(count, sizeof *cut.sums);
    server_pauses_init(&cut.pauses, log);
    curve_messages_each(log, scenario, add_message, &cut);
    add_updates(&cut);
    add_gradients(&cut);
    timeline_each(log, 0, INT64_MAX, add_interval, &cut);
    put_rows(&cut, curves->spans);
    server_pauses_reset(&cut.pauses);
    memory_free(cut.sums);
}
