// SPDX-License-Identifier: GPL-3.0-or-later
// The first samples of a split, laid out once as evaluations read them: every evaluation takes the
// same samples, so they are transposed into blocks beforehand, bytes as bytes, and only converted
// each time. The inputs are bit for bit those of dataset_gather.
#pragma once

#include "models/data/dataset.h"

// Samples [i * size, (i + 1) * size) make block i; what is left over makes the last one.
struct sample_blocks_shape {
    size_t count; // samples in all
    size_t size;
    size_t lanes;      // of a whole block, >= size
    size_t last_lanes; // of the last block, if it is not whole
};

struct sample_blocks;

// Borrows the data set. Requires: 1 <= size; the split has that many samples.
struct sample_blocks *sample_blocks_create(const struct dataset *dataset, enum dataset_split split,
                                           const struct sample_blocks_shape *shape);
void sample_blocks_destroy(struct sample_blocks *blocks); // NULL is fine

// What a block looks like to a model.
struct sample_block {
    const real *inputs;    // (C, H, W, lanes), 64-byte aligned; zero behind the samples
    const uint8_t *labels; // (count), borrowed
    size_t count;
};

// Fetches a block. "space" is room for its inputs (input count x lanes, 64-byte aligned), in which
// they lie afterwards or not. Thread-safe. Requires: the block is there.
struct sample_block sample_blocks_fetch(const struct sample_blocks *blocks, size_t index,
                                        real *space);
