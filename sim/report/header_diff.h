// SPDX-License-Identifier: GPL-3.0-or-later
// What two logs say of themselves before their first row, but for the scenario's text. For a
// replay: what is repeated has the header that its scenario makes, so a recorded one that differs
// is not of that scenario. (Two runs that are merely compared may keep different tables.)
#pragma once

#include "sim/runlog/runlog.h"

enum { HEADER_DIFF_SIZE = 256 };

// Names the first field that differs, a line that ends in a newline; "" if none does. Returns
// whether one does. The initial parameters are not looked at (runlog_diff.h), their number is.
bool header_diff(const struct runlog_header *recorded, const struct runlog_header *repeated,
                 char text[HEADER_DIFF_SIZE]);
