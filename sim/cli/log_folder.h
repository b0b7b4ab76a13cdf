// SPDX-License-Identifier: GPL-3.0-or-later
// The logs in a folder, as all commands understand it that take folders: the files in it whose
// names end in .h5 (or .H5), but for a sweep's table of runs (sweep.h5) and hidden ones. Folders in
// it are not looked into, and that is said.
#pragma once

#include "sim/base/status.h"

// Hands over the name of each, in the order of their names. A note on stderr says how many folders
// were left out. Errors: STATUS_NO_INPUT (there are none, or no such folder), and those of
// status_of_cause.
enum status log_folder_each(const char *folder, void (*take)(void *context, const char *name),
                            void *context, struct error *error);
