// SPDX-License-Identifier: GPL-3.0-or-later
// A check of the swarm in a process of its own: a broken invariant, a sanitizer's finding and a run
// without an end are findings like the others.
#pragma once

#include <sys/types.h>

#include "tests/support/swarm_check.h"

// Reports that a child writes and its parent reads. Released with the process.
struct swarm_report *swarm_trial_reports(size_t count);

// Begins a check in a child, which is ended after so many seconds. The folder is made, for this one
// alone. Borrows the text until then.
pid_t swarm_trial_start(const char *text, const char *folder, unsigned seconds,
                        struct swarm_report *report);

// The child has ended with this status of waitpid: completes its report and removes the folder.
void swarm_trial_end(int ended, const char *folder, struct swarm_report *report);

// Both, and waits between.
void swarm_trial_run(const char *text, const char *folder, unsigned seconds,
                     struct swarm_report *report);
