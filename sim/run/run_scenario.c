// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_scenario.h"

#include <sched.h>
#include <stdio.h>

#include "models/linear_algebra.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"
#include "sim/run/build_info.h"
#include "sim/run/data_folder.h"
#include "sim/run/resume.h"
#include "sim/run/run_claim.h"
#include "sim/run/run_inputs.h"
#include "sim/run/run_phases.h"
#include "sim/runlog/runlog_recover.h"
#include "sim/runlog/runlog_writer.h"
#include "sim/scenario/scenario_counterfactual.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_semantics.h"
#include "sim/scenario/scenario_times.h"
#include "sim/simulation/checkpoint_keeper.h"

int32_t run_default_threads(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&processors);
    return count < 1 ? 1 : count;
}

_Static_assert((int)PROVENANCE_TIMES_SIZE >=
                   TIMES_FILES_MAX * ((int)LAW_TIMES_PATH_SIZE + 20), // a hash and two ends
               "the places of all files have room");

// Where the rows of a run go on the disk. Plain data; empty without an output.
struct log_output {
    struct runlog_writer *writer;
    struct checkpoint_keeper keeper;
    struct resume resume;
    char arithmetic[CHECKPOINT_TEXT_SIZE];
    const struct times_file_list *times_files; // borrowed
};

static void close_log(struct log_output *log) {
    runlog_writer_destroy(log->writer);
    checkpoint_keeper_reset(&log->keeper);
    resume_reset(&log->resume);
}

// As far as it decides about bits: not the instructions, nor the threads.
static void describe_arithmetic(const struct scenario *scenario, struct log_output *log) {
    REQUIRE(scenario->arithmetic < ARITHMETIC_COUNT);
    bool is_blas = scenario_computes(scenario) && scenario->arithmetic == ARITHMETIC_OPENBLAS;
    snprintf(log->arithmetic, sizeof log->arithmetic, "%s%s%s",
             arithmetic_names[scenario->arithmetic], is_blas ? " " : "",
             is_blas ? linear_algebra_core_name() : "");
}

static enum status open_log(const struct scenario *scenario, const struct run_options *options,
                            const struct run_inputs *inputs, struct log_output *log,
                            struct error *error) {
    REQUIRE(options->output != NULL && log->writer == NULL);
    bool found = false;
    enum status status = options->resume
                             ? runlog_writer_open(options->output, &log->writer, &found, error)
                             : runlog_writer_create(options->output, &log->writer, error);
    if (status != STATUS_OK || !options->checkpoints) {
        return status;
    }
    struct checkpoint_keeper *keeper = &log->keeper;
    checkpoint_keeper_init(keeper, options->output, log->writer, options->checkpoint_seconds);
    describe_arithmetic(scenario, log);
    keeper->arithmetic = log->arithmetic;
    keeper->requests = options->checkpoint_requests;
    keeper->notice = options->notice;
    if (found) {
        return resume_find(&log->resume, &inputs->header, log->writer, keeper, error);
    }
    checkpoint_remove(keeper->path); // of a run whose journal is gone
    return STATUS_OK;
}

static struct simulation_result simulate(const struct scenario *scenario,
                                         const struct run_options *options,
                                         const struct run_inputs *inputs,
                                         const struct run_phases *phases, struct log_output *log) {
    struct run_sink sinks[RUN_SINKS_MAX + 1];
    REQUIRE(options->sink_count <= RUN_SINKS_MAX);
    size_t sink_count = 0;
    while (sink_count < options->sink_count) {
        sinks[sink_count] = options->sinks[sink_count];
        sink_count++;
    }
    if (log->writer != NULL) {
        sinks[sink_count++] = runlog_writer_sink(log->writer);
    }
    bool goes_on = log->resume.point == RESUME_GO_ON;
    struct simulation_options simulation = {
        .scenario = scenario,
        .spans = phases->last,
        .phases = phases->before,
        .phase_count = phases->count,
        .notices = phases->laws[phases->count].notices,
        .incidents = phases->incidents,
        .header = &inputs->header,
        .executor = inputs->executor,
        .shards = inputs->shards,
        .train_count = inputs->train_count,
        .timeline = scenario_is_counterfactual(scenario) ? options->replay_of : NULL,
        .sinks = sinks,
        .sink_count = sink_count,
        .interrupted = options->interrupted,
        .keeper = log->keeper.path != NULL ? &log->keeper : NULL,
        .checkpoint = goes_on ? &log->resume.checkpoint : NULL,
        .recorded = goes_on ? &log->resume.recorded : NULL,
        .evaluate_before_ns = options->evaluate_before_ns,
        .progress = options->progress,
        .progress_context = options->progress_context,
    };
    return simulation_run(&simulation);
}

