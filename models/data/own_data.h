// SPDX-License-Identifier: GPL-3.0-or-later
// Data of a user's own, unverified: a data set from arrays as somebody has read them from a file,
// or from a folder of IDX files. Inputs are bytes or floats, (N, features), (N, H, W) or
// (N, C, H, W); labels are N bytes, and there are as many classes as the largest says.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/data/dataset.h"

enum { OWN_RANK_MAX = 4, OWN_INPUTS_MAX = 1 << 24 };

enum own_type { OWN_BYTES, OWN_FLOATS };

struct own_array {
    enum own_type type;
    size_t rank;
    size_t sizes[OWN_RANK_MAX];
    void *numbers;    // uint8_t or float, row-major; released with memory_free
    const char *name; // for messages, a constant: the object or file it comes from
};

struct own_split {
    struct own_array inputs;
    struct own_array labels;
};

struct own_data {
    struct own_split splits[SPLIT_COUNT];
    bool has_test; // otherwise the training samples are divided
};

// Takes over the arrays, also on failure. path: for messages. test_share: of the samples, where the
// data have no test set: which ones does not depend on any seed. Errors: STATUS_BAD_DATA: shapes
// that do not fit together, fewer than two samples or classes, a float that is not finite.
enum status own_data_create(struct own_data *data, const char *path, double test_share,
                            struct dataset **dataset, struct error *error);

// Reads train-images-idx3-ubyte or train-inputs.idx, train-labels-idx1-ubyte or train-labels.idx,
// and, if they are there, t10k-images-idx3-ubyte or test-inputs.idx, t10k-labels-idx1-ubyte or
// test-labels.idx; each also with .gz behind. Errors: as of idx_array_read; STATUS_BAD_DATA: inputs
// without labels or labels without inputs for testing.
enum status own_data_read_idx(const char *folder, struct own_data *data, struct error *error);
