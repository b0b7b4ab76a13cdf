// SPDX-License-Identifier: GPL-3.0-or-later
// The HDF5 library on a file that lies in memory, where it lies: it opens no file itself.
#pragma once

#include "sim/runlog/hdf5_door.h"

// Borrowed, and not changed.
struct hdf5_bytes {
    void *bytes;
    size_t size;
};

// Why the library refuses a file.
struct hdf5_refusal {
    char words[HDF5_TEXT_SIZE]; // HDF5's own
    bool lacked_memory;
};

// For reading; negative, with the refusal, if the library refuses it. The image must stay where it
// is until the file is closed.
hid_t hdf5_bytes_open(const struct hdf5_bytes *image, struct hdf5_refusal *refusal);
