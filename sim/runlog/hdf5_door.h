// SPDX-License-Identifier: GPL-3.0-or-later
// What the writer and the reader share at the door of the HDF5 library: its silence, the text of
// its errors, and the types of our columns.
#pragma once

#include <hdf5.h>
#include <stdbool.h>

#include "sim/runlog/runlog_schema.h"

enum { HDF5_TEXT_SIZE = 256 };

// Nothing printed, no plugin loaded. To be called first by every function that others call.
void hdf5_quiet(void);

// The innermost line of the error that the last HDF5 call of this thread has left. Ask at once:
// the next call clears it.
const char *hdf5_innermost(char text[HDF5_TEXT_SIZE]);

// Whether that call, or one before it since errno was 0, failed for want of memory: then it says
// nothing about the file. Ask at once, too.
bool hdf5_lacked_memory(void);

// New types, to be released: fixed-length UTF-8, a column in the file, a row of the layout. They
// also describe memory: this program runs on little-endian machines only (runlog_fingerprint.c).
hid_t hdf5_text_type(size_t size);
hid_t hdf5_column_type(const struct runlog_column *column);
hid_t hdf5_layout_type(void);

// Bytes of a value of a column in the file.
size_t hdf5_column_bytes(const struct runlog_column *column);

// For the callbacks of a file image: their context is the caller's, neither copied nor released.
void *hdf5_same_context(void *context);
herr_t hdf5_keep_context(void *context);

// Gives back an identifier of any kind; a negative one is fine.
void hdf5_release(hid_t id);
