// SPDX-License-Identifier: GPL-3.0-or-later
// A log written by hand, for the tests of reports: two workers, threshold 1 and then 2, a pushed
// worker waits, with a start-up of 1 s, an end at 1.3 s, and every number checked on paper.
//
//   worker 0  computes 1.000 to 1.100 (gradient 0), 1.118 to 1.202 (1), from 1.228 on (2)
//   worker 1  computes 1.000 to 1.150 and is delayed to 1.200 (0), computes 1.229 to 1.289 (1)
//   spans     push 1 ms, receive 10 ms, update 5 ms, reply 1 ms, way back 1 ms
//   updates   version 1 at 1.116 s of {0/0}, version 2 at 1.226 s of {0/1, 1/0}
#pragma once

#include "sim/runlog/runlog.h"

// Release with runlog_reset.
struct runlog story_log_create(void);
