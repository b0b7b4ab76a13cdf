// SPDX-License-Identifier: GPL-3.0-or-later
// Carries out a sweep's plan: one process per run, as many at a time as asked for, each log named
// by the hash of its canonical scenario. What is in the folder already is not run again, and what
// has failed is run again only on demand. A run that is ended by a signal has failed if the signal
// tells of a mistake in the program (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP):
// it would come to that again. Any other is somebody's, or the system's for lack of memory or time
// (SIGKILL, SIGTERM, SIGXCPU and so on): such a run is told and missing, and the next call goes on
// with it from its last checkpoint. So does it with a run that the machine has stopped: no memory
// (71), a full disk (74), data that are missing (66), something in the place of its log (73). One
// call begins each run at most once. Nothing in the folder is shared between processes but by
// renaming whole files, so shards on several machines may write into one folder.
//
// FOLDER/plan.tsv     the runs (sweep_manifest.h)
// FOLDER/HASH.h5      the log of a run; HASH.h5.journal while it goes on
// FOLDER/HASH.record  what is remembered of a finished one (run_record.h)
// FOLDER/HASH.failed  exit status and message of one that failed; its scenario in HASH.yaml
#pragma once

#include "sim/base/status.h"
#include "sim/sweep/sweep_options.h"
#include "sim/sweep/sweep_plan.h"

// Of a sweep that tunes first the tuning's runs, then, when those of all shards are there, the
// rounds of the values chosen, which are added to the plan; a cell whose tuning has a failed run
// gets none, and that is a failure, too.
// Returns STATUS_OK (all runs are there, diverged ones included), STATUS_INTERRUPTED (called again,
// it goes on; also when runs were killed or stopped), STATUS_IO with the count of failed runs, or,
// before any run, those of sweep_claim_check and sweep_manifest_write: what is to be written is
// read, the folder is another sweep's. SIGCHLD, SIGINT,
// SIGTERM, SIGHUP and SIGUSR1 are blocked but while it waits.
enum status sweep_carry_out(struct sweep_plan *plan, const struct sweep_options *options,
                            struct sweep_counts *counts, struct error *error);
