// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a whole journal, a few at a time and in the order of their tables, however long it
// is: it is read once to see what is where, unless who wrote it has noted that, and again, record
// by record, when rows are asked for.
#pragma once

#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_supply.h"

struct runlog_journal_rows;

// The journal must stay as it is until these are closed. Errors: as of runlog_journal_read.
enum status runlog_journal_rows_open(struct journal_source source,
                                     struct runlog_journal_rows **rows, struct error *error);

// For who writes a journal: the header, every record with rows as it lies there (its payload is
// looked at only now), in their order, and the ending. Then they are as if opened.
struct runlog_journal_rows *runlog_journal_rows_begin(const struct runlog_header *header);
void runlog_journal_rows_note(struct runlog_journal_rows *rows, const struct journal_place *place,
                              const unsigned char *payload);
void runlog_journal_rows_end(struct runlog_journal_rows *rows, struct journal_source source,
                             const struct runlog_ending *ending);

// Lasts as long as the rows. Its errors: STATUS_IO: a record cannot be read again.
const struct runlog_supply *runlog_journal_rows_supply(const struct runlog_journal_rows *rows);

void runlog_journal_rows_close(struct runlog_journal_rows *rows); // NULL is fine
