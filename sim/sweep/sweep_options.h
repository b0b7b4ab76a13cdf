// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep is asked for besides its plan, and what it counts.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sweep_counts {
    size_t total;         // of this shard
    size_t found;         // finished by an earlier call
    size_t finished;      // by this one, diverged ones included
    size_t diverged;      // of all that are done; by run_metrics_diverged
    size_t untrained;     // of all that are done; report/untrained.h
    size_t failed;        // now
    size_t failed_before; // and not tried again
    size_t elsewhere;     // at work in another process
    size_t killed;        // ended by a signal of somebody else's; done by the next call
    size_t stopped;       // by the machine's trouble; done by the next call
};

struct sweep_options {
    const char *folder;        // made if it is missing
    const char *data_folder;   // --data; may be NULL
    const char *const *inputs; // (input_count): files that are read besides the data; none of them
    size_t input_count;        // is written to (sweep_claim.h)
    int32_t jobs;              // processes at a time, >= 1
    int32_t shard;             // which part of the plan, 0 .. shards - 1
    int32_t shards;            // >= 1; 0 stands for 1
    bool retry;                // what failed before
    double checkpoint_seconds; // of the host's clock between two of a run's checkpoints; 0: none
    const volatile sig_atomic_t *interrupted;
    // After every run, and for every failure of before; may be NULL. "failure": what a failed run
    // said, else NULL; borrowed.
    void (*progress)(void *context, const struct sweep_counts *counts, const char *failure);
    // What a user should know, in a sentence: of the tuning, of a plan that has grown or was
    // changed, of data that have changed, and of files that are replaced, since they are damaged or
    // not of the run that their name says; may be NULL.
    void (*notice)(void *context, const char *sentence);
    void *progress_context;
};
