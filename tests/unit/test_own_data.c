// SPDX-License-Identifier: GPL-3.0-or-later
// own_data: a user's own arrays and IDX files, which nobody has verified.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "models/data/own_data.h"
#include "sim/base/memory.h"
#include "tests/support/data_files.h"
#include "tests/support/expect.h"
#include "tests/support/scratch.h"

enum { TRAIN = 6, TEST = 4, FEATURES = 3 };

static void *copy(const void *from, size_t size) {
    void *to = memory_allocate(size, 1);
    memcpy(to, from, size);
    return to;
}

// A split of floats: sample i has the features 10 i, 10 i + 1, 10 i + 2 (+ start) and label i % 3.
static struct own_split make_split(size_t count, float start) {
    float inputs[TRAIN * FEATURES];
    uint8_t labels[TRAIN];
    for (size_t i = 0; i < count * FEATURES; i++) {
        inputs[i] = start + (float)(10 * (i / FEATURES) + i % FEATURES);
    }
    for (size_t i = 0; i < count; i++) {
        labels[i] = (uint8_t)(i % 3);
    }
    return (struct own_split){
        .inputs = {.type = OWN_FLOATS,
                   .rank = 2,
                   .sizes = {count, FEATURES},
                   .numbers = copy(inputs, count * FEATURES * sizeof(float)),
                   .name = "some inputs"},
        .labels = {.type = OWN_BYTES, .rank = 1, .sizes = {count}, .numbers = copy(labels, count)}};
}

static struct own_data make_data(void) {
    return (struct own_data){.splits = {make_split(TRAIN, 0), make_split(TEST, 1000)},
                             .has_test = true};
}

