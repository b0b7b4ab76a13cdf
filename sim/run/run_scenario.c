// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_scenario.h"

#include <sched.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/wall_clock.h"
#include "sim/run/build_info.h"
#include "sim/run/data_folder.h"
#include "sim/run/run_inputs.h"
#include "sim/runlog/runlog_writer.h"

int32_t run_default_threads(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&processors);
    return count < 1 ? 1 : count;
}

static struct simulation_result simulate(const struct scenario *scenario,
                                         const struct run_options *options,
                                         const struct run_inputs *inputs,
                                         struct runlog_writer *writer) {
    struct run_sink sinks[RUN_SINKS_MAX + 1];
    REQUIRE(options->sink_count <= RUN_SINKS_MAX);
    size_t sink_count = 0;
    while (sink_count < options->sink_count) {
        sinks[sink_count] = options->sinks[sink_count];
        sink_count++;
    }
    if (writer != NULL) {
        sinks[sink_count++] = runlog_writer_sink(writer);
    }
    struct span_laws laws;
    span_laws_init(&laws, &scenario->cluster, scenario->seed, scenario->ties == TIES_RANDOM,
                   inputs->message_bytes);
    struct simulation_options simulation = {
        .scenario = scenario,
        .spans = options->spans != NULL ? *options->spans : span_source_from_laws(&laws),
        .header = &inputs->header,
        .executor = inputs->executor,
        .shards = inputs->shards,
        .train_count = inputs->train_count,
        .sinks = sinks,
        .sink_count = sink_count,
        .interrupted = options->interrupted,
        .evaluate_before_ns = options->evaluate_before_ns,
        .progress = options->progress,
        .progress_context = options->progress_context,
    };
    return simulation_run(&simulation);
}

static enum status publish(struct runlog_writer *writer, const struct run_options *options,
                           const char *isa, struct run_outcome *outcome, struct error *error) {
    struct provenance provenance;
    build_info_provenance(&provenance);
    snprintf(provenance.isa, sizeof provenance.isa, "%s", isa);
    provenance.threads = options->threads;
    provenance.wall_seconds = outcome->simulate_seconds;
    double start = wall_clock_seconds();
    enum status status = runlog_writer_publish(writer, &provenance, error);
    outcome->publish_seconds = wall_clock_seconds() - start;
    return status;
}

enum status run_recover(const char *journal, const char *output, struct error *error) {
    struct provenance provenance;
    build_info_provenance(&provenance);
    return runlog_recover(journal, output, &provenance, error);
}

static enum status status_of_result(const struct simulation_result *result, struct error *error) {
    switch (result->status) {
    case RUN_DIVERGED:
        return STATUS_DIVERGED;
    case RUN_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case RUN_FAILED:
        return error_set(error, STATUS_BAD_DATA, "the scenario cannot be run: %s", result->failure);
    case RUN_COMPLETE:
    case RUN_STATUS_COUNT:
        break;
    }
    return STATUS_OK;
}

enum status run_scenario(const struct scenario *scenario, const struct run_options *options,
                         struct run_outcome *outcome, struct error *error) {
    struct run_inputs inputs;
    struct runlog_writer *writer = NULL;
    *outcome = (struct run_outcome){0};
    enum status status = run_inputs_open(scenario, data_folder(options->data_folder),
                                         options->threads, options->kernels, &inputs, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (options->output != NULL) {
        status = runlog_writer_create(options->output, &writer, error);
    }
    if (status == STATUS_OK) {
        double start = wall_clock_seconds();
        outcome->result = simulate(scenario, options, &inputs, writer);
        // A journal that cannot be written is the cause of a failed run, so its error goes first.
        if (writer != NULL) {
            status = runlog_writer_close_journal(writer, error);
        }
        outcome->simulate_seconds = wall_clock_seconds() - start;
    }
    const char *isa = inputs.model == NULL ? "" : model_isa(inputs.model);
    run_inputs_close(&inputs);
    if (status == STATUS_OK) {
        status = status_of_result(&outcome->result, error);
        bool is_whole = outcome->result.status != RUN_FAILED;
        if (writer != NULL && is_whole) {
            enum status published = publish(writer, options, isa, outcome, error);
            status = published == STATUS_OK ? status : published;
        }
    }
    runlog_writer_destroy(writer);
    return status;
}
