// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a log back from HDF5. Files come from strangers: the format, types, ranks and sizes are
// checked before memory is taken; only hard links, known paths and known filters are followed. The
// HDF5 library reads in a child process alone (confinement.h), which passes plain rows; that their
// numbers are within the schema's ranges is checked behind it, where they are used.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog_schema.h"

// *log must be zeroed; on failure it stays so. provenance may be NULL. log->altered says whether
// another program has changed or made the file (file_seal.h). Errors: STATUS_BAD_DATA: bytes that
// were read and are wrong (not HDF5, truncated, damaged, another format or version, tables that do
// not fit each other). What says nothing about the file: STATUS_NO_INPUT (missing, not to be read,
// being written by another program), STATUS_NO_MEMORY (memory, descriptors, no process to read it
// in, or it was ended by others), STATUS_IO (the disk).
enum status runlog_read(const char *path, struct runlog *log, struct provenance *provenance,
                        struct error *error);

// The same for who wants no more than what has happened up to a time: a long log is then not read
// whole, but the rows of events, gradients (by their dispatch), updates, evaluations and reductions
// (by their beginning) up to then, all incidents and workers, neither samples nor parameters. Read
// whole it is if it has ended by then, or if log->altered: who made it may have mixed up the times.
enum status runlog_read_until(const char *path, int64_t until_ns, struct runlog *log,
                              struct error *error);

// The same, but only header (without layout and parameters), ending (without workers and
// parameters) and evaluations, whose times are checked to ascend: for reports on thousands of runs.
// Nothing else of the file is looked at.
enum status runlog_read_evaluations(const char *path, struct runlog *log, struct error *error);

// The same with another table instead of evaluations. Errors besides: STATUS_BAD_DATA: it has more
// than rows_max rows (0: any number), for which then no memory is taken.
enum status runlog_read_table(const char *path, enum runlog_table_id id, size_t rows_max,
                              struct runlog *log, struct error *error);

// Whether the file is HDF5 by its first bytes. Only a regular file is looked at: what comes through
// a pipe could not be read again.
bool runlog_is_hdf5(const char *path);

// Whether the file says itself that it is of another format than a log (a sweep's table of runs
// does), so that a folder's logs can be told from it; false of one that is damaged. Errors: those
// of runlog_read, without STATUS_BAD_DATA.
enum status runlog_is_of_another_kind(const char *path, bool *another_kind, struct error *error);

// The same of a log that this process has just written: without the child process.
enum status runlog_read_own(const char *path, struct runlog *log, struct provenance *provenance,
                            struct error *error);

// Recomputes the timeline fingerprint from the rows (runlog_fingerprint.h); false if it is not the
// one stored. Logs without events cannot be checked and answer true.
bool runlog_fingerprints_hold(const struct runlog *log);
