// SPDX-License-Identifier: GPL-3.0-or-later
// A checksum over a whole file, in 32 bytes behind its end. HDF5 does not look there, and whoever
// changes the file through its library cuts them off: so a seal that does not hold means damage,
// and none means that the file was changed, or made, by another program.
#pragma once

#include <stddef.h>
#include <stdint.h>

// A seal begins with the magic (a text without its final 0).
#define FILE_SEAL_MAGIC "desgd whole file"
enum { FILE_SEAL_BYTES = 32, FILE_SEAL_MAGIC_BYTES = 16 };

enum file_seal { FILE_SEAL_MISSING, FILE_SEAL_HOLDS, FILE_SEAL_BROKEN };

// The seal of "size" bytes with this fingerprint (fingerprint.h).
void file_seal_make(uint64_t size, uint64_t fingerprint, unsigned char seal[FILE_SEAL_BYTES]);

// Looks at the end of a whole file.
enum file_seal file_seal_find(const void *bytes, size_t size);

// The same of a file that is mapped for reading, from its first byte on: its pages are given back
// as it goes, so that a long file takes no more memory than a short one.
enum file_seal file_seal_find_mapped(void *bytes, size_t size);
