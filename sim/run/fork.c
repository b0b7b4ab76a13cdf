// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/fork.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/run/replay.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_fork.h"
#include "sim/scenario/scenario_times.h"

// Holds the rebuilt past against the recorded one.
struct past_watch {
    const struct runlog *recorded;
    int64_t until_ns;
    size_t events;
    size_t updates;
    uint64_t data_hash;
    bool other_data;
    char difference[96]; // "": none
};

static void watch_start(void *context, const struct runlog_header *header) {
    struct past_watch *watch = context;
    watch->data_hash = header->data_hash;
    watch->other_data = header->data_hash != watch->recorded->header.data_hash;
}

static void watch_event(void *context, const struct event_row *row) {
    struct past_watch *watch = context;
    const struct runlog *recorded = watch->recorded;
    size_t index = watch->events++;
    if (row->time_ns >= watch->until_ns || !recorded->header.events || watch->difference[0] != 0) {
        return;
    }
    if (index >= recorded->event_count || memcmp(row, &recorded->events[index], sizeof *row) != 0) {
        snprintf(watch->difference, sizeof watch->difference, "event %zu", index);
    }
}

static void watch_update(void *context, const struct update_row *row) {
    struct past_watch *watch = context;
    const struct runlog *recorded = watch->recorded;
    size_t index = watch->updates++;
    if (row->time_ns >= watch->until_ns || watch->difference[0] != 0) {
        return;
    }
    if (index >= recorded->update_count || row->time_ns != recorded->updates[index].time_ns ||
        row->parameter_hash != recorded->updates[index].parameter_hash) {
        snprintf(watch->difference, sizeof watch->difference, "update %zu", index);
    }
}

static bool watch_failed(void *context) {
    REQUIRE(context != NULL);
    const struct past_watch *watch = context;
    return watch->other_data || watch->difference[0] != 0;
}

static void tell_origin(const struct fork_request *request, const struct runlog *log,
                        const struct run_options *options) {
    char sentence[512];
    if (log->altered && options->notice != NULL) {
        snprintf(sentence, sizeof sentence,
                 "note: %s: not as desgd wrote it: it has no checksum, so another program has "
                 "changed or made it",
                 request->path);
        options->notice(sentence);
    }
}

// A log can be forked up to its end.
static enum status check_moment(const struct fork_request *request, const struct runlog *log,
                                struct error *error) {
    REQUIRE(log->header.scenario != NULL);
    char at[SIM_TIME_TEXT_SIZE];
    char end[SIM_TIME_TEXT_SIZE];
    if (request->at_ns <= log->ending.end_ns) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_BAD_DATA, "%s: ends at %s: it cannot be forked at %s",
                     request->path, sim_time_format(log->ending.end_ns, end),
                     sim_time_format(request->at_ns, at));
}

// A new end in updates or gradients must be to come. (Of an end in time scenario_fork sees to that;
// one in epochs that has been reached ends the run with the first update after the fork.)
static enum status check_end(const struct fork_request *request, const struct runlog *log,
                             const struct scenario *forked, struct error *error) {
    REQUIRE(request->at_ns <= log->ending.end_ns);
    char at[SIM_TIME_TEXT_SIZE];
    int64_t updates = 0;
    int64_t gradients = 0;
    for (size_t i = 0; i < log->update_count && log->updates[i].time_ns < request->at_ns; i++) {
        updates++;
        gradients += log->updates[i].gradients;
    }
    bool by_updates = forked->end.kind == END_UPDATES;
    bool by_gradients = forked->end.kind == END_GRADIENTS;
    int64_t reached = by_updates ? updates : gradients;
    if ((!by_updates && !by_gradients) || reached < forked->end.count) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: the end, %" PRId64 " %s, is before the fork: by %s %" PRId64
                     " are applied",
                     request->path, forked->end.count, by_updates ? "updates" : "gradients",
                     sim_time_format(request->at_ns, at), reached);
}

static enum status run_fork(const struct fork_request *request, const struct runlog *log,
                            const struct scenario *forked, const struct run_options *options,
                            struct run_outcome *outcome, struct error *error) {
    struct past_watch watch = {.recorded = log, .until_ns = request->at_ns};
    struct run_sink sinks[RUN_SINKS_MAX];
    struct run_options again = *options;
    REQUIRE(options->sink_count < RUN_SINKS_MAX);
    for (size_t i = 0; i < options->sink_count; i++) {
        sinks[i] = options->sinks[i];
    }
    sinks[options->sink_count] = (struct run_sink){.context = &watch,
                                                   .start = watch_start,
                                                   .event = watch_event,
                                                   .update = watch_update,
                                                   .failed = watch_failed};
    again.sinks = sinks;
    again.sink_count = options->sink_count + 1;
    again.fork_of = log;
    again.fork_at_ns = request->at_ns;
    enum status status = run_scenario(forked, &again, outcome, error);
    if (watch.other_data) {
        return replay_fail_for_data(request->path, watch.data_hash, log->header.data_hash, error);
    }
    if (watch.difference[0] != 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its past cannot be rebuilt: %s came out otherwise than recorded "
                         "(desgd replay says how)",
                         request->path, watch.difference);
    }
    return status;
}

enum status fork_log(const struct fork_request *request, const struct runlog *log,
                     const struct times_file_list *files, const struct run_options *options,
                     struct run_outcome *outcome, struct error *error) {
    REQUIRE(log->header.scenario != NULL);
    struct scenario forked;
    struct scenario_notes notes = {.settings_only = true};
    const struct scenario_fork fork = {.name = request->path,
                                       .text = log->header.scenario,
                                       .at_ns = request->at_ns,
                                       .settings = request->settings,
                                       .setting_count = request->setting_count,
                                       .notes = &notes};
    *outcome = (struct run_outcome){0};
    enum status status = check_moment(request, log, error);
    if (status == STATUS_OK) {
        status = scenario_fork(&fork, &forked, error);
    }
    if (status == STATUS_OK) {
        times_files_add(&forked.times_files, files);
        status = check_end(request, log, &forked, error);
    }
    if (status == STATUS_OK && options->notice != NULL) {
        scenario_notes_tell(&notes, options->notice);
    }
    if (status == STATUS_OK) {
        status = run_fork(request, log, &forked, options, outcome, error);
    }
    scenario_notes_reset(&notes);
    return status;
}

enum status fork_file(const struct fork_request *request, const struct run_options *options,
                      struct run_outcome *outcome, struct error *error) {
    REQUIRE(request != NULL && outcome != NULL);
    struct runlog log = {0};
    struct provenance provenance;
    struct times_file_list files = {.count = 0};
    *outcome = (struct run_outcome){0};
    enum status status = runlog_read(request->path, &log, &provenance, error);
    if (status == STATUS_OK) {
        tell_origin(request, &log, options);
        times_files_read(provenance.measured_times, &files);
        status = fork_log(request, &log, &files, options, outcome, error);
    }
    runlog_reset(&log);
    return status;
}
