// SPDX-License-Identifier: GPL-3.0-or-later
// What is left of a run that was killed, interrupted or ran out of disk, and where it can go on:
// the last good checkpoint whose journal is whole up to there.
#pragma once

#include "sim/runlog/run_sink.h"
#include "sim/simulation/checkpoint_keeper.h"

enum resume_point {
    RESUME_BEGIN,   // nothing that helps: from the beginning
    RESUME_GO_ON,   // from the checkpoint
    RESUME_PUBLISH, // the journal holds the whole run, only its log is missing
};

// Plain data; empty: {0}.
struct resume {
    enum resume_point point;
    struct checkpoint checkpoint; // RESUME_GO_ON
    struct runlog recorded;       // the rows up to there (without events, samples and values), or
                                  // the whole run's
};

// Looks at PATH, the log that the run is to make. *finished: it is there, of this scenario, and
// its run has come to an end; then "log" has it. Errors: STATUS_BAD_DATA: PATH is the log of
// another scenario, and there is no journal that says otherwise. One that is damaged is as good as
// none, and the notice (may be NULL) says so; one that cannot be read may be finished: those errors
// of runlog_read.
enum status resume_look_at_log(const char *path, const char *scenario,
                               void (*notice)(const char *sentence), bool *finished,
                               struct runlog *log, struct error *error);

// Looks at the journal (which the writer has found and holds) and at the keeper's checkpoints, and
// prepares the writer. Notices tell what is damaged and from where the run goes on. Errors:
// STATUS_BAD_DATA: they belong to another scenario, other data or other arithmetic; nothing is
// changed then. STATUS_IO and STATUS_NO_MEMORY: the journal or a checkpoint cannot be read.
enum status resume_find(struct resume *resume, const struct runlog_header *header,
                        struct runlog_writer *writer, struct checkpoint_keeper *keeper,
                        struct error *error);
void resume_reset(struct resume *resume);
