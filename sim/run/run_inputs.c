// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_inputs.h"

#include <stdio.h>
#include <string.h>

#include "models/blas_pin.h"
#include "models/data/dataset.h"
#include "models/model.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_print.h"

enum { BYTES_PER_PARAMETER = 4 };

static void describe_layout(const struct model *model, struct runlog_header *header) {
    header->layout_count = model_tensor_count(model);
    header->layout = memory_allocate(header->layout_count, sizeof *header->layout);
    for (size_t i = 0; i < header->layout_count; i++) {
        const struct parameter_tensor *tensor = model_tensor(model, i);
        struct layout_row *row = &header->layout[i];
        snprintf(row->name, sizeof row->name, "%s", tensor->name);
        row->rank = tensor->rank;
        memcpy(row->shape, tensor->shape, sizeof row->shape);
        row->offset = (int64_t)tensor->offset;
    }
}

static void fill_header(const struct scenario *scenario, struct runlog_header *header) {
    header->scenario = scenario_print(scenario);
    snprintf(header->policy, sizeof header->policy, "%s",
             policy_table[scenario->training.policy.policy].name);
    header->seed = scenario->seed;
    header->workers = scenario->cluster.workers;
    header->events = scenario->log.events;
}

static void fill_header_of_model(const struct scenario *scenario, const struct run_inputs *inputs,
                                 struct runlog_header *header) {
    header->data_hash = dataset_hash(inputs->dataset);
    header->sample_columns = scenario->log.samples ? scenario->training.batch : 0;
    header->gradient_values = scenario->log.gradients;
    header->parameter_count = model_parameter_count(inputs->model);
    header->initial = memory_allocate(header->parameter_count, sizeof *header->initial);
    model_initial_parameters(inputs->model, scenario->seed, header->initial);
    describe_layout(inputs->model, header);
}

static enum status open_computation(const struct scenario *scenario, const char *data_folder,
                                    int32_t threads, struct run_inputs *inputs,
                                    struct error *error) {
    enum status status = blas_check(threads, error);
    if (status == STATUS_OK) {
        status = dataset_open(scenario->data, data_folder, &inputs->dataset, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    inputs->model = model_create(scenario->model);
    INVARIANT(inputs->model != NULL); // the scenario was checked against the catalogue
    inputs->train_count = (int64_t)dataset_describe(inputs->dataset)->train_count;
    inputs->shards = shard_plan_create(scenario->shards, scenario->seed,
                                       (size_t)inputs->train_count, scenario->cluster.workers);
    struct executor_options options = {.threads = threads,
                                       .model = inputs->model,
                                       .dataset = inputs->dataset,
                                       .shards = inputs->shards,
                                       .seed = scenario->seed,
                                       .batch = scenario->training.batch,
                                       .workers = scenario->cluster.workers,
                                       .test_samples = scenario->evaluation.test_samples,
                                       .train_samples = scenario->evaluation.train_samples};
    inputs->executor = executor_create(&options);
    return STATUS_OK;
}

enum status run_inputs_open(const struct scenario *scenario, const char *data_folder,
                            int32_t threads, struct run_inputs *inputs, struct error *error) {
    REQUIRE(threads >= 1);
    *inputs = (struct run_inputs){0};
    bool computes = scenario_computes(scenario);
    if (computes) {
        enum status status = open_computation(scenario, data_folder, threads, inputs, error);
        if (status != STATUS_OK) {
            run_inputs_close(inputs);
            return status;
        }
    }
    fill_header(scenario, &inputs->header);
    if (computes) {
        fill_header_of_model(scenario, inputs, &inputs->header);
    }
    int64_t message_bytes = scenario->cluster.network.message_bytes;
    inputs->message_bytes = message_bytes >= 0
                                ? message_bytes
                                : BYTES_PER_PARAMETER * (int64_t)inputs->header.parameter_count;
    return STATUS_OK;
}

void run_inputs_close(struct run_inputs *inputs) {
    executor_destroy(inputs->executor);
    shard_plan_destroy(inputs->shards);
    dataset_close(inputs->dataset);
    model_destroy(inputs->model);
    runlog_header_reset(&inputs->header);
    *inputs = (struct run_inputs){0};
}
