// SPDX-License-Identifier: GPL-3.0-or-later
// Small files of data sets, right and wrong, for the tests that read them.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { IDX_TEXT_MAX = 4096 };

// Writes a file as it is, or gzipped. Fails the test if it cannot.
void data_file_make(const char *path, const void *bytes, size_t size);
void data_file_make_gzipped(const char *path, const void *bytes, size_t size);

// The bytes of an IDX file: its header, then the content. Returns their number, at most
// IDX_TEXT_MAX. type: 8 for bytes, 0x0d for floats (content is then already big-endian).
size_t idx_bytes_make(uint8_t type, uint32_t rank, const uint32_t *dimensions, const void *content,
                      size_t content_size, uint8_t bytes[IDX_TEXT_MAX]);
