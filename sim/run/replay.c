// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/wall_clock.h"
#include "sim/runlog/row_hashes.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_counterfactual.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_semantics.h"
#include "sim/scenario/scenario_times.h"
#include "sim/simulation/simulation.h"

// Watches the repetition: stops it where an interrupted run was cut off, or when the user
// interrupts.
enum { STOP_BY_USER = 1, STOP_AT_THE_CUT, STOP_FOR_OTHER_DATA, STOP_BEYOND_THE_ROWS };

struct replay_watch {
    const struct runlog *recorded;
    bool is_cut; // it was not to end there, but the log has no more of it
    const volatile sig_atomic_t *interrupted_by_user;
    volatile sig_atomic_t stop;
    int64_t events;
    size_t evaluations;
};

static void watch_start(void *context, const struct runlog_header *header) {
    struct replay_watch *watch = context;
    const struct runlog_ending *ending = &watch->recorded->ending;
    if (header->data_hash != watch->recorded->header.data_hash) {
        watch->stop = STOP_FOR_OTHER_DATA;
    } else if (watch->is_cut && ending->event_count == 0) {
        watch->stop = STOP_AT_THE_CUT;
    }
}

static void watch_event(void *context, const struct event_row *row) {
    struct replay_watch *watch = context;
    const struct runlog_ending *ending = &watch->recorded->ending;
    (void)row;
    watch->events++;
    if (watch->is_cut && watch->events >= ending->event_count) {
        watch->stop = STOP_AT_THE_CUT;
    }
    if (watch->interrupted_by_user != NULL && *watch->interrupted_by_user) {
        watch->stop = STOP_BY_USER;
    }
}

static void watch_evaluation(void *context, const struct evaluation_row *row) {
    struct replay_watch *watch = context;
    (void)row;
    watch->evaluations++;
    if (watch->evaluations > watch->recorded->evaluation_count) {
        watch->stop = STOP_BEYOND_THE_ROWS; // however many more a changed scenario asks for
    }
    if (watch->interrupted_by_user != NULL && *watch->interrupted_by_user) {
        watch->stop = STOP_BY_USER;
    }
}

enum status replay_scenario(const char *path, const struct runlog *log, struct scenario *scenario,
                            struct error *error) {
    REQUIRE(log->header.scenario != NULL && scenario != NULL);
    const char *text = log->header.scenario;
    enum status status = scenario_parse(path, text, strlen(text), NULL, 0, scenario, error);
    return status == STATUS_OK ? scenario_check_rules(path, scenario, error) : status;
}

// What is run is what the scenario asks for: it must be the one that made these tables.
enum status replay_scenario_fits(const char *path, const struct runlog *log,
                                 const struct scenario *scenario, struct error *error) {
    const struct runlog_header *header = &log->header;
    if (scenario->cluster.workers != header->workers || scenario->seed != header->seed ||
        scenario_computes(scenario) != (header->parameter_count > 0)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its scenario does not fit its tables: workers, seed or parameters "
                         "are not those of the log",
                         path);
    }
    bool whole = log->ending.status == RUN_COMPLETE || log->ending.status == RUN_STALLED;
    if (scenario_is_counterfactual(scenario) && whole &&
        scenario->counterfactual.timeline != log->ending.timeline_fingerprint) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its timeline is not the one that its scenario names, %016" PRIx64,
                         path, scenario->counterfactual.timeline);
    }
    return STATUS_OK;
}

// A log has the incidents up to its end alone: of a run that failed for too many, the repetition
// comes as far and does not fail.
static void fail_for_incidents(const struct runlog_ending *recorded,
                               struct runlog_ending *repeated) {
    if (simulation_failed_for_incidents(recorded) && repeated->status != RUN_FAILED &&
        repeated->event_count == recorded->event_count) {
        repeated->status = RUN_FAILED;
        repeated->stalled_since_ns = 0;
        memcpy(repeated->reason, recorded->reason, sizeof repeated->reason);
    }
}

// "rows": the recorded log, or what of it the repeated one has, too.
static enum status compare(const struct runlog *recorded, const struct runlog *rows,
                           struct runlog *repeated, struct replay_outcome *outcome) {
    static const char *const names[2] = {"recorded", "repeated"};
    if (recorded->ending.status == RUN_COMPLETE && repeated->ending.status == RUN_STALLED) {
        repeated->ending.status = RUN_COMPLETE; // an earlier desgd had no word for it
        repeated->ending.stalled_since_ns = 0;
        repeated->ending.reason[0] = 0;
    }
    fail_for_incidents(&recorded->ending, &repeated->ending);
    outcome->events = repeated->event_count;
    outcome->updates = repeated->update_count;
    outcome->gradients = repeated->gradient_count;
    struct runlog_header header = recorded->header;
    if (recorded->gradient_count == 0) { // a file has no empty table, which would tell
        header.gradient_values = repeated->header.gradient_values;
    }
    bool headers = header_diff(&header, &repeated->header, outcome->header);
    bool others = runlog_diff(rows, repeated, names, &outcome->difference);
    return headers || others ? STATUS_DIFFERENT : STATUS_OK;
}

enum status replay_fail_for_data(const char *path, uint64_t hash_here, uint64_t hash_recorded,
                                 struct error *error) {
    return error_set(error, STATUS_BAD_DATA,
                     "%s: made with other data: the data set here has hash %016" PRIx64
                     ", the log says %016" PRIx64,
                     path, hash_here, hash_recorded);
}

// Of a run without gradients the repeated rows are hashed, not kept: there may be millions, and to
// repeat it once more, should they differ, costs little.
static bool may_be_hashed(const struct runlog *recorded) {
    const struct runlog_header *header = &recorded->header;
    return header->parameter_count == 0 && header->sample_columns == 0 && !header->gradient_values;
}

