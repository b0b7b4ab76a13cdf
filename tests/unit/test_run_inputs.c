// SPDX-License-Identifier: GPL-3.0-or-later
// run_inputs: what a run knows before its first event.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "models/data/dataset_files.h"
#include "models/model.h"
#include "sim/base/memory.h"
#include "sim/run/data_folder.h"
#include "sim/run/run_inputs.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

// The header of a log is what a replay and a reader in another language start from.
static void run_inputs__a_computing_scenario__has_data_model_and_header(void **state) {
    (void)state;
    struct scenario scenario;
    struct run_inputs inputs;
    struct error error;
    small_cluster_parse(&scenario, "seed: 99\nmodel: mnist_lenet\npolicy: {name: sync}\n"
                                   "training: {batch: 8}\ncluster: {workers: 4}\n"
                                   "log: {samples: true, events: false}\n");
    assert_int_equal(run_inputs_open(&scenario,
                                     &(struct run_inputs_options){.data_folder = data_folder(NULL),
                                                                  .threads = 2},
                                     &inputs, &error),
                     STATUS_OK);
    const struct runlog_header *header = &inputs.header;
    char *text = scenario_print(&scenario);
    assert_string_equal(header->scenario, text);
    memory_free(text);
    assert_string_equal(header->policy, "sync");
    assert_true(header->seed == 99 && header->workers == 4 && !header->events);
    assert_int_equal(header->sample_columns, 8);
    assert_int_equal(header->parameter_count, 21840);
    assert_true(header->data_hash == dataset_hash(inputs.dataset) && header->data_hash != 0);
    assert_true(run_message_bytes(&scenario, 21840) == 4 * 21840 && inputs.train_count == 60000);
    float *initial = memory_allocate(21840, sizeof *initial);
    model_initial_parameters(inputs.model, 99, initial);
    assert_memory_equal(header->initial, initial, 21840 * sizeof *initial);
    memory_free(initial);
    run_inputs_close(&inputs);
    assert_null(inputs.executor);
}

// Another program finds each weight by the layout: it must cover the vector without a gap.
static void run_inputs__layout__covers_the_parameters(void **state) {
    (void)state;
    static const char *const models[] = {"mnist_ray", "mnist_lenet"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct run_inputs inputs;
        struct error error;
        small_cluster_parse(&scenario, "model: %s\n", models[i]);
        assert_int_equal(run_inputs_open(&scenario,
                                         &(struct run_inputs_options){
                                             .data_folder = data_folder(NULL), .threads = 1},
                                         &inputs, &error),
                         STATUS_OK);
        int64_t covered = 0;
        for (size_t j = 0; j < inputs.header.layout_count; j++) {
            const struct layout_row *row = &inputs.header.layout[j];
            int64_t count = 1;
            assert_true(row->offset == covered);
            for (int32_t k = 0; k < row->rank; k++) {
                count *= row->shape[k];
            }
            covered += count;
        }
        assert_true(covered == (int64_t)inputs.header.parameter_count);
        assert_memory_equal(inputs.header.layout[0].name, "conv", 4);
        run_inputs_close(&inputs);
    }
}

// Timing alone needs no data set, no net and no threads, and says so.
static void run_inputs__model_none__needs_nothing(void **state) {
    (void)state;
    struct scenario scenario;
    struct run_inputs inputs;
    struct error error;
    small_cluster_parse(&scenario,
                        "model: none\ncluster: {network: {message: 12 kB}, workers: 7}\n");
    assert_int_equal(run_inputs_open(&scenario,
                                     &(struct run_inputs_options){.data_folder = "/no/such/folder",
                                                                  .threads = 1},
                                     &inputs, &error),
                     STATUS_OK);
    assert_null(inputs.model);
    assert_null(inputs.dataset);
    assert_null(inputs.executor);
    assert_true(inputs.header.parameter_count == 0 && inputs.header.data_hash == 0);
    assert_true(inputs.header.sample_columns == 0 && inputs.header.layout_count == 0);
    assert_true(run_message_bytes(&scenario, 0) == 12000 && inputs.header.events);
    run_inputs_close(&inputs);
}

// Without the data there is an error that says what to do, and nothing is left open.
static void run_inputs__no_data__names_the_missing_file(void **state) {
    struct scenario scenario;
    struct run_inputs inputs;
    struct error error;
    small_cluster_parse(&scenario, "model: mnist_ray\n");
    assert_int_equal(
        run_inputs_open(&scenario,
                        &(struct run_inputs_options){.data_folder = *state, .threads = 1}, &inputs,
                        &error),
        STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, *state));
    assert_non_null(strstr(error.message, "make data"));
    assert_null(inputs.dataset);
    assert_null(inputs.header.scenario);
    run_inputs_close(&inputs);
}

// A sweep has read the set; a set of another name is not taken for it.
static void run_inputs__a_set_that_is_open__is_taken_over(void **state) {
    (void)state;
    struct run_inputs inputs;
    struct error error;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: mnist_ray\npolicy: {name: sync}\n");
    struct dataset *set = NULL;
    assert_int_equal(dataset_open("mnist", data_folder(NULL), &set, &error), STATUS_OK);
    struct dataset *opened = set;
    struct run_inputs_options options = {
        .data_folder = "/no/such/folder", .opened = &opened, .threads = 1};
    snprintf(scenario.data.name, sizeof scenario.data.name, "fashion_mnist");
    assert_int_equal(run_inputs_open(&scenario, &options, &inputs, &error), STATUS_NO_INPUT);
    assert_ptr_equal(opened, set);
    snprintf(scenario.data.name, sizeof scenario.data.name, "mnist");
    assert_int_equal(run_inputs_open(&scenario, &options, &inputs, &error), STATUS_OK);
    assert_ptr_equal(inputs.dataset, set);
    assert_null(opened);
    assert_int_equal(inputs.header.data_hash, dataset_hash(set));
    run_inputs_close(&inputs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_inputs__a_computing_scenario__has_data_model_and_header),
        cmocka_unit_test(run_inputs__layout__covers_the_parameters),
        cmocka_unit_test(run_inputs__model_none__needs_nothing),
        cmocka_unit_test(run_inputs__a_set_that_is_open__is_taken_over),
        cmocka_unit_test_setup_teardown(run_inputs__no_data__names_the_missing_file, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("run_inputs", tests, NULL, NULL);
}
