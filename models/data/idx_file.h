// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one IDX file (the format of MNIST: a magic number, the dimensions as big-endian 32-bit
// numbers, then bytes) and compares it with what it must be.
#ifndef DESGD_MODELS_DATA_IDX_FILE_H
#define DESGD_MODELS_DATA_IDX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "models/data/dataset_catalogue.h"

// Bytes of header and of content.
size_t idx_file_header_size(const struct idx_file *file);
size_t idx_file_content_size(const struct idx_file *file);

// *bytes: the whole file, header first; release with memory_free. Errors: STATUS_NO_INPUT (missing,
// unreadable), STATUS_BAD_DATA (another size, header or fingerprint).
enum status idx_file_read(const struct idx_file *file, const char *path, uint8_t **bytes,
                          struct error *error);

#endif
