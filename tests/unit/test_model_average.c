// SPDX-License-Identifier: GPL-3.0-or-later
// Averages of models: exact where they are defined exactly, and by the laws that the schemes stand
// on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "sim/training/model_average.h"

enum { SIZE = 77, MODELS = 12, CLUSTER = 3 }; // not a multiple of any vector

static float models[MODELS][SIZE];
static const float *pointers[MODELS];

static int draw_models(void **state) {
    struct rng_stream stream;
    (void)state;
    rng_stream_init(&stream, 4, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < MODELS; i++) {
        for (size_t j = 0; j < SIZE; j++) {
            models[i][j] = (float)(rng_stream_uniform(&stream) - 0.5);
        }
        pointers[i] = models[i];
    }
    return 0;
}

// Another order of the sum, or a product by 1/count, would be other bits.
static void mean__of_several__is_the_sum_in_order_divided_once(void **state) {
    (void)state;
    float mean[SIZE];
    model_average_mean(pointers, MODELS, SIZE, mean);
    for (size_t j = 0; j < SIZE; j++) {
        float sum = models[0][j];
        for (size_t i = 1; i < MODELS; i++) {
            sum += models[i][j];
        }
        float expected = sum / (float)MODELS;
        assert_memory_equal(&mean[j], &expected, sizeof expected);
    }
}

// One worker must be sequential SGD to the bit, a negative zero included.
static void mean__of_one__is_that_model_to_the_bit(void **state) {
    (void)state;
    float mean[SIZE];
    models[0][5] = -0.0F;
    model_average_mean(pointers, 1, SIZE, mean);
    assert_memory_equal(mean, models[0], sizeof mean);
}

// The law that lets Hier-AVG average clusters as often as it likes: it moves no mean of all.
static void mean__of_equal_clusters__leaves_the_mean_of_all(void **state) {
    (void)state;
    float means[MODELS / CLUSTER][SIZE];
    const float *clusters[MODELS / CLUSTER];
    float of_all[SIZE];
    float of_means[SIZE];
    for (size_t c = 0; c < MODELS / CLUSTER; c++) {
        model_average_mean(pointers + c * CLUSTER, CLUSTER, SIZE, means[c]);
        clusters[c] = means[c];
    }
    model_average_mean(pointers, MODELS, SIZE, of_all);
    model_average_mean(clusters, MODELS / CLUSTER, SIZE, of_means);
    for (size_t j = 0; j < SIZE; j++) {
        assert_true(fabs((double)of_all[j] - (double)of_means[j]) < 1e-7); // one unit of 0.5
    }
}

// By hand: two models of one number, 3 and 5: mean 4, root mean square distance 1.
static void spread__by_hand__is_the_root_mean_square(void **state) {
    (void)state;
    const float values[2] = {3, 5};
    const float *two[2] = {&values[0], &values[1]};
    float mean = 0;
    model_average_mean(two, 2, 1, &mean);
    assert_true(mean == 4.0F);
    assert_true(model_average_spread(two, 2, 1, &mean) == 1.0);
    const float *same[2] = {&mean, &mean};
    assert_true(model_average_spread(same, 2, 1, &mean) == 0.0);
}

// By hand: 3 with a weight of 1, 5 with one of 3: 18/4; and one model is its own mean to the bit,
// though 7 times a third of 0.1 is not.
static void weighted__by_hand__is_the_mean_by_the_weights(void **state) {
    (void)state;
    const float values[2] = {3, 5};
    const float weights[2] = {1, 3};
    const float *two[2] = {&values[0], &values[1]};
    float mean = 0;
    model_average_weighted(two, weights, 2, 1, &mean);
    assert_true(mean == 4.5F);
    const float seven = 7;
    const float value = 0.1F / 3;
    const float *one[1] = {&value};
    model_average_weighted(one, &seven, 1, 1, &mean);
    assert_memory_equal(&mean, &value, sizeof value);
}

// The steps since the anchor, 2 - 1, on top of the average; a pull of a quarter of the way.
static void rebase_and_pull__by_hand__are_exact(void **state) {
    (void)state;
    float model = 2;
    const float anchor = 1;
    const float average = 10;
    model_average_rebase(&model, &anchor, &average, 1);
    assert_true(model == 11.0F);
    model_average_pull(&model, &anchor, 0.25F, 1);
    assert_true(model == 8.5F);
    model_average_pull(&model, &average, 1.0F, 1);
    assert_true(model == 10.0F);
}

// Models that agree are their own mean to the bit, where the sum is exact: a product by a rounded
// 1/7 would move 3 to 3.0000002, and workers that never differ would drift apart from one alone.
static void mean__of_seven_equal_models__is_that_model(void **state) {
    (void)state;
    float model[SIZE];
    float mean[SIZE];
    const float weights[7] = {1, 1, 1, 1, 1, 1, 1};
    const float *same[7] = {model, model, model, model, model, model, model};
    for (size_t j = 0; j < SIZE; j++) {
        model[j] = ((float)j - 30) / 64;
    }
    model_average_mean(same, 7, SIZE, mean);
    assert_memory_equal(mean, model, sizeof mean);
    model_average_weighted(same, weights, 7, SIZE, mean);
    for (size_t j = 0; j < SIZE; j++) {
        assert_true(mean[j] == model[j]);
    }
    assert_true(model_average_spread(same, 7, SIZE, model) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(mean__of_several__is_the_sum_in_order_divided_once, draw_models),
        cmocka_unit_test_setup(mean__of_one__is_that_model_to_the_bit, draw_models),
        cmocka_unit_test_setup(mean__of_equal_clusters__leaves_the_mean_of_all, draw_models),
        cmocka_unit_test(spread__by_hand__is_the_root_mean_square),
        cmocka_unit_test(weighted__by_hand__is_the_mean_by_the_weights),
        cmocka_unit_test(rebase_and_pull__by_hand__are_exact),
        cmocka_unit_test(mean__of_seven_equal_models__is_that_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
