// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a whole log into its HDF5 file. The file is built in memory and appears under its name at
// once: HDF5 itself promises nothing on a full disk or after a kill.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog.h"

// Everything but /provenance depends on *log alone, byte for byte. Only an empty file or a log is
// replaced (file_kind.h). Errors: STATUS_CANNOT_CREATE, STATUS_IO (path is as it was),
// STATUS_INTERNAL (values outside the schema's ranges).
enum status runlog_hdf5_write(const char *path, const struct runlog *log,
                              const struct provenance *provenance, struct error *error);
