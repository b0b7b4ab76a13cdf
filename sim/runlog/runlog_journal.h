// SPDX-License-Identifier: GPL-3.0-or-later
// How the rows of a run lie in a journal (journal.h): one record with the header, records with
// blocks of rows of one table each, in the order of that table, and last one record with the
// ending. The writer fills it, and this plays it back into a sink.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/run_sink.h"

enum { RUNLOG_JOURNAL_VERSION = 1 };

// A record is narrow if the columns that came later (runlog_schema.h) are absent in all its rows:
// they end before these. In journals of earlier versions all are.
enum runlog_record {
    RECORD_HEADER = 1,
    RECORD_EVENTS,      // struct event_row each
    RECORD_GRADIENTS,   // narrow
    RECORD_UPDATES,     // narrow
    RECORD_EVALUATIONS, // struct evaluation_row each
    RECORD_ENDING,
    RECORD_GRADIENT_VALUES, // runlog_journal_values_bytes each: index, values
    RECORD_REDUCTIONS,      // narrow
    RECORD_WIDE_GRADIENTS,  // runlog_journal_gradient_bytes each: index, row, samples
    RECORD_WIDE_REDUCTIONS, // struct reduction_row each
    RECORD_INCIDENTS,       // struct incident_row each
    RECORD_WIDE_UPDATES,    // struct update_row each
    RECORD_COUNT,
};

// Bytes of a gradient in the journal: int64 index, struct gradient_row, int32 samples
// (sample_columns).
size_t runlog_journal_gradient_bytes(int32_t sample_columns);

// Bytes of a gradient's values: int64 index, float values (parameter_count).
size_t runlog_journal_values_bytes(size_t parameter_count);

// Appends a record of this type, or, where all its rows can be, the narrow one in its place.
// Changes the rows. Requires: it is not a narrow one itself.
void runlog_journal_append_rows(struct journal *journal, enum runlog_record type,
                                unsigned char *rows, size_t size, int32_t sample_columns);

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

// The same up to a mark of that journal, without "end". Errors: as of journal_read_until.
enum status runlog_journal_read_until(struct journal_source source, struct journal_mark mark,
                                      const struct run_sink *sink, struct error *error);

// Only the front of a journal: what it says of its run goes to the sink's "start". Errors: as of
// journal_read; STATUS_BAD_DATA also if there is no whole header.
enum status runlog_journal_read_header(struct journal_source source, const struct run_sink *sink,
                                       struct error *error);
