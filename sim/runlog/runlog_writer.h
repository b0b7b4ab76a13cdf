// SPDX-License-Identifier: GPL-3.0-or-later
// The log on disk. While a run goes on, rows go to the journal PATH.journal (length and checksum
// per record); at the end the journal becomes one HDF5 file, written aside, synced and renamed to
// PATH, and the journal is removed.
#ifndef DESGD_RUNLOG_RUNLOG_WRITER_H
#define DESGD_RUNLOG_RUNLOG_WRITER_H

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/run_sink.h"

struct runlog_writer;

// Creates PATH.journal. Also refuses at once what could not be renamed at the end (PATH is a
// folder). Errors: STATUS_CANNOT_CREATE. Nothing is left behind.
enum status runlog_writer_create(const char *path, struct runlog_writer **writer,
                                 struct error *error);

struct run_sink runlog_writer_sink(struct runlog_writer *writer); // borrows the writer

// After the sink's "end": flushes, syncs and closes the journal. Errors: STATUS_IO; the journal and
// PATH.part are removed, PATH is as it was.
enum status runlog_writer_close_journal(struct runlog_writer *writer, struct error *error);

// Journal to HDF5, then removes the journal. Errors: STATUS_IO, STATUS_CANNOT_CREATE: the journal
// is kept and named in the message if it is whole.
enum status runlog_writer_publish(struct runlog_writer *writer, const struct provenance *provenance,
                                  struct error *error);

void runlog_writer_destroy(
    struct runlog_writer *writer); // removes an unfinished journal; NULL is fine

#endif
