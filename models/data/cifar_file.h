// SPDX-License-Identifier: GPL-3.0-or-later
// CIFAR-10's binary format: records of one byte for the label and the pixels, plane by plane (red,
// green, blue), each row by row.
#pragma once

#include "models/data/dataset.h"

enum { CIFAR_FILES_MAX = 5 };

struct cifar_file {
    const char *name; // NULL: no further file
    uint64_t fingerprint;
    size_t records;
};

// Reads the files of one split, one behind the other, from a folder: images of "pixels" bytes.
// split must be empty; its bytes then are the files' own, a record apart. Combines the
// fingerprint of each file into *hash. Errors: STATUS_NO_INPUT (missing, unreadable),
// STATUS_BAD_DATA (another size or fingerprint).
enum status cifar_files_read(const struct cifar_file *files, const char *folder, size_t pixels,
                             struct split_arrays *split, uint64_t *hash, struct error *error);
