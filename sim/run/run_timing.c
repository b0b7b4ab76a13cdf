// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_timing.h"

#include <stdio.h>
#include <string.h>

#include "models/data/data_options.h"
#include "models/model.h"
#include "sim/base/check.h"
#include "sim/run/data_folder.h"
#include "sim/run/data_input.h"
#include "sim/run/run_inputs.h"
#include "sim/run/run_phases.h"

static struct run_shape shape_of(const struct scenario *scenario,
                                 const struct dataset_entry *data) {
    struct model_options options =
        scenario_model_options(scenario, data->input_count, data->class_count);
    struct model *model = model_create(&options);
    INVARIANT(model != NULL); // the scenario was checked against the catalogue
    struct run_shape shape = {(int64_t)model_parameter_count(model), (int64_t)data->train_count};
    model_destroy(model);
    return shape;
}

static bool has_own_data(const struct scenario *scenario) {
    return scenario_has_data(scenario) && strcmp(scenario->data.name, "file") == 0;
}

struct run_shape run_shape_expect(const struct scenario *scenario) {
    REQUIRE(scenario != NULL);
    if (!scenario_computes(scenario) || has_own_data(scenario)) {
        return (struct run_shape){0};
    }
    struct dataset_entry data = {0};
    if (scenario_has_data(scenario)) {
        data = data_options_expect(&scenario->data);
    }
    return shape_of(scenario, &data);
}

enum status run_shape_find(const struct scenario *scenario, const char *folder,
                           struct run_shape *shape, struct error *error) {
    REQUIRE(shape != NULL);
    if (!has_own_data(scenario)) {
        *shape = run_shape_expect(scenario);
        return STATUS_OK;
    }
    struct dataset *dataset = NULL;
    enum status status = data_input_open(scenario, data_folder(folder), &dataset, error);
    if (status == STATUS_OK) {
        *shape = shape_of(scenario, dataset_describe(dataset));
    }
    dataset_close(dataset);
    return status;
}

// The scenario without its model: what is left has the header of a run without arithmetic.
static void open_header(const struct scenario *scenario, struct run_inputs *inputs) {
    REQUIRE(scenario != NULL);
    struct scenario silent = *scenario;
    struct run_inputs_options none = {.threads = 1};
    snprintf(silent.model, sizeof silent.model, "none");
    INVARIANT(run_inputs_open(&silent, &none, inputs, NULL) == STATUS_OK);
}

enum status run_timing(const struct run_timing_options *options, struct simulation_result *result,
                       struct error *error) {
    REQUIRE(options->sink != NULL);
    const struct scenario *scenario = options->scenario;
    struct run_phases *phases = NULL;
    struct run_options plain = {.threads = 1};
    enum status status =
        run_phases_create(scenario, options->shape.parameter_count, &plain, &phases, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct run_inputs inputs;
    open_header(scenario, &inputs);
    struct simulation_options simulation = {.scenario = scenario,
                                            .spans = phases->last,
                                            .notices = phases->laws[phases->count].notices,
                                            .incidents = phases->incidents,
                                            .phases = phases->before,
                                            .phase_count = phases->count,
                                            .header = &inputs.header,
                                            .train_count = options->shape.train_count,
                                            .sinks = options->sink,
                                            .sink_count = 1,
                                            .interrupted = options->interrupted};
    *result = simulation_run(&simulation);
    run_inputs_close(&inputs);
    run_phases_destroy(phases);
    return STATUS_OK;
}
