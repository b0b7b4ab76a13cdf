// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/replay.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_parse.h"

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
    return (struct span_source){.context = log,
                                .gradient = recorded_gradient,
                                .update = recorded_update,
                                .reduction = recorded_reduction};
}

// Watches the repetition: stops it where an interrupted run was cut off, or when the user
// interrupts.
enum { STOP_BY_USER = 1, STOP_AT_THE_CUT = 2, STOP_FOR_OTHER_DATA = 3 };

struct replay_watch {
    const struct runlog *recorded;
    const volatile sig_atomic_t *interrupted_by_user;
    volatile sig_atomic_t stop;
    int64_t events;
};

static void watch_start(void *context, const struct runlog_header *header) {
    struct replay_watch *watch = context;
    const struct runlog_ending *ending = &watch->recorded->ending;
    if (header->data_hash != watch->recorded->header.data_hash) {
        watch->stop = STOP_FOR_OTHER_DATA;
    } else if (ending->status == RUN_INTERRUPTED && ending->event_count == 0) {
        watch->stop = STOP_AT_THE_CUT;
    }
}

static void watch_event(void *context, const struct event_row *row) {
    struct replay_watch *watch = context;
    const struct runlog_ending *ending = &watch->recorded->ending;
    (void)row;
    watch->events++;
    if (ending->status == RUN_INTERRUPTED && watch->events >= ending->event_count) {
        watch->stop = STOP_AT_THE_CUT;
    }
    if (watch->interrupted_by_user != NULL && *watch->interrupted_by_user) {
        watch->stop = STOP_BY_USER;
    }
}

static void watch_evaluation(void *context, const struct evaluation_row *row) {
    struct replay_watch *watch = context;
    (void)row;
    if (watch->interrupted_by_user != NULL && *watch->interrupted_by_user) {
        watch->stop = STOP_BY_USER;
    }
}

static enum status parse_recorded_scenario(const char *path, const struct runlog *log,
                                           struct scenario *scenario, struct error *error) {
    const char *text = log->header.scenario;
    return scenario_parse(path, text, strlen(text), NULL, 0, scenario, error);
}

static enum status compare(const struct runlog *recorded, const struct runlog *repeated,
                           struct replay_outcome *outcome) {
    static const char *const names[2] = {"recorded", "repeated"};
    outcome->events = repeated->event_count;
    outcome->updates = repeated->update_count;
    outcome->gradients = repeated->gradient_count;
    return runlog_diff(recorded, repeated, names, &outcome->difference) ? STATUS_DIFFERENT
                                                                        : STATUS_OK;
}

static enum status repeat(const char *path, struct replay_watch *watch,
                          const struct scenario *scenario, struct run_options *options,
                          struct replay_outcome *outcome, struct error *error) {
    struct runlog repeated = {0};
    struct run_sink sinks[2] = {runlog_memory_sink(&repeated),
                                {.context = watch,
                                 .start = watch_start,
                                 .event = watch_event,
                                 .evaluation = watch_evaluation}};
    options->sinks = sinks;
    options->sink_count = 2;
    options->interrupted = &watch->stop;
    const struct runlog *recorded = watch->recorded;
    if (recorded->evaluation_count > 0) {
        options->evaluate_before_ns =
            recorded->evaluations[recorded->evaluation_count - 1].time_ns + 1;
    }
    struct run_outcome run;
    enum status status = run_scenario(scenario, options, &run, error);
    if (watch->stop == STOP_BY_USER) {
        status = error_set(error, STATUS_INTERRUPTED, "the replay was interrupted");
    } else if (watch->stop == STOP_FOR_OTHER_DATA) {
        status = error_set(error, STATUS_BAD_DATA,
                           "%s: made with other data: the data set here has hash %016" PRIx64
                           ", the log says %016" PRIx64,
                           path, repeated.header.data_hash, watch->recorded->header.data_hash);
    } else if (status == STATUS_OK || status == STATUS_DIVERGED || status == STATUS_INTERRUPTED ||
               run.result.status == RUN_FAILED) {
        // Recorded runs have not failed: one that ran out of recorded spans differs.
        status = compare(watch->recorded, &repeated, outcome);
    }
    runlog_reset(&repeated);
    return status;
}

enum status replay_file(const char *path, const struct run_options *options,
                        struct replay_outcome *outcome, struct error *error) {
    struct runlog recorded = {0};
    struct scenario scenario;
    *outcome = (struct replay_outcome){0};
    double start = wall_clock_seconds();
    enum status status = runlog_read(path, &recorded, NULL, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = parse_recorded_scenario(path, &recorded, &scenario, error);
    if (status == STATUS_OK) {
        struct span_source spans = span_source_from_log(&recorded);
        struct replay_watch watch = {.recorded = &recorded,
                                     .interrupted_by_user = options->interrupted};
        struct run_options again = {.data_folder = options->data_folder,
                                    .threads = options->threads,
                                    .kernels = options->kernels,
                                    .spans = &spans};
        status = repeat(path, &watch, &scenario, &again, outcome, error);
    }
    outcome->seconds = wall_clock_seconds() - start;
    runlog_reset(&recorded);
    return status;
}
