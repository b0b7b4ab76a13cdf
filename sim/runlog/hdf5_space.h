// SPDX-License-Identifier: GPL-3.0-or-later
// Where the bytes of an HDF5 file are while the library makes it: the last few MB in memory, what
// is before them in a file. So a small file is written at once and a long one takes little memory.
// A driver of the library's that never fails: after an error of the system nothing more is written,
// and the error shows at the end.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/runlog/hdf5_door.h"

struct hdf5_space {
    hid_t driver; // the library's: it asks for it until it has closed the file
    int file;     // empty, borrowed, for reading and writing; -1: all stays in memory
    int cause;    // errno of the first failure, 0: none
    bool whole;
    uint64_t written;    // so many bytes are in the file,
    unsigned char *tail; // and these (used) behind them
    size_t used, capacity;
};

// A new HDF5 file there; negative if the library refuses. The space must stay where it is until the
// file is closed. creation: a property list. name: for the library's messages.
hid_t hdf5_space_create(struct hdf5_space *space, const char *name, hid_t creation);

// The library has flushed the file: what it writes from now on, to close it, does not count.
void hdf5_space_is_whole(struct hdf5_space *space);

uint64_t hdf5_space_bytes(const struct hdf5_space *space);

// A fingerprint of all bytes (fingerprint.h). Requires: they are whole.
uint64_t hdf5_space_fingerprint(struct hdf5_space *space);

// Adds bytes behind all others. Requires: they are whole.
void hdf5_space_append(struct hdf5_space *space, const void *bytes, size_t size);

// Writes all bytes to the file. False: *space has the cause.
bool hdf5_space_write_out(struct hdf5_space *space);

// The file has been closed.
void hdf5_space_release(struct hdf5_space *space);
