// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a log is what its scenario gives: for a reviewer, who has nothing but the file. All that
// can be computed again is held against it:
//   seal      the bytes are those that desgd wrote (file_seal.h)
//   scenario  its text is a scenario in canonical form, with the log's own seed and workers
//   spans     every span is the one that the scenario's laws and seed give (redrawn_spans.h)
//   data      the data set here is the one of the log
//   replay    every row, parameter and fingerprint comes out again, and so do the header's fields
// In no verdict are the provenance, which nobody can compute again, the title, which nothing
// depends on, and what other programs may have added to the file: of these the seal alone tells,
// and whoever knows how desgd makes it can make it.
#pragma once

#include "sim/run/replay.h"

enum verify_part {
    VERIFY_READS, // nothing else can be said of a file that cannot be read
    VERIFY_SEAL,
    VERIFY_SCENARIO,
    VERIFY_SPANS,
    VERIFY_DATA,
    VERIFY_REPLAY,
    VERIFY_PART_COUNT
};
extern const char *const verify_part_names[VERIFY_PART_COUNT];

enum verify_finding {
    FINDING_NONE,
    FINDING_HOLDS,
    FINDING_FAILS,
    FINDING_COUNT
}; // NONE: not known
extern const char *const verify_finding_names[FINDING_COUNT];

enum { VERIFY_REASON_SIZE = sizeof((struct error *)0)->message };

// Plain data, without pointers.
struct verify_verdict {
    // STATUS_OK: verified; STATUS_DIFFERENT: it is not what its scenario gives; or why nobody can
    // tell: the status of an error (66: no such file or no data; 65: damaged, or its scenario is
    // none of this version; 75: interrupted).
    enum status status;
    enum verify_finding findings[VERIFY_PART_COUNT];
    char reason[VERIFY_REASON_SIZE]; // whole sentences or lines, unless verified
    enum run_status run;             // of the log
    struct runlog_ending ending;     // without workers and parameters
    uint64_t seed;
    uint64_t data_hash;
    struct span_tally spans;
    size_t events, gradients, updates; // compared
};

// Of the options it takes what replay_file does. The replay is left out where the scenario or the
// spans differ: it would only say that again.
void verify_log(const char *path, const struct run_options *options,
                struct verify_verdict *verdict);

// The verdict on all: STATUS_DIFFERENT if a log is different, or else the status of the first that
// nobody can tell, or else STATUS_OK.
enum status verify_worse(enum status all, enum status one);
