// SPDX-License-Identifier: GPL-3.0-or-later
// An HDF5 file of a stranger as far as it can be looked at without the library.
#ifndef DESGD_RUNLOG_HDF5_SOURCE_H
#define DESGD_RUNLOG_HDF5_SOURCE_H

#include <stdint.h>

#include "sim/base/status.h"

// What stands at a path of such a file.
enum hdf5_object {
    HDF5_OBJECT_NONE,
    HDF5_OBJECT_GROUP,
    HDF5_OBJECT_OTHER, // a dataset or a named type
};

// A file that is there and begins like HDF5, looked at without the library, and how much of time
// and memory reading it may take.
struct hdf5_source {
    const char *path; // borrowed
    int file;         // a descriptor; -1: closed
    uint64_t bytes;
    uint64_t bytes_max;   // of values that may be read from it
    uint64_t memory_max;  // of memory that reading it may take
    unsigned seconds_max; // of CPU time, likewise
};

// Errors: STATUS_NO_INPUT (missing, no file, not to be read), STATUS_BAD_DATA (not HDF5).
enum status hdf5_source_open(struct hdf5_source *source, const char *path, struct error *error);
void hdf5_source_close(struct hdf5_source *source); // also one that did not open

#endif
