// SPDX-License-Identifier: GPL-3.0-or-later
// When the updates of a log began, which no row tells: a span before its end each, unless the
// server was paused meanwhile.
#pragma once

#include "sim/runlog/runlog.h"

// The server takes nothing else from the receipt that leads to an update until its end, so it began
// at the last receipt before, or so long after it as the row says. (update_count), to be released
// with memory_free.
int64_t *updates_began(const struct runlog *log);