static struct dataset *create(struct own_data *data, double test_share) {
    struct dataset *dataset = NULL;
    struct error error = {0};
    if (own_data_create(data, "mine", test_share, &dataset, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return dataset;
}

static double first_input(const struct dataset *dataset, enum dataset_split split, int32_t index,
                          uint8_t *label) {
    real inputs[4]; // the largest sample here
    dataset_gather(dataset, split, &index, 1, 1, inputs, label);
    return (double)inputs[0];
}

// Floats go through as they are, and the number of classes follows from the labels.
static void own_data__floats__are_as_they_are(void **state) {
    (void)state;
    struct own_data data = make_data();
    struct dataset *dataset = create(&data, 0.2);
    const struct dataset_entry *entry = dataset_describe(dataset);
    assert_string_equal(entry->name, "file");
    assert_int_equal(entry->train_count, TRAIN);
    assert_int_equal(entry->test_count, TEST);
    assert_int_equal(entry->input_count, FEATURES);
    assert_int_equal(entry->class_count, 3);
    real inputs[FEATURES * 4];
    uint8_t labels[2];
    const int32_t indices[] = {3, 1};
    dataset_gather(dataset, SPLIT_TEST, indices, 2, 4, inputs, labels);
    for (size_t f = 0; f < FEATURES; f++) {
        expect_within((double)inputs[4 * f], 1030 + (double)f, 0);
        expect_within((double)inputs[4 * f + 1], 1010 + (double)f, 0);
        expect_within((double)inputs[4 * f + 2], 0, 0); // lanes without a sample
        expect_within((double)inputs[4 * f + 3], 0, 0);
    }
    assert_memory_equal(labels, "\0\1", 2);
    dataset_close(dataset);
}

// The hash in the log is all that names such data: it must change with any number, label or shape.
static void own_data__any_change__is_another_hash(void **state) {
    (void)state;
    uint64_t hashes[5];
    for (size_t i = 0; i < 5; i++) {
        struct own_data data = make_data();
        if (i == 1 || i == 2) {
            ((float *)data.splits[i - 1].inputs.numbers)[5] += 1;
        } else if (i == 3) {
            ((uint8_t *)data.splits[SPLIT_TEST].labels.numbers)[1] = 0;
        } else if (i == 4) {
            for (int s = 0; s < SPLIT_COUNT; s++) {
                struct own_array *inputs = &data.splits[s].inputs;
                *inputs = (struct own_array){.type = OWN_FLOATS,
                                             .rank = 3,
                                             .sizes = {inputs->sizes[0], 3, 1},
                                             .numbers = inputs->numbers};
            }
        }
        struct dataset *dataset = create(&data, 0.2);
        hashes[i] = dataset_hash(dataset);
        dataset_close(dataset);
        for (size_t j = 0; j < i; j++) {
            assert_true(hashes[i] != hashes[j]);
        }
    }
}

// Without a test set a share of the samples becomes one: every sample is in exactly one split, with
// its own label, and always in the same.
static void own_data__without_a_test_set__is_divided_once_for_all(void **state) {
    (void)state;
    const double shares[] = {0.2, 0.5, 0.001, 0.999};
    const size_t test_counts[] = {1, 3, 1, 5}; // at least one on each side
    for (size_t i = 0; i < 4; i++) {
        struct own_data data = {.splits = {make_split(TRAIN, 0)}};
        struct own_data again = {.splits = {make_split(TRAIN, 0)}};
        struct dataset *dataset = create(&data, shares[i]);
        struct dataset *other = create(&again, shares[i]);
        assert_true(dataset_hash(dataset) == dataset_hash(other));
        assert_int_equal(dataset_describe(dataset)->test_count, test_counts[i]);
        assert_int_equal(dataset_describe(dataset)->train_count, TRAIN - test_counts[i]);
        int seen[TRAIN] = {0};
        for (int32_t n = 0; n < TRAIN; n++) {
            int32_t tests = (int32_t)test_counts[i];
            uint8_t label = 0;
            double input = n < tests ? first_input(dataset, SPLIT_TEST, n, &label)
                                     : first_input(dataset, SPLIT_TRAIN, n - tests, &label);
            size_t sample = (size_t)lround(input / 10);
            assert_int_equal(seen[sample]++, 0);
            assert_int_equal(label, sample % 3);
        }
        dataset_close(dataset);
        dataset_close(other);
    }
}

static void expect_refusal(struct own_data *data, const char *what) {
    struct dataset *dataset = NULL;
    struct error error = {0};
    assert_int_equal(own_data_create(data, "mine", 0.2, &dataset, &error), STATUS_BAD_DATA);
    assert_null(dataset);
    assert_null(data->splits[0].inputs.numbers); // taken over
    if (strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' in: %s", what, error.message);
    }
}

// A message that names another sample than the file does, or neither of two arrays, helps nobody to
// find it: samples are named as they stand in the file, also where they are divided.
static void own_data__not_finite__is_named_as_in_the_file(void **state) {
    (void)state;
    for (size_t sample = 0; sample < TRAIN; sample++) {
        char what[128];
        struct own_data data = {.splits = {make_split(TRAIN, 0)}};
        ((float *)data.splits[SPLIT_TRAIN].inputs.numbers)[sample * FEATURES + 1] = NAN;
        snprintf(what, sizeof what,
                 "mine: some inputs: sample %zu has an input that is no finite number: nan at 1",
                 sample);
        expect_refusal(&data, what);
    }
    struct own_data data = make_data();
    data.splits[SPLIT_TEST].inputs.name = "/test/inputs";
    ((float *)data.splits[SPLIT_TEST].inputs.numbers)[3 * FEATURES + 2] = INFINITY;
    expect_refusal(&data, "mine: /test/inputs: sample 3 has an input that is no finite number: "
                          "inf at 2");
}

// One NaN would spread to every parameter; the run would be said to diverge, and the file is to
// blame.
static void own_data__not_finite__is_refused(void **state) {
    (void)state;
    const float wrong[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        for (int s = 0; s < SPLIT_COUNT; s++) {
            struct own_data data = make_data();
            ((float *)data.splits[s].inputs.numbers)[7] = wrong[i];
            expect_refusal(&data,
                           "mine: some inputs: sample 2 has an input that is no finite number");
        }
    }
}

// Shapes that do not fit together would be read past their ends.
static void own_data__shapes_that_do_not_fit__are_refused(void **state) {
    (void)state;
    static const char shape[] = "inputs must have the shape";
    struct own_data data = make_data();
    data.splits[SPLIT_TRAIN].labels.sizes[0] = TRAIN - 1;
    expect_refusal(&data, "6 training inputs, but 5 labels");
    data = make_data();
    data.splits[SPLIT_TEST].inputs.rank = 1;
    expect_refusal(&data, shape);
    data = make_data();
    data.splits[SPLIT_TRAIN].inputs.rank = 5;
    expect_refusal(&data, shape);
    data = make_data();
    data.splits[SPLIT_TRAIN].labels.rank = 2;
    expect_refusal(&data, "labels must be N whole numbers");
    data = make_data();
    data.splits[SPLIT_TEST].labels.type = OWN_FLOATS;
    expect_refusal(&data, "labels must be N whole numbers");
    data = make_data();
    data.splits[SPLIT_TEST].inputs.sizes[0] = 6;
    data.splits[SPLIT_TEST].inputs.sizes[1] = 2;
    data.splits[SPLIT_TEST].labels.sizes[0] = 6;
    expect_refusal(&data, "differ in their shape or type");
    data = make_data();
    data.splits[SPLIT_TRAIN].inputs.type = OWN_BYTES;
    expect_refusal(&data, "differ in their shape or type");
    data = make_data();
    data.splits[SPLIT_TRAIN].inputs.sizes[1] = 0;
    expect_refusal(&data, "1 to 16777216 numbers a sample");
    data = make_data();
    data.splits[SPLIT_TRAIN].inputs.sizes[1] = SIZE_MAX;
    expect_refusal(&data, "1 to 16777216 numbers a sample");
    data = make_data();
    data.splits[SPLIT_TRAIN].inputs.sizes[0] = 0;
    expect_refusal(&data, "samples must be 1 to");
    data = (struct own_data){.splits = {make_split(1, 0)}};
    expect_refusal(&data, "one sample cannot be divided");
    data = make_data();
    memset(data.splits[SPLIT_TRAIN].labels.numbers, 0, TRAIN);
    memset(data.splits[SPLIT_TEST].labels.numbers, 0, TEST);
    expect_refusal(&data, "all labels are 0");
}

// ---- IDX ----

static void write_idx(void *const *state, const char *name, uint8_t type, uint32_t rank,
                      const uint32_t *dimensions, const uint8_t *content, size_t size) {
    uint8_t bytes[IDX_TEXT_MAX];
    char path[SCRATCH_PATH_SIZE];
    size_t all = idx_bytes_make(type, rank, dimensions, content, size, bytes);
    scratch_path(state, name, path);
    if (strstr(name, ".gz") != NULL) {
        data_file_make_gzipped(path, bytes, all);
    } else {
        data_file_make(path, bytes, all);
    }
}

// Named as MNIST's or plainly, gzipped or not, with a test set or without.
static void own_data_read_idx__both_ways_to_name_files__are_read(void **state) {
    const uint8_t pixels[] = {0, 50, 100, 150, 200, 250, 10, 20};
    const uint8_t labels[] = {1, 0, 2, 1};
    const uint32_t images[] = {2, 2, 2};
    const uint32_t lists[] = {4, 2};
    struct own_data data;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    write_idx(state, "train-inputs.idx", 8, 2, lists, pixels, 8);
    write_idx(state, "train-labels.idx.gz", 8, 1, lists, labels, 4);
    assert_int_equal(own_data_read_idx(*state, &data, &error), STATUS_OK);
    assert_false(data.has_test);
    struct dataset *dataset = create(&data, 0.25);
    assert_int_equal(dataset_describe(dataset)->train_count, 3);
    assert_int_equal(dataset_describe(dataset)->width, 2);
    assert_int_equal(dataset_describe(dataset)->height, 1);
    dataset_close(dataset);
    write_idx(state, "train-images-idx3-ubyte.gz", 8, 3, images, pixels, 8);
    write_idx(state, "train-labels-idx1-ubyte", 8, 1, images, labels, 2);
    write_idx(state, "t10k-images-idx3-ubyte", 8, 3, images, pixels, 8);
    write_idx(state, "test-labels.idx", 8, 1, images, labels, 2);
    assert_int_equal(own_data_read_idx(*state, &data, &error), STATUS_OK);
    assert_true(data.has_test);
    dataset = create(&data, 0.25);
    assert_int_equal(dataset_describe(dataset)->test_count, 2);
    assert_int_equal(dataset_describe(dataset)->height, 2);
    uint8_t label = 0;
    // The mean of the eight bytes is 97.5, their deviation 87.9986 (the root of 7743.75).
    expect_within(first_input(dataset, SPLIT_TEST, 1, &label), (200 - 97.5) / sqrt(7743.75), 1e-6);
    assert_int_equal(label, 0);
    dataset_close(dataset);
    unlink(scratch_path(state, "train-labels-idx1-ubyte", path));
    unlink(scratch_path(state, "train-labels.idx.gz", path));
    assert_int_equal(own_data_read_idx(*state, &data, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, ": there is neither train-labels-idx1-ubyte nor "
                                          "train-labels.idx (nor either with .gz)"));
}

// Half a test set that is passed over would be replaced by a share of the training samples without
// a word.
static void own_data_read_idx__half_a_test_set__is_refused(void **state) {
    static const struct {
        const char *file;
        const char *what;
    } cases[] = {
        {"test-labels.idx", ": half a test set: there is test-labels.idx, but neither "
                            "t10k-images-idx3-ubyte nor test-inputs.idx (nor either with .gz)"},
        {"t10k-labels-idx1-ubyte.gz", "but neither t10k-images-idx3-ubyte nor test-inputs.idx"},
        {"test-inputs.idx", "but neither t10k-labels-idx1-ubyte nor test-labels.idx"},
    };
    const uint8_t content[] = {1, 0, 2, 1};
    const uint32_t sizes[] = {4, 1};
    write_idx(state, "train-inputs.idx", 8, 2, sizes, content, 4);
    write_idx(state, "train-labels.idx", 8, 1, sizes, content, 4);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[SCRATCH_PATH_SIZE];
        struct own_data data;
        struct error error = {0};
        write_idx(state, cases[i].file, 8, 1, sizes, content, 4);
        assert_int_equal(own_data_read_idx(*state, &data, &error), STATUS_BAD_DATA);
        if (strstr(error.message, cases[i].what) == NULL) {
            fail_msg("expected '%s' in: %s", cases[i].what, error.message);
        }
        unlink(scratch_path(state, cases[i].file, path));
    }
}

// An empty folder must say what it could hold; a float that is not finite, in which file it is.
static void own_data_read_idx__messages__name_the_files(void **state) {
    const uint8_t floats[] = {0, 0, 0, 0, 0x7f, 0xc0, 0, 0}; // 0 and NaN
    const uint8_t labels[] = {0, 1};
    const uint32_t sizes[] = {2, 1};
    struct own_data data;
    struct error error = {0};
    assert_int_equal(own_data_read_idx(*state, &data, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, ": there is neither train-images-idx3-ubyte nor "
                                          "train-inputs.idx (nor either with .gz)"));
    write_idx(state, "train-inputs.idx", 0x0d, 2, sizes, floats, 8);
    write_idx(state, "train-labels.idx", 8, 1, sizes, labels, 2);
    assert_int_equal(own_data_read_idx(*state, &data, &error), STATUS_OK);
    expect_refusal(&data, "mine: train-inputs.idx: sample 1 has an input that is no finite");
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_data__floats__are_as_they_are),
        cmocka_unit_test(own_data__any_change__is_another_hash),
        cmocka_unit_test(own_data__without_a_test_set__is_divided_once_for_all),
        cmocka_unit_test(own_data__not_finite__is_refused),
        cmocka_unit_test(own_data__not_finite__is_named_as_in_the_file),
        cmocka_unit_test(own_data__shapes_that_do_not_fit__are_refused),
        IN_SCRATCH(own_data_read_idx__both_ways_to_name_files__are_read),
        IN_SCRATCH(own_data_read_idx__half_a_test_set__is_refused),
        IN_SCRATCH(own_data_read_idx__messages__name_the_files),
    };
    return cmocka_run_group_tests_name("own_data", tests, NULL, NULL);
}
