// SPDX-License-Identifier: GPL-3.0-or-later
// dataset: MNIST as it is, and files that are not what they must be (on small made-up ones).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/data/dataset_files.h"
#include "models/data/idx_file.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "tests/support/expect.h"
#include "tests/support/scratch.h"

// ---- made-up files: 5 training and 3 test images of 2 x 2, three classes ----

enum { FILE_SIZE_MAX = 16 + 20 };

struct made_up {
    struct dataset_recipe recipe;
    uint8_t files[4][FILE_SIZE_MAX]; // train images, train labels, test images, test labels
    size_t sizes[4];
};

static struct idx_file *file_of(struct made_up *m, int i) {
    struct dataset_files *split = &m->recipe.splits[i / 2];
    return i % 2 == 0 ? &split->images : &split->labels;
}

static void make_up_file(struct made_up *m, int i, const char *name, uint32_t items) {
    struct idx_file *file = file_of(m, i);
    *file = (struct idx_file){.name = name,
                              .dimension_count = i % 2 == 0 ? 3 : 1,
                              .dimensions = {items, i % 2 == 0 ? 2 : 0, i % 2 == 0 ? 2 : 0}};
    size_t header = idx_file_header_size(file);
    m->sizes[i] = header + idx_file_content_size(file);
    m->files[i][2] = 8;
    m->files[i][3] = (uint8_t)file->dimension_count;
    for (size_t d = 0; d < file->dimension_count; d++) {
        m->files[i][4 * (d + 1) + 3] = (uint8_t)file->dimensions[d];
    }
    for (size_t b = header; b < m->sizes[i]; b++) {
        m->files[i][b] = (uint8_t)(i % 2 == 0 ? (b * 37 + (size_t)i) % 256 : b % 3);
    }
    file->fingerprint = fingerprint_bytes(m->files[i], m->sizes[i]);
}

static void make_up(struct made_up *m) {
    memset(m, 0, sizeof *m);
    m->recipe.entry = (struct dataset_entry){.name = "made_up",
                                             .summary = "for tests",
                                             .train_count = 5,
                                             .test_count = 3,
                                             .channels = 1,
                                             .height = 2,
                                             .width = 2,
                                             .input_count = 4,
                                             .class_count = 3};
    make_up_file(m, 0, "train-images", 5);
    make_up_file(m, 1, "train-labels", 5);
    make_up_file(m, 2, "test-images", 3);
    make_up_file(m, 3, "test-labels", 3);
}

static void write_files(void *const *state, const struct made_up *m) {
    char path[SCRATCH_PATH_SIZE];
    mkdir(scratch_path(state, "made_up", path), 0777);
    for (int i = 0; i < 4; i++) {
        char name[64];
        struct made_up copy = *m;
        snprintf(name, sizeof name, "made_up/%s", file_of(&copy, i)->name);
        FILE *stream = fopen(scratch_path(state, name, path), "wb");
        assert_non_null(stream);
        assert_int_equal(fwrite(m->files[i], 1, m->sizes[i], stream), m->sizes[i]);
        assert_int_equal(fclose(stream), 0);
    }
}

// Opening must fail with this status and a message that has both parts, and give nothing out.
static void expect_refusal(void *const *state, const struct made_up *m, enum status expected,
                           const char *where, const char *what) {
    struct error error = {0};
    struct dataset *dataset = NULL;
    enum status status = dataset_open_recipe(&m->recipe, *state, &dataset, &error);
    assert_int_equal(status, expected);
    assert_null(dataset);
    if (strstr(error.message, where) == NULL || strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' and '%s' in: %s", where, what, error.message);
    }
}

// Files that are as the table says must open, and give out their own bytes, normalised with mean
// and deviation of the training images alone.
static void dataset_open__files_as_in_the_table__normalises_by_the_training_set(void **state) {
    struct made_up m;
    make_up(&m);
    write_files(state, &m);
    struct dataset *dataset = NULL;
    struct error error;
    assert_int_equal(dataset_open_recipe(&m.recipe, *state, &dataset, &error), STATUS_OK);
    double sum = 0;
    double squares = 0;
    for (size_t i = 16; i < 36; i++) {
        double value = m.files[0][i] / 255.0;
        sum += value;
        squares += value * value;
    }
    double mean = sum / 20;
    double std = sqrt(squares / 20 - mean * mean);
    const int32_t indices[] = {2, 0, 2};
    real inputs[12];
    uint8_t labels[3];
    dataset_gather(dataset, SPLIT_TEST, indices, 3, 3, inputs, labels);
    for (size_t p = 0; p < 4; p++) {
        for (size_t n = 0; n < 3; n++) {
            double value = m.files[2][16 + 4 * (size_t)indices[n] + p] / 255.0;
            expect_within((double)inputs[p * 3 + n], (value - mean) / std, 1e-6);
            assert_int_equal(labels[n], m.files[3][8 + indices[n]]);
        }
    }
    assert_string_equal(dataset_describe(dataset)->name, "made_up");
    dataset_close(dataset);
}

