// SPDX-License-Identifier: GPL-3.0-or-later
// Small HDF5 files with arrays in them, as a user may have them.
#pragma once

#include <hdf5.h>

// A new file; closed by H5Fclose.
hid_t hdf5_file_create(const char *path);

// Adds an array: type in the file, rank, sizes (rank), values of type memory_type. Groups on the
// path are made. Fails the test if it cannot.
void hdf5_file_add(hid_t file, const char *object, hid_t type, int rank, const hsize_t *sizes,
                   hid_t memory_type, const void *values);

// Gives an attribute of a group of the file, one number, another value.
void hdf5_file_change(const char *path, const char *group, const char *attribute, double value);
