// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of its own for each test, below $TMPDIR or /tmp.
#pragma once

#include <stddef.h>

enum { SCRATCH_PATH_SIZE = 512 };

// cmocka's set-up and tear-down of one test: *state is the whole path of a new, empty folder; the
// tear-down removes it with all it holds.
int scratch_setup(void **state);
int scratch_teardown(void **state);

// "FOLDER/name" into "path"; returns path.
const char *scratch_path(void *const *state, const char *name, char path[SCRATCH_PATH_SIZE]);

// A file of that name in the folder, with that text in it.
void scratch_write(void *const *state, const char *name, const char *text);

// How many entries a folder holds, "." and ".." not counted.
size_t scratch_count_entries(const char *folder);
