// SPDX-License-Identifier: GPL-3.0-or-later
// Decides when a run makes its checkpoints, and puts them beside its log: PATH.checkpoint, and the
// one before in PATH.checkpoint.previous. The host's clock decides, which changes no result.
#pragma once

#include <signal.h>

#include "sim/runlog/runlog_writer.h"
#include "sim/simulation/checkpoint.h"

struct checkpoint_keeper {
    char *path;                            // PATH.checkpoint
    struct runlog_writer *writer;          // borrowed
    double every_seconds;                  // 0: only when asked for
    double next_seconds;                   // of the host's clock
    const char *arithmetic;                // see checkpoint.h; borrowed
    const volatile sig_atomic_t *requests; // counts who asked for one; may be NULL
    sig_atomic_t answered;
    void (*notice)(const char *sentence); // may be NULL: what the user should know
};

// path: of the log.
void checkpoint_keeper_init(struct checkpoint_keeper *keeper, const char *path,
                            struct runlog_writer *writer, double every_seconds);
void checkpoint_keeper_reset(struct checkpoint_keeper *keeper);

// Asked between any two events.
bool checkpoint_keeper_is_due(struct checkpoint_keeper *keeper);

// Completes the checkpoint (where the journal is, with what it computes) and writes it. A run goes
// on without one if that fails: then there is a notice.
void checkpoint_keeper_keep(struct checkpoint_keeper *keeper, struct checkpoint *checkpoint);
