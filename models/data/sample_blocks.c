// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/sample_blocks.h"

#include <stdbool.h>

#include "models/data/pixel_gather.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

// Exactly one of bytes and values is there: (blocks, inputs, lanes), a whole block's lanes.
struct sample_blocks {
    const struct dataset *dataset;
    const struct dataset_entry *entry;
    struct sample_blocks_shape shape;
    const uint8_t *labels; // (count): the data set's, or drawn_labels
    uint8_t *drawn_labels; // of a set that stores no sample; else NULL
    uint8_t *bytes;
    real *values;
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t block_count(const struct sample_blocks_shape *shape) {
    return (shape->count + shape->size - 1) / shape->size;
}

static size_t samples_of(const struct sample_blocks_shape *shape, size_t index) {
    REQUIRE(index < block_count(shape));
    return least(shape->count - index * shape->size, shape->size);
}

static size_t lanes_of(const struct sample_blocks_shape *shape, size_t index) {
    return samples_of(shape, index) == shape->size ? shape->lanes : shape->last_lanes;
}

static size_t place_of(const struct sample_blocks *blocks, size_t index) {
    return index * blocks->entry->input_count * blocks->shape.lanes;
}

static void lay_out_bytes(struct sample_blocks *blocks, enum dataset_split split, size_t index) {
    REQUIRE(blocks->bytes != NULL);
    size_t lanes = lanes_of(&blocks->shape, index);
    uint8_t *to = blocks->bytes + place_of(blocks, index);
    for (size_t n = 0; n < samples_of(&blocks->shape, index); n++) {
        const uint8_t *from = dataset_bytes(blocks->dataset, split, index * blocks->shape.size + n);
        for (size_t p = 0; p < blocks->entry->input_count; p++) {
            to[p * lanes + n] = from[p];
        }
    }
}

// Floats lie as a gather leaves them.
static void lay_out_values(struct sample_blocks *blocks, enum dataset_split split, size_t index,
                           int32_t *indices, uint8_t *labels) {
    REQUIRE(blocks->values != NULL);
    size_t count = samples_of(&blocks->shape, index);
    for (size_t n = 0; n < count; n++) {
        indices[n] = (int32_t)(index * blocks->shape.size + n);
    }
    dataset_gather(blocks->dataset, split, indices, count, lanes_of(&blocks->shape, index),
                   blocks->values + place_of(blocks, index), labels);
}

struct sample_blocks *sample_blocks_create(const struct dataset *dataset, enum dataset_split split,
                                           const struct sample_blocks_shape *shape) {
    REQUIRE(shape->size >= 1 && shape->lanes >= shape->size);
    struct sample_blocks *blocks = memory_allocate(1, sizeof *blocks);
    *blocks = (struct sample_blocks){.dataset = dataset,
                                     .entry = dataset_describe(dataset),
                                     .shape = *shape,
                                     .labels = dataset_labels(dataset, split)};
    if (shape->count == 0) {
        return blocks;
    }
    size_t room = block_count(shape) * blocks->entry->input_count;
    bool has_bytes = dataset_bytes(dataset, split, 0) != NULL;
    int32_t *indices = memory_allocate(shape->size, sizeof *indices);
    uint8_t *labels = memory_allocate(shape->count, sizeof *labels);
    blocks->bytes = has_bytes ? memory_allocate(room, shape->lanes) : NULL;
    blocks->values = has_bytes ? NULL : memory_allocate_aligned(room * shape->lanes, sizeof(real));
    for (size_t i = 0; i < block_count(shape); i++) {
        if (has_bytes) {
            lay_out_bytes(blocks, split, i);
        } else {
            lay_out_values(blocks, split, i, indices, labels + i * shape->size);
        }
    }
    memory_free(indices);
    if (blocks->labels == NULL) {
        blocks->drawn_labels = labels;
        blocks->labels = labels;
    } else {
        memory_free(labels);
    }
    return blocks;
}

void sample_blocks_destroy(struct sample_blocks *blocks) {
    if (blocks == NULL) {
        return;
    }
    memory_free(blocks->bytes);
    memory_free(blocks->values);
    memory_free(blocks->drawn_labels);
    memory_free(blocks);
}

static void convert(const struct sample_blocks *blocks, size_t index, real *inputs) {
    REQUIRE(blocks->bytes != NULL);
    size_t plane = blocks->entry->height * blocks->entry->width;
    size_t lanes = lanes_of(&blocks->shape, index);
    const uint8_t *bytes = blocks->bytes + place_of(blocks, index);
    for (size_t c = 0; c < blocks->entry->channels; c++) {
        struct pixel_law law = dataset_pixel_law(blocks->dataset, c);
        pixel_convert(&law, bytes + c * plane * lanes, plane * lanes, inputs + c * plane * lanes);
    }
    pixel_clear_lanes(inputs, blocks->entry->input_count, samples_of(&blocks->shape, index), lanes);
}

struct sample_block sample_blocks_fetch(const struct sample_blocks *blocks, size_t index,
                                        real *space) {
    REQUIRE((uintptr_t)space % 64 == 0);
    REQUIRE(index < block_count(&blocks->shape));
    const real *inputs = space;
    if (blocks->bytes != NULL) {
        convert(blocks, index, space);
    } else {
        inputs = blocks->values + place_of(blocks, index);
    }
    return (struct sample_block){.inputs = inputs,
                                 .labels = blocks->labels + index * blocks->shape.size,
                                 .count = samples_of(&blocks->shape, index)};
}
