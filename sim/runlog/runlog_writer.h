// SPDX-License-Identifier: GPL-3.0-or-later
// The log on disk. While a run goes on, rows go to the journal PATH.journal (length and checksum
// per record); at the end the journal becomes one HDF5 file, written aside, synced and renamed to
// PATH, and the journal is removed.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/run_sink.h"

struct runlog_writer;

// Creates PATH.journal. Refuses at once what could not be renamed at the end: a missing folder, a
// path through a file, PATH or PATH.part that is a folder or a device, a PATH that another run is
// writing. Errors: STATUS_CANNOT_CREATE. Nothing is left behind.
enum status runlog_writer_create(const char *path, struct runlog_writer **writer,
                                 struct error *error);

// The same for a run that may go on: opens and locks PATH.journal if it is there and leaves it as
// it is, to be read as runlog_writer_journal (or PATH.journal.kept, if there is only that);
// creates it if not. Before its sink is used,
// runlog_writer_begin or runlog_writer_go_on. *found: it was there.
enum status runlog_writer_open(const char *path, struct runlog_writer **writer, bool *found,
                               struct error *error);

struct journal_source runlog_writer_journal(const struct runlog_writer *writer);

// While there is a journal: whether its name is not another file's, of a second run, say, that came
// when this one's journal had been removed. Then what else is beside PATH is that one's, too.
bool runlog_writer_has_its_name(const struct runlog_writer *writer);

// Puts a journal that was removed or renamed back to its name (journal_put_back).
bool runlog_writer_put_back(struct runlog_writer *writer);

// Empties the journal.
void runlog_writer_begin(struct runlog_writer *writer);

// The journal has the rows of the run up to the mark, and its sink says so (run_sink.h, has_rerun).
// When the rerun is over, the journal is cut there; nothing is changed before.
void runlog_writer_go_on(struct runlog_writer *writer, struct journal_mark mark);

// Puts all rows so far into the journal, syncs it and says where it ends. Errors: STATUS_IO, which
// the run will meet, too.
enum status runlog_writer_mark(struct runlog_writer *writer, struct journal_mark *mark,
                               struct error *error);

// There is a checkpoint: from now on the journal is kept whatever happens, until the log of a run
// that has come to its end is published.
void runlog_writer_keep(struct runlog_writer *writer);
bool runlog_writer_is_kept(const struct runlog_writer *writer);

// So much room is left on the disk for the next checkpoint: its sink says when there is hardly more
// (run_sink.h, short_of_room).
void runlog_writer_leave_room(struct runlog_writer *writer, uint64_t bytes);

struct run_sink runlog_writer_sink(struct runlog_writer *writer); // borrows the writer

// After the sink's "end": flushes and syncs the journal. It stays locked until it is published or
// destroyed: another run of the same PATH would take it over meanwhile. Errors: STATUS_IO; the
// journal (unless it is kept) is removed, PATH is as it was.
enum status runlog_writer_close_journal(struct runlog_writer *writer, struct error *error);

// After a journal closed well: journal to HDF5, then removes the journal, unless it is kept and the
// run was interrupted. Errors: STATUS_IO,
// STATUS_CANNOT_CREATE: PATH is as it was, and the journal is kept for runlog_recover, under a name
// that was free, which the message says; what is read and kept is the file held open, whatever has
// become of its name. STATUS_IO also if the journal cannot be read back; STATUS_INTERNAL if its
// rows break the schema's ranges.
enum status runlog_writer_publish(struct runlog_writer *writer, const struct provenance *provenance,
                                  struct error *error);

// The journal holds a whole run already: it can be published.
void runlog_writer_is_whole(struct runlog_writer *writer);

// The run cannot come to an end: its journal need not be kept.
void runlog_writer_give_up(struct runlog_writer *writer);

// Removes the journal unless it is kept, or publishing was tried and failed. NULL is fine.
void runlog_writer_destroy(struct runlog_writer *writer);
