// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a log back from HDF5. Files come from strangers: the format, types, ranks and sizes are
// checked before memory is taken; only hard links, known paths and known filters are followed. A
// file is read twice, first in a child process, for libhdf5 may crash on a damaged one.
#ifndef DESGD_RUNLOG_RUNLOG_READER_H
#define DESGD_RUNLOG_RUNLOG_READER_H

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog.h"

// *log must be zeroed; on failure it stays so. provenance may be NULL. Errors: STATUS_NO_INPUT
// (missing), STATUS_BAD_DATA (not HDF5, truncated, another format or version, tables that do not
// fit each other).
enum status runlog_read(const char *path, struct runlog *log, struct provenance *provenance,
                        struct error *error);

// Recomputes the timeline fingerprint from the rows (runlog_fingerprint.h); false if it is not the
// one stored. Logs without events cannot be checked and answer true.
bool runlog_fingerprints_hold(const struct runlog *log);

#endif
