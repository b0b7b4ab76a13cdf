// SPDX-License-Identifier: GPL-3.0-or-later
// The events of a log in words, one line an event: for teaching, for debugging, and the form in
// which the golden traces of the tests are written.
//
//   3.214 s  worker 7 pushes gradient 12, read at version 40
//   3.224 s  server receives gradient 12 of worker 7; buffer 3 of 3
//   3.229 s  server applies 3 gradients of workers 1, 4, 7 (K = 3) and makes version 41; staleness
//            0 to 2
#pragma once

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/tell_options.h"
#include "sim/runlog/runlog.h"

// Where the scenario changed midway a line says what it was until then. Changes of K and
// evaluations are of no worker: they are told only where everything is.
//
// All times have as many decimals as the one that needs most. If the window reaches the end of the
// run, the last lines say how it ended and what was under way then. Errors: STATUS_BAD_DATA (the
// log has no events, or no such worker), STATUS_IO (cannot write).
enum status tell(FILE *out, const struct runlog *log, const struct tell_options *options,
                 struct error *error);
