// SPDX-License-Identifier: GPL-3.0-or-later
// desgd info --follow: a run or a sweep while it goes on, on the terminal, or as a line now and
// then where there is none.
#pragma once

#include "sim/base/status.h"

// path: the log that the run is to make, or its journal, or the folder of a sweep. Returns when the
// run is over, no run of the sweep is left, or the user leaves. Errors: STATUS_NO_INPUT: neither a
// run that goes on nor its log is there, or no sweep; without a terminal also if the run's process
// has gone before its end; those of runlog_read and sweep_manifest_read.
enum status follow_session(const char *path, struct error *error);
