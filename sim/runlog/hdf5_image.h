// SPDX-License-Identifier: GPL-3.0-or-later
// An HDF5 file that is made, byte for byte the same for the same contents, where nobody sees it
// yet: HDF5 itself promises nothing on a full disk or after a kill. The one way in which this
// program writes HDF5; tables: hdf5_columns.h.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"
#include "sim/runlog/hdf5_chunk.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/runlog/hdf5_space.h"

// What xarray and netCDF take for a dimension of a group's datasets: a dataset beside them that is
// as long, of zeroes.
struct hdf5_scale {
    char path[128];
    hid_t dataset;
    hobj_ref_t reference;
    unsigned char *users; // (count) references to datasets, each with the dimension that it is
    size_t count, capacity;
};

// Failures show at the end alone, in hdf5_image_finish or hdf5_image_write_shared.
struct hdf5_image {
    hid_t file;
    struct hdf5_space space;
    struct hdf5_chunk *chunk; // owned
    struct hdf5_scale *scales;
    size_t scale_count, scale_capacity;
    bool failed;
    char cause[HDF5_TEXT_SIZE];
};

enum { HDF5_CHUNK_ROWS = 16384 };

struct hdf5_extent {
    int rank; // 0: a scalar
    hsize_t sizes[2];
    size_t value_bytes;
    const char *dimensions[2]; // (rank) their names; those of a group are as long as their first
};
size_t hdf5_extent_bytes(const struct hdf5_extent *extent);

// The rows of a chunk, or all of a small dataset.
size_t hdf5_extent_rows_at_once(const struct hdf5_extent *extent);

// In a file (hdf5_space.h); -1: in memory. path: in HDF5's messages. *image must stay where it is
// until it is released.
void hdf5_image_open(struct hdf5_image *image, const char *path, int file);
void hdf5_image_release(struct hdf5_image *image);

// What there is so far takes its place: it stands before all that follows.
void hdf5_image_flush(struct hdf5_image *image);

// Notes the failure of a call to HDF5; hands its result through.
hid_t hdf5_image_checked(struct hdf5_image *image, hid_t result);

hid_t hdf5_image_group(struct hdf5_image *image, const char *path); // to be released

void hdf5_image_attribute(struct hdf5_image *image, hid_t object, const char *name, hid_t type,
                          const void *value);
void hdf5_image_text_attribute(struct hdf5_image *image, hid_t object, const char *name,
                               const char *text);

// In compressed, checked chunks unless it is tiny. Requires: it has values, and names for its
// dimensions.
void hdf5_image_dataset(struct hdf5_image *image, const char *path, hid_t type,
                        const struct hdf5_extent *extent, const void *values, const char *units,
                        const char *long_name);

// The same bit by bit, any number of rows at a time. From one value to the next there are "stride"
// bytes.
struct hdf5_dataset {
    struct hdf5_image *image;
    hid_t id, type;
    struct hdf5_extent extent;
    size_t columns; // values of a row
    size_t written; // rows, and of these are to come
    size_t rows_left;
    struct hdf5_planes planes; // of the chunk under way
    unsigned char *plain;      // all of one that is not in chunks, else NULL
};
struct hdf5_dataset hdf5_dataset_begin(struct hdf5_image *image, const char *path, hid_t type,
                                       const struct hdf5_extent *extent, const char *units,
                                       const char *long_name);
void hdf5_dataset_add(struct hdf5_dataset *dataset, const void *values, size_t stride, size_t rows);
void hdf5_dataset_end(struct hdf5_dataset *dataset);

// Completes the dimensions of all datasets so far, after which nothing that follows moves them.
// What has dimensions and comes later begins new ones. The last two functions do it, too.
void hdf5_image_end_scales(struct hdf5_image *image);

// Seals it (file_seal.h): all of it is in the file then. Errors: STATUS_IO.
enum status hdf5_image_finish(struct hdf5_image *image, const char *path, struct error *error);

// Seals one in memory and writes it (atomic_file_write_shared). Errors: STATUS_CANNOT_CREATE,
// STATUS_IO.
enum status hdf5_image_write_shared(struct hdf5_image *image, const char *path,
                                    const struct own_file_kind *kind, struct error *error);