// The journal holds the whole run: its sinks get what they need of it.
static struct simulation_result play_whole(const struct run_options *options,
                                           const struct runlog *log) {
    REQUIRE(run_status_has_ended(log->ending.status));
    for (size_t i = 0; i < options->sink_count; i++) {
        runlog_play(log, &options->sinks[i]);
    }
    return (struct simulation_result){
        .status = log->ending.status,
        .end_ns = log->ending.end_ns,
        .stalled_since_ns = log->ending.stalled_since_ns,
        .timeline_fingerprint = log->ending.timeline_fingerprint,
        .parameter_fingerprint = log->ending.parameter_fingerprint,
    };
}

static enum status publish(const struct log_output *log, const struct run_options *options,
                           const char *isa, struct run_outcome *outcome, struct error *error) {
    REQUIRE(log->writer != NULL && isa != NULL);
    struct provenance provenance;
    build_info_provenance(&provenance);
    times_files_write(log->times_files, provenance.measured_times,
                      sizeof provenance.measured_times);
    snprintf(provenance.isa, sizeof provenance.isa, "%s", isa);
    provenance.threads = options->threads;
    provenance.wall_seconds = outcome->simulate_seconds;
    double start = wall_clock_seconds();
    enum status status = runlog_writer_publish(log->writer, &provenance, error);
    outcome->publish_seconds = wall_clock_seconds() - start;
    return status;
}

enum status run_recover(const char *journal, const char *output, struct error *error) {
    REQUIRE(journal != NULL && output != NULL);
    struct provenance provenance;
    build_info_provenance(&provenance);
    return runlog_recover(journal, output, &provenance, error);
}

static enum status status_of_result(const struct simulation_result *result, struct error *error) {
    REQUIRE(result->status < RUN_STATUS_COUNT);
    switch (result->status) {
    case RUN_DIVERGED:
        return STATUS_DIVERGED;
    case RUN_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case RUN_FAILED:
        return error_set(error, STATUS_BAD_DATA, "the scenario cannot be run: %s", result->failure);
    case RUN_COMPLETE:
    case RUN_STALLED:
    case RUN_STATUS_COUNT:
        break;
    }
    return STATUS_OK;
}

static const char *who_continues(const struct run_options *options) {
    return options->continued_by != NULL ? options->continued_by : "the same command with --resume";
}

// Events, arithmetic and rows, up to the closed journal.
static enum status make_journal(const struct scenario *scenario, const struct run_options *options,
                                const struct run_inputs *inputs, const struct run_phases *phases,
                                struct log_output *log, struct run_outcome *outcome,
                                struct error *error) {
    REQUIRE(log->writer != NULL || options->output == NULL);
    double start = wall_clock_seconds();
    outcome->had_ended = log->resume.point == RESUME_PUBLISH;
    outcome->result = outcome->had_ended ? play_whole(options, &log->resume.recorded)
                                         : simulate(scenario, options, inputs, phases, log);
    enum status status = STATUS_OK;
    if (outcome->result.rerun_differs) {
        outcome->is_foreign = true;
        status = error_set(error, STATUS_BAD_DATA,
                           "%s: cannot continue: %s; it was made by another version of desgd, or "
                           "on a machine that rounds otherwise",
                           log->keeper.path, outcome->result.failure);
    } else if (log->writer != NULL && !outcome->had_ended) {
        // A journal that cannot be written is the cause of a failed run, so its error goes first.
        struct error cause = {0};
        status = runlog_writer_close_journal(log->writer, &cause);
        if (status != STATUS_OK) {
            bool is_kept = runlog_writer_is_kept(log->writer);
            error_set(error, status, "%s%s%s%s", cause.message, is_kept ? "; " : "",
                      is_kept ? who_continues(options) : "",
                      is_kept ? " continues from the last checkpoint" : "");
        }
    }
    outcome->simulate_seconds = wall_clock_seconds() - start;
    return status;
}

// Whether the rows of a run that has failed are worth a log: the scenario is the cause, and there
// is more than the start of all workers.
static bool was_played(const struct simulation_result *result) {
    return !result->sink_failed && result->events > 1;
}

// Journal to HDF5. A run that has come to its end needs no checkpoint any more.
static enum status finish_log(const struct run_options *options, const char *isa,
                              struct log_output *log, struct run_outcome *outcome,
                              struct error *error) {
    REQUIRE(log->writer != NULL);
    enum run_status ended = outcome->result.status;
    enum status status = STATUS_OK;
    bool checkpoints_are_ours = runlog_writer_has_its_name(log->writer);
    if (ended == RUN_FAILED && !was_played(&outcome->result)) {
        runlog_writer_give_up(log->writer);
    } else {
        status = publish(log, options, isa, outcome, error);
    }
    outcome->can_resume = status == STATUS_OK && runlog_writer_is_kept(log->writer);
    if (log->keeper.path != NULL && status == STATUS_OK && ended != RUN_INTERRUPTED &&
        checkpoints_are_ours) {
        checkpoint_remove(log->keeper.path);
    }
    return status;
}

