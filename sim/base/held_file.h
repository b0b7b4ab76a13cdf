// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done for a file that is held open when its name is gone, or is to be another; nothing
// of anybody's is ever replaced. And whether some process holds one, by its lock.
#pragma once

#include <limits.h>
#include <stdbool.h>

// The name that the system knows the file by, if it still has one: also after it, or its folder,
// was renamed.
bool held_file_name(int file, char name[PATH_MAX]);

// Whether a process has locked the file (flock), as who writes one does. Where nobody has, it is
// locked for an instant: who wants to lock it meanwhile must try again. Not known where the file
// cannot be opened, or its file system has no locks.
enum held_file_lock { HELD_FILE_NOT_KNOWN, HELD_FILE_FREE, HELD_FILE_LOCKED };
enum held_file_lock held_file_look_at_lock(int file);
enum held_file_lock held_file_look_at_lock_of(const char *path);

// A locked and synced copy under a free name, open for reading and writing behind its end. -1 and
// errno (EEXIST: the name is taken); nothing is left then.
int held_file_copy(int file, const char *path);

// 0 or an errno (EEXIST: "path" is taken).
int held_file_rename_to_free(const char *from, const char *path);
