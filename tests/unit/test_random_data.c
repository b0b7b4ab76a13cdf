// SPDX-License-Identifier: GPL-3.0-or-later
// random_data: what the made-up samples must look like, and that they are the same everywhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "models/data/random_data.h"
#include "sim/base/memory.h"
#include "tests/support/expect.h"

enum { FEATURES = 20, CLASSES = 10, SAMPLES = 10000 };

static const struct random_data_options usual = {
    .features = FEATURES, .classes = CLASSES, .samples = SAMPLES, .seed = 1};

// Both splits, one sample a row.
struct table {
    double inputs[SAMPLES][FEATURES];
    uint8_t labels[SAMPLES];
};

static void fill_table(const struct dataset *dataset, struct table *table) {
    const struct dataset_entry *entry = dataset_describe(dataset);
    size_t row = 0;
    for (int split = 0; split < SPLIT_COUNT; split++) {
        size_t count = split == SPLIT_TRAIN ? entry->train_count : entry->test_count;
        for (size_t i = 0; i < count; i++, row++) {
            int32_t index = (int32_t)i;
            real inputs[FEATURES];
            dataset_gather(dataset, (enum dataset_split)split, &index, 1, 1, inputs,
                           &table->labels[row]);
            for (size_t f = 0; f < FEATURES; f++) {
                table->inputs[row][f] = (double)inputs[f];
            }
        }
    }
    assert_int_equal(row, SAMPLES);
}

static struct table *make_table(void) {
    struct table *table = memory_allocate(1, sizeof *table);
    struct dataset *dataset = random_data_create(&usual);
    fill_table(dataset, table);
    dataset_close(dataset);
    return table;
}

// The split is 80:20, also where that is no whole number, and the shape is what was asked for.
static void random_data__any_size__is_split_80_to_20(void **state) {
    (void)state;
    const int32_t samples[] = {2, 3, 10, 10003};
    const size_t train[] = {1, 2, 8, 8002};
    for (size_t i = 0; i < 4; i++) {
        struct random_data_options options = usual;
        options.samples = samples[i];
        struct dataset *dataset = random_data_create(&options);
        const struct dataset_entry *entry = dataset_describe(dataset);
        assert_string_equal(entry->name, "random");
        assert_int_equal(entry->train_count, train[i]);
        assert_int_equal(entry->test_count, (size_t)samples[i] - train[i]);
        assert_int_equal(random_data_train_count(samples[i]), train[i]);
        assert_int_equal(entry->input_count, FEATURES);
        assert_int_equal(entry->class_count, CLASSES);
        dataset_close(dataset);
    }
}

// Part of the semantics: the same seed gives the same bits for ever and on every machine. (No
// function of libm takes part; made by this program.) Another seed gives other data.
static void random_data__seed_one__is_as_ever(void **state) {
    (void)state;
    struct random_data_options options = usual;
    struct dataset *one = random_data_create(&options);
    struct dataset *again = random_data_create(&options);
    options.seed = 2;
    struct dataset *two = random_data_create(&options);
    assert_true(dataset_hash(one) == dataset_hash(again));
    assert_true(dataset_hash(one) != dataset_hash(two));
    assert_true(dataset_hash(one) == UINT64_C(0x35edd85ecab56c4e));
    dataset_close(one);
    dataset_close(again);
    dataset_close(two);
}

// All clusters have the same number of samples and one label in a hundred is drawn anew: a class
// has 990 + Binomial(10000, .001), 1000 with a standard deviation of at most 4.
static void random_data__classes__are_balanced(void **state) {
    (void)state;
    struct table *table = make_table();
    int counts[CLASSES] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
        counts[table->labels[i]]++;
    }
    bool exact = true;
    for (size_t c = 0; c < CLASSES; c++) {
        expect_within(counts[c], SAMPLES / CLASSES, 25);
        exact = exact && counts[c] == SAMPLES / CLASSES;
    }
    assert_false(exact); // some labels are noise
    memory_free(table);
}

