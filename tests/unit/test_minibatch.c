// SPDX-License-Identifier: GPL-3.0-or-later
// minibatch and permutation: which samples a gradient sees, and that every order is as likely as
// every other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/data/minibatch.h"
#include "models/data/permutation.h"
#include "sim/base/memory.h"
#include "tests/support/expect.h"

// A chi-square with "degrees" degrees of freedom exceeds this about once in 3 million times
// (Wilson and Hilferty's cube, five standard deviations).
static double chi_square_limit(double degrees) {
    double part = 2 / (9 * degrees);
    return degrees * pow(1 - part + 5 * sqrt(part), 3);
}

static double chi_square(const uint32_t *counts, size_t count, double expected) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = (double)counts[i] - expected;
        sum += difference * difference / expected;
    }
    return sum;
}

// A minibatch may not skip or repeat a sample within an epoch: any count, small or large, square or
// not, gives a permutation.
static void permutation_at__any_count__visits_everything_once(void **state) {
    (void)state;
    const uint32_t counts[] = {1, 2, 3, 63, 64, 65, 66, 81, 82, 100, 2399, 2400, 2401, 60000};
    uint8_t *seen = memory_allocate(60000, 1);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (uint32_t epoch = 0; epoch < 3; epoch++) {
            struct permutation permutation;
            permutation_init(&permutation, 7, 3, epoch, counts[c]);
            memset(seen, 0, 60000);
            for (uint32_t i = 0; i < counts[c]; i++) {
                uint32_t at = permutation_at(&permutation, i);
                assert_true(at < counts[c]);
                assert_int_equal(seen[at], 0);
                seen[at] = 1;
            }
        }
    }
    memory_free(seen);
}

// The number of an order among all orders of count items (Lehmer code).
static size_t order_number(const struct permutation *permutation) {
    size_t number = 0;
    for (uint32_t i = 0; i < permutation->count; i++) {
        size_t smaller = 0;
        for (uint32_t j = i + 1; j < permutation->count; j++) {
            smaller += permutation_at(permutation, j) < permutation_at(permutation, i);
        }
        number = number * (permutation->count - i) + smaller;
    }
    return number;
}

// With tiny shards, a favoured order is a favoured path of training: all orders of 2 to 5 samples
// must be equally likely over epochs, workers and seeds.
static void permutation__two_to_five_samples__all_orders_are_equally_likely(void **state) {
    (void)state;
    const uint32_t draws = 48000;
    size_t orders = 1;
    for (uint32_t count = 2; count <= 5; count++) {
        uint32_t counts[120] = {0};
        orders *= count;
        for (uint32_t i = 0; i < draws; i++) {
            struct permutation permutation;
            permutation_init(&permutation, i % 4, i % 3, i / 12, count);
            counts[order_number(&permutation)]++;
        }
        double limit = chi_square_limit((double)orders - 1);
        assert_true(chi_square(counts, orders, (double)draws / (double)orders) < limit);
    }
}

// Fills a table of rows x columns: how often an epoch had a value of bin "column" at a place of bin
// "row".
enum { BINS = 24 };
static void count_places(uint32_t count, uint32_t epochs, uint32_t table[BINS * BINS]) {
    for (uint32_t epoch = 0; epoch < epochs; epoch++) {
        struct permutation permutation;
        permutation_init(&permutation, 11, 0, epoch, count);
        for (uint32_t place = 0; place < count; place++) {
            uint32_t value = permutation_at(&permutation, place);
            table[place * BINS / count * BINS + value * BINS / count]++;
        }
    }
}

// Every sample must be as likely at every place of an epoch: 24 x 24 bins of 2,400 places and
// values over 400 epochs. Given its margins the table has 23^2 degrees of freedom, and without
// replacement its variance is below Poisson's by about 1/24 each way.
static void permutation__2400_samples__places_and_values_are_independent(void **state) {
    (void)state;
    uint32_t table[BINS * BINS] = {0};
    const uint32_t epochs = 400;
    count_places(2400, epochs, table);
    double found = chi_square(table, BINS * BINS, 2400.0 * epochs / (BINS * BINS));
    double degrees = (BINS - 1) * (BINS - 1);
    assert_true(found < chi_square_limit(degrees));
    assert_true(found > degrees - 5 * sqrt(2 * degrees)); // nor too regular
}

// The least shard that goes through the network, each place and value by itself.
static void permutation__65_samples__each_place_holds_each_value_alike(void **state) {
    (void)state;
    enum { COUNT = 65, EPOCHS = 6500 };
    uint32_t *table = memory_allocate(COUNT * COUNT, sizeof *table);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        struct permutation permutation;
        permutation_init(&permutation, 5, 2, epoch, COUNT);
        for (uint32_t place = 0; place < COUNT; place++) {
            table[place * COUNT + permutation_at(&permutation, place)]++;
        }
    }
    double found = chi_square(table, COUNT * COUNT, (double)EPOCHS / COUNT);
    assert_true(found < chi_square_limit((COUNT - 1) * (COUNT - 1)));
    memory_free(table);
}

