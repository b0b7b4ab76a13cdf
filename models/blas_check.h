// SPDX-License-Identifier: GPL-3.0-or-later
// Whether OpenBLAS can be used here, and loads it: for a run, before it starts threads.
#pragma once

#include <stdint.h>

#include "sim/base/status.h"

// Requires: threads >= 1. Errors: STATUS_USAGE when it cannot be loaded, and when several threads
// are asked for and it is not its pthread build: the serial build gives wrong products under
// threads, and the OpenMP build does not keep to one thread; STATUS_NO_MEMORY when there is none
// for OpenBLAS's buffers (it would wait for ever).
enum status blas_check(int32_t threads, struct error *error);
