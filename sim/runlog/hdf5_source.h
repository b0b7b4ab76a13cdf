// SPDX-License-Identifier: GPL-3.0-or-later
// An HDF5 file of a stranger as far as it can be looked at without the library.
#pragma once

#include <stdint.h>

#include "sim/base/status.h"
#include "sim/runlog/confinement.h"

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
    int64_t changed_s, changed_ns; // when it was last written to
    uint64_t bytes_max;            // of values that may be read from it
    uint64_t memory_max;           // of memory that reading it may take
    unsigned seconds_max;          // of CPU time, likewise
};

// Errors: STATUS_NO_INPUT (missing, no file, not to be read, being written), STATUS_BAD_DATA (not
// HDF5), and those of status_of_cause.
enum status hdf5_source_open(struct hdf5_source *source, const char *path, struct error *error);

// What is to be said of an open file with which something is wrong: STATUS_BAD_DATA becomes
// STATUS_NO_INPUT, with a sentence, when another program has the file open for writing (HDF5's
// lock, or its mark in the file) or has changed it since it was opened. Anything else stays as it
// is.
enum status hdf5_source_judge(const struct hdf5_source *source, enum status status,
                              struct error *error);
void hdf5_source_close(struct hdf5_source *source); // also one that did not open

// Does the work of a task (its context, work and pass) on an open file in a child (confinement.h).
enum status hdf5_source_confine(const struct hdf5_source *source, struct confined_task task,
                                struct error *error);

// The same from the opening of the file to its closing; while the work is done the file is in
// *source. error may be NULL.
enum status hdf5_source_work(const char *path, struct hdf5_source *source,
                             struct confined_task task, struct error *error);