// Neighbours in an epoch land in one minibatch: the difference of neighbouring values (modulo the
// count) must be uniform on 1 .. count-1, or minibatches are not mixed.
static void expect_uniform_differences(uint32_t count, uint32_t distance, uint32_t epochs) {
    uint32_t *counts = memory_allocate(count, sizeof *counts);
    for (uint32_t epoch = 0; epoch < epochs; epoch++) {
        struct permutation permutation;
        permutation_init(&permutation, 13, 1, epoch, count);
        for (uint32_t place = 0; place + distance < count; place++) {
            uint32_t a = permutation_at(&permutation, place);
            uint32_t b = permutation_at(&permutation, place + distance);
            counts[(b + count - a) % count]++;
        }
    }
    assert_int_equal(counts[0], 0);
    double expected = (double)epochs * (double)(count - distance) / (double)(count - 1);
    assert_true(chi_square(counts + 1, count - 1, expected) < chi_square_limit(count - 2.0));
    memory_free(counts);
}

// See expect_uniform_differences; 49 is a side of the grid for 2,400, 9 for 65.
static void permutation__pairs_of_places__have_uniform_differences(void **state) {
    (void)state;
    expect_uniform_differences(2400, 1, 200);
    expect_uniform_differences(2400, 49, 200);
    expect_uniform_differences(65, 1, 5000);
    expect_uniform_differences(65, 9, 5000);
    expect_uniform_differences(100, 10, 3000);
}

// The epochs of one worker, and one epoch of two workers, must not be alike: the number of samples
// at the same place in both orders is Poisson with mean 1.
static void permutation__other_epoch_or_worker__is_unrelated(void **state) {
    (void)state;
    enum { PAIRS = 300, COUNT = 2400 };
    uint32_t same[2] = {0};
    for (uint32_t i = 0; i < PAIRS; i++) {
        struct permutation one;
        struct permutation next_epoch;
        struct permutation next_worker;
        permutation_init(&one, 1, i, i, COUNT);
        permutation_init(&next_epoch, 1, i, i + 1, COUNT);
        permutation_init(&next_worker, 1, i + 1, i, COUNT);
        for (uint32_t place = 0; place < COUNT; place++) {
            uint32_t value = permutation_at(&one, place);
            same[0] += value == permutation_at(&next_epoch, place);
            same[1] += value == permutation_at(&next_worker, place);
        }
    }
    expect_within(same[0], PAIRS, 5 * sqrt(PAIRS));
    expect_within(same[1], PAIRS, 5 * sqrt(PAIRS));
}

// Each epoch must visit each sample of the worker's shard once, and batches that straddle epochs
// must go on where the epoch begins: batch 7 over a shard of 100, seven epochs.
static void minibatch_indices__batches_straddle_epochs__each_epoch_visits_all_once(void **state) {
    (void)state;
    struct shard_plan *plan = shard_plan_create(SHARDS_DISJOINT, 1, 300, 3);
    size_t count = 0;
    const int32_t *samples = shard_plan_samples(plan, 1, &count);
    assert_int_equal(count, 100);
    int32_t stream[700];
    for (int64_t number = 0; number < 100; number++) {
        minibatch_indices(plan, 1, 1, number, 7, stream + 7 * number);
    }
    for (int epoch = 0; epoch < 7; epoch++) {
        uint8_t seen[300] = {0};
        for (int i = 0; i < 100; i++) {
            seen[stream[100 * epoch + i]]++;
        }
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(seen[samples[i]], 1);
        }
        assert_memory_not_equal(stream, stream + 100 * (epoch == 0 ? 1 : epoch), 400);
    }
    shard_plan_destroy(plan);
}

// A batch is a cut out of one sequence of samples, whatever its size; one batch may span several
// epochs of a small shard.
static void minibatch_indices__other_batch_size__cuts_the_same_sequence(void **state) {
    (void)state;
    struct shard_plan *plan = shard_plan_create(SHARDS_DISJOINT, 9, 15, 3);
    int32_t single[60];
    int32_t large[60];
    for (int64_t number = 0; number < 60; number++) {
        minibatch_indices(plan, 4, 2, number, 1, single + number);
    }
    for (int64_t number = 0; number < 5; number++) {
        minibatch_indices(plan, 4, 2, number, 12, large + 12 * number);
    }
    assert_memory_equal(single, large, sizeof single);
    shard_plan_destroy(plan);
}

