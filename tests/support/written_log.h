// SPDX-License-Identifier: GPL-3.0-or-later
// A log in memory as a file, sealed, as a run would have written it: also one that a test has
// changed, as somebody who knows how desgd makes the seal could.
#pragma once

#include "sim/runlog/runlog.h"

void written_log(const struct runlog *log, const char *path);