// The hash in a log names the data: it must change with any file.
static void dataset_hash__any_file_changed__is_another(void **state) {
    struct made_up m;
    uint64_t hashes[5];
    struct error error;
    for (int i = 0; i < 5; i++) {
        make_up(&m);
        if (i < 4) {
            m.files[i][m.sizes[i] - 1] ^= 1;
            file_of(&m, i)->fingerprint = fingerprint_bytes(m.files[i], m.sizes[i]);
        }
        write_files(state, &m);
        struct dataset *dataset = NULL;
        assert_int_equal(dataset_open_recipe(&m.recipe, *state, &dataset, &error), STATUS_OK);
        hashes[i] = dataset_hash(dataset);
        dataset_close(dataset);
        for (int j = 0; j < i; j++) {
            assert_true(hashes[j] != hashes[i]);
        }
    }
}

// Who has not fetched the data must read how to.
static void dataset_open__a_file_is_missing__says_how_to_get_it(void **state) {
    for (int i = 0; i < 4; i++) {
        struct made_up m;
        char path[SCRATCH_PATH_SIZE];
        char name[64];
        make_up(&m);
        write_files(state, &m);
        snprintf(name, sizeof name, "made_up/%s", file_of(&m, i)->name);
        assert_int_equal(unlink(scratch_path(state, name, path)), 0);
        expect_refusal(state, &m, STATUS_NO_INPUT, name,
                       "no such file; run 'make data' or name a folder with --data");
    }
}

// A folder in the place of a file is no input either.
static void dataset_open__a_file_is_a_folder__is_refused(void **state) {
    struct made_up m;
    char path[SCRATCH_PATH_SIZE];
    make_up(&m);
    write_files(state, &m);
    unlink(scratch_path(state, "made_up/test-labels", path));
    assert_int_equal(mkdir(path, 0777), 0);
    expect_refusal(state, &m, STATUS_NO_INPUT, "made_up/test-labels", "not a regular file");
}

// An interrupted download is the usual damage.
static void dataset_open__a_file_is_truncated_or_too_long__says_by_how_much(void **state) {
    struct made_up m;
    make_up(&m);
    m.sizes[0]--;
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up/train-images",
                   "expected 36 bytes, found 35 (truncated)");
    make_up(&m);
    m.sizes[3] = 12;
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up/test-labels",
                   "expected 11 bytes, found 12;");
    make_up(&m);
    m.sizes[1] = 0;
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up/train-labels", "found 0 (truncated)");
}

// A file of the right size and another kind must be named for what it is, not for its checksum.
static void dataset_open__another_header__says_what_differs(void **state) {
    struct made_up m;
    make_up(&m);
    m.files[0][3] = 4;
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up/train-images",
                   "expected it to begin with 00000803, found 00000804");
    make_up(&m);
    m.files[2][11] = 4;
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up/test-images",
                   "dimension 2: expected 2, found 4");
}

// One flipped bit changes a run's bits and nothing else: only the checksum can tell.
static void dataset_open__a_bit_is_flipped__names_both_checksums(void **state) {
    for (int i = 0; i < 4; i++) {
        struct made_up m;
        char texts[2][FINGERPRINT_TEXT_SIZE];
        char expected[64];
        make_up(&m);
        fingerprint_format(file_of(&m, i)->fingerprint, texts[0]);
        m.files[i][m.sizes[i] - 1] ^= 1;
        fingerprint_format(fingerprint_bytes(m.files[i], m.sizes[i]), texts[1]);
        snprintf(expected, sizeof expected, "expected XXH3 %s, found %s", texts[0], texts[1]);
        write_files(state, &m);
        expect_refusal(state, &m, STATUS_BAD_DATA, file_of(&m, i)->name, expected);
    }
}

// A label outside of the classes would be read past the end of the outputs.
static void dataset_open__a_label_out_of_range__is_refused(void **state) {
    struct made_up m;
    make_up(&m);
    m.files[3][9] = 3;
    file_of(&m, 3)->fingerprint = fingerprint_bytes(m.files[3], m.sizes[3]);
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up", "label 1: expected 0..2, found 3");
}

