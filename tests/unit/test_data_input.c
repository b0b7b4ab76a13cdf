// SPDX-License-Identifier: GPL-3.0-or-later
// data_input: what a scenario says about its data, opened: random data and a user's own files
// (those of the catalogue are in test_dataset), and shards by a Dirichlet law.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/data/data_options.h"
#include "models/data/dataset_catalogue.h"
#include "sim/run/data_input.h"
#include "sim/run/run_inputs.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_schema.h"
#include "tests/support/data_files.h"
#include "tests/support/hdf5_file.h"
#include "tests/support/scratch.h"

static struct scenario parse(const char *name, const char *text) {
    struct scenario scenario;
    struct error error = {0};
    if (scenario_parse(name, text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

static struct dataset *open_data(const struct scenario *scenario, const char *folder) {
    struct dataset *dataset = NULL;
    struct error error = {0};
    if (data_input_open(scenario, folder, &dataset, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return dataset;
}

// 12 samples of 2 floats in three classes, or 3 in a test set, under these names.
static void write_arrays(const char *path, const char *const *names, size_t count) {
    float inputs[24];
    int64_t labels[12];
    for (size_t i = 0; i < 24; i++) {
        inputs[i] = (float)i;
        labels[i / 2] = (int64_t)(i / 2 % 3);
    }
    hdf5_quiet();
    hid_t file = hdf5_file_create(path);
    for (size_t i = 0; i < count; i++) {
        const hsize_t sizes[] = {strncmp(names[i], "/test/", 6) == 0 ? 3 : 12, 2};
        if (strstr(names[i], "labels") == NULL) {
            hdf5_file_add(file, names[i], H5T_IEEE_F32LE, 2, sizes, H5T_NATIVE_FLOAT, inputs);
        } else {
            hdf5_file_add(file, names[i], H5T_STD_I64LE, 1, sizes, H5T_NATIVE_INT64, labels);
        }
    }
    H5Fclose(file);
}

static void write_file(const char *path, bool divided) {
    const char *const both[] = {"/train/inputs", "/train/labels", "/test/inputs", "/test/labels"};
    const char *const one[] = {"/inputs", "/labels"};
    write_arrays(path, divided ? both : one, divided ? 4 : 2);
}

static uint64_t random_hash(const char *text) {
    struct scenario scenario = parse("t", text);
    struct dataset *dataset = open_data(&scenario, "nowhere");
    uint64_t hash = dataset_hash(dataset);
    dataset_close(dataset);
    return hash;
}

// Repetitions have their own data unless somebody fixes them, and the data depend on what is said
// about them and on nothing else.
static void data_input__random__follows_the_seed_of_the_scenario(void **state) {
    (void)state;
    uint64_t plain = random_hash("{model: softmax, data: random}");
    assert_true(plain != random_hash("{model: softmax, data: random, seed: 2}"));
    assert_true(plain == random_hash("{model: softmax, data: {name: random, seed: 1}, seed: 2}"));
    assert_true(plain != random_hash("{model: softmax, data: {name: random, features: 21}}"));
    assert_true(plain != random_hash("{model: softmax, data: {name: random, classes: 9}}"));
    assert_true(plain != random_hash("{model: softmax, data: {name: random, samples: 9999}}"));
    assert_true(plain ==
                random_hash("{model: mlp, data: {name: random, shards: whole}, end: 1 s}"));
}

// With a test set or without, an HDF5 file is found beside the file that names it, or else in the
// working folder or that of the data sets.
static void data_input__hdf5__is_found_in_each_of_three_folders(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char name[SCRATCH_PATH_SIZE];
    write_file(scratch_path(state, "a.h5", path), true);
    write_file(scratch_path(state, "b.h5", path), false);
    static const char text[] = "{model: softmax, data: {name: file, path: a.h5, test_share: 25 %}}";
    struct scenario scenario = parse(scratch_path(state, "s.yaml", name), text);
    struct dataset *dataset = open_data(&scenario, "nowhere");
    assert_int_equal(dataset_describe(dataset)->train_count, 12);
    assert_int_equal(dataset_describe(dataset)->test_count, 3);
    assert_int_equal(dataset_describe(dataset)->class_count, 3);
    uint64_t hash = dataset_hash(dataset);
    dataset_close(dataset);
    scenario = parse("elsewhere/s.yaml", text);
    dataset = open_data(&scenario, *state);
    assert_true(dataset_hash(dataset) == hash);
    dataset_close(dataset);
    // A log lies elsewhere than its scenario did: it is replayed where it was run.
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(*state), 0);
    dataset = open_data(&scenario, "nowhere");
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_true(dataset_hash(dataset) == hash);
    dataset_close(dataset);
    snprintf(scenario.data.path.text, sizeof scenario.data.path.text, "%s", path);
    dataset = open_data(&scenario, "nowhere");
    assert_int_equal(dataset_describe(dataset)->train_count, 9);
    assert_int_equal(dataset_describe(dataset)->test_count, 3);
    dataset_close(dataset);
}

// A test set that is passed over would be replaced by a share of the training samples, and every
// accuracy would be that of other samples than the user's.
static void data_input__hdf5_that_is_not_laid_out_right__is_refused(void **state) {
    static const struct {
        const char *names[4];
        const char *what;
    } cases[] = {
        {{"/inputs", "/labels", "/test/inputs", "/test/labels"},
         "a.h5: it has a test set, /test, but /train/inputs and /train/labels are missing"},
        {{"/inputs", "/labels", "/test/inputs"}, "/train/inputs and /train/labels are missing"},
        {{"/inputs", "/labels", "/test"}, "a.h5: /test must be a group, with /test/inputs and"},
        {{"/inputs", "/labels", "/train"}, "a.h5: /train must be a group, with /train/inputs and"},
        {{"/train/inputs", "/train/labels", "/test"}, "a.h5: /test must be a group"},
        {{"/train/inputs", "/train/labels", "/test/inputs"}, "a.h5: /test/labels is missing"},
        {{"/train/inputs", "/train/labels", "/test/labels"}, "a.h5: /test/inputs is missing"},
        {{"/train/inputs", "/inputs", "/labels"}, "a.h5: /train/labels is missing"},
    };
    struct scenario scenario = parse("s", "{model: softmax, data: {name: file, path: a.h5}}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[SCRATCH_PATH_SIZE];
        struct dataset *dataset = NULL;
        struct error error = {0};
        write_arrays(scratch_path(state, "a.h5", path), cases[i].names,
                     cases[i].names[3] == NULL ? 3 : 4);
        assert_int_equal(data_input_open(&scenario, *state, &dataset, &error), STATUS_BAD_DATA);
        if (strstr(error.message, cases[i].what) == NULL) {
            fail_msg("expected '%s' in: %s", cases[i].what, error.message);
        }
    }
}

// A folder is one of IDX files.
static void data_input__folder__is_read_as_idx(void **state) {
    char path[SCRATCH_PATH_SIZE];
    uint8_t bytes[IDX_TEXT_MAX];
    const uint8_t content[] = {0, 1, 0, 1};
    const uint32_t sizes[] = {4, 1};
    assert_int_equal(mkdir(scratch_path(state, "mine", path), 0777), 0);
    data_file_make(scratch_path(state, "mine/train-inputs.idx", path), bytes,
                   idx_bytes_make(8, 2, sizes, content, 4, bytes));
    data_file_make(scratch_path(state, "mine/train-labels.idx", path), bytes,
                   idx_bytes_make(8, 1, sizes, content, 4, bytes));
    struct scenario scenario = parse("s", "{model: softmax, data: {name: file, path: mine}}");
    struct dataset *dataset = open_data(&scenario, *state);
    assert_int_equal(dataset_describe(dataset)->train_count, 3);
    dataset_close(dataset);
}

static void expect_refusal(void *const *state, const char *text, enum status status,
                           const char *what) {
    struct scenario scenario = parse("s", text);
    struct run_inputs inputs;
    struct error error = {0};
    assert_int_equal(
        run_inputs_open(&scenario,
                        &(struct run_inputs_options){.data_folder = *state, .threads = 1}, &inputs,
                        &error),
        status);
    if (strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' in: %s", what, error.message);
    }
}

// What no scenario can know before its file is opened is told in the words of the check.
static void run_inputs__own_data_that_do_not_fit__are_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_file(scratch_path(state, "a.h5", path), true);
    expect_refusal(
        state, "{data: {name: file, path: a.h5}}", STATUS_BAD_DATA,
        "the model 'mnist_ray' takes 784 inputs and tells 10 classes apart, but a sample "
        "of 'file' has 2 inputs and one of 3 classes");
    expect_refusal(state, "{model: softmax, data: {name: file, path: a.h5}}", STATUS_BAD_DATA,
                   "25 workers cannot share the 12 training samples of 'file': use fewer workers, "
                   "or 'shards: whole'");
    expect_refusal(
        state,
        "{model: softmax, data: {name: file, path: a.h5}, cluster: {workers: 4}, "
        "training: {batch: 4}}",
        STATUS_BAD_DATA,
        "'training.batch' is 4, but the smallest shard has 3 samples (12 for 4 workers)");
    expect_refusal(state, "{model: softmax, data: {name: file, path: b.h5}}", STATUS_NO_INPUT,
                   "b.h5: there is no such file or folder");
}

// Python's pictures have their channels last: as many numbers as a net takes, in an order that
// would train it on stripes. A row of numbers has no such order, and may lack a net's last classes.
static void run_inputs__channels_last__are_refused_and_rows_are_not(void **state) {
    char path[SCRATCH_PATH_SIZE];
    static const uint8_t zeros[4 * 3072];
    const uint8_t labels[] = {0, 1, 8, 3};
    const hsize_t pictures[] = {4, 32, 32, 3};
    const hsize_t rows[] = {4, 3072};
    struct run_inputs inputs;
    struct error error = {0};
    hdf5_quiet();
    for (int i = 0; i < 2; i++) {
        hid_t file = hdf5_file_create(scratch_path(state, i == 0 ? "a.h5" : "b.h5", path));
        hdf5_file_add(file, "inputs", H5T_STD_U8LE, i == 0 ? 4 : 2, i == 0 ? pictures : rows,
                      H5T_NATIVE_UINT8, zeros);
        hdf5_file_add(file, "labels", H5T_STD_U8LE, 1, pictures, H5T_NATIVE_UINT8, labels);
        H5Fclose(file);
    }
    expect_refusal(state, "{model: cifar_lenet, data: {name: file, path: a.h5}}", STATUS_BAD_DATA,
                   "takes inputs of 3 x 32 x 32 (channels, height, width), but a sample of 'file' "
                   "has 32 x 32 x 3");
    struct scenario scenario = parse("s", "{model: cifar_lenet, data: {name: file, path: b.h5}, "
                                          "cluster: {workers: 1}, training: {batch: 2}}");
    assert_int_equal(
        run_inputs_open(&scenario,
                        &(struct run_inputs_options){.data_folder = *state, .threads = 1}, &inputs,
                        &error),
        STATUS_OK);
    run_inputs_close(&inputs);
}

// More samples than there are cannot be evaluated: all of them are.
static void run_inputs__own_data__are_evaluated_as_far_as_they_go(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct run_inputs inputs;
    struct error error = {0};
    write_file(scratch_path(state, "a.h5", path), true);
    struct scenario scenario =
        parse("s", "{model: softmax, data: {name: file, path: a.h5}, cluster: {workers: 3}, "
                   "training: {batch: 4}}");
    assert_int_equal(
        run_inputs_open(&scenario,
                        &(struct run_inputs_options){.data_folder = *state, .threads = 1}, &inputs,
                        &error),
        STATUS_OK);
    struct evaluation_job *job = executor_submit_evaluation(inputs.executor, inputs.header.initial);
    struct evaluation_result result = executor_finish_evaluation(inputs.executor, job);
    assert_true(result.test_loss > 0 && result.train_loss > 0);
    assert_true(inputs.header.data_hash == dataset_hash(inputs.dataset));
    run_inputs_close(&inputs);
}

// Every worker has a batch, and the shards are not those of another alpha.
static void data_input_shards__dirichlet__follow_alpha_and_hold_a_batch(void **state) {
    (void)state;
    struct scenario scenario = parse(
        "s",
        "{model: softmax, data: {name: random, shards: dirichlet, alpha: 0.01, samples: 4000}}");
    struct dataset *dataset = open_data(&scenario, "nowhere");
    size_t sizes[2][25];
    for (int i = 0; i < 2; i++) {
        struct shard_plan *plan = data_input_shards(&scenario, dataset);
        for (int32_t w = 0; w < 25; w++) {
            shard_plan_samples(plan, w, &sizes[i][w]);
            assert_true(sizes[i][w] >= 32);
        }
        shard_plan_destroy(plan);
        scenario.data.alpha = 1e6;
    }
    assert_memory_not_equal(sizes[0], sizes[1], sizeof sizes[0]);
    dataset_close(dataset);
}

// What is known before anything is opened is what the parser's checks stand on.
static void data_options_expect__random__is_what_is_opened(void **state) {
    (void)state;
    struct scenario scenario =
        parse("s", "{model: softmax, data: {name: random, samples: 10001, features: 7}, seed: 4}");
    struct dataset_entry expected = data_options_expect(&scenario.data);
    struct dataset *dataset = open_data(&scenario, "nowhere");
    const struct dataset_entry *found = dataset_describe(dataset);
    assert_int_equal(expected.train_count, found->train_count);
    assert_int_equal(expected.test_count, found->test_count);
    assert_int_equal(expected.input_count, found->input_count);
    assert_int_equal(expected.width, found->width);
    assert_int_equal(expected.class_count, found->class_count);
    dataset_close(dataset);
    assert_true(data_options_seed(&scenario.data, 4) == 4);
    scenario.data.seed = (struct data_seed){.own = true, .value = 9};
    assert_true(data_options_seed(&scenario.data, 4) == 9);
    struct scenario own = parse("s", "{data: {name: file, path: a}}");
    assert_int_equal(data_options_expect(&own.data).train_count, 0);
}

// Who brings data of their own must find in the reference how to name and shape them, and what
// becomes of their numbers.
static void data_path__reference__names_every_array_and_tells_what_becomes_of_it(void **state) {
    (void)state;
    static const char *const told[] = {
        "/inputs and /labels",
        "/train/inputs and /train/labels",
        "/test/inputs and /test/labels",
        "train-images-idx3-ubyte or train-inputs.idx",
        "train-labels-idx1-ubyte or train-labels.idx",
        "t10k-images-idx3-ubyte or test-inputs.idx",
        "t10k-labels-idx1-ubyte or test-labels.idx",
        ".gz",
        "(N, C, H, W), where C is the channel",
        "standardised to mean 0 and variance 1 per channel of the training set",
        "floats are used as they are",
        "working folder"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (strstr(schema_table[KEY_DATA_PATH].doc, told[i]) == NULL) {
            fail_msg("data.path does not say '%s'", told[i]);
        }
    }
    const char *summary = dataset_catalogue_find("file")->summary;
    assert_non_null(strstr(summary, told[9]));
    assert_non_null(strstr(summary, told[10]));
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_input__random__follows_the_seed_of_the_scenario),
        IN_SCRATCH(data_input__hdf5__is_found_in_each_of_three_folders),
        IN_SCRATCH(data_input__hdf5_that_is_not_laid_out_right__is_refused),
        IN_SCRATCH(data_input__folder__is_read_as_idx),
        IN_SCRATCH(run_inputs__own_data_that_do_not_fit__are_refused),
        IN_SCRATCH(run_inputs__channels_last__are_refused_and_rows_are_not),
        IN_SCRATCH(run_inputs__own_data__are_evaluated_as_far_as_they_go),
        cmocka_unit_test(data_input_shards__dirichlet__follow_alpha_and_hold_a_batch),
        cmocka_unit_test(data_options_expect__random__is_what_is_opened),
        cmocka_unit_test(data_path__reference__names_every_array_and_tells_what_becomes_of_it),
    };
    return cmocka_run_group_tests_name("data_input", tests, NULL, NULL);
}
