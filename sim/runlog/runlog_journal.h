// SPDX-License-Identifier: GPL-3.0-or-later
// How the rows of a run lie in a journal (journal.h): one record with the header, records with
// blocks of rows of one table each, in the order of that table, and last one record with the
// ending. The writer fills it, and this plays it back into a sink.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/run_sink.h"
#include "sim/runlog/runlog_record.h"

enum { RUNLOG_JOURNAL_VERSION = 1 };

// Appends a record of this type, or, where all its rows can be, the narrow one in its place.
// Changes the rows: they are then as they lie in the record, whose place it returns. Requires: it
// is not a narrow one itself.
struct journal_place runlog_journal_append_rows(struct journal *journal, enum runlog_record type,
                                                unsigned char *rows, size_t size,
                                                int32_t sample_columns);

// The payload of the first record, to be released with memory_free. (That of the last:
// runlog_journal_ending.h.)
void *runlog_journal_pack_header(const struct runlog_header *header, size_t *size);

// Sends a whole journal to a sink, table by table in blocks, and so not in the order of the run.
// A journal may be a stranger's: the sink gets what it may rely on (counts that fit each other,
// text that ends, each gradient once), but the values in rows are the file's (runlog_check.h).
// Errors: as of journal_read; STATUS_BAD_DATA also if records do not fit, or the journal has no
// ending.
enum status runlog_journal_read(struct journal_source source, const struct run_sink *sink,
                                struct error *error);

// The same, but the records with rows go to "note" as they lie, instead of row by row to the sink,
// which needs "start" and "end" alone. A record of gradients or of their values has at least one.
typedef void runlog_note_record(void *context, const struct journal_place *place,
                                const unsigned char *payload);
enum status runlog_journal_read_records(struct journal_source source, const struct run_sink *sink,
                                        runlog_note_record *note, void *context,
                                        struct error *error);

// The same up to a mark of that journal, without "end". Errors: as of journal_read_until.
enum status runlog_journal_read_until(struct journal_source source, struct journal_mark mark,
                                      const struct run_sink *sink, struct error *error);

// A journal that is still growing: who reads it goes on from where he was. A record that is not
// whole yet is read the next time. If the journal is another one by then, or was cut (a run that is
// resumed does so), the sink gets all of it, from its "start" on.
struct runlog_pursuit;
struct runlog_pursuit *runlog_pursuit_create(const char *path, struct run_sink sink);
void runlog_pursuit_destroy(struct runlog_pursuit **pursuit);

// Sends what is new to the sink. Errors: as of runlog_journal_read, but that it may lack the end;
// behind a record that does not fit nothing is read any more.
enum status runlog_pursuit_go_on(struct runlog_pursuit *pursuit, struct error *error);

// Only the front of a journal: what it says of its run goes to the sink's "start". Errors: as of
// journal_read; STATUS_BAD_DATA also if there is no whole header.
enum status runlog_journal_read_header(struct journal_source source, const struct run_sink *sink,
                                       struct error *error);
