// SPDX-License-Identifier: GPL-3.0-or-later
// IDX, the format of MNIST: a magic number, the dimensions as big-endian 32-bit numbers, then the
// numbers themselves.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { IDX_DIMENSIONS_MAX = 4 };

// ---- a file that is known, byte for byte ----

// Of unsigned bytes: items of rows x columns pixels, or items of one label.
struct idx_file {
    const char *name;
    uint64_t fingerprint;
    uint32_t dimension_count;                // 3 for images, 1 for labels
    uint32_t dimensions[IDX_DIMENSIONS_MAX]; // items first
};

// Bytes of header and of content.
size_t idx_file_header_size(const struct idx_file *file);
size_t idx_file_content_size(const struct idx_file *file);

// *bytes: the whole file, header first; release with memory_free. Errors: STATUS_NO_INPUT (missing,
// unreadable), STATUS_BAD_DATA (another size, header or fingerprint).
enum status idx_file_read(const struct idx_file *file, const char *path, uint8_t **bytes,
                          struct error *error);

// ---- a file of a user's own ----

enum idx_type { IDX_BYTES = 0x08, IDX_FLOATS = 0x0d };

struct idx_array {
    enum idx_type type;
    uint32_t rank;
    uint32_t dimensions[IDX_DIMENSIONS_MAX];
    size_t count;  // of numbers
    void *numbers; // uint8_t or float, in the order of this machine; release with memory_free
};

// Errors: STATUS_NO_INPUT; STATUS_BAD_DATA: no IDX file of bytes or floats with 1 to 4 dimensions,
// a dimension of 0, more or fewer numbers than the header says, more than a compressed file of its
// size may take (data_file.h). Memory follows what is there, not what the header says.
enum status idx_array_read(const char *path, struct idx_array *array, struct error *error);
