// SPDX-License-Identifier: GPL-3.0-or-later
// Does many pieces of work in a few processes, each of which takes the next piece when it is done
// with one: for work that is too short for a process of its own, and that may crash. The processes
// are forks, so the work sees all that its caller has. What comes of a piece is plain data.
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

struct side_by_side {
    size_t count; // pieces
    int32_t jobs; // processes, >= 1; 1: none but this one
    size_t result_bytes;
    void (*work)(void *context, size_t index, void *result); // result: zeroed
    // In this process, for every piece in order, as soon as it and those before it are done. NULL:
    // the process that had it in hand ended before it was done.
    void (*done)(void *context, size_t index, const void *result);
    void *context;
    const volatile sig_atomic_t *interrupted; // may be NULL: a signal is passed on to the processes
};

// Errors: STATUS_NO_MEMORY, STATUS_IO (no memory to share, no process to be had);
// STATUS_INTERRUPTED: not every piece was done, nor told.
enum status side_by_side_run(const struct side_by_side *all, struct error *error);
