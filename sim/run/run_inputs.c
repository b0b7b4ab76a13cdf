// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_inputs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "models/blas_check.h"
#include "models/data/dataset.h"
#include "models/model.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/run/data_input.h"
#include "sim/scenario/scenario_check.h"
#include "sim/scenario/scenario_print.h"

enum { BYTES_PER_PARAMETER = 4 };

int64_t run_message_bytes(const struct scenario *scenario, int64_t parameter_count) {
    REQUIRE(parameter_count >= 0);
    int64_t message_bytes = scenario->cluster.network.message_bytes;
    return message_bytes >= 0 ? message_bytes : BYTES_PER_PARAMETER * parameter_count;
}

static void describe_layout(const struct model *model, struct runlog_header *header) {
    REQUIRE(header->layout == NULL);
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
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    header->scenario = scenario_print(scenario);
    snprintf(header->policy, sizeof header->policy, "%s",
             policy_table[scenario->training.policy.policy].name);
    header->seed = scenario->seed;
    header->workers = scenario->cluster.workers;
    header->events = scenario->log.events;
}

static void fill_header_of_model(const struct scenario *scenario, const struct run_inputs *inputs,
                                 struct runlog_header *header) {
    REQUIRE(inputs->model != NULL);
    header->data_hash = inputs->dataset == NULL ? 0 : dataset_hash(inputs->dataset);
    header->sample_columns = scenario->log.samples ? scenario->training.batch : 0;
    header->gradient_values = scenario->log.gradients;
    header->parameter_count = model_parameter_count(inputs->model);
    header->initial = memory_allocate(header->parameter_count, sizeof *header->initial);
    model_initial_parameters(inputs->model, scenario_seed(scenario, SEEDS_WEIGHTS),
                             header->initial);
    describe_layout(inputs->model, header);
}

static bool take_opened(const struct scenario *scenario, struct dataset **opened,
                        struct dataset **dataset) {
    if (opened == NULL || *opened == NULL ||
        strcmp(dataset_describe(*opened)->name, scenario->data.name) != 0) {
        return false;
    }
    *dataset = *opened;
    *opened = NULL;
    return true;
}

static enum status open_data(const struct scenario *scenario,
                             const struct run_inputs_options *options, struct run_inputs *inputs,
                             struct error *error) {
    REQUIRE(inputs->dataset == NULL);
    enum status status =
        take_opened(scenario, options->opened, &inputs->dataset)
            ? STATUS_OK
            : data_input_open(scenario, options->data_folder, &inputs->dataset, error);
    if (status == STATUS_OK) {
        // What a user's own file holds is known only now.
        const struct dataset_entry *data = dataset_describe(inputs->dataset);
        status = scenario_check_data(scenario, data, NULL, error);
        inputs->train_count = (int64_t)data->train_count;
    }
    if (status == STATUS_OK) {
        inputs->shards = data_input_shards(scenario, inputs->dataset);
    }
    return status;
}

static void open_model(const struct scenario *scenario, const struct kernels *kernels,
                       struct run_inputs *inputs) {
    REQUIRE(inputs->model == NULL);
    const struct dataset_entry *data =
        inputs->dataset == NULL ? NULL : dataset_describe(inputs->dataset);
    struct model_options options = scenario_model_options(
        scenario, data == NULL ? 0 : data->input_count, data == NULL ? 0 : data->class_count);
    options.kernels = kernels;
    inputs->model = model_create(&options);
    INVARIANT(inputs->model != NULL); // the scenario was checked against the catalogue
}

static int32_t at_most(int32_t samples, size_t count) {
    REQUIRE(samples >= 0);
    return (size_t)samples < count ? samples : (int32_t)count;
}

static enum status open_computation(const struct scenario *scenario,
                                    const struct run_inputs_options *wanted,
                                    struct run_inputs *inputs, struct error *error) {
    REQUIRE(inputs->executor == NULL);
    enum status status = STATUS_OK;
    if (scenario_has_data(scenario)) {
        if (scenario->arithmetic == ARITHMETIC_OPENBLAS) {
            status = blas_check(wanted->threads, error);
        }
        if (status == STATUS_OK) {
            status = open_data(scenario, wanted, inputs, error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    open_model(scenario, wanted->kernels, inputs);
    struct executor_options options = {.threads = wanted->threads,
                                       .model = inputs->model,
                                       .dataset = inputs->dataset,
                                       .shards = inputs->shards,
                                       .seed = scenario_seed(scenario, SEEDS_MINIBATCHES),
                                       .batch = scenario->training.batch,
                                       .workers = scenario->cluster.workers,
                                       .local_steps =
                                           policy_local_steps(&scenario->training.policy)};
    if (scenario_has_data(scenario)) {
        const struct dataset_entry *data = dataset_describe(inputs->dataset);
        options.test_samples = at_most(scenario->evaluation.test_samples, data->test_count);
        options.train_samples = at_most(scenario->evaluation.train_samples, data->train_count);
    }
    inputs->executor = executor_create(&options);
    return STATUS_OK;
}

enum status run_inputs_open(const struct scenario *scenario,
                            const struct run_inputs_options *options, struct run_inputs *inputs,
                            struct error *error) {
    REQUIRE(options->threads >= 1);
    *inputs = (struct run_inputs){0};
    bool computes = scenario_computes(scenario);
    if (computes) {
        enum status status = open_computation(scenario, options, inputs, error);
        if (status != STATUS_OK) {
            run_inputs_close(inputs);
            return status;
        }
    }
    fill_header(scenario, &inputs->header);
    if (computes) {
        fill_header_of_model(scenario, inputs, &inputs->header);
    }
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
