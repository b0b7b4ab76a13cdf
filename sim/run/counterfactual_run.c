// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/counterfactual_run.h"

#include "sim/base/check.h"
#include "sim/run/replay.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_counterfactual.h"

// Holds the updates against the recorded ones.
struct timeline_watch {
    const struct runlog *recorded;
    bool differs;
};

static void watch_update(void *context, const struct update_row *row) {
    struct timeline_watch *watch = context;
    REQUIRE(row->version >= 1);
    size_t index = (size_t)row->version - 1; // versions count from 1
    const struct update_row *then =
        index < watch->recorded->update_count ? &watch->recorded->updates[index] : NULL;
    watch->differs = watch->differs || then == NULL || then->time_ns != row->time_ns ||
                     then->gradients != row->gradients || then->threshold != row->threshold;
}

static bool watch_failed(void *context) {
    REQUIRE(context != NULL);
    return ((const struct timeline_watch *)context)->differs;
}

// The whole timeline, of a run that tells of nothing behind its end.
static enum status adopt(const struct counterfactual_source *source, struct scenario *scenario,
                         struct error *error) {
    const struct runlog *log = source->log;
    struct scenario recorded;
    if (log->ending.status != RUN_COMPLETE && log->ending.status != RUN_STALLED) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: is of a run that did not come to its end (%s), so that its order and "
                         "times are not known up to there",
                         source->name, run_status_names[log->ending.status]);
    }
    enum status status = replay_scenario(source->name, log, &recorded, error);
    return status == STATUS_OK
               ? counterfactual_adopt(source->name, &recorded, log->ending.timeline_fingerprint,
                                      scenario, error)
               : status;
}

static enum status run(const struct counterfactual_source *source, const struct scenario *scenario,
                       const struct run_options *options, struct run_outcome *outcome,
                       struct error *error) {
    struct timeline_watch watch = {.recorded = source->log};
    struct run_sink sinks[RUN_SINKS_MAX];
    struct run_options again = *options;
    REQUIRE(options->sink_count < RUN_SINKS_MAX);
    for (size_t i = 0; i < options->sink_count; i++) {
        sinks[i] = options->sinks[i];
    }
    sinks[options->sink_count] =
        (struct run_sink){.context = &watch, .update = watch_update, .failed = watch_failed};
    again.sinks = sinks;
    again.sink_count = options->sink_count + 1;
    again.replay_of = source->log;
    enum status status = run_scenario(scenario, &again, outcome, error);
    bool ended = status == STATUS_OK && !outcome->had_ended;
    uint64_t timeline = scenario->counterfactual.timeline;
    if (watch.differs || (ended && outcome->result.timeline_fingerprint != timeline)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its timeline cannot be played again: something happens otherwise "
                         "than recorded (desgd replay says what)",
                         source->name);
    }
    return status;
}

enum status counterfactual_run(const struct counterfactual_source *source,
                               struct scenario *scenario, const struct run_options *options,
                               struct run_outcome *outcome, struct error *error) {
    REQUIRE(source->log != NULL && source->name != NULL);
    REQUIRE(options->replay_of == NULL && options->fork_of == NULL && options->spans == NULL);
    *outcome = (struct run_outcome){0};
    enum status status = adopt(source, scenario, error);
    return status == STATUS_OK ? run(source, scenario, options, outcome, error) : status;
}

enum status counterfactual_run_file(const char *path, struct scenario *scenario,
                                    const struct run_options *options, struct run_outcome *outcome,
                                    struct error *error) {
    REQUIRE(path != NULL && scenario != NULL);
    struct runlog log = {0};
    struct provenance provenance;
    *outcome = (struct run_outcome){0};
    enum status status = runlog_read(path, &log, &provenance, error);
    if (status == STATUS_OK) {
        const struct counterfactual_source source = {.name = path, .log = &log};
        status = counterfactual_run(&source, scenario, options, outcome, error);
    }
    runlog_reset(&log);
    return status;
}
