// SPDX-License-Identifier: GPL-3.0-or-later
// desgd tell --step: a run on the terminal, event by event, and what it would have become.
#pragma once

#include "sim/base/status.h"
#include "sim/cli/host_options.h"
#include "sim/cli/settings.h"

struct tell_session_options {
    const char *path;                // a log, or a scenario, which is run first
    const struct settings *settings; // of what is run; if there are any, a log's scenario is run
    int64_t from_ns;                 // where the look begins
    int32_t worker;                  // whose place is told; -1: whoever's event it is
    struct host_options host;
};

// Returns when the user leaves. Errors, with a message in *error: STATUS_USAGE (no terminal, no
// such worker); those of runlog_read or of run_scenario; STATUS_INTERRUPTED: the run was, before
// there was anything to look at.
enum status tell_session(const struct tell_session_options *options, struct error *error);
