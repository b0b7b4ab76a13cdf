// SPDX-License-Identifier: GPL-3.0-or-later
// Carries out a sweep's plan: one process of one thread per run, as many at a time as asked for,
// each log named by the hash of its canonical scenario. What is in the folder already is not run
// again.
#ifndef DESGD_RUN_SWEEP_H
#define DESGD_RUN_SWEEP_H

#include <signal.h>

#include "sim/base/status.h"
#include "sim/scenario/sweep_plan.h"

struct sweep_counts {
    size_t total;
    size_t found;    // finished by an earlier call
    size_t finished; // by this one, diverged ones included
    size_t diverged; // of all that are done
    size_t failed;
};

struct sweep_options {
    const char *folder;      // made if it is missing
    const char *data_folder; // --data; may be NULL
    const char *program;     // desgd itself; NULL: the running program
    int32_t jobs;            // processes at a time, >= 1
    const volatile sig_atomic_t *interrupted;
    // After every run; may be NULL. "failure": what a failed run said, else NULL; borrowed.
    void (*progress)(void *context, const struct sweep_counts *counts, const char *failure);
    void *progress_context;
};

// FOLDER/HASH.h5, into text.
enum { SWEEP_PATH_SIZE = 4096 };
void sweep_log_path(const char *folder, uint64_t hash, char text[SWEEP_PATH_SIZE]);

// Returns STATUS_OK (all runs are there, diverged ones included), STATUS_INTERRUPTED (called again,
// it goes on), STATUS_IO with the count of failed runs, or STATUS_CANNOT_CREATE.
enum status sweep_carry_out(const struct sweep_plan *plan, const struct sweep_options *options,
                            struct sweep_counts *counts, struct error *error);

#endif
