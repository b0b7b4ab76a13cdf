// SPDX-License-Identifier: GPL-3.0-or-later
// A chunk of a dataset as it lies in an HDF5 file behind the filters shuffle, deflate and
// fletcher32. Any HDF5 library reads it; to make it here takes a fifth of the library's time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HDF5_KEPT_BYTES_MAX = 512 }; // of a chunk of one value 200 are used

// The bytes of so many values, of so many bytes each, as shuffle lays them: of all values the first
// byte, then of all the second one, and so on.
struct hdf5_planes {
    size_t value_bytes;
    size_t room;
    size_t count;         // of values so far
    unsigned char *bytes; // owned
    // While all values so far are one (of at most 8 bytes), that one stands for them, and not the
    // bytes. In many columns that is so to the end: the last such chunk is kept, to be used again.
    bool is_uniform;
    uint64_t uniform;
    struct {
        uint64_t value;
        size_t count; // 0: none is kept
        size_t size;
        unsigned char bytes[HDF5_KEPT_BYTES_MAX];
    } kept;
};
void hdf5_planes_init(struct hdf5_planes *planes, size_t value_bytes, size_t room);
void hdf5_planes_reset(struct hdf5_planes *planes);

// "count" values more, one every "stride" bytes.
void hdf5_planes_add(struct hdf5_planes *planes, const unsigned char *values, size_t stride,
                     size_t count);

struct hdf5_chunk;
struct hdf5_chunk *hdf5_chunk_create(void);
void hdf5_chunk_destroy(struct hdf5_chunk *chunk); // NULL is fine

// The chunk with these values, and zeroes behind them where there is room; empties the planes.
// Returns its bytes (*size), which last until the next call with either of the two: the same on
// every processor with SSE 4.2.
const void *hdf5_chunk_make(struct hdf5_chunk *chunk, struct hdf5_planes *planes, size_t *size);
