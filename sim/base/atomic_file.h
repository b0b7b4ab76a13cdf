// SPDX-License-Identifier: GPL-3.0-or-later
// Files that appear whole or not at all: written beside their final name, synced, then renamed over
// it. This is the one way in which files of this program come to their names, so here nothing of
// the user's is replaced: "kind" tells what may be (own_file.h).
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"

// Writes bytes to PATH.part, syncs it, renames it to PATH and syncs the folder. A file that is
// replaced hands on its mode. On failure PATH is as it was and PATH.part is gone. Errors:
// STATUS_CANNOT_CREATE (cannot open; PATH is neither missing, nor empty, nor of the kind; PATH.part
// is neither missing nor what a kill has left of one of the kind, or another process is writing
// it), STATUS_IO (cannot write, sync or rename; PATH.part was taken away meanwhile).
enum status atomic_file_write(const char *path, const struct own_file_kind *kind, const void *bytes,
                              size_t size, struct error *error);

// The same of what a function writes bit by bit, for files that memory need not hold. The function
// fails by a status that it has set *error to, which is returned then; that it could not write is
// seen here.
enum status atomic_file_write_by(const char *path, const struct own_file_kind *kind,
                                 enum status (*write)(void *context, FILE *out,
                                                      struct error *error),
                                 void *context, struct error *error);

// Whether atomic_file_write would be refused now: for who writes several files, before the first.
// Errors: STATUS_CANNOT_CREATE, and those of own_file_check.
enum status atomic_file_check(const char *path, const struct own_file_kind *kind,
                              struct error *error);

// atomic_file_write for a path that several processes, perhaps on several machines, may write at
// once: each beside a part of its own, PATH.HOST-PID.part, and whichever is renamed last stays.
enum status atomic_file_write_shared(const char *path, const struct own_file_kind *kind,
                                     const void *bytes, size_t size, struct error *error);

// Removes the parts of PATH that processes of this host have left which are no more.
void atomic_file_clear_shared(const char *path, const struct own_file_kind *kind);
