// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a whole log into its HDF5 file, which is made beside its name and appears under it at once:
// HDF5 itself promises nothing on a full disk or after a kill. However long the log, this takes no
// more than some MB of memory.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog_supply.h"

// Everything but /provenance depends on the log alone, byte for byte. Only an empty file or a log
// is replaced (file_kind.h). Errors: STATUS_CANNOT_CREATE, STATUS_IO (path is as it was), "wrong"
// (values outside the schema's ranges, with a sentence that begins with "name"), and those of the
// supply.
enum status runlog_hdf5_write_rows(const char *path, const struct runlog_supply *supply,
                                   const struct provenance *provenance, const char *name,
                                   enum status wrong, struct error *error);
