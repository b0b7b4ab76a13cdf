// SPDX-License-Identifier: GPL-3.0-or-later
// All of so many bytes through a file descriptor: the system may move fewer at a time, or be
// interrupted by a signal. And whether there is room for more.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// False if the file ends before (errno is 0 then), or cannot be read (errno).
bool file_read_all(int file, void *bytes, size_t size);

// False, with errno, if not all could be written.
bool file_write_all(int file, const void *bytes, size_t size);

// Reads a file to its end, a pipe too: released with memory_free, with a 0 behind the last byte.
// Returns 0, an errno, or EFBIG: there are more than "most" bytes, of which no more are read.
int file_read_whole(int file, size_t most, char **bytes, size_t *size);

// Whether the user cannot write so many bytes more to the file's file system. One that does not say
// has room.
bool file_has_no_room_for(int file, uint64_t bytes);
