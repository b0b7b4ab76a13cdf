// SPDX-License-Identifier: GPL-3.0-or-later
// A whole log in memory as what the program makes out of a journal: the supply of rows of a file,
// and the file, whose bytes follow from the log alone. Who wants a file as a run leaves it:
// written_log.h.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog_supply.h"

// Borrows the log.
struct runlog_supply log_in_memory_supply(const struct runlog *log);

// Errors: those of runlog_hdf5_write_rows; "wrong" is STATUS_INTERNAL.
enum status log_in_memory_write(const char *path, const struct runlog *log,
                                const struct provenance *provenance, struct error *error);