// Variance between the means of the classes over its expectation when the class says nothing; then
// it is an F variable with 9 and 9990 degrees of freedom, beyond 5 with probability 1e-6.
static double class_statistic(const struct table *table, size_t feature) {
    double sums[CLASSES] = {0};
    double counts[CLASSES] = {0};
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        double value = table->inputs[i][feature];
        sums[table->labels[i]] += value;
        counts[table->labels[i]]++;
        sum += value;
        squares += value * value;
    }
    double mean = sum / SAMPLES;
    double between = 0;
    for (size_t c = 0; c < CLASSES; c++) {
        double above = sums[c] / counts[c] - mean;
        between += counts[c] * above * above;
    }
    return between / (CLASSES - 1) / (squares / SAMPLES - mean * mean);
}

// Ten informative features, five combinations of them, five of noise: the noise must say nothing of
// the class, be Gaussian (twelve uniforms: mean 0, variance 1, fourth moment 3 - 6/60), and all the
// others must say something.
static void random_data__features__say_something_or_are_noise(void **state) {
    (void)state;
    struct table *table = make_table();
    size_t noisy = 0;
    for (size_t f = 0; f < FEATURES; f++) {
        if (class_statistic(table, f) > 5) {
            continue;
        }
        double moments[5] = {0};
        for (size_t i = 0; i < SAMPLES; i++) {
            double power = 1;
            for (size_t m = 0; m < 5; m++, power *= table->inputs[i][f]) {
                moments[m] += power / SAMPLES;
            }
        }
        expect_within(moments[1], 0, 5 * 0.01);
        expect_within(moments[2], 1, 5 * 0.014);
        expect_within(moments[4], 2.9, 5 * 0.09);
        noisy++;
    }
    assert_int_equal(noisy, 5);
    memory_free(table);
}

// The number of pivots of the features' Gram matrix that are not lost in rounding.
static size_t rank_of(const struct table *table) {
    double gram[FEATURES][FEATURES] = {{0}};
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t f = 0; f < FEATURES; f++) {
            for (size_t g = 0; g < FEATURES; g++) {
                gram[f][g] += table->inputs[i][f] * table->inputs[i][g];
            }
        }
    }
    size_t rank = 0;
    for (size_t f = 0; f < FEATURES; f++) {
        if (gram[f][f] < 1e-6 * SAMPLES) {
            continue;
        }
        rank++;
        for (size_t g = f + 1; g < FEATURES; g++) {
            double factor = gram[g][f] / gram[f][f];
            for (size_t h = f; h < FEATURES; h++) {
                gram[g][h] -= factor * gram[f][h];
            }
        }
    }
    return rank;
}

// A quarter of the features are linear combinations of the informative ones, so that the data have
// a rank of 15 only.
static void random_data__combinations__are_linear(void **state) {
    (void)state;
    struct table *table = make_table();
    assert_int_equal(rank_of(table), 15);
    memory_free(table);
}

// The mean of all samples of a cluster is its corner: +-1 in each informative feature. With as many
// features as corners need there is nothing else, so each class's mean is a mean of two corners.
static void random_data__clusters__lie_at_corners_of_the_hypercube(void **state) {
    (void)state;
    enum { COUNT = 400000, SIDE = 2 };
    const struct random_data_options options = {
        .features = SIDE, .classes = 2, .samples = COUNT, .seed = 3};
    struct dataset *dataset = random_data_create(&options);
    double sums[2][SIDE] = {{0}};
    double counts[2] = {0};
    for (int32_t i = 0; i < COUNT * 4 / 5; i++) {
        real inputs[SIDE];
        uint8_t label = 0;
        dataset_gather(dataset, SPLIT_TRAIN, &i, 1, 1, inputs, &label);
        sums[label][0] += (double)inputs[0];
        sums[label][1] += (double)inputs[1];
        counts[label]++;
    }
    for (size_t c = 0; c < 2; c++) {
        for (size_t f = 0; f < SIDE; f++) {
            double mean = sums[c][f] / counts[c];
            // Of one class in a hundred labels .5 % are the other's: the mean shrinks by 1 %.
            double corner = round(mean);
            assert_true(fabs(corner) <= 1);
            expect_within(mean, 0.99 * corner, 5 * 0.004);
        }
    }
    dataset_close(dataset);
}

