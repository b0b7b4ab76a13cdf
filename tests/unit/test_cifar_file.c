// SPDX-License-Identifier: GPL-3.0-or-later
// cifar_file: CIFAR-10's binary format, on small made-up files and on the set itself.
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

#include "models/data/cifar_file.h"
#include "models/data/dataset_files.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "tests/support/data_files.h"
#include "tests/support/expect.h"
#include "tests/support/scratch.h"

// ---- made-up files: images of three channels of 2 x 2, three files of 2, 1 and 2 records ----

enum { PIXELS = 12, RECORD = 1 + PIXELS, FILES = 3, RECORDS = 5 };

struct made_up {
    struct dataset_recipe recipe;
    uint8_t bytes[RECORDS][RECORD]; // those of the two training files, then of the test file
};

static const size_t file_begins[FILES + 1] = {0, 2, 3, 5};
static const char *const file_names[FILES] = {"batch_1.bin", "batch_2.bin", "test.bin"};

static struct cifar_file *file_of(struct made_up *m, size_t i) {
    return i < 2 ? &m->recipe.splits[SPLIT_TRAIN].records[i]
                 : &m->recipe.splits[SPLIT_TEST].records[0];
}

static size_t size_of(size_t i) {
    return (file_begins[i + 1] - file_begins[i]) * RECORD;
}

static void make_up(struct made_up *m) {
    memset(m, 0, sizeof *m);
    m->recipe.entry = (struct dataset_entry){.name = "made_up",
                                             .channels = 3,
                                             .height = 2,
                                             .width = 2,
                                             .input_count = PIXELS,
                                             .class_count = 3};
    m->recipe.format = DATASET_CIFAR;
    for (size_t i = 0; i < RECORDS; i++) {
        m->bytes[i][0] = (uint8_t)(i % 3);
        for (size_t p = 0; p < PIXELS; p++) {
            m->bytes[i][1 + p] = (uint8_t)(60 * (p / 4) + 17 * i + 5 * p);
        }
    }
    for (size_t i = 0; i < FILES; i++) {
        *file_of(m, i) = (struct cifar_file){
            .name = file_names[i],
            .fingerprint = fingerprint_bytes(m->bytes[file_begins[i]], size_of(i)),
            .records = file_begins[i + 1] - file_begins[i]};
    }
}

static void write_files(void *const *state, const struct made_up *m) {
    for (size_t i = 0; i < FILES; i++) {
        char name[64];
        char path[SCRATCH_PATH_SIZE];
        snprintf(name, sizeof name, "made_up/%s", file_names[i]);
        data_file_make(scratch_path(state, name, path), m->bytes[file_begins[i]], size_of(i));
    }
}

static int set_up(void **state) {
    struct made_up m;
    char path[SCRATCH_PATH_SIZE];

    int failed = scratch_setup(state);

    make_up(&m);
    if (failed != 0 || mkdir(scratch_path(state, "made_up", path), 0777) != 0) {
        return -1;
    }
    write_files(state, &m);
    return 0;
}

static void expect_refusal(void *const *state, struct made_up *m, enum status status,
                           const char *where, const char *what) {
    struct dataset *dataset = NULL;
    struct error error = {0};
    assert_int_equal(dataset_open_recipe(&m->recipe, *state, &dataset, &error), status);
    assert_null(dataset);
    if (strstr(error.message, where) == NULL || strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' and '%s' in: %s", where, what, error.message);
    }
}

// Labels stand before their pixels and files behind each other; every channel is normalised by its
// own mean and deviation in the training files alone.
static void cifar_files__as_in_the_table__are_normalised_by_channel(void **state) {
    struct made_up m;
    make_up(&m);
    struct dataset *dataset = NULL;
    struct error error;
    assert_int_equal(dataset_open_recipe(&m.recipe, *state, &dataset, &error), STATUS_OK);
    assert_int_equal(dataset_describe(dataset)->train_count, 3);
    assert_int_equal(dataset_describe(dataset)->test_count, 2);
    assert_memory_equal(dataset_labels(dataset, SPLIT_TRAIN), "\0\1\2", 3);
    const int32_t indices[] = {1, 0};
    real inputs[PIXELS * 2];
    uint8_t labels[2];
    dataset_gather(dataset, SPLIT_TEST, indices, 2, 2, inputs, labels);
    assert_memory_equal(labels, "\1\0", 2);
    for (size_t c = 0; c < 3; c++) {
        double sum = 0;
        double squares = 0;
        for (size_t i = 0; i < 12; i++) {
            double byte = m.bytes[i / 4][1 + 4 * c + i % 4];
            sum += byte;
            squares += byte * byte;
        }
        double mean = sum / 12;
        double std = sqrt(squares / 12 - mean * mean);
        for (size_t p = 4 * c; p < 4 * c + 4; p++) {
            expect_within((double)inputs[2 * p], (m.bytes[4][1 + p] - mean) / std, 1e-6);
            expect_within((double)inputs[2 * p + 1], (m.bytes[3][1 + p] - mean) / std, 1e-6);
        }
    }
    dataset_close(dataset);
}

