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

// Creates PATH.journal. Refuses at once what could not be renamed at the end: a missing folder, a
// path through a file, PATH or PATH.part that is a folder or a device, a PATH that another run is
// writing. Errors: STATUS_CANNOT_CREATE. Nothing is left behind.
enum status runlog_writer_create(const char *path, struct runlog_writer **writer,
                                 struct error *error);

struct run_sink runlog_writer_sink(struct runlog_writer *writer); // borrows the writer

// After the sink's "end": flushes and syncs the journal. It stays locked until it is published or
// destroyed: another run of the same PATH would take it over meanwhile. Errors: STATUS_IO; the
// journal and PATH.part are removed, PATH is as it was.
enum status runlog_writer_close_journal(struct runlog_writer *writer, struct error *error);

// After a journal closed well: journal to HDF5, then removes the journal. Errors: STATUS_IO,
// STATUS_CANNOT_CREATE: PATH is as it was, and the journal is kept for runlog_recover and named in
// the message. STATUS_IO also if the journal cannot be read back; STATUS_INTERNAL if its rows break
// the schema's ranges.
enum status runlog_writer_publish(struct runlog_writer *writer, const struct provenance *provenance,
                                  struct error *error);

// Removes the journal unless publishing was tried and failed. NULL is fine.
void runlog_writer_destroy(struct runlog_writer *writer);

// Makes PATH out of a whole journal that a failed publishing has kept, and leaves the journal
// alone. Errors: STATUS_NO_INPUT, STATUS_BAD_DATA (the journal), STATUS_IO, STATUS_CANNOT_CREATE.
enum status runlog_recover(const char *journal_path, const char *path,
                           const struct provenance *provenance, struct error *error);

#endif
