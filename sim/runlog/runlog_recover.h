// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a journal that its writer (runlog_writer.h) could not make a log of.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"

// Makes PATH out of a whole journal that a failed publishing has kept, and leaves the journal
// alone. Only an empty file or a log is replaced. Errors: STATUS_NO_INPUT, STATUS_BAD_DATA (the
// journal), STATUS_IO, STATUS_CANNOT_CREATE.
enum status runlog_recover(const char *journal_path, const char *path,
                           const struct provenance *provenance, struct error *error);