// Missing, cut or damaged files are named, whichever they are.
static void cifar_files__wrong_files__are_refused_by_name(void **state) {
    for (size_t i = 0; i < FILES; i++) {
        struct made_up m;
        char name[64];
        char path[SCRATCH_PATH_SIZE];
        make_up(&m);
        snprintf(name, sizeof name, "made_up/%s", file_names[i]);
        scratch_path(state, name, path);
        unlink(path);
        expect_refusal(state, &m, STATUS_NO_INPUT, file_names[i], "run 'make data'");
        data_file_make(path, m.bytes[file_begins[i]], size_of(i) - 1);
        expect_refusal(state, &m, STATUS_BAD_DATA, file_names[i], "(truncated)");
        m.bytes[file_begins[i]][5] ^= 1;
        data_file_make(path, m.bytes[file_begins[i]], size_of(i));
        expect_refusal(state, &m, STATUS_BAD_DATA, file_names[i], "wrong checksum");
        make_up(&m);
        write_files(state, &m);
    }
}

// A gzipped file serves as well, and a label that is no class does not.
static void cifar_files__gzipped_or_mislabelled__are_taken_or_refused(void **state) {
    struct made_up m;
    char path[SCRATCH_PATH_SIZE];
    make_up(&m);
    unlink(scratch_path(state, "made_up/test.bin", path));
    data_file_make_gzipped(scratch_path(state, "made_up/test.bin.gz", path), m.bytes[3],
                           size_of(2));
    struct dataset *dataset = NULL;
    struct error error;
    assert_int_equal(dataset_open_recipe(&m.recipe, *state, &dataset, &error), STATUS_OK);
    dataset_close(dataset);
    m.bytes[4][0] = 3;
    file_of(&m, 2)->fingerprint = fingerprint_bytes(m.bytes[3], size_of(2));
    write_files(state, &m);
    expect_refusal(state, &m, STATUS_BAD_DATA, "made_up", "label 1: expected 0..2, found 3");
}

// ---- CIFAR-10 itself, as `make data` leaves it ----

// The means and deviations that every tutorial prints (.4914 .4822 .4465, .2470 .2435 .2616): black
// is (0 - mean) / std and white is (1 - mean) / std, channel by channel.
static void expect_constants(const struct dataset *dataset) {
    static const double means[] = {0.4914, 0.4822, 0.4465};
    static const double stds[] = {0.2470, 0.2435, 0.2616};
    double black[3] = {0};
    double white[3] = {0};
    real inputs[3072];
    for (int32_t i = 0; i < 200; i++) {
        uint8_t label = 0;
        dataset_gather(dataset, SPLIT_TRAIN, &i, 1, 1, inputs, &label);
        for (size_t p = 0; p < 3072; p++) {
            black[p / 1024] = fmin(black[p / 1024], (double)inputs[p]);
            white[p / 1024] = fmax(white[p / 1024], (double)inputs[p]);
        }
    }
    for (size_t c = 0; c < 3; c++) {
        double std = 1 / (white[c] - black[c]);
        expect_within(std, stds[c], 0.00005);
        expect_within(-black[c] * std, means[c], 0.00005);
    }
}

// 5,000 and 1,000 images a class; the first is a frog, then two trucks, a deer, two cars ...
static void cifar10__facts__are_the_real_ones(void **state) {
    (void)state;
    static const uint8_t train_begin[] = {6, 9, 9, 4, 1, 1, 2, 7, 8, 3};
    static const uint8_t test_begin[] = {3, 8, 8, 0, 6, 6, 1, 6, 3, 1};
    struct dataset *dataset = NULL;
    struct error error;
    if (dataset_open("cifar10", "data", &dataset, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    const struct dataset_entry *entry = dataset_describe(dataset);
    const uint8_t *train = dataset_labels(dataset, SPLIT_TRAIN);
    const uint8_t *test = dataset_labels(dataset, SPLIT_TEST);
    assert_int_equal(entry->channels, 3);
    assert_int_equal(entry->height, 32);
    assert_int_equal(entry->width, 32);
    assert_memory_equal(train, train_begin, sizeof train_begin);
    assert_memory_equal(test, test_begin, sizeof test_begin);
    int counts[2][10] = {{0}};
    for (size_t i = 0; i < entry->train_count; i++) {
        counts[0][train[i]]++;
    }
    for (size_t i = 0; i < entry->test_count; i++) {
        counts[1][test[i]]++;
    }
    for (size_t c = 0; c < 10; c++) {
        assert_int_equal(counts[0][c], 5000);
        assert_int_equal(counts[1][c], 1000);
    }
    expect_constants(dataset);
    dataset_close(dataset);
}

int main(void) {
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, scratch_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FILES(cifar_files__as_in_the_table__are_normalised_by_channel),
        WITH_FILES(cifar_files__wrong_files__are_refused_by_name),
        WITH_FILES(cifar_files__gzipped_or_mislabelled__are_taken_or_refused),
        cmocka_unit_test(cifar10__facts__are_the_real_ones),
    };
    return cmocka_run_group_tests_name("cifar_file", tests, NULL, NULL);
}