struct repeated_run {
    struct runlog log;
    bool is_hashed; // then the log lacks the rows that are in
    struct row_hashes hashes;
};

// Whether the hashed rows are the recorded ones; then both are left out of the comparison.
static bool compare_hashed(const struct runlog *recorded, struct repeated_run *again,
                           struct replay_outcome *outcome, enum status *status) {
    struct row_hashes expected;
    struct runlog rest = *recorded;
    row_hashes_of_log(recorded, &expected);
    if (!row_hashes_agree(&expected, &again->hashes)) {
        return false;
    }
    rest.events = NULL;
    rest.gradients = NULL;
    rest.updates = NULL;
    rest.reductions = NULL;
    rest.event_count = rest.gradient_count = rest.update_count = rest.reduction_count = 0;
    *status = compare(recorded, &rest, &again->log, outcome);
    outcome->events = again->hashes.counts[TABLE_EVENTS];
    outcome->updates = again->hashes.counts[TABLE_UPDATES];
    outcome->gradients = again->hashes.counts[TABLE_GRADIENTS];
    return true;
}

static enum status run_again(struct replay_watch *watch, const struct scenario *scenario,
                             struct run_options *options, struct repeated_run *again,
                             struct run_outcome *run, struct error *error) {
    struct run_sink sinks[3] = {runlog_memory_sink(&again->log),
                                {.context = watch,
                                 .start = watch_start,
                                 .event = watch_event,
                                 .evaluation = watch_evaluation},
                                row_hashes_sink(&again->hashes)};
    const struct runlog *recorded = watch->recorded;
    if (again->is_hashed) {
        sinks[0].event = NULL;
        sinks[0].gradient = NULL;
        sinks[0].update = NULL;
        sinks[0].reduction = NULL;
    }
    options->sinks = sinks;
    options->sink_count = again->is_hashed ? 3 : 2;
    options->interrupted = &watch->stop;
    if (recorded->evaluation_count > 0) {
        options->evaluate_before_ns =
            recorded->evaluations[recorded->evaluation_count - 1].time_ns + 1;
    }
    return run_scenario(scenario, options, run, error);
}

// False: the hashed rows differ, and the outcome is still to be found.
static bool repeat(const char *path, struct replay_watch *watch, const struct scenario *scenario,
                   struct run_options *options, bool is_hashed, struct replay_outcome *outcome,
                   enum status *status, struct error *error) {
    REQUIRE(watch->recorded != NULL);
    const struct runlog *recorded = watch->recorded;
    struct repeated_run again = {.is_hashed = is_hashed};
    struct run_outcome run;
    bool found = true;
    *status = run_again(watch, scenario, options, &again, &run, error);
    if (watch->stop == STOP_BY_USER) {
        *status = error_set(error, STATUS_INTERRUPTED, "the replay was interrupted");
    } else if (watch->stop == STOP_FOR_OTHER_DATA) {
        outcome->other_data = true;
        *status = replay_fail_for_data(path, again.log.header.data_hash, recorded->header.data_hash,
                                       error);
    } else if (*status == STATUS_OK || *status == STATUS_DIVERGED ||
               *status == STATUS_INTERRUPTED || run.result.status == RUN_FAILED) {
        // A recorded run that has failed fails again; any other has run out of recorded spans.
        if (is_hashed) {
            found = compare_hashed(recorded, &again, outcome, status);
        } else {
            *status = compare(recorded, recorded, &again.log, outcome);
        }
    }
    runlog_reset(&again.log);
    return found;
}

enum status replay_log(const char *path, const struct runlog *log, const struct scenario *scenario,
                       const struct run_options *options, struct replay_outcome *outcome,
                       struct error *error) {
    REQUIRE(options->threads >= 1);
    enum status status = STATUS_OK;
    bool found = false;
    for (bool is_hashed = may_be_hashed(log); !found; is_hashed = false) {
        struct replay_watch watch = {.recorded = log,
                                     .is_cut = log->ending.status == RUN_INTERRUPTED ||
                                               simulation_failed_for_incidents(&log->ending),
                                     .interrupted_by_user = options->interrupted};
        struct run_options again = {.data_folder = options->data_folder,
                                    .threads = options->threads,
                                    .kernels = options->kernels,
                                    .replay_of = log};
        found = repeat(path, &watch, scenario, &again, is_hashed, outcome, &status, error);
    }
    return status;
}

enum status replay_file(const char *path, const struct run_options *options,
                        struct replay_outcome *outcome, struct error *error) {
    REQUIRE(path != NULL && outcome != NULL);
    struct runlog recorded = {0};
    struct scenario scenario;
    *outcome = (struct replay_outcome){0};
    double start = wall_clock_seconds();
    struct provenance provenance;
    struct error without = {0};
    enum status status = runlog_read(path, &recorded, &provenance, error);
    if (status != STATUS_OK) {
        return status;
    }
    outcome->altered = recorded.altered;
    status = replay_scenario(path, &recorded, &scenario, error);
    if (status == STATUS_OK) {
        status = replay_scenario_fits(path, &recorded, &scenario, error);
    }
    if (status == STATUS_OK) {
        times_files_read(provenance.measured_times, &scenario.times_files);
        if (redrawn_spans_compare(&recorded, &scenario, &outcome->spans, &without) != STATUS_OK) {
            snprintf(outcome->spans.first, sizeof outcome->spans.first, "%.300s", without.message);
        }
        status = replay_log(path, &recorded, &scenario, options, outcome, error);
    }
    outcome->seconds = wall_clock_seconds() - start;
    runlog_reset(&recorded);
    return status;
}