// What cannot be must be said before memory is taken for it.
static void random_data_check__too_much__is_told(void **state) {
    (void)state;
    assert_null(random_data_check(&usual));
    struct random_data_options options = usual;
    options.features = 4; // 16 corners for 20 clusters
    assert_non_null(strstr(random_data_check(&options), "need more features"));
    options.features = 5;
    assert_null(random_data_check(&options));
    options.samples = 1;
    assert_non_null(strstr(random_data_check(&options), "a sample to train on"));
    options.samples = RANDOM_SAMPLES_MAX;
    options.features = 101;
    assert_non_null(strstr(random_data_check(&options), "1000000000 at most"));
    options.features = 100;
    assert_null(random_data_check(&options));
}

// A thousand million samples take no room, and each is what its number says, in whatever company it
// is gathered: else a replay would train on others.
static void random_stream__of_any_size__makes_each_sample_from_its_number(void **state) {
    (void)state;
    enum { COUNT = 3, LANES = 8 };
    struct random_data_options options = usual;
    options.samples = 1000000000;
    assert_null(random_stream_check(&options));
    struct dataset *dataset = random_stream_create(&options);
    assert_int_equal(dataset_describe(dataset)->train_count, 800000000);
    assert_int_equal(dataset_describe(dataset)->test_count, 200000000);
    assert_null(dataset_labels(dataset, SPLIT_TRAIN));
    const int32_t indices[COUNT] = {799999999, 0, 799999999};
    real together[FEATURES * LANES];
    real alone[FEATURES];
    uint8_t labels[COUNT];
    uint8_t label = 0;
    dataset_gather(dataset, SPLIT_TRAIN, indices, COUNT, LANES, together, labels);
    dataset_gather(dataset, SPLIT_TRAIN, indices, 1, 1, alone, &label);
    assert_int_equal(label, labels[0]);
    assert_int_equal(label, labels[2]);
    for (size_t f = 0; f < FEATURES; f++) {
        assert_true(together[f * LANES] == alone[f] && together[f * LANES + 2] == alone[f]);
        assert_true(together[f * LANES] != together[f * LANES + 1]);
        assert_true(together[f * LANES + COUNT] == 0);
    }
    dataset_close(dataset);
}

// The samples of a stream are of the same kind as random data: features that are noise have mean 0
// and variance 1, and so has every feature the mean square of its place in the other kind.
static void random_stream__samples__have_the_moments_of_random_data(void **state) {
    (void)state;
    struct table *random = make_table();
    struct table *streamed = memory_allocate(1, sizeof *streamed);
    struct dataset *dataset = random_stream_create(&usual);
    fill_table(dataset, streamed);
    dataset_close(dataset);
    for (size_t f = 0; f < FEATURES; f++) {
        double squares[2] = {0};
        double means[2] = {0};
        for (size_t i = 0; i < SAMPLES; i++) {
            means[0] += random->inputs[i][f] / SAMPLES;
            means[1] += streamed->inputs[i][f] / SAMPLES;
            squares[0] += random->inputs[i][f] * random->inputs[i][f] / SAMPLES;
            squares[1] += streamed->inputs[i][f] * streamed->inputs[i][f] / SAMPLES;
        }
        expect_within(means[1], means[0], 6 * sqrt(2 * squares[0] / SAMPLES));
        expect_relative(squares[1], squares[0], .12);
    }
    memory_free(random);
    memory_free(streamed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_data__any_size__is_split_80_to_20),
        cmocka_unit_test(random_data__seed_one__is_as_ever),
        cmocka_unit_test(random_data__classes__are_balanced),
        cmocka_unit_test(random_data__features__say_something_or_are_noise),
        cmocka_unit_test(random_data__combinations__are_linear),
        cmocka_unit_test(random_data__clusters__lie_at_corners_of_the_hypercube),
        cmocka_unit_test(random_data_check__too_much__is_told),
        cmocka_unit_test(random_stream__of_any_size__makes_each_sample_from_its_number),
        cmocka_unit_test(random_stream__samples__have_the_moments_of_random_data),
    };
    return cmocka_run_group_tests_name("random_data", tests, NULL, NULL);
}
