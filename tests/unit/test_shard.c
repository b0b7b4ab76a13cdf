// SPDX-License-Identifier: GPL-3.0-or-later
// shard: who owns which samples.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "models/data/shard.h"
#include "tests/support/child.h"
#include "tests/support/expect.h"

enum { SAMPLES = 1000 };

// Nobody's sample may be lost or owned twice; the first (N mod P) shards are one longer.
static void shard_plan__disjoint__is_a_partition_with_the_stated_sizes(void **state) {
    (void)state;
    const int32_t workers[] = {1, 7, 25, 999, 1000};
    for (int i = 0; i < 5; i++) {
        struct shard_plan *plan = shard_plan_create(SHARDS_DISJOINT, 1, SAMPLES, workers[i]);
        uint8_t owned[SAMPLES] = {0};
        size_t least = SAMPLES;
        for (int32_t w = 0; w < workers[i]; w++) {
            size_t count = 0;
            const int32_t *samples = shard_plan_samples(plan, w, &count);
            assert_int_equal(count, SAMPLES / workers[i] + (w < SAMPLES % workers[i]));
            least = count < least ? count : least;
            for (size_t s = 0; s < count; s++) {
                assert_in_range(samples[s], 0, SAMPLES - 1);
                assert_int_equal(owned[samples[s]], 0);
                owned[samples[s]] = 1;
            }
        }
        assert_int_equal(shard_least_count(SHARDS_DISJOINT, SAMPLES, workers[i]), least);
        for (int s = 0; s < SAMPLES; s++) {
            assert_int_equal(owned[s], 1);
        }
        shard_plan_destroy(plan);
    }
}

// Shards are cut from one permutation: worker 0's shard begins alike for every number of workers,
// and depends on the seed.
static void shard_plan__disjoint__cuts_one_permutation_of_the_seed(void **state) {
    (void)state;
    struct shard_plan *few = shard_plan_create(SHARDS_DISJOINT, 1, SAMPLES, 2);
    struct shard_plan *many = shard_plan_create(SHARDS_DISJOINT, 1, SAMPLES, 10);
    struct shard_plan *other = shard_plan_create(SHARDS_DISJOINT, 2, SAMPLES, 10);
    size_t count = 0;
    const int32_t *from_few = shard_plan_samples(few, 0, &count);
    const int32_t *from_many = shard_plan_samples(many, 0, &count);
    assert_memory_equal(from_few, from_many, 100 * sizeof(int32_t));
    assert_memory_equal(from_few + 100, shard_plan_samples(many, 1, &count), 400);
    assert_memory_not_equal(from_many, shard_plan_samples(other, 0, &count), 400);
    shard_plan_destroy(few);
    shard_plan_destroy(many);
    shard_plan_destroy(other);
}

// Files are sorted or not, as they please: a shard in file order would be another experiment. The
// mean index of 100 of 1000 samples has the standard deviation 288.7 / 10 * sqrt(.9) = 27.4.
static void shard_plan__disjoint__mixes_the_file(void **state) {
    (void)state;
    struct shard_plan *plan = shard_plan_create(SHARDS_DISJOINT, 3, SAMPLES, 10);
    for (int32_t w = 0; w < 10; w++) {
        size_t count = 0;
        const int32_t *samples = shard_plan_samples(plan, w, &count);
        double sum = 0;
        for (size_t s = 0; s < count; s++) {
            sum += samples[s];
        }
        expect_within(sum / (double)count, 499.5, 5 * 27.4);
    }
    shard_plan_destroy(plan);
}

// With the whole set for everyone no worker's samples may depend on how many others there are.
static void shard_plan__whole__is_everything_in_file_order_for_everyone(void **state) {
    (void)state;
    struct shard_plan *plan = shard_plan_create(SHARDS_WHOLE, 1, 10, 25);
    for (int32_t w = 0; w < 30; w += 10) {
        size_t count = 0;
        const int32_t *samples = shard_plan_samples(plan, w, &count);
        assert_int_equal(count, 10);
        for (int32_t s = 0; s < 10; s++) {
            assert_int_equal(samples[s], s);
        }
    }
    assert_int_equal(shard_least_count(SHARDS_WHOLE, 10, 25), 10);
    assert_string_equal(shards_names[SHARDS_DISJOINT], "disjoint");
    assert_string_equal(shards_names[SHARDS_WHOLE], "whole");
    shard_plan_destroy(plan);
    shard_plan_destroy(NULL);
}

static void create_with_too_few_samples(void *context) {
    (void)context;
    shard_plan_create(SHARDS_DISJOINT, 1, 24, 25);
}

// An empty shard would make its worker divide by zero later; the check belongs where it is cut.
static void shard_plan_create__fewer_samples_than_workers__is_a_broken_contract(void **state) {
    (void)state;
    char text[512];
    int status = child_exit_status(create_with_too_few_samples, NULL, text, sizeof text);
    assert_int_equal(status, 70);
    assert_non_null(strstr(text, "broken requires"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shard_plan__disjoint__is_a_partition_with_the_stated_sizes),
        cmocka_unit_test(shard_plan__disjoint__cuts_one_permutation_of_the_seed),
        cmocka_unit_test(shard_plan__disjoint__mixes_the_file),
        cmocka_unit_test(shard_plan__whole__is_everything_in_file_order_for_everyone),
        cmocka_unit_test(shard_plan_create__fewer_samples_than_workers__is_a_broken_contract),
    };
    return cmocka_run_group_tests_name("shard", tests, NULL, NULL);
}
