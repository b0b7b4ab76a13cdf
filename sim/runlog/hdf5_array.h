// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays of numbers from anybody's HDF5 file, for data sets of a user's own. Sizes are compared
// with the file before memory is taken, and the file is read in a child process, as logs are.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/runlog/hdf5_source.h"

enum { HDF5_ARRAY_RANK_MAX = 4 };

enum hdf5_array_kind {
    HDF5_ARRAY_INPUTS, // unsigned bytes or floats of 32 bits
    HDF5_ARRAY_LABELS, // whole numbers of any type, 0 to 255; they come out as bytes
};

// What is wanted and, below, what there is.
struct hdf5_array {
    const char *object; // "/train/inputs"
    enum hdf5_array_kind kind;
    bool floats; // otherwise bytes
    size_t rank;
    size_t sizes[HDF5_ARRAY_RANK_MAX];
    void *numbers; // row-major; released with memory_free
};

// What a file has at "count" paths. Errors: STATUS_NO_INPUT, STATUS_BAD_DATA (no HDF5 file,
// damaged, a link that is not hard, a path through what is no group).
enum status hdf5_array_find(const char *path, const char *const *objects, size_t count,
                            enum hdf5_object *found, struct error *error);

// Reads "count" arrays. Errors: as above; STATUS_BAD_DATA: an array is missing, has another type or
// more than four dimensions, is stored outside of the file or with other filters than shuffle,
// deflate and fletcher32, claims more numbers than the file can hold; a label outside of 0 to 255.
// On failure there are no numbers.
enum status hdf5_array_read(const char *path, struct hdf5_array *arrays, size_t count,
                            struct error *error);
