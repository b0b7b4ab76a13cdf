// SPDX-License-Identifier: GPL-3.0-or-later
// One process per run, so that a crash costs one run. A process is a fork of the sweep itself: it
// needs no start-up, no second reading of the scenario, and it dies with the sweep that started it.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"

// What a run needs to know; borrowed.
struct sweep_job {
    const struct scenario *scenario;
    uint64_t run; // its hash
    const char *folder;
    const char *data_folder;
    struct dataset **opened_data; // see run_options.h
    int32_t threads;
    double checkpoint_seconds; // of the host's clock
    const volatile sig_atomic_t *interrupted;
    const sigset_t *signals; // the mask that the run has
};

// The exit status of a process whose run is being written by another one already.
enum { SWEEP_PROCESS_TAKEN = 100 };

// A process at work; pid 0: the place is free.
struct sweep_process {
    pid_t pid;
    int complaints; // what it writes on stderr, a file without a name
    size_t index;   // of the run, for the caller
    int32_t threads;
};

// Errors: STATUS_IO (no process, no file to be had).
enum status sweep_process_start(const struct sweep_job *job, struct sweep_process *process,
                                struct error *error);

// Whether a process ended by a signal of somebody else's; a run that could still end in order has
// said "interrupted".
bool sweep_process_was_killed(int wait_status);

// What an ended process has said, without the last line end; the place is free then.
void sweep_process_end(struct sweep_process *process, char *text, size_t size);
