// SPDX-License-Identifier: GPL-3.0-or-later
// A folder in memory for the files of one run of a fuzz target. A machine on which that cannot be
// had ends the process: nothing would be tested.
#pragma once

#include <stddef.h>

enum { FUZZ_PATH_SIZE = 64 };

struct fuzz_folder {
    char path[FUZZ_PATH_SIZE];
};

struct fuzz_folder fuzz_folder_create(void);

// Writes a file of the folder; its path goes into "path", which is returned.
const char *fuzz_folder_write(const struct fuzz_folder *folder, const char *name, const void *bytes,
                              size_t size, char path[FUZZ_PATH_SIZE]);

void fuzz_folder_remove(const struct fuzz_folder *folder); // with its files
