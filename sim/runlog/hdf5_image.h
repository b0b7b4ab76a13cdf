// SPDX-License-Identifier: GPL-3.0-or-later
// An HDF5 file that is built in memory and appears under its name at once, byte for byte the same
// for the same contents: HDF5 itself promises nothing on a full disk or after a kill. The one way
// in which this program writes HDF5.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"
#include "sim/runlog/hdf5_door.h"

// What xarray and netCDF take for a dimension of a group's datasets: a dataset beside them that is
// as long, of zeroes.
struct hdf5_scale {
    char path[128];
    hid_t dataset;
    hobj_ref_t reference;
    unsigned char *users; // (count) references to datasets, each with the dimension that it is
    size_t count, capacity;
};

// Failures show at the end alone, in hdf5_image_write.
struct hdf5_image {
    hid_t file;
    struct hdf5_scale *scales;
    size_t scale_count, scale_capacity;
    size_t bytes_held; // of the image in memory
    bool failed;
    bool shared;                      // several processes may write this path at once
    const struct own_file_kind *kind; // what may be replaced; set before hdf5_image_write
    char cause[HDF5_TEXT_SIZE];
};

struct hdf5_extent {
    int rank; // 0: a scalar
    hsize_t sizes[2];
    size_t value_bytes;
    const char *dimensions[2]; // (rank) their names; those of a group are as long as their first
};
size_t hdf5_extent_bytes(const struct hdf5_extent *extent);

// path: in HDF5's messages. Released with hdf5_release(image->file).
void hdf5_image_open(struct hdf5_image *image, const char *path);

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

// The columns of rows (count > 0) of a table, but for those that it may lack and need not have.
void hdf5_image_table(struct hdf5_image *image, const struct runlog_table *table, const void *rows,
                      size_t count);

// Completes the dimensions of all datasets so far, after which nothing that follows moves them.
// What has dimensions and comes later begins new ones. hdf5_image_write does it, too.
void hdf5_image_end_scales(struct hdf5_image *image);

// Writes the file aside, syncs and renames it (atomic_file.h). Errors: STATUS_CANNOT_CREATE,
// STATUS_IO.
enum status hdf5_image_write(struct hdf5_image *image, const char *path, struct error *error);