// A catalogue that misspells what it offers, or offers what it cannot find.
static void dataset_catalogue__mnist__is_found_by_its_name_alone(void **state) {
    (void)state;
    const struct dataset_entry *entry = dataset_catalogue_find("mnist");
    assert_non_null(entry);
    assert_ptr_equal(entry, dataset_catalogue_entry(0));
    assert_int_equal(entry->train_count, 60000);
    assert_int_equal(entry->test_count, 10000);
    assert_int_equal(entry->input_count, 784);
    assert_int_equal(entry->class_count, 10);
    assert_null(dataset_catalogue_find("mnis"));
    struct dataset *dataset = NULL;
    struct error error;
    assert_int_equal(dataset_open("mnis", "data", &dataset, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "mnis"));
    dataset_close(dataset);
}

// ---- the real MNIST, as `make data` leaves it ----

static struct dataset *open_mnist(void) {
    struct dataset *dataset = NULL;
    struct error error;
    if (dataset_open("mnist", "data", &dataset, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return dataset;
}

// The first labels of the set are known to everyone who has ever plotted it; each digit has its
// share (LeCun's set: 6,742 ones and 5,421 fives are the extremes).
static void mnist__labels__are_the_real_ones(void **state) {
    (void)state;
    struct dataset *dataset = open_mnist();
    const uint8_t train_begin[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
    const uint8_t test_begin[] = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
    uint32_t counts[10] = {0};
    real *inputs = memory_allocate(784 * 1000, sizeof(real));
    uint8_t labels[1000];
    int32_t indices[1000];
    for (int32_t first = 0; first < 60000; first += 1000) {
        for (int32_t i = 0; i < 1000; i++) {
            indices[i] = first + i;
        }
        dataset_gather(dataset, SPLIT_TRAIN, indices, 1000, 1000, inputs, labels);
        if (first == 0) {
            assert_memory_equal(labels, train_begin, sizeof train_begin);
        }
        for (int i = 0; i < 1000; i++) {
            counts[labels[i]]++;
        }
    }
    assert_int_equal(counts[1], 6742);
    assert_int_equal(counts[5], 5421);
    dataset_gather(dataset, SPLIT_TEST, indices + 0, 0, 0, inputs, labels);
    for (int32_t i = 0; i < 10; i++) {
        indices[i] = i;
    }
    dataset_gather(dataset, SPLIT_TEST, indices, 10, 10, inputs, labels);
    assert_memory_equal(labels, test_begin, sizeof test_begin);
    memory_free(inputs);
    dataset_close(dataset);
}

// The usual constants of MNIST are mean 0.1307 and deviation 0.3081: black is (0 - mean) / std and
// white is (1 - mean) / std, and the normalised training set has mean 0 and variance 1.
static void mnist__inputs__are_normalised_with_0_1307_and_0_3081(void **state) {
    (void)state;
    struct dataset *dataset = open_mnist();
    real *inputs = memory_allocate(784 * 1000, sizeof(real));
    uint8_t labels[1000];
    int32_t indices[1000];
    double sum = 0;
    double squares = 0;
    double black = 0;
    double white = 0;
    for (int32_t first = 0; first < 60000; first += 1000) {
        for (int32_t i = 0; i < 1000; i++) {
            indices[i] = first + i;
        }
        dataset_gather(dataset, SPLIT_TRAIN, indices, 1000, 1000, inputs, labels);
        for (size_t i = 0; i < 784000; i++) {
            double value = (double)inputs[i];
            sum += value;
            squares += value * value;
            black = fmin(black, value);
            white = fmax(white, value);
        }
    }
    double std = 1 / (white - black);
    expect_within(std, 0.3081, 0.00005);
    expect_within(-black * std, 0.1307, 0.00005);
    expect_within(sum / 47040000, 0, 1e-6);
    expect_within(squares / 47040000, 1, 1e-6);
    memory_free(inputs);
    dataset_close(dataset);
}

// The layout has the batch innermost: pixel by pixel, and a sample's numbers do not depend on the
// batch that it is gathered in (whole blocks of samples and the rest).
static void dataset_gather__any_batch__has_the_batch_innermost(void **state) {
    (void)state;
    struct dataset *dataset = open_mnist();
    const size_t batches[] = {1, 7, 16, 32, 33};
    real single[784];
    real *inputs = memory_allocate(784 * 33, sizeof(real));
    for (size_t b = 0; b < 5; b++) {
        int32_t indices[33];
        uint8_t labels[33];
        for (size_t i = 0; i < batches[b]; i++) {
            indices[i] = (int32_t)((i * 7919 + 59999) % 60000);
        }
        dataset_gather(dataset, SPLIT_TRAIN, indices, batches[b], batches[b], inputs, labels);
        for (size_t n = 0; n < batches[b]; n++) {
            uint8_t label;
            dataset_gather(dataset, SPLIT_TRAIN, &indices[n], 1, 1, single, &label);
            assert_int_equal(labels[n], label);
            for (size_t p = 0; p < 784; p++) {
                assert_memory_equal(&inputs[p * batches[b] + n], &single[p], sizeof(real));
            }
        }
    }
    memory_free(inputs);
    dataset_close(dataset);
}

// Pieces of clothing, 6,000 and 1,000 of each kind; the first are an ankle boot and two T-shirts,
// in the test set an ankle boot and a pullover. The usual constants are mean .2860 and deviation
// .3530. The package has the files gzipped.
static void fashion_mnist__facts__are_the_real_ones(void **state) {
    (void)state;
    static const uint8_t train_begin[] = {9, 0, 0, 3, 0, 2, 7, 2, 5, 5};
    static const uint8_t test_begin[] = {9, 2, 1, 1, 6, 1, 4, 6, 5, 7};
    struct dataset *dataset = NULL;
    struct error error;
    if (dataset_open("fashion_mnist", "data", &dataset, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_memory_equal(dataset_labels(dataset, SPLIT_TRAIN), train_begin, sizeof train_begin);
    assert_memory_equal(dataset_labels(dataset, SPLIT_TEST), test_begin, sizeof test_begin);
    uint32_t counts[10] = {0};
    double black = 0;
    double white = 0;
    for (int32_t i = 0; i < 60000; i++) {
        counts[dataset_labels(dataset, SPLIT_TRAIN)[i]]++;
        real inputs[784];
        uint8_t label = 0;
        for (size_t p = 0; p < 784 && i < 100; p++) {
            if (p == 0) {
                dataset_gather(dataset, SPLIT_TRAIN, &i, 1, 1, inputs, &label);
            }
            black = fmin(black, (double)inputs[p]);
            white = fmax(white, (double)inputs[p]);
        }
    }
    for (size_t c = 0; c < 10; c++) {
        assert_int_equal(counts[c], 6000);
    }
    expect_within(1 / (white - black), 0.3530, 0.00005);
    expect_within(-black / (white - black), 0.2860, 0.00005);
    dataset_close(dataset);
}

// A name that stands for no files must not be looked for among them.
static void dataset_open__random_or_file__is_no_set_of_files(void **state) {
    (void)state;
    struct dataset *dataset = NULL;
    struct error error;
    assert_int_equal(dataset_open("random", "data", &dataset, &error), STATUS_BAD_DATA);
    assert_int_equal(dataset_open("file", "data", &dataset, &error), STATUS_BAD_DATA);
    assert_int_equal(dataset_catalogue_format("random"), DATASET_RANDOM);
    assert_int_equal(dataset_catalogue_format("file"), DATASET_OWN);
    assert_int_equal(dataset_catalogue_format("cifar10"), DATASET_CIFAR);
    for (size_t i = 0; i < dataset_catalogue_count(); i++) {
        const struct dataset_entry *entry = dataset_catalogue_entry(i);
        assert_int_equal(entry->channels * entry->height * entry->width, entry->input_count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            dataset_open__files_as_in_the_table__normalises_by_the_training_set, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(dataset_hash__any_file_changed__is_another, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(dataset_open__a_file_is_missing__says_how_to_get_it,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(dataset_open__a_file_is_a_folder__is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            dataset_open__a_file_is_truncated_or_too_long__says_by_how_much, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(dataset_open__another_header__says_what_differs,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(dataset_open__a_bit_is_flipped__names_both_checksums,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(dataset_open__a_label_out_of_range__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(dataset_catalogue__mnist__is_found_by_its_name_alone),
        cmocka_unit_test(mnist__labels__are_the_real_ones),
        cmocka_unit_test(mnist__inputs__are_normalised_with_0_1307_and_0_3081),
        cmocka_unit_test(dataset_gather__any_batch__has_the_batch_innermost),
        cmocka_unit_test(fashion_mnist__facts__are_the_real_ones),
        cmocka_unit_test(dataset_open__random_or_file__is_no_set_of_files),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}