// Common random numbers: a minibatch depends on seed, worker and number alone; not on who asked
// before, and with the whole set for everyone not on how many workers there are.
static void minibatch_indices__adding_a_worker__shifts_nobody(void **state) {
    (void)state;
    struct shard_plan *plans[2] = {shard_plan_create(SHARDS_WHOLE, 1, 60000, 25),
                                   shard_plan_create(SHARDS_WHOLE, 1, 60000, 26)};
    int32_t indices[2][32];
    for (int32_t worker = 0; worker < 25; worker++) {
        minibatch_indices(plans[0], 1, worker, 41, 32, indices[0]);
        minibatch_indices(plans[1], 1, 24 - worker, 40, 32, indices[1]);
        minibatch_indices(plans[1], 1, worker, 41, 32, indices[1]);
        assert_memory_equal(indices[0], indices[1], sizeof indices[0]);
    }
    minibatch_indices(plans[0], 2, 24, 41, 32, indices[0]);
    assert_memory_not_equal(indices[0], indices[1], sizeof indices[0]);
    shard_plan_destroy(plans[0]);
    shard_plan_destroy(plans[1]);
}

// The sequence is part of the semantics: a log says which samples a gradient saw. These numbers are
// our own: they were printed by this test when the network was first written.
static void minibatch_indices__first_of_mnist__are_as_ever(void **state) {
    (void)state;
    struct shard_plan *plan = shard_plan_create(SHARDS_DISJOINT, 1, 60000, 25);
    const int32_t expected[8] = {33339, 38725, 2751, 10258, 24754, 59722, 13754, 12318};
    int32_t indices[8];
    minibatch_indices(plan, 1, 3, 41, 8, indices);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(indices[i], expected[i]);
    }
    shard_plan_destroy(plan);
}

// The grid is the smallest square that holds the shard: on a larger one, minibatches would be
// others than in every log so far, and the walk to a sample longer.
static void permutation__its_grid__is_the_smallest_square(void **state) {
    (void)state;
    static const struct {
        uint32_t count, left, right;
    } rows[] = {{65, 9, 8},     {81, 9, 9},     {82, 10, 9},
                {2400, 49, 49}, {2401, 49, 49}, {65536, 256, 256}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct permutation permutation;
        permutation_init(&permutation, 1, 0, 0, rows[i].count);
        assert_int_equal(permutation.left, rows[i].left);
        assert_int_equal(permutation.right, rows[i].right);
    }
}

// Samples of a stream are drawn by worker and number alone, from all of them alike: a draw that
// depended on others, or that missed a part, would be another stream.
static void minibatch__of_a_stream__is_drawn_by_worker_and_number(void **state) {
    (void)state;
    enum { BATCH = 1000, TENTHS = 10, SAMPLES = 800000000 };
    struct shard_plan *plan = shard_plan_create_stream(SAMPLES);
    static int32_t first[BATCH];
    static int32_t again[BATCH];
    int tenths[TENTHS] = {0};
    int equal[3] = {0};
    assert_int_equal(shard_plan_streams(plan), SAMPLES);
    minibatch_indices(plan, 7, 3, 41, BATCH, first);
    static const struct {
        int32_t worker;
        int64_t number;
    } keys[] = {{3, 41}, {3, 42}, {4, 41}};
    for (size_t k = 0; k < 3; k++) {
        minibatch_indices(plan, 7, keys[k].worker, keys[k].number, BATCH, again);
        for (size_t i = 0; i < BATCH; i++) {
            equal[k] += first[i] == again[i];
            tenths[again[i] / (SAMPLES / TENTHS)]++;
        }
    }
    assert_int_equal(equal[0], BATCH);
    assert_true(equal[1] <= 1 && equal[2] <= 1);
    for (size_t i = 0; i < TENTHS; i++) {
        assert_in_range(tenths[i], 200, 400); // 300 +- 6 standard deviations of 16
    }
    shard_plan_destroy(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutation_at__any_count__visits_everything_once),
        cmocka_unit_test(permutation__two_to_five_samples__all_orders_are_equally_likely),
        cmocka_unit_test(permutation__2400_samples__places_and_values_are_independent),
        cmocka_unit_test(permutation__65_samples__each_place_holds_each_value_alike),
        cmocka_unit_test(permutation__pairs_of_places__have_uniform_differences),
        cmocka_unit_test(permutation__other_epoch_or_worker__is_unrelated),
        cmocka_unit_test(minibatch_indices__batches_straddle_epochs__each_epoch_visits_all_once),
        cmocka_unit_test(minibatch_indices__other_batch_size__cuts_the_same_sequence),
        cmocka_unit_test(minibatch_indices__adding_a_worker__shifts_nobody),
        cmocka_unit_test(minibatch_indices__first_of_mnist__are_as_ever),
        cmocka_unit_test(permutation__its_grid__is_the_smallest_square),
        cmocka_unit_test(minibatch__of_a_stream__is_drawn_by_worker_and_number),
    };
    return cmocka_run_group_tests_name("minibatch", tests, NULL, NULL);
}
