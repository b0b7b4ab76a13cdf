// SPDX-License-Identifier: GPL-3.0-or-later
// sample_blocks: what an evaluation reads is what dataset_gather gives, bit for bit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "models/data/dataset_files.h"
#include "models/data/random_data.h"
#include "models/data/sample_blocks.h"
#include "sim/base/memory.h"

// Every block of the shape against a gather of the same samples.
static void expect_gathered(const struct dataset *dataset, enum dataset_split split,
                            const struct sample_blocks_shape *shape) {
    size_t inputs = dataset_describe(dataset)->input_count;
    struct sample_blocks *blocks = sample_blocks_create(dataset, split, shape);
    real *space = memory_allocate_aligned(inputs * shape->lanes, sizeof(real));
    real *expected = memory_allocate_aligned(inputs * shape->lanes, sizeof(real));
    int32_t *indices = memory_allocate(shape->size, sizeof *indices);
    uint8_t *labels = memory_allocate(shape->size, 1);
    for (size_t first = 0; first < shape->count; first += shape->size) {
        struct sample_block block = sample_blocks_fetch(blocks, first / shape->size, space);
        bool whole = shape->count - first >= shape->size;
        size_t count = whole ? shape->size : shape->count - first;
        size_t lanes = whole ? shape->lanes : shape->last_lanes;
        assert_int_equal(block.count, count);
        for (size_t n = 0; n < count; n++) {
            indices[n] = (int32_t)(first + n);
        }
        dataset_gather(dataset, split, indices, count, lanes, expected, labels);
        assert_memory_equal(block.inputs, expected, inputs * lanes * sizeof(real));
        assert_memory_equal(block.labels, labels, count);
        assert_int_equal((uintptr_t)block.inputs % 64, 0);
    }
    memory_free(space);
    memory_free(expected);
    memory_free(indices);
    memory_free(labels);
    sample_blocks_destroy(blocks);
}

// Blocks of 32 lanes whose last one is filled up with zeros, and whole batches, as each arithmetic
// wants them; fewer samples than a block; none.
static void expect_all_shapes(const struct dataset *dataset, enum dataset_split split) {
    static const struct sample_blocks_shape shapes[] = {{100, 32, 32, 32}, {64, 32, 32, 0},
                                                        {150, 64, 64, 22}, {7, 64, 64, 7},
                                                        {1, 32, 32, 32},   {0, 32, 32, 0}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        expect_gathered(dataset, split, &shapes[i]);
    }
}

// An evaluation would be of other images than those that a gradient sees.
static void sample_blocks__of_bytes__are_what_a_gather_gives(void **state) {
    (void)state;
    static const char *const names[] = {"mnist", "cifar10"};
    for (size_t i = 0; i < 2; i++) {
        struct dataset *dataset = NULL;
        struct error error;
        if (dataset_open(names[i], "data", &dataset, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        expect_all_shapes(dataset, SPLIT_TEST);
        expect_all_shapes(dataset, SPLIT_TRAIN);
        dataset_close(dataset);
    }
}

// Likewise for data that is no images, which is copied as it is.
static void sample_blocks__of_floats__are_what_a_gather_gives(void **state) {
    (void)state;
    const struct random_data_options options = {
        .features = 20, .classes = 10, .samples = 1000, .seed = 3};
    struct dataset *dataset = random_data_create(&options);
    expect_all_shapes(dataset, SPLIT_TEST);
    expect_all_shapes(dataset, SPLIT_TRAIN);
    dataset_close(dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_blocks__of_bytes__are_what_a_gather_gives),
        cmocka_unit_test(sample_blocks__of_floats__are_what_a_gather_gives),
    };
    return cmocka_run_group_tests_name("sample_blocks", tests, NULL, NULL);
}
