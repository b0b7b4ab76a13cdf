// SPDX-License-Identifier: GPL-3.0-or-later
// All of so many bytes through a file descriptor: the system may move fewer at a time, or be
// interrupted by a signal.
#ifndef DESGD_BASE_FILE_BYTES_H
#define DESGD_BASE_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

// False if the file ends before, or cannot be read.
bool file_read_all(int file, void *bytes, size_t size);

// False, with errno, if not all could be written.
bool file_write_all(int file, const void *bytes, size_t size);

#endif
