// SPDX-License-Identifier: GPL-3.0-or-later
// Does something in a child process first, to learn whether it would crash. libhdf5 1.10.8 crashed
// on 8 of 5,000 logs with a few wrong bytes; a user should read a sentence instead.
#ifndef DESGD_RUNLOG_CRASH_GUARD_H
#define DESGD_RUNLOG_CRASH_GUARD_H

#include "sim/base/status.h"

typedef enum status crash_guard_action(void *context, struct error *error);

// Runs action(context, error) in a child and returns what it returns, with its message. What it
// does to memory is lost with the child. Errors besides its own: STATUS_BAD_DATA with a sentence
// that begins with "name", if it crashes or computes for more than seconds_max;
// STATUS_NO_MEMORY and STATUS_INTERNAL, if it ended with these. STATUS_OK also where no child is to
// be had.
enum status crash_guard_try(crash_guard_action *action, void *context, const char *name,
                            unsigned seconds_max, struct error *error);

#endif
