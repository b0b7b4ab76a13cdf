// SPDX-License-Identifier: GPL-3.0-or-later
// The HDF5 library on a file that lies in memory, where it lies: it opens no file itself.
#ifndef DESGD_RUNLOG_HDF5_BYTES_H
#define DESGD_RUNLOG_HDF5_BYTES_H

#include "sim/runlog/hdf5_door.h"

// Borrowed, and not changed.
struct hdf5_bytes {
    void *bytes;
    size_t size;
};

// For reading; negative, with HDF5's own words, if the library refuses it. The image must stay
// where it is until the file is closed.
hid_t hdf5_bytes_open(const struct hdf5_bytes *image, char cause[HDF5_TEXT_SIZE]);

#endif
