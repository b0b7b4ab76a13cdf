// SPDX-License-Identifier: GPL-3.0-or-later
// Files that appear whole or not at all: written beside their final name, synced, then renamed over
// it.
#ifndef DESGD_BASE_ATOMIC_FILE_H
#define DESGD_BASE_ATOMIC_FILE_H

#include <stddef.h>

#include "sim/base/status.h"

// Writes bytes to PATH.part, syncs it, renames it to PATH and syncs the folder. On failure PATH is
// as it was and PATH.part is gone. Errors: STATUS_CANNOT_CREATE (cannot open), STATUS_IO (cannot
// write, sync or rename).
enum status atomic_file_write(const char *path, const void *bytes, size_t size,
                              struct error *error);

// The same for a path that several processes, perhaps on several machines, may write at once: each
// beside a part of its own, PATH.HOST-PID.part, and whichever is renamed last stays.
enum status atomic_file_write_shared(const char *path, const void *bytes, size_t size,
                                     struct error *error);

// Removes the parts of PATH that processes of this host have left which are no more.
void atomic_file_clear_shared(const char *path);

#endif