// Nothing is to be resumed: the log is there. What a kill may have left beside it goes.
static enum status tidy_up(const struct run_options *options, const struct runlog *log,
                           struct run_outcome *outcome) {
    REQUIRE(options->output != NULL);
    struct runlog_writer *writer = NULL;
    struct checkpoint_keeper keeper;
    outcome->had_ended = true;
    outcome->result = play_whole(options, log);
    if (runlog_writer_create(options->output, &writer, NULL) == STATUS_OK) {
        checkpoint_keeper_init(&keeper, options->output, writer, 0);
        checkpoint_remove(keeper.path);
        checkpoint_keeper_reset(&keeper);
    }
    runlog_writer_destroy(writer);
    if (options->notice != NULL) {
        options->notice("the run was already finished; there is nothing to do");
    }
    return status_of_result(&outcome->result, NULL);
}

static enum status look_at_log(const struct scenario *scenario, const struct run_options *options,
                               struct run_outcome *outcome, struct error *error) {
    REQUIRE(options->output != NULL);
    struct runlog log = {0};
    bool finished = false;
    char *text = scenario_print(scenario);
    enum status status =
        resume_look_at_log(options->output, text, options->notice, &finished, &log, error);
    if (finished) {
        status = tidy_up(options, &log, outcome);
    }
    memory_free(text);
    runlog_reset(&log);
    return status;
}

static enum status run_with_inputs(const struct scenario *scenario,
                                   const struct run_options *options,
                                   const struct run_inputs *inputs, struct log_output *log,
                                   struct run_outcome *outcome, struct error *error) {
    struct run_phases *phases = NULL;
    enum status status = run_phases_create(scenario, (int64_t)inputs->header.parameter_count,
                                           options, &phases, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (options->output != NULL) {
        status = open_log(scenario, options, inputs, log, error);
        outcome->is_foreign = status == STATUS_BAD_DATA;
    }
    if (status == STATUS_OK) {
        status = make_journal(scenario, options, inputs, phases, log, outcome, error);
    }
    run_phases_destroy(phases);
    return status;
}

// What became of the run, and of its log.
static enum status conclude(const struct run_options *options, const char *isa,
                            struct log_output *log, struct run_outcome *outcome,
                            struct error *error) {
    const struct simulation_result *result = &outcome->result;
    enum status status = status_of_result(result, error);
    if (log->writer == NULL) {
        return status;
    }
    enum status finished = finish_log(options, isa, log, outcome, error);
    if (finished != STATUS_OK) {
        return finished;
    }
    if (result->status == RUN_FAILED && was_played(result)) {
        error_set(error, status, "the run has failed: %s; what was simulated is in %s",
                  result->failure, options->output);
    } else if (result->short_of_room) {
        status = error_set(error, STATUS_IO,
                           "%s: there is hardly room left where it is written, so the run was "
                           "interrupted while all of it can be kept%s%s%s",
                           options->output, outcome->can_resume ? "; when there is room, " : "",
                           outcome->can_resume ? who_continues(options) : "",
                           outcome->can_resume ? " continues" : "");
    }
    return status;
}

// Whose order and times it has must be at hand.
static enum status check_timeline(const char *name, const struct scenario *scenario,
                                  const struct run_options *options, struct error *error) {
    REQUIRE(name != NULL);
    return !scenario_is_counterfactual(scenario) || options->replay_of != NULL
               ? STATUS_OK
               : error_set(error, STATUS_BAD_DATA,
                           "%s: is counterfactual, so it needs the run whose order and times it "
                           "has: desgd run SCENARIO --timeline FILE.h5",
                           name);
}

enum status run_scenario(const struct scenario *scenario, const struct run_options *options,
                         struct run_outcome *outcome, struct error *error) {
    REQUIRE(scenario != NULL && outcome != NULL);
    struct run_inputs inputs;
    struct log_output log = {.times_files = &scenario->times_files};
    *outcome = (struct run_outcome){0};
    const char *name = options->input_count > 0 ? options->inputs[0] : "the scenario";
    enum status status = scenario_check_rules(name, scenario, error);
    if (status == STATUS_OK) {
        status = check_timeline(name, scenario, options, error);
    }
    if (status == STATUS_OK && options->output != NULL) {
        status = run_claim_check(scenario, options, error);
    }
    if (options->resume && status == STATUS_OK) {
        REQUIRE(options->output != NULL && options->checkpoints);
        status = look_at_log(scenario, options, outcome, error);
        outcome->is_foreign = status == STATUS_BAD_DATA;
    }
    if (status != STATUS_OK || outcome->had_ended) {
        return status;
    }
    const struct run_inputs_options wanted = {.data_folder = data_folder(options->data_folder),
                                              .opened = options->opened_data,
                                              .threads = options->threads,
                                              .kernels = options->kernels};
    status = run_inputs_open(scenario, &wanted, &inputs, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = run_with_inputs(scenario, options, &inputs, &log, outcome, error);
    const char *isa = inputs.model == NULL ? "" : model_isa(inputs.model);
    run_inputs_close(&inputs);
    if (status == STATUS_OK) {
        status = conclude(options, isa, &log, outcome, error);
    }
    close_log(&log);
    return status;
}
