// SPDX-License-Identifier: GPL-3.0-or-later
// Whose file is it? A user's files may have the names that this program writes to: FILE.h5.part may
// be a download, FILE.h5.journal a diary. So a file is replaced, cut or removed only if nothing is
// in it or if it begins like what this program writes under that name. That is told from its first
// and last bytes, without a library and without a child process; one wrong byte in these is damage
// of a file of ours, not somebody else's file.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"

// What the files under a name have in common. Constants.
struct own_file_kind {
    const char *what;      // for messages: "a log of desgd"
    const char *beginning; // the first bytes
    size_t beginning_size;
    const char *word;  // somewhere in the first 4096 bytes; NULL: nothing
    const char *seal;  // the first bytes of the last seal_span; NULL: none. Only a whole file
    size_t seal_size;  // has them
    size_t seal_span;  //
    bool exact;        // the beginning is all of it, and every byte counts
    bool may_be_zeros; // a loss of power may leave nothing but zeros of it
};

enum own_file {
    OWN_FILE_NONE,    // there is no such name (or no such folder)
    OWN_FILE_EMPTY,   // nothing is in it
    OWN_FILE_OURS,    //
    OWN_FILE_FOREIGN, // somebody's, not to be read, or no regular file
};

// Follows symbolic links; one that leads nowhere is somebody's.
enum own_file own_file_look(const char *path, const struct own_file_kind *kind);

// The same of a file that is open for reading.
enum own_file own_file_look_at(int file, const struct own_file_kind *kind);

// The same of what a kill may have left half written: it needs no seal and may be short.
enum own_file own_file_look_at_part(const char *path, const struct own_file_kind *kind);

// Errors: STATUS_CANNOT_CREATE, with the path that is in the way, unless there is none, an empty
// one, or one of ours: also if it may not be read; STATUS_NO_MEMORY and STATUS_IO as of
// status_of_cause if the host cannot tell.
enum status own_file_check(const char *path, const struct own_file_kind *kind, struct error *error);
enum status own_file_check_part(const char *path, const struct own_file_kind *kind,
                                struct error *error);

// Removes the file if it is empty or of ours, a symbolic link never.
void own_file_remove(const char *path, const struct own_file_kind *kind);
void own_file_remove_part(const char *path, const struct own_file_kind *kind);

// Whether two names are one file: by device and inode (hard links, symbolic links, a folder by
// another name), and, while neither is there, by the real folder and the name in it.
bool own_file_is_same(const char *one, const char *other);

// Whether this name (itself, no link) is the file that is held open.
bool own_file_is_at(int file, const char *path);
